"""SQL of the figures that are shown as gauges and need rows of mentions, authors' days or links: read now and then."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, case, func, select

from processors.author_days import day_of
from processors.store.gauges import WINDOWS
from processors.store.opening import Store
from processors.store.people import PeopleWanted, list_people
from processors.store.responses import responses
from processors.store.review_counts import CONDITIONS, PUBLIC, within
from processors.store.schema import author_days, link_mentions, mentions

MOST_PEOPLE = 10_000
"""So many evangelists of a brand are counted at most."""
_HOUR = "1h"


class People(Struct, frozen=True):
    """How many authors are listed as evangelists of a brand, and how many of them are silent by now."""

    present: int
    lapsed: int


class Answered(Struct, frozen=True):
    """What became of a window's questions and complaints; `share` None: none was asked, or no answer is ever seen."""

    waiting: int
    share: float | None


def count_people(connection: Connection, brand: str, now: datetime) -> People:
    """Count the evangelists of a brand as `atalaya evangelists` lists them."""
    listed = list_people(connection, PeopleWanted(brands=(brand,), until=now), limit=MOST_PEOPLE)
    lapsed = sum(person.lapsed for person in listed)
    return People(len(listed) - lapsed, lapsed)


def count_authors(connection: Connection, brand: str, now: datetime) -> dict[str, int]:
    """Count, by window, who spoke of a brand, its own accounts aside; the windows of days begin with a whole day."""
    return {
        window: _authors_within(connection, brand, now - span, now)
        if window == _HOUR
        else _authors_of_days(connection, brand, now - span, now)
        for window, span in WINDOWS.items()
    }


def _authors_within(connection: Connection, brand: str, since: datetime, until: datetime) -> int:
    m = mentions.c
    mine = (*within(brand, since, until), PUBLIC, m.author_id.is_not(None))
    found = select(m.source, m.author_id).where(*mine).distinct().subquery()
    return int(connection.scalar(select(func.count()).select_from(found)) or 0)


def _authors_of_days(connection: Connection, brand: str, since: datetime, until: datetime) -> int:
    d = author_days.c
    mine = (d.brand == brand, d.day >= day_of(since), d.day <= day_of(until))
    found = select(d.source, d.author_id).where(*mine).distinct().subquery()
    return int(connection.scalar(select(func.count()).select_from(found)) or 0)


def count_spam(connection: Connection, brand: str, now: datetime) -> dict[str, int]:
    """Count, by window, the public's mentions that weigh less than half."""
    m = mentions.c
    sums = [func.sum(case((m.created_at >= now - span, 1), else_=0)) for span in WINDOWS.values()]
    row = connection.execute(select(*sums).where(*within(brand, now - _longest(), now), CONDITIONS["spam"])).one()
    return _by_window(row)


def count_pages(connection: Connection, brand: str, now: datetime) -> dict[str, int]:
    """Count, by window, the pages that mentions of a brand link to, those of its own accounts among them."""
    held = link_mentions.c
    counts: list[ColumnElement[int]] = [
        func.count(func.distinct(case((held.created_at >= now - span, held.url)))) for span in WINDOWS.values()
    ]
    mine = (held.brand == brand, held.created_at >= now - _longest(), held.created_at < now)
    return _by_window(connection.execute(select(*counts).where(*mine)).one())


def count_answers(connection: Connection, brand: str, now: datetime) -> dict[str, Answered]:
    """Say, by window, how many questions and complaints wait, and which share was answered."""
    return {window: _answered(connection, brand, now - span, now) for window, span in WINDOWS.items()}


def _answered(connection: Connection, brand: str, since: datetime, until: datetime) -> Answered:
    found = responses(connection, brand, since, until)
    share = found.answered / found.asked if found.visible and found.asked else None
    return Answered(found.unanswered, share)


def count_mentions(connection: Connection) -> int:
    """Count all mentions, erased ones among them."""
    return int(connection.scalar(select(func.count()).select_from(mentions)) or 0)


def bytes_taken(connection: Connection, store: Store) -> int | None:
    """Say what the database takes on its disk, with what SQLite has not merged yet; None: it has no disk."""
    if store.dialect == "postgresql":
        return int(connection.scalar(select(func.pg_database_size(func.current_database()))) or 0)
    if store.path is None:
        return None
    files = (store.path, store.path.with_name(f"{store.path.name}-wal"))
    return sum(file.stat().st_size for file in files if file.exists())


def _longest() -> timedelta:
    return max(WINDOWS.values())


def _by_window(row: Sequence[int | None]) -> dict[str, int]:
    return {window: int(count or 0) for window, count in zip(WINDOWS, row, strict=True)}
