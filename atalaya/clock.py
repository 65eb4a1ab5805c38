"""The wall clock, and one that runs faster for the demo."""

import asyncio
from datetime import UTC, datetime


class SystemClock:
    """Time as the machine tells it (`mentions.clock.Clock`), or `speed` times as fast from the moment it is made."""

    def __init__(self, speed: float = 1.0) -> None:
        self._start, self._speed = datetime.now(UTC), speed

    def now(self) -> datetime:
        """Aware UTC."""
        now = datetime.now(UTC)
        return now if self._speed == 1 else self._start + (now - self._start) * self._speed

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds` of this clock's time."""
        await asyncio.sleep(seconds / self._speed)
