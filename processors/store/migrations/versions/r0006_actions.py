"""The team's own log: actions, how they ended, and its word on rules."""

import sqlalchemy as sa
from alembic import op

from processors.store.types import Instant, Key

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go from '0005' to '0006'."""
    _add_actions()
    _add_action_events()
    _add_rule_words()


def _add_actions() -> None:
    op.create_table(
        "actions",
        sa.Column("id", Key, nullable=False),
        sa.Column("brand", Key, nullable=False),
        sa.Column("text", sa.Text(), nullable=False, comment="what the team does"),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=False, comment="half-open"),
        sa.Column("indicator", Key, nullable=False, comment="the figure of the review that it is meant to move"),
        sa.Column(
            "rules", sa.Text(), nullable=False, comment="JSON list: rules of social media optimisation that it serves"
        ),
        sa.Column("added_at", Instant(), nullable=False),
        sa.Column("added_by", Key, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_actions")),
        comment="Append-only: what the team does for a brand; how it ended is in action_events.",
    )
    with op.batch_alter_table("actions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_actions_brand_since"), ["brand", "since"], unique=False)


def _add_action_events() -> None:
    op.create_table(
        "action_events",
        sa.Column("event_id", Key, nullable=False),
        sa.Column("action", Key, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("who", Key, nullable=False),
        sa.Column("what", Key, nullable=False, comment="done or dropped; the last one counts"),
        sa.Column("text", sa.Text(), nullable=True, comment="the closing word"),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_action_events")),
        comment="Append-only: how actions ended.",
    )
    with op.batch_alter_table("action_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_action_events_action_at"), ["action", "at"], unique=False)


def _add_rule_words() -> None:
    op.create_table(
        "rule_words",
        sa.Column("event_id", Key, nullable=False),
        sa.Column("brand", Key, nullable=False),
        sa.Column("rule", sa.SmallInteger(), nullable=False, comment="1 to 16"),
        sa.Column("day", Key, nullable=False, comment="ISO date that it is about, in the brand's time zone"),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("who", Key, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_rule_words")),
        comment="Append-only: the team's own word on a rule of social media optimisation.",
    )
    with op.batch_alter_table("rule_words", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rule_words_brand_rule_day"), ["brand", "rule", "day"], unique=False)
