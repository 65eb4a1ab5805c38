"""The embedded runtime: one process, no broker; the outbox is the log and both stages run one after the other."""

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from threading import Event

from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_any, stop_when_event_set, wait_exponential

from mentions.errors import LogTruncated, NotOurs, Unavailable
from processors.brand_book import BrandBook
from processors.report import BatchReport
from processors.runtime.log import Log
from processors.scoring import Judges, Scored, score
from processors.store.opening import Store
from processors.store.progress import LogPartition
from processors.ticks import TimeRules
from processors.watch import Watch

BATCH = 500
"""Records per transaction: the knee where SQLite's commit is under 5 % of the batch (docs/benchmarks.md)."""
IDLE_SECONDS = 0.05
log = logging.getLogger(__name__)


class EmbeddedRuntime:
    """Reads a log and keeps the store up with it. Belongs to one thread.

    Args:
        book: the brand versions as known now; asked again when a hit names one that it lacks.
        now: the wall clock of a live run; a replay's own clock.
        prune: whether what the store holds is deleted from the log (a replay's file goes as a whole).

    Raises (from `start`):
        LogTruncated: the log no longer holds the record behind the store's progress.
    """

    def __init__(
        self,
        log: Log,
        store: Store,
        judges: Judges,
        book: Callable[[], BrandBook],
        rules: TimeRules,
        now: Callable[[], datetime],
        *,
        prune: bool = True,
        batch: int = BATCH,
    ) -> None:
        self._log, self._store, self._judges, self._now = log, store, judges, now
        self._fresh_book, self._book = book, book()
        self._prune, self._batch = prune, batch
        self._watch = Watch(store, LogPartition(log.log_id), rules)
        self._offset = 0

    def start(self) -> None:
        """Take over the log where the store left off."""
        progress = self._watch.take_over()
        self._offset = max(progress.offset, 0)
        pruned = self._log.pruned_until()
        if pruned > self._offset:
            raise LogTruncated(
                f"the store has processed the outbox up to record {self._offset}, but the outbox holds only those "
                f"behind {pruned}: was the store restored from an older copy? Restore the outbox of the same time, or "
                "move the outbox away to go on from the networks alone"
            )

    def step(self) -> BatchReport | None:
        """Process the next batch; None when the log has nothing new.

        Raises:
            Unavailable: nothing was changed; call again.
        """
        started = time.perf_counter()
        entries = self._log.read(self._offset, self._batch)
        if not entries:
            return None
        scored = self._score(entries)
        judged = time.perf_counter()
        try:
            report = self._watch.process(scored, self._now())
        except NotOurs:
            self.start()
            raise
        self._offset = report.last_offset
        stored = time.perf_counter()
        self._tidy(report)
        return replace(report, read=len(entries), seconds={"score": judged - started, "watch": stored - judged})

    def _score(self, entries: list[tuple[int, bytes]]) -> Scored:
        try:
            return score(entries, self._book, self._judges, self._now())
        except KeyError:  # a hit of a brand version that was made after the book was read
            self._book = self._fresh_book()
            return score(entries, self._book, self._judges, self._now())

    def _tidy(self, report: BatchReport) -> None:
        if self._prune:
            self._log.prune(report.last_offset)
        if report.erased:
            self._log.scour()
            self._store.overwrite_deleted()

    def lag(self) -> int:
        """Records that wait in the log."""
        return self._log.last_offset() - self._offset

    def run(self, stop: Event, observe: Callable[[BatchReport], None]) -> None:
        """Process until `stop` is set, then drain what is in the log. Waits out a store that cannot be reached."""
        while True:
            report = self._patient_step(stop)
            if report is not None:
                observe(report)
            elif stop.is_set():
                return
            else:
                stop.wait(IDLE_SECONDS)

    def _patient_step(self, stop: Event) -> BatchReport | None:
        """Retry while the store or the outbox is away; once `stop` is set, give up after the next failure."""
        retrying = Retrying(
            retry=retry_if_exception_type(Unavailable),
            wait=wait_exponential(multiplier=0.1, max=5),
            stop=stop_any(stop_when_event_set(stop)),
            before_sleep=_say_waiting,
            reraise=True,
        )
        return retrying(self.step)


def _say_waiting(retry: RetryCallState) -> None:
    if retry.attempt_number == 1 or retry.attempt_number % 12 == 0:
        reason = retry.outcome.exception() if retry.outcome else None
        log.warning("the store cannot be reached now", extra={"attempt": retry.attempt_number, "reason": str(reason)})
