"""How a label was written, every label ever given, and the layers that are learned from them."""

import sqlalchemy as sa
from alembic import op

from processors.store.types import Instant, Key

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go from '0002' to '0003'."""
    with op.batch_alter_table("labels", schema=None) as batch_op:
        batch_op.add_column(sa.Column("lang", Key, nullable=True, comment="of the text, where it is known"))
        batch_op.add_column(
            sa.Column("via", Key, nullable=True, comment="how it was written: a file's name, the command line")
        )
        batch_op.create_table_comment(
            "What people say that a text feels; the last word on each (brand, text).", existing_comment=None
        )
    _add_label_events()
    _add_layers()


def _add_label_events() -> None:
    op.create_table(
        "label_events",
        sa.Column("brand", Key, nullable=False),
        sa.Column("text_key", Key, nullable=False),
        sa.Column("rev", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("label", Key, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("who", Key, nullable=False),
        sa.Column("via", Key, nullable=True),
        sa.PrimaryKeyConstraint("brand", "text_key", "rev", name=op.f("pk_label_events")),
        comment="Append-only: every label that was ever given.",
    )
    op.execute(
        "INSERT INTO label_events (brand, text_key, rev, label, at, who) "
        "SELECT brand, text_key, 1, label, at, who FROM labels"
    )


def _add_layers() -> None:
    op.create_table(
        "layers",
        sa.Column("brand", Key, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("engine_version", Key, nullable=False, comment="of the engine that it was trained over"),
        sa.Column("trained_at", Instant(), nullable=False),
        sa.Column("trained_by", Key, nullable=False),
        sa.Column("labels", sa.Integer(), nullable=False, comment="how many it was trained on"),
        sa.Column(
            "evaluation", sa.Text(), nullable=False, comment="JSON: macro-F1 without and with it, by cross-validation"
        ),
        sa.Column("weights", sa.Text(), nullable=False, comment="JSON of mentions.layers.Layer"),
        sa.PrimaryKeyConstraint("brand", "version", name=op.f("pk_layers")),
        comment="What was learned from a brand's labels; a version never changes.",
    )
    op.create_table(
        "layer_choices",
        sa.Column("brand", Key, nullable=False),
        sa.Column("rev", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="0: the engine alone"),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("who", Key, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("brand", "rev", name=op.f("pk_layer_choices")),
        comment="Append-only: which layer a brand is judged with; the last one counts.",
    )
