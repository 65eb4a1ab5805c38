"""One look at the store per second for all who watch, and a bounded queue for each of them."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol

from dashboards.console.selection import Selection
from dashboards.console.words import Lang
from mentions.clock import EPOCH
from mentions.errors import AtalayaError, Unavailable
from processors.store.overview import Window
from processors.store.reading import OVERLAP, Shown, StoredMention

EVERY = timedelta(seconds=1)
HEARTBEAT = timedelta(seconds=15)
FIGURES_EVERY = timedelta(seconds=5)
FIGURES_IDLE = timedelta(seconds=60)
"""Figures follow new mentions at most every `FIGURES_EVERY`; without any they still age every `FIGURES_IDLE`."""
JOINING = timedelta(seconds=2)
"""How far before its page was made a new watcher looks back, for rows that were stamped then and committed after."""
MOST = 100
"""New mentions in one look; with more, readers are told to reload instead of being flooded."""
WATCHERS = 100
_QUEUE = 32  # messages that a slow reader may be behind
PageName = Literal["live", "overview", "alerts"]
"""The pages that live: what is new comes to them by itself."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class View:
    """What a page shows; those who watch the same view get the same bytes.

    Attributes:
        page: which page. window, weighted: of the overview: its length, and volume over time as it weighs.
    """

    lang: Lang
    selection: Selection
    page: PageName = "live"
    window: Window = "24h"
    weighted: bool = False


class Sight(Protocol):
    """Where news come from. Every call may block, and is made in a thread."""

    def arrived(self, shown: Shown, most: int) -> tuple[list[StoredMention], Shown]:
        """What was stored since, as `processors.store.reading.arrived` gives it."""

    def mentions(self, view: View, rows: Sequence[StoredMention]) -> str:
        """Markup of those rows that the view takes; empty when none."""

    def figures(self, view: View) -> str:
        """Markup of the figures."""


@dataclass(eq=False, slots=True)
class _Watcher:
    """One open page."""

    view: View
    queue: asyncio.Queue[bytes | None] = field(default_factory=lambda: asyncio.Queue(_QUEUE))

    def tell(self, message: bytes | None) -> None:
        """Queue a message; a reader too slow for it is told once to reload, in place of all that waited."""
        if self.queue.full():
            while not self.queue.empty():
                self.queue.get_nowait()
            message = message and event("flood")
        self.queue.put_nowait(message)


class Live:
    """The hub. Belongs to one event loop; looks at the store only while somebody watches."""

    def __init__(self, sight: Sight, now: Callable[[], datetime]) -> None:
        self._sight, self._now = sight, now
        self._watchers: set[_Watcher] = set()
        self._closed = False
        self._shown = Shown()
        self._figures_at, self._stale = EPOCH, False

    @property
    def watching(self) -> int:
        """How many watch."""
        return len(self._watchers)

    async def run(self) -> None:
        """Look every second until cancelled."""
        while True:
            await asyncio.sleep(EVERY.total_seconds())
            try:
                await self.look()
            except AtalayaError as error:
                log.warning("the live list waits", extra={"reason": str(error)})
            except Exception:  # the next look may succeed, and the pages themselves still answer
                log.exception("a look at the store failed")

    async def look(self) -> None:
        """Look once, and tell everybody what is new."""
        views = {watcher.view for watcher in self._watchers}
        if not views:
            return
        messages = await asyncio.to_thread(self._news, views)
        for watcher in self._watchers:
            for message in messages.get(watcher.view, ()):
                watcher.tell(message)

    def close(self) -> None:
        """End every stream, now and from now on."""
        self._closed = True
        for watcher in self._watchers:
            watcher.tell(None)

    def check_room(self) -> None:
        """See whether one more may watch.

        Raises:
            Unavailable: not now.
        """
        if len(self._watchers) >= WATCHERS:
            msg = f"{WATCHERS} pages are live already; close some, then reload"
            raise Unavailable(msg)

    async def stream(self, view: View, since: datetime) -> AsyncIterator[bytes]:
        """Everything stored since `since`, then what is new as it comes, with a sign of life every 15 s."""
        if not self._watchers:
            await asyncio.to_thread(self._begin)
        with self._watching(view) as watcher:
            yield b"retry: 2000\n\n"
            for missed in await asyncio.to_thread(self._missed, view, since):
                yield missed
            while True:
                try:
                    message = await asyncio.wait_for(watcher.queue.get(), HEARTBEAT.total_seconds())
                except TimeoutError:
                    message = b": still here\n\n"
                if message is None:
                    return
                yield message

    @contextlib.contextmanager
    def _watching(self, view: View) -> Iterator[_Watcher]:
        watcher = _Watcher(view)
        self._watchers.add(watcher)
        if self._closed:
            watcher.tell(None)
        try:
            yield watcher
        finally:
            self._watchers.discard(watcher)

    # --- in a thread ---

    def _begin(self) -> None:
        """Pass over what is there: the first watcher's page shows it, or `_missed` tells it."""
        self._figures_at, self._stale = self._now(), False
        _, self._shown = self._sight.arrived(Shown(self._figures_at), MOST)

    def _news(self, views: set[View]) -> dict[View, list[bytes]]:
        now = self._now()
        rows, self._shown = self._sight.arrived(self._shown, MOST)
        messages = {view: self._told(view, rows, now) for view in views}
        self._stale = self._stale or bool(rows)
        if now - self._figures_at >= (FIGURES_EVERY if self._stale else FIGURES_IDLE):
            self._figures_at, self._stale = now, False
            for view in views:
                messages[view].append(event("figures", self._sight.figures(view)))
        return messages

    def _missed(self, view: View, since: datetime) -> list[bytes]:
        now = self._now()
        rows, _ = self._sight.arrived(Shown(since - JOINING + OVERLAP), MOST)
        told = self._told(view, rows, now)
        # `_begin` may have passed these rows over: then no look tells the figures that count them.
        return [*told, event("figures", self._sight.figures(view))] if rows else told

    def _told(self, view: View, rows: Sequence[StoredMention], now: datetime) -> list[bytes]:
        mark = write_mark(now)
        if len(rows) >= MOST:
            return [event("flood", mark=mark)]
        markup = self._sight.mentions(view, rows) if rows else ""
        return [event("mentions", markup, mark)] if markup else []


def event(name: str, data: str = "", mark: str = "") -> bytes:
    """Write one Server-Sent Event; a reader that reconnects sends the last `mark` back as `Last-Event-ID`."""
    lines = data.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    parts = [f"event: {name}", *(f"data: {line}" for line in lines), *([f"id: {mark}"] if mark else [])]
    return ("\n".join(parts) + "\n\n").encode(errors="replace")


def write_mark(moment: datetime) -> str:
    """Write a moment as whole microseconds since 1970."""
    return str((moment - EPOCH) // timedelta(microseconds=1))


def read_mark(mark: str) -> datetime | None:
    """Read what `write_mark` wrote; None for anything else."""
    if not (mark.isascii() and mark.isdigit() and len(mark) <= 16):  # 16 digits: the year 2286
        return None
    return EPOCH + timedelta(microseconds=int(mark))
