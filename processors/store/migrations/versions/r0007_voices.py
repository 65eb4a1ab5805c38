"""Posts that are not the public's by their time: the review and the share of answers look for them again and again."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go from '0006' to '0007'."""
    few = sa.text("voice <> 'public'")
    with op.batch_alter_table("mentions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_mentions_voices", ["brand", "voice", "created_at"], sqlite_where=few, postgresql_where=few
        )
