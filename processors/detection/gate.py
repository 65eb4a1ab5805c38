"""The negative gate: so many negatives are improbable for the brand AND for what is said of it. Pure; docs/spikes.md.

Volume alone never alerts: a launch lifts negatives at an unchanged share, which the share test refuses; a tiny brand
turns its share with two posts, which the volume test refuses.
"""

import math

from msgspec import Struct, field

from processors.detection.levels import DAY, HOUR, WEEK, CountLevel, Share
from processors.detection.tails import most_share_score, nb_score, share_score

USABLE = 2 * DAY
LEARNT = WEEK
"""Marks of learning after which a brand is scored, and after which it is no longer called 'learning'."""
CORRELATION = 0.012
"""Of two mentions of one hour, as the share test takes it: they answer each other, and the usual share itself drifts.
So n mentions say as much as n / (1 + (n - 1) * CORRELATION) independent ones, at most 83. docs/spikes.md."""
_SHORT = 3  # marks: 15 minutes
_TWO = 2.0  # of fewer votes no share is tested
_ONE_PERCENT = 2.3263  # standard deviations of the normal distribution


class MarkVotes(Struct, frozen=True, array_like=True, gc=False):
    """What five minutes brought: votes (parts of one are possible) and the negatives that were expected."""

    negatives: float = 0.0
    positives: float = 0.0
    judged: float = 0.0
    expected: float = 0.0


NOTHING = MarkVotes()


class GateState(Struct):
    """What a brand's negatives usually are, and its last hour.

    Attributes:
        share: of negatives in what was judged. net: of negatives in what was judged negative or positive.
        hour: the last twelve marks, oldest first; fewer at the beginning. One that was incomplete is NOTHING.
    """

    level: CountLevel = field(default_factory=CountLevel)
    share: Share = field(default_factory=Share)
    net: Share = field(default_factory=Share)
    hour: list[MarkVotes] = field(default_factory=list)

    @property
    def usable(self) -> bool:
        """Whether enough was learnt to score."""
        return self.level.marks >= USABLE

    @property
    def learning(self) -> bool:
        """Whether scores still deserve a caution."""
        return self.level.marks < LEARNT


class Window(Struct, frozen=True, gc=False):
    """The last hour and the last quarter of one; `expected` negatives of the hour."""

    negatives: float
    positives: float
    judged: float
    expected: float
    late_negatives: float
    late_judged: float


class GateScore(Struct, frozen=True, gc=False):
    """-log10 of the probability that chance alone brought as much.

    Attributes:
        score: the one that decides, the lesser of volume and share; 0 while it may not decide.
    """

    score: float = 0.0
    volume: float = 0.0
    share: float = 0.0


SILENT = GateScore()


def window(gate: GateState, current: MarkVotes) -> Window:
    """The hour that ends with `current`, a mark or the part of one that has passed."""
    before = gate.hour[-(HOUR - 1) :]
    negatives, positives, judged, expected = current.negatives, current.positives, current.judged, current.expected
    for mark in before:
        expected += mark.expected
        if mark.judged:  # many bring nothing
            negatives += mark.negatives
            positives += mark.positives
            judged += mark.judged
    late_negatives, late_judged = current.negatives, current.judged
    for mark in before[-(_SHORT - 1) :]:
        late_negatives += mark.negatives
        late_judged += mark.judged
    return Window(negatives, positives, judged, expected, late_negatives, late_judged)


def score(gate: GateState, seen: Window, authors: int) -> GateScore:
    """Score a window; nothing but zeros while fewer than MIN_AUTHORS speak against the brand.

    Args:
        authors: distinct ones with a negative vote in the hour.
    """
    if authors < MIN_AUTHORS or seen.negatives <= seen.expected or not gate.usable:
        return SILENT
    usual = gate.share.value
    share = _improbable(seen.negatives, seen.judged, usual)
    if seen.late_negatives >= _TWO:
        share = max(share, _improbable(seen.late_negatives, seen.late_judged, usual))
    if share == 0:
        return SILENT
    volume = nb_score(seen.negatives, max(seen.expected, _LEAST_HOUR), gate.level.alpha)
    return GateScore(min(volume, share), volume, share)


def may_reach(gate: GateState, seen: Window, least: float) -> bool:
    """Whether the score of a window could be `least` or more; False where a look at its share shows that it is not."""
    if not gate.usable:
        return False
    usual = gate.share.value
    share = most_share_score(seen.negatives, seen.judged, usual, _effect(seen.judged))
    late = most_share_score(seen.late_negatives, seen.late_judged, usual, _effect(seen.late_judged))
    return max(share, late) >= least


def net_score(gate: GateState, seen: Window) -> float:
    """The same of the negatives among all that has a tone: shown as evidence, and worked out only then."""
    return _improbable(seen.negatives, seen.negatives + seen.positives, gate.net.value)


def _improbable(part: float, whole: float, usual: float) -> float:
    return share_score(part, whole, usual, _effect(whole))


def _effect(whole: float) -> float:
    return 1 + (whole - 1) * CORRELATION if whole > 1 else 1.0


MIN_AUTHORS = 5
"""Free protection: floors of 3, 5 and 8 found as much. detection.md, 1.1."""
_LEAST_HOUR = 0.02


def learn(gate: GateState, slot: int, current: MarkVotes, seen: Window, *, frozen: bool = False) -> None:
    """Take in the mark `current`, whose hour is `seen`.

    Args:
        frozen: an alert is open; level and season stay, scatter and shares learn on. Where these froze too, the same
            drift opened one false alarm after the other (docs/spikes.md).
    """
    gate.level.learn(slot, current.negatives, seen.negatives, max(seen.expected, _LEAST_HOUR), frozen=frozen)
    gate.share.learn(current.negatives, current.judged)
    gate.net.learn(current.negatives, current.negatives + current.positives)


def push(gate: GateState, current: MarkVotes) -> None:
    """Let the hour move on by a mark."""
    gate.hour.append(current)
    if len(gate.hour) > HOUR:
        del gate.hour[0]


def band(gate: GateState, expected: float) -> tuple[float, float]:
    """Between which counts of an hour 98 of 100 lie, by the Wilson-Hilferty approximation."""
    shape = 1 / (1 / max(expected, _LEAST_HOUR) + gate.level.alpha)
    middle, width = 1 - 1 / (9 * shape), _ONE_PERCENT / (3 * math.sqrt(shape))
    low, high = middle - width, middle + width
    return expected * low**3 if low > 0 else 0.0, expected * high**3 if high > 0 else 0.0
