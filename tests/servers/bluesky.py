"""A `bluesky` source over local hosts, as several tests need it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from ingest.sources.bluesky.frames import Wire
from ingest.sources.bluesky.reader import BlueskyOptions, BlueskySource
from tests.clocks import DrivenClock
from tests.servers.jetstream import JetstreamServer
from tests.servers.jetstream_events import post
from tests.servers.reading import Reading

ANA = "did:plc:ana"


def source(*servers: JetstreamServer, wire: Wire | Literal["auto"], look_back: Literal[0, 6, 36] = 0) -> BlueskySource:
    """A source that knows these hosts."""
    return BlueskySource(BlueskyOptions(tuple(server.url for server in servers), wire, look_back))


def say(server: JetstreamServer, clock: DrivenClock, *texts: str) -> None:
    """One post each, now."""
    server.publish(*(post(ANA, f"3k{text}", text, clock.now()) for text in texts))


@asynccontextmanager
async def following(
    wire: Wire, clock: DrivenClock, *others: JetstreamServer
) -> AsyncIterator[tuple[JetstreamServer, Reading]]:
    """A host, and a reading that is connected to it and knows others."""
    async with JetstreamServer() as server, Reading(source(server, *others, wire=wire), clock) as reading:
        await clock.until(lambda: server.connections == 1)
        yield server, reading
