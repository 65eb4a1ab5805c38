"""One stretch of sending, through one producer, until its first failure or the end."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Event

from ingest.kafka.raw_topic import Delivery, RawTopic, RecordRefusedError, check_topic
from ingest.kafka.sender_state import Voice
from ingest.kafka.sending import Row, Window, route
from ingest.kafka.tidying import Tidying
from ingest.outbox import Outbox
from mentions.errors import BrokerUnavailable, CorruptRecord
from mentions.settings_streaming import KafkaSettings

READ_ROWS, READ_BYTES = 500, 8 * 2**20
IDLE_SECONDS, WAIT_SECONDS = 0.05, 0.1
SILENT_SECONDS = 10.0
"""So long without an acknowledgement, and the brokers are asked why; the producer goes on trying meanwhile."""
LAST_SECONDS = 3.0
"""So long without one once the end was asked for, and what is left stays in the outbox."""
DRAIN_SECONDS = 30.0
"""So long once the end was asked for, and what is left stays in the outbox: less than a supervisor waits."""
LOOK_SECONDS = 30.0
"""How soon it is noticed that somebody gave the topic other partitions."""
log = logging.getLogger("ingest.kafka.sender")


class BeginAnewError(Exception):
    """The producer is spent, for a reason that is not the brokers' being away: go on at once with another one."""


@dataclass
class Drain:
    """The end of sending, however many attempts it takes."""

    since: float | None = None

    def is_over(self) -> bool:
        """Whether it has lasted long enough; it begins when this is asked first."""
        now = time.monotonic()
        self.since = now if self.since is None else self.since
        return now - self.since >= DRAIN_SECONDS


class Attempt:
    """Sends what an outbox holds. Belongs to one thread.

    Args:
        window: empty; afterwards its `done_until` says how far everything was acknowledged.
        suspects: offsets of rows that were refused in company, to be sent alone; kept from one attempt to the next.
    """

    def __init__(
        self,
        outbox: Outbox,
        kafka: KafkaSettings,
        raw: RawTopic,
        window: Window[Delivery],
        suspects: set[int],
        voice: Voice,
        tidying: Tidying,
        now: Callable[[], datetime],
        drain: Drain,
    ) -> None:
        self._outbox, self._kafka, self._raw, self._window = outbox, kafka, raw, window
        self._suspects, self._voice, self._tidying, self._now = suspects, voice, tidying, now
        self._drain = drain
        self._heard_at = self._asked_at = self._looked_at = time.monotonic()

    def send_until(self, stop: Event) -> None:
        """Send until `stop` is set and nothing is left, or `DRAIN_SECONDS` have passed since.

        Raises:
            BrokerUnavailable, TopicMismatch: the producer failed, or the brokers are silent after `stop`.
            OutboxUnavailable: the outbox could not be read, or a refused record not be put aside.
            BeginAnewError: a record was refused.
        """
        while True:
            ending = stop.is_set()
            if ending and self._drain.is_over():
                self._tidying.tidy(self._window.done_until, at_once=True)
                return
            self._read()
            sent = self._send()
            settled = self._settle()
            idle = not (sent or self._window.waiting or self._window.is_flying)
            self._look_at_topic()
            self._tidying.tidy(self._window.done_until, at_once=ending and idle)
            self._voice.note(in_flight=self._window.copies)
            if idle:
                self._hear()
                if ending:
                    return
                stop.wait(IDLE_SECONDS)
            elif not sent and not settled:
                self._wait()
                self._listen(ending=stop.is_set())

    # --- one round ---

    def _read(self) -> None:
        if self._window.waiting:  # what could go has gone, so these must wait
            return
        rows = self._outbox.read(self._window.read_until, READ_ROWS, READ_BYTES)
        self._window.offer(row for row in (self._route(*row) for row in rows) if row is not None)

    def _route(self, offset: int, payload: bytes) -> Row | None:
        try:
            return route(offset, payload, self._kafka.partitions, alone=offset in self._suspects)
        except CorruptRecord as error:
            self._refuse(offset, len(payload), f"cannot be read: {error}")
            return None

    def _send(self) -> int:
        count = 0
        while (row := self._window.ready()) is not None:
            delivery = None
            try:
                delivery = self._raw.send(row)
            except RecordRefusedError as error:
                self._refuse(row.offset, len(row.payload), str(error))
            self._window.sent(delivery)
            count += 1
        return count

    def _settle(self) -> int:
        rows = self._window.settle(Delivery.is_acknowledged)
        if rows:
            self._hear()
            self._suspects.difference_update(row.offset for row in rows)
            self._voice.note(sent=self._voice.state.sent + len(rows))
            for row in rows:
                self._tidying.note(row)
        self._fail_with_the_first()
        return len(rows)

    def _fail_with_the_first(self) -> None:
        """Give up on the producer when the oldest row in flight has failed."""
        row, delivery = next(self._window.flying(), (None, None))
        if row is None or delivery is None or (error := delivery.failure()) is None:
            return
        meant = self._raw.explain(error)
        if not isinstance(meant, RecordRefusedError):
            raise meant
        self._doubt(row, meant)
        raise BeginAnewError(str(meant))

    def _doubt(self, row: Row, meant: RecordRefusedError) -> None:
        """One record that is refused takes all that was in flight with it: only alone it shows which one it was."""
        if row.alone:
            self._suspects.discard(row.offset)
            self._refuse(row.offset, len(row.payload), str(meant))
            return
        for other, delivery in self._window.flying():
            error = delivery.failure()
            if error is not None and isinstance(self._raw.explain(error), RecordRefusedError):
                self._suspects.add(other.offset)

    def _refuse(self, offset: int, size: int, reason: str) -> None:
        self._outbox.refuse(offset, self._now(), reason)
        self._voice.note(refused=self._voice.state.refused + 1)
        kept = f"table refused of {self._outbox.path}"
        log.error("a record is never taken", extra={"offset": offset, "bytes": size, "reason": reason, "kept": kept})

    # --- waiting ---

    def _wait(self) -> None:
        """Until something is acknowledged, for a moment; what a heartbeat or a deletion waits for does not linger."""
        if self._window.waiting:
            self._raw.hurry(WAIT_SECONDS)
        else:
            for _, delivery in self._window.flying():
                delivery.wait(IDLE_SECONDS)
                return

    def _hear(self) -> None:
        self._heard_at = time.monotonic()
        self._voice.up()

    def _look_at_topic(self) -> None:
        now = time.monotonic()
        if now - self._looked_at >= LOOK_SECONDS:
            self._looked_at = now
            self._raw.check()

    def _listen(self, *, ending: bool) -> None:
        """Ask the brokers why they are silent."""
        now = time.monotonic()
        silent = now - self._heard_at
        if ending and silent >= LAST_SECONDS:
            raise BrokerUnavailable(f"nothing was acknowledged for {silent:.0f} s; the rest stays in the outbox")
        if silent < SILENT_SECONDS or now - self._asked_at < SILENT_SECONDS:
            return
        self._asked_at = now
        try:
            check_topic(self._kafka)
        except BrokerUnavailable as error:
            self._voice.down(str(error))
        else:
            self._voice.down("the brokers answer, but acknowledge nothing")
