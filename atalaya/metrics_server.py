"""A port for Prometheus and for health checks, in a process that has no console."""

import contextlib
import logging
import socket
import socketserver
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from atalaya.metrics import CONTENT_TYPE, Metrics
from mentions.errors import Unavailable

PATIENCE = 10.0
"""Seconds that a client has to say what it wants."""
_PLAIN = "text/plain; charset=utf-8"
log = logging.getLogger(__name__)


@contextmanager
def serving_metrics(metrics: Metrics, host: str, port: int, trouble: Callable[[], str] = lambda: "") -> Iterator[int]:
    """Answer GET `/metrics` and `/healthz` in threads of its own while inside.

    Args:
        port: 0 takes any free one.
        trouble: why the process does not work, as a sentence; empty while it does. `/healthz` answers 503 or 200.

    Yields:
        The port.

    Raises:
        Unavailable: the port cannot be had.
    """
    server = _bound(host, port, _handler(metrics, trouble))
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), name="metrics", daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _bound(host: str, port: int, handler: type[BaseHTTPRequestHandler]) -> "_Server":
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        kind = type("_Server", (_Server,), {"address_family": family})
        return kind((str(address[0]), port), handler)  # type: ignore[no-any-return] # made of `_Server`
    except OSError as error:
        msg = (
            f"metrics cannot be shown at {host}:{port}: {error.strerror}; choose another port by `port` below [metrics]"
            " in atalaya.toml, ATALAYA_METRICS_PORT or --metrics-port (0: any free one)"
        )
        raise Unavailable(msg) from error


class _Server(ThreadingHTTPServer):
    daemon_threads = True  # a client that never reads must not hold the stop

    def server_bind(self) -> None:
        """Bind without asking the network for our own name, which may take long."""
        socketserver.TCPServer.server_bind(self)

    def handle_error(self, request: object, client_address: object) -> None:
        """Tell what broke; a client that went away is none of our troubles."""
        if not isinstance(sys.exception(), ConnectionError):
            log.exception("metrics could not be shown")


def _handler(metrics: Metrics, trouble: Callable[[], str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = PATIENCE

        def do_GET(self) -> None:
            """Answer one request."""
            path = self.path.partition("?")[0]
            if path == "/metrics":
                self._answer(200, metrics.render(), CONTENT_TYPE)
            elif path == "/healthz":
                wrong = trouble()
                self._answer(503 if wrong else 200, f"{wrong or 'ok'}\n".encode(), _PLAIN)
            else:
                self._answer(404, b"There are /metrics and /healthz.\n", _PLAIN)

        def _answer(self, status: int, body: bytes, content_type: str) -> None:
            with contextlib.suppress(ConnectionError):
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Prometheus asks every few seconds; nobody wants to read of it."""

    return Handler
