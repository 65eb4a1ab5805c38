"""When people talk: hours of the day where they live, days of the week, and how a burst swells and fades."""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta

from ingest.simulation.grammar import Random
from ingest.simulation.people import OFFSETS, SHARES

_CURVE = (3, 2, 1, 1, 1, 2, 4, 8, 11, 12, 11, 10, 10, 11, 10, 9, 9, 10, 12, 13, 14, 14, 11, 6)
"""Posts by local hour, in no unit: two humps, around breakfast and in the evening."""

_WEEK = {  # Monday first; each adds up to 7
    "lumbre": (0.92, 0.9, 0.9, 0.94, 1.02, 1.2, 1.12),
    "nubira": (1.0, 0.86, 0.88, 0.98, 1.18, 0.98, 1.12),
    "": (1.0,) * 7,
}
_MEAN = sum(_CURVE) / 24


def region_weights(hour: int) -> list[tuple[str, float]]:
    """How much each region says in an hour of the day (UTC), relative to one in which all say their average."""
    return [(region, share * _CURVE[(hour + OFFSETS[region]) % 24] / _MEAN) for region, share in SHARES.items()]


def expected(per_day: float, brand: str, weekday: int, hour: int) -> float:
    """Posts to expect in one hour, UTC; `weekday` counts from Monday, 0."""
    mixture = sum(weight for _, weight in region_weights(hour)) / sum(SHARES.values())
    return per_day / 24 * mixture * _WEEK[brand][weekday]


def poisson(mean: float, random: Random) -> int:
    """A count around `mean` (Knuth; a mean above 30 is drawn in halves, so that the exponential stays sound)."""
    if mean > 30:
        return poisson(mean / 2, random) + poisson(mean / 2, random)
    limit, count, product = math.exp(-mean), 0, random()
    while product > limit:
        count += 1
        product *= random()
    return count


def uneven(mean: float, random: Random) -> int:
    """A count that varies more than chance alone, as real hours do."""
    return poisson(mean * math.exp(0.3 * (random() + random() + random() - 1.5)), random)


def burst(peak: float, swell: float, half_life: float, length: float, random: Random) -> Iterator[float]:
    """Minutes at which a burst's posts fall, in order.

    Args:
        peak: posts a minute at its height.
        swell: minutes to get there. half_life: minutes in which it then halves. length: minutes in all.
    """
    for minute in range(int(length)):
        rate = peak * (minute + 1) / swell if minute < swell else peak * 0.5 ** ((minute - swell) / half_life)
        yield from sorted(minute + random() for _ in range(poisson(rate, random)))


def next_at(start: datetime, hour: float) -> datetime:
    """Give the first moment from `start` on at which it is that hour (UTC)."""
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    moment = midnight + timedelta(milliseconds=int(hour * 3_600_000))
    return moment if moment >= start else moment + timedelta(days=1)
