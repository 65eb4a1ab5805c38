"""The short way for a line that needs no judgement: every field known, of the right type, and within its limits.

`ingest.sources.file_fields` decides what a record means; this gives the same post or nothing, several times faster
(`tests/property/test_file_parse.py` compares the two).
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from ingest.sources.file_fields import LONGEST_ID, MOST, SOURCE, UNKNOWN_AUTHOR, Rules
from mentions.identity import derived_native_id
from mentions.records import Author, Engagement, Kind, Post

_Words = Annotated[str, Meta(min_length=1)]
_Id = Annotated[str, Meta(min_length=1, max_length=LONGEST_ID)]
_Count = Annotated[int, Meta(ge=0, le=MOST)]


class _Writer(msgspec.Struct, forbid_unknown_fields=True):
    id: _Id
    handle: _Words | None = None
    name: _Words | None = None
    followers: _Count | None = None


class _Reactions(msgspec.Struct, forbid_unknown_fields=True):
    likes: _Count | None = None
    shares: _Count | None = None
    replies: _Count | None = None


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    text: _Words
    created_at: _Words
    id: _Id | None = None
    source: Annotated[str, Meta(pattern=rf"^{SOURCE.pattern}\Z")] | None = None
    author: _Writer | None = None
    url: _Words | None = None
    lang: _Words | None = None
    country: _Words | None = None
    title: _Words | None = None
    kind: Kind | None = None
    in_reply_to: _Id | None = None
    root_id: _Id | None = None
    quoted_id: _Id | None = None
    links: tuple[str, ...] = ()
    engagement: _Reactions | None = None
    deleted: bool = False


_decoder = msgspec.json.Decoder(_Line)


def plain_post(line: bytes, rules: Rules) -> Post | None:
    """Read a line that is plainly a post; None for every other, which may still be one."""
    if b"\\u0000" in line or b"E+" in line or b"e+" in line:  # NUL, or perhaps an id that a spreadsheet has ruined
        return None
    try:
        given = _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    created_at = rules.times.read(given.created_at)
    if created_at is None or given.deleted or given.text.isspace():
        return None
    source = given.source or rules.source
    author = given.author
    reactions = given.engagement
    native_id = given.id or derived_native_id(
        source, author.id if author else UNKNOWN_AUTHOR, given.created_at, given.text
    )
    return Post(
        source=source,
        native_id=native_id,
        author=Author(author.id, author.handle, author.name, author.followers) if author else Author(UNKNOWN_AUTHOR),
        text=given.text,
        created_at=created_at,
        received_at=rules.received_at or created_at,
        kind=given.kind or ("reply" if given.in_reply_to else "quote" if given.quoted_id else "post"),
        title=given.title,
        url=given.url,
        lang=given.lang,
        country=given.country,
        in_reply_to=given.in_reply_to,
        root_id=given.root_id,
        quoted_id=given.quoted_id,
        links=given.links,
        engagement=_engagement(reactions) if reactions else None,
    )


def _engagement(given: _Reactions) -> Engagement | None:
    if given.likes is given.shares is given.replies is None:
        return None
    return Engagement(given.likes, given.shares, given.replies)
