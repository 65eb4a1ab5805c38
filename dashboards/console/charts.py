"""Where the marks of the small charts go. Pure arithmetic; words are made elsewhere.

Both charts are honest by construction: bars start at zero, what goes up and what goes down has one scale, and the
axis of net sentiment is always the whole of -1 to +1.
"""

from collections.abc import Sequence
from dataclasses import dataclass

STEP, BAR, HEIGHT = 10, 8, 60
_LEAST = 1.0
"""A bar of one mention must be seen, beside whatever it stands."""
_AXIS = 200


@dataclass(frozen=True, slots=True)
class Bar:
    """One hour: `up` units from the base line for all mentions, `down` for the negative ones among them."""

    x: int
    top: float
    up: float
    down: float


@dataclass(frozen=True, slots=True)
class Bars:
    """A chart `width` by `height` units, with its base line at `base`; an hour has `step` units, its bar `bar`."""

    width: int
    base: float
    bars: tuple[Bar, ...]
    height: int = HEIGHT
    step: int = STEP
    bar: int = BAR


def bars(hours: Sequence[tuple[int, int]]) -> Bars:
    """Draw (all, negative) of each hour, oldest first."""
    up = max((count for count, _ in hours), default=0)
    down = max((negative for _, negative in hours), default=0)
    scale = HEIGHT / max(1, up + down)
    base = round(up * scale, 2)
    return Bars(len(hours) * STEP, base, tuple(_bar(place, *hour, scale, base) for place, hour in enumerate(hours)))


def _bar(place: int, count: int, negative: int, scale: float, base: float) -> Bar:
    up, down = _size(count, scale), _size(negative, scale)
    return Bar(place * STEP + (STEP - BAR) // 2, round(base - up, 2), up, down)


def _size(count: int, scale: float) -> float:
    return round(max(_LEAST, count * scale), 2) if count else 0.0


def on_axis(net: float) -> float:
    """Place a net sentiment, -1 to +1, on an axis 200 units wide."""
    return round((net + 1) / 2 * _AXIS, 1)


def widths(counts: Sequence[int]) -> list[tuple[float, float]]:
    """Divide 100 units in proportion; start and width of each part."""
    total = sum(counts)
    placed, start = [], 0.0
    for count in counts:
        width = 100 * count / total if total else 0.0
        placed.append((round(start, 2), round(width, 2)))
        start += width
    return placed
