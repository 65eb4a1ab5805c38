"""Tails of counts: how improbable is so much, of a negative binomial and of a share? Pure, no SciPy.

Both are the regularised incomplete beta function I_x(a, b), by its continued fraction (Lentz's method; DLMF 8.17.22),
held as a logarithm, so that 10^-5000 is still told from 10^-6000. Scores are -log10 of a probability: 2 is one in a
hundred, 0 is nothing unusual.
"""

import math

_TINY = 1e-300
_CLOSE = 1e-13
_ROUNDING = 1e-6
_MOST_STEPS = 20_000  # needed: about the square root of the larger parameter
_LN10 = math.log(10)
_LN_HALF = math.log(0.5)


def log_beta_inc(a: float, b: float, x: float) -> float:
    """Natural logarithm of I_x(a, b), at most 0; -inf at x = 0.

    Args:
        a, b: above 0. x: 0..1.

    Raises:
        ValueError: for arguments outside of these.
    """
    if not (a > 0 and b > 0 and 0 <= x <= 1):
        raise ValueError(f"the incomplete beta function needs a > 0, b > 0 and 0 <= x <= 1, not a={a}, b={b}, x={x}")
    if x == 0:
        return -math.inf
    if x == 1:
        return 0.0
    front = a * math.log(x) + b * math.log1p(-x) - _log_beta(a, b)
    if x < (a + 1) / (a + b + 2):
        return min(0.0, front - math.log(a) + math.log(_fraction(a, b, x)))
    # On this side the fraction converges for the complement alone.
    other = math.exp(front - math.log(b) + math.log(_fraction(b, a, 1 - x)))
    return math.log1p(-min(other, 1.0)) if other < 1 else -math.inf


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of I_x(a, b) over its front factor; converges fast for x < (a + 1) / (a + b + 2)."""
    both, above, below = a + b, a + 1, a - 1
    c, d = 1.0, 1 - both * x / above
    d = 1 / (d if abs(d) > _TINY else _TINY)
    value = d
    for step in range(1, _MOST_STEPS):
        twice = a + 2 * step
        # the same lines twice: a loop around them would take half of the time of all scores
        term = step * (b - step) * x / ((below + 2 * step) * twice)
        d = 1 + term * d
        c = 1 + term / c
        d = 1 / (d if d > _TINY or d < -_TINY else _TINY)
        c = c if c > _TINY or c < -_TINY else _TINY
        value *= d * c
        term = -(a + step) * (both + step) * x / (twice * (above + 2 * step))
        d = 1 + term * d
        c = 1 + term / c
        d = 1 / (d if d > _TINY or d < -_TINY else _TINY)
        c = c if c > _TINY or c < -_TINY else _TINY
        last = d * c
        value *= last
        if -_CLOSE < last - 1 < _CLOSE:
            break
    return value


def nb_score(count: float, mean: float, alpha: float) -> float:
    """-log10 of the mid-p tail P(X > count) + P(X = count) / 2 of a negative binomial; 0 for a count of 0.

    Args:
        count: at least 0; parts of a vote are allowed, between whole counts the tail is continuous.
        mean: above 0. alpha: the dispersion, above 0: the variance is mean + alpha * mean^2.
    """
    if count <= 0:
        return 0.0
    size = 1 / alpha
    x = mean / (size + mean)
    tail = log_beta_inc(count, size, x)  # P(X >= count)
    # I_x(count + 1, size) is that less the probability of exactly `count`, of which mid-p takes half away.
    here = count * math.log(x) + size * math.log1p(-x) - _log_beta(count, size) - math.log(count)
    half = _LN_HALF + here - tail
    return _score(tail + (math.log1p(-math.exp(half)) if half < 0 else 0.0))


def share_score(part: float, whole: float, share: float, effect: float) -> float:
    """-log10 of the binomial tail P(X >= part) of `whole` draws, each with `share`; 0 where part is no more than usual.

    Args:
        part: 0..whole. share: above 0, below 1.
        effect: the design effect, at least 1: so many draws say as much as one independent draw.
    """
    if part <= whole * share:
        return 0.0
    return _score(log_beta_inc(part / effect, (whole - part) / effect + 1, share))


def most_share_score(part: float, whole: float, share: float, effect: float) -> float:
    """What `share_score` of the same is at most, for a third of its cost: without the fraction, which is never below 1.

    It is told with a little more than that, so that no rounding makes it less.
    """
    if part <= whole * share:
        return 0.0
    a, b = part / effect, (whole - part) / effect + 1
    return _score(a * math.log(share) + b * math.log1p(-share) - _log_beta(a, b) - math.log(a)) + _ROUNDING


def _score(log_tail: float) -> float:
    return max(0.0, -log_tail / _LN10)
