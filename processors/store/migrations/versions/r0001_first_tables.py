"""First tables. Stores only go forward: the way back is a backup."""

import sqlalchemy as sa
from alembic import op

from processors.store.types import Instant, Key

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go from None to '0001'."""
    op.create_table(
        "author_days",
        sa.Column("brand", Key, nullable=False),
        sa.Column("source", Key, nullable=False),
        sa.Column("author_id", Key, nullable=False),
        sa.Column("day", sa.Integer(), nullable=False, comment="days since 1970, UTC, of event time"),
        sa.Column("mentions", sa.Integer(), nullable=False),
        sa.Column("positive", sa.Integer(), nullable=False),
        sa.Column("neutral", sa.Integer(), nullable=False),
        sa.Column("negative", sa.Integer(), nullable=False),
        sa.Column("unjudged", sa.Integer(), nullable=False),
        sa.Column("weight", sa.BigInteger(), nullable=False, comment="sum of weights, thousandths"),
        sa.PrimaryKeyConstraint("brand", "source", "author_id", "day", name=op.f("pk_author_days")),
    )
    op.create_table(
        "authors",
        sa.Column("source", Key, nullable=False),
        sa.Column("author_id", Key, nullable=False),
        sa.Column("handle", Key, nullable=True),
        sa.Column("name", Key, nullable=True),
        sa.Column("followers", sa.BigInteger(), nullable=True),
        sa.Column(
            "profile_at",
            Instant(),
            nullable=True,
            comment="event time of the mention that the three columns above come from",
        ),
        sa.Column("profile_id", Key, nullable=True),
        sa.Column("first_at", Instant(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("source", "author_id", name=op.f("pk_authors")),
    )
    op.create_table(
        "brand_state",
        sa.Column("brand", Key, nullable=False),
        sa.Column("component", Key, nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("rev", sa.BigInteger(), nullable=False),
        sa.Column("folded_until", sa.BigInteger(), nullable=False, comment="last folded tick"),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("brand", "component", name=op.f("pk_brand_state")),
    )
    op.create_table(
        "brands",
        sa.Column("name", Key, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False, comment="JSON of mentions.brands.Brand"),
        sa.Column("effective_from", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("changed_by", Key, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("seed", Key, nullable=True, comment="digest of the configuration that this version was seeded from"),
        sa.PrimaryKeyConstraint("name", "version", name=op.f("pk_brands")),
    )
    op.create_table(
        "buckets",
        sa.Column("brand", Key, nullable=False),
        sa.Column("start", Instant(), nullable=False, comment="five minutes, half-open, of event time"),
        sa.Column("source", Key, nullable=False),
        sa.Column("lang", Key, nullable=False),
        sa.Column("voice", Key, nullable=False),
        sa.Column("positive", sa.BigInteger(), nullable=False),
        sa.Column("neutral", sa.BigInteger(), nullable=False),
        sa.Column("negative", sa.BigInteger(), nullable=False),
        sa.Column("unjudged", sa.BigInteger(), nullable=False),
        sa.Column("w_positive", sa.BigInteger(), nullable=False),
        sa.Column("w_neutral", sa.BigInteger(), nullable=False),
        sa.Column("w_negative", sa.BigInteger(), nullable=False),
        sa.Column("w_unjudged", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("brand", "start", "source", "lang", "voice", name=op.f("pk_buckets")),
    )
    op.create_table(
        "coverage",
        sa.Column("outbox_id", Key, nullable=False),
        sa.Column("source", Key, nullable=False),
        sa.Column("shard", Key, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("source_class", Key, nullable=False),
        sa.Column("complete_until", Instant(), nullable=True),
        sa.Column("holds", sa.Boolean(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("matched", sa.BigInteger(), nullable=False),
        sa.Column("deletions", sa.BigInteger(), nullable=False),
        sa.Column("hits", sa.Text(), nullable=False, comment="JSON object: brand to count"),
        sa.Column("dropped", sa.Text(), nullable=False, comment="JSON object: drop reason to count"),
        sa.Column("gaps", sa.Text(), nullable=False, comment="JSON list of {start, end, why}"),
        sa.PrimaryKeyConstraint("outbox_id", "source", "shard", "seq", name=op.f("pk_coverage")),
    )
    with op.batch_alter_table("coverage", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_coverage_at"), ["at"], unique=False)
        batch_op.create_index(
            "ix_coverage_gaps",
            ["at"],
            unique=False,
            sqlite_where=sa.text("gaps <> '[]'"),
            postgresql_where=sa.text("gaps <> '[]'"),
        )

    op.create_table(
        "dead_letters",
        sa.Column("log_id", Key, nullable=False),
        sa.Column("topic", Key, nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("reason", Key, nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("log_id", "topic", "partition", "offset", name=op.f("pk_dead_letters")),
        comment="Log records that could not be read, kept as they were.",
    )
    op.create_table(
        "drops",
        sa.Column("brand", Key, nullable=False, comment="empty when no brand is known"),
        sa.Column("source", Key, nullable=False),
        sa.Column("reason", Key, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("brand", "source", "reason", name=op.f("pk_drops")),
        comment="What was dropped after the log: duplicates, edits, corrupt or unknown records.",
    )
    op.create_table(
        "labels",
        sa.Column("brand", Key, nullable=False),
        sa.Column("text_key", Key, nullable=False, comment="the mention's id, or sha256: of the text"),
        sa.Column("label", Key, nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("who", Key, nullable=False),
        sa.PrimaryKeyConstraint("brand", "text_key", name=op.f("pk_labels")),
    )
    op.create_table(
        "mention_work",
        sa.Column("brand", Key, nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.Column("status", Key, nullable=False, comment="new, open, waiting, answered, answered_private, ignored"),
        sa.Column("assignee", Key, nullable=True),
        sa.Column("tags", sa.Text(), nullable=False, comment="JSON list"),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("relevant", sa.Boolean(), nullable=True),
        sa.Column("relevant_why", sa.Text(), nullable=True),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("brand", "id", name=op.f("pk_mention_work")),
    )
    op.create_table(
        "mentions",
        sa.Column("brand", Key, nullable=False),
        sa.Column("id", Key, nullable=False, comment="source:native_id; once erased, erased: and a keyed hash"),
        sa.Column("source", Key, nullable=False),
        sa.Column("kind", Key, nullable=False),
        sa.Column("voice", Key, nullable=False),
        sa.Column("author_id", Key, nullable=True, comment="null once erased"),
        sa.Column(
            "author_key", Key, nullable=True, comment="keyed hash of source and author; null two hours after erasure"
        ),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("lang", Key, nullable=False),
        sa.Column("label", Key, nullable=True, comment="null two hours after erasure"),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("text_weight", sa.Integer(), nullable=True),
        sa.Column(
            "weight", sa.Integer(), nullable=True, comment="text_weight until folded; then what the fold made of it"
        ),
        sa.Column("created_at", Instant(), nullable=False, comment="event time"),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("stored_at", Instant(), nullable=False),
        sa.Column("fold_tick", sa.BigInteger(), nullable=False),
        sa.Column("in_reply_to", Key, nullable=True),
        sa.Column("root_id", Key, nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("query_version", sa.Integer(), nullable=False),
        sa.Column("engine_version", Key, nullable=False),
        sa.Column("erased_at", Instant(), nullable=True),
        sa.Column(
            "detail",
            sa.LargeBinary(),
            nullable=True,
            comment="JSON: what is shown but never searched (reasons, links, engagement, ...)",
        ),
        sa.PrimaryKeyConstraint("id", "brand", name=op.f("pk_mentions")),
    )
    with op.batch_alter_table("mentions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mentions_brand_created_at"), ["brand", "created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_mentions_brand_fold_tick"), ["brand", "fold_tick"], unique=False)
        batch_op.create_index(
            "ix_mentions_erased_at",
            ["erased_at"],
            unique=False,
            sqlite_where=sa.text("erased_at IS NOT NULL"),
            postgresql_where=sa.text("erased_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_mentions_in_reply_to",
            ["in_reply_to"],
            unique=False,
            sqlite_where=sa.text("in_reply_to IS NOT NULL"),
            postgresql_where=sa.text("in_reply_to IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_mentions_root_id",
            ["root_id"],
            unique=False,
            sqlite_where=sa.text("root_id IS NOT NULL"),
            postgresql_where=sa.text("root_id IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_mentions_source_author_id"), ["source", "author_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_mentions_stored_at"), ["stored_at"], unique=False)

    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_mentions_created_at_brin", "mentions", ["created_at"], postgresql_using="brin")
    op.create_table(
        "meta",
        sa.Column("key", Key, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta")),
        comment="Facts about this store itself: its identity and the key of its author hashes.",
    )
    op.create_table(
        "progress",
        sa.Column("log_id", Key, nullable=False),
        sa.Column("topic", Key, nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False, comment="last processed; -1: none yet"),
        sa.Column("watermark", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("log_id", "topic", "partition", name=op.f("pk_progress")),
    )
    op.create_table(
        "tombstones",
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("key", Key, nullable=False, comment="keyed hash of source and native id, or of source and author id"),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("partition", "key", name=op.f("pk_tombstones")),
    )
    op.create_table(
        "watermarks",
        sa.Column("log_id", Key, nullable=False),
        sa.Column("topic", Key, nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("raw_partition", sa.Integer(), nullable=False),
        sa.Column("shard", Key, nullable=False, comment="outbox_id/source/shard"),
        sa.Column("raw_partitions", sa.Integer(), nullable=False),
        sa.Column("source_class", Key, nullable=False),
        sa.Column("holds", sa.Boolean(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("complete_until", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("log_id", "topic", "partition", "raw_partition", "shard", name=op.f("pk_watermarks")),
    )
    op.create_table(
        "work_events",
        sa.Column("event_id", Key, nullable=False),
        sa.Column("brand", Key, nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("who", Key, nullable=False),
        sa.Column("what", Key, nullable=False, comment="the column changed, or note"),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_work_events")),
        comment="Append-only: every change of mention_work.",
    )
    with op.batch_alter_table("work_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_work_events_brand_id_at"), ["brand", "id", "at"], unique=False)
