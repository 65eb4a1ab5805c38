"""The one wall clock."""

import asyncio
from datetime import UTC, datetime


class SystemClock:
    """Time as the machine tells it (`mentions.clock.Clock`)."""

    def now(self) -> datetime:
        """Aware UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds`."""
        await asyncio.sleep(seconds)
