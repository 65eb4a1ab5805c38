"""What a feed document says, as posts. Pure; never raises on any bytes.

Identity: an item's `guid` or `id` where that is an address, a tag or a URN and so unique by itself; any other is unique
only in its feed and gets the feed's address in front; without one the canonical address of the item, then its content.

Time: articles of any age are normal in a feed; a time before the Web or more than 5 min ahead is not believed.
"""

import calendar
import hashlib
import io
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import feedparser

from ingest.sources.base import Dropped
from ingest.sources.rss.html_text import Plain, plain_text, tidy, web_address
from ingest.sources.times_live import sane_time
from mentions.clock import EPOCH
from mentions.codec import scrub
from mentions.drops import Drop
from mentions.identity import derived_native_id
from mentions.records import Author, Post

SOURCE = "rss"
MAX_DOCUMENT = 5_000_000
"""Bytes, as `ingest.fetching` allows by default."""
MAX_TAGS = 200_000
"""A full document of real text has about one tag per 50 bytes; feedparser takes the square of unclosed ones in time."""
WEB_BEGAN = datetime(1991, 1, 1, tzinfo=UTC)
"""Earlier times, mostly 1970, are a system's word for *unknown*."""

_global_id = re.compile(r"(https?://|tag:|urn:).")
_mail = re.compile(r"[(<]?[^\s()<>]+@[^\s()<>]+[)>]?")
_tracking = re.compile(r"(utm_.*|fbclid|gclid|mc_cid|mc_eid|igshid)")


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed feed.

    Attributes:
        items: with their identities, also those that are no post.
        ttl: how long the publisher asks not to come again, if it does.
        trouble: why it is no feed at all; `items` is then one drop.
    """

    items: tuple[tuple[str, Post | Dropped], ...]
    ttl: timedelta | None = None
    trouble: str = ""


def parse_feed(
    document: bytes, feed_url: str, fetched_at: datetime, content_type: str | None = None
) -> list[Post | Dropped]:
    """The items of a feed in its order; a document that is no feed is one `Dropped`.

    Args:
        document: as fetched, at most `MAX_DOCUMENT` bytes.
        feed_url: where it was fetched, for relative addresses and identities.
        fetched_at: also the time of items without one.
        content_type: of the HTTP answer, for the encoding.
    """
    return [item for _, item in read_document(document, feed_url, fetched_at, content_type).items]


def read_document(document: bytes, feed_url: str, fetched_at: datetime, content_type: str | None = None) -> Document:
    """As `parse_feed`, with what the reader needs to know about the feed."""
    if len(document) > MAX_DOCUMENT or document.count(b"<") > MAX_TAGS:
        return _unusable(Drop.TOO_LARGE, f"more than {MAX_DOCUMENT} bytes or {MAX_TAGS} tags")
    headers = {"content-location": feed_url, "content-type": content_type or "application/xml"}
    try:
        # From a stream: feedparser would take plain bytes for the name of a file.
        parsed = feedparser.parse(
            io.BytesIO(document), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
        feed, entries, version = parsed["feed"], parsed["entries"], parsed.get("version", "")
    except Exception as error:  # a large foreign parser on foreign bytes: nobody promises what it may raise
        return _unusable(Drop.NOT_JSON, f"no feed: {type(error).__name__}")
    if not entries and (parsed["bozo"] or not version):
        return _unusable(Drop.NOT_JSON, f"no feed: {_why(parsed)}")
    items = tuple(_item(entry, feed, feed_url, fetched_at) for entry in entries)
    return Document(items, _ttl(_text(feed, "ttl")))


def canonical_url(url: str) -> str:
    """The address as it would be without tracking: scheme and host in lower case, no fragment, no `utm_` and such."""
    try:
        parts = urlsplit(url)
        query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _tracking.fullmatch(pair[0])]
        return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), parts.path or "/", urlencode(query), ""))
    except ValueError:
        return url


def _unusable(reason: Drop, detail: str) -> Document:
    return Document((("", Dropped(reason, detail)),), trouble=detail)


def _why(parsed: Any) -> str:
    error = parsed.get("bozo_exception")
    return type(error).__name__ if error is not None else "neither RSS nor Atom"


def _item(entry: Any, feed: Any, feed_url: str, fetched_at: datetime) -> tuple[str, Post | Dropped]:
    link = web_address(_text(entry, "link"), feed_url)
    title = _shown(dict.get(entry, "title_detail"), feed_url).text or None
    detail = _body(entry)
    body = _shown(detail, link or feed_url)
    author = _author(entry, feed, link or feed_url)
    given, moment = _time(entry)
    native_id = _identity(entry, feed_url, link) or derived_native_id(
        SOURCE, author.id, given, f"{title or ''}\n{body.text}"
    )
    if not title and not body.text:
        return native_id, Dropped(Drop.NO_TEXT)
    created, skewed = _sane(given, moment, fetched_at)
    return native_id, Post(
        source=SOURCE,
        native_id=native_id,
        author=author,
        title=title,
        text=body.text,
        created_at=created,
        received_at=fetched_at,
        kind="article",
        url=link,
        lang=_language(detail, entry, feed),
        links=body.links,
        clock_skew=skewed,
    )


def _text(mapping: Any, key: str) -> str:
    """A field as text; "" when it is absent. `dict.get`, since feedparser's own looks under other names as well."""
    value = dict.get(mapping, key)
    return scrub(value.strip()) if isinstance(value, str) else ""


