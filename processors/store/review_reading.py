"""What the review reads beside its counts: texts, links, own posts, thanks. Windows are half-open, event time."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, and_, case, func, or_, select

from mentions.brands import Brand
from processors.detection.roles import Listed, names_of
from processors.store.chunks import chunks
from processors.store.detail import decode_detail
from processors.store.link_reading import MOST_LINKERS
from processors.store.people_facts import on_pages
from processors.store.review_counts import OWN, PUBLIC, within
from processors.store.schema import author_events, authors, link_mentions, mentions
from processors.store.types import Instant

MOST_DOCUMENTS = 4_000
"""Mentions of a window whose words are looked at: every so many of them, in order of time."""
DAYS_TO_REACT, TRAVEL = timedelta(days=7), timedelta(hours=72)
HISTORY = timedelta(days=28)
MOST_LINKED = 10
_M, _H = mentions.c, link_mentions.c
_JOINED = link_mentions.join(mentions, and_(_M.brand == _H.brand, _M.id == _H.id))


class Said(Struct, frozen=True, gc=False):
    """A mention as its words are counted."""

    id: str
    author: str
    cluster: str | None
    label: str | None
    lang: str
    text: str


class Travel(Struct, frozen=True):
    """How an own page travelled in the 72 h after its first link."""

    url: str
    sharers: int
    sources: int
    hosts: int


class LinkFacts(Struct, frozen=True, kw_only=True):
    """Links to own pages in a window, by others than the brand.

    Attributes:
        new: pages first linked in it; None: the store begins less than four weeks before it.
        travelled: pages whose 72 h ended in it. thanked: of the top linkers, how many; linkers: how many there are.
    """

    mentions: int
    linkers: int
    new: int | None
    travelled: tuple[Travel, ...]


class OwnPosts(Struct, frozen=True, kw_only=True):
    """The brand's own posts of a window, answers left out. by_kind: source and kind, with their counts.

    Attributes:
        ripe, reacted: those of the seven days that had seven days each until `until` at the latest, and how many of
            them drew a reply, quote or share. copies: those that repeat an earlier one of the window.
    """

    posts: int
    by_kind: tuple[tuple[str, str, int], ...]
    copies: int
    ripe: int
    reacted: int


def documents(connection: Connection, brand: str, since: datetime, until: datetime) -> tuple[list[Said], int]:
    """Mentions of the public, one for each author and cluster, evenly out of all; and of how many."""
    mine = (*within(brand, since, until), PUBLIC, _M.author_id.is_not(None))
    # the ids alone, and every so many of them here: to number rows takes a database longer
    ids = connection.scalars(select(_M.id).where(*mine).order_by(_M.created_at, _M.id)).all()
    step = max(1, -(-len(ids) // MOST_DOCUMENTS))
    seen: set[str] = set()
    found = []
    for row in _texts(connection, brand, ids[step - 1 :: step]):
        author = f"{row.source}:{row.author_id}"
        voices = {f"a:{author}", f"c:{row.cluster or row.id}"}
        if seen.isdisjoint(voices):
            text = f"{row.title}\n{row.text}" if row.title else row.text or ""
            found.append(Said(row.id, author, row.cluster, row.label, row.lang, text))
        seen |= voices
    return found, len(ids)


def _texts(connection: Connection, brand: str, ids: Sequence[str]) -> Iterator[Any]:
    """What `documents` needs of mentions, in the order of their ids."""
    columns = (_M.id, _M.source, _M.author_id, _M.cluster, _M.label, _M.lang, _M.title, _M.text)
    for some in chunks(ids):
        rows = connection.execute(select(*columns).where(_M.brand == brand, _M.id.in_(some)))
        by_id = {row.id: row for row in rows}
        yield from (by_id[id_] for id_ in some)


def link_counts(
    connection: Connection, brand: Brand, since: datetime, until: datetime
) -> dict[str, tuple[int, int, bool]]:
    """By page: posts and authors of the public that link to it, and whether it is the brand's own."""
    people = func.count(func.distinct(_M.source + ":" + _M.author_id))
    own = func.max(case((on_pages(brand), 1), else_=0))
    query = select(_H.url, func.count(), people, own).select_from(_JOINED).where(*_linking(brand, since, until))
    return {
        url: (int(posts), int(who), bool(ours)) for url, posts, who, ours in connection.execute(query.group_by(_H.url))
    }


def link_facts(
    connection: Connection, brand: Brand, since: datetime, until: datetime, began: datetime | None
) -> LinkFacts:
    """Count the links to the brand's own pages; `began`: when the store's history of it begins."""
    mine = (*_linking(brand, since, until), on_pages(brand))
    people = select(_M.source, _M.author_id).distinct().select_from(_JOINED).where(*mine).subquery()
    firsts = _first_links(connection, brand)
    known = began is not None and began <= since - HISTORY
    ripe = [url for url, at in firsts.items() if since <= at + TRAVEL < until]
    return LinkFacts(
        mentions=int(
            connection.execute(select(func.count(func.distinct(_M.id))).select_from(_JOINED).where(*mine)).scalar_one()
        ),
        linkers=int(connection.execute(select(func.count()).select_from(people)).scalar_one()),
        new=sum(since <= at < until for at in firsts.values()) if known else None,
        travelled=tuple(_travel(connection, brand, url, firsts[url]) for url in sorted(ripe)),
    )


