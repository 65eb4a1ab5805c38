"""SQL of deliveries on their way: claimed by a lease, marked sent, tried again later, given up with their error.

At least once: what was sent and not marked, for a crash, is sent again under the same key when the lease has ended.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection, and_, func, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from mentions.codec import scrub
from processors.store.schema import deliveries

ATTEMPTS = 20
"""After so many tries a delivery is given up; with the waits below that takes four hours."""
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(minutes=15)
STRANGERS_WAIT = timedelta(days=1)
LONG = timedelta(minutes=5)
LONGEST_ERROR = 500


class Claim(Struct, frozen=True):
    """A delivery that is ours until the lease ends; `attempts`: this one included."""

    alert: str
    number: int
    channel: str
    attempts: int
    due_at: datetime

    @property
    def key(self) -> str:
        """The same whenever this step is told to this channel: `alert-step-channel`."""
        return f"{self.alert}-{self.number}-{self.channel}"


def anything_due(connection: Connection, channel: str, now: datetime) -> bool:
    """Whether `claim` would find something; takes no lock."""
    return connection.execute(select(deliveries.c.alert).where(_due(channel, now)).limit(1)).first() is not None


def claim(
    connection: Connection, channel: str, who: str, now: datetime, lease: timedelta, *, limit: int = 1
) -> list[Claim]:
    """Take deliveries that are due and nobody's, the longest due first; nobody else gets them before the lease ends.

    Args:
        who: names the process.
    """
    key = (deliveries.c.alert, deliveries.c.number, deliveries.c.channel)
    found = connection.execute(
        select(*key, deliveries.c.attempts, deliveries.c.due_at)
        .where(_due(channel, now))
        .order_by(deliveries.c.due_at, *key)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    claims = [Claim(row.alert, row.number, row.channel, row.attempts + 1, row.due_at) for row in found]
    for mine in claims:
        connection.execute(
            update(deliveries).where(_is(mine)).values(leased_until=now + lease, leased_by=who, attempts=mine.attempts)
        )
    return claims


def mark_sent(connection: Connection, mine: Claim, now: datetime) -> None:
    """Say that it has left, whoever holds the lease by now."""
    connection.execute(
        update(deliveries)
        .where(_is(mine))
        .values(state="sent", sent_at=now, error=None, leased_until=None, leased_by=None)
    )


def mark_failed(
    connection: Connection, mine: Claim, who: str, now: datetime, error: str, *, for_good: bool = False
) -> bool:
    """Say that it did not leave: it is tried again later, or given up.

    Args:
        error: a sentence without secrets; kept. for_good: trying again would not help.

    Returns:
        Whether it was given up.
    """
    given_up = for_good or mine.attempts >= ATTEMPTS
    wait = min(FIRST_WAIT * 2 ** min(mine.attempts - 1, 20), LONGEST_WAIT)
    connection.execute(
        update(deliveries)
        .where(_is(mine), deliveries.c.leased_by == who, deliveries.c.state == "waiting")
        .values(
            state="failed" if given_up else "waiting",
            due_at=deliveries.c.due_at if given_up else now + wait,
            error=scrub(error)[:LONGEST_ERROR],
            leased_until=None,
            leased_by=None,
        )
    )
    return given_up


def not_told(connection: Connection, since: datetime, now: datetime) -> tuple[int, int]:
    """How many messages have been due since before `now - LONG`, and how many were given up that were due since."""
    counts = [
        select(func.count()).where(deliveries.c.state == "waiting", deliveries.c.due_at < now - LONG),
        select(func.count()).where(deliveries.c.state == "failed", deliveries.c.due_at >= since),
    ]
    waiting, given_up = (int(connection.scalar(count) or 0) for count in counts)
    return waiting, given_up


def give_up_strangers(connection: Connection, channels: Sequence[str], now: datetime) -> int:
    """Give up what has waited for a day for channels that are not configured here; how many.

    Until then another process may know them.
    """
    overdue = deliveries.c.due_at <= now - STRANGERS_WAIT
    strangers = and_(deliveries.c.state == "waiting", overdue, deliveries.c.channel.not_in(channels))
    gone = connection.execute(
        update(deliveries).where(strangers).values(state="failed", error="no channel of this name is configured")
    )
    return gone.rowcount


def _due(channel: str, now: datetime) -> ColumnElement[bool]:
    return and_(
        deliveries.c.state == "waiting",
        deliveries.c.channel == channel,
        deliveries.c.due_at <= now,
        or_(deliveries.c.leased_until.is_(None), deliveries.c.leased_until <= now),
    )


def _is(mine: Claim) -> ColumnElement[bool]:
    return and_(
        deliveries.c.alert == mine.alert,
        deliveries.c.number == mine.number,
        deliveries.c.channel == mine.channel,
    )
