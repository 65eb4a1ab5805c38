"""An `app.bsky.feed.post` record as a `Post`. Pure; never raises on foreign bytes.

Only the text is needed. Everything else is optional and read part by part, so that one malformed facet does not cost
the post. What a card shows (its title and description) and the record's tags are not the author's words: a card
gives a link, a tag gives nothing.
"""

import re
from datetime import datetime
from typing import TypeVar

import msgspec
from msgspec import Raw, Struct, field

from ingest.sources.base import Dropped
from ingest.sources.times_live import parse_time, sane_time
from mentions.drops import Drop
from mentions.records import Author, Kind, Post

SOURCE = "bluesky"
POSTS = "app.bsky.feed.post"
FOREIGN = (ValueError, RecursionError)
"""All that reading foreign JSON raises: msgspec's errors and Unicode's are ValueErrors, deep nesting recurses."""

_LINK = "app.bsky.richtext.facet#link"
_RECORD_WITH_MEDIA = "app.bsky.embed.recordWithMedia"
_author = re.compile(r"at://(did:[a-z]+:[A-Za-z0-9._:%-]+)(?:/.*)?")
_post = re.compile(r"at://did:[a-z]+:[A-Za-z0-9._:%-]+/app\.bsky\.feed\.post/[A-Za-z0-9._~:-]+")

T = TypeVar("T")


class _Record(Struct):
    text: str
    created_at: Raw = field(name="createdAt", default_factory=Raw)
    langs: Raw = field(default_factory=Raw)
    reply: Raw = field(default_factory=Raw)
    embed: Raw = field(default_factory=Raw)
    facets: Raw = field(default_factory=Raw)


class _Ref(Struct):
    uri: str


class _Reply(Struct):
    parent: _Ref
    root: _Ref | None = None


class _Embed(Struct):
    kind: str = field(name="$type", default="")
    external: Raw = field(default_factory=Raw)
    record: Raw = field(default_factory=Raw)
    media: Raw = field(default_factory=Raw)


class _Range(Struct):
    start: int = field(name="byteStart")
    end: int = field(name="byteEnd")


class _Feature(Struct):
    kind: str = field(name="$type", default="")
    uri: str = ""


class _Facet(Struct):
    index: _Range
    features: list[_Feature]


_record = msgspec.json.Decoder(_Record)
_text = msgspec.json.Decoder(str)
_parts = msgspec.json.Decoder(list[Raw])
_facet = msgspec.json.Decoder(_Facet)
_reply = msgspec.json.Decoder(_Reply)
_embed = msgspec.json.Decoder(_Embed)
_ref = msgspec.json.Decoder(_Ref)


def read_post(did: str, rkey: str, record: Raw, received: datetime) -> Post | Dropped:
    """The post that `did` wrote under `rkey`, as its relay had it at `received`.

    A time outside [`received` - 7 d, `received` + 5 min], missing or unreadable is replaced by `received` and flagged.
    """
    try:
        found = _record.decode(record)
    except FOREIGN as error:
        return Dropped(Drop.BAD_FIELD, f"record: {error}")
    card, quoted = _embedded(found.embed)
    links = _links(found, card)
    if not links and not found.text.strip():
        return Dropped(Drop.NO_TEXT)
    reply = _optional(_reply, found.reply)
    created, skewed = sane_time(parse_time(_optional(_text, found.created_at) or ""), received)
    return Post(
        source=SOURCE,
        native_id=f"at://{did}/{POSTS}/{rkey}",
        author=Author(did),
        text=found.text,
        created_at=created,
        received_at=received,
        kind=_kind(reply, quoted),
        url=f"https://bsky.app/profile/{did}/post/{rkey}",
        lang=_language(found.langs),
        in_reply_to=reply.parent.uri if reply else None,
        root_id=reply.root.uri if reply and reply.root else None,
        quoted_id=quoted,
        links=links,
        clock_skew=skewed,
    )


def author_of(native_id: str) -> str | None:
    """The DID in an at-uri: who wrote the post with this native id. None when there is none."""
    match = _author.fullmatch(native_id)
    return match[1] if match else None


def _kind(reply: _Reply | None, quoted: str | None) -> Kind:
    if reply is not None:
        return "reply"
    return "quote" if quoted is not None else "post"


def _optional(decoder: msgspec.json.Decoder[T], raw: Raw) -> T | None:
    """Read a part that a post can do without; None when it is absent or malformed."""
    if not raw:
        return None
    try:
        return decoder.decode(raw)
    except FOREIGN:
        return None


def _language(raw: Raw) -> str | None:
    languages = _optional(_parts, raw)
    return (_optional(_text, languages[0]) or None) if languages else None


def _embedded(raw: Raw) -> tuple[str | None, str | None]:
    """The address of a link card and the at-uri of a quoted post. A quoted list or feed is no quoted post."""
    embed = _optional(_embed, raw)
    if embed is None:
        return None, None
    media, record = embed, embed.record
    if embed.kind == _RECORD_WITH_MEDIA:
        media = _optional(_embed, embed.media) or _Embed()
        inner = _optional(_embed, embed.record)
        record = inner.record if inner else Raw()
    card, quoted = _optional(_ref, media.external), _optional(_ref, record)
    return card.uri if card else None, quoted.uri if quoted and _post.fullmatch(quoted.uri) else None


def _links(record: _Record, card: str | None) -> tuple[str, ...]:
    """Web addresses in the order written, each once: those in the text, then the card's."""
    found = _facet_links(record) if record.facets else []
    if card:
        found.append(card)
    return tuple(dict.fromkeys(link for link in found if link.startswith(("https://", "http://"))))


def _facet_links(record: _Record) -> list[str]:
    """Links of the facets whose range lies in the text. Ranges are in bytes of UTF-8, not in characters.

    The network's own apps do not show a facet whose range does not fit, so nobody could have followed it.
    """
    size = len(record.text.encode())
    facets = [_optional(_facet, part) for part in _optional(_parts, record.facets) or ()]
    return [
        feature.uri
        for facet in sorted((f for f in facets if f is not None), key=lambda f: f.index.start)
        if 0 <= facet.index.start < facet.index.end <= size
        for feature in facet.features
        if feature.kind == _LINK
    ]