def top_linkers(connection: Connection, brand: Brand, since: datetime, until: datetime) -> list[tuple[str, bool]]:
    """Who linked most to own pages in [since, until), no media or staff, and whether thanked within 7 days."""
    key = (_M.source, _M.author_id)
    times, first = func.count().label("times"), func.min(_M.created_at).label("first")
    query = select(*key, times, first).select_from(_JOINED)
    query = query.where(*_linking(brand, since, until), on_pages(brand), _M.author_id.is_not(None)).group_by(*key)
    inner = query.subquery()
    profile = and_(authors.c.source == inner.c.source, authors.c.author_id == inner.c.author_id)
    rows = connection.execute(
        select(inner, authors.c.handle).outerjoin(authors, profile)
        .order_by(inner.c.times.desc(), inner.c.source, inner.c.author_id)
    )  # fmt: skip
    listed, e = Listed.of([brand]), author_events.c
    found: list[tuple[str, bool]] = []
    for row in rows:
        names = names_of(row.source, row.author_id, row.handle)
        if listed.is_own(names) or listed.is_staff(names) or listed.medium(names, []):
            continue
        thanked = select(e.at).where(
            e.brand == brand.name, e.source == row.source, e.author_id == row.author_id, e.what == "thanked",
            e.at >= row.first, e.at < row.first + DAYS_TO_REACT,
        )  # fmt: skip
        found.append((row.handle or row.author_id, connection.execute(thanked.limit(1)).first() is not None))
        if len(found) == MOST_LINKED:
            break
    return found


def own_posts(connection: Connection, brand: str, since: datetime, until: datetime) -> OwnPosts:
    """Count the brand's own posts, and those that others took up."""
    mine = (OWN, _M.in_reply_to.is_(None), _M.kind != "reply")
    kinds = select(_M.source, _M.kind, func.count()).where(*within(brand, since, until), *mine)
    by_kind = [
        (source, kind, int(count)) for source, kind, count in connection.execute(kinds.group_by(_M.source, _M.kind))
    ]
    posts = sum(count for _, _, count in by_kind)
    texts = func.count(func.distinct(func.coalesce(_M.cluster, _M.id)))
    different = connection.execute(select(texts).where(*within(brand, since, until), *mine)).scalar_one()
    ripe = connection.execute(
        select(_M.id, _M.created_at).where(*within(brand, until - 2 * DAYS_TO_REACT, until - DAYS_TO_REACT), *mine)
    ).all()
    reactions = _reactions(connection, brand, until - 2 * DAYS_TO_REACT, until) if ripe else {}
    reacted = sum(
        any(row.created_at <= at < row.created_at + DAYS_TO_REACT for at in reactions.get(row.id, ())) for row in ripe
    )
    return OwnPosts(
        posts=posts,
        by_kind=tuple(sorted(by_kind, key=lambda one: (-one[2], one[0], one[1]))),
        copies=posts - int(different),
        ripe=len(ripe),
        reacted=reacted,
    )


def began(connection: Connection, brand: str) -> datetime | None:
    """When the oldest stored mention of a brand was written."""
    return connection.execute(select(func.min(_M.created_at)).where(_M.brand == brand)).scalar()


def countries(connection: Connection, brand: str, since: datetime, until: datetime) -> dict[str, int]:
    """Mentions of the public by the country that their source tells; those that tell none are left out."""
    found: dict[str, int] = {}
    marked = select(_M.detail).where(*within(brand, since, until), PUBLIC, _M.detail.is_not(None))
    for data in connection.scalars(marked, execution_options={"yield_per": 5_000}):
        if b'"country"' in bytes(data) and (country := decode_detail(data).country):
            found[country.upper()] = found.get(country.upper(), 0) + 1
    return found


def _reactions(connection: Connection, brand: str, since: datetime, until: datetime) -> dict[str, list[datetime]]:
    """By the id of a post, when others replied to it, quoted it or passed it on."""
    found: dict[str, list[datetime]] = {}
    rows = select(_M.source, _M.in_reply_to, _M.kind, _M.detail, _M.created_at)
    points = or_(_M.in_reply_to.is_not(None), _M.kind.in_(("quote", "repost")))
    rows = rows.where(*within(brand, since, until), PUBLIC, points)
    for row in connection.execute(rows, execution_options={"yield_per": 5_000}):
        quoted = decode_detail(row.detail).quoted_id if row.kind in ("quote", "repost") else None
        for native in {row.in_reply_to, quoted} - {None}:
            found.setdefault(f"{row.source}:{native}", []).append(row.created_at)
    return found


def _linking(brand: Brand, since: datetime, until: datetime) -> tuple[Any, ...]:
    return _H.brand == brand.name, _H.created_at >= since, _H.created_at < until, PUBLIC


def _first_links(connection: Connection, brand: Brand) -> dict[str, datetime]:
    first = func.min(_H.created_at, type_=Instant())
    query = select(_H.url, first).select_from(_JOINED).where(_H.brand == brand.name, PUBLIC, on_pages(brand))
    rows = connection.execute(query.group_by(_H.url)).all()
    return {row[0]: row[1] for row in rows}


def _travel(connection: Connection, brand: Brand, url: str, first: datetime) -> Travel:
    query = select(_M.source, _M.author_id, _M.url).select_from(_JOINED)
    rows = connection.execute(query.where(*_linking(brand, first, first + TRAVEL), _H.url == url)).all()
    hosts = {str(row.url).split("/", 3)[2] for row in rows if row.url and row.url.count("/") >= 2}
    return Travel(
        url, len({(row.source, row.author_id) for row in rows}), len({row.source for row in rows}), len(hosts)
    )


def median_sharers(travelled: Sequence[Travel]) -> float | None:
    """The median page's sharers; None: no page."""
    return float(median(one.sharers for one in travelled)) if travelled else None


def largest(travelled: Sequence[Travel]) -> Iterator[Travel]:
    """The pages that travelled furthest first."""
    yield from sorted(travelled, key=lambda one: (-one.sharers, one.url))[:MOST_LINKERS]
