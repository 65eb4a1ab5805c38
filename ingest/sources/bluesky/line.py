"""One WebSocket to one Jetstream host: frames wait here, bounded, with their time of arrival.

Nothing is ever sent on it but pings, since a v2 host closes the connection on any data from its client.
"""

import asyncio
import json
from collections import deque
from datetime import datetime

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.typing import Subprotocol

from ingest.fetching import USER_AGENT
from ingest.sources.bluesky.frames import Wire
from ingest.sources.waiting import discard
from mentions.clock import Clock
from mentions.errors import Unavailable

BATCH = 500
"""Frames that are handed on at once."""
WAITING_FRAMES = 2 * BATCH
WAITING_BYTES = 16 * 2**20
"""What may wait here; beyond it the host is slowed down by TCP's own flow control."""
MAX_MESSAGE = 16 * 2**20
"""Bytes. Far above what is read (`frames.MAX_FRAME`): an oversized frame is counted and does not end the connection."""
OPEN_TIMEOUT_S = 10.0
CLOSE_TIMEOUT_S = 1.0
_V2 = Subprotocol("xrpc.v1.json")


class CannotOpen(Unavailable):
    """The host did not accept the connection.

    Args:
        why: for a person. status: of the HTTP answer, if any. error: the `error` named in its JSON body, or "".
    """

    def __init__(self, why: str, status: int | None = None, error: str = "") -> None:
        self.status, self.error = status, error
        super().__init__(why)


class Line:
    """An open connection.

    Attributes:
        heard: when the last frame or pong came. framed: when the last frame came. ponged: when the last pong came.
            The first two begin with the opening.
        news: set while there is something to take, once after a pong, and when the connection has ended.
        full: set while a whole batch is waiting, or the connection has ended.
        ended: why the connection is no more; "" while it is.
        too_big: it ended because the host sent a message of more than `MAX_MESSAGE` bytes.
    """

    def __init__(self, socket: ClientConnection, clock: Clock) -> None:
        self._socket, self._clock = socket, clock
        self._waiting: deque[tuple[datetime, bytes]] = deque()
        self._bytes = 0
        self._room = asyncio.Event()
        self.news, self.full = asyncio.Event(), asyncio.Event()
        self.heard = self.framed = self.pinged = clock.now()
        self.ponged: datetime | None = None
        self.ended, self.too_big = "", False
        self._pump = asyncio.create_task(self._receive())

    def take(self) -> list[tuple[datetime, bytes]]:
        """Remove and return up to `BATCH` of what is waiting; possibly nothing."""
        taken = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
        self._bytes -= sum(len(frame) for _, frame in taken)
        self._room.set()
        self._signal()
        return taken

    @property
    def drained(self) -> bool:
        """Nothing is waiting."""
        return not self._waiting

    async def ping(self) -> None:
        """Ask for a sign of life; `heard` and `ponged` move when it comes."""
        self.pinged = self._clock.now()
        try:
            pong = await self._socket.ping()
        except ConnectionClosed:
            return
        asyncio.ensure_future(pong).add_done_callback(self._on_pong)

    def abort(self) -> None:
        """Break the connection without a closing handshake, which a host that has gone silent would not answer."""
        self._socket.transport.abort()

    async def close(self) -> None:
        """End the connection; what was waiting may still be taken."""
        await discard(self._pump)
        await self._socket.close()

    def _on_pong(self, pong: asyncio.Future[float]) -> None:
        if not pong.cancelled() and pong.exception() is None:
            self.heard = self.ponged = self._clock.now()
            self.news.set()

    def _signal(self) -> None:
        over = bool(self.ended)
        for event, on in ((self.news, len(self._waiting) > 0), (self.full, len(self._waiting) >= BATCH)):
            event.set() if on or over else event.clear()

    async def _receive(self) -> None:
        try:
            while True:
                while len(self._waiting) >= WAITING_FRAMES or self._bytes >= WAITING_BYTES:
                    self._room.clear()
                    await self._room.wait()
                frame = await self._socket.recv(decode=False)
                self.heard = self.framed = self._clock.now()
                self._waiting.append((self.heard, frame))
                self._bytes += len(frame)
                self._signal()
        except ConnectionClosed as closed:
            self.too_big = closed.sent is not None and closed.sent.code == 1009
            self.ended = f"the host closed the connection ({closed.rcvd.code})" if closed.rcvd else "connection lost"
            self._signal()


async def open_line(url: str, wire: Wire, clock: Clock) -> Line:
    """Open a connection within 10 s.

    Raises:
        CannotOpen: the host cannot be reached or refused; the message names no address beyond the host's answer.
    """
    try:
        socket = await connect(
            url,
            subprotocols=[_V2] if wire == "v2" else None,
            compression=None,  # v2 never agrees to it; on v1 it is the dearest thing for a free, shared server
            user_agent_header=USER_AGENT,
            open_timeout=OPEN_TIMEOUT_S,
            ping_interval=None,  # pinged by the runtime's clock instead
            close_timeout=CLOSE_TIMEOUT_S,
            max_size=MAX_MESSAGE,
        )
    except InvalidStatus as refused:
        status, body = refused.response.status_code, bytes(refused.response.body or b"")
        error = _error_named(body)
        raise CannotOpen(f"HTTP {status}{f' {error}' if error else ''}", status, error) from refused
    except TimeoutError as late:
        raise CannotOpen(f"no answer within {OPEN_TIMEOUT_S:.0f} s") from late
    except (OSError, WebSocketException, ValueError) as failed:
        raise CannotOpen(f"cannot connect: {failed}"[:200]) from failed
    return Line(socket, clock)


def _error_named(body: bytes) -> str:
    """The `error` of an XRPC error document; "" when the body is none."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    error = document.get("error") if isinstance(document, dict) else None
    return error[:50] if isinstance(error, str) else ""
