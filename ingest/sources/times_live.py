"""Times as live sources give them: read leniently, believed only within a sane range. Pure."""

from datetime import UTC, datetime, timedelta

OLDEST = timedelta(days=7)
"""A live post that claims to be older was written with a wrong clock, or is an import of old texts."""
NEWEST = timedelta(minutes=5)
"""Clocks of authors differ; more than this ahead of ours is not believed."""
FIRST_RELAY = datetime(2022, 1, 1, tzinfo=UTC)
"""No relay of a network that we read existed earlier: an older relay time is a broken one."""


def parse_time(text: str) -> datetime | None:
    """Read ISO 8601 in any usual spelling as aware UTC; None when it cannot be read.

    A missing zone is UTC; fractions beyond microseconds are cut off.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        try:
            moment = datetime.fromisoformat(text.strip().upper().replace(" Z", "Z"))
        except ValueError:
            return None
    if moment.tzinfo is UTC:
        return moment
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        return None


def sane_time(created: datetime | None, received: datetime, oldest: timedelta | None = OLDEST) -> tuple[datetime, bool]:
    """Event time of a live post, and whether the given one was not believable.

    Args:
        created: as given by the author; None when it was missing or unreadable.
        received: when the post reached the relay or us.
        oldest: how much older than `received` is believed; None: any age.

    Returns:
        `(created, False)` within [`received` - `oldest`, `received` + 5 min], otherwise `(received, True)`.
    """
    if created is None or created > received + NEWEST:
        return received, True
    if oldest is not None and created < received - oldest:
        return received, True
    return created, False


def relay_time(given: datetime | None, arrived: datetime) -> datetime:
    """When a relay saw an event: as it says, unless that is before there were relays or after its arrival here.

    A replay of the last 36 hours so keeps its own times, and a relay with a wrong clock cannot move ours forward.
    """
    if given is None or given < FIRST_RELAY or given > arrived:
        return arrived
    return given
