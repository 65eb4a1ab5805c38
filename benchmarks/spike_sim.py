"""Simulated negative spikes on the recorded volume of real brands, and the rules that vendors publish.

Each brand's counts, with the labelled bursts taken out, and once more thinned to 15 %; negatives are drawn from them
with a share around 20 % that drifts; spikes of known start, length and size are added.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from benchmarks.nab import Stream

WEEK = 2016
DAY = 288
HOUR = 12
SHARE, DRIFT, KEEP = 0.2, 0.35, 0.999
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Scenario:
    """How a spike looks.

    Attributes:
        negative: share of the extra mentions that are negative. hit, alarm: of negatives and of others, how many a
            classifier calls negative.
    """

    what: str
    negative: float = 1.0
    hit: float = 1.0
    alarm: float = 0.0


SCENARIOS = {
    "A": Scenario("all extra mentions negative"),
    "B": Scenario("as A, other draws"),
    "C": Scenario("60 % of the extra mentions negative", 0.6),
    "D": Scenario("as C, through a classifier (75 % found, 10 % false)", 0.6, 0.75, 0.1),
}


@dataclass(frozen=True, slots=True)
class Spike:
    """Marks start..end (half-open), its multiple of the usual negatives."""

    start: int
    end: int
    multiple: float


@dataclass(frozen=True, slots=True)
class World:
    """One brand's five-minute counts with what was hidden in them."""

    brand: str
    first_tick: int
    total: Counts
    negatives: Counts
    spikes: tuple[Spike, ...]

    @property
    def sparse(self) -> bool:
        """Thinned, or with fewer than 0.3 negatives a mark."""
        return "/" in self.brand or float(self.negatives.mean()) < 0.3

    @property
    def weeks(self) -> float:
        """Judged ones."""
        return (len(self.total) - WEEK) / WEEK


def worlds(streams: Sequence[Stream], scenario: str, seed: int, spikes: int = 8) -> list[World]:
    """All brands of one draw; the letter is part of the seed."""
    rng = np.random.default_rng([seed, ord(scenario)])
    made = []
    for stream in streams:
        calm = without_bursts(stream)
        for thin in (1.0, 0.15):
            total = calm.copy() if thin == 1 else rng.binomial(calm, thin)
            if total.mean() >= 0.04:
                name = stream.brand + ("" if thin == 1 else "/sparse")
                made.append(_world(name, stream.ticks[0], total, SCENARIOS[scenario], spikes, rng))
    return made


def without_bursts(stream: Stream) -> Counts:
    """The counts, labelled windows replaced by the week after or before."""
    counts, length = np.array(stream.counts, dtype=np.int64), len(stream.counts)
    for first, last in stream.windows:
        for at in range(first, last + 1):
            other = at + WEEK if at + WEEK < length else at - WEEK
            counts[at] = counts[other if 0 <= other < length else at - WEEK]
    return counts


def _world(name: str, first: int, total: Counts, scenario: Scenario, spikes: int, rng: np.random.Generator) -> World:
    length = len(total)
    negatives = rng.binomial(total, _drifting_share(length, rng))
    usual = float(negatives[WEEK:].mean())
    extra, hidden = np.zeros(length, dtype=np.int64), []
    slots = np.linspace(WEEK, length - 300, spikes + 1).astype(int).tolist()
    for first_slot, next_slot in pairwise(slots):
        start = int(rng.integers(first_slot, next_slot - 200))
        marks, multiple = int(rng.choice([12, 36, 96])), float(rng.choice([3, 6, 12]))
        time = np.arange(marks)
        shape = np.minimum(1, (time + 1) / (0.15 * marks + 1)) * np.exp(-time / (0.5 * marks))
        size = max(multiple * usual * marks, float(rng.choice([8, 16])))
        extra[start : start + marks] += rng.poisson(size * shape / shape.sum())
        hidden.append(Spike(start, start + marks, multiple))
    total, negatives = total + extra, negatives + extra
    if scenario.negative < 1:
        total = total + rng.binomial(np.round(extra / scenario.negative).astype(int), 1 - scenario.negative)
    if scenario.hit < 1:
        others = np.maximum(total - negatives, 0)
        negatives = rng.binomial(negatives, scenario.hit) + rng.binomial(others, scenario.alarm)
    return World(name, first, total, np.minimum(negatives, total), tuple(hidden))


