"""What is usual for a brand: season, level, dispersion and share, learnt mark by mark. Pure; docs/spikes.md.

A mark is the end of five minutes. Every state here learns from one mark at a time and has a fixed size.
"""

import math

from msgspec import Struct, field

MARK = 5
"""Ticks from one mark to the next."""
DAY = 288
WEEK = 7 * DAY
"""In marks."""
HOUR = 12

_DAY_TICKS, _HOUR_TICKS = 1440, 60
_THURSDAY = 3  # of 1970-01-01, with Monday 0
_SATURDAY = 5


def slot_of(tick: int) -> int:
    """Hour of the day (UTC), 0..23; on Saturday and Sunday 24..47."""
    days, minute = divmod(tick, _DAY_TICKS)
    return minute // _HOUR_TICKS + (24 if (days + _THURSDAY) % 7 >= _SATURDAY else 0)


def per_mark(half_life: float) -> float:
    """The weight of the newest mark in a mean with this half-life in marks."""
    return float(1 - 0.5 ** (1 / half_life))


class Season(Struct):
    """How busy an hour is against the mean: a factor of the hour times one of (hour, weekend), both shrunk to 1.

    Sums of ratios and of visits, decayed at each visit, so that a profile follows the seasons of a year.
    """

    hours: list[float] = field(default_factory=lambda: [0.0] * 24)
    hour_visits: list[float] = field(default_factory=lambda: [0.0] * 24)
    slots: list[float] = field(default_factory=lambda: [0.0] * 48)
    slot_visits: list[float] = field(default_factory=lambda: [0.0] * 48)

    def factor(self, slot: int) -> float:
        """Between 0.05 and 20; 1 as long as nothing is known."""
        factor = self._hour(slot % 24) * (self.slots[slot] + SHRINK) / (self.slot_visits[slot] + SHRINK)
        return 0.05 if factor < 0.05 else 20.0 if factor > 20.0 else factor

    def learn(self, slot: int, ratio: float) -> None:
        """Take in one mark that had `ratio` times the mean."""
        hour = slot % 24
        rest = ratio / max(self._hour(hour), 0.05)
        self.hours[hour] = self.hours[hour] * FADE + ratio
        self.hour_visits[hour] = self.hour_visits[hour] * FADE + 1
        self.slots[slot] = self.slots[slot] * FADE + rest
        self.slot_visits[slot] = self.slot_visits[slot] * FADE + 1

    def _hour(self, hour: int) -> float:
        return (self.hours[hour] + SHRINK) / (self.hour_visits[hour] + SHRINK)


SHRINK = 24.0
"""Pretended visits of ratio 1: two days of an hour. detection.md, 1.1."""
FADE = 0.99
"""What a visit leaves of what was known: about eight days of an hour."""


class CountLevel(Struct):
    """The usual count of a mark, by season, and how much the counts of an hour scatter.

    Attributes:
        mean: per mark, season removed. alpha: dispersion of the sum of an hour: its variance is
            mu + alpha * mu^2. marks: how many taught it.
    """

    season: Season = field(default_factory=Season)
    mean: float = 0.0
    alpha: float = 0.5
    marks: int = 0

    def expected(self, slot: int) -> float:
        """Of one mark; at least LEAST."""
        return self._expected(self.season.factor(slot))

    def _expected(self, factor: float) -> float:
        expected = self.mean * factor
        return expected if expected > LEAST else LEAST

    def learn(self, slot: int, count: float, hour: float, expected_hour: float, *, frozen: bool = False) -> None:
        """Take in one mark.

        Args:
            count: of the mark. hour: of the hour that it ends. expected_hour: what was expected of that.
            frozen: teach the scatter alone: what bursts come must raise the bar, not the level.
        """
        self.marks += 1
        if self.marks == 1:
            self.mean = max(count, 0.05)
            return
        factor = self.season.factor(slot)
        expected = self._expected(factor)
        self._learn_scatter(hour, expected_hour)
        if frozen:
            return
        # A burst may raise the level, but no further than chance would have.
        most = expected + CLIP * math.sqrt(expected + self.alpha * expected * expected)
        count = count if count < most else most
        step = 1 / (self.marks + 1)
        self.mean += (step if step > LEVEL_STEP else LEVEL_STEP) * (count / factor - self.mean)
        self.season.learn(slot, count / max(self.mean, LEAST))

    def _learn_scatter(self, hour: float, expected: float) -> None:
        variance = expected + self.alpha * expected * expected
        limit = CLIP * math.sqrt(variance)
        error = hour - expected
        error = limit if error > limit else -limit if error < -limit else error
        seen = (error * error - expected) / (expected * expected + expected * 0.5 + 0.25)  # damped for tiny means
        step = 1 / (self.marks + 20)
        alpha = self.alpha + (step if step > SCATTER_STEP else SCATTER_STEP) * (seen - self.alpha)
        self.alpha = 0.01 if alpha < 0.01 else 20.0 if alpha > 20.0 else alpha


LEAST = 0.02
"""The least expectation of a mark: six in a day."""
CLIP = 4.0
"""In standard deviations."""
LEVEL_STEP = per_mark(2 * DAY)
SCATTER_STEP = per_mark(3 * DAY)


class Share(Struct):
    """The usual share of a part in a whole, as two decayed sums that begin as two of ten (`PRIOR`)."""

    part: float = 2.0
    rest: float = 8.0

    @property
    def value(self) -> float:
        """Above 0 and below 1."""
        return self.part / (self.part + self.rest)

    def learn(self, part: float, whole: float) -> None:
        """Take in one mark, which counts as at most `FEW` mentions: an hour of shouting must not outvote a week."""
        weight = 1.0 if whole <= FEW else FEW / whole
        self.part = _KEPT * self.part + weight * part + _PRIOR_PART
        self.rest = _KEPT * self.rest + weight * (whole - part) + _PRIOR_REST


PRIOR = (2.0, 8.0)
FEW = 40.0
SHARE_STEP = per_mark(3 * DAY)
_KEPT, _PRIOR_PART, _PRIOR_REST = 1 - SHARE_STEP, SHARE_STEP * PRIOR[0], SHARE_STEP * PRIOR[1]
