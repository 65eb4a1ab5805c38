"""The port through which messages leave, and the two ways of our own: mail and webhook.

They are not apprise's because a message must keep its name when it is sent again: apprise makes a new `Message-ID` for
every mail, and its JSON has no room for the alert itself (docs/decisions.md).
"""

import hashlib
import hmac
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, Protocol

import httpx
import msgspec
from msgspec import Struct

from mentions.errors import AtalayaError
from processors.notifying.messages import Message

TIMEOUT = 15.0
"""Seconds for each step of a conversation with a server; mail servers let strangers wait on purpose."""
_USER_AGENT = "Atalaya"


class NotSent(AtalayaError):
    """A message did not leave, or it is not known whether it did. `str()` names no secret.

    Args:
        for_good: the other side refuses it and will refuse it again.
    """

    exit_code = 3

    def __init__(self, why: str, *, for_good: bool = False) -> None:
        self.for_good = for_good
        super().__init__(why)


class Parcel(Struct, frozen=True, kw_only=True):
    """A message on its way.

    Attributes:
        key: names it for ever, `[a-z0-9_-]`. thread: the same for all messages about one alert to one channel.
        at: when its step was. document: the alert for programs; None: a test.
    """

    message: Message
    key: str
    thread: str
    at: datetime
    document: dict[str, Any] | None = None


class Sender(Protocol):
    """A way to people."""

    def send(self, parcel: Parcel) -> None:
        """Hand a message over.

        Raises:
            NotSent: it was not taken.
        """
        ...

    def check(self) -> str:
        """Look whether it could be sent by this way, and say what was looked at; sends nothing.

        Raises:
            NotSent: it could not.
        """
        ...


class MailSender:
    """One mail server.

    Args:
        security: `starttls`, `tls` or `none`.
    """

    def __init__(
        self,
        *,
        to: tuple[str, ...],
        sender: str,
        host: str,
        port: int,
        security: str,
        user: str | None = None,
        password: str | None = None,
    ) -> None:
        self._to, self._sender = to, sender
        self._host, self._port, self._security = host, port, security
        self._user, self._password = user, password

    def send(self, parcel: Parcel) -> None:
        """As plain text, with a `Message-ID` made of the key."""
        mail = self._mail(parcel)
        with self._explained(), self._server() as server:
            server.send_message(mail, self._sender, list(self._to))

    def check(self) -> str:
        """Speak to the server, as far as a login."""
        with self._explained(), self._server() as server:
            server.noop()
        return f"the mail server {self._host}:{self._port} answers"

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except smtplib.SMTPAuthenticationError as error:
            msg = f"the mail server {self._host} refuses the user ({error.smtp_code})"
            raise NotSent(msg) from error
        except smtplib.SMTPRecipientsRefused as error:
            code = next(iter(error.recipients.values()))[0]
            msg = f"the mail server {self._host} takes nothing for these addresses ({code})"
            raise NotSent(msg) from error
        except smtplib.SMTPResponseException as error:
            msg = f"the mail server {self._host} answered {error.smtp_code}"
            raise NotSent(msg) from error
        except (smtplib.SMTPException, OSError) as error:
            msg = f"the mail server {self._host}:{self._port} cannot be used: {error}"
            raise NotSent(msg) from error

    @contextmanager
    def _server(self) -> Iterator[smtplib.SMTP]:
        """The server, encrypted and logged in to as configured."""
        if self._security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, timeout=TIMEOUT, context=ssl.create_default_context()
            )
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=TIMEOUT)
        with server:
            if self._security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if self._user is not None and self._password is not None:
                server.login(self._user, self._password)
            yield server

    def _mail(self, parcel: Parcel) -> EmailMessage:
        domain = self._sender.rpartition("@")[2]
        mail = EmailMessage()
        mail["Subject"] = parcel.message.title
        mail["From"] = Address("Atalaya", addr_spec=self._sender)
        mail["To"] = ", ".join(self._to)
        mail["Date"] = format_datetime(parcel.at)
        mail["Message-ID"] = f"<{parcel.key}@{domain}>"
        # what mail programs show together: the alert's messages name one that none of them is
        mail["References"] = f"<{parcel.thread}@{domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(parcel.message.body + "\n")
        return mail


class WebhookSender:
    """One address that takes JSON by HTTP POST.

    Args:
        key: signs; None: messages are not signed.
    """

    def __init__(self, url: str, key: str | None = None) -> None:
        self._url, self._key = url, key
        self._trust = ssl.create_default_context()  # reading the system's certificates takes longer than sending

    def send(self, parcel: Parcel) -> None:
        """The message, and the alert itself; anything but a 2xx is no receipt."""
        content = msgspec.json.encode(
            {
                "key": parcel.key,
                "title": parcel.message.title,
                "body": parcel.message.body,
                "alert": parcel.document,
            }
        )
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": parcel.key,
            "User-Agent": _USER_AGENT,
        }
        if self._key is not None:
            headers["X-Atalaya-Signature"] = f"sha256={signature(self._key, content)}"
        try:
            with httpx.Client(verify=self._trust, timeout=TIMEOUT, trust_env=False) as client:
                status = client.post(self._url, content=content, headers=headers).status_code
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            msg = f"the webhook cannot be reached: {type(error).__name__}"
            raise NotSent(msg) from error
        if not 200 <= status < 300:
            msg = f"the webhook answered {status}"
            raise NotSent(msg)

    def check(self) -> str:
        """Open a connection to its host, which says nothing of the address behind it."""
        try:
            url = httpx.URL(self._url)
            port = url.port or (443 if url.scheme == "https" else 80)
            socket.create_connection((url.host, port), timeout=TIMEOUT).close()
        except (OSError, httpx.InvalidURL) as error:
            msg = f"the webhook's host cannot be reached: {type(error).__name__}"
            raise NotSent(msg) from error
        return f"{url.host} answers at port {port}"


def signature(key: str, content: bytes) -> str:
    """HMAC-SHA256 of a webhook's body, 64 hexadecimal digits."""
    return hmac.new(key.encode(), content, hashlib.sha256).hexdigest()
