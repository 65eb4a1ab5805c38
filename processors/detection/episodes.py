"""From scores to alerts: opens, escalates once per step, closes with hysteresis, cools down. Pure; docs/spikes.md."""

from typing import Literal

from msgspec import Struct

from mentions.records import Severity
from processors.detection.steps import Step

Sensitivity = Literal["quiet", "normal", "sensitive"]
OPEN_AT: dict[Sensitivity, float] = {"quiet": 2.5, "normal": 2.0, "sensitive": 1.5}
"""The score that opens a negative spike."""
CAUTION = 0.5
"""So much more is asked while a brand is still being learnt."""
LADDER: tuple[Severity, ...] = ("warn", "high", "critical")
HIGH, CRITICAL = 3.0, 4.0
CLOSE_BELOW, CLOSE_AFTER = 1.0, 6
"""So many marks in a row below so much close an alert."""
COOLDOWN = 360
"""Ticks after the close in which only a score of REOPEN times the one that opened the last alert opens another."""
REOPEN = 1.5


FREEZE = 1440
"""Ticks for which an open alert does not move the level; after a day it is the new usual."""


class Episode(Struct):
    """An alert and its aftermath.

    Attributes:
        opened: tick of the opening, None while closed. opened_score: kept for the cooldown. peak: greatest since.
        rung: index in LADDER. low: marks in a row below CLOSE_BELOW. quiet_until: end of the cooldown.
    """

    opened: int | None = None
    opened_score: float = 0.0
    peak: float = 0.0
    rung: int = 0
    low: int = 0
    quiet_until: int | None = None

    @property
    def severity(self) -> Severity:
        """Of the alert that is open."""
        return LADDER[self.rung]


def open_at(sensitivity: Sensitivity, *, learning: bool) -> float:
    """The score that opens a negative spike of a brand."""
    return OPEN_AT[sensitivity] + (CAUTION if learning else 0.0)


def rung_of(score: float) -> int:
    """Index in LADDER of a score that is high enough to open."""
    return 0 if score < HIGH else 1 if score < CRITICAL else 2


def rise(episode: Episode, tick: int, score: float, threshold: float) -> Step | None:
    """Take in a score, at a mark or between two: the step that it makes, if any. Never closes."""
    if episode.opened is None:
        if score < threshold or _cooling(episode, tick, score):
            return None
        episode.opened, episode.opened_score, episode.peak = tick, score, score
        episode.rung, episode.low = rung_of(score), 0
        return "open"
    episode.peak = max(episode.peak, score)
    if score >= threshold and rung_of(score) > episode.rung:
        episode.rung = rung_of(score)
        return "escalate"
    return None


def _cooling(episode: Episode, tick: int, score: float) -> bool:
    until = episode.quiet_until
    return until is not None and tick < until and score <= REOPEN * episode.opened_score


def settle(episode: Episode, tick: int, score: float, close_below: float = CLOSE_BELOW) -> bool:
    """Take in a mark's score after `rise`: whether the alert closes with it."""
    if episode.opened is None:
        return False
    episode.low = episode.low + 1 if score < close_below else 0
    if episode.low < CLOSE_AFTER:
        return False
    episode.opened, episode.quiet_until = None, tick + COOLDOWN
    return True


def frozen(episode: Episode, tick: int) -> bool:
    """Whether what happens must not be taken for usual."""
    return episode.opened is not None and tick - episode.opened < FREEZE
