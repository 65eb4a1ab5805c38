"""Whether enough of the world was seen to judge a window. Pure; docs/architecture.md, 'Completeness'."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from mentions.records import Gap, SourceClass

ENOUGH = 0.8
"""A window is judged when its complete sources carry this share of the brand's usual volume (sources.md, rule 5)."""


@dataclass(frozen=True, slots=True)
class SourceCoverage:
    """What is known of one source up to the end of a window.

    Attributes:
        complete_until: of a stream, its `complete_until`; of a poll, the start of its last good poll.
    """

    source_class: SourceClass
    complete_until: datetime | None
    gaps: tuple[Gap, ...] = ()
    max_delay: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Completeness:
    """The verdict on one window of one brand.

    Attributes:
        share: of the brand's usual volume that complete sources carry, 0..1; 1 when nothing is usual yet and every
            source is complete.
    """

    share: float
    incomplete: tuple[str, ...]

    @property
    def enough(self) -> bool:
        """Whether the window may be judged and learnt from."""
        return self.share >= ENOUGH


def is_complete(start: datetime, end: datetime, coverage: SourceCoverage) -> bool:
    """Whether a source saw all of the half-open window [start, end)."""
    if any(gap.start < end and start < gap.end for gap in coverage.gaps):
        return False
    if coverage.complete_until is None:
        return False
    if coverage.source_class == "poll":
        return coverage.complete_until >= end - coverage.max_delay
    return coverage.complete_until >= end


def completeness(
    start: datetime,
    end: datetime,
    coverage: Mapping[str, Iterable[SourceCoverage]],
    usual: Mapping[str, float],
) -> Completeness:
    """Judge the window [start, end).

    Args:
        coverage: by source, one entry per shard; a source is complete when all its shards are.
        usual: the brand's usual volume by source; a source that usually brings nothing weighs nothing.
    """
    missing = tuple(
        sorted(
            source
            for source in coverage.keys() | usual.keys()
            if not (shards := tuple(coverage.get(source, ()))) or not all(is_complete(start, end, s) for s in shards)
        )
    )
    total = sum(usual.values())
    if total <= 0:
        return Completeness(0.0 if missing else 1.0, missing)
    lost = sum(volume for source, volume in usual.items() if source in missing)
    return Completeness((total - lost) / total, missing)
