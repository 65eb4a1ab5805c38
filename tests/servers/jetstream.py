"""A local Jetstream host that a test controls, speaking v1 at `/subscribe` and v2 at its XRPC path.

It keeps what was published and replays from a cursor as the real one does: v1 clamps an old cursor silently, v2 refuses
an old `seq` with HTTP 400 `CursorTooOld` and clamps an old time with an `OutdatedCursor` notice; a cursor is inclusive;
a number from 1e15 on is a time in microseconds. v2 takes no v1 parameter and no data from its client.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from tests.servers.jetstream_events import Event, micros, v1_frame, v2_error, v2_frame, v2_info

PATHS = {"/subscribe": "v1", "/xrpc/network.bsky.jetstream.subscribeEvents": "v2"}
V2_PROTOCOL = Subprotocol("xrpc.v1.json")
TIME_FROM = 10**15
_NOT_V2 = ("wantedCollections", "wantedDids", "requireHello")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for a subscription, accepted or not."""

    wire: str
    query: dict[str, list[str]]
    subprotocols: str
    user_agent: str
    status: int

    @property
    def cursor(self) -> int | None:
        """The cursor asked for."""
        values = self.query.get("cursor")
        return int(values[0]) if values else None


@dataclass(slots=True)
class _Plan:
    wire: str
    query: dict[str, list[str]]
    index: int
    notice: bytes | None = None


@dataclass(slots=True)
class _Log:
    """What the host holds: events in order, `seq` from `first_seq` on; those before `oldest` are forgotten."""

    first_seq: int
    stamp: timedelta
    events: list[Event] = field(default_factory=list)
    oldest: int = 0

    def seq(self, index: int) -> int:
        return self.first_seq + index

    def at(self, index: int) -> datetime:
        return self.events[index].at + self.stamp

    def index_of_time(self, cursor: int) -> int:
        found = (index for index in range(len(self.events)) if micros(self.at(index)) >= cursor)
        return next(found, len(self.events))


