"""Who speaks for a brand, and who against it: authors ranked by their days, with what is shown beside. docs/people.md.

Days are read in the order of their authors and judged one author after the other; only those that may be listed stay
in memory, and only of those the mentions are read, in runs, until the list is full.
"""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain, groupby
from operator import attrgetter, itemgetter
from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import Connection, and_, case, func, or_, select, tuple_

from mentions.brands import Brand
from mentions.clock import EPOCH
from processors.author_days import day_of
from processors.detection.loyalty import (
    FORMULA_VERSION,
    LEAST_DAYS,
    LEAST_SIDE,
    LEAST_SPAN,
    LISTED_AT,
    SIGN_AT,
    WINDOW,
    Appraisal,
    Day,
    appraise,
)
from processors.detection.roles import Role
from processors.store.brands import all_versions
from processors.store.chunks import chunks
from processors.store.keys import among
from processors.store.people_facts import STREAMED, AuthorKey, Facts, facts_of
from processors.store.schema import author_days, authors
from processors.store.stored_brands import stored_brands

Order = Literal["evangelist", "detractor", "reach", "loyalty"]
_DAY = timedelta(days=1)


class PeopleWanted(Struct, frozen=True, kw_only=True):
    """Which authors, in which order.

    Attributes:
        brands: names. overall: their days summed, one row per author; else one row per brand and author.
        order: `evangelist` and `detractor` list those whom the score lists; `reach` and `loyalty` everybody.
        role: only these; None: all. lapsed: only lapsed ones, or only others; None: both.
        since: last seen then or later. until: the end of what is looked at, and 'now' for every decay.
    """

    brands: tuple[str, ...]
    until: datetime
    order: Order = "evangelist"
    overall: bool = False
    role: Role | None = None
    lapsed: bool | None = None
    since: datetime | None = None


class Person(Struct, frozen=True, kw_only=True):
    """An author as people and programs read it.

    Attributes:
        brand: None: over several brands. score: of the order asked for, in [0, 1]; of everybody: the evangelist's.
        days_active: days with a vote; `positive_days`, `neutral_days`, `negative_days` add up to it.
        affinity, loyalty, authenticity, recency: the components, as `processors.detection.loyalty.Appraisal` has them.
        last_seen: event time of the last mention. links_given: mentions that link to the brand's pages; None: no brand
            names its domains. reach: followers as last told, never part of the score; None: unknown.
        role_why: what made it the role. campaign: took part in a coordinated campaign. formula: its version.
    """

    brand: str | None
    source: str
    author: str
    handle: str | None
    name: str | None
    score: float
    days_active: int
    affinity: float
    loyalty: float
    authenticity: float
    recency: float
    positive_days: int
    neutral_days: int
    negative_days: int
    last_seen: datetime | None
    lapsed: bool
    links_given: int | None
    thanked_at: datetime | None
    reach: int | None
    role: Role
    role_why: str | None
    campaign: bool
    formula: str = FORMULA_VERSION


class _Candidate(Struct, frozen=True, gc=False):
    key: AuthorKey
    rank: tuple[float, ...]
    appraisal: Appraisal
    signs: tuple[int, int, int]

    @property
    def order(self) -> tuple[Any, ...]:
        return (*self.rank, *self.key)


class Known(Struct, frozen=True):
    """An author's days and what they come to, for `explain`."""

    days: list[Day]
    appraisal: Appraisal
    person: Person


def list_people(connection: Connection, wanted: PeopleWanted, *, limit: int = 100) -> list[Person]:
    """Read authors, the first of the order first, at most `limit`.

    The brands' own accounts are left out; of evangelists and detractors also who took part in a coordinated campaign.
    """
    brands = brands_named(connection, wanted.brands)
    groups = [brands] if wanted.overall else [[brand] for brand in brands]
    found: list[tuple[tuple[Any, ...], Person]] = []
    for group in groups:
        found += _of_group(connection, group, wanted, limit)
    return [person for _, person in heapq.nsmallest(limit, found, key=_first)]


def list_both_sides(
    connection: Connection, brand: str, until: datetime, *, limit: int = 100
) -> tuple[list[Person], list[Person]]:
    """Read a brand's evangelists and its detractors of the public, each as `list_people` does; their days but once."""
    brands, today = brands_named(connection, (brand,)), _today(until)
    found: dict[Order, list[_Candidate]] = {"evangelist": [], "detractor": []}
    rows = _days(connection, brands, today, order="evangelist", often=tuple(found))
    for (source, author_id), group in groupby(rows, key=itemgetter(0, 1)):
        days = [_day(row) for row in group]
        appraisal = appraise(days, today)
        for order, candidates in found.items():
            if _is_listed(appraisal, order):
                rank = _rank(appraisal, order, None)
                candidates.append(_Candidate((source, author_id), rank, appraisal, _signs(days)))

    def read(order: Order) -> list[Person]:
        wanted = PeopleWanted(brands=(brand,), until=until, order=order, role="public")
        return [person for _, person in _read(connection, brands, wanted, limit, found[order])]

    return read("evangelist"), read("detractor")


