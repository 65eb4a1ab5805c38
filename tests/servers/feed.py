"""A local web server for feeds and small JSON services that a test controls, page by page.

It does what a real one does for a polite client: ETag and Last-Modified with 304, gzip on request, redirects, and what
it does to an impolite world: error statuses, Retry-After, slow, endless, cut-off and bomb-like bodies.
"""

import asyncio
import contextlib
import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self

_REASONS = {200: "OK", 301: "Moved Permanently", 302: "Found", 304: "Not Modified", 410: "Gone", 429: "Too Many"}


@dataclass(frozen=True, slots=True)
class Page:
    """What stands at a path.

    Attributes:
        etag, modified: validators; a request that carries one is answered 304.
        headers: also to be sent; a body with a `content-encoding` of its own is sent as it is.
        endless: `body` is sent again and again until the client goes.
        slow_s: real seconds before the body.
        cut: the connection breaks after the body, of which more was promised.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str = "application/rss+xml"
    etag: str = ""
    modified: str = ""
    endless: bool = False
    slow_s: float = 0.0
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """One request; header names in lower case."""

    path: str
    headers: Mapping[str, str]
    status: int


class FeedServer:
    """HTTP/1.1 on 127.0.0.1; `async with` starts and stops it. A path without a page answers 404.

    Attributes:
        asked: every request so far.
    """

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._pages: dict[str, Page] = {}
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._stopping = asyncio.Event()
        self.port = 0

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`."""
        return f"http://127.0.0.1:{self.port}"

    def put(self, path: str, body: bytes | str | Page, **more: object) -> None:
        """Let `path` answer with a page; a path with a query is looked up with it first, then without."""
        page = body if isinstance(body, Page) else Page(body if isinstance(body, bytes) else body.encode())
        self._pages[path] = replace(page, **more)  # type: ignore[arg-type] # fields by name, as `Page` has them

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen, on the same port as before where there was one."""
        self._stopping.clear()
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and break what is under way."""
        if self._server is None:
            return
        self._server.close()
        self._stopping.set()
        for writer in self._open:
            writer.transport.abort()
        while self._open:
            await asyncio.sleep(0)
        await self._server.wait_closed()
        self._server = None

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            await self._answer(head, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _answer(self, head: str, writer: asyncio.StreamWriter) -> None:
        request, *lines = head.split("\r\n")
        path = request.split(" ")[1]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
        page = self._pages.get(path) or self._pages.get(path.partition("?")[0]) or Page(b"nothing here", status=404)
        if page.status == 200 and _unchanged(page, headers):
            page = replace(page, status=304, body=b"")
        self.asked.append(Asked(path, headers, page.status))
        packed = "gzip" in headers.get("accept-encoding", "") and _may_be_packed(page)
        body = gzip.compress(page.body, mtime=0) if packed else page.body
        writer.write(_head(page, packed, len(body)))
        await writer.drain()
        if page.slow_s:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), page.slow_s)
        writer.write(body)
        await writer.drain()
        while page.endless and not self._stopping.is_set():
            writer.write(body)
            await writer.drain()


def _may_be_packed(page: Page) -> bool:
    as_it_is = page.endless or page.cut or "content-encoding" in page.headers
    return bool(page.body) and not as_it_is


def _unchanged(page: Page, headers: Mapping[str, str]) -> bool:
    if page.etag and "if-none-match" in headers:
        return page.etag in headers["if-none-match"]
    return bool(page.modified) and headers.get("if-modified-since") == page.modified


def _head(page: Page, packed: bool, length: int) -> bytes:
    headers = {"content-type": page.kind, "connection": "close", **page.headers}
    if not page.endless:
        headers["content-length"] = str(length + (100 if page.cut else 0))
    if packed:
        headers["content-encoding"] = "gzip"
    headers |= {name: value for name, value in (("etag", page.etag), ("last-modified", page.modified)) if value}
    lines = [f"HTTP/1.1 {page.status} {_REASONS.get(page.status, 'Status')}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def rss(*items: str, title: str = "Pan y prensa", more: str = "") -> bytes:
    """An RSS 2.0 document with these items."""
    channel = f"<title>{title}</title><link>https://prensa.example/</link><language>es</language>{more}"
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{channel}{"".join(items)}</channel></rss>'.encode()


def item(title: str, guid: str = "", date: str = "", body: str = "", link: str = "") -> str:
    """One RSS item; `body` is escaped HTML or plain text. What is empty is left out."""
    fields = {"title": title, "link": link, "pubDate": date, "description": body}
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items() if value)
    identity = f'<guid isPermaLink="false">{guid}</guid>' if guid else ""
    return f"<item>{identity}{inner}</item>"
