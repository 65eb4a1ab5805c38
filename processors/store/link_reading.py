"""Reading links: which pages travel, who links to them, on how many networks."""

from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, and_, case, func, select
from sqlalchemy.sql.elements import ColumnElement

from mentions.brands import Brand
from processors.store.chunks import chunks
from processors.store.people_facts import on_pages
from processors.store.schema import authors, link_mentions, mentions

MOST_LINKERS = 5


class Linker(Struct, frozen=True, kw_only=True):
    """Who links to a page, and in how many mentions."""

    source: str
    author: str
    handle: str | None
    posts: int


class StoredLink(Struct, frozen=True, kw_only=True):
    """A page that mentions of a brand link to.

    Attributes:
        url: without scheme, `www.`, fragment and tracking parameters. own_page: on one of the brand's domains.
        posts: mentions by others than the brand that link to it; own_posts: those of the brand's own accounts.
        authors, sources: of `posts`. first_at, last_at: event times of the first and the last of them all.
        linkers: who links most, at most five.
    """

    brand: str
    url: str
    host: str
    own_page: bool
    posts: int
    authors: int
    sources: tuple[str, ...]
    first_at: datetime
    last_at: datetime
    own_posts: int
    linkers: tuple[Linker, ...]


def list_links(
    connection: Connection,
    brand: Brand,
    *,
    pages: bool = True,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 100,
) -> list[StoredLink]:
    """Read the links in a brand's mentions of [since, until), the most posted first, at most `limit`.

    Args:
        pages: only to the brand's own pages, by its `domains`.
    """
    held, m = link_mentions.c, mentions.c
    where: list[ColumnElement[bool]] = [held.brand == brand.name]
    where += [on_pages(brand)] if pages else []
    where += [held.created_at >= since] if since is not None else []
    where += [held.created_at < until] if until is not None else []
    by_others = case((m.voice != "own", m.id))
    posts, own = func.count(by_others), func.count() - func.count(by_others)
    writers = func.count(func.distinct(case((m.voice != "own", m.source + ":" + m.author_id))))
    query = (
        select(
            held.url,
            func.min(held.host).label("host"),
            posts.label("posts"),
            own.label("own_posts"),
            writers.label("authors"),
            func.min(held.created_at).label("first_at"),
            func.max(held.created_at).label("last_at"),
            func.max(case((on_pages(brand), 1), else_=0)).label("own_page"),
        )
        .select_from(_JOINED)
        .where(*where)
        .group_by(held.url)
        .order_by(posts.desc(), own.desc(), held.url)
    )
    rows = connection.execute(query.limit(limit)).all()
    urls = [row.url for row in rows]
    who, networks = _linkers(connection, urls, where), _networks(connection, urls, where)
    return [_link(brand.name, row, who.get(row.url, []), networks.get(row.url, [])) for row in rows]


_JOINED = link_mentions.join(
    mentions, and_(mentions.c.brand == link_mentions.c.brand, mentions.c.id == link_mentions.c.id)
)


def _networks(connection: Connection, urls: list[str], where: list[ColumnElement[bool]]) -> dict[str, list[str]]:
    """By page, the networks on which others than the brand link to it."""
    held, m = link_mentions.c, mentions.c
    found: dict[str, list[str]] = {}
    for some in chunks(urls):
        query = select(held.url, m.source).distinct().select_from(_JOINED)
        query = query.where(*where, held.url.in_(some), m.voice != "own")
        for row in connection.execute(query.order_by(held.url, m.source)):
            found.setdefault(row.url, []).append(row.source)
    return found


def _linkers(connection: Connection, urls: list[str], where: list[ColumnElement[bool]]) -> dict[str, list[Any]]:
    """By page, those who link to it most."""
    held, m = link_mentions.c, mentions.c
    key = (held.url, m.source, m.author_id)
    times = func.count()
    place = func.row_number().over(partition_by=held.url, order_by=(times.desc(), m.source, m.author_id))
    found: dict[str, list[Any]] = {}
    for some in chunks(urls):
        query = select(*key, times.label("posts"), place.label("place")).select_from(_JOINED)
        mine = (*where, held.url.in_(some), m.voice != "own", m.author_id.is_not(None))
        first = query.where(*mine).group_by(*key).subquery()
        profile = and_(authors.c.source == first.c.source, authors.c.author_id == first.c.author_id)
        named = select(first, authors.c.handle).outerjoin(authors, profile).where(first.c.place <= MOST_LINKERS)
        for row in connection.execute(named.order_by(first.c.url, first.c.place)):
            found.setdefault(row.url, []).append(row)
    return found


def _link(brand: str, row: Any, who: list[Any], networks: list[str]) -> StoredLink:
    return StoredLink(
        brand=brand,
        url=row.url,
        host=row.host,
        own_page=bool(row.own_page),
        posts=row.posts,
        authors=row.authors,
        sources=tuple(networks),
        first_at=row.first_at,
        last_at=row.last_at,
        own_posts=row.own_posts,
        linkers=tuple(
            Linker(source=one.source, author=one.author_id, handle=one.handle, posts=one.posts) for one in who
        ),
    )
