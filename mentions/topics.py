"""The topics of the distributed runtime: who writes, who reads, how they are keyed and kept.

A topic is a contract. `mentions/examples/` holds an invented message for each record kind.
"""

from datetime import timedelta

from msgspec import Struct


class Topic(Struct, frozen=True, kw_only=True):
    """One topic. `retention` None: compacted by key instead of dropped by age."""

    name: str
    carries: tuple[str, ...]
    key: str
    partitions: int
    retention: timedelta | None
    writer: str
    readers: tuple[str, ...]


RAW = Topic(
    name="mentions.raw.v1",
    carries=("mention.v1", "deletion.v1", "heartbeat.v1"),
    key="author; heartbeats and deletions without author go to every partition",
    partitions=6,
    retention=timedelta(days=7),
    writer="ingest",
    readers=("score",),
)
SCORED = Topic(
    name="mentions.scored.v1",
    carries=("scored.v1", "deletion.v1", "watermark.v1"),
    key="brand; watermarks and deletions go to every partition",
    partitions=6,
    retention=timedelta(days=7),
    writer="score",
    readers=("watch",),
)
BRANDS = Topic(
    name="mentions.brands.v1",
    carries=("brand.v1",),
    key="brand:version",
    partitions=1,
    retention=None,
    writer="brands",
    readers=("ingest", "score", "watch"),
)
DEAD = Topic(
    name="mentions.dlq.v1",
    carries=("dead letters: payload, reason, topic, partition, offset",),
    key="none",
    partitions=1,
    retention=timedelta(days=30),
    writer="score, watch",
    readers=("people",),
)
TOPICS: tuple[Topic, ...] = (RAW, SCORED, BRANDS, DEAD)
