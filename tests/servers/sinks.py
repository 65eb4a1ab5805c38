"""Local ends of channels: a web server that takes hooks, and a mail server. Threads; they keep what they were given."""

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast


@dataclass(frozen=True, slots=True)
class Hook:
    """One POST; header names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class HookSink:
    """What came in; `answer`: the status of the next answers. `port` is set once it listens."""

    port: int = 0
    hooks: list[Hook] = field(default_factory=list)
    answer: int = 200

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT/hook`."""
        return f"http://127.0.0.1:{self.port}/hook"

    def keys(self) -> list[str]:
        """The idempotency keys of what it accepted, in order."""
        return [hook.headers.get("idempotency-key", "") for hook in self.hooks]


@contextmanager
def hook_sink() -> Iterator[HookSink]:
    """A web server on 127.0.0.1 that takes every POST."""
    sink = HookSink()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:  # the name that http.server looks for
            length = int(self.headers.get("content-length", 0))
            body = self.rfile.read(length)
            if len(body) < length:
                return  # the sender died in the middle: no request, and nobody to answer
            if sink.answer < 300:
                sink.hooks.append(Hook(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(sink.answer)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with _running(server, lambda port: setattr(sink, "port", port)):
        yield sink


@dataclass(slots=True)
class MailSink:
    """What came in; `refuses`: it takes nothing from now on, with this answer."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    refuses: str = ""

    def keys(self) -> list[str]:
        """The `Message-ID`s of what it accepted, without brackets and domain."""
        return [str(mail["Message-ID"]).strip("<>").partition("@")[0] for mail in self.mails]


@contextmanager
def mail_sink() -> Iterator[MailSink]:
    """A mail server on 127.0.0.1: as much of RFC 5321 as smtplib speaks without TLS."""
    sink = MailSink()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 sink.example")
            to: list[str] = []
            while line := self.rfile.readline():
                word, _, rest = line.decode().strip().partition(" ")
                match word.upper():
                    case "RCPT":
                        if sink.refuses:
                            self._say(sink.refuses)
                            continue
                        to.append(rest.partition("<")[2].partition(">")[0])
                        self._say("250 ok")
                    case "DATA":
                        self._say("354 go on")
                        if (data := self._data()) is None:
                            return  # cut off: a server has taken a mail only when it saw its end
                        mail = message_from_bytes(data, policy=policy.default)
                        sink.mails.append(cast(EmailMessage, mail))
                        sink.recipients.append(to)
                        self._say("250 taken")
                    case "QUIT":
                        self._say("221 bye")
                        return
                    case _:
                        self._say("250 sink.example")

        def _data(self) -> bytes | None:
            """The mail up to the lone dot; `None` where the sender was gone before it."""
            lines = []
            while (line := self.rfile.readline()) != b".\r\n":
                if not line:
                    return None
                lines.append(line[1:] if line.startswith(b"..") else line)
            return b"".join(lines)

        def _say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that is killed in the middle is what some tests are about."""

    with _running(Server(("127.0.0.1", 0), Handler), lambda port: setattr(sink, "port", port)):
        yield sink


@contextmanager
def _running(server: socketserver.TCPServer, tell_port: Callable[[int], None]) -> Iterator[None]:
    server.handle_error = lambda *_: None  # type: ignore[method-assign] # as above
    tell_port(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()
