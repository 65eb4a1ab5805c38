"""Questions and complaints, and the brand's own answers to them, as far as its accounts are seen."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection, func, or_, select

from mentions.clock import bucket_of
from mentions.records import LABELS
from processors.store.chunks import chunks
from processors.store.figures import nearest_rank
from processors.store.review_counts import CONDITIONS, OWN, within
from processors.store.schema import authors, buckets, mentions


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


def responses(
    connection: Connection, brand: str, since: datetime, until: datetime, *, ranked: bool = True
) -> Responses:
    """Read what was asked in [since, until), and the first own reply to each, if it came before `until`.

    `ranked`: False leaves `waiting` in any order, where only its length is wanted.
    """
    first = _first_replies(connection, brand, since, until)
    taken = {
        id_: (first[id_] - at) / timedelta(hours=1)
        for id_, at in _asked_among(connection, brand, since, until, list(first))
        if first[id_] >= at
    }
    asked = _asked(connection, brand, since, until, ranked=ranked)
    hours = sorted(taken.values())
    return Responses(
        asked=len(asked),
        answered=len(taken),
        visible=own_visible(connection, brand, until),
        median=nearest_rank(hours, 0.5),
        p90=nearest_rank(hours, 0.9),
        waiting=tuple(id_ for id_ in asked if id_ not in taken),
        answered_ids=tuple(taken),
    )


def _asked(connection: Connection, brand: str, since: datetime, until: datetime, *, ranked: bool) -> Sequence[str]:
    """The ids of what was asked, in the order of `Responses.waiting`; there may be hundreds of thousands."""
    mine = (*within(brand, since, until), CONDITIONS["asked"])
    if not ranked:
        return connection.scalars(select(mentions.c.id).where(*mine)).all()
    m, reach = mentions.c, func.coalesce(authors.c.followers, 0)
    profile = (authors.c.source == m.source) & (authors.c.author_id == m.author_id)
    query = select(m.id).select_from(mentions.outerjoin(authors, profile))
    return connection.scalars(query.where(*mine).order_by(reach.desc(), m.created_at, m.id)).all()


def _asked_among(
    connection: Connection, brand: str, since: datetime, until: datetime, ids: Sequence[str]
) -> list[tuple[str, datetime]]:
    """Which of these mentions ask something, and when they were written, in order of time."""
    m, found = mentions.c, []
    for chunk in chunks(ids):
        query = select(m.id, m.created_at).where(m.id.in_(chunk), *within(brand, since, until), CONDITIONS["asked"])
        found += [(row.id, row.created_at) for row in connection.execute(query)]
    return sorted(found, key=lambda one: (one[1], one[0]))


def own_visible(connection: Connection, brand: str, until: datetime) -> bool:
    """Whether a post of the brand's own accounts was ever seen before `until`."""
    # Counted in the buckets: where there is none, its mentions would all be read for nothing.
    b, m, edge = buckets.c, mentions.c, bucket_of(until)
    any_count = or_(*(b[label] > 0 for label in LABELS))
    counted = select(b.start).where(b.brand == brand, b.start < edge, b.voice == "own", any_count).limit(1)
    last = select(m.id).where(*within(brand, edge, until), OWN).limit(1)
    return any(connection.execute(query).first() is not None for query in (counted, last))


def _first_replies(connection: Connection, brand: str, since: datetime, until: datetime) -> dict[str, datetime]:
    """By the id of what was answered, when the brand answered it first."""
    m = mentions.c
    rows = connection.execute(
        select(m.source, m.in_reply_to, func.min(m.created_at).label("at"))
        .where(*within(brand, since, until), OWN, m.in_reply_to.is_not(None))
        .group_by(m.source, m.in_reply_to)
    )
    return {f"{row.source}:{row.in_reply_to}": row.at for row in rows}
