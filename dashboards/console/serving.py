"""Serving the console on a port, inside a loop that somebody else runs and ends."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Generator

import uvicorn
from fastapi import FastAPI

from dashboards.console.listening import bind


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
