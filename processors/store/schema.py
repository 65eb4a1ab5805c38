"""Every table. `processors/store/migrations` creates them; a test proves that both agree.

Derived tables can be recomputed from `mentions`; the tables under "what people write" never are.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    text,
)

from processors.store.types import Instant, Key

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)

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

# --- what people write: never derived, never touched by recomputation or re-import ---

brands = Table(
    "brands",
    metadata,
    Column("name", Key, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("definition", Text, nullable=False, comment="JSON of mentions.brands.Brand"),
    Column("effective_from", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("changed_by", Key, nullable=False),
    Column("why", Text, nullable=False),
    Column("retired", Boolean, nullable=False),
    Column("seed", Key, comment="digest of the configuration that this version was seeded from"),
)

mention_work = Table(
    "mention_work",
    metadata,
    Column("brand", Key, primary_key=True),
    Column("id", Key, primary_key=True),
    Column("status", Key, nullable=False, comment="new, open, waiting, answered, answered_private, ignored"),
    Column("assignee", Key),
    Column("tags", Text, nullable=False, comment="JSON list"),
    Column("priority", SmallInteger, nullable=False),
    Column("relevant", Boolean),
    Column("relevant_why", Text),
    Column("changed_at", Instant, nullable=False),
)

work_events = Table(
    "work_events",
    metadata,
    Column("event_id", Key, primary_key=True),
    Column("brand", Key, nullable=False),
    Column("id", Key, nullable=False),
    Column("at", Instant, nullable=False),
    Column("who", Key, nullable=False),
    Column("what", Key, nullable=False, comment="the column changed, or note"),
    Column("before", Text),
    Column("after", Text),
    Index(None, "brand", "id", "at"),
    comment="Append-only: every change of mention_work.",
)

labels = Table(
    "labels",
    metadata,
    Column("brand", Key, primary_key=True),
    Column("text_key", Key, primary_key=True, comment="the mention's id, or sha256: of the text"),
    Column("label", Key, nullable=False),
    Column("text", Text),
    Column("at", Instant, nullable=False),
    Column("who", Key, nullable=False),
    Column("lang", Key, comment="of the text, where it is known"),
    Column("via", Key, comment="how it was written: a file's name, the command line"),
    comment="What people say that a text feels; the last word on each (brand, text).",
)

label_events = Table(
    "label_events",
    metadata,
    Column("brand", Key, primary_key=True),
    Column("text_key", Key, primary_key=True),
    Column("rev", Integer, primary_key=True, autoincrement=False),
    Column("label", Key, nullable=False),
    Column("at", Instant, nullable=False),
    Column("who", Key, nullable=False),
    Column("via", Key),
    comment="Append-only: every label that was ever given.",
)

layers = Table(
    "layers",
    metadata,
    Column("brand", Key, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("engine_version", Key, nullable=False, comment="of the engine that it was trained over"),
    Column("trained_at", Instant, nullable=False),
    Column("trained_by", Key, nullable=False),
    Column("labels", Integer, nullable=False, comment="how many it was trained on"),
    Column("evaluation", Text, nullable=False, comment="JSON: macro-F1 without and with it, by cross-validation"),
    Column("weights", Text, nullable=False, comment="JSON of mentions.layers.Layer"),
    comment="What was learned from a brand's labels; a version never changes.",
)

layer_choices = Table(
    "layer_choices",
    metadata,
    Column("brand", Key, primary_key=True),
    Column("rev", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False, comment="0: the engine alone"),
    Column("at", Instant, nullable=False),
    Column("who", Key, nullable=False),
    Column("why", Text, nullable=False),
    comment="Append-only: which layer a brand is judged with; the last one counts.",
)
