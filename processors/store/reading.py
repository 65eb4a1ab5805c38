"""Reading stored mentions: lists newest first, single ones, and what has just arrived."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Row, Select, and_, or_, select
from sqlalchemy.sql.elements import ColumnElement

from mentions.clock import tick_of
from mentions.errors import UsageError
from mentions.records import FULL_WEIGHT, Author, Engagement, Finding, Reason, Spam
from processors.detection.influence import Impact, impact
from processors.store.detail import decode_detail
from processors.store.findings import decode_findings, decode_reasons, has_finding
from processors.store.keys import among
from processors.store.schema import authors, mention_work, mentions
from processors.store.stored_brands import stored_brands
from processors.store.work import WORK_COLUMNS, Work, work_of

OVERLAP = timedelta(seconds=15)
"""How long a writer may take from naming `stored_at` to its commit, and still appear in `arrived`."""


class Wanted(Struct, frozen=True, kw_only=True):
    """Which mentions; None: any. Event time in [since, until); intent, aspect: the name of one of several."""

    brand: str | None = None
    source: str | None = None
    label: str | None = None
    lang: str | None = None
    voice: str | None = None
    intent: str | None = None
    aspect: str | None = None
    since: datetime | None = None
    until: datetime | None = None


ANY = Wanted()


class StoredMention(Struct, frozen=True, kw_only=True):
    """A mention as people and programs read it; None: unknown.

    Attributes:
        author: None once erased.
        label, score: None two hours after erasure.
        weight: what it counts, 0..1, after everything that is known by now. text_weight: by its text alone.
        behaviour: what the fold found of its author or its near-duplicates, and what that takes from its weight.
        cluster: id of the first of its near-duplicates; None: none had come when it was folded.
        impact: influence and engagement, by published formulas.
        late_by: whole minutes between its event time and the minute in which it was judged; 0 when it came in time.
        intents, aspects: what its author wants, what it is about, and the words that decided; none once erased.
        erased: its text, names, handles and links were deleted; its id is then a hash.
        work: what people made of it; None: nobody has touched it.
    """

    brand: str
    id: str
    source: str
    kind: str
    voice: str
    author: Author | None
    title: str | None
    text: str | None
    url: str | None
    lang: str
    label: str | None
    score: float | None
    p: tuple[float, float, float] | None
    reasons: tuple[Reason, ...]
    spam: Spam | None
    weight: float | None
    text_weight: float | None = None
    behaviour: tuple[Reason, ...] = ()
    cluster: str | None = None
    impact: Impact | None = None
    why: str
    query_version: int
    engine_version: str
    rules_version: str
    created_at: datetime
    received_at: datetime
    stored_at: datetime
    late_by: int
    clock_skew: bool
    in_reply_to: str | None
    root_id: str | None
    quoted_id: str | None
    links: tuple[str, ...]
    engagement: Engagement | None
    rating: float | None
    country: str | None
    erased: bool
    intents: tuple[Finding, ...]
    aspects: tuple[Finding, ...]
    work: Work | None


class Position(Struct, frozen=True, order=True):
    """A place in a list that is newest first."""

    created_at: datetime
    id: str
    brand: str

    @classmethod
    def of(cls, mention: StoredMention) -> "Position":
        """Give the place of a mention; `after` it the rest of the list follows."""
        return cls(mention.created_at, mention.id, mention.brand)

    def cursor(self) -> str:
        """Write as text for an address or a command line."""
        return f"{self.created_at.isoformat()}~{self.brand}~{self.id}"

    @classmethod
    def read(cls, cursor: str) -> "Position":
        """Read what `cursor` wrote.

        Raises:
            UsageError: it is something else.
        """
        try:
            created_at, brand, id_ = cursor.split("~", 2)
            return cls(msgspec.convert(created_at, datetime), id_, brand)
        except (ValueError, msgspec.ValidationError) as error:
            msg = f"found {cursor[:60]!r} as the place to go on from; give a cursor as it was returned"
            raise UsageError(msg) from error


def list_mentions(
    connection: Connection, wanted: Wanted = ANY, *, limit: int = 100, after: Position | None = None
) -> list[StoredMention]:
    """Read mentions newest first by (event time, id, brand), at most `limit`, those behind `after` only.

    Erased mentions are listed too, without what was erased.
    """
    brands = stored_brands(connection) if wanted.brand is None else [wanted.brand]
    # One ordered walk of an index for each brand; together in one statement no index would give the order.
    found = [row for brand in brands for row in connection.execute(newest_first(brand, wanted, after).limit(limit))]
    found.sort(key=lambda row: (row.created_at, row.id, row.brand), reverse=True)
    return list(map(_mention, found[:limit]))


def find_mentions(connection: Connection, id_: str, brand: str | None = None) -> list[StoredMention]:
    """Read the mentions with this id, one for each brand that it mentions, or that of one brand; none: no such id."""
    conditions = [mentions.c.id == id_] + ([mentions.c.brand == brand] if brand is not None else [])
    return list(map(_mention, connection.execute(_SELECT.where(*conditions).order_by(mentions.c.brand))))


def mentions_by(
    connection: Connection, source: str, author_id: str, wanted: Wanted = ANY, *, limit: int = 100
) -> list[StoredMention]:
    """Read what an author wrote, newest first, at most `limit`; of `wanted` its brand and times count."""
    column = mentions.c
    conditions = [column.source == source, column.author_id == author_id]
    conditions += [column.brand == wanted.brand] if wanted.brand is not None else []
    conditions += [column.created_at >= wanted.since] if wanted.since is not None else []
    conditions += [column.created_at < wanted.until] if wanted.until is not None else []
    newest = _SELECT.where(*conditions).order_by(column.created_at.desc(), column.id.desc(), column.brand.desc())
    return list(map(_mention, connection.execute(newest.limit(limit))))


class Shown(Struct, frozen=True):
    """What a live list has shown: everything stored until `until`, of which `keys` were stored last."""

    until: datetime | None = None
    keys: frozenset[tuple[str, str]] = frozenset()


NOTHING_SHOWN = Shown()


def arrived(connection: Connection, shown: Shown, *, limit: int = 100) -> tuple[list[StoredMention], Shown]:
    """Read what was stored since the last call, oldest first; of more than `limit` only the newest.

    Begin with `NOTHING_SHOWN`, hand back what was returned. The cost does not grow with the store. A mention whose
    writer took longer than `OVERLAP` to commit is passed over.
    """
    keys = select(mentions.c.brand, mentions.c.id, mentions.c.stored_at).order_by(mentions.c.stored_at.desc())
    if shown.until is None:
        rows = connection.execute(keys.limit(limit)).all()
    else:
        rows = connection.execute(keys.where(mentions.c.stored_at >= shown.until - OVERLAP)).all()
    if not rows:
        return [], shown
    until = rows[0].stored_at
    fresh = [(row.brand, row.id) for row in rows if (row.brand, row.id) not in shown.keys][:limit]
    kept = frozenset((row.brand, row.id) for row in rows if row.stored_at >= until - OVERLAP)
    return _by_keys(connection, fresh), Shown(until, kept)


def newest_first(brand: str, wanted: Wanted = ANY, after: Position | None = None) -> Select[Any]:
    """Build the statement behind `list_mentions` for one brand; a test looks at how it is executed."""
    column = mentions.c
    exact = {"brand": brand, "source": wanted.source, "label": wanted.label, "lang": wanted.lang, "voice": wanted.voice}
    conditions = [column[name] == value for name, value in exact.items() if value is not None]
    named = ((column.intents, wanted.intent), (column.aspects, wanted.aspect))
    conditions += [has_finding(findings, name) for findings, name in named if name is not None]
    if wanted.since is not None:
        conditions.append(column.created_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(column.created_at < wanted.until)
    if after is not None:
        conditions += _behind(after, brand)
    return _SELECT.where(*conditions).order_by(column.created_at.desc(), column.id.desc())


def _behind(after: Position, brand: str) -> Iterable[ColumnElement[bool]]:
    column = mentions.c
    earlier_id = column.id <= after.id if brand < after.brand else column.id < after.id
    # The first condition alone bounds the walk of the index.
    return column.created_at <= after.created_at, or_(column.created_at < after.created_at, earlier_id)


def _by_keys(connection: Connection, keys: Collection[tuple[str, str]]) -> list[StoredMention]:
    if not keys:
        return []
    chosen = _SELECT.where(among((mentions.c.brand, mentions.c.id), list(keys)))
    rows = connection.execute(chosen.order_by(mentions.c.stored_at, mentions.c.created_at, mentions.c.id))
    return list(map(_mention, rows))


_SELECT = (
    select(mentions, authors.c.handle, authors.c.name, authors.c.followers, *WORK_COLUMNS)
    .outerjoin(authors, and_(authors.c.source == mentions.c.source, authors.c.author_id == mentions.c.author_id))
    .outerjoin(mention_work, and_(mention_work.c.brand == mentions.c.brand, mention_work.c.id == mentions.c.id))
)


def _mention(row: Row[Any]) -> StoredMention:
    detail = decode_detail(row.detail)
    return StoredMention(
        brand=row.brand,
        id=row.id,
        source=row.source,
        kind=row.kind,
        voice=row.voice,
        author=None if row.author_id is None else Author(row.author_id, row.handle, row.name, row.followers),
        title=row.title,
        text=row.text,
        url=row.url,
        lang=row.lang,
        label=row.label,
        score=row.score,
        p=detail.p,
        reasons=detail.reasons,
        spam=None if detail.spam_score is None else Spam(detail.spam_score, detail.spam_reasons),
        weight=None if row.weight is None else row.weight / FULL_WEIGHT,
        text_weight=None if row.text_weight is None else row.text_weight / FULL_WEIGHT,
        behaviour=decode_reasons(row.behaviour),
        cluster=row.cluster,
        impact=None if row.erased_at is not None else impact(row.followers, detail.engagement),
        why=row.why,
        query_version=row.query_version,
        engine_version=row.engine_version,
        rules_version=detail.rules_version,
        created_at=row.created_at,
        received_at=row.received_at,
        stored_at=row.stored_at,
        late_by=max(0, row.fold_tick - tick_of(row.created_at)),
        clock_skew=detail.clock_skew,
        in_reply_to=row.in_reply_to,
        root_id=row.root_id,
        quoted_id=detail.quoted_id,
        links=detail.links,
        engagement=detail.engagement,
        rating=detail.rating,
        country=detail.country,
        erased=row.erased_at is not None,
        intents=decode_findings(row.intents),
        aspects=decode_findings(row.aspects),
        work=work_of(row),
    )
