"""The gate before every page: who may ask, how, and what every answer says about itself.

The console has no login; it trusts whoever reaches 127.0.0.1. A page of another site must not reach it through the
reader's browser: by a name that resolves to 127.0.0.1 (DNS rebinding: the `Host` header), in a frame, or by a script.
"""

import logging
import re
from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOSTS = ("127.0.0.1", "localhost")
_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (
        b"content-security-policy",
        b"default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_SAY = re.compile("/alerts/[^/]+/say")
"""The only addresses that take more than questions; the form's seal is looked at behind (dashboards.console.forms)."""
log = logging.getLogger(__name__)


class Guard:
    """ASGI middleware: refuses other hosts, and every method but GET where nobody says anything; adds the headers.

    What broke is answered with 500.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def send_guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message = {**message, "headers": _with_ours(message.get("headers", ()))}
            await send(message)

        if not is_ours(scope["headers"]):
            await _say(send_guarded, 421, "The console answers to 127.0.0.1 and localhost only.")
        elif b"%00" in scope["query_string"]:
            await _say(send_guarded, 400, "An address holds no NUL.")  # nor does any text in PostgreSQL
        elif scope["method"] != "GET" and not (scope["method"] == "POST" and _SAY.fullmatch(scope["path"])):
            await _say(send_guarded, 405, "The console is for reading: GET only.", (b"allow", b"GET"))
        else:
            try:
                await self._app(scope, receive, send_guarded)
            except Exception:
                log.exception("a page failed", extra={"path": scope["path"]})
                if started:
                    raise
                await _say(send_guarded, 500, "Something went wrong here; the log says what.")


def is_ours(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether exactly one `Host` header names this machine's loopback, with or without a port.

    >>> is_ours([(b"host", b"localhost:8080")]), is_ours([(b"host", b"localhost.example:8080")])
    (True, False)
    """
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) != 1:
        return False
    name, colon, port = hosts[0].decode("latin-1").lower().partition(":")
    return name in HOSTS and (not colon or (port.isascii() and port.isdigit()))


def _with_ours(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Ours win; what is read live must not be kept by a browser unless the answer itself says otherwise."""
    ours = {name for name, _ in _HEADERS}
    kept = [(name, value) for name, value in headers if name.lower() not in ours]
    if not any(name.lower() == b"cache-control" for name, _ in kept):
        kept.append((b"cache-control", b"no-store"))
    return [*kept, *_HEADERS]


async def _say(send: Send, status: int, sentence: str, *more: tuple[bytes, bytes]) -> None:
    body = f"{sentence}\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode()), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
