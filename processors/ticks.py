"""When a mention is folded, and when it comes too late to vote. Pure; docs/architecture.md, 'Time'."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mentions.clock import tick_of, tick_start

BEFORE_TIME = -(2**40)
"""A tick before every other: nothing is closed yet."""


@dataclass(frozen=True, slots=True)
class TimeRules:
    """How long the pipeline waits.

    Attributes:
        allowance: how far behind the watermark a tick is folded.
        max_delay: by source, how late its posts usually arrive (a poll: about two intervals); other sources: 0.
    """

    allowance: timedelta = timedelta(seconds=30)
    max_delay: Mapping[str, timedelta] = field(default_factory=dict)

    def last_foldable(self, watermark: datetime | None) -> int:
        """The last tick whose end the watermark less the allowance has passed."""
        return BEFORE_TIME if watermark is None else tick_of(watermark - self.allowance) - 1

    def is_late(self, source: str, created_at: datetime, fold_tick: int) -> bool:
        """Whether a mention is too old for the window of its `fold_tick`: it changes counts, and casts no vote."""
        start = tick_start(fold_tick)
        return created_at < start and created_at < start - self.max_delay.get(source, timedelta(0))


def fold_tick(created_at: datetime, last_foldable: int, folded_until: int) -> int:
    """The tick in which a mention that arrives now will be folded: its minute, or the first that is still open.

    Args:
        last_foldable: by the watermark (`TimeRules.last_foldable`). folded_until: the last tick its brand has folded.
    """
    return max(tick_of(created_at), last_foldable + 1, folded_until + 1)
