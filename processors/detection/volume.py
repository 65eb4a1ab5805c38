"""Whether there is much more talk than usual, whatever its tone: an informational notice. Pure; docs/spikes.md.

The score is a z: the mean of the last 15 minutes, less the brand's mean and less what its hour adds, in standard
deviations that past bursts have widened. It counts only where it beats every score of the last 24 hours, and within an
hour of one that counted only where it is half as high again, so that an episode is told once.
"""

import math

from msgspec import Struct, field

from processors.detection.episodes import Episode
from processors.detection.levels import DAY, HOUR, WEEK, per_mark

OPEN_AT = 9.0
CLOSE_BELOW = 3.0
STEP = per_mark(WEEK / 2)
HIGHER = 1.5
_SMOOTH = 3
_TRUSTED = 50  # marks before the first score
_WARM = 36  # visits after which what an hour adds is believed in full


class VolumeState(Struct):
    """A fixed size but for `best`, which has at most one entry per mark of a day (usually a dozen).

    Attributes:
        recent: the last three counts. mean, variance: of their mean. hours, visits: what each slot adds.
        best: (mark, z), falling: those of the last day that no later one has beaten.
        told, told_at: the last score that counted and its mark.
    """

    recent: list[float] = field(default_factory=list)
    mean: float = 0.0
    variance: float = 0.0
    marks: int = 0
    hours: list[float] = field(default_factory=lambda: [0.0] * 48)
    visits: list[int] = field(default_factory=lambda: [0] * 48)
    best: list[tuple[int, float]] = field(default_factory=list)
    told: float = 0.0
    told_at: int = -HOUR

    def expected(self, slot: int) -> float:
        """Votes of one mark."""
        expected = self.mean + self._added(slot)
        return expected if expected > 0 else 0.0

    def _added(self, slot: int) -> float:
        visits = self.visits[slot]
        return self.hours[slot] * (visits / _WARM if visits < _WARM else 1.0)

    def deviation(self) -> float:
        """Standard deviation, at least that of chance alone: a mean of three counts has a third of their variance."""
        variance, mean = self.variance, self.mean
        return math.sqrt((variance if variance > 0 else 0.0) + (mean if mean > 0 else 0.0) / _SMOOTH + 0.02)


def volume_score(state: VolumeState, slot: int, count: float) -> tuple[float, float]:
    """Score one mark, then learn it: the z, and the z again or 0 where it does not count.

    Args:
        state: changed in place. slot: `levels.slot_of` the mark. count: votes in its five minutes.
    """
    z = _learn(state, slot, count)
    now = state.marks
    if not _beats_the_day(state.best, now, z) or (now - state.told_at < HOUR and z < HIGHER * state.told):
        return z, 0.0
    if z > 0:
        state.told, state.told_at = z, now
    return z, z


def rise(episode: Episode, tick: int, told: float) -> bool:
    """Whether the score `told` opens a notice; afterwards `episodes.settle` with CLOSE_BELOW."""
    if episode.opened is not None or told < OPEN_AT:
        return False
    episode.opened, episode.opened_score, episode.low = tick, told, 0
    return True


def _beats_the_day(best: list[tuple[int, float]], now: int, z: float) -> bool:
    while best and best[0][0] <= now - DAY:
        del best[0]
    beats = not best or z > best[0][1]
    while best and best[-1][1] <= z:
        best.pop()
    best.append((now, z))
    return beats


def _learn(state: VolumeState, slot: int, count: float) -> float:
    recent = state.recent
    recent.append(count)
    if len(recent) > _SMOOTH:
        del recent[0]
    error = sum(recent) / len(recent) - state._added(slot) - state.mean
    z = error / state.deviation() if state.marks > _TRUSTED else 0.0
    state.marks += 1
    step = 1 / (state.marks + 1)
    step = step if step > STEP else STEP
    state.mean += step * error
    state.variance = (1 - step) * (state.variance + step * error * error)
    visits = state.visits[slot]
    state.visits[slot] = visits + 1
    state.hours[slot] += (1 / (visits + 13) if visits < 87 else 0.01) * error
    return z if z > 0 else 0.0
