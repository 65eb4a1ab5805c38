"""SQL of what the fold makes of mentions: their cluster, their behaviour, their weight; and of the sums that follow."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec import Struct, json
from sqlalchemy import Connection, select

from mentions.clock import tick_start
from mentions.records import Reason
from processors.arrival import BucketDelta, Deltas, bucket_key
from processors.author_days import AuthorDay, AuthorDayKey, day_of
from processors.detection.campaign_state import POSTS, Campaign
from processors.fold import FoldMention
from processors.store.arrivals import add_to_buckets
from processors.store.chunks import chunks
from processors.store.findings import decode_reasons, encode_reasons
from processors.store.folding import add_author_days
from processors.store.keys import beside
from processors.store.schema import campaigns, mentions
from processors.store.tombstones import Hashes
from processors.store.upserts import insert

_COLUMNS = tuple(
    mentions.c[name]
    for name in (
        *("id", "source", "author_id", "voice", "lang", "label", "score", "weight", "created_at", "fold_tick"),
        *("cluster", "behaviour"),
    )
)

_UPDATE = "UPDATE mentions SET cluster = ?, weight = ?, behaviour = ? WHERE brand = ? AND id = ?"
_UPDATE_ALL = (  # PostgreSQL takes them as one statement
    "UPDATE mentions SET cluster = new.cluster, weight = new.weight, behaviour = new.behaviour "
    "FROM unnest(%s::text[], %s::int[], %s::text[], %s::text[], %s::text[]) "
    "AS new(cluster, weight, behaviour, brand, id) "
    "WHERE mentions.id = new.id AND mentions.brand = new.brand"
)


class Change(Struct, frozen=True, gc=False):
    """What a mention is from now on; None leaves a column as it is.

    Attributes:
        id: as it was when the mention was folded, or as it is now. weight: 0..1000.
        behaviour: these reasons take the place of those of the same term, and join the others.
    """

    id: str
    cluster: str | None = None
    weight: int | None = None
    behaviour: tuple[Reason, ...] = ()


def reweigh(
    connection: Connection,
    hashes: Hashes,
    brand: str,
    changes: Sequence[Change],
    known: Mapping[str, FoldMention],
    folded_until: int,
) -> None:
    """Write changes of mentions of one brand, and take them over into its buckets and the days of its authors.

    Args:
        known: mentions as they are stored, by id; the others that change are read.
        folded_until: mentions of later ticks are in no author's day yet.
    """
    if not changes:
        return
    rows = {**known, **_stored(connection, hashes, brand, [change.id for change in changes if change.id not in known])}
    deltas: Deltas = {}
    days: dict[AuthorDayKey, AuthorDay] = {}
    written = []
    for change in changes:
        row = rows.get(change.id)
        if row is None:
            continue
        after = _after(row, change)
        written.append((*after, brand, row.id))
        if row.author_id is None:
            continue  # erased: in no sum any more
        if row.weight != after.weight:
            key = bucket_key(brand, row.created_at, row.source, row.lang, row.voice)
            delta = deltas.setdefault(key, BucketDelta())
            delta.add(row.label, row.weight, sign=-1)
            delta.add(row.label, after.weight)
        if row.fold_tick <= folded_until and row.voice != "own":
            _move(days, hashes, brand, row, after)
    _write(connection, written)
    add_to_buckets(connection, deltas)
    add_author_days(connection, days)


def _stored(connection: Connection, hashes: Hashes, brand: str, ids: Sequence[str]) -> dict[str, Any]:
    """By the ids asked for; those that are erased meanwhile have another one now."""
    found = _rows(connection, brand, ids)
    gone = {hashes.erased_id(*id_.split(":", 1)): id_ for id_ in ids if id_ not in found}
    return found | {gone[id_]: row for id_, row in _rows(connection, brand, gone).items()}


def _rows(connection: Connection, brand: str, ids: Iterable[str]) -> dict[str, Any]:
    query = select(*_COLUMNS).where(mentions.c.brand == brand)
    found = (connection.execute(query.where(mentions.c.id.in_(chunk))).all() for chunk in chunks(sorted(set(ids))))
    return {row.id: row for rows in found for row in rows}


class _After(NamedTuple):
    """What is written of a mention."""

    cluster: str | None
    weight: int
    behaviour: str | None


def _after(row: Any, change: Change) -> _After:
    terms = {reason.term for reason in change.behaviour}
    others = tuple(reason for reason in decode_reasons(row.behaviour) if reason.term not in terms)
    return _After(
        row.cluster if change.cluster is None else change.cluster,
        row.weight if change.weight is None else change.weight,
        encode_reasons((*change.behaviour, *others)),
    )


def _move(days: dict[AuthorDayKey, AuthorDay], hashes: Hashes, brand: str, row: Any, after: _After) -> None:
    """Count a folded mention out of its author's day as it was, and in as it is now."""
    key = key_of(hashes, row.source, row.id)
    day = days.setdefault((brand, row.source, row.author_id, day_of(row.created_at)), AuthorDay())
    for cluster, weight, sign in ((row.cluster, row.weight, -1), (after.cluster, after.weight, 1)):
        day.add(row.label, row.score, weight, is_copy=cluster not in (None, key), sign=sign)


def _write(connection: Connection, written: Sequence[tuple[object, ...]]) -> None:
    """Cluster, weight and behaviour of mentions, each by brand and id; by the driver itself, for they are many."""
    if not written:
        return
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_UPDATE, list(written))
    else:
        connection.exec_driver_sql(_UPDATE_ALL, tuple(map(list, zip(*written, strict=True))))


def ids_of_cluster(connection: Connection, hashes: Hashes, brand: str, cluster: str) -> dict[str, str]:
    """Key -> id of the first mentions of a cluster."""
    query = (
        select(mentions.c.id, mentions.c.source)
        .where(mentions.c.brand == brand, mentions.c.cluster == cluster)
        .order_by(beside(mentions.c.fold_tick), mentions.c.created_at)
        .limit(2 * POSTS)
    )
    return {key_of(hashes, row.source, row.id): row.id for row in connection.execute(query).all()}


def key_of(hashes: Hashes, source: str, id_: str) -> str:
    """The key of a stored mention: its id, once it is erased."""
    prefix = f"{source}:"
    return hashes.erased_id(source, id_.removeprefix(prefix)) if id_.startswith(prefix) else id_


def save_campaigns(connection: Connection, found: Iterable[Campaign]) -> None:
    """Write campaigns as they are now."""
    rows = [
        {
            "brand": campaign.brand,
            "cluster": campaign.cluster,
            "kind": campaign.kind,
            "opened_at": tick_start(campaign.opened_tick + 1),
            "first_at": campaign.first_at,
            "last_at": campaign.last_at,
            "posts": campaign.posts,
            "authors": campaign.authors,
            "domains": _json(campaign.domains),
        }
        for campaign in found
    ]
    if not rows:
        return
    statement = insert(connection, campaigns)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in ("brand", "cluster")}
    connection.execute(statement.on_conflict_do_update(index_elements=["brand", "cluster"], set_=changed), rows)


def _json(words: Sequence[str]) -> str:
    return json.encode(words).decode()
