"""When a feed is due, what of its answer is new, and how all feeds together stand. Pure.

A feed is asked at most every `interval`, less often when its publisher asks for that (`ttl`, Retry-After) or when it
fails; with what it gave last (ETag, Last-Modified), so that it can say 'nothing new' cheaply.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import msgspec

from ingest.sources.base import Dropped, State
from ingest.sources.rss.documents import Document
from mentions.errors import CorruptRecord
from mentions.records import Post

REMEMBERED = 300
"""Identities kept beyond those in the newest document, for feeds that come and go between two caches."""
LONGEST_REST = timedelta(hours=4)
"""Between two attempts at a feed that fails, unless its host asks for more."""
LONGEST_WISH = timedelta(days=1)
"""A publisher's wish for a longer rest is cut to this."""
GIVEN_UP = timedelta(days=1)
"""A feed that has failed for so long no longer counts for how complete the others are; it is still tried."""


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed.

    Attributes:
        polled: start of the last attempt. good: start of the last attempt that succeeded.
        known: hashes of the identities handed on, those of the newest document first.
        wish: how long the publisher asks us to stay away.
        failing_since, failures, trouble: since when, how often in a row, and why it fails.
        gone: its host said that it is no more (410); it is not asked again until the next start.
    """

    etag: str = ""
    modified: str = ""
    polled: datetime | None = None
    good: datetime | None = None
    known: tuple[str, ...] = ()
    wish: timedelta = timedelta()
    failing_since: datetime | None = None
    failures: int = 0
    trouble: str = ""
    gone: bool = False


class _Saved(msgspec.Struct, omit_defaults=True):
    etag: str = ""
    last_modified: str = ""
    last_poll: datetime | None = None
    last_good: datetime | None = None
    ids: tuple[str, ...] = ()
    wish_s: float = 0


class _Cursor(msgspec.Struct):
    feeds: dict[str, _Saved]


def dump(feeds: Mapping[str, Feed]) -> str:
    """`{"feeds":{address:{"etag":...,"last_modified":...,"last_poll":...,"ids":[...]}}}`."""
    saved = {
        url: _Saved(feed.etag, feed.modified, feed.polled, feed.good, feed.known, feed.wish.total_seconds())
        for url, feed in feeds.items()
    }
    return msgspec.json.encode(_Cursor(saved)).decode()


def load(text: str | None) -> dict[str, Feed]:
    """Read what `dump` wrote; None: no feed has been asked yet.

    Raises:
        CorruptRecord: it is something else.
    """
    if text is None:
        return {}
    try:
        saved = msgspec.json.decode(text, type=_Cursor).feeds
    except ValueError as error:
        raise CorruptRecord(f"cursor of rss: {error}") from error
    return {
        url: Feed(one.etag, one.last_modified, one.last_poll, one.last_good, one.ids, timedelta(seconds=one.wish_s))
        for url, one in saved.items()
    }


def due_at(feed: Feed, interval: timedelta) -> datetime | None:
    """When to ask next; None: at once."""
    if feed.polled is None:
        return None
    rest = max(interval, feed.wish)
    if feed.failures > 1:
        rest = max(rest, min(interval * 2 ** min(feed.failures - 1, 16), LONGEST_REST))
    return feed.polled + rest


def conditions(feed: Feed) -> dict[str, str]:
    """The headers that let the host answer 'nothing new'."""
    given = {"if-none-match": feed.etag, "if-modified-since": feed.modified}
    return {name: value for name, value in given.items() if value}


def answered(
    feed: Feed, status: int, headers: Mapping[str, str], document: Document | None, started: datetime
) -> tuple[Feed, tuple[Post | Dropped, ...]]:
    """Fold the answer to an attempt that began at `started`.

    Args:
        document: of a status 200, otherwise None.

    Returns:
        The feed, and the items that it had not given before.
    """
    if status == 304:
        return _succeeded(feed, started), ()
    if status == 410:
        return replace(feed, polled=started, gone=True, trouble="gone for good (HTTP 410)"), ()
    if document is None:
        wish = _retry_after(headers.get("retry-after", ""), started)
        return failed(feed, f"HTTP {status}", started, wish), ()
    if document.trouble:
        return failed(feed, document.trouble, started), tuple(item for _, item in document.items)
    given: dict[str, Post | Dropped] = {}
    for identity, item in document.items:
        given.setdefault(_hash(identity), item)
    new = tuple(item for identity, item in given.items() if identity not in feed.known)
    feed = replace(
        _succeeded(feed, started),
        etag=_printable(headers.get("etag", "")),
        modified=_printable(headers.get("last-modified", "")),
        known=_remember(tuple(given), feed.known),
        wish=min(document.ttl or timedelta(), LONGEST_WISH),
    )
    return feed, new


def failed(feed: Feed, why: str, started: datetime, wish: timedelta | None = None) -> Feed:
    """Fold an attempt that brought nothing; `wish`: how long the host asks us to stay away."""
    return replace(
        feed,
        polled=started,
        wish=min(wish or timedelta(), LONGEST_WISH),
        failing_since=feed.failing_since or started,
        failures=feed.failures + 1,
        trouble=why,
    )


def complete_until(feeds: Mapping[str, Feed], now: datetime) -> datetime | None:
    """The start of the oldest of the last good polls; None while a feed has none. Feeds given up do not count."""
    counted = [feed.good for feed in feeds.values() if not _given_up(feed, now)]
    known = [good for good in counted if good is not None]
    return min(known) if known and len(known) == len(counted) else None


def health(feeds: Mapping[str, Feed]) -> tuple[State, str]:
    """`down` when no feed can be read; with what is wrong, by number and host, as whole addresses may hold tokens."""
    troubles = [_named(n, url, feed) for n, (url, feed) in enumerate(feeds.items(), 1) if feed.trouble]
    detail = "; ".join(troubles[:3]) + (f"; and {len(troubles) - 3} more" if len(troubles) > 3 else "")
    if feeds and len(troubles) == len(feeds):
        return "down", detail
    return ("live" if any(feed.good for feed in feeds.values()) else "connecting"), detail


def _named(number: int, url: str, feed: Feed) -> str:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        host = ""
    return f"feed {number} ({host}): {feed.trouble.removeprefix(f'{host}: ')}"


def _given_up(feed: Feed, now: datetime) -> bool:
    return feed.gone or (feed.failing_since is not None and now - feed.failing_since >= GIVEN_UP)


def _succeeded(feed: Feed, started: datetime) -> Feed:
    return replace(feed, polled=started, good=started, failing_since=None, failures=0, trouble="", gone=False)


def _remember(newest: tuple[str, ...], known: tuple[str, ...]) -> tuple[str, ...]:
    present = set(newest)
    return newest + tuple(one for one in known if one not in present)[:REMEMBERED]


def _hash(identity: str) -> str:
    return hashlib.sha256(identity.encode()).hexdigest()[:16]


def _printable(value: str) -> str:
    """A header's value, if it can be sent back as it is."""
    return value if value.isascii() and value.isprintable() and len(value) <= 1000 else ""


def _retry_after(value: str, now: datetime) -> timedelta | None:
    """Seconds or an HTTP date, as a span from `now`; None when it is neither."""
    if value.strip().isdecimal():
        return timedelta(seconds=min(int(value.strip()[:9]), LONGEST_WISH.total_seconds()))
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(timedelta(), (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now)
