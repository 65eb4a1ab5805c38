"""Whether a worker gets anywhere. A worker that does not is ended, so that whoever runs it starts it anew.

The judgement is pure; a thread asks for it, because the loop itself may be what hangs.
"""

import asyncio
import logging
import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from processors.runtime.stacks import standing_at

LEAVES_WITHIN = 20.0
"""Seconds that a worker with nothing in hand waits for its clients to let go. Faust's may never do so when the group
forms anew at that moment; then what is processed is committed, or will be dropped as a repeat."""
STUCK_EXIT = 1
"""Exit code of a worker that hangs; `UNREACHABLE_EXIT` when it is known to wait for something."""
UNREACHABLE_EXIT = 3
LOOK_EVERY = 1.0
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Standing:
    """What is known of a worker. Times are seconds of one monotonic clock.

    Attributes:
        beaten: when its loop last turned. progressed: when it last finished something or had nothing to do.
        lag: records that wait, by partition; None: the brokers do not tell.
        in_hand: records being processed now.
        ending: when it was asked to end; None: it was not. failed: it ends because something failed.
    """

    beaten: float
    progressed: float
    lag: Mapping[int, int] | None = field(default_factory=dict)
    in_hand: int = 0
    waiting_for: str = ""
    ending: float | None = None
    failed: bool = False


def verdict(standing: Standing, now: float, stuck_after: float) -> str:
    """Why the worker must end; empty while it need not."""
    if now - standing.beaten >= stuck_after:
        return f"its loop has not turned for {now - standing.beaten:.0f} s"
    waiting = f", waiting for {standing.waiting_for}" if standing.waiting_for else ""
    if standing.ending is not None:
        if now - max(standing.ending, standing.progressed) < stuck_after:
            return ""
        return (
            f"it was asked to end {now - standing.ending:.0f} s ago and has finished nothing for "
            f"{now - standing.progressed:.0f} s{waiting}; what it had in hand is read again"
        )
    has_work = standing.in_hand > 0 or (standing.lag is not None and sum(standing.lag.values()) > 0)
    if has_work and now - standing.progressed >= stuck_after:
        return f"it has work and made no progress for {now - standing.progressed:.0f} s{waiting}"
    return ""


def may_leave(standing: Standing, now: float) -> bool:
    """Whether a worker that was asked to end has done all it had in hand, and only its clients hold it."""
    if standing.ending is None or standing.failed or standing.in_hand:
        return False
    return now - max(standing.ending, standing.progressed) >= LEAVES_WITHIN


class Supervisor:
    """Keeps a worker's standing and ends the process when it is stuck. Told from the loop, asked from a thread."""

    def __init__(self, stage: str, stuck_after: float) -> None:
        self._stage, self._stuck_after = stage, stuck_after
        now = time.monotonic()
        self.standing = Standing(now, now)
        self._done: dict[int, int] = {}

    @contextmanager
    def working(self, records: int) -> Iterator[None]:
        """While records are processed."""
        self.standing.in_hand = records
        try:
            yield
        finally:
            self.standing.in_hand = 0
            self.standing.progressed = time.monotonic()

    def assigned(self, positions: Mapping[int, tuple[int, int]]) -> None:
        """Partitions were (re)assigned: where each is read from, and where it ends."""
        self._done = {partition: position for partition, (position, _) in positions.items()}
        self.standing.lag = {partition: max(0, end - position) for partition, (position, end) in positions.items()}
        self.standing.progressed = time.monotonic()

    def done(self, partition: int, position: int) -> None:
        """Everything before `position` is processed."""
        self._done[partition] = position

    def beat(self, now: float, waiting_for: str) -> None:
        """The loop turns."""
        self.standing.beaten, self.standing.waiting_for = now, waiting_for

    def end(self, *, failed: bool) -> None:
        """It was asked to end, or must: from now on it finishes what is in hand, and lag is no work of its own."""
        self.standing.ending, self.standing.failed = time.monotonic(), failed

    def ends(self, ends: Mapping[int, int]) -> None:
        """Where the log ends now, as the brokers say."""
        lag = {partition: max(0, end - self._done.get(partition, end)) for partition, end in ends.items()}
        self.standing.lag = lag
        if not sum(lag.values()):
            self.standing.progressed = time.monotonic()

    def ends_unknown(self) -> None:
        """The brokers do not tell: whether there is work is not known, and waiting is right."""
        self.standing.lag = None
        if not self.standing.in_hand:
            self.standing.progressed = time.monotonic()

    @contextmanager
    def watching(self, loop: asyncio.AbstractEventLoop | None = None) -> Iterator[None]:
        """Look now and then, until the block ends; where a worker stands is told with the tasks of `loop`."""
        ended = threading.Event()
        thread = threading.Thread(target=self._watch, args=(ended, loop), name="supervisor", daemon=True)
        self.beat(time.monotonic(), "")
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _watch(self, ended: threading.Event, loop: asyncio.AbstractEventLoop | None) -> None:
        while not ended.wait(LOOK_EVERY):
            now = time.monotonic()
            if reason := verdict(self.standing, now, self._stuck_after):
                self._tell(logging.ERROR, "this worker is stuck and ends", reason, loop)
                os._exit(UNREACHABLE_EXIT if self.standing.waiting_for else STUCK_EXIT)
            if may_leave(self.standing, now):
                reason = "all that it had in hand is done; its clients hold on"
                self._tell(logging.WARNING, "this worker ends", reason, loop)
                os._exit(0)

    def _tell(self, level: int, event: str, reason: str, loop: asyncio.AbstractEventLoop | None) -> None:
        log.log(level, event, extra={"stage": self._stage, "reason": reason, "standing": standing_at(loop)})
