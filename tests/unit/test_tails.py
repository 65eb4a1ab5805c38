"""The tails of counts, against exact sums and published values."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.detection.tails import log_beta_inc, most_share_score, nb_score, share_score


def binomial_tail(least: int, draws: int, share: Fraction) -> Fraction:
    """P(X >= least), exactly."""
    return sum(
        (math.comb(draws, count) * share**count * (1 - share) ** (draws - count) for count in range(least, draws + 1)),
        Fraction(0),
    )


@given(draws=st.integers(1, 80), data=st.data(), percent=st.integers(1, 99))
def test_the_incomplete_beta_is_the_exact_binomial_tail(draws: int, data: st.DataObject, percent: int) -> None:
    """I_p(k, n - k + 1) is P(X >= k) of n draws, to 12 digits, however small."""
    least = data.draw(st.integers(1, draws))
    exact = binomial_tail(least, draws, Fraction(percent, 100))
    assert log_beta_inc(least, draws - least + 1, percent / 100) == pytest.approx(math.log(exact), rel=1e-11, abs=1e-12)


@given(count=st.integers(1, 60), size=st.integers(1, 20), percent=st.integers(5, 95))
def test_the_volume_score_is_the_exact_mid_p_tail(count: int, size: int, percent: int) -> None:
    """The negative binomial's P(X > x) + P(X = x) / 2, summed exactly, gives the same score."""
    success = Fraction(percent, 100)  # X counts failures before `size` successes
    masses = [math.comb(x + size - 1, x) * success**size * (1 - success) ** x for x in range(count + 1)]
    tail = 1 - sum(masses, Fraction(0)) + masses[count] / 2
    mean = float(size * (1 - success) / success)
    assert nb_score(count, mean, 1 / size) == pytest.approx(-math.log10(tail), rel=1e-9, abs=1e-11)


@pytest.mark.parametrize(
    ("a", "b", "x", "value"),
    [
        (0.5, 0.5, 0.25, 1 / 3),  # the arcsine law
        (1, 1, 0.7, 0.7),
        (2, 2, 0.5, 0.5),
        (1, 5, 0.1, 1 - 0.9**5),
        (3, 1, 0.2, 0.2**3),
    ],
)
def test_known_values(a: float, b: float, x: float, value: float) -> None:
    """Closed forms of the incomplete beta function come out."""
    assert math.exp(log_beta_inc(a, b, x)) == pytest.approx(value, rel=1e-13)


@given(
    a=st.floats(0.01, 1e4),
    b=st.floats(0.01, 1e4),
    x=st.floats(1e-6, 1 - 1e-6),  # nearer to 0 and 1, 1 - x itself is no longer exact
)
def test_both_sides_add_up_to_one(a: float, b: float, x: float) -> None:
    """I_x(a, b) + I_(1-x)(b, a) = 1, also for parts of a count."""
    both = math.exp(log_beta_inc(a, b, x)) + math.exp(log_beta_inc(b, a, 1 - x))
    assert both == pytest.approx(1, abs=1e-8)


def test_scores_tell_the_hardly_possible_from_the_still_less_possible() -> None:
    """Far below the smallest float scores go on rising."""
    scores = [nb_score(count, 3, 0.5) for count in (1e3, 1e4, 1e5)]
    assert scores == sorted(scores)
    assert scores[-1] > 10_000
    assert math.isfinite(scores[-1])


@given(count=st.floats(0, 200), more=st.floats(0, 50), mean=st.floats(0.02, 300), alpha=st.floats(0.01, 20))
def test_more_is_never_less_improbable(count: float, more: float, mean: float, alpha: float) -> None:
    """The volume score never falls with the count, whole or not."""
    assert nb_score(count + more, mean, alpha) >= nb_score(count, mean, alpha) - 1e-9


def test_a_usual_share_scores_nothing() -> None:
    """No more than the usual share is nothing unusual; all of many is."""
    assert share_score(2, 10, 0.2, 1) == 0
    assert share_score(10, 10, 0.2, 1) == pytest.approx(-math.log10(0.2**10))
    assert share_score(10, 10, 0.2, 2) == pytest.approx(-math.log10(0.2**10) / 2, rel=0.2)


@pytest.mark.parametrize(("a", "b", "x"), [(0, 1, 0.5), (1, -1, 0.5), (1, 1, 1.5), (1, 1, math.nan)])
def test_nonsense_is_refused(a: float, b: float, x: float) -> None:
    """Arguments for which the function has no value are an error, not a number."""
    with pytest.raises(ValueError, match="incomplete beta"):
        log_beta_inc(a, b, x)


@given(
    whole=st.floats(0.5, 2_000),
    part=st.floats(0, 1),
    share=st.floats(0.001, 0.999),
    effect=st.floats(1, 50),
)
def test_the_cheap_bound_is_never_below_the_share_score(whole: float, part: float, share: float, effect: float) -> None:
    """What is passed over between two marks because of the bound could not have opened an alert."""
    assert most_share_score(whole * part, whole, share, effect) >= share_score(whole * part, whole, share, effect)
