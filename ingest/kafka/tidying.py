"""What the outbox may forget of what was sent: pruned in chunks, and emptied of what deletions have erased."""

import logging
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime

from ingest.kafka.sending import DELETION, Glimpse, Row, deletes, glimpse
from ingest.outbox import Outbox
from mentions.errors import CorruptRecord, OutboxUnavailable

PRUNE_ROWS, PRUNE_SECONDS = 2_000, 1.0
SCOUR_SECONDS, SCOUR_AGAIN_SECONDS = 10.0, 60.0
"""Emptying the write-ahead log waits for other connections (up to 5 s), so deletions share it."""
OLD_SECONDS = 3600.0
"""How often it is looked for refused records that are too old."""
log = logging.getLogger(__name__)


class Tidying:
    """Prunes one outbox behind the sender.

    Args:
        kept_since: what was refused before is forgotten.
    """

    def __init__(self, outbox: Outbox, kept_since: Callable[[], datetime]) -> None:
        self._outbox, self._kept_since = outbox, kept_since
        self._looked_at: float | None = None
        self._pruned = outbox.pruned_until()
        self._pruned_at = self._scour_at = time.monotonic()
        self._deletions: deque[Glimpse] = deque()
        # The process before may have died between a deletion and the emptying of what shows the deleted text.
        self._untidy, self._failing = True, False

    def note(self, row: Row) -> None:
        """A row was acknowledged; behind a deletion, what it deletes must leave the disk."""
        if row.kind == DELETION:
            self._deletions.append(glimpse(row.payload))
            self._untidy = True

    def tidy(self, done_until: int, *, at_once: bool = False) -> None:
        """Forget rows up to `done_until`, when it is worth it or `at_once`; what fails is made good later."""
        now = time.monotonic()
        try:
            self._forget_refused()
            self._forget_old(now)
            self._prune(done_until, now, at_once=at_once)
            if self._untidy and self._pruned == done_until and (at_once or now >= self._scour_at):
                self._untidy = not self._outbox.scour()
                self._scour_at = now + (SCOUR_AGAIN_SECONDS if self._untidy else SCOUR_SECONDS)
            self._failing = False
        except OutboxUnavailable as error:
            if not self._failing:
                log.warning("pruning must wait", extra={"reason": str(error)})
            self._failing = True

    def _forget_refused(self) -> None:
        """Before the deletions are pruned, so that a crash between makes them come again."""
        while self._deletions:
            deletion = self._deletions[0]
            self._outbox.forget_refused(lambda payload: _concerns(deletion, payload))  # noqa: B023 # called at once
            self._deletions.popleft()

    def _forget_old(self, now: float) -> None:
        if self._looked_at is None or now - self._looked_at >= OLD_SECONDS:
            if self._outbox.forget_refused_before(self._kept_since()):
                self._untidy = True
            self._looked_at = now

    def _prune(self, done_until: int, now: float, *, at_once: bool) -> None:
        gone = done_until - self._pruned
        if gone >= PRUNE_ROWS or (gone and (at_once or now - self._pruned_at >= PRUNE_SECONDS)):
            self._pruned_at = now
            self._outbox.prune(done_until)
            self._pruned = done_until


def _concerns(deletion: Glimpse, payload: bytes) -> bool:
    try:
        return deletes(deletion, glimpse(payload))
    except CorruptRecord:
        return False
