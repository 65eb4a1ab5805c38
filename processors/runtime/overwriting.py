"""Makes what was erased unreadable on the disk, now and then, beside the work. Owns no clock but a monotonic one."""

import asyncio
import logging
import time

from mentions.errors import Unavailable
from processors.store.opening import Store

EVERY = 60.0
"""Seconds between two times."""
SHARE = 20
"""At most one part in so many of the time: a large PostgreSQL takes minutes."""
log = logging.getLogger(__name__)


class Overwriting:
    """One at a time, in a thread.

    SQLite's file may hold erased text from before the process began, so it is emptied once at the start; PostgreSQL
    cleans up behind a worker that died by itself.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._due = store.dialect == "sqlite"
        self._not_before = 0.0
        self._task: asyncio.Task[None] | None = None

    def note(self, erased: int) -> None:
        """So many mentions were erased just now. Called in the loop's thread, after each batch."""
        self._due = self._due or erased > 0
        busy = self._task is not None and not self._task.done()
        if self._due and not busy and time.monotonic() >= self._not_before:
            self._due = False
            self._task = asyncio.create_task(self._overwrite())

    async def _overwrite(self) -> None:
        started = time.monotonic()
        try:
            done = await asyncio.to_thread(self._store.overwrite_deleted)
        except Unavailable as error:
            done = False
            log.warning("overwriting what was erased must wait", extra={"reason": str(error)})
        self._due = self._due or not done
        ended = time.monotonic()
        self._not_before = ended + max(EVERY, SHARE * (ended - started))

    async def ended(self) -> None:
        """Wait for what is under way."""
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)
