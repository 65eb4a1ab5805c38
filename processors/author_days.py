"""Remembers how many times each author spoke of a brand on each day: the ground of evangelists and loyalty.

A fold component: `(state, mentions of closed ticks) -> (state, what changes)`. Its memory is the table `author_days`
itself, so its state in `brand_state` is empty.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from mentions.clock import EPOCH
from mentions.records import FULL_WEIGHT, LABELS, Label
from processors.fold import FoldMention

NAME = "author_days"
VERSION = 2

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

    def add(self, label: Label, score: float, weight: int, *, is_copy: bool, sign: int = 1) -> None:
        """Count one mention in (`sign` 1) or out (-1)."""
        self.counts[LABELS.index(label)] += sign
        self.weight += sign * weight
        if is_copy:
            self.copies += sign
        elif 2 * weight < FULL_WEIGHT:
            self.spam += sign
        else:
            self.score += sign * round(1000 * score)


def day_of(moment: datetime) -> int:
    """Whole UTC days since 1970."""
    return (moment - EPOCH).days


def counted(mentions: Iterable[FoldMention]) -> dict[AuthorDayKey, AuthorDay]:
    """Sum mentions by author and day. The brand's own voice and what was erased do not count; late posts do."""
    days: dict[AuthorDayKey, AuthorDay] = {}
    for mention in mentions:
        if mention.author_id is None or mention.voice == "own":
            continue
        key = (mention.brand, mention.source, mention.author_id, day_of(mention.created_at))
        day = days.setdefault(key, AuthorDay())
        day.add(mention.label, mention.score, mention.weight, is_copy=mention.is_copy)
    return days
