"""A source being read by a test, as the worker would."""

import asyncio
from collections import Counter
from contextlib import aclosing
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from ingest.sources.base import Dropped, Fetched, Item, Source
from mentions.drops import Drop
from mentions.records import Deletion, Gap, Post
from tests.clocks import DrivenClock


class Reading:
    """Reads in the background and keeps everything, with the time at which it came; leaving ends the reading.

    Attributes:
        steps: every `Fetched` with the clock's time.
    """

    def __init__(self, source: Source, clock: DrivenClock, cursor: str | None = None) -> None:
        self.steps: list[tuple[datetime, Fetched]] = []
        self._source, self._clock, self._from = source, clock, cursor
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        if error is None and not self._task.cancelled():
            self._task.result()

    @property
    def items(self) -> list[Item]:
        """Everything that came, in order."""
        return [item for _, step in self.steps for item in step.items]

    @property
    def posts(self) -> list[Post]:
        """The posts, in order."""
        return [item for item in self.items if isinstance(item, Post)]

    @property
    def texts(self) -> list[str]:
        """What the posts say."""
        return [post.text for post in self.posts]

    @property
    def deletions(self) -> list[Deletion]:
        """The deletions, in order."""
        return [item for item in self.items if isinstance(item, Deletion)]

    @property
    def drops(self) -> Counter[Drop]:
        """How much was dropped, by reason."""
        return Counter(item.reason for item in self.items if isinstance(item, Dropped))

    @property
    def gaps(self) -> list[Gap]:
        """Every gap reported."""
        return [gap for _, step in self.steps for gap in step.gaps]

    @property
    def cursor(self) -> str | None:
        """Where a later reading would resume."""
        return next((step.cursor for _, step in reversed(self.steps) if step.cursor is not None), self._from)

    @property
    def last(self) -> Fetched:
        """The latest step; before the first, one that says so."""
        return self.steps[-1][1] if self.steps else Fetched(state="connecting")

    async def _read(self) -> None:
        async with aclosing(_as_generator(self._source.read(self._from, self._clock))) as steps:
            async for step in steps:
                self.steps.append((self._clock.now(), step))


def _as_generator(steps: Any) -> Any:
    """A reader is an async generator; its protocol only promises an iterator."""
    return steps
