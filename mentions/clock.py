"""Time as an argument, and the arithmetic of ticks and buckets that every room shares.

Below the runtimes nobody asks for the time: `now` is handed in. A runtime owns one `Clock`.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(minutes=1)
BUCKET = timedelta(minutes=5)


class Clock(Protocol):
    """What a runtime tells the time by."""

    def now(self) -> datetime:
        """Aware UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds` of this clock's time."""
        ...


def tick_of(moment: datetime) -> int:
    """Number of the one-minute tick that holds `moment`: whole minutes since 1970, half-open."""
    return (moment - EPOCH) // TICK


@lru_cache(maxsize=1_024)  # what is folded together shares its ticks
def tick_start(tick: int) -> datetime:
    """First instant of a tick."""
    return EPOCH + tick * TICK


def bucket_of(moment: datetime) -> datetime:
    """Start of the five-minute UTC bucket that holds `moment`; buckets are half-open."""
    return moment - (moment - EPOCH) % BUCKET
