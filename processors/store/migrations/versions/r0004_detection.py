"""Alerts with their steps and deliveries, campaigns, spike ticks, links, and what the fold makes of a mention."""

import sqlalchemy as sa
from alembic import op

from processors.store.types import Instant, Key

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go from '0003' to '0004'."""
    _add_alert_events()
    _add_alert_steps()
    _add_alerts()
    _add_author_events()
    _add_campaigns()
    _add_deliveries()
    _add_link_mentions()
    _add_mutes()
    _add_spike_ticks()
    _widen_author_days()
    _widen_mentions()


def _add_alert_events() -> None:
    op.create_table(
        "alert_events",
        sa.Column("event_id", Key, nullable=False),
        sa.Column("alert", Key, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("who", Key, nullable=False),
        sa.Column("what", Key, nullable=False, comment="acknowledged, note, rated"),
        sa.Column("text", sa.Text(), nullable=True, comment="of a note; of a rating: useful, false or late"),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_alert_events")),
        comment="Append-only: what people said of alerts.",
    )
    with op.batch_alter_table("alert_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alert_events_alert_at"), ["alert", "at"], unique=False)


def _add_alert_steps() -> None:
    op.create_table(
        "alert_steps",
        sa.Column("alert", Key, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False, comment="1: opened"),
        sa.Column("step", Key, nullable=False, comment="open, escalate, update, close"),
        sa.Column("at", Instant(), nullable=False, comment="end of its tick"),
        sa.Column("severity", Key, nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False, comment="JSON object, as it was"),
        sa.PrimaryKeyConstraint("alert", "number", name=op.f("pk_alert_steps")),
        comment="The life of an alert, as the detectors told it.",
    )


def _add_alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", Key, nullable=False, comment="processors.detection.steps.alert_id"),
        sa.Column("kind", Key, nullable=False),
        sa.Column("brand", Key, nullable=False),
        sa.Column("subject", Key, nullable=False, comment="what sets it apart from others of its kind and brand"),
        sa.Column("severity", Key, nullable=False, comment="the highest so far"),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("score", sa.Float(), nullable=False, comment="the highest so far"),
        sa.Column("historic", sa.Boolean(), nullable=False, comment="opened long before it was seen; not delivered"),
        sa.Column("evidence", sa.Text(), nullable=False, comment="JSON object: numbers and mentions' ids"),
        sa.Column("explanation", sa.Text(), nullable=False, comment="JSON object: terms, mentions' ids, shares"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    with op.batch_alter_table("alerts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alerts_brand_opened_at"), ["brand", "opened_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_alerts_opened_at"), ["opened_at"], unique=False)


def _add_author_events() -> None:
    op.create_table(
        "author_events",
        sa.Column("event_id", Key, nullable=False),
        sa.Column("brand", Key, nullable=False),
        sa.Column("source", Key, nullable=False),
        sa.Column("author_id", Key, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("who", Key, nullable=False),
        sa.Column("what", Key, nullable=False, comment="thanked or note"),
        sa.Column("text", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_author_events")),
        comment="Append-only: thanks given to authors, and notes on them; they go when the author is erased.",
    )
    with op.batch_alter_table("author_events", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_author_events_brand_source_author_id"), ["brand", "source", "author_id"], unique=False
        )


def _add_campaigns() -> None:
    op.create_table(
        "campaigns",
        sa.Column("brand", Key, nullable=False),
        sa.Column("cluster", Key, nullable=False),
        sa.Column("kind", Key, nullable=False, comment="coordinated, organic or own"),
        sa.Column("opened_at", Instant(), nullable=False, comment="end of the tick in which it had enough authors"),
        sa.Column("first_at", Instant(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.Column("posts", sa.Integer(), nullable=False),
        sa.Column("authors", sa.Integer(), nullable=False),
        sa.Column("domains", sa.Text(), nullable=False, comment="JSON list of hosts, most linked first"),
        sa.PrimaryKeyConstraint("brand", "cluster", name=op.f("pk_campaigns")),
        comment="Clusters of near-duplicates by several authors; their mentions are those with that cluster.",
    )
    with op.batch_alter_table("campaigns", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_campaigns_brand_opened_at"), ["brand", "opened_at"], unique=False)


def _add_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("alert", Key, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False, comment="of the step that is told"),
        sa.Column("channel", Key, nullable=False, comment="its name in the configuration"),
        sa.Column("state", Key, nullable=False, comment="waiting, sent, failed, muted, held back"),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("leased_until", Instant(), nullable=True, comment="somebody is sending it until then"),
        sa.Column("leased_by", Key, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("alert", "number", "channel", name=op.f("pk_deliveries")),
        comment="What is to be told to whom; its key names the message for ever.",
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index(
            "ix_deliveries_waiting",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )


def _add_link_mentions() -> None:
    op.create_table(
        "link_mentions",
        sa.Column("brand", Key, nullable=False),
        sa.Column("url", Key, nullable=False, comment="without fragment and tracking parameters"),
        sa.Column("id", Key, nullable=False, comment="of the mention; its rows go when it is erased"),
        sa.Column("host", Key, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("brand", "url", "id", name=op.f("pk_link_mentions")),
        comment="Which mention holds which link.",
    )
    with op.batch_alter_table("link_mentions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_link_mentions_brand_created_at"), ["brand", "created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_link_mentions_brand_id"), ["brand", "id"], unique=False)


def _add_mutes() -> None:
    op.create_table(
        "mutes",
        sa.Column("mute_id", Key, nullable=False),
        sa.Column("brand", Key, nullable=True, comment="null: every brand"),
        sa.Column("kind", Key, nullable=True, comment="of alerts; null: every kind"),
        sa.Column("term", Key, nullable=True, comment="an alert whose explanation holds it; null: any"),
        sa.Column("story", Key, nullable=True, comment="the subject of an alert; null: any"),
        sa.Column("until", Instant(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("who", Key, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("mute_id", name=op.f("pk_mutes")),
        comment="What is not to be told for a while; ended early by an earlier `until`.",
    )


def _add_spike_ticks() -> None:
    op.create_table(
        "spike_ticks",
        sa.Column("brand", Key, nullable=False),
        sa.Column(
            "tick",
            sa.BigInteger(),
            nullable=False,
            comment="minutes since 1970, of the last minute of the rolling hour",
        ),
        sa.Column("negatives", sa.Float(), nullable=False, comment="votes of the rolling hour"),
        sa.Column("total", sa.Float(), nullable=False),
        sa.Column("expected", sa.Float(), nullable=True, comment="negatives; null: nothing learned yet"),
        sa.Column("low", sa.Float(), nullable=True, comment="of the band of the usual"),
        sa.Column("high", sa.Float(), nullable=True),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("state", Key, nullable=False, comment="usual, learning or incomplete"),
        sa.PrimaryKeyConstraint("brand", "tick", name=op.f("pk_spike_ticks")),
    )


def _widen_author_days() -> None:
    with op.batch_alter_table("author_days", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "copies",
                sa.Integer(),
                server_default="0",
                nullable=False,
                comment="near-duplicates of an earlier mention",
            )
        )
        batch_op.add_column(
            sa.Column(
                "spam",
                sa.Integer(),
                server_default="0",
                nullable=False,
                comment="others of less than half their weight",
            )
        )
        batch_op.add_column(
            sa.Column(
                "score", sa.BigInteger(), server_default="0", nullable=False, comment="sum of the rest's, thousandths"
            )
        )


def _widen_mentions() -> None:
    with op.batch_alter_table("mentions", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "sketch",
                sa.LargeBinary(),
                nullable=True,
                comment="near-duplicate sketch, at most 256 bytes; null: none was made",
            )
        )
        batch_op.add_column(
            sa.Column(
                "cluster",
                Key,
                nullable=True,
                comment="what a mention and its near-duplicates share; null: none had come when it folded",
            )
        )
        batch_op.add_column(
            sa.Column(
                "behaviour",
                sa.Text(),
                nullable=True,
                comment="JSON list of mentions.records.Reason: what the fold found; null: nothing",
            )
        )
        batch_op.create_index(
            "ix_mentions_brand_cluster",
            ["brand", "cluster"],
            unique=False,
            sqlite_where=sa.text("cluster IS NOT NULL"),
            postgresql_where=sa.text("cluster IS NOT NULL"),
        )
