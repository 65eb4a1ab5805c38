"""Remembers how many times each author spoke of a brand on each day: the ground of evangelists and loyalty.

A fold component: `(state, mentions of closed ticks) -> (state, what changes)`. Its memory is the table `author_days`
itself, so its state in `brand_state` is empty.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mentions.clock import EPOCH
from mentions.records import LABELS, Label
from processors.fold import FoldMention

NAME = "author_days"
VERSION = 1
_DAY = timedelta(days=1)

AuthorDayKey = tuple[str, str, str, int]
"""Brand, source, author id, days since 1970 (UTC) of the event time."""


@dataclass(slots=True)
class AuthorDay:
    """Counts per label of `LABELS`, and the sum of weights in thousandths."""

    counts: list[int] = field(default_factory=lambda: [0] * len(LABELS))
    weight: int = 0

    def add(self, label: Label, weight: int) -> None:
        """Count one mention."""
        self.counts[LABELS.index(label)] += 1
        self.weight += weight


def day_of(moment: datetime) -> int:
    """Whole UTC days since 1970."""
    return (moment - EPOCH) // _DAY


def counted(mentions: Iterable[FoldMention]) -> dict[AuthorDayKey, AuthorDay]:
    """Sum mentions by author and day. The brand's own voice and what was erased do not count; late posts do."""
    days: dict[AuthorDayKey, AuthorDay] = {}
    for mention in mentions:
        if mention.author_id is None or mention.voice == "own":
            continue
        key = (mention.brand, mention.source, mention.author_id, day_of(mention.created_at))
        days.setdefault(key, AuthorDay()).add(mention.label, mention.weight)
    return days
