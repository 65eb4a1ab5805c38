"""What the store knows of authors beside their days: profiles, roles, campaigns, links, thanks. For few at once."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct
from sqlalchemy import Connection, and_, false, func, or_, select
from sqlalchemy.sql.elements import ColumnElement

from mentions.brands import Brand
from mentions.hosts import host_key
from processors.detection.roles import Listed, Role, names_of, says_paid
from processors.store.keys import among
from processors.store.schema import author_events, authors, campaigns, link_mentions, mentions

AuthorKey = tuple[str, str]
"""Source and author id."""
STREAMED = {"yield_per": 5_000}
"""Rows that a database hands over at once, where there may be many."""


class Facts(Struct, kw_only=True):
    """Of one author and the brands asked for.

    Attributes:
        own: one of the brands' own accounts. role_why: what made it the role; None for `public`.
        last_seen: event time of the last stored mention; None: no mention is left.
        campaign: posted a text of a coordinated campaign. links_given: mentions with a link to the brands' pages.
        thanked_at: when the team last said thanks.
    """

    handle: str | None = None
    name: str | None = None
    reach: int | None = None
    own: bool = False
    role: Role = "public"
    role_why: str | None = None
    last_seen: datetime | None = None
    campaign: bool = False
    links_given: int = 0
    thanked_at: datetime | None = None


def facts_of(
    connection: Connection,
    brands: Sequence[Brand],
    keys: Sequence[AuthorKey],
    since: datetime,
    until: datetime,
) -> dict[AuthorKey, Facts]:
    """Read the facts of authors from what they wrote in [since, until).

    Args:
        keys: at most `processors.store.chunks.SIZE`.
    """
    found = {key: Facts() for key in keys}
    if not keys:
        return found
    _take_profiles(connection, found)
    listed = Listed.of(brands)
    names = [brand.name for brand in brands]
    hosts: dict[AuthorKey, set[str]] = {}
    linking: dict[AuthorKey, set[str]] = {}
    said = connection.execute(_said(brands, keys, since, until), execution_options=STREAMED).partitions()
    for row in chain.from_iterable(said):
        key = (row.source, row.author_id)
        _take_mention(found[key], row)
        hosts.setdefault(key, set()).update(_host(row.url))
        if row.links:
            linking.setdefault(key, set()).add(row.id)
    for key, facts in found.items():
        _take_listed(facts, listed, key, hosts.get(key, ()))
        facts.links_given = len(linking.get(key, ()))
    for row in connection.execute(_thanks(names, keys, until)):
        found[row.source, row.author_id].thanked_at = row.at
    return found


def _take_profiles(connection: Connection, found: dict[AuthorKey, Facts]) -> None:
    key = (authors.c.source, authors.c.author_id)
    query = select(*key, authors.c.handle, authors.c.name, authors.c.followers).where(among(key, list(found)))
    for row in connection.execute(query):
        facts = found[row.source, row.author_id]
        facts.handle, facts.name, facts.reach = row.handle, row.name, row.followers


def _said(brands: Sequence[Brand], keys: Sequence[AuthorKey], since: datetime, until: datetime) -> Any:
    m, held = mentions.c, link_mentions.c
    alerted = and_(campaigns.c.brand == m.brand, campaigns.c.cluster == m.cluster, campaigns.c.kind == "coordinated")
    pages = or_(false(), *(and_(held.brand == brand.name, on_pages(brand)) for brand in brands))
    links = select(held.id).where(held.brand == m.brand, held.id == m.id, pages).exists().label("links")
    columns = (m.id, m.source, m.author_id, m.voice, m.created_at, m.title, m.text, m.url, campaigns.c.cluster, links)
    # not the bare column: SQLite would walk the whole brand by its index of times, once for each run of authors
    brand = func.coalesce(m.brand, "")
    written = (brand.in_([one.name for one in brands]), m.created_at >= since, m.created_at < until)
    return select(*columns).outerjoin(campaigns, alerted).where(among((m.source, m.author_id), keys), *written)


def _take_mention(facts: Facts, row: Any) -> None:
    if facts.last_seen is None or row.created_at > facts.last_seen:
        facts.last_seen = row.created_at
    facts.campaign = facts.campaign or row.cluster is not None
    facts.own = facts.own or row.voice == "own"
    if row.voice == "ambassador":
        facts.role, facts.role_why = "staff", "an ambassador of the brand"
    elif facts.role == "public" and (words := says_paid(" ".join(filter(None, (row.title, row.text))))):
        facts.role, facts.role_why = "paid", f"says: {words}"


def _take_listed(facts: Facts, listed: Listed, key: AuthorKey, hosts: Iterable[str]) -> None:
    names = names_of(*key, facts.handle)
    facts.own = facts.own or listed.is_own(names)
    if facts.role == "staff" or listed.is_staff(names):
        facts.role, facts.role_why = "staff", "an ambassador of the brand"
        return
    # on networks where a handle is a host name, it says who publishes
    handle = [host_key(facts.handle)] if facts.handle and "." in facts.handle else []
    if why := listed.medium(names, [*handle, *hosts]):
        facts.role, facts.role_why = "media", why


def _host(url: str | None) -> set[str]:
    try:
        return {host_key(urlsplit(url or "").hostname or "")}
    except ValueError:
        return set()


def on_pages(brand: Brand) -> ColumnElement[bool]:
    """The condition on `link_mentions` that a link leads to one of the brand's pages, by its `domains`."""
    host = link_mentions.c.host
    ours = [host_key(domain).removeprefix("www.") for domain in brand.domains]
    return or_(false(), host.in_(ours), *(host.endswith(f".{domain}", autoescape=True) for domain in ours))


def _thanks(names: list[str], keys: Sequence[AuthorKey], until: datetime) -> Any:
    e = author_events.c
    last = select(e.source, e.author_id, func.max(e.at).label("at")).where(e.brand.in_(names), e.what == "thanked")
    return last.where(among((e.source, e.author_id), keys), e.at < until).group_by(e.source, e.author_id)
