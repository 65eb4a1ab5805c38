"""Invented rows for tests of the store's reading side, written past the pipeline."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, insert

from mentions.clock import bucket_of, tick_of
from mentions.records import LABELS, Gap
from processors.store.schema import BUCKET_COUNTS, authors, buckets, coverage, mentions, watermarks
from processors.store.upserts import insert as upserting

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)


def mention(id_: str = "bluesky:1", **changes: Any) -> dict[str, Any]:
    """Return a row of `mentions`: Spanish, positive, full weight, stored as soon as it was written."""
    created = changes.get("created_at", NOON)
    row: dict[str, Any] = {
        "brand": "lumbre",
        "id": id_,
        "source": id_.partition(":")[0],
        "kind": "post",
        "voice": "public",
        "author_id": "did:ana",
        "author_key": None,
        "title": None,
        "text": f"El pan de Lumbre, {id_}",
        "url": None,
        "lang": "es",
        "label": "positive",
        "score": 0.5,
        "text_weight": 1000,
        "weight": 1000,
        "created_at": created,
        "received_at": created,
        "stored_at": created,
        "fold_tick": tick_of(created),
        "in_reply_to": None,
        "root_id": None,
        "why": "lumbre",
        "query_version": 1,
        "engine_version": "rules-1",
        "erased_at": None,
        "detail": None,
        "intents": None,
        "aspects": None,
        "cluster": None,
        "behaviour": None,
    }
    assert changes.keys() <= row.keys()
    return row | changes


def put(connection: Connection, *rows: dict[str, Any]) -> None:
    """Insert mentions and count those that are not erased in their buckets, as the pipeline would."""
    connection.execute(insert(mentions), rows)
    counts: dict[tuple[object, ...], dict[str, int]] = {}
    for row in rows:
        if row["erased_at"] is None:
            place = (row["brand"], bucket_of(row["created_at"]), row["source"], row["lang"], row["voice"])
            count = counts.setdefault(place, dict.fromkeys(BUCKET_COUNTS, 0))
            assert row["label"] in LABELS
            count[row["label"]] += 1
            count[f"w_{row['label']}"] += row["weight"]
    names = ("brand", "start", "source", "lang", "voice")
    for key, count in counts.items():
        statement = upserting(connection, buckets)
        more = {name: buckets.c[name] + statement.excluded[name] for name in BUCKET_COUNTS}
        connection.execute(
            statement.on_conflict_do_update(index_elements=names, set_=more), dict(zip(names, key, strict=True)) | count
        )


def person(author_id: str = "did:ana", source: str = "bluesky", **changes: Any) -> dict[str, Any]:
    """Return a row of `authors`."""
    row = {"handle": "ana.example", "name": "Ana", "followers": 12, "profile_at": NOON, "profile_id": "bluesky:1"}
    return {"source": source, "author_id": author_id, **row, "first_at": NOON, "last_at": NOON, **changes}


def put_people(connection: Connection, *rows: dict[str, Any]) -> None:
    """Insert authors."""
    connection.execute(insert(authors), rows)


def heard(
    connection: Connection,
    beats: Iterable[datetime],
    *,
    source: str = "bluesky",
    outbox_id: str = "box",
    source_class: str = "stream",
    complete_until: datetime | None = None,
    gaps: tuple[Gap, ...] = (),
    **counts: Any,
) -> None:
    """Insert what the pipeline keeps of a shard's heartbeats, each with the same counts; the last one has the gaps."""
    beats = sorted(beats)
    numbers = {"seen": 0, "matched": 0, "deletions": 0} | {
        key: value for key, value in counts.items() if isinstance(value, int)
    }
    texts = {key: msgspec.json.encode(counts.get(key, {})).decode() for key in ("hits", "dropped")}
    rows = [
        {
            "outbox_id": outbox_id, "source": source, "shard": "main", "seq": number, "at": at, "holds": True,
            "source_class": source_class, "complete_until": at, "gaps": "[]", **numbers, **texts,
        }
        for number, at in enumerate(beats)
    ]  # fmt: skip
    rows[-1]["gaps"] = msgspec.json.encode(gaps).decode()
    connection.execute(insert(coverage), rows)
    connection.execute(
        insert(watermarks),
        {
            "log_id": outbox_id, "topic": "outbox", "partition": 0, "raw_partition": 0, "raw_partitions": 1,
            "shard": f"{outbox_id}/{source}/main", "source_class": source_class, "holds": source_class == "stream",
            "at": beats[-1], "complete_until": complete_until or beats[-1],
        },
    )  # fmt: skip


def every(step: timedelta, since: datetime, until: datetime) -> list[datetime]:
    """Return the moments since, since + step, ... up to and with `until`."""
    return [since + step * number for number in range((until - since) // step + 1)]
