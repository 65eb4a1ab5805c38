"""The Numenta Anomaly Benchmark's five recorded brands, and its scoring rule stated again.

The first 15 % of a stream, at most 750 records, are not scored. The first record in a window earns a sigmoid of its
place; a window without one costs; each record outside of windows costs the more, the farther from the last window.
"""

import csv
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.harness import need
from mentions.clock import tick_of

PREFIX = "Twitter_volume_"
PROFILES = {"standard": (1.0, 0.11, 1.0), "low FP": (1.0, 0.22, 1.0), "low FN": (1.0, 0.11, 2.0)}
"""What a window found earns, a false record costs, a window missed costs."""


@dataclass(frozen=True, slots=True)
class Stream:
    """One brand: minutes, counts, and the labelled windows as first and last record."""

    brand: str
    path: Path
    ticks: tuple[int, ...]
    counts: tuple[float, ...]
    windows: tuple[tuple[int, int], ...]

    @property
    def unscored(self) -> int:
        """Records at the beginning."""
        return min(int(0.15 * len(self.counts)), 750)


def load(data: Path) -> list[Stream]:
    """Every brand in the folder."""
    windows = json.loads(need(data / "nab" / "windows.json").read_text())
    streams = []
    for name in sorted(windows):
        path = need(data / "nab" / name)
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
        times = [datetime.fromisoformat(row["timestamp"]) for row in rows]
        at = {time: place for place, time in enumerate(times)}
        streams.append(
            Stream(
                name.removeprefix(PREFIX).removesuffix(".csv"),
                path,
                tuple(tick_of(time.replace(tzinfo=UTC)) for time in times),
                tuple(float(row["value"]) for row in rows),
                tuple(
                    (at[datetime.fromisoformat(first)], at[datetime.fromisoformat(last)])
                    for first, last in windows[name]
                ),
            )
        )
    return streams


def sigmoid(place: float) -> float:
    """NAB's: near 1 at the left edge of a window (-1), 0 at its right edge, -1 far behind."""
    return -1.0 if place >= 3 else 2 / (1 + math.exp(5 * place)) - 1


@dataclass(frozen=True, slots=True)
class _Hit:
    """A record with a score: what it earns in which window, or what it costs (window None)."""

    score: float
    window: tuple[str, int] | None
    gain: float


class Scored:
    """One brand's records by NAB's rule; `raw(threshold)` is what they come to."""

    def __init__(self, stream: Stream, scores: Sequence[float], profile: str = "standard") -> None:
        self.windows = len(stream.windows)
        earns, costs, self._missed = PROFILES[profile]
        self._hits = []
        behind: tuple[int, int] | None = None
        inside = {at: number for number, (a, b) in enumerate(stream.windows) for at in range(a, b + 1)}
        for at, score in enumerate(scores):
            number = inside.get(at)
            if number is not None:
                first, last = behind = stream.windows[number]
                gain = earns * sigmoid(-(last - at + 1) / (last - first + 1)) / sigmoid(-1)
            else:
                gain = costs * (sigmoid((at - behind[1]) / (behind[1] - behind[0])) if behind else -1.0)
            if at >= stream.unscored and score > 0:
                self._hits.append(_Hit(score, None if number is None else (stream.brand, number), gain))

    @property
    def thresholds(self) -> set[float]:
        """All that make a difference."""
        return {hit.score for hit in self._hits}

    def found(self, threshold: float) -> int:
        """Windows with a record."""
        return len({hit.window for hit in self._hits if hit.score >= threshold and hit.window})

    def raw(self, threshold: float) -> float:
        """Sum of gains and costs."""
        best: dict[tuple[str, int], float] = {}
        total = 0.0
        for hit in self._hits:
            if hit.score < threshold:
                continue
            if hit.window is None:
                total += hit.gain
            else:
                best[hit.window] = max(best.get(hit.window, -self._missed), hit.gain)
        return total + sum(best.values()) - self._missed * (self.windows - len(best))


def normalised(raw: float, windows: int, profile: str = "standard") -> float:
    """100 for all windows at their left edge without a false record, 0 for nothing said at all."""
    earns, _, missed = PROFILES[profile]
    return 100 * (raw + missed * windows) / (windows * (earns + missed))


def best_threshold(brands: Sequence[Scored]) -> float:
    """The one at which these brands together score most; of equals the greatest."""
    candidates = sorted(set[float]().union(*(brand.thresholds for brand in brands)), reverse=True)
    return max(candidates, key=lambda threshold: sum(brand.raw(threshold) for brand in brands))


def at_threshold(brands: Sequence[Scored], threshold: float, profile: str = "standard") -> float:
    """The normalised score of these brands together."""
    return normalised(sum(b.raw(threshold) for b in brands), sum(b.windows for b in brands), profile)


def leave_one_out(brands: Mapping[str, Scored]) -> tuple[float, dict[str, tuple[float, float]]]:
    """Each brand at the threshold that is best for the others: the score of all, and (threshold, score) by brand."""
    raw, each = 0.0, {}
    for name, brand in brands.items():
        threshold = best_threshold([other for key, other in brands.items() if key != name])
        raw += brand.raw(threshold)
        each[name] = (threshold, at_threshold([brand], threshold))
    return normalised(raw, sum(brand.windows for brand in brands.values())), each
