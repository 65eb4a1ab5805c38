"""What one batch did, for metrics, logs and the live list."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mentions.records import Heartbeat, ScoredMention


@dataclass(frozen=True, slots=True)
class BatchReport:
    """The outcome of one committed batch.

    Attributes:
        read: log records. new: mentions that were not stored before, in the order of the log.
        dropped: (brand or "", source, reason) to count, of what was dropped behind the log.
        late: by source, new mentions that came too late to vote. erased: mentions whose traces were taken.
        seconds: CPU-independent wall time by stage, filled in by the runtime.
    """

    last_offset: int
    read: int = 0
    new: tuple[ScoredMention, ...] = ()
    dropped: Mapping[tuple[str, str, str], int] = field(default_factory=dict)
    late: Mapping[str, int] = field(default_factory=dict)
    erased: int = 0
    folded: int = 0
    heartbeats: tuple[Heartbeat, ...] = ()
    watermark: datetime | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)
