"""The embedded runtime: one process, no broker; the outbox is the log and both stages run one after the other."""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    sleep_using_event,
    stop_when_event_set,
    wait_exponential,
)

from mentions.drops import Drop
from mentions.errors import AtalayaError, LogTruncated, NotOurs, Unavailable
from mentions.settings_streaming import WorkSettings
from processors.brand_book import BrandBook
from processors.report import BatchReport
from processors.runtime.invalid_limit import InvalidLimit
from processors.runtime.isolating import ATTEMPTS, process_isolating, told
from processors.runtime.log import Log
from processors.scored_batch import Entries, ScoredBatch
from processors.scoring import Judges, Scored, UnknownVersionError, score
from processors.store.alerting import Routing
from processors.store.opening import Store
from processors.store.progress import LogPartition
from processors.ticks import TimeRules
from processors.watch import Watch

BATCH = 500
"""Records per transaction: the knee where SQLite's commit is under 5 % of the batch (docs/benchmarks.md)."""
FIRST_BATCH = 1
"""Batches begin small and double, so that the first mention of a long log is shown at once."""
IDLE_SECONDS = 0.05
TIDY_AGAIN = timedelta(minutes=1)
"""A long reader can keep deleted bytes in a file; each attempt may wait for it (5 s), so they are kept apart."""
_AGAIN = 0.1
"""Seconds before a batch that our code failed on is tried again; each time twice as long."""
log = logging.getLogger(__name__)


