"""Carries deliveries to people: claim, send, mark. One thread per channel, so that a slow one keeps nobody waiting."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from mentions.errors import AtalayaError
from processors.notifying import claims
from processors.notifying.claims import Claim
from processors.notifying.messages import Telling, compose
from processors.notifying.punctuality import Told, first_post
from processors.notifying.sending import NotSent, Parcel, Sender
from processors.notifying.telling import Voice, telling_of
from processors.store.opening import Store

LEASE = timedelta(seconds=90)
"""Longer than a message takes to leave or to fail; one that takes longer yet may leave twice, under one key."""
STOPS_WITHIN = 5.0
"""Seconds. What is not marked by then leaves again after the next start, under its key."""
log = logging.getLogger(__name__)


class Way(Struct, frozen=True):
    """A channel as the notifier uses it."""

    sender: Sender
    voice: Voice


class Notifier:
    """What `run` and `serve` tell people by; several may share a store.

    Args:
        who: names this process among all that share the store.
        observe: told how long a message was due when it left, in seconds; None: it was given up.
        told: told what left.
    """

    def __init__(
        self,
        store: Store,
        ways: Mapping[str, Way],
        *,
        who: str,
        now: Callable[[], datetime],
        lease: timedelta = LEASE,
        observe: Callable[[float | None], None] = lambda _seconds: None,
        told: Callable[[Told], None] = lambda _told: None,
    ) -> None:
        self._store, self._ways, self._who = store, ways, who
        self._now, self._lease, self._observe, self._told = now, lease, observe, told
        self._stopping = threading.Event()
        self._busy = {channel: threading.Lock() for channel in ways}
        self._unmarked: dict[str, list[tuple[Claim, datetime]]] = {channel: [] for channel in ways}
        """What has left, and what the store could not be told of yet."""

    @property
    def channels(self) -> tuple[str, ...]:
        """The names of the channels."""
        return tuple(self._ways)

    def tell(self, channel: str) -> int:
        """Send what is due to a channel, one after the other; how many left.

        Raises:
            StoreUnavailable: nothing was lost; what was sent and cannot be marked before its lease ends is sent again,
            under its key.
        """
        sent = 0
        with self._busy[channel]:
            self._mark(channel)
            while not self._stopping.is_set() and (mine := self._claim(channel)) is not None:
                sent += self._send(mine)
        return sent

    def stop(self, seconds: float = STOPS_WITHIN) -> None:
        """Begin no other message, for ever, and wait until those that are leaving have left and are marked."""
        self._stopping.set()
        limit = time.monotonic() + seconds
        for lock in self._busy.values():
            if lock.acquire(timeout=max(0.0, limit - time.monotonic())):
                lock.release()

    def give_up_strangers(self) -> None:
        """Give up what has long been due for channels that are configured no more."""
        with self._store.writing() as connection:
            gone = claims.give_up_strangers(connection, self.channels, self._now())
        if gone:
            log.warning("messages were for channels that are not configured", extra={"messages": gone})

    def _claim(self, channel: str) -> Claim | None:
        now = self._now()
        with self._store.reading() as connection:
            if not claims.anything_due(connection, channel, now):
                return None
        with self._store.writing() as connection:
            found = claims.claim(connection, channel, self._who, now, self._lease)
        return found[0] if found else None

    def _send(self, mine: Claim) -> bool:
        try:
            parcel, found, first = self._parcel(mine)
            self._ways[mine.channel].sender.send(parcel)
        except NotSent as error:
            self._failed(mine, str(error), for_good=error.for_good)
            return False
        except AtalayaError as error:
            self._failed(mine, str(error))
            return False
        except Exception as error:
            # one message that cannot be made must not stop the others
            log.exception("a message could not be made", extra={"delivery": mine.key})
            self._failed(mine, f"{type(error).__name__} while it was made")
            return False
        now = self._now()
        self._unmarked[mine.channel].append((mine, now))
        self._mark(mine.channel)
        self._observe(max(0.0, (now - mine.due_at).total_seconds()))
        self._told(_told(mine, found, first, now))
        return True

    def _mark(self, channel: str) -> None:
        """Tell the store what has left; what it cannot be told now is kept and not sent again by this process."""
        left = self._unmarked[channel]
        if left:
            with self._store.writing() as connection:
                for mine, at in left:
                    claims.mark_sent(connection, mine, at)
            left.clear()

    def _parcel(self, mine: Claim) -> tuple[Parcel, Telling, datetime | None]:
        with self._store.reading() as connection:
            found = telling_of(connection, mine, self._ways[mine.channel].voice, self._now())
            opens = found.step.step == "open"
            first = first_post(connection, found.alert.brand, found.step.at) if opens else None
        return parcel_of(found, mine), found, first

    def _failed(self, mine: Claim, why: str, *, for_good: bool = False) -> None:
        with self._store.writing() as connection:
            given_up = claims.mark_failed(connection, mine, self._who, self._now(), why, for_good=for_good)
        place = {"channel": mine.channel, "delivery": mine.key, "attempt": mine.attempts, "reason": why}
        log.warning("a message was given up" if given_up else "a message must wait", extra=place)
        if given_up:
            self._observe(None)


def _told(mine: Claim, found: Telling, first: datetime | None, now: datetime) -> Told:
    step = found.step
    return Told(
        channel=mine.channel,
        step=step.step,
        severity=step.severity,
        at=step.at,
        due_at=mine.due_at,
        attempts=mine.attempts,
        sent_at=now,
        first_post=first,
    )


def parcel_of(found: Telling, mine: Claim) -> Parcel:
    """Wrap a message up."""
    return Parcel(
        message=compose(found),
        key=mine.key,
        thread=f"{mine.alert}-{mine.channel}",
        at=found.step.at,
        document=_document(found),
    )


def _document(found: Telling) -> dict[str, Any]:
    """The alert as `alerts --json` has it, without who else is told of it, and the step that is told."""
    alert: dict[str, Any] = msgspec.to_builtins(found.alert)
    for key in ("deliveries", "notes", "acknowledged_by"):
        del alert[key]
    step = {"number": found.step.number, "step": found.step.step, "severity": found.step.severity}
    return {**alert, "evidence": found.step.evidence, "step": step}
