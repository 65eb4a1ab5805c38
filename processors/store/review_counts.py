"""Counts that the review is made of, from the rows of mentions; the same conditions open its figures."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
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


def by_voice(columns: Any, voice: str) -> ColumnElement[bool]:
    """The condition that a row of `mentions`, by its columns, was written by a voice that is not the public's.

    The word `public` is no parameter: the partial index of what is not is used only where it stands in the statement.
    """
    return and_(columns.voice != literal("public", literal_execute=True), columns.voice == voice)


def own(columns: Any) -> ColumnElement[bool]:
    """The condition that a row of `mentions`, by its columns, is the brand's own post."""
    return and_(by_voice(columns, "own"), columns.erased_at.is_(None))


OWN = own(_M)
ASKING = or_(has_finding(_M.intents, "question"), and_(has_finding(_M.intents, "complaint"), _M.label != "positive"))
"""What wants an answer: a question, or a complaint; one in a text that is judged positive as a whole is mostly none."""
NO_SPAM = 2 * _M.text_weight >= FULL_WEIGHT
"""No spam by its text: copies, which count less because they are copies, are in."""

_OF_PUBLIC: Mapping[str, ColumnElement[bool]] = {
    **{label: _M.label == label for label in LABELS},
    "opinions": _M.label.in_(("positive", "negative")),
    "clustered": _M.cluster.is_not(None),
    "spam": 2 * _M.weight < FULL_WEIGHT,
    "spam_positive": and_(2 * _M.weight < FULL_WEIGHT, _M.label == "positive"),
    "language_unknown": _M.lang == "und",
    # who sells something asks many a question
    "asked": and_(2 * _M.weight >= FULL_WEIGHT, ASKING),
    "praise": and_(NO_SPAM, has_finding(_M.intents, "praise")),
}
CONDITIONS: Mapping[str, ColumnElement[bool]] = {
    "mentions": PUBLIC,
    **{name: and_(PUBLIC, condition) for name, condition in _OF_PUBLIC.items()},
    "own": OWN,
}
"""What is counted of a brand's mentions, by name."""
FEW = ("positive", "negative", "opinions", "asked")
"""What is counted of brands beside the reviewed one; and `mentions`."""


def counts(connection: Connection, brand: str, since: datetime, until: datetime) -> dict[str, int]:
    """Count the mentions of [since, until): one number for each of `CONDITIONS`, and `late`.

    `w_positive` ... `w_unjudged` are sums of weights, in thousandths.
    """
    posts = select(func.count()).select_from(mentions).where(*within(brand, since, until), OWN)
    found = _summed(connection, _all_sums(connection.dialect.name), brand, since, until)
    return found | {"own": int(connection.execute(posts).scalar_one())}


def few_counts(connection: Connection, brand: str, since: datetime, until: datetime) -> dict[str, int]:
    """Count of the mentions of [since, until) what `FEW` names, and `mentions`: two thirds of the work."""
    return _summed(connection, _few_sums(), brand, since, until)


def _summed(connection: Connection, query: Select[Any], brand: str, since: datetime, until: datetime) -> dict[str, int]:
    row = connection.execute(query, {"of": brand, "since": since, "until": until}).one()
    return {name: int(value or 0) for name, value in row._mapping.items()}


# built once: to build them takes SQLAlchemy as long as SQLite takes to count a day of thousands of mentions


@cache
def _few_sums() -> Select[Any]:
    return _sums({name: _OF_PUBLIC[name] for name in FEW})


@cache
def _all_sums(dialect: str) -> Select[Any]:
    weights = [func.sum(case((_OF_PUBLIC[label], _M.weight), else_=0)).label(f"w_{label}") for label in LABELS]
    return _sums({**_OF_PUBLIC, "late": _is_late(dialect)}, *weights)


def _sums(conditions: Mapping[str, ColumnElement[bool]], *further: ColumnElement[int]) -> Select[Any]:
    sums: list[ColumnElement[Any]] = [
        func.sum(case((condition, 1), else_=0)).label(name) for name, condition in conditions.items()
    ]
    window = (_M.brand == bindparam("of"), _M.created_at >= bindparam("since"), _M.created_at < bindparam("until"))
    return select(*(func.count().label("mentions"), *sums, *further)).where(*window, PUBLIC)


def within(brand: str, since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    """The conditions of a brand's mentions of [since, until), by event time."""
    return _M.brand == brand, _M.created_at >= since, _M.created_at < until


def late(connection: Connection) -> ColumnElement[bool]:
    """The condition that a mention of the public was judged in a later minute than its own."""
    return and_(PUBLIC, _is_late(connection.dialect.name))


def _is_late(dialect: str) -> ColumnElement[bool]:
    if dialect == "sqlite":
        tick: ColumnElement[int] = type_coerce(_M.created_at, BigInteger) // 60_000_000
    else:
        tick = func.floor(extract("epoch", _M.created_at) / 60)
    return _M.fold_tick > tick


def distinct(connection: Connection, brand: str, since: datetime, until: datetime) -> tuple[int, int]:
    """How many clusters and how many authors the public's mentions of [since, until) belong to."""
    people = func.count(func.distinct(_M.source + ":" + _M.author_id))  # no network has a colon in its name
    query = select(func.count(func.distinct(_M.cluster)), people).where(*within(brand, since, until), PUBLIC)
    clusters, authors = connection.execute(query).one()
    return int(clusters), int(authors)


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
