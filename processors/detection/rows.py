"""Detectors over plain counts, one row after the other: the same code as the fold's, for a file of five-minute counts.

Streaming: a row is judged by what came before it. Without authors each negative counts as one author.
"""

from dataclasses import dataclass, field

from mentions.records import Severity
from processors.detection import gate as gates
from processors.detection import volume as volumes
from processors.detection.episodes import Episode, Sensitivity, frozen, open_at, rise, settle
from processors.detection.gate import GateState, MarkVotes
from processors.detection.levels import slot_of
from processors.detection.volume import VolumeState, volume_score


@dataclass(frozen=True, slots=True)
class RowVerdict:
    """Of one row.

    Attributes:
        score: the one that decides. opens: whether an alert opens here. severity: of the alert that is open here.
    """

    score: float
    opens: bool
    severity: Severity | None


@dataclass(slots=True)
class NegativeRows:
    """Negative spikes."""

    sensitivity: Sensitivity = "normal"
    gate: GateState = field(default_factory=GateState)
    episode: Episode = field(default_factory=Episode)

    def judge(self, tick: int, total: float, negatives: float) -> RowVerdict:
        """Take in the next five minutes.

        Args:
            tick: the minute of the row. negatives: 0..total.
        """
        gate, slot = self.gate, slot_of(tick)
        current = MarkVotes(negatives, 0.0, total, gate.level.expected(slot))
        seen = gates.window(gate, current)
        score = gates.score(gate, seen, int(seen.negatives)).score
        opens = rise(self.episode, tick, score, open_at(self.sensitivity, learning=gate.learning)) == "open"
        severity = None if self.episode.opened is None else self.episode.severity
        settle(self.episode, tick, score)
        gates.learn(gate, slot, current, seen, frozen=frozen(self.episode, tick))
        gates.push(gate, current)
        return RowVerdict(score, opens, severity)


@dataclass(slots=True)
class VolumeRows:
    """Volume spikes, all of them for information."""

    state: VolumeState = field(default_factory=VolumeState)
    episode: Episode = field(default_factory=Episode)

    def judge(self, tick: int, total: float) -> RowVerdict:
        """Take in the next five minutes."""
        z, told = volume_score(self.state, slot_of(tick), total)
        opens = volumes.rise(self.episode, tick, told)
        severity: Severity | None = None if self.episode.opened is None else "info"
        settle(self.episode, tick, z, volumes.CLOSE_BELOW)
        return RowVerdict(told, opens, severity)
