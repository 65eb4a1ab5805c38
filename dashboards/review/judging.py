"""Whether a number is beyond what the periods before make expect. Pure.

The band is the mean of the comparable periods before, plus and minus the greater of two errors: what days differ by
within the earlier periods (a period is the sum of its days), and, from three periods on, what periods differ by. Both
are 95 %; the second with Student's t, for three or four numbers say little of their own spread.
"""

from collections.abc import Sequence
from math import sqrt
from statistics import fmean, variance

from msgspec import Struct

from dashboards.review.values import Unit, Verdict

_Z95 = 1.959963984540054
_T95 = {2: 4.302652729911275, 3: 3.182446305284263}
"""Two-sided 95 % of Student's t, by degrees of freedom."""
LEAST_DAYS = 3


class Ratio(Struct, frozen=True):
    """A number of one period, by its days: `tops` over `bottoms`; a count has no `bottoms`."""

    tops: tuple[float, ...]
    bottoms: tuple[float, ...] | None = None

    @property
    def value(self) -> float | None:
        """The whole period's; None: there is nothing to divide by."""
        if self.bottoms is None:
            return sum(self.tops)
        below = sum(self.bottoms)
        return sum(self.tops) / below if below else None

    def spread(self) -> float | None:
        """The variance of `value` by how its days differ; None: too few days.

        Of a ratio the linearised one: d / (d - 1) x sum((top - value x bottom)^2) / sum(bottoms)^2.
        """
        days, value = len(self.tops), self.value
        if days < LEAST_DAYS or value is None:
            return None
        if self.bottoms is None:
            return days * variance(self.tops)
        residuals = (top - value * bottom for top, bottom in zip(self.tops, self.bottoms, strict=True))
        return days / (days - 1) * sum(one * one for one in residuals) / sum(self.bottoms) ** 2


class Band(Struct, frozen=True):
    """Where the next number was to be expected."""

    usual: float
    low: float
    high: float


def band(before: Sequence[Ratio | None], unit: Unit) -> Band | None:
    """What the comparable periods before (not None) make expect; None: there is nothing to expect anything by."""
    known = [one for one in before if one is not None and one.value is not None]
    values = [value for one in known if (value := one.value) is not None]
    spreads = [spread for one in known if (spread := one.spread()) is not None]
    if not values:
        return None
    usual, k = fmean(values), len(values)
    half = 0.0
    if spreads:
        half = _Z95 * sqrt(fmean(spreads) * (1 + 1 / k))
    if k - 1 in _T95:
        half = max(half, _T95[k - 1] * sqrt(variance(values) * (1 + 1 / k)))
    if unit == "count":
        half = max(half, _Z95 * sqrt(usual * (1 + 1 / k)))  # counts differ by chance alone, at least as Poisson's do
    if not half:
        return None
    least, most = {"share": (0.0, 1.0), "net": (-1.0, 1.0)}.get(unit, (0.0, float("inf")))
    return Band(usual, max(least, usual - half), min(most, usual + half))


def verdict(value: float | None, expected: Band | None) -> Verdict:
    """Where a number lies."""
    if value is None or expected is None:
        return "unknown"
    return "rose" if value > expected.high else "fell" if value < expected.low else "level"


def wilson(part: int, whole: int) -> tuple[float, float] | None:
    """The 95 % interval of a share (Wilson, 1927); None: of nothing."""
    if not whole:
        return None
    share, z2 = part / whole, _Z95 * _Z95
    middle = (share + z2 / (2 * whole)) / (1 + z2 / whole)
    half = _Z95 * sqrt(share * (1 - share) / whole + z2 / (4 * whole * whole)) / (1 + z2 / whole)
    return max(0.0, middle - half), min(1.0, middle + half)
