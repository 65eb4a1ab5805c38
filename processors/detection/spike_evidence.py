"""What an alert of a spike, of much talk or of silence shows for itself: plain numbers, to 4 decimals. Pure."""

from typing import Any

from mentions.clock import tick_start
from processors.detection import gate as gates
from processors.detection.gate import SILENT, GateScore, GateState, Window
from processors.detection.levels import HOUR, MARK
from processors.detection.silence import SilenceState
from processors.detection.volume import VolumeState


def of_negatives(gate: GateState, seen: Window, score: GateScore, authors: int, tick: int) -> dict[str, Any]:
    """Of a negative spike: the hour that ends with `tick`, by so many authors, against what was expected of it."""
    return {
        "negatives": rounded(seen.negatives),
        "positives": rounded(seen.positives),
        "total": rounded(seen.judged),
        "expected_negatives": rounded(seen.expected),
        "baseline_share": rounded(gate.share.value),
        "distinct_authors": authors,
        "window": _instants((tick // MARK - HOUR + 1) * MARK, tick),
        "score_volume": rounded(score.volume),
        "score_share": rounded(score.share),
        "score_net_drop": rounded(0.0 if score is SILENT else gates.net_score(gate, seen)),
        "baseline_net_share": rounded(gate.net.value),
    }


def of_loudness(volume: VolumeState, gate: GateState, tick: int, expected: float) -> dict[str, Any]:
    """Of a volume spike; `expected`: mentions of one mark."""
    recent = volume.recent
    return {
        "mentions": rounded(sum(recent)),
        "expected_mentions": rounded(expected * len(recent)),
        "window": _instants(tick - MARK * len(recent) + 1, tick),
        "learning": gate.learning,
    }


def of_silence(silence: SilenceState, tick: int) -> dict[str, Any]:
    """Of a silence: what was missed, and for how long."""
    return {
        "expected_mentions": rounded(silence.missed),
        "quiet_minutes": silence.marks * MARK,
        "window": _instants(tick - silence.marks * MARK + 1, tick),
    }


def rounded(value: float) -> float:
    """To 4 decimals."""
    return round(value, 4)


def _instants(first: int, last: int) -> list[str]:
    """The half-open stretch of the ticks first..last."""
    return [f"{tick_start(tick):%Y-%m-%dT%H:%M:%SZ}" for tick in (first, last + 1)]