class EmbeddedRuntime:
    """Reads a log and keeps the store up with it. Belongs to one thread.

    Args:
        book: the brand versions as known now; asked for every batch.
        newer_book: looks again, when a hit names a version that `book` lacks; None: `book` itself.
        now: the wall clock of a live run; a replay's own clock.
        prune: whether what the store holds is deleted from the log (a replay's file goes as a whole).
        limit: how many records may fail; None: as the settings have it by default.

    A batch that our own code fails on is tried `ATTEMPTS` times; then the records that it fails on are found and buried
    (`processors.runtime.isolating`), unless they are too many.

    Raises (from `start` and `step`):
        LogTruncated: the log does not go on where the store's progress ends.
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
        newer_book: Callable[[], BrandBook] | None = None,
        prune: bool = True,
        batch: int = BATCH,
        limit: InvalidLimit | None = None,
        channels: Routing = (),
    ) -> None:
        self._log, self._store, self._judges, self._now = log, store, judges, now
        self._book, self._newer_book = book, newer_book or book
        self._prune, self._batch = prune, batch
        self._next_batch = min(batch, FIRST_BATCH)
        self._watch = Watch(store, LogPartition(log.log_id), rules, channels)
        self._offset, self._begun = 0, False
        self._limit = limit or InvalidLimit(WorkSettings().max_invalid_ratio)
        self._failures = 0
        """Of the batch that is next."""
        self._parts: Iterator[BatchReport] = iter(())
        """What is left of a batch that is taken apart."""
        # The process before may have died between an erasure's commit and its tidying.
        self._untidy, self._tidied = True, datetime.min.replace(tzinfo=UTC)

    def start(self) -> None:
        """Take over the log where the store left off."""
        self._begun = False
        self._offset = max(self._watch.take_over().offset, 0)
        self._check_log()
        self._begun = True
        self._tidy()

    def _check_log(self) -> None:
        pruned, last = self._log.pruned_until(), self._log.last_offset()
        advice = "Restore the other one of the same time, or move the outbox away to go on from the networks alone"
        if pruned > self._offset:
            raise LogTruncated(
                f"the store has processed the outbox up to record {self._offset}, but the outbox holds only those "
                f"behind {pruned}: was the store restored from an older copy, or made anew? {advice}"
            )
        if last < self._offset:
            raise LogTruncated(
                f"the store has processed the outbox up to record {self._offset}, but the outbox ends at {last}: "
                f"was the outbox restored from an older copy? {advice}"
            )

    def step(self) -> BatchReport | None:
        """Process the next batch; None when the log has nothing new. After an exception, the next step takes over anew.

        Raises:
            Unavailable: call again; nothing is lost or counted twice.
            NotOurs: another worker wrote to this log or folded one of its brands; call again to go on behind it.
            TooManyInvalid: our code fails on so many records that no more are buried.
            Exception: our code failed; call again, and after `ATTEMPTS` failures the batch is taken apart.
        """
        if not self._begun:
            self.start()
        try:
            report = self._next_part() or self._next_batch_whole()
        except AtalayaError:
            raise
        except Exception:
            self._failures += 1
            raise
        if report is None:
            self._tidy_again()
            return None
        self._failures = 0
        self._untidy = self._untidy or report.erased > 0
        self._tidy()
        return report

    def _next_part(self) -> BatchReport | None:
        """Go on with a batch that is taken apart."""
        started = time.perf_counter()
        self._begun = False  # until the part is known to be whole in the store
        report = next(self._parts, None)
        self._begun = True
        if report is None:
            return None
        read, self._offset = report.last_offset - self._offset, report.last_offset
        return replace(report, read=read, seconds={"watch": time.perf_counter() - started})

    def _next_batch_whole(self) -> BatchReport | None:
        started = time.perf_counter()
        entries = self._log.read(self._offset, self._next_batch)
        if not entries:
            return None
        if self._failures >= ATTEMPTS:
            self._parts = process_isolating(self._process, self._read_burying(entries), self._read_burying)
            return self._next_part()
        scored = self._score(entries)
        judged = time.perf_counter()
        self._begun = False  # until the batch is known to be whole in the store
        report = self._process(scored.batch(entries))
        self._begun, self._offset = True, report.last_offset
        self._next_batch = min(self._batch, 2 * self._next_batch)
        stored = time.perf_counter()
        return replace(report, read=len(entries), seconds={"score": judged - started, "watch": stored - judged})

    def _process(self, batch: ScoredBatch) -> BatchReport:
        """Commit a batch, unless our code fails on too many records: then something else must be wrong."""
        failed = [letter.reason for letter in batch.dead if letter.reason is Drop.FAILED]
        self._limit.check(len(batch.entries), failed)
        report = self._watch.process(batch, self._now())
        self._limit.add(len(batch.entries), failed)
        return report

    def _read_burying(self, entries: Entries) -> ScoredBatch:
        return self._score(entries, bury_failing=True).batch(entries)

    def _score(self, entries: Entries, *, bury_failing: bool = False) -> Scored:
        try:
            return score(entries, self._book(), self._judges, self._now(), bury_failing=bury_failing)
        except UnknownVersionError:  # it may have been made after the book was read
            book = self._newer_book()
            return score(entries, book, self._judges, self._now(), bury_unknown=True, bury_failing=bury_failing)

    def _tidy(self) -> None:
        """Prune what the store holds and, behind an erasure, empty what shows it; what fails is made good later."""
        self._tidied = self._now()
        try:
            if self._prune:
                self._log.prune(self._offset)
            if self._untidy:
                scoured = self._log.scour() if self._prune else True
                self._untidy = not (self._store.overwrite_deleted() and scoured)
        except Unavailable as error:
            log.warning("pruning must wait", extra={"reason": str(error)})

    def _tidy_again(self) -> None:
        if self._untidy and self._now() - self._tidied >= TIDY_AGAIN:
            self._tidy()

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
        """Retry while the store or the outbox is away or somebody else's; once `stop` is set, give up at a failure."""
        retrying = Retrying(
            retry=retry_if_exception_type((Unavailable, NotOurs)),
            wait=wait_exponential(multiplier=0.1, max=5),
            stop=stop_when_event_set(stop),
            sleep=sleep_using_event(stop),
            before_sleep=_say_waiting,
            reraise=True,
        )
        return retrying(self.sure_step)

    def sure_step(self) -> BatchReport | None:
        """Do as `step`, but where our own code fails on a batch, try again soon, and then bury what it fails on.

        Raises:
            AtalayaError: as `step`.
            Exception: our code fails on more than a record: nothing can be committed at all.
        """
        for attempt in range(ATTEMPTS):
            try:
                return self.step()
            except AtalayaError:
                raise
            except Exception as error:
                if not self._failures:  # not on a batch
                    raise
                log.error("our own code failed on a batch", extra={"attempt": self._failures, **told(error)})
            time.sleep(_AGAIN * 2**attempt)
        return self.step()


def _say_waiting(retry: RetryCallState) -> None:
    if retry.attempt_number == 1 or retry.attempt_number % 12 == 0:
        reason = retry.outcome.exception() if retry.outcome else None
        log.warning("the store cannot be written now", extra={"attempt": retry.attempt_number, "reason": str(reason)})
