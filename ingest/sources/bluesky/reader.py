"""The `bluesky` source: follows Jetstream from host to host. Thin: what frames and silences mean is in `progress`."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from ingest.sources.base import Dropped, Fetched, Source
from ingest.sources.bluesky import progress as follow
from ingest.sources.bluesky.cursor import Position
from ingest.sources.bluesky.frames import Wire
from ingest.sources.bluesky.hosts import Endpoint, endpoints
from ingest.sources.bluesky.line import CannotOpen, Line, open_line
from ingest.sources.bluesky.records import SOURCE
from ingest.sources.waiting import HEARTBEAT_S, discard, pause_before, within
from mentions.clock import Clock
from mentions.drops import Drop
from mentions.records import SourceClass

PING_AFTER = timedelta(seconds=HEARTBEAT_S)
"""A connection that was silent for so long is pinged, and again: an idle stream stays complete up to now."""
STALLED = timedelta(seconds=60)
"""Neither frame nor pong for so long: the connection is dead, whatever TCP believes."""
MUTE = timedelta(minutes=5)
"""Pongs but no frame for so long: with another host to ask, it is asked. A host has been seen to stop sending after a
minute while its connection stayed open (bluesky-social/jetstream-legacy issue 48)."""


@dataclass(frozen=True, slots=True)
class BlueskyOptions:
    """What can be configured.

    Attributes:
        hosts: names or addresses, in the order to be tried; none: the public ones (`hosts.PUBLIC`).
        wire: `auto` asks each host for v2 and speaks v1 where that is unknown.
        look_back: hours before the very first start that are read as well; hosts keep 36.
        shard: tells two of these sources apart.
        batch_s: seconds of the clock that frames may wait for others to be handed on with, at most 1.
    """

    hosts: tuple[str, ...] = ()
    wire: Wire | Literal["auto"] = "auto"
    look_back: Literal[0, 6, 36] = 0
    shard: str = "jetstream"
    batch_s: float = 0.5


class BlueskySource:
    """Every public post and deletion of Bluesky, as `ingest.sources.base.Source` promises. Matching is the worker's."""

    name = SOURCE
    source_class: SourceClass = "stream"

    def __init__(self, options: BlueskyOptions | None = None) -> None:
        self._options = options or BlueskyOptions()
        self.shard = self._options.shard

    def read(self, cursor: str | None, clock: Clock) -> AsyncIterator[Fetched]:
        """Follow the stream for ever.

        Raises:
            CorruptRecord: `cursor` was not written by this source.
        """
        return _Follower(self._options, cursor, clock).run()


class _Follower:
    """One reading: the state that lives between connections."""

    def __init__(self, options: BlueskyOptions, cursor: str | None, clock: Clock) -> None:
        self._clock, self._options = clock, options
        self._endpoints = list(endpoints(options.hosts, options.wire))
        self._at = 0
        self._failures = 0
        self._too_big_after: Position | Literal[False] | None = False
        self._progress = follow.start(cursor, clock.now(), timedelta(hours=options.look_back))
        if self._progress.position is not None:
            self._prefer(self._progress.position.host)

    async def run(self) -> AsyncGenerator[Fetched, None]:
        while True:
            async with aclosing(self._connection()) as steps:
                async for fetched in steps:
                    yield fetched
            resting = pause_before(self._failures) if self._failures else 0.0
            until = self._clock.now() + timedelta(seconds=resting)
            while (left := (until - self._clock.now()).total_seconds()) > 0:
                await self._clock.sleep(min(left, HEARTBEAT_S))
                yield self._told()

    async def _connection(self) -> AsyncGenerator[Fetched, None]:
        """One attempt, and what comes of it until it ends; afterwards the next host is chosen."""
        endpoint = self._endpoints[self._at]
        cursor = follow.cursor_for(self._progress, endpoint, self._clock.now())
        opening = asyncio.create_task(open_line(endpoint.url(cursor), endpoint.wire, self._clock))
        try:
            while not await within(self._clock, HEARTBEAT_S, opening):
                yield self._told()
            try:
                line = opening.result()
            except CannotOpen as failure:
                yield self._not_opened(endpoint, failure)
                return
            self._progress, fetched = follow.opened(self._progress, cursor, self._clock.now())
            yield fetched
            async with aclosing(self._listen(endpoint, line)) as steps:
                async for fetched in steps:
                    yield fetched
        finally:
            await discard(opening)
            if not opening.cancelled() and opening.exception() is None:
                await opening.result().close()

    async def _listen(self, endpoint: Endpoint, line: Line) -> AsyncGenerator[Fetched, None]:
        await line.ping()
        while True:
            if await within(self._clock, HEARTBEAT_S, line.news.wait()) and not line.drained:
                await within(self._clock, self._options.batch_s, line.full.wait())
            now = self._clock.now()
            frames = line.take()
            if frames:
                self._failures = 0
                absorbed = follow.absorb(self._progress, endpoint, frames, now, drained=line.drained)
            elif line.ponged is not None and line.ponged >= line.framed:
                absorbed = follow.answered(self._progress, line.ponged, line.framed, now)
            else:
                absorbed = follow.told(self._progress, now)
            self._progress, fetched = absorbed
            yield fetched
            if self._progress.misled:
                return
            why = line.ended if line.drained else ""
            if not why and frames == []:
                why = self._silence(line)
            if why:
                line.abort()
                yield self._ended(endpoint, line, why)
                return
            if now - max(line.heard, line.pinged) >= PING_AFTER:
                await line.ping()

    def _silence(self, line: Line) -> str:
        """Why a silent connection is given up; "" while it is not."""
        now = self._clock.now()
        if now - line.heard >= STALLED:
            return f"silent for {STALLED.total_seconds():.0f} s"
        if len(self._endpoints) > 1 and now - line.framed >= MUTE:
            return f"no event for {MUTE.total_seconds():.0f} s"
        return ""

    def _not_opened(self, endpoint: Endpoint, failure: CannotOpen) -> Fetched:
        if failure.status == 400 and failure.error == "CursorTooOld" and self._progress.ask != "live":
            self._progress = follow.refused(self._progress)
            return self._told()
        if failure.status == 404 and endpoint.guessed:
            self._endpoints[self._at] = endpoint.as_v1()
            return self._told()
        return self._failed(f"{endpoint.host}: {failure}")

    def _ended(self, endpoint: Endpoint, line: Line, why: str) -> Fetched:
        if not line.too_big:
            return self._failed(f"{endpoint.host}: {why}")
        if self._too_big_after == self._progress.position:
            # The same message again: it cannot be stepped over, so what follows it is given up and reported as a gap.
            self._progress = replace(self._progress, ask="live")
        self._too_big_after = self._progress.position
        fetched = self._failed(f"{endpoint.host}: a message too large to receive")
        return replace(fetched, items=(Dropped(Drop.TOO_LARGE, "larger than a message may be"),))

    def _failed(self, why: str) -> Fetched:
        self._failures += 1
        self._at = (self._at + 1) % len(self._endpoints)
        self._progress, fetched = follow.lost(self._progress, self._clock.now(), why)
        return fetched

    def _told(self) -> Fetched:
        """A sign of life while there is no connection."""
        self._progress, fetched = follow.told(self._progress, self._clock.now())
        return fetched if self._progress.troubled else replace(fetched, state="connecting")

    def _prefer(self, host: str) -> None:
        """Begin with the host that the cursor came from: only there is its `seq` known."""
        hosts = [endpoint.host for endpoint in self._endpoints]
        if host in hosts:
            self._at = hosts.index(host)


_: type[Source] = BlueskySource  # the type checker proves the promise
