"""Counts that the review is made of, from the rows of mentions; the same conditions open its figures."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    and_,
    case,
    extract,
    func,
    literal,
    or_,
    select,
    type_coerce,
)

from mentions.records import FULL_WEIGHT, LABELS
from processors.store.findings import has_finding
from processors.store.schema import campaigns, mentions

_M = mentions.c
PUBLIC = and_(_M.voice == "public", _M.erased_at.is_(None))


def own(columns: Any) -> ColumnElement[bool]:
    """The condition that a row of `mentions`, by its columns, is the brand's own post.

    The word is no parameter: the partial index `ix_mentions_own` is used only where it stands in the statement.
    """
    return and_(columns.voice == literal("own", literal_execute=True), columns.erased_at.is_(None))


OWN = own(_M)
ASKING = or_(has_finding(_M.intents, "question"), and_(has_finding(_M.intents, "complaint"), _M.label != "positive"))
"""What wants an answer: a question, or a complaint; one in a text that is judged positive as a whole is mostly none."""

CONDITIONS: Mapping[str, ColumnElement[bool]] = {
    "mentions": PUBLIC,
    **{label: and_(PUBLIC, _M.label == label) for label in LABELS},
    "opinions": and_(PUBLIC, _M.label.in_(("positive", "negative"))),
    "clustered": and_(PUBLIC, _M.cluster.is_not(None)),
    "spam": and_(PUBLIC, 2 * _M.weight < FULL_WEIGHT),
    "spam_positive": and_(PUBLIC, 2 * _M.weight < FULL_WEIGHT, _M.label == "positive"),
    "language_unknown": and_(PUBLIC, _M.lang == "und"),
    # who sells something asks many a question
    "asked": and_(PUBLIC, 2 * _M.weight >= FULL_WEIGHT, ASKING),
    "own": OWN,
}
"""What is counted of a brand's mentions, by name."""
_WEIGHTS = {f"w_{label}": CONDITIONS[label] for label in LABELS}


def counts(connection: Connection, brand: str, since: datetime, until: datetime) -> dict[str, int]:
    """Count the mentions of [since, until): one number for each of `CONDITIONS`, and `late`.

    `w_positive` ... `w_unjudged` are sums of weights, in thousandths.
    """
    conditions = {**CONDITIONS, "late": late(connection)}
    sums = [func.sum(case((condition, 1), else_=0)).label(name) for name, condition in conditions.items()]
    sums += [func.sum(case((condition, _M.weight), else_=0)).label(name) for name, condition in _WEIGHTS.items()]
    row = connection.execute(select(*sums).where(*within(brand, since, until))).one()
    return {name: int(value or 0) for name, value in row._mapping.items()}


def within(brand: str, since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    """The conditions of a brand's mentions of [since, until), by event time."""
    return _M.brand == brand, _M.created_at >= since, _M.created_at < until


def late(connection: Connection) -> ColumnElement[bool]:
    """The condition that a mention of the public was judged in a later minute than its own."""
    if connection.dialect.name == "sqlite":
        tick: ColumnElement[int] = type_coerce(_M.created_at, BigInteger) // 60_000_000
    else:
        tick = func.floor(extract("epoch", _M.created_at) / 60)
    return and_(PUBLIC, _M.fold_tick > tick)


def distinct(connection: Connection, brand: str, since: datetime, until: datetime) -> tuple[int, int]:
    """How many clusters and how many authors the public's mentions of [since, until) belong to."""
    mine = (*within(brand, since, until), PUBLIC)
    clusters = select(func.count(func.distinct(_M.cluster))).where(*mine, _M.cluster.is_not(None))
    people = select(_M.source, _M.author_id).distinct().where(*mine, _M.author_id.is_not(None)).subquery()
    return (
        int(connection.execute(clusters).scalar_one()),
        int(connection.execute(select(func.count()).select_from(people)).scalar_one()),
    )


def in_campaigns(
    connection: Connection, brand: str, since: datetime, until: datetime, kinds: Sequence[str] = ("coordinated",)
) -> tuple[int, int]:
    """How many of the public's mentions of [since, until) belong to a campaign of these kinds; how many positive."""
    joined = mentions.join(campaigns, and_(campaigns.c.brand == _M.brand, campaigns.c.cluster == _M.cluster))
    positive = func.sum(case((_M.label == "positive", 1), else_=0))
    query = select(func.count(), positive).select_from(joined)
    row = connection.execute(query.where(*within(brand, since, until), PUBLIC, campaigns.c.kind.in_(kinds))).one()
    return int(row[0]), int(row[1] or 0)


def erased(connection: Connection, brand: str, since: datetime, until: datetime) -> int:
    """How many mentions of [since, until) were deleted at their source after they came."""
    query = select(func.count()).where(_M.erased_at.is_not(None), *within(brand, since, until))
    return int(connection.execute(query).scalar_one())


def artificial(connection: Connection, brand: str, since: datetime, until: datetime) -> tuple[int, int]:
    """How many of the public's mentions count less than half or belong to a coordinated campaign; how many positive."""
    positive = func.sum(case((_M.label == "positive", 1), else_=0))
    query = select(func.count(), positive).where(*within(brand, since, until), is_artificial())
    row = connection.execute(query).one()
    return int(row[0]), int(row[1] or 0)


def is_artificial() -> ColumnElement[bool]:
    """The condition that `artificial` counts."""
    return and_(PUBLIC, or_(2 * _M.weight < FULL_WEIGHT, in_campaign()))


def in_campaign() -> ColumnElement[bool]:
    """The condition that a mention's cluster is a coordinated campaign."""
    mine = and_(campaigns.c.brand == _M.brand, campaigns.c.cluster == _M.cluster, campaigns.c.kind == "coordinated")
    return and_(_M.cluster.is_not(None), select(campaigns.c.cluster).where(mine).exists())
