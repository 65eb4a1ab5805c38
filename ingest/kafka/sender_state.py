"""How the sender is, and what it says of itself: a line when it goes down, one when it is back, reminders between."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

REMIND_SECONDS = 300.0
log = logging.getLogger("ingest.kafka.sender")


@dataclass(frozen=True, slots=True)
class SenderState:
    """How sending to Kafka is.

    Attributes:
        connected: the brokers take records. detail: why not, in a sentence; empty while they do.
        sent: records that were acknowledged, copies to several partitions counted once.
        failures: times that sending had to begin anew. refused: records put aside, because the topic never takes them.
        in_flight: records, copies counted, that wait for their acknowledgement.
    """

    connected: bool = False
    detail: str = "not connected yet"
    sent: int = 0
    failures: int = 0
    refused: int = 0
    in_flight: int = 0


class Voice:
    """Keeps the state, tells its changes to `observe` and what people must know to the log."""

    def __init__(self, observe: Callable[[SenderState], None], waiting: Callable[[], int]) -> None:
        self.state = SenderState()
        self._observe, self._waiting = observe, waiting
        self._down_at: float | None = None
        self._told_at = 0.0

    def up(self) -> None:
        """The brokers take records."""
        if self.state.connected:
            return
        if self._down_at is None:
            log.info("Kafka takes records")
        else:
            away = round(time.monotonic() - self._down_at)
            log.info("Kafka takes records again", extra={"after_seconds": away, "waiting": self._waiting()})
        self._down_at = None
        self.note(connected=True, detail="")

    def down(self, reason: str) -> None:
        """They take none now; what is to be sent waits in the outbox."""
        now = time.monotonic()
        begun = self._down_at is None
        if begun or now - self._told_at >= REMIND_SECONDS:
            self._down_at = now if self._down_at is None else self._down_at
            self._told_at = now
            since = {} if begun else {"since_seconds": round(now - self._down_at)}
            words = "Kafka takes no records now" if begun else "Kafka still takes no records"
            log.warning(words, extra={"reason": reason, "waiting": self._waiting(), **since})
        self.note(connected=False, detail=reason)

    def note(self, **changes: object) -> None:
        """Change the state, and tell it if it is another one now."""
        before, self.state = self.state, replace(self.state, **changes)  # type: ignore[arg-type] # mypy knows no keys
        if self.state != before:
            self._observe(self.state)