def find_person(connection: Connection, brand: str, key: AuthorKey, until: datetime) -> Known | None:
    """Read one author of a brand, listed or not; None: no days are known."""
    (named,) = brands_named(connection, (brand,))
    wanted = PeopleWanted(brands=(brand,), until=until)
    today = _today(until)
    rows = list(_days(connection, [named], today, order="evangelist", only=[key]))
    if not rows:
        return None
    days = [_day(row) for row in rows]
    appraisal = appraise(days, today)
    candidate = _Candidate(key, (), appraisal, _signs(days))
    facts = facts_of(connection, [named], [key], window_start(until), until)[key]
    return Known(days, appraisal, _person(candidate, [named], wanted, facts))


def spoke_well(connection: Connection, brand: str, keys: Sequence[AuthorKey], until: datetime) -> set[AuthorKey]:
    """Of these authors, those who by `until` had days enough to be ranked and an evangelist's score above 0."""
    (named,) = brands_named(connection, (brand,))
    today, found = _today(until), set()
    for chunk in chunks(keys):
        rows = _days(connection, [named], today, order="evangelist", only=chunk)
        for key, group in groupby(rows, key=itemgetter(0, 1)):
            appraisal = appraise([_day(row) for row in group], today)
            if appraisal.listed and round(appraisal.evangelist, 4) > 0:
                found.add(key)
    return found


def watched(connection: Connection) -> tuple[str, ...]:
    """Names of the brands that have mentions, in order."""
    return tuple(stored_brands(connection))


def own_role(connection: Connection) -> tuple[str, ...]:
    """Those of them that are not competitors or the sector; all of them where none is."""
    named = brands_named(connection, watched(connection))
    return tuple(brand.name for brand in named if brand.role == "own") or tuple(brand.name for brand in named)


def brands_named(connection: Connection, names: Sequence[str]) -> list[Brand]:
    """The newest definitions of brands; of one that was never defined, but has mentions, only the name is known."""
    newest = {entry.brand.name: entry.brand for entry in all_versions(connection)}
    return [newest.get(name) or Brand(name=name, query=name) for name in names]


def _first(entry: tuple[tuple[Any, ...], Person]) -> tuple[Any, ...]:
    return entry[0]


def _today(until: datetime) -> int:
    return day_of(until - timedelta(microseconds=1))


def window_start(until: datetime) -> datetime:
    """Give the first moment of the days that are looked at, seen from `until`."""
    return EPOCH + (_today(until) - WINDOW + 1) * _DAY


def _of_group(
    connection: Connection, brands: list[Brand], wanted: PeopleWanted, limit: int
) -> Iterator[tuple[tuple[Any, ...], Person]]:
    candidates = list(_candidates(connection, brands, wanted, _today(wanted.until)))
    yield from _read(connection, brands, wanted, limit, candidates)


def _read(
    connection: Connection, brands: list[Brand], wanted: PeopleWanted, limit: int, candidates: Iterable[_Candidate]
) -> Iterator[tuple[tuple[Any, ...], Person]]:
    """What is shown of candidates, the first of the order first, of those that fit; at most `limit`."""
    listed = 0
    for chunk in chunks(sorted(candidates, key=attrgetter("order"))):
        keys = [candidate.key for candidate in chunk]
        facts = facts_of(connection, brands, keys, window_start(wanted.until), wanted.until)
        for candidate in chunk:
            person = _person(candidate, brands, wanted, facts[candidate.key])
            if not facts[candidate.key].own and _fits(person, wanted):
                yield candidate.order, person
                listed += 1
                if listed == limit:
                    return


def _candidates(connection: Connection, brands: list[Brand], wanted: PeopleWanted, today: int) -> Iterator[_Candidate]:
    everybody = wanted.order in ("reach", "loyalty")
    rows = _days(connection, brands, today, order=wanted.order, often=() if everybody else (wanted.order,))
    for (source, author_id), group in groupby(rows, key=itemgetter(0, 1)):
        of_author = list(group)
        days = [_day(row) for row in of_author]
        appraisal = appraise(days, today)
        reach = of_author[0].followers if wanted.order == "reach" else None
        if everybody or _is_listed(appraisal, wanted.order):
            yield _Candidate((source, author_id), _rank(appraisal, wanted.order, reach), appraisal, _signs(days))