class JetstreamServer:
    """One host on 127.0.0.1; `async with` starts and stops it, and it can be started again on the same port.

    Args:
        wires: which of `v1` and `v2` it knows; the other path answers 404.
        first_seq: of the first event; hosts do not share their numbers.
        stamp: how much later than `Event.at` this host sees each event.

    Attributes:
        asked: every request so far. received: data that clients sent, which none should.
    """

    def __init__(self, wires: str = "v1 v2", first_seq: int = 1, stamp: timedelta = timedelta()) -> None:
        self.asked: list[Asked] = []
        self.received: list[str | bytes] = []
        self._wires = wires.split()
        self._log = _Log(first_seq, stamp)
        self._port = 0
        self._server: Server | None = None
        self._plans: dict[object, _Plan] = {}
        self._open: set[ServerConnection] = set()
        self._changed = asyncio.Event()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._deaf = False
        self._refusal: tuple[int, bytes] | None = None

    @property
    def url(self) -> str:
        """`ws://127.0.0.1:PORT`, without a path."""
        return f"ws://127.0.0.1:{self._port}"

    @property
    def host(self) -> str:
        """`127.0.0.1:PORT`."""
        return f"127.0.0.1:{self._port}"

    @property
    def connections(self) -> int:
        """How many subscriptions are open."""
        return len(self._open)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen, on the same port as before where there was one."""
        self._server = await serve(
            self._serve,
            "127.0.0.1",
            self._port,
            process_request=self._admit,
            select_subprotocol=_select,
            compression=None,
            ping_interval=None,
            close_timeout=1,
        )
        self._port = next(iter(self._server.sockets)).getsockname()[1]

    async def stop(self, *, abrupt: bool = True) -> None:
        """Stop listening; open connections break, or (not `abrupt`) are closed with 1001."""
        if self._server is None:
            return
        self.resume()
        if abrupt:
            await self.cut()
        self._server.close()
        await self._server.wait_closed()
        self._server = None

    async def cut(self) -> None:
        """Break every open connection without a goodbye."""
        for connection in list(self._open):
            connection.transport.abort()
        await asyncio.sleep(0)

    def publish(self, *events: Event) -> None:
        """Send to every subscriber that wants them, now, and to later ones from their cursor."""
        self._log.events.extend(events)
        self._changed.set()

    def forget(self, before: datetime) -> None:
        """Lose what was seen earlier: it can no longer be replayed."""
        self._log.oldest = self._log.index_of_time(micros(before))

    def seq_of_last(self) -> int:
        """The `seq` of the newest event."""
        return self._log.seq(len(self._log.events) - 1)

    def stall(self, *, pongs: bool = False) -> None:
        """Keep connections open and accept new ones, but send nothing; unless `pongs`, read nothing either."""
        self._flowing.clear()
        self._deaf = not pongs
        if self._deaf:
            for connection in self._open:
                connection.transport.pause_reading()

    def resume(self) -> None:
        """End a stall."""
        for connection in self._open if self._deaf else ():
            connection.transport.resume_reading()
        self._deaf = False
        self._flowing.set()

    def refuse(self, status: int, error: str = "", message: str = "") -> None:
        """Answer new requests with this HTTP status until `accept`."""
        self._refusal = status, _document(error, message)

    def accept(self) -> None:
        """Take new subscriptions again."""
        self._refusal = None

    async def fail(self, error: str) -> None:
        """As a v2 host that gives a subscriber up: a last error frame, then the end of the connection."""
        for connection in list(self._open):
            await connection.send(v2_error(error), text=True)
            await connection.close()

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        parts = urlsplit(request.path)
        wire, query = PATHS.get(parts.path, ""), parse_qs(parts.query)
        answer = self._plan(wire, query)
        status = 101 if isinstance(answer, _Plan) else answer[0]
        offered = request.headers.get("Sec-WebSocket-Protocol", "")
        self.asked.append(Asked(wire, query, offered, request.headers.get("User-Agent", ""), status))
        if isinstance(answer, _Plan):
            self._plans[connection.id] = answer
            return None
        body = answer[1]
        headers = Headers({"Content-Type": "application/json", "Content-Length": str(len(body)), "Connection": "close"})
        return Response(status, HTTPStatus(status).phrase, headers, body)

    def _plan(self, wire: str, query: dict[str, list[str]]) -> _Plan | tuple[int, bytes]:
        if self._refusal is not None:
            return self._refusal
        if wire not in self._wires:
            return 404, b"404 page not found\n"
        if wire == "v2" and any(name in query for name in _NOT_V2):
            return 400, _document("InvalidRequest", "this is a parameter of the legacy /subscribe")
        try:
            cursor = int(query["cursor"][0]) if "cursor" in query else None
        except ValueError:
            return 400, _document("InvalidRequest", "invalid cursor")
        return self._resume(wire, query, cursor)

    def _resume(self, wire: str, query: dict[str, list[str]], cursor: int | None) -> _Plan | tuple[int, bytes]:
        log, tip = self._log, len(self._log.events)
        if cursor is None:
            return _Plan(wire, query, tip)
        by_time = cursor >= TIME_FROM
        index = log.index_of_time(cursor) if by_time else cursor - log.first_seq
        notice = None
        if index >= tip and not by_time and wire == "v2" and cursor > log.seq(tip):
            notice = v2_info("FutureCursor", f"requested seq cursor {cursor} is beyond this archive's next seq")
        if index < log.oldest and wire == "v2":
            if not by_time:
                floor = log.seq(log.oldest)
                words = f"cursor too old: cursor {cursor} below lookback floor {floor}; re-backfill from your last seq"
                return 400, _document("CursorTooOld", words)
            notice = v2_info("OutdatedCursor", f"starting at seq {log.seq(log.oldest)}")
        return _Plan(wire, query, min(max(index, log.oldest), tip), notice)

    async def _serve(self, connection: ServerConnection) -> None:
        plan = self._plans.pop(connection.id)
        self._open.add(connection)
        if self._deaf:
            connection.transport.pause_reading()
        sender = asyncio.create_task(self._send(connection, plan))
        try:
            async for data in connection:
                self.received.append(data)
                if plan.wire == "v2":
                    await connection.close(1008, "server push only")
        except ConnectionClosed:
            pass
        finally:
            self._open.discard(connection)
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)

    async def _send(self, connection: ServerConnection, plan: _Plan) -> None:
        if plan.notice is not None:
            await connection.send(plan.notice, text=True)
        index = plan.index
        while True:
            while index < len(self._log.events):
                await self._flowing.wait()
                if _wanted(plan, self._log.events[index]):
                    await connection.send(self._frame(plan.wire, index), text=True)
                index += 1
            self._changed.clear()
            await self._changed.wait()

    def _frame(self, wire: str, index: int) -> bytes:
        write = v1_frame if wire == "v1" else v2_frame
        return write(self._log.events[index], self._log.at(index), self._log.seq(index))


def _wanted(plan: _Plan, event: Event) -> bool:
    if event.kind == "raw":
        return True
    if plan.wire == "v1":
        kinds, collections = ["commit", "account", "identity"], plan.query.get("wantedCollections", [])
    else:
        kinds, collections = plan.query.get("kinds", []), plan.query.get("collections", [])
    if kinds and event.kind not in kinds:
        return False
    return event.kind != "commit" or not collections or event.body["collection"] in collections


def _select(_: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """The real host echoes `xrpc.v1.json` to who offers it; without an echo the framing is the same."""
    return V2_PROTOCOL if V2_PROTOCOL in offered else None


def _document(error: str, message: str) -> bytes:
    return json.dumps({"error": error, "message": message}).encode()
