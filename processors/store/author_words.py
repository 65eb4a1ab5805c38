"""What people write of authors: thanks given, and notes. Never derived; it goes when the author is erased."""

from collections.abc import Collection
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import Connection, and_, func, select
from sqlalchemy.sql.elements import ColumnElement

from mentions.codec import scrub
from mentions.errors import UsageError
from mentions.query_terms import account_key
from processors.store.chunks import chunks
from processors.store.keys import among
from processors.store.own_brands import Own, among_own
from processors.store.people import brands_named
from processors.store.schema import author_days, author_events, authors
from processors.store.upserts import insert
from processors.store.work import MAX_TEXT

What = Literal["thanked", "note"]
_MOST_NAMED = 5


class AuthorFound(Struct, frozen=True, order=True):
    """An author of stored mentions. `brands`: those that it spoke of."""

    source: str
    author: str
    handle: str | None
    brands: tuple[str, ...]

    @property
    def key(self) -> str:
        """How the command line names it."""
        return f"{self.source}:{self.author}"


class AuthorEvent(Struct, frozen=True, kw_only=True):
    """A word of thanks, or a note; `text` None: nothing was written beside it."""

    at: datetime
    who: str
    what: What
    text: str | None


def find_author(connection: Connection, name: str) -> AuthorFound:
    """Read the author called `source:id`, `source:handle`, an id or a handle, with or without `@`.

    Raises:
        UsageError: there is none, or several.
    """
    source, _, rest = name.partition(":")
    column = authors.c
    tries: list[ColumnElement[bool]] = []
    if rest:
        tries += [and_(column.source == source, column.author_id == rest), and_(column.source == source, _called(rest))]
    tries += [column.author_id == name, _called(name)]
    for condition in tries:
        query = select(column.source, column.author_id, column.handle).where(condition)
        rows = connection.execute(query.order_by(column.source, column.author_id).limit(_MOST_NAMED + 1)).all()
        if len(rows) == 1:
            (row,) = rows
            return AuthorFound(*row, brands=_brands_of(connection, row.source, row.author_id))
        if rows:
            some = ", ".join(f"{row.source}:{row.author_id}" for row in rows[:_MOST_NAMED])
            msg = f"several authors are called {name!r}: {some}; name one of them so"
            raise UsageError(msg)
    msg = f"no author of a stored mention is called {name!r}; `atalaya authors` lists them, as SOURCE:ID or by handle"
    raise UsageError(msg)


def brand_for(author: AuthorFound, brand: str | None) -> str:
    """The brand that a word on an author is for: the one given, or the only one that it spoke of.

    Raises:
        UsageError: the author never spoke of it, or spoke of several and none was given.
    """
    if brand is None and len(author.brands) == 1:
        return author.brands[0]
    if brand in author.brands:
        return brand
    spoke = f"{author.key} spoke of {', '.join(author.brands) or 'no brand that is counted'}"
    msg = f"{spoke}; say which by --brand" if brand is None else f"{spoke}, not of {brand!r}"
    raise UsageError(msg)


def thank(connection: Connection, author: AuthorFound, brand: str, text: str, *, who: str, now: datetime) -> bool:
    """Write down that the team said thanks; False: that was written before on this day of the brand's time zone.

    Raises:
        UsageError: the text is too long.
    """
    (named,) = brands_named(connection, (brand,))
    day = now.astimezone(ZoneInfo(named.time_zone)).date()
    return _write(connection, f"thanked/{day}/{brand}/{author.key}", author, brand, "thanked", text, who, now)


def note_author(
    connection: Connection, author: AuthorFound, brand: str, text: str, *, who: str, event_id: str, now: datetime
) -> None:
    """Write a note beside an author; the same `event_id` again writes nothing.

    Raises:
        UsageError: the note is empty or too long.
    """
    if not text.strip():
        msg = "the note is empty; write something"
        raise UsageError(msg)
    _write(connection, event_id, author, brand, "note", text, who, now)


def words_on(connection: Connection, brand: str, source: str, author_id: str) -> list[AuthorEvent]:
    """Read what people wrote of an author, oldest first."""
    e = author_events.c
    query = select(e.at, e.who, e.what, e.text).where(e.brand == brand, e.source == source, e.author_id == author_id)
    return [AuthorEvent(**row._mapping) for row in connection.execute(query.order_by(e.at, e.event_id))]


def forget_words(connection: Connection, people: Collection[tuple[str, str]], own: Own = None) -> None:
    """Delete what was written of authors, given by source and id; `own`: beside these brands only."""
    e = author_events.c
    for chunk in chunks(sorted(people)):
        connection.execute(
            author_events.delete().where(among((e.source, e.author_id), chunk), *among_own(e.brand, own))
        )


def _called(name: str) -> ColumnElement[bool]:
    key = account_key(name)
    return func.lower(authors.c.handle).in_([key, f"@{key}"])


def _brands_of(connection: Connection, source: str, author_id: str) -> tuple[str, ...]:
    d = author_days.c
    query = select(d.brand).distinct().where(d.source == source, d.author_id == author_id).order_by(d.brand)
    return tuple(connection.execute(query).scalars())


def _write(
    connection: Connection,
    event_id: str,
    author: AuthorFound,
    brand: str,
    what: What,
    text: str,
    who: str,
    now: datetime,
) -> bool:
    text = scrub(text).strip()
    if len(text) > MAX_TEXT:
        msg = f"found a text of {len(text)} characters; allowed: {MAX_TEXT}"
        raise UsageError(msg)
    row = {
        "event_id": event_id,
        "brand": brand,
        "source": author.source,
        "author_id": author.author,
        "at": now,
        "who": scrub(who),
        "what": what,
        "text": text or None,
    }
    statement = insert(connection, author_events).on_conflict_do_nothing().returning(author_events.c.event_id)
    return connection.execute(statement, row).first() is not None
