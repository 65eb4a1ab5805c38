"""From the fields of a post in a file to a record; JSON Lines and CSV share it.

Values are taken as JSON gives them or, from CSV, all as text: `"120"` is a whole number too.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import get_args

from ingest.sources.base import Dropped, Item
from ingest.sources.file_notes import Notes
from ingest.sources.times import TimeReader
from mentions.codec import scrub
from mentions.drops import Drop
from mentions.identity import derived_native_id
from mentions.records import Author, Deletion, Engagement, Kind, Post

AUTHOR_FIELDS = frozenset({"id", "handle", "name", "followers"})
ENGAGEMENT_FIELDS = frozenset({"likes", "shares", "replies", "observed_at"})
PLAIN_FIELDS = frozenset(
    {"id", "source", "text", "title", "created_at", "url", "lang", "country", "in_reply_to", "root_id", "quoted_id"}
    | {"kind", "rating", "links", "deleted"}
)
FIELDS = (
    PLAIN_FIELDS
    | frozenset(f"author.{name}" for name in AUTHOR_FIELDS)
    | frozenset(f"engagement.{name}" for name in ENGAGEMENT_FIELDS)
)
"""Every field of a post in a file, nested ones with a dot."""
IDENTIFIERS = frozenset({"id", "author.id", "in_reply_to", "root_id", "quoted_id"})
UNKNOWN_AUTHOR = "unknown"

_TOP_FIELDS = PLAIN_FIELDS | {"author", "engagement"}
_KINDS = frozenset(get_args(Kind))
SOURCE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,62}")  # it is a metric label and, before a colon, part of every id
_SCIENTIFIC = re.compile(r"\s*\d(?:[.,]\d+)?E\+\d{2,}\s*", re.IGNORECASE | re.ASCII)
_WHOLE = re.compile(r"\d{1,19}(?:\.0+)?", re.ASCII)
_TRUE, _FALSE = frozenset({"true", "1", "yes"}), frozenset({"false", "0", "no"})
LONGEST_ID = 500  # characters; PostgreSQL's indexes hold no more than some 2,700 bytes
MOST = 2**63 - 1  # what the databases' whole numbers hold
_SHOWN = 40  # characters of a found value that a message repeats


@dataclass(frozen=True, slots=True)
class Rules:
    """How one input is read.

    Attributes:
        source: of records that name none.
        received_at: for every record; None: the record's own `created_at`, as in a replay.
    """

    source: str = "file"
    received_at: datetime | None = None
    times: TimeReader = field(default_factory=TimeReader)


class _NoItemError(Exception):
    """Carries the reason out of the depth of a record; it never leaves this module."""

    def __init__(self, reason: Drop, detail: str) -> None:
        super().__init__(detail)
        self.dropped = Dropped(reason, detail)


def to_item(raw: Mapping[str, object], rules: Rules, notes: Notes) -> Item:
    """Make the record of one file's line or row; fields that a post has no place for are counted in `notes`."""
    try:
        _count_unknown(raw, _TOP_FIELDS, "", notes)
        if _flag(raw, "deleted"):
            return _deletion(raw, rules, notes)
        return _post(raw, rules, notes)
    except _NoItemError as rejected:
        return rejected.dropped


def is_scientific(value: str) -> bool:
    """Whether a spreadsheet has turned this identifier into a rounded number (`5.70306E+17`)."""
    return "+" in value and _SCIENTIFIC.fullmatch(value) is not None


def clean(text: str) -> str:
    """Replace what no database holds, NUL and lone surrogates, by U+FFFD."""
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    return text if text.isascii() else scrub(text)


