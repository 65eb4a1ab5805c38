"""What a runtime reads from: an ordered log with offsets."""

from typing import Protocol


class Log(Protocol):
    """One partition of raw records. The embedded runtime reads ingest's outbox through this.

    Offsets are consecutive whole numbers from 1 and are never given twice.
    """

    @property
    def log_id(self) -> str:
        """UUID of the log: a log made anew has another one."""
        ...

    def read(self, after: int, limit: int) -> list[tuple[int, bytes]]:
        """Up to `limit` (offset, payload) behind `after`, in order; empty when there is nothing yet."""
        ...

    def pruned_until(self) -> int:
        """The highest offset that is gone; 0 when nothing is."""
        ...

    def last_offset(self) -> int:
        """The highest offset so far; 0 when empty."""
        ...

    def prune(self, until: int) -> None:
        """Forget records up to and including `until`; their effects are in the store for good."""
        ...

    def scour(self) -> bool:
        """Make what was pruned unreadable on the disk; False when somebody who reads it kept that from being done."""
        ...
