"""Serving the console on a port, inside a loop that somebody else runs and ends."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import Callable, Generator

import uvicorn
from fastapi import FastAPI

from mentions.errors import Unavailable

_REASONS = {
    errno.EADDRINUSE: "something else listens there",
    errno.EACCES: "this user may not listen there",
    errno.EADDRNOTAVAIL: "this machine has no such address",
}


async def serve(
    app: FastAPI,
    host: str,
    port: int,
    stop: asyncio.Event,
    *,
    ready: Callable[[int], None] = lambda _port: None,
) -> None:
    """Serve what `create_app` made until `stop` is set; open streams end then, and it returns within two seconds.

    Args:
        port: 0 takes any free one.
        ready: told the port as soon as requests are answered.

    Raises:
        Unavailable: the port cannot be had.
    """
    with contextlib.closing(bind(host, port)) as listener:
        taken = listener.getsockname()[1]
        server = _Server(app, lambda: ready(taken))
        serving = asyncio.create_task(server.serve([listener]))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:  # also when this task is cancelled: readers are told, connections closed
            stopping.cancel()
            server.should_exit = True
            await serving


def bind(host: str, port: int) -> socket.socket:
    """Take the port, ready for uvicorn.

    Raises:
        Unavailable: it cannot be had; the sentence names it and how to choose another.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # A port whose last connections the system is still winding up is free for us.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        reason = _REASONS.get(error.errno or 0, error.strerror or str(error))
        msg = (
            f"the console cannot use {host}:{port}: {reason}; choose another port with `port` below [server] in "
            "atalaya.toml or with ATALAYA_SERVER_PORT=8081 (0: any free one)"
        )
        raise Unavailable(msg) from error
    return listener


class _Server(uvicorn.Server):
    """Leaves the signals to whoever runs the loop, says when it answers, and ends open streams before it stops."""

    def __init__(self, app: FastAPI, ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                lifespan="on",
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=1,  # a stream whose reader does not read would hold the stop for ever
            )
        )
        self._live, self._ready = app.state.live, ready

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Take none."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop answering."""
        self._live.close()
        await super().shutdown(sockets)