def _post(raw: Mapping[str, object], rules: Rules, notes: Notes) -> Post:
    text, title = _text(raw, "text") or "", _text(raw, "title")
    if not (text.strip() or (title and title.strip())):
        raise _NoItemError(Drop.NO_TEXT, "text: it is missing or empty")
    created_at = _time(raw, rules)
    source = _source(raw, rules)
    author = _author(raw, notes)
    in_reply_to = _identifier(raw, "in_reply_to", notes)
    quoted_id = _identifier(raw, "quoted_id", notes)
    native_id = _identifier(raw, "id", notes)
    return Post(
        source=source,
        native_id=native_id or derived_native_id(source, author.id, str(raw["created_at"]), text),
        author=author,
        text=text,
        created_at=created_at,
        received_at=rules.received_at or created_at,
        kind=_kind(raw, in_reply_to, quoted_id),
        title=title,
        url=_text(raw, "url"),
        lang=_text(raw, "lang"),
        country=_text(raw, "country"),
        in_reply_to=in_reply_to,
        root_id=_identifier(raw, "root_id", notes),
        quoted_id=quoted_id,
        links=_links(raw),
        rating=_rating(raw),
        engagement=_engagement(raw, rules, notes),
    )


def _deletion(raw: Mapping[str, object], rules: Rules, notes: Notes) -> Deletion:
    native_id = _identifier(raw, "id", notes)
    author_id = None if native_id else _identifier(_author_fields(raw, notes), "id", notes, "author.")
    if not (native_id or author_id):
        raise _NoItemError(Drop.BAD_FIELD, "id: it is missing; a deletion needs id or author.id")
    given = raw.get("created_at")
    at = rules.received_at if given is None and rules.received_at else _time(raw, rules)
    return Deletion(source=_source(raw, rules), at=at, why="deleted", native_id=native_id, author_id=author_id)


def _author_fields(raw: Mapping[str, object], notes: Notes) -> Mapping[str, object]:
    given = raw.get("author")
    return {"id": given} if isinstance(given, (str, int)) else _nested(raw, "author", AUTHOR_FIELDS, notes)


def _author(raw: Mapping[str, object], notes: Notes) -> Author:
    fields = _author_fields(raw, notes)
    handle, name = _text(fields, "handle", "author."), _text(fields, "name", "author.")
    author_id = _identifier(fields, "id", notes, "author.")
    return Author(
        id=author_id or (handle or name or UNKNOWN_AUTHOR)[:LONGEST_ID],
        handle=handle,
        name=name,
        followers=_whole(fields, "followers", "author."),
    )


def _engagement(raw: Mapping[str, object], rules: Rules, notes: Notes) -> Engagement | None:
    if raw.get("engagement") is None:
        return None
    fields = _nested(raw, "engagement", ENGAGEMENT_FIELDS, notes)
    given = fields.get("observed_at")
    observed_at = None if given in (None, "") else rules.times.read(given)
    if observed_at is None and given not in (None, ""):
        raise _bad("engagement.observed_at", given, "a time")
    engagement = Engagement(
        likes=_whole(fields, "likes", "engagement."),
        shares=_whole(fields, "shares", "engagement."),
        replies=_whole(fields, "replies", "engagement."),
        observed_at=observed_at,
    )
    return None if engagement == Engagement() else engagement


def _time(raw: Mapping[str, object], rules: Rules) -> datetime:
    given = raw.get("created_at")
    moment = rules.times.read(given)
    if moment is not None:
        return moment
    if given is None or given == "":
        raise _NoItemError(Drop.NO_TIME, "created_at: it is missing; a time such as 2026-11-16T09:00:00Z is right")
    raise _NoItemError(Drop.NO_TIME, f"created_at: found {_found(given)}, a time such as 2026-11-16T09:00:00Z is right")


def _source(raw: Mapping[str, object], rules: Rules) -> str:
    given = _text(raw, "source")
    if given is None:
        return rules.source
    source = given.lower()
    if SOURCE.fullmatch(source):
        return source
    raise _bad("source", given, "a short name of letters, digits and - _ .")


