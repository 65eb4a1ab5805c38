"""${message.capitalize()}. Stores only go forward: the way back is a backup."""

import sqlalchemy as sa
from alembic import op

from processors.store.types import Instant, Key

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go from ${repr(down_revision)} to ${repr(up_revision)}."""
    ${upgrades if upgrades else "pass"}

