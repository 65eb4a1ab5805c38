"""Published reviews. Stores only go forward: the way back is a backup."""

import sqlalchemy as sa
from alembic import op

from processors.store.types import Instant, Key

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go from '0004' to '0005'."""
    op.create_table(
        "reviews",
        sa.Column("brand", Key, nullable=False),
        sa.Column("period", Key, nullable=False, comment="2026-W47, 2026-11, 2026-Q4, or two days"),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("who", Key, nullable=False),
        sa.Column("format", Key, nullable=False, comment="version of the figures' formulas"),
        sa.Column("figures", sa.Text(), nullable=False, comment="JSON object: figure to number or null; names nobody"),
        sa.PrimaryKeyConstraint("brand", "period", name=op.f("pk_reviews")),
        comment="Published reviews: figures frozen as they were, without names or words of anybody.",
    )
