"""The topics of the distributed runtime: who writes, who reads, how they are keyed and kept.

A topic is a contract (docs/topics.md). `mentions/examples/` holds an invented message for each record kind.
"""

from datetime import timedelta

from msgspec import Struct

MEBIBYTE = 2**20


class Topic(Struct, frozen=True, kw_only=True):
    """One topic.

    Attributes:
        partitions: 1 where order over everything matters; otherwise the default of `[kafka] partitions`.
        grows: whether `[kafka] partitions` says how many partitions it has.
        retention: None: compacted by key instead of dropped by age; otherwise at least so long.
        max_bytes: of one record. Each topic takes what the one before it can give, judgement and frame included.
    """

    name: str
    carries: tuple[str, ...]
    key: str
    partitions: int
    grows: bool = False
    retention: timedelta | None
    max_bytes: int
    writer: str
    readers: tuple[str, ...]


RAW = Topic(
    name="mentions.raw.v1",
    carries=("mention.v1", "deletion.v1", "heartbeat.v1"),
    key="source:author; heartbeats and deletions without author go to every partition",
    partitions=6,
    grows=True,
    retention=timedelta(days=7),
    max_bytes=4 * MEBIBYTE,
    writer="ingest",
    readers=("score",),
)
SCORED = Topic(
    name="mentions.scored.v1",
    carries=("scored.v1", "deletion.v1", "watermark.v1"),
    key="brand; watermarks and deletions go to every partition",
    partitions=6,
    grows=True,
    retention=timedelta(days=7),
    max_bytes=6 * MEBIBYTE,
    writer="score",
    readers=("watch",),
)
BRANDS = Topic(
    name="mentions.brands.v1",
    carries=("brand.v1", "account.v1", "layer.v1"),
    key="brand:NAME:VERSION, account:ACCOUNT, or layer:NAME",
    partitions=1,
    retention=None,
    max_bytes=1 * MEBIBYTE,
    writer="brands, label, serve, ingest",
    readers=("ingest", "score"),
)
DEAD = Topic(
    name="mentions.dlq.v1",
    carries=("dead letters: the record as it was; headers reason, topic, partition, offset",),
    key="that of the record",
    partitions=1,
    retention=timedelta(days=30),
    max_bytes=8 * MEBIBYTE,
    writer="score, watch",
    readers=("people",),
)
TOPICS: tuple[Topic, ...] = (RAW, SCORED, BRANDS, DEAD)
KIND_HEADER = "record"
"""The header that says a record's kind and version (`mention.v1`), for people and tools; no reader of ours needs it."""
