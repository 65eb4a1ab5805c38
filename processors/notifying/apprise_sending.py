"""Every way to people that apprise knows. The only file that imports it, and only where a channel asks for it."""

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import urlsplit

import apprise

from mentions.errors import UsageError
from processors.notifying.sending import NotSent, Parcel

KEY_HEADER = "Idempotency-Key"
_TAKES_HEADERS = ("json", "jsons", "form", "forms", "xml", "xmls")
"""Schemes whose address may bring headers along, as `+Name=value`."""
_ADDRESS = re.compile(r"\w+://\S+")

_log = logging.getLogger("apprise")
_log.propagate = False
"""What it says may hold parts of addresses: it is heard here alone, and told without them."""


class _Said(logging.Handler):
    """What apprise says of one message, in whatever threads; other channels send at the same time."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it if it is ours."""
        if _listener.get() is self:
            self.lines.append(record.getMessage())


_listener: ContextVar[_Said | None] = ContextVar("_listener", default=None)


@contextmanager
def _listening() -> Iterator[_Said]:
    said = _Said()
    _log.addHandler(said)
    token = _listener.set(said)
    try:
        yield said
    finally:
        _listener.reset(token)
        _log.removeHandler(said)


class AppriseSender:
    """One address in apprise's words.

    Raises:
        UsageError: apprise does not know such an address; the message does not repeat it, for it holds tokens.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._scheme = urlsplit(url).scheme.lower()
        if apprise.Apprise.instantiate(url, suppress_exceptions=True) is None:
            msg = f"apprise cannot read this {self._scheme}:// address; its documentation shows the form"
            raise UsageError(msg)

    def send(self, parcel: Parcel) -> None:
        """As plain text, which apprise turns into what the service wants."""
        way = apprise.Apprise(asset=apprise.AppriseAsset(app_id="Atalaya", app_desc="Atalaya", app_url=""))
        way.add(self._address(parcel.key))
        with _listening() as said:
            try:
                sent = way.notify(
                    body=parcel.message.body, title=parcel.message.title, body_format=apprise.NotifyFormat.TEXT
                )
            except TypeError as error:  # what apprise raises for a message that it cannot use
                raise NotSent("apprise cannot send this message", for_good=True) from error
        if not sent:
            raise NotSent(f"{self._scheme}: {self._reason(said.lines)}")

    def check(self) -> str:
        """Nothing can be looked at without sending; the address was read."""
        return f"apprise knows {self._scheme}:// (only `atalaya notify test` can tell whether it arrives)"

    def _address(self, key: str) -> str:
        """The address, with what makes long messages leave in parts where a service takes only short ones."""
        more = [] if "overflow=" in self._url else ["overflow=split"]
        more += [f"+{KEY_HEADER}={key}"] if self._scheme in _TAKES_HEADERS else []
        return self._url + "".join(
            f"{'&' if '?' in self._url or place else '?'}{one}" for place, one in enumerate(more)
        )

    def _reason(self, lines: Sequence[str]) -> str:
        """The last line of what apprise said, without addresses and the words of ours."""
        reason = _ADDRESS.sub("(address)", lines[-1]) if lines else "not taken"
        for word in re.split(r"[/:?&=@+#]+", self._url):
            if len(word) >= 6 and word != self._scheme:
                reason = reason.replace(word, "***")
        return reason
