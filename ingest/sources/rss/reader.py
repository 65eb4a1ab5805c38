"""The `rss` source: asks each feed when it is due. Thin: what an answer means is in `polls` and `documents`."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest.fetching import FetchFailedError, FetchRefusedError, FetchTooLargeError, guarded_get
from ingest.sources.base import Dropped, Fetched, Item, Source
from ingest.sources.rss import polls
from ingest.sources.rss.documents import MAX_DOCUMENT, SOURCE, read_document
from ingest.sources.waiting import HEARTBEAT_S, discard, within
from mentions.clock import Clock
from mentions.drops import Drop
from mentions.records import SourceClass

LEAST_INTERVAL = timedelta(minutes=5)
"""What a publisher may expect of a polite reader."""
AT_ONCE = 4
"""Feeds that are asked at the same time."""
_ACCEPT = "application/atom+xml, application/rss+xml, application/rdf+xml, application/xml;q=0.9, */*;q=0.5"


@dataclass(frozen=True, slots=True)
class RssOptions:
    """What can be configured.

    Attributes:
        feeds: their addresses, http or https.
        interval: between two polls of a feed; a shorter one than `least_interval` is taken as that.
        shard: tells two of these sources apart.
        timeout_s: real seconds that one fetch may take.
        least_interval, allow_private: for tests against a local server.
    """

    feeds: tuple[str, ...]
    interval: timedelta = timedelta(minutes=15)
    shard: str = "feeds"
    timeout_s: float = 30.0
    least_interval: timedelta = LEAST_INTERVAL
    allow_private: bool = False


class RssSource:
    """The items of some feeds, each once, as `ingest.sources.base.Source` promises; all at once at the first poll."""

    name = SOURCE
    source_class: SourceClass = "poll"

    def __init__(self, options: RssOptions) -> None:
        self._options = options
        self.shard = options.shard

    def read(self, cursor: str | None, clock: Clock) -> AsyncIterator[Fetched]:
        """Poll for ever.

        Raises:
            CorruptRecord: `cursor` was not written by this source.
        """
        return _Poller(self._options, cursor, clock).run()


Answer = tuple[polls.Feed, tuple[Item, ...]]


class _Poller:
    """One reading: the feeds, and the polls under way."""

    def __init__(self, options: RssOptions, cursor: str | None, clock: Clock) -> None:
        self._options, self._clock = options, clock
        self._interval = max(options.interval, options.least_interval)
        known = polls.load(cursor)
        self._feeds = {url: known.get(url, polls.Feed()) for url in options.feeds}
        self._running: dict[str, asyncio.Task[Answer]] = {}

    async def run(self) -> AsyncGenerator[Fetched, None]:
        try:
            while True:
                self._start_due()
                if self._running:
                    anything = asyncio.wait(self._running.values(), return_when=asyncio.FIRST_COMPLETED)
                    await within(self._clock, HEARTBEAT_S, anything)
                else:
                    await self._clock.sleep(self._until_next())
                finished = [url for url, task in self._running.items() if task.done()]
                yield self._fetched(finished)
        finally:
            await discard(*self._running.values())

    def _start_due(self) -> None:
        now = self._clock.now()
        for url, feed in self._feeds.items():
            due = polls.due_at(feed, self._interval)
            free = len(self._running) < AT_ONCE and url not in self._running
            if free and not feed.gone and (due is None or due <= now):
                self._running[url] = asyncio.create_task(self._poll(url, feed, now))

    def _until_next(self) -> float:
        """Seconds to sleep while nothing is under way: to the next feed that is due, or to the next sign of life."""
        dues = [polls.due_at(feed, self._interval) for feed in self._feeds.values() if not feed.gone]
        waits = [(due - self._clock.now()).total_seconds() for due in dues if due is not None]
        return max(0.0, min([HEARTBEAT_S, *waits]))

    def _fetched(self, finished: list[str]) -> Fetched:
        items: list[Item] = []
        for url in finished:
            self._feeds[url], new = self._running.pop(url).result()
            items += new
        state, detail = polls.health(self._feeds)
        return Fetched(
            items=tuple(items),
            cursor=polls.dump(self._feeds) if finished else None,
            complete_until=polls.complete_until(self._feeds, self._clock.now()),
            state=state,
            detail=detail,
        )

    async def _poll(self, url: str, feed: polls.Feed, started: datetime) -> Answer:
        """Ask one feed. Parsing runs beside the event loop: a large document takes seconds."""
        try:
            page = await guarded_get(
                url,
                headers={"accept": _ACCEPT, **polls.conditions(feed)},
                max_bytes=MAX_DOCUMENT,
                timeout=self._options.timeout_s,
                allow_private=self._options.allow_private,
            )
        except FetchTooLargeError as error:
            return polls.failed(feed, str(error), started), (Dropped(Drop.TOO_LARGE, str(error)),)
        except (FetchFailedError, FetchRefusedError) as error:
            return polls.failed(feed, str(error), started), ()
        document = None
        if page.status == 200:
            kind = page.headers.get("content-type")
            document = await asyncio.to_thread(read_document, page.body, url, self._clock.now(), kind)
        return polls.answered(feed, page.status, page.headers, document, started)


_: type[Source] = RssSource  # the type checker proves the promise
