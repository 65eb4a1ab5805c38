"""Finding the one record of a batch that nobody can process, so that it stops no other. Knows no log and no store.

A batch that our own code fails on is tried again as it is (`ATTEMPTS`, the caller waits in between); what failed by
chance goes through then. If it still fails, it is cut in halves, and these again, until the record that fails is alone.
That one is buried: it becomes a dead letter, and progress moves over it.
"""

import logging
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from mentions.drops import Drop
from mentions.errors import AtalayaError
from processors.report import BatchReport
from processors.scored_batch import DeadLetter, Entries, ScoredBatch

ATTEMPTS = 3
"""How often a batch is tried whole before it is cut, and a record alone before it is buried: a failure that passes by
itself must bury nothing."""
_FRAMES = 6
log = logging.getLogger(__name__)

Process = Callable[[ScoredBatch], BatchReport]
"""Commits a batch as a whole or raises and leaves nothing (`Watch.process`)."""


def process_isolating(
    process: Process, batch: ScoredBatch, read: Callable[[Entries], ScoredBatch]
) -> Iterator[BatchReport]:
    """Process a batch that fails as a whole; yields one report for each part that was committed, in order.

    What was committed before an exception stays committed: whoever goes on begins behind the last report's offset.

    Args:
        process: is given the record that is buried as well, as a batch of one dead letter, and may refuse it
            (`TooManyInvalid`).
        batch: with its `entries`. read: makes a batch of some of them, as `batch` was made of all.

    Raises:
        AtalayaError: by `process`, at once: it says that something is away or not ours, not that a record is bad.
        Exception: by `process` when it cannot even bury a record.
    """
    try:
        report = process(batch)
    except AtalayaError:
        raise
    except Exception as error:
        if len(batch.entries) > 1:
            middle = len(batch.entries) // 2
            for half in (batch.entries[:middle], batch.entries[middle:]):
                yield from process_isolating(process, read(half), read)
            return
        report = _alone(process, batch, error)
    yield report


def _alone(process: Process, batch: ScoredBatch, error: Exception) -> BatchReport:
    """A record that failed by itself has its own attempts: so far others may have failed in its place."""
    for _ in range(ATTEMPTS - 1):
        try:
            return process(batch)
        except AtalayaError:
            raise
        except Exception as again:
            error = again
    return process(_buried(batch, error))


def _buried(batch: ScoredBatch, error: Exception) -> ScoredBatch:
    """The same record as a dead letter."""
    if not batch.entries:
        msg = "a batch without its entries cannot be taken apart"
        raise ValueError(msg) from error
    ((offset, payload),) = batch.entries
    log.error("a record is buried: our code fails on it again and again", extra={"offset": offset, **told(error)})
    letter = DeadLetter(offset, Drop.FAILED, payload)
    return ScoredBatch(batch.first_offset, batch.last_offset, dead=[letter], entries=batch.entries)


def told(error: Exception) -> dict[str, str]:
    """What may be logged of a failure: its kind and place. Its message may quote what people wrote."""
    frames = traceback.extract_tb(error.__traceback__)
    place = ", ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames[-_FRAMES:])
    return {"failure": type(error).__name__, "place": place}
