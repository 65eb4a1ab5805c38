"""What WATCH is given: one batch of the scored log, by kind. Pure.

In the embedded runtime it is made from SCORE's result directly, in the distributed one from the scored topic's records.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from mentions.codec import UnknownRecord, decode
from mentions.drops import Drop
from mentions.errors import CorruptRecord
from mentions.records import Deletion, ScoredMention, Watermark

Entries = Sequence[tuple[int, bytes]]
"""Offsets and payloads of a log's records, in order."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A log record that cannot be used, as it was."""

    offset: int
    reason: Drop
    payload: bytes


@dataclass(slots=True)
class ScoredBatch:
    """One batch on its way to WATCH.

    Attributes:
        first_offset, last_offset: of the records read, whatever became of them; they are what progress moves over.
        entries: those records as they were, so that one that nobody can process can be found and kept.
    """

    first_offset: int
    last_offset: int
    mentions: list[ScoredMention] = field(default_factory=list)
    deletions: list[Deletion] = field(default_factory=list)
    watermarks: list[Watermark] = field(default_factory=list)
    dead: list[DeadLetter] = field(default_factory=list)
    entries: Entries = ()


def read_scored(entries: Entries, owns: Callable[[str], bool] | None = None) -> ScoredBatch:
    """Sort the records of one partition of the scored log by kind; what cannot be used becomes a dead letter.

    Args:
        entries: at least one.
        owns: whether a brand belongs to this partition (`LogPartition.owns`). A mention of another partition's brand
            was put here by no writer of ours: it is as useless as a corrupt one.
    """
    batch = ScoredBatch(first_offset=entries[0][0], last_offset=entries[-1][0], entries=entries)
    for offset, payload in entries:
        try:
            event = decode(payload)
        except CorruptRecord:
            batch.dead.append(DeadLetter(offset, Drop.CORRUPT, payload))
            continue
        match event:
            case ScoredMention() if owns is not None and not owns(event.brand):
                batch.dead.append(DeadLetter(offset, Drop.CORRUPT, payload))
            case ScoredMention():
                batch.mentions.append(event)
            case Deletion():
                batch.deletions.append(event)
            case Watermark():
                batch.watermarks.append(event)
            case UnknownRecord() | _:  # other known kinds have no business in the scored log
                batch.dead.append(DeadLetter(offset, Drop.UNKNOWN_RECORD, payload))
    return batch