def _body(entry: Any) -> Any:
    """The full text where the feed has it, otherwise the summary."""
    contents = dict.get(entry, "content")
    full = [part for part in contents if _text(part, "value")] if isinstance(contents, list) else []
    return full[0] if full else dict.get(entry, "summary_detail")


def _shown(detail: Any, base: str) -> Plain:
    if not isinstance(detail, dict):
        return Plain("", ())
    value = _text(detail, "value")
    if _text(detail, "type") == "text/plain":
        return Plain(tidy(value), ())
    return plain_text(value, base)


def _time(entry: Any) -> tuple[str, datetime | None]:
    """The time as given, and as understood: of publication, otherwise of the last change."""
    for name in ("published", "updated", "created"):
        given = _text(entry, name)
        if given:
            return given, _moment(dict.get(entry, f"{name}_parsed"))
    return "", None


def _moment(parsed: Any) -> datetime | None:
    try:
        return None if parsed is None else EPOCH + timedelta(seconds=calendar.timegm(parsed))
    except (OverflowError, ValueError, TypeError):
        return None


def _sane(given: str, moment: datetime | None, fetched_at: datetime) -> tuple[datetime, bool]:
    """An item without a time is of now, which is no fault; one with a time that cannot be true is flagged."""
    if not given:
        return fetched_at, False
    return sane_time(None if moment is not None and moment < WEB_BEGAN else moment, fetched_at, oldest=None)


def _identity(entry: Any, feed_url: str, link: str | None) -> str | None:
    found = _text(entry, "id")
    if found:
        return found if _global_id.match(found) else f"{feed_url}#{found}"
    return f"sha256:{hashlib.sha256(canonical_url(link).encode()).hexdigest()}" if link else None


def _author(entry: Any, feed: Any, place: str) -> Author:
    """Who wrote it, at which site; a feed of other sites' items names them. Without a name, the site itself.

    Addresses of e-mail, which RSS puts where the author belongs, are left out (feedparser's own split of the two
    takes part of a domain with a long ending for the name).
    """
    origin = dict.get(entry, "source")
    origin = origin if isinstance(origin, dict) else {}
    site = _host(_text(origin, "href")) or _host(place)
    name = tidy(_mail.sub("", _text(entry, "author"))).strip(" ()<>,;:")
    if name:
        return Author(f"{site}/{name}", name=name)
    return Author(site, name=tidy(_text(origin, "title") or _text(feed, "title")) or None)


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _language(detail: Any, entry: Any, feed: Any) -> str | None:
    places = (detail, dict.get(entry, "title_detail"), feed)
    return next((found for place in places if isinstance(place, dict) and (found := _text(place, "language"))), None)


def _ttl(minutes: str) -> timedelta | None:
    return timedelta(minutes=int(minutes)) if re.fullmatch(r"[0-9]{1,5}", minutes) else None
