"""Questions and complaints, and the brand's own answers to them, as far as its accounts are seen."""

from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, func, select

from processors.store.figures import nearest_rank
from processors.store.review_counts import CONDITIONS, OWN, within
from processors.store.schema import authors, mentions


class Responses(Struct, frozen=True, kw_only=True):
    """What was asked in a window and answered before its end.

    Attributes:
        asked: questions and complaints of the public. visible: an own post was ever seen, so that answers could be.
        median, p90: hours from a question to the first own reply (nearest rank); None: nothing was answered.
        waiting: ids of what has no answer, those by authors with most followers first, then the oldest.
        answered_ids: in order of time.
    """

    asked: int
    answered: int
    visible: bool
    median: float | None
    p90: float | None
    waiting: tuple[str, ...]
    answered_ids: tuple[str, ...]


def responses(connection: Connection, brand: str, since: datetime, until: datetime) -> Responses:
    """Read what was asked in [since, until), and the first own reply to each, if it came before `until`."""
    m = mentions.c
    profile = (authors.c.source == m.source) & (authors.c.author_id == m.author_id)
    asked = connection.execute(
        select(m.id, m.source, m.created_at, func.coalesce(authors.c.followers, 0).label("reach"))
        .select_from(mentions.outerjoin(authors, profile))
        .where(*within(brand, since, until), CONDITIONS["asked"])
        .order_by(m.created_at, m.id)
    ).all()
    first = _first_replies(connection, brand, since, until)
    taken: list[tuple[Any, timedelta]] = []
    waiting: list[Any] = []
    for row in asked:
        at = first.get(row.id)
        if at is not None and at >= row.created_at:
            taken.append((row, at - row.created_at))
        else:
            waiting.append(row)
    waiting.sort(key=lambda row: (-row.reach, row.created_at, row.id))
    hours = sorted(span / timedelta(hours=1) for _, span in taken)
    return Responses(
        asked=len(asked),
        answered=len(taken),
        visible=own_visible(connection, brand, until),
        median=nearest_rank(hours, 0.5),
        p90=nearest_rank(hours, 0.9),
        waiting=tuple(row.id for row in waiting),
        answered_ids=tuple(row.id for row, _ in taken),
    )


def own_visible(connection: Connection, brand: str, until: datetime) -> bool:
    """Whether a post of the brand's own accounts was ever seen before `until`."""
    m = mentions.c
    query = select(m.id).where(m.brand == brand, m.created_at < until, OWN).limit(1)
    return connection.execute(query).first() is not None


def _first_replies(connection: Connection, brand: str, since: datetime, until: datetime) -> dict[str, datetime]:
    """By the id of what was answered, when the brand answered it first."""
    m = mentions.c
    rows = connection.execute(
        select(m.source, m.in_reply_to, func.min(m.created_at).label("at"))
        .where(*within(brand, since, until), OWN, m.in_reply_to.is_not(None))
        .group_by(m.source, m.in_reply_to)
    )
    return {f"{row.source}:{row.in_reply_to}": row.at for row in rows}
