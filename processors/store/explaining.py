"""What explains an alert, read when it opens: of closed ticks only, so that it comes out the same whenever."""

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from typing import Any

from msgspec import structs
from sqlalchemy import Connection, case, func, select

from mentions.links import links_of_parts
from processors.detection.explaining import Compared, Document, Explanation, explain
from processors.detection.steps import AlertStep
from processors.store.chunks import chunks
from processors.store.detail import decode_detail
from processors.store.keys import beside
from processors.store.schema import mentions
from processors.store.tombstones import Hashes

HOUR, DAY, WEEK = 60, 24 * 60, 7 * 24 * 60
"""Ticks."""
BASELINE = 300
"""Earlier mentions that a spike's terms are held against, of at most two weeks."""
MOST_OF_CLUSTER = 200
BASELINE_TICKS = 2 * WEEK
_COLUMNS = tuple(
    mentions.c[name]
    for name in (
        "id",
        "source",
        "author_id",
        "author_key",
        "title",
        "text",
        "lang",
        "created_at",
        "cluster",
    )
)
_OF_SPIKE = (*_COLUMNS, mentions.c.detail, mentions.c.weight)


def explained(
    connection: Connection, hashes: Hashes, steps: Iterable[AlertStep], masked: Mapping[str, Set[str]]
) -> dict[str, dict[str, object]]:
    """Explanations of the alerts that these steps open or escalate, by alert id.

    Args:
        steps: those whose evidence names `mentions`. masked: names of each brand, which are no cause.
    """
    return {
        step.alert_id: explain_step(connection, hashes, step, masked.get(step.brand, frozenset())).plain()
        for step in steps
        if step.step in ("open", "escalate")
    }


def explain_step(connection: Connection, hashes: Hashes, step: AlertStep, masked: Set[str]) -> Explanation:
    """Why an alert stands where it does at this step."""
    ids = _mentions_of(connection, step)
    spike = documents(connection, hashes, step.brand, ids)
    before = step.tick - HOUR
    return explain(
        spike,
        earlier(connection, hashes, step.brand, before),
        masked=masked,
        known_authors=_heard_before(connection, hashes, step.brand, before, ids),
        day_before=_compared(connection, step.brand, step.tick - DAY),
        week_before=_compared(connection, step.brand, step.tick - WEEK),
    )


def _mentions_of(connection: Connection, step: AlertStep) -> list[str]:
    """The ids that the evidence names, or those of the cluster that it is about."""
    ids, cluster = step.evidence.get("mentions"), step.evidence.get("cluster")
    if isinstance(ids, list):
        return ids
    if not isinstance(cluster, str):
        return []
    tick = beside(mentions.c.fold_tick)
    mine = (mentions.c.brand == step.brand, mentions.c.cluster == cluster, tick <= step.tick)
    order = (tick, mentions.c.created_at, mentions.c.id)
    return list(connection.scalars(select(mentions.c.id).where(*mine).order_by(*order).limit(MOST_OF_CLUSTER)))


def documents(connection: Connection, hashes: Hashes, brand: str, ids: Collection[str]) -> list[Document]:
    """Those of these mentions that are not erased."""
    found: list[Document] = []
    for chunk in chunks(sorted(ids)):
        query = select(*_OF_SPIKE).where(mentions.c.brand == brand, mentions.c.id.in_(chunk))
        found += [_with_links(hashes, row) for row in connection.execute(query) if row.author_id is not None]
    return found


def earlier(connection: Connection, hashes: Hashes, brand: str, before: int) -> list[Document]:
    """The last mentions of the public that were folded before a tick; without links and weight."""
    query = (
        select(*_COLUMNS)
        .where(
            mentions.c.brand == brand,
            mentions.c.fold_tick < before,
            mentions.c.fold_tick >= before - BASELINE_TICKS,
            mentions.c.author_id.is_not(None),
            mentions.c.voice != "own",
        )
        .order_by(mentions.c.fold_tick.desc(), mentions.c.created_at.desc(), mentions.c.id.desc())
        .limit(BASELINE)
    )
    return [_document(hashes, row) for row in connection.execute(query)]


def _with_links(hashes: Hashes, row: Any) -> Document:
    post = _document(hashes, row)
    links = links_of_parts(decode_detail(row.detail).links, post.text)
    return structs.replace(post, links=tuple(url for url, _ in links), weight=row.weight)


def _document(hashes: Hashes, row: Any) -> Document:
    text = f"{row.title}\n{row.text}" if row.title else row.text or ""
    return Document(
        id=row.id,
        author=hashes.author_key(row.source, row.author_id),
        text=text,
        lang=row.lang,
        source=row.source,
        created_at=row.created_at,
        cluster=row.cluster,
    )


def _heard_before(
    connection: Connection, hashes: Hashes, brand: str, before: int, ids: Sequence[str]
) -> frozenset[str]:
    """Keys of the authors of these mentions of whom an earlier one was folded before a tick."""
    people: set[tuple[str, str]] = set()
    for chunk in chunks(sorted(ids)):
        query = select(mentions.c.source, mentions.c.author_id).where(
            mentions.c.brand == brand, mentions.c.id.in_(chunk), mentions.c.author_id.is_not(None)
        )
        people |= {(row.source, row.author_id) for row in connection.execute(query)}
    by_source: dict[str, list[str]] = {}
    for source, author_id in sorted(people):
        by_source.setdefault(source, []).append(author_id)
    known: set[str] = set()
    for source, authors in by_source.items():
        for chunk in chunks(authors):
            mine = (mentions.c.source == source, mentions.c.author_id.in_(chunk), beside(mentions.c.brand) == brand)
            query = select(mentions.c.author_id).where(*mine, mentions.c.fold_tick < before).distinct()
            known |= {hashes.author_key(source, author_id) for author_id in connection.scalars(query) if author_id}
    return frozenset(known)


def _compared(connection: Connection, brand: str, tick: int) -> Compared | None:
    """Negatives and all mentions of the public in the hour up to a tick; None where there is no mention so early."""
    window = (mentions.c.fold_tick > tick - HOUR, mentions.c.fold_tick <= tick, mentions.c.voice != "own")
    negative = func.sum(case((mentions.c.label == "negative", 1), else_=0))
    row = connection.execute(select(func.count(), negative).where(mentions.c.brand == brand, *window)).one()
    if not row[0] and _begins_behind(connection, brand, tick):
        return None
    return Compared(negatives=int(row[1] or 0), total=int(row[0]))


def _begins_behind(connection: Connection, brand: str, tick: int) -> bool:
    query = select(mentions.c.id).where(mentions.c.brand == brand, mentions.c.fold_tick <= tick).limit(1)
    return connection.execute(query).first() is None
