"""Waiting for the network by the runtime's clock, which in tests is driven by hand."""

import asyncio
from collections.abc import Awaitable
from typing import Any

from tenacity import AsyncRetrying, RetryCallState, wait_random_exponential

from mentions.clock import Clock

HEARTBEAT_S = 4.0
"""How long a reader waits before it says that nothing came: `Source` allows 5 s, of which batching may take 1 s."""

_pause = wait_random_exponential(multiplier=1, max=60)
_retrying = AsyncRetrying()


async def within(clock: Clock, seconds: float, something: Awaitable[object]) -> bool:
    """Wait for `something`, at most `seconds` of the clock's time; True when it is there.

    A task or future that is handed in is left as it is, done or not; a coroutine is ended.
    """
    waited = asyncio.ensure_future(something)
    owned = [] if waited is something else [waited]
    sleeper = asyncio.ensure_future(clock.sleep(seconds))
    try:
        await asyncio.wait({waited, sleeper}, return_when=asyncio.FIRST_COMPLETED)
        return waited.done()
    finally:
        await discard(sleeper, *owned)


async def discard(*tasks: asyncio.Future[Any]) -> None:
    """End tasks whose results nobody wants; returns when they have ended."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def pause_before(attempt: int) -> float:
    """Seconds to wait before the given attempt after failures (1: the first retry): random, up to 1, 2, 4 ... 60."""
    state = RetryCallState(_retrying, None, (), {})
    state.attempt_number = max(1, attempt)
    return _pause(state)
