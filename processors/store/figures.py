"""Counts of labels, and the figures that people read from them. Pure."""

from collections.abc import Iterable, Sequence
from math import ceil, sqrt
from typing import Any, Self

from msgspec import Struct

from mentions.records import FULL_WEIGHT

ENOUGH = 30
"""Below this many judged opinions net sentiment is not shown (docs/architecture.md, 'People')."""
_Z95 = 1.959963984540054  # two-sided 95 % of the normal distribution


class Tally(Struct, frozen=True):
    """How many mentions have each label, and the sums of their weights in thousandths; adds up."""

    positive: int = 0
    neutral: int = 0
    negative: int = 0
    unjudged: int = 0
    w_positive: int = 0
    w_neutral: int = 0
    w_negative: int = 0
    w_unjudged: int = 0

    @classmethod
    def total(cls, tallies: Iterable["Tally"]) -> Self:
        """Add up, field by field; of none: zeros."""
        columns = zip(*(tally.values() for tally in tallies), strict=True)
        return cls(*map(sum, columns))

    def values(self) -> tuple[int, ...]:
        """In the order of `processors.store.schema.BUCKET_COUNTS`."""
        return (
            self.positive, self.neutral, self.negative, self.unjudged,
            self.w_positive, self.w_neutral, self.w_negative, self.w_unjudged,
        )  # fmt: skip

    @property
    def mentions(self) -> int:
        """All labels together."""
        return self.positive + self.neutral + self.negative + self.unjudged

    @property
    def weight(self) -> int:
        """What all of them weigh, in thousandths."""
        return self.w_positive + self.w_neutral + self.w_negative + self.w_unjudged


class Weighted(Struct, frozen=True, kw_only=True):
    """The same counts with spam and repetition weighed down; 1.0 is one mention of full weight."""

    mentions: float
    positive: float
    neutral: float
    negative: float
    unjudged: float
    net_sentiment: float | None


class Figures(Struct, frozen=True, kw_only=True):
    """What is read from a tally of the public's mentions.

    Attributes:
        net_sentiment: (positive - negative) / (positive + negative), in [-1, 1]; None when both are 0.
        n: positive + negative, what `net_sentiment` rests on.
        interval: 95 % for `net_sentiment`: Wilson's interval of the positive share of n, mapped to [-1, 1].
        shown: n is large enough (30) for `net_sentiment` to be shown as a headline.
        unjudged_share: of all mentions, in [0, 1]; None when there is none.
    """

    mentions: int
    positive: int
    neutral: int
    negative: int
    unjudged: int
    n: int
    net_sentiment: float | None
    interval: tuple[float, float] | None
    shown: bool
    unjudged_share: float | None
    weighted: Weighted


def figures_of(tally: Tally) -> Figures:
    """Compute every figure of a tally."""
    return Figures(**fields_of(tally))


def fields_of(tally: Tally) -> dict[str, Any]:
    """Compute the fields of `Figures`, for the records that add their own to them."""
    n = tally.positive + tally.negative
    return {
        "mentions": tally.mentions,
        "positive": tally.positive,
        "neutral": tally.neutral,
        "negative": tally.negative,
        "unjudged": tally.unjudged,
        "n": n,
        "net_sentiment": net_sentiment(tally.positive, tally.negative),
        "interval": net_interval(tally.positive, tally.negative),
        "shown": n >= ENOUGH,
        "unjudged_share": tally.unjudged / tally.mentions if tally.mentions else None,
        "weighted": _weighted(tally),
    }


def net_sentiment(positive: int, negative: int) -> float | None:
    """Give (positive - negative) / (positive + negative); None when both are 0."""
    n = positive + negative
    return (positive - negative) / n if n else None


def net_interval(positive: int, negative: int) -> tuple[float, float] | None:
    """Give the 95 % interval of net sentiment; None when there is nothing to rest it on.

    Wilson (1927), without continuity correction, of positive / n; a share s is the net sentiment 2 s - 1. Unlike the
    usual interval it stays within the range and is not empty when all opinions agree.
    """
    n = positive + negative
    if not n:
        return None
    share, z2 = positive / n, _Z95 * _Z95
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z95 * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(-1.0, 2 * (middle - half) - 1), min(1.0, 2 * (middle + half) - 1)


def _weighted(tally: Tally) -> Weighted:
    sums = tally.w_positive, tally.w_neutral, tally.w_negative, tally.w_unjudged
    positive, neutral, negative, unjudged = (value / FULL_WEIGHT for value in sums)
    return Weighted(
        mentions=tally.weight / FULL_WEIGHT,
        positive=positive,
        neutral=neutral,
        negative=negative,
        unjudged=unjudged,
        net_sentiment=net_sentiment(tally.w_positive, tally.w_negative),
    )


def nearest_rank(values: Sequence[float], share: float) -> float | None:
    """The value that at least this share of the ascending `values` does not exceed; None of none."""
    return values[ceil(share * len(values)) - 1] if values else None