def _days(
    connection: Connection,
    brands: list[Brand],
    today: int,
    *,
    order: Order,
    only: Sequence[AuthorKey] = (),
    often: Sequence[Order] = (),
) -> Iterable[Any]:
    """Days of authors over brands, those of an author together. `often`: of those who may be listed in these orders."""
    column = author_days.c
    key = (column.source, column.author_id)
    where = [column.brand.in_([brand.name for brand in brands]), column.day > today - WINDOW, column.day <= today]
    if only:
        where.append(among(key, only))
    if often:
        where.append(tuple_(*key).in_(_often(key, where, often, one_brand=len(brands) == 1)))
    sums = tuple(column[name] for name in ("mentions", "copies", "spam", "score"))
    if len(brands) > 1:
        added = [func.sum(sum_).label(sum_.name) for sum_ in sums]
        days = select(*key, column.day, *added).where(*where).group_by(*key, column.day)
    else:
        days = select(*key, column.day, *sums).where(*where)
    if order == "reach":
        inner = days.subquery()
        profile = and_(authors.c.source == inner.c.source, authors.c.author_id == inner.c.author_id)
        days = select(inner, authors.c.followers).outerjoin(authors, profile)
        days = days.order_by(*inner.c[("source", "author_id", "day")])
    else:
        days = days.order_by(*key, column.day)
    # by runs: row by row, SQLAlchemy takes as long as the database
    return chain.from_iterable(connection.execute(days, execution_options=STREAMED).partitions())


def _often(key: Sequence[Any], where: Sequence[Any], orders: Sequence[Order], *, one_brand: bool) -> Any:
    """Authors of days enough, and enough of them on a side that the orders list; a few too many."""
    column, beyond = author_days.c, round(1000 * SIGN_AT)
    distinct = column.mentions - column.copies - column.spam
    sides = (
        column.score <= -beyond * distinct if order == "detractor" else column.score >= beyond * distinct
        for order in orders
    )
    enough = and_(
        (func.count() if one_brand else func.count(func.distinct(column.day))) >= LEAST_DAYS,
        func.max(column.day) - func.min(column.day) >= LEAST_SPAN,
        or_(*(func.sum(case((and_(distinct > 0, side), 1), else_=0)) >= LEAST_SIDE for side in sides)),
    )
    return select(*key).where(*where).group_by(*key).having(enough)


def _day(row: Any) -> Day:
    # PostgreSQL's sums of bigints are decimals
    return Day(*map(int, row[2:7]))


def _signs(days: Iterable[Day]) -> tuple[int, int, int]:
    signs = [day.sign for day in days]
    return signs.count(1), signs.count(0), signs.count(-1)


def _is_listed(appraisal: Appraisal, order: Order) -> bool:
    if order == "detractor":
        return appraisal.listed and appraisal.detractor >= LISTED_AT
    return appraisal.lapsed or (appraisal.listed and appraisal.evangelist >= LISTED_AT)


def _rank(appraisal: Appraisal, order: Order, reach: int | None) -> tuple[float, ...]:
    match order:
        case "detractor":
            return (-appraisal.detractor,)
        case "loyalty":
            return (-appraisal.loyalty, -appraisal.days_active)
        case "reach":
            return (reach is None, -(reach or 0))
    return (appraisal.lapsed, -appraisal.evangelist)


def _fits(person: Person, wanted: PeopleWanted) -> bool:
    if person.campaign and wanted.order in ("evangelist", "detractor"):
        return False
    if wanted.role not in (None, person.role) or wanted.lapsed not in (None, person.lapsed):
        return False
    return wanted.since is None or (person.last_seen is not None and person.last_seen >= wanted.since)


def _person(candidate: _Candidate, brands: Sequence[Brand], wanted: PeopleWanted, facts: Facts) -> Person:
    appraisal = candidate.appraisal
    positive, neutral, negative = candidate.signs
    shown = appraisal.detractor if wanted.order == "detractor" else appraisal.evangelist
    # of an author whose mentions retention has taken, the last day is known, not the moment
    last_day = None if appraisal.last is None else EPOCH + appraisal.last * _DAY
    return Person(
        brand=None if wanted.overall else brands[0].name,
        source=candidate.key[0],
        author=candidate.key[1],
        handle=facts.handle,
        name=facts.name,
        score=round(shown, 4),
        days_active=appraisal.days_active,
        affinity=round(appraisal.affinity, 4),
        loyalty=round(appraisal.loyalty, 4),
        authenticity=round(appraisal.authenticity, 4),
        recency=round(appraisal.recency, 4),
        positive_days=positive,
        neutral_days=neutral,
        negative_days=negative,
        last_seen=facts.last_seen or last_day,
        lapsed=appraisal.lapsed and wanted.order != "detractor",
        links_given=facts.links_given if any(brand.domains for brand in brands) else None,
        thanked_at=facts.thanked_at,
        reach=facts.reach,
        role=facts.role,
        role_why=facts.role_why,
        campaign=facts.campaign,
    )
