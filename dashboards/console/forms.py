"""Forms that only a page of this console can send: a seal in the form that belongs to a cookie of its reader.

Another site's page can make a browser send a form here, but reads neither the form nor the cookie. The cookie is
`SameSite=Strict`, so that it is not even sent along.
"""

import hmac
import secrets
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

MAX_BODY = 64 * 1024
"""Bytes of a form: a note of the longest kind, as a browser writes it."""
_MAX_FIELDS = 20


class Seals:
    """Makes and knows seals; another process knows none of them."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def visitor(self, cookie: str | None) -> str:
        """Give the name that a browser carries in its cookie; a new one where it has none."""
        return cookie if cookie and len(cookie) == 32 and cookie.isalnum() else secrets.token_hex(16)

    def of(self, visitor: str) -> str:
        """Seal a form for a visitor."""
        return hmac.new(self._key, visitor.encode(), "sha256").hexdigest()

    def holds(self, visitor: str | None, seal: str) -> bool:
        """Tell whether a form was made here for this visitor."""
        return bool(visitor) and hmac.compare_digest(self.of(visitor or "").encode(), seal.encode(errors="replace"))


def is_from_here(headers: Mapping[str, str]) -> bool:
    """Tell whether a browser says that one of our own pages sent this; what says nothing is judged by its seal.

    >>> is_from_here({"sec-fetch-site": "cross-site"}), is_from_here({"host": "a", "origin": "http://b"})
    (False, False)
    """
    site = headers.get("sec-fetch-site")
    if site is not None:  # browsers set it, and no page can
        return site == "same-origin"
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


def fields_of(body: bytes) -> dict[str, str]:
    """Read a form; the last of several fields with one name counts.

    Raises:
        ValueError: too many fields.
    """
    written = body.decode("ascii", errors="replace")
    return dict(parse_qsl(written, keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="replace"))
