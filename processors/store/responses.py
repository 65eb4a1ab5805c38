"""Questions and complaints, and the brand's own answers to them, as far as its accounts are seen."""

from collections.abc import Collection
from datetime import datetime, timedelta
from itertools import islice

from msgspec import Struct
from sqlalchemy import Connection, and_, func, or_, select

from mentions.clock import bucket_of
from mentions.records import LABELS
from processors.store.figures import nearest_rank
from processors.store.review_counts import CONDITIONS, OWN, own, within
from processors.store.schema import authors, buckets, mentions

MOST_WAITING = 5
"""Ids of what has no answer that are told."""


class Responses(Struct, frozen=True, kw_only=True):
    """What was asked in a window and answered before its end.

    Attributes:
        asked: questions and complaints of the public. visible: an own post was ever seen, so that answers could be.
        median, p90: hours from a question to the first own reply (nearest rank); None: nothing was answered.
        waiting: ids of what has no answer, at most `MOST_WAITING`, those by authors with most followers first, then the
            oldest; none where nobody asked for them.
        answered_ids: in order of time.
    """

    asked: int
    answered: int
    visible: bool
    median: float | None
    p90: float | None
    waiting: tuple[str, ...]
    answered_ids: tuple[str, ...]

    @property
    def unanswered(self) -> int:
        """How much of what was asked has no answer."""
        return self.asked - self.answered


def responses(
    connection: Connection,
    brand: str,
    since: datetime,
    until: datetime,
    *,
    asked: int | None = None,
    ranked: bool = False,
) -> Responses:
    """Read what was asked in [since, until), and the first own reply to each, if it came before `until`.

    Args:
        asked: how much was asked, from who has counted it (`review_counts.counts`). ranked: whether to read `waiting`.
    """
    answered = _answered(connection, brand, since, until)
    taken = {id_: (first - at) / timedelta(hours=1) for id_, at, first in answered if first >= at}
    hours = sorted(taken.values())
    return Responses(
        asked=_number_asked(connection, brand, since, until) if asked is None else asked,
        answered=len(taken),
        visible=own_visible(connection, brand, until),
        median=nearest_rank(hours, 0.5),
        p90=nearest_rank(hours, 0.9),
        waiting=_waiting(connection, brand, since, until, taken) if ranked else (),
        answered_ids=tuple(taken),
    )


def _number_asked(connection: Connection, brand: str, since: datetime, until: datetime) -> int:
    query = select(func.count()).select_from(mentions).where(*within(brand, since, until), CONDITIONS["asked"])
    return int(connection.execute(query).scalar_one())


def _waiting(
    connection: Connection, brand: str, since: datetime, until: datetime, taken: Collection[str]
) -> tuple[str, ...]:
    """The first ids of what was asked, `taken` left out: they are among so many more."""
    m, reach = mentions.c, func.coalesce(authors.c.followers, 0)
    profile = (authors.c.source == m.source) & (authors.c.author_id == m.author_id)
    query = select(m.id).select_from(mentions.outerjoin(authors, profile))
    query = query.where(*within(brand, since, until), CONDITIONS["asked"]).order_by(reach.desc(), m.created_at, m.id)
    first = connection.scalars(query.limit(MOST_WAITING + len(taken)))
    return tuple(islice((id_ for id_ in first if id_ not in taken), MOST_WAITING))


def own_visible(connection: Connection, brand: str, until: datetime) -> bool:
    """Whether a post of the brand's own accounts was ever seen before `until`."""
    # Counted in the buckets: where there is none, its mentions would all be read for nothing.
    b, m, edge = buckets.c, mentions.c, bucket_of(until)
    any_count = or_(*(b[label] > 0 for label in LABELS))
    counted = select(b.start).where(b.brand == brand, b.start < edge, b.voice == "own", any_count).limit(1)
    last = select(m.id).where(*within(brand, edge, until), OWN).limit(1)
    return any(connection.execute(query).first() is not None for query in (counted, last))


def _answered(
    connection: Connection, brand: str, since: datetime, until: datetime
) -> list[tuple[str, datetime, datetime]]:
    """What was asked and has own replies: its id, when it was written, and the first of these; in order of time."""
    m, reply = mentions.c, mentions.alias("reply").c
    first = func.min(reply.created_at, type_=reply.created_at.type)
    answers = and_(reply.brand == m.brand, m.id == reply.source + ":" + reply.in_reply_to)
    query = (
        select(m.id, m.created_at, first)
        .join_from(mentions, reply.id.table, answers)
        .where(*within(brand, since, until), CONDITIONS["asked"], reply.in_reply_to.is_not(None))
        .where(reply.brand == brand, reply.created_at >= since, reply.created_at < until, own(reply))
        .group_by(m.id, m.created_at)
    )
    return sorted((tuple(row) for row in connection.execute(query)), key=lambda one: (one[1], one[0]))
