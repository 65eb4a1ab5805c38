"""The console in tests: asked without a network or served on a free port, and its pages read as a browser would."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from html.parser import HTMLParser

import httpx
from fastapi import FastAPI

from dashboards.console.app import create_app
from dashboards.console.serving import serve
from dashboards.console.values import Status
from mentions.brands import Brand, BrandVersion
from processors.store.opening import Store
from tests.store_rows import NOON, every, heard, mention, person, put, put_people

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NOW = NOON + 30 * MINUTE
LUMBRE = Brand(name="lumbre", query="lumbre OR @lumbre", time_zone="Europe/Madrid")
NUBIRA = Brand(name="nubira", query="nubira", time_zone="Europe/Madrid")
METRICS = b"# HELP atalaya_up Is it up.\natalaya_up 1.0\n"


def console(
    store: Store, *brands: Brand, status: Status | None = None, now: Callable[[], datetime] = lambda: NOW
) -> FastAPI:
    """The console over a store; without brands it watches Lumbre."""
    watched = [
        BrandVersion(brand=brand, version=1, effective_from=NOON, changed_at=NOON, changed_by="us", why="begin")
        for brand in brands or (LUMBRE,)
    ]
    return create_app(
        store=store, metrics_render=lambda: METRICS, brands=lambda: watched, now=now, status=lambda: status or Status()
    )


def get(app: FastAPI, *addresses: str, **headers: str) -> list[httpx.Response]:
    """Ask for addresses, one after the other, as one browser."""

    async def ask() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
            return [await client.get(address, headers=headers) for address in addresses]

    return asyncio.run(ask())


def text_of(app: FastAPI, address: str = "/", **headers: str) -> str:
    """The visible words of a page that must succeed."""
    (response,) = get(app, address, **headers)
    assert response.status_code == 200, response.text
    return " ".join(Page.of(response.text).text.split())


class Page(HTMLParser):
    """A page as a browser would read it.

    Attributes:
        text: its words. tags: its elements with their attributes.
    """

    def __init__(self) -> None:
        super().__init__()
        self.text, self.tags = "", list[tuple[str, dict[str, str | None]]]()

    @classmethod
    def of(cls, markup: str) -> "Page":
        """Read one."""
        page = cls()
        page.feed(markup)
        page.close()
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.tags.append((tag, dict(attrs)))
        self.text += " " if tag not in ("mark", "bdi", "b", "span") else ""

    def handle_data(self, data: str) -> None:
        """Note words."""
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of all elements of a kind."""
        return [attributes for name, attributes in self.tags if name == tag]


def seeded(store: Store) -> FastAPI:
    """Lumbre's day: 40 positive, 20 negative and 5 unjudged mentions from Bluesky and RSS, heard without a gap."""
    rows = [mention(f"bluesky:{n}", created_at=NOON - n * MINUTE, lang="en") for n in range(40)]
    rows += [
        mention(f"bluesky:n{n}", created_at=NOON - n * MINUTE, lang="en", label="negative", score=-0.5)
        for n in range(20)
    ]
    rows += [mention(f"rss:{n}", created_at=NOON - n * MINUTE, label="unjudged", score=0.0) for n in range(5)]
    with store.writing() as connection:
        put(connection, *rows)
        put_people(connection, person(), person(source="rss"))
        heard(connection, every(5 * MINUTE, NOON - 60 * HOUR, NOW), seen=10, matched=1, hits={"lumbre": 1})
        heard(connection, every(5 * MINUTE, NOON - 60 * HOUR, NOW), seen=1, source="rss")
    return console(store)


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[tuple[httpx.AsyncClient, asyncio.Event, asyncio.Task[None]]]:
    """The console on a free port; ended with the block."""
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    task = asyncio.create_task(serve(app, "127.0.0.1", 0, stop, ready=ready.set_result))
    port = await asyncio.wait_for(ready, 10)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
            yield client, stop, task
    finally:
        stop.set()
        await asyncio.wait({task}, timeout=10)
        assert task.done()
        if not task.cancelled():
            task.result()
