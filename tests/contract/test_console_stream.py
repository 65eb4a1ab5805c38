"""The live stream over a real server: what is new arrives, and nothing holds the stop."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboards.console.listening import bind
from mentions.errors import Unavailable
from processors.store.opening import Store, open_store
from tests.consoles import MINUTE, Page, console, served
from tests.store_rows import mention, put


@pytest.fixture
def quiet() -> Iterator[Store]:
    """An empty store in memory: these promises do not depend on the database."""
    with open_store(":memory:") as opened:
        yield opened


def live_address(markup: str) -> str:
    """Where a page's script would listen."""
    (address,) = [tag["data-events"] for tag in Page.of(markup).all("div") if "data-events" in tag]
    assert address is not None
    return address


async def next_event(lines: AsyncIterator[str]) -> tuple[str, str]:
    """The name and data of the next event; comments are passed over."""
    name, data = "", []
    while True:
        line = await asyncio.wait_for(anext(lines), 10)
        if line.startswith("event: "):
            name = line[7:]
        elif line.startswith("data: "):
            data.append(line[6:])
        elif not line and name:
            return name, "\n".join(data)


def test_a_new_mention_reaches_an_open_page(store: Store) -> None:
    """What is stored after the page was made arrives in its stream within seconds, as the page would show it."""

    async def scenario() -> None:
        app = console(store, now=lambda: datetime.now(UTC))
        async with served(app) as (client, _, _):
            page = await client.get("/?label=negative&lang=es")
            async with client.stream("GET", live_address(page.text)) as stream:
                assert stream.headers["content-type"].startswith("text/event-stream")
                assert "content-security-policy" in stream.headers
                lines = stream.aiter_lines()
                now = datetime.now(UTC)
                rows = [
                    mention("bluesky:1", label="positive", created_at=now),
                    mention("bluesky:2", label="negative", created_at=now, text="<b>Mal</b>\n\nevent: x"),
                ]
                await asyncio.to_thread(_put, store, rows)
                name, markup = await next_event(lines)
                assert name == "mentions"
                found = Page.of(markup)
                assert len(found.all("article")) == 1
                assert "<b>Mal</b>" in found.text
                assert "Negativa" in found.text
                name, markup = await next_event(lines)
                assert name == "figures"
                assert "2 menciones en 24 h" in " ".join(Page.of(markup).text.split())

    asyncio.run(asyncio.wait_for(scenario(), 60))


def _put(store: Store, rows: list[dict[str, Any]]) -> None:
    with store.writing() as connection:
        put(connection, *rows)


def test_a_reader_that_comes_back_gets_what_it_missed(quiet: Store) -> None:
    """With `Last-Event-ID` a stream begins where the lost one ended."""

    async def scenario() -> None:
        async with served(console(quiet, now=lambda: datetime.now(UTC))) as (client, _, _):
            left_at = datetime.now(UTC) - MINUTE
            _put(quiet, [mention("bluesky:1", created_at=left_at + timedelta(seconds=5))])
            mark = str(int(left_at.timestamp() * 1_000_000))
            async with client.stream("GET", "/events", headers={"last-event-id": mark}) as stream:
                name, markup = await next_event(stream.aiter_lines())
                assert name == "mentions"
                assert "bluesky:1" in markup

    asyncio.run(asyncio.wait_for(scenario(), 60))


def test_an_open_stream_ends_with_the_server(quiet: Store) -> None:
    """When serving stops, an open stream is ended in order, not cut off, and serving returns."""

    async def scenario() -> None:
        async with served(console(quiet)) as (client, stop, task), client.stream("GET", "/events") as stream:
            lines = stream.aiter_lines()
            assert await anext(lines) == "retry: 2000"
            stop.set()
            assert [line async for line in lines] == [""]
            await asyncio.wait_for(task, 10)

    asyncio.run(asyncio.wait_for(scenario(), 60))


def test_a_reader_that_does_not_read_does_not_hold_the_stop(quiet: Store) -> None:
    """A connection whose other end takes nothing is given up within two seconds of the stop."""
    _put(quiet, [mention(f"bluesky:{number}", text="pan " * 60_000) for number in range(60)])

    async def scenario() -> None:
        async with served(console(quiet)) as (client, stop, task):
            with socket.create_connection((client.base_url.host, client.base_url.port or 0)) as deaf:
                deaf.sendall(b"GET /api/v1/mentions HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert (await client.get("/healthz", timeout=10)).text == "ok\n"
                await asyncio.to_thread(deaf.recv, 100)  # the answer has begun
                began = asyncio.get_running_loop().time()
                stop.set()
                await asyncio.wait_for(task, 10)
                assert asyncio.get_running_loop().time() - began < 2

    asyncio.run(asyncio.wait_for(scenario(), 60))


def test_cancelling_the_server_ends_it_in_order(quiet: Store) -> None:
    """A cancelled `serve` ends its streams in order and gives back its port before it is gone."""

    async def scenario() -> None:
        async with served(console(quiet)) as (client, _, task), client.stream("GET", "/events") as stream:
            lines = stream.aiter_lines()
            assert await anext(lines) == "retry: 2000"
            task.cancel()
            assert [line async for line in lines] == [""]
            with pytest.raises(asyncio.CancelledError):
                await asyncio.wait_for(task, 10)
            bind("127.0.0.1", client.base_url.port or 0).close()

    asyncio.run(asyncio.wait_for(scenario(), 60))


def test_a_port_in_use_is_named_with_the_way_out() -> None:
    """When the port is taken the error names it and says how to choose another; it may be free the next time."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Unavailable, match=rf"127\.0\.0\.1:{port}: something else listens there; .*\[server\]"):
            bind("127.0.0.1", port)
    bind("127.0.0.1", port).close()
