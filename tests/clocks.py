"""A clock that a test drives, and waiting with a deadline. Real sockets still take real time: each step leaves some."""

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

MORNING = datetime(2026, 11, 16, 9, tzinfo=UTC)
"""Where driven clocks begin."""

_TURNS = (0.0,) * 30
"""A woken sleeper needs some ten turns of the event loop until it sleeps again."""

T = TypeVar("T")


class DrivenClock:
    """A `mentions.clock.Clock` whose time passes only in `advance`.

    Args:
        start: the first `now`.
        breath: real seconds left to sockets and threads after each wake-up.
    """

    def __init__(self, start: datetime = MORNING, breath: float = 0.002) -> None:
        self._now, self._breath = start, breath
        self._order = itertools.count()
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        """The driven time."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Return once the clock has been advanced by `seconds`."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + timedelta(seconds=seconds), next(self._order), woken))
        await woken

    async def advance(self, seconds: float) -> None:
        """Let `seconds` pass: each sleeper wakes at its own time, in order, and all settles before the next one."""
        end = self._now + timedelta(seconds=seconds)
        await self.settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            due, _, woken = heapq.heappop(self._sleepers)
            if woken.done():
                continue
            self._now = max(self._now, due)
            woken.set_result(None)
            await self.settle()
        self._now = end
        await self.settle()

    async def settle(self) -> None:
        """Let everything that can go on go on, without time passing on this clock."""
        for seconds in (*_TURNS, self._breath, *_TURNS):
            await asyncio.sleep(seconds)

    async def until(self, condition: Callable[[], bool], *, step: float = 0.0, deadline: float = 10.0) -> None:
        """Advance by `step` again and again until `condition()`.

        Raises:
            AssertionError: not within `deadline` real seconds.
        """
        limit = time.monotonic() + deadline
        while not condition():
            assert time.monotonic() < limit, f"not within {deadline} s"
            await self.advance(step)


def run(scenario: Coroutine[Any, Any, T], deadline: float = 30.0) -> T:
    """Run a scenario in a fresh event loop; at most `deadline` real seconds."""
    return asyncio.run(asyncio.wait_for(scenario, deadline))