def _kind(raw: Mapping[str, object], in_reply_to: str | None, quoted_id: str | None) -> Kind:
    given = _text(raw, "kind")
    if given is None:
        return "reply" if in_reply_to else "quote" if quoted_id else "post"
    if given in _KINDS:
        return given  # type: ignore[return-value] # a member of the literal, as just seen
    raise _bad("kind", given, f"one of {', '.join(sorted(_KINDS))}")


def _identifier(raw: Mapping[str, object], key: str, notes: Notes, prefix: str = "") -> str | None:
    value = raw.get(key)
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise _bad(prefix + key, value, "a text or a whole number")
    if len(value) > LONGEST_ID:
        raise _bad(prefix + key, value, f"at most {LONGEST_ID} characters")
    if is_scientific(value):
        notes.warn(ruined((prefix + key,)))
        return None
    return clean(value)


def ruined(names: tuple[str, ...]) -> str:
    """Say that identifiers were rounded away, and what follows."""
    return (
        f"{', '.join(names)}: in scientific notation (5.70306E+17), as spreadsheets leave long numbers; not used as "
        "identity. Ids that are missing are derived from source, author, time and text"
    )


def _links(raw: Mapping[str, object]) -> tuple[str, ...]:
    value = raw.get("links")
    if value is None:
        return ()
    if isinstance(value, str):
        return tuple(clean(value).split())
    if isinstance(value, list) and all(isinstance(link, str) for link in value):
        return tuple(clean(link) for link in value)
    raise _bad("links", value, "a list of texts")


def _rating(raw: Mapping[str, object]) -> float | None:
    value = raw.get("rating")
    if value is None or value == "":
        return None
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        try:
            rating = float(value)
        except (ValueError, OverflowError):
            rating = math.nan
        if math.isfinite(rating):
            return rating
    raise _bad("rating", value, "a number")


def _whole(raw: Mapping[str, object], key: str, prefix: str) -> int | None:
    value = raw.get(key)
    if value is None or value == "":
        return None
    number: int | None = None
    if isinstance(value, int) and not isinstance(value, bool):
        number = value
    elif isinstance(value, float) and value.is_integer():
        number = int(value)
    elif isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        number = int(value.strip().partition(".")[0])
    if number is not None and 0 <= number <= MOST:
        return number
    raise _bad(prefix + key, value, "a whole number")


def _flag(raw: Mapping[str, object], key: str) -> bool:
    value = raw.get(key)
    if value is None or isinstance(value, bool):
        return bool(value)
    word = str(value).strip().lower() if isinstance(value, (str, int)) else "?"
    if not word or word in _FALSE:
        return False
    if word in _TRUE:
        return True
    raise _bad(key, value, "true or false")


def _text(raw: Mapping[str, object], key: str, prefix: str = "") -> str | None:
    value = raw.get(key)
    if isinstance(value, str):
        return clean(value) or None
    if value is None:
        return None
    raise _bad(prefix + key, value, "a text")


def _nested(raw: Mapping[str, object], key: str, known: frozenset[str], notes: Notes) -> Mapping[str, object]:
    value = raw.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _bad(key, value, "an object")
    _count_unknown(value, known, f"{key}.", notes)
    return value


def _count_unknown(raw: Mapping[str, object], known: frozenset[str], prefix: str, notes: Notes) -> None:
    if not raw.keys() <= known:
        for name in raw.keys() - known:
            notes.unknown_field(clean(prefix + name)[:_SHOWN])


def _bad(name: str, value: object, right: str) -> _NoItemError:
    return _NoItemError(Drop.BAD_FIELD, f"{name}: found {_found(value)}, {right} is right")


def _found(value: object) -> str:
    if isinstance(value, str):
        shown = clean(value)
        return f'"{shown[:_SHOWN]}…"' if len(shown) > _SHOWN else f'"{shown}"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value) if abs(value) <= MOST else "a number too large"
    return str(value) if isinstance(value, float) else "a list" if isinstance(value, list) else "an object"
