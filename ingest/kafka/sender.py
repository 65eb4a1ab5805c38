"""Drains the outbox into the raw topic: nothing lost, order kept, memory flat however long the brokers are away.

The outbox is the only memory. What was not acknowledged when something failed is sent again; readers drop repeats.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Event

from tenacity import Retrying, retry_if_exception_type, sleep_using_event, stop_when_event_set, wait_exponential

from ingest.kafka.attempt import Attempt, BeginAnewError, Drain
from ingest.kafka.raw_topic import Delivery, RawTopic
from ingest.kafka.sender_state import SenderState, Voice
from ingest.kafka.sending import Window
from ingest.kafka.tidying import Tidying
from ingest.outbox import Outbox
from mentions.errors import BrokerUnavailable, OutboxUnavailable, TopicMismatch
from mentions.settings_streaming import KafkaSettings

__all__ = ["Sender", "SenderState"]
MAX_IN_FLIGHT = 5_000
MAX_IN_FLIGHT_BYTES = 64 * 2**20
LONGEST_PAUSE = 10.0
CLOSE_SECONDS = 2.0
_AGAIN = (BrokerUnavailable, TopicMismatch, OutboxUnavailable)


class Sender:
    """Sends what one outbox holds. The outbox object is the sender's own: sources write through another one.

    Args:
        observe: told each change of state, in the sender's thread.
        max_in_flight: records, copies counted, that may wait for their acknowledgement.
        now: when a record was refused.
        keep_refused: how long a record that was refused is kept.
    """

    def __init__(
        self,
        outbox: Outbox,
        kafka: KafkaSettings,
        *,
        observe: Callable[[SenderState], None] = lambda _: None,
        max_in_flight: int = MAX_IN_FLIGHT,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        keep_refused: timedelta = timedelta(days=30),
    ) -> None:
        self._outbox, self._kafka, self._now = outbox, kafka, now
        self._max_in_flight = max_in_flight
        self._voice = Voice(observe, self._rows_waiting)
        self._tidying = Tidying(outbox, lambda: now() - keep_refused)
        self._suspects: set[int] = set()
        self._drain = Drain()
        self._done_until = outbox.pruned_until()

    def run(self, stop: Event) -> None:
        """Send until `stop` is set and the outbox is empty, the brokers are silent, or `DRAIN_SECONDS` have passed.

        What is left is sent at the next start. Waits out all failures.

        Raises:
            UsageError: the configuration or the outbox's file cannot be used; nothing was lost.
        """
        while True:
            pausing = Retrying(  # anew after each success, so that pauses are short again
                retry=retry_if_exception_type(_AGAIN),
                wait=wait_exponential(multiplier=0.25, max=LONGEST_PAUSE),
                stop=stop_when_event_set(stop),
                sleep=sleep_using_event(stop),
                retry_error_callback=lambda _: True,
            )
            if pausing(self._attempt, stop):
                return

    def _attempt(self, stop: Event) -> bool:
        """Send through one producer. True: the end; False: it failed, but it has got somewhere.

        Raises:
            BrokerUnavailable, TopicMismatch, OutboxUnavailable: it failed, and another attempt should wait.
        """
        state, before = self._voice.state, self._done_until
        if stop.is_set() and state.failures and not state.connected:  # looking once more would only delay the end
            return True
        try:
            self._send_through_one_producer(stop)
        except BeginAnewError:
            self._note_failure()
            return False
        except _AGAIN as error:
            self._note_failure()
            self._voice.down(str(error))
            if stop.is_set() or self._done_until == before:
                raise
            return False
        return True

    def _send_through_one_producer(self, stop: Event) -> None:
        raw = RawTopic(self._kafka)
        window: Window[Delivery] = Window(
            self._done_until, max_copies=self._max_in_flight, max_bytes=MAX_IN_FLIGHT_BYTES
        )
        patience = 0.0
        try:
            Attempt(
                self._outbox,
                self._kafka,
                raw,
                window,
                self._suspects,
                self._voice,
                self._tidying,
                self._now,
                self._drain,
            ).send_until(stop)
            patience = CLOSE_SECONDS
        finally:
            self._done_until = window.done_until
            raw.close(patience)

    def _note_failure(self) -> None:
        self._voice.note(failures=self._voice.state.failures + 1, in_flight=0)

    def _rows_waiting(self) -> int:
        with suppress(OutboxUnavailable):
            return self._outbox.last_offset() - self._done_until
        return 0
