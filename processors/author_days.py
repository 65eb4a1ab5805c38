"""Remembers how many times each author spoke of a brand on each day: the ground of evangelists and loyalty.

A fold component: `(state, mentions of closed ticks) -> (state, what changes)`. Its memory is the table `author_days`
itself, so its state in `brand_state` is empty.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mentions.clock import EPOCH
from mentions.records import FULL_WEIGHT, LABELS
from processors.fold import FoldMention

NAME = "author_days"
VERSION = 2
_DAY = timedelta(days=1)

AuthorDayKey = tuple[str, str, str, int]
"""Brand, source, author id, days since 1970 (UTC) of the event time."""


@dataclass(slots=True)
class AuthorDay:
    """What an author said on a day.

    Attributes:
        counts: mentions per label of `LABELS`. weight: the sum of their weights, in thousandths.
        copies: near-duplicates of an earlier mention, by whomever. spam: others with less than half of their weight.
        score: the sum of the scores of the rest, in thousandths, so that no sum depends on its order.
    """

    counts: list[int] = field(default_factory=lambda: [0] * len(LABELS))
    weight: int = 0
    copies: int = 0
    spam: int = 0
    score: int = 0

    def add(self, mention: FoldMention) -> None:
        """Count one mention."""
        self.counts[LABELS.index(mention.label)] += 1
        self.weight += mention.weight
        if mention.is_copy:
            self.copies += 1
        elif 2 * mention.weight < FULL_WEIGHT:
            self.spam += 1
        else:
            self.score += round(1000 * mention.score)


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
        days.setdefault(key, AuthorDay()).add(mention)
    return days
