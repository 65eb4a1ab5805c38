"""How long it took to tell of an alert: from when it could be known, and from the posts that opened it."""

from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection, func, select

from mentions.records import Severity
from processors.detection.steps import Step
from processors.store.schema import mentions

MINUTE = timedelta(minutes=1)
CAUGHT_UP_AFTER = timedelta(minutes=60)
"""What is first due so long after its minute is an alert of the past that lasts to the present; as long as
`processors.watch.HISTORIC_AFTER`."""


class Told(Struct, frozen=True, kw_only=True):
    """A message that left.

    Attributes:
        at: end of the minute that it tells of. due_at: when it was to leave, at the last of its `attempts`.
        first_post: creation of the first post of the minute that opened the alert; None: another step, or no post.
    """

    channel: str
    step: Step
    severity: Severity
    at: datetime
    due_at: datetime
    attempts: int
    sent_at: datetime
    first_post: datetime | None

    @property
    def is_news(self) -> bool:
        """Whether it was to leave at once: what opens or grows worse, seen while it was new."""
        is_present = self.attempts > 1 or self.due_at - self.at < CAUGHT_UP_AFTER
        return self.step in ("open", "escalate") and is_present


def first_post(connection: Connection, brand: str, opened_at: datetime) -> datetime | None:
    """When the first post was created, by whomever but the brand, in the minute that ended with the opening."""
    m = mentions.c
    minute = (m.created_at >= opened_at - MINUTE, m.created_at < opened_at)
    found: datetime | None = connection.scalar(
        select(func.min(m.created_at)).where(m.brand == brand, *minute, m.voice == "public")
    )
    return found
