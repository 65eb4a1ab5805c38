"""Running several things on one loop, so that none of them can break without being noticed."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from mentions.errors import AtalayaError

log = logging.getLogger(__name__)


async def together(*coroutines: Coroutine[None, None, None]) -> None:
    """Run all until all have ended; when one breaks, the others are cancelled and its exception is raised."""
    tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]
    try:
        await asyncio.gather(*tasks)
    finally:
        await cancelled(tasks)


async def until_set(stopping: asyncio.Event, tasks: Sequence[asyncio.Future[None]]) -> None:
    """Return when the event is set; raise what a task breaks with. A task that just ends is none of it."""
    waiting = asyncio.ensure_future(stopping.wait())
    pending: set[asyncio.Future[Any]] = {waiting, *tasks}
    try:
        while not waiting.done():
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
    finally:
        waiting.cancel()


async def every(seconds: float, step: Callable[[], object], what: str) -> None:
    """Call a blocking step in a thread, again and again; says once that it cannot be done now, and when it can again.

    Args:
        what: what the step does, to begin a sentence with.
    """
    failing = False
    while True:
        try:
            await asyncio.to_thread(step)
        except AtalayaError as error:
            if not failing:
                log.warning("%s must wait", what, extra={"reason": str(error)})
            failing = True
        else:
            if failing:
                log.info("%s goes on", what)
            failing = False
        await asyncio.sleep(seconds)


async def cancelled(tasks: Sequence[asyncio.Future[None]]) -> None:
    """Cancel and wait for the end of each."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
