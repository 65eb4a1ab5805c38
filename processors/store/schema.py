"""Every table. `processors/store/migrations` creates them; a test proves that both agree.

Derived tables can be recomputed from `mentions`; what people write (`schema_written`) never is.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    text,
)

from processors.store.metadata import metadata
from processors.store.schema_written import (
    action_events,
    actions,
    alert_events,
    author_events,
    brands,
    label_events,
    labels,
    layer_choices,
    layers,
    mention_work,
    mutes,
    reviews,
    rule_words,
    work_events,
)
from processors.store.types import Instant, Key

__all__ = [
    "BUCKET_COUNTS",
    "action_events",
    "actions",
    "alert_events",
    "alert_steps",
    "alerts",
    "author_days",
    "author_events",
    "authors",
    "brand_state",
    "brands",
    "buckets",
    "campaigns",
    "coverage",
    "dead_letters",
    "deliveries",
    "drops",
    "label_events",
    "labels",
    "layer_choices",
    "layers",
    "link_mentions",
    "mention_work",
    "mentions",
    "meta",
    "metadata",
    "mutes",
    "progress",
    "reviews",
    "rule_words",
    "spike_ticks",
    "tombstones",
    "watermarks",
    "work_events",
]

meta = Table(
    "meta",
    metadata,
    Column("key", Key, primary_key=True),
    Column("value", Text, nullable=False),
    comment="Facts about this store itself: its identity and the key of its author hashes.",
)

mentions = Table(
    "mentions",
    metadata,
    Column("brand", Key, primary_key=True),
    Column("id", Key, primary_key=True, comment="source:native_id; once erased, erased: and a keyed hash"),
    Column("source", Key, nullable=False),
    Column("kind", Key, nullable=False),
    Column("voice", Key, nullable=False),
    Column("author_id", Key, comment="null once erased"),
    Column("author_key", Key, comment="keyed hash of source and author; null two hours after erasure"),
    Column("title", Text),
    Column("text", Text),
    Column("url", Text),
    Column("lang", Key, nullable=False),
    Column("label", Key, comment="null two hours after erasure"),
    Column("score", Float),
    Column("text_weight", Integer),
    Column("weight", Integer, comment="text_weight until folded; then what the fold made of it"),
    Column("created_at", Instant, nullable=False, comment="event time"),
    Column("received_at", Instant, nullable=False),
    Column("stored_at", Instant, nullable=False),
    Column("fold_tick", BigInteger, nullable=False),
    Column("in_reply_to", Key),
    Column("root_id", Key),
    Column("why", Text, nullable=False),
    Column("query_version", Integer, nullable=False),
    Column("engine_version", Key, nullable=False),
    Column("erased_at", Instant),
    Column("detail", LargeBinary, comment="JSON: what is shown but never searched (reasons, links, engagement, ...)"),
    Column("intents", Text, comment="JSON list of mentions.records.Finding; null: none"),
    Column("aspects", Text, comment="JSON list of mentions.records.Finding; null: none"),
    Column("sketch", LargeBinary, comment="near-duplicate sketch, at most 256 bytes; null: none was made"),
    Column("cluster", Key, comment="what a mention and its near-duplicates share; null: none had come when it folded"),
    Column("behaviour", Text, comment="JSON list of mentions.records.Reason: what the fold found; null: nothing"),
    Index(None, "brand", "fold_tick"),
    Index(None, "brand", "created_at"),
    Index(None, "stored_at"),
    Index("ix_mentions_created_at_brin", "created_at", postgresql_using="brin", info={"only": "postgresql"}).ddl_if(
        dialect="postgresql"
    ),
    Index(None, "source", "author_id"),
    # In this order it also finds an id whatever the brand; a second index on ids, which come in no order, would cost
    # a third of the whole insert.
    PrimaryKeyConstraint("id", "brand"),
    *(
        Index(
            f"ix_mentions_{name}",
            name,
            sqlite_where=text(f"{name} IS NOT NULL"),
            postgresql_where=text(f"{name} IS NOT NULL"),
        )
        for name in ("in_reply_to", "root_id")
    ),
    Index(
        "ix_mentions_brand_cluster",
        "brand",
        "cluster",
        sqlite_where=text("cluster IS NOT NULL"),
        postgresql_where=text("cluster IS NOT NULL"),
    ),
    # the brand's own posts and its ambassadors': few, and looked for among all (`review_counts.by_voice`)
    Index(
        "ix_mentions_voices",
        "brand",
        "voice",
        "created_at",
        sqlite_where=text("voice <> 'public'"),
        postgresql_where=text("voice <> 'public'"),
    ),
    Index(
        "ix_mentions_erased_at",
        "erased_at",
        sqlite_where=text("erased_at IS NOT NULL"),
        postgresql_where=text("erased_at IS NOT NULL"),
    ),
)

authors = Table(
    "authors",
    metadata,
    Column("source", Key, primary_key=True),
    Column("author_id", Key, primary_key=True),
    Column("handle", Key),
    Column("name", Key),
    Column("followers", BigInteger),
    Column("profile_at", Instant, comment="event time of the mention that the three columns above come from"),
    Column("profile_id", Key),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
)

author_days = Table(
    "author_days",
    metadata,
    Column("brand", Key, primary_key=True),
    Column("source", Key, primary_key=True),
    Column("author_id", Key, primary_key=True),
    Column("day", Integer, primary_key=True, comment="days since 1970, UTC, of event time"),
    Column("mentions", Integer, nullable=False),
    Column("positive", Integer, nullable=False),
    Column("neutral", Integer, nullable=False),
    Column("negative", Integer, nullable=False),
    Column("unjudged", Integer, nullable=False),
    Column("weight", BigInteger, nullable=False, comment="sum of weights, thousandths"),
    Column("copies", Integer, nullable=False, server_default="0", comment="near-duplicates of an earlier mention"),
    Column("spam", Integer, nullable=False, server_default="0", comment="others of less than half their weight"),
    Column("score", BigInteger, nullable=False, server_default="0", comment="sum of the rest's, thousandths"),
)

BUCKET_COUNTS = tuple(
    f"{prefix}{label}" for prefix in ("", "w_") for label in ("positive", "neutral", "negative", "unjudged")
)

buckets = Table(
    "buckets",
    metadata,
    Column("brand", Key, primary_key=True),
    Column("start", Instant, primary_key=True, comment="five minutes, half-open, of event time"),
    Column("source", Key, primary_key=True),
    Column("lang", Key, primary_key=True),
    Column("voice", Key, primary_key=True),
    *(Column(name, BigInteger, nullable=False) for name in BUCKET_COUNTS),
)

brand_state = Table(
    "brand_state",
    metadata,
    Column("brand", Key, primary_key=True),
    Column("component", Key, primary_key=True),
    Column("version", SmallInteger, nullable=False),
    Column("rev", BigInteger, nullable=False),
    Column("folded_until", BigInteger, nullable=False, comment="last folded tick"),
    Column("data", LargeBinary, nullable=False),
)

link_mentions = Table(
    "link_mentions",
    metadata,
    Column("brand", Key, primary_key=True),
    Column("url", Key, primary_key=True, comment="without fragment and tracking parameters"),
    Column("id", Key, primary_key=True, comment="of the mention; its rows go when it is erased"),
    Column("host", Key, nullable=False),
    Column("created_at", Instant, nullable=False),
    Index(None, "brand", "id"),
    Index(None, "brand", "created_at"),
    comment="Which mention holds which link.",
)

campaigns = Table(
    "campaigns",
    metadata,
    Column("brand", Key, primary_key=True),
    Column("cluster", Key, primary_key=True),
    Column("kind", Key, nullable=False, comment="coordinated, organic or own"),
    Column("opened_at", Instant, nullable=False, comment="end of the tick in which it had enough authors"),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("posts", Integer, nullable=False),
    Column("authors", Integer, nullable=False),
    Column("domains", Text, nullable=False, comment="JSON list of hosts, most linked first"),
    Index(None, "brand", "opened_at"),
    comment="Clusters of near-duplicates by several authors; their mentions are those with that cluster.",
)

spike_ticks = Table(
    "spike_ticks",
    metadata,
    Column("brand", Key, primary_key=True),
    Column("tick", BigInteger, primary_key=True, comment="minutes since 1970, of the last minute of the rolling hour"),
    Column("negatives", Float, nullable=False, comment="votes of the rolling hour"),
    Column("total", Float, nullable=False),
    Column("expected", Float, comment="negatives; null: nothing learned yet"),
    Column("low", Float, comment="of the band of the usual"),
    Column("high", Float),
    Column("score", Float),
    Column("state", Key, nullable=False, comment="usual, learning or incomplete"),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", Key, primary_key=True, comment="processors.detection.steps.alert_id"),
    Column("kind", Key, nullable=False),
    Column("brand", Key, nullable=False),
    Column("subject", Key, nullable=False, comment="what sets it apart from others of its kind and brand"),
    Column("severity", Key, nullable=False, comment="the highest so far"),
    Column("opened_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("score", Float, nullable=False, comment="the highest so far"),
    Column("historic", Boolean, nullable=False, comment="opened long before it was seen; not delivered"),
    Column("evidence", Text, nullable=False, comment="JSON object: numbers and mentions' ids"),
    Column("explanation", Text, nullable=False, comment="JSON object: terms, mentions' ids, shares"),
    Index(None, "brand", "opened_at"),
    Index(None, "opened_at"),
)

alert_steps = Table(
    "alert_steps",
    metadata,
    Column("alert", Key, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="1: opened"),
    Column("step", Key, nullable=False, comment="open, escalate, update, close"),
    Column("at", Instant, nullable=False, comment="end of its tick"),
    Column("severity", Key, nullable=False),
    Column("score", Float, nullable=False),
    Column("evidence", Text, nullable=False, comment="JSON object, as it was"),
    comment="The life of an alert, as the detectors told it.",
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("alert", Key, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="of the step that is told"),
    Column("channel", Key, primary_key=True, comment="its name in the configuration"),
    Column("state", Key, nullable=False, comment="waiting, sent, failed, muted, held back"),
    Column("due_at", Instant, nullable=False),
    Column("leased_until", Instant, comment="somebody is sending it until then"),
    Column("leased_by", Key),
    Column("attempts", Integer, nullable=False),
    Column("error", Text),
    Column("sent_at", Instant),
    Index(
        "ix_deliveries_waiting",
        "due_at",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
    comment="What is to be told to whom; its key names the message for ever.",
)

coverage = Table(
    "coverage",
    metadata,
    Column("outbox_id", Key, primary_key=True),
    Column("source", Key, primary_key=True),
    Column("shard", Key, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("source_class", Key, nullable=False),
    Column("complete_until", Instant),
    Column("holds", Boolean, nullable=False),
    Column("seen", BigInteger, nullable=False),
    Column("matched", BigInteger, nullable=False),
    Column("deletions", BigInteger, nullable=False),
    Column("hits", Text, nullable=False, comment="JSON object: brand to count"),
    Column("dropped", Text, nullable=False, comment="JSON object: drop reason to count"),
    Column("gaps", Text, nullable=False, comment="JSON list of {start, end, why}"),
    Index(None, "at"),
    Index("ix_coverage_gaps", "at", sqlite_where=text("gaps <> '[]'"), postgresql_where=text("gaps <> '[]'")),
)

drops = Table(
    "drops",
    metadata,
    Column("brand", Key, primary_key=True, comment="empty when no brand is known"),
    Column("source", Key, primary_key=True),
    Column("reason", Key, primary_key=True),
    Column("count", BigInteger, nullable=False),
    comment="What was dropped after the log: duplicates, edits, corrupt or unknown records.",
)

progress = Table(
    "progress",
    metadata,
    Column("log_id", Key, primary_key=True),
    Column("topic", Key, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("offset", BigInteger, nullable=False, comment="last processed; -1: none yet"),
    Column("watermark", Instant),
)

watermarks = Table(
    "watermarks",
    metadata,
    Column("log_id", Key, primary_key=True),
    Column("topic", Key, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("raw_partition", Integer, primary_key=True),
    Column("shard", Key, primary_key=True, comment="outbox_id/source/shard"),
    Column("raw_partitions", Integer, nullable=False),
    Column("source_class", Key, nullable=False),
    Column("holds", Boolean, nullable=False),
    Column("at", Instant, nullable=False),
    Column("complete_until", Instant),
)

tombstones = Table(
    "tombstones",
    metadata,
    Column("partition", Integer, primary_key=True),
    Column("key", Key, primary_key=True, comment="keyed hash of source and native id, or of source and author id"),
    Column("at", Instant, nullable=False),
)

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("log_id", Key, primary_key=True),
    Column("topic", Key, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("offset", BigInteger, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("reason", Key, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    comment="Log records that could not be read, kept as they were.",
)
