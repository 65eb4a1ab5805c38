"""Reading campaigns: near-duplicates by several authors, with their posts and who wrote them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, and_, select
from sqlalchemy.sql.elements import ColumnElement

from mentions.errors import UsageError
from processors.detection.verdict import CampaignKind
from processors.store.schema import campaigns, mentions

MOST_POSTS = 10_000
"""Posts of a campaign whose ids are given; `post_count` tells of all."""
PREFIX = "campaign:"


class CampaignsWanted(Struct, frozen=True, kw_only=True):
    """Which campaigns; None: any. Opened in [since, until)."""

    brands: tuple[str, ...] | None = None
    kind: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class StoredCampaign(Struct, frozen=True, kw_only=True):
    """A campaign as people and programs read it.

    Attributes:
        id: `campaign:BRAND/CLUSTER`, which `explain` takes. kind: `coordinated`, `organic` (one article shared by
            many) or `own` (the brand's own words travelling).
        opened_at: when it had enough authors. posts: ids of its stored mentions in order of time, erased ones by their
            hash. authors: `SOURCE:ID` in the order in which they came. post_count, author_count: as they were folded.
        sample: title and text of the first post that is not erased; None: all are. first_post: its first post's id;
            None: none is stored any more.
        domains: hosts linked to, most linked first.
    """

    id: str
    brand: str
    kind: CampaignKind
    opened_at: datetime
    first_at: datetime
    last_at: datetime
    span_minutes: float
    post_count: int
    author_count: int
    sample: str | None
    first_post: str | None
    domains: tuple[str, ...]
    posts: tuple[str, ...]
    authors: tuple[str, ...]


def list_campaigns(connection: Connection, wanted: CampaignsWanted, *, limit: int = 100) -> list[StoredCampaign]:
    """Read campaigns, the last opened first, at most `limit`."""
    column = campaigns.c
    where: list[ColumnElement[bool]] = [column.brand.in_(wanted.brands)] if wanted.brands is not None else []
    where += [column.kind == wanted.kind] if wanted.kind is not None else []
    where += [column.opened_at >= wanted.since] if wanted.since is not None else []
    where += [column.opened_at < wanted.until] if wanted.until is not None else []
    newest = select(campaigns).where(*where).order_by(column.opened_at.desc(), column.brand, column.cluster)
    return [_campaign(connection, row) for row in connection.execute(newest.limit(limit)).all()]


def find_campaign(connection: Connection, id_: str) -> StoredCampaign:
    """Read the campaign with this id, with or without `campaign:` before it.

    Raises:
        UsageError: there is none.
    """
    brand, _, cluster = id_.removeprefix(PREFIX).partition("/")
    where = and_(campaigns.c.brand == brand, campaigns.c.cluster == cluster)
    row = connection.execute(select(campaigns).where(where)).first()
    if row is None:
        msg = f"there is no campaign {id_!r}; `atalaya campaigns` lists them with their ids"
        raise UsageError(msg)
    return _campaign(connection, row)


def _campaign(connection: Connection, row: Any) -> StoredCampaign:
    posts = _posts(connection, row.brand, row.cluster)
    readable = next((post for post in posts if post.text is not None), None)
    writers = [f"{post.source}:{post.author_id}" for post in posts if post.author_id is not None]
    return StoredCampaign(
        id=f"{PREFIX}{row.brand}/{row.cluster}",
        brand=row.brand,
        kind=row.kind,
        opened_at=row.opened_at,
        first_at=row.first_at,
        last_at=row.last_at,
        span_minutes=round((row.last_at - row.first_at).total_seconds() / 60, 1),
        post_count=row.posts,
        author_count=row.authors,
        sample=None if readable is None else "\n".join(filter(None, (readable.title, readable.text))),
        first_post=posts[0].id if posts else None,
        domains=tuple(msgspec.json.decode(row.domains)),
        posts=tuple(post.id for post in posts),
        authors=tuple(dict.fromkeys(writers)),
    )


def _posts(connection: Connection, brand: str, cluster: str) -> Sequence[Any]:
    m = mentions.c
    query = select(m.id, m.source, m.author_id, m.title, m.text).where(m.brand == brand, m.cluster == cluster)
    return connection.execute(query.order_by(m.created_at, m.id).limit(MOST_POSTS)).all()
