"""What the author of a mention wants, and what it is about. Mentions stored before have neither."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go from '0001' to '0002'."""
    with op.batch_alter_table("mentions", schema=None) as batch_op:
        for name in ("intents", "aspects"):
            batch_op.add_column(
                sa.Column(name, sa.Text(), nullable=True, comment="JSON list of mentions.records.Finding; null: none")
            )