def _drifting_share(length: int, rng: np.random.Generator) -> NDArray[np.float64]:
    steps = rng.normal(0, DRIFT * math.sqrt(1 - KEEP**2), length)
    logit, shares = 0.0, np.empty(length)
    for at, step in enumerate(steps):
        logit = KEEP * logit + step
        shares[at] = 1 / (1 + math.exp(-(math.log(SHARE / (1 - SHARE)) + logit)))
    return shares


class Rule(Protocol):
    """A published rule; it fires at 1."""

    def update(self, total: float, negatives: float) -> float:
        """Take in five minutes."""
        ...


class _Past:
    """Mean and deviation of the last values."""

    def __init__(self, length: int) -> None:
        self.values: deque[float] = deque()
        self.sum = self.squares = 0.0
        self._length = length

    def add(self, value: float) -> None:
        """Forgets the oldest."""
        self.values.append(value)
        self.sum += value
        self.squares += value * value
        if len(self.values) > self._length:
            old = self.values.popleft()
            self.sum -= old
            self.squares -= old * old

    @property
    def mean(self) -> float:
        """0 of nothing."""
        return self.sum / max(1, len(self.values))

    @property
    def deviation(self) -> float:
        """Of all, not of a sample."""
        return math.sqrt(max(0.0, self.squares / max(1, len(self.values)) - self.mean**2))


class DayAgainstWeek:
    """Mean of 24 hours > mean of 7 days + 2 deviations, by the hour."""

    def __init__(self) -> None:
        self._day, self._week, self._hour, self._marks = _Past(24), _Past(168), 0.0, 0

    def update(self, total: float, negatives: float) -> float:
        """As `Rule`."""
        self._hour += negatives
        self._marks += 1
        if self._marks % HOUR:
            return 0.0
        mean, deviation = self._week.mean, self._week.deviation
        self._day.add(self._hour)
        full = len(self._week.values) >= 160
        score = max(0.0, (self._day.mean - mean) / (2 * deviation + 1e-9)) if full else 0.0
        self._week.add(self._hour)
        self._hour = 0.0
        return score


class HourAgainstWeek:
    """The last hour > so many times the mean hour of the week, at least 10 mentions."""

    def __init__(self, times: float) -> None:
        self._hour, self._week, self._times = _Past(HOUR), _Past(WEEK), times

    def update(self, total: float, negatives: float) -> float:
        """As `Rule`."""
        self._hour.add(negatives)
        score = self._hour.sum / (self._times * max(self._week.mean * HOUR, 0.5)) if self._hour.sum >= 10 else 0.0
        self._week.add(negatives)
        return score


class HourAgainstHalfDay:
    """The last hour > twice the mean of the past 12, and than yesterday's and last week's; at least 10 mentions."""

    def __init__(self) -> None:
        self._hour = _Past(HOUR)
        self._sums: list[float] = []

    def update(self, total: float, negatives: float) -> float:
        """As `Rule`."""
        self._hour.add(negatives)
        sums = self._sums
        sums.append(self._hour.sum)
        now = len(sums)
        if now <= WEEK + 14 or self._hour.sum < 10:
            return 0.0
        half_day = sum(sums[now - 13 - 144 : now - 13 : HOUR]) / 12
        return self._hour.sum / max(1.0, 2 * max(half_day, sums[now - 289], sums[now - WEEK - 1]))


class ShareAbove:
    """More than 40 % negative in 2 hours, at least 10 mentions."""

    def __init__(self) -> None:
        self._part, self._whole = _Past(24), _Past(24)

    def update(self, total: float, negatives: float) -> float:
        """As `Rule`."""
        self._part.add(negatives)
        self._whole.add(total)
        return self._part.sum / self._whole.sum / 0.4 if self._whole.sum >= 10 else 0.0


class ThreeDeviations:
    """The mean of 15 minutes 3 deviations above that of a sliding week."""

    def __init__(self) -> None:
        self._late, self._week = _Past(3), _Past(WEEK)

    def update(self, total: float, negatives: float) -> float:
        """As `Rule`."""
        self._late.add(negatives)
        value, score = self._late.mean, 0.0
        if len(self._week.values) > 50:
            score = max(0.0, (value - self._week.mean) / max(self._week.deviation, 1e-3)) / 3
        self._week.add(value)
        return score


RULES: dict[str, Any] = {
    "24 h > 7 d + 2 sd": DayAgainstWeek,
    "hour > 2 x weekly mean": lambda: HourAgainstWeek(2),
    "hour > 3 x weekly mean": lambda: HourAgainstWeek(3),
    "hour > 2 x half day": HourAgainstHalfDay,
    "share > 40 % in 2 h": ShareAbove,
    "z >= 3, 1 week": ThreeDeviations,
}
