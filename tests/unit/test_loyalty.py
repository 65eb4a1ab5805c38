import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.detection.loyalty import (
    GRACE,
    HALF_LIFE,
    LAPSED_AFTER,
    LEAST_SIDE,
    LISTED_AT,
    WINDOW,
    Appraisal,
    Day,
    appraise,
)

TODAY = 20_000


def day(ago: int, score: float = 0.8, mentions: int = 1, copies: int = 0, spam: int = 0) -> Day:
    """A day so long ago with this mean score of its distinct mentions."""
    return Day(TODAY - ago, mentions, copies, spam, round(1000 * score * (mentions - copies - spam)))


def fan(days: Sequence[int]) -> Appraisal:
    """Of an author who was positive on these days ago."""
    return appraise([day(ago) for ago in days], TODAY)


def test_one_loud_day_makes_no_evangelist() -> None:
    """Fifteen enthusiastic posts on one day are one vote: they rank below three good days over a month."""
    loud = appraise([day(1, mentions=15)], TODAY)
    faithful = fan([1, 12, 30])
    assert not loud.listed
    assert faithful.listed
    assert faithful.evangelist > loud.evangelist
    assert faithful.evangelist >= LISTED_AT


def test_copies_and_spam_are_no_word_of_ones_own() -> None:
    """A day of copies or spam alone casts no vote, and many copies take the authenticity away."""
    assert day(1, mentions=3, copies=2, spam=1).sign is None
    bot = appraise([day(ago, mentions=10, copies=8) for ago in range(1, 60, 3)], TODAY)
    assert bot.authenticity == pytest.approx(0.04)
    assert bot.evangelist < LISTED_AT


@pytest.mark.parametrize(("score", "sign"), [(0.21, 1), (0.2, 0), (-0.2, 0), (-0.21, -1)])
def test_a_day_has_one_sign(score: float, sign: int) -> None:
    """Beyond a fifth a day is positive or negative, else neutral."""
    assert day(1, score).sign == sign


def test_old_days_fade_and_the_oldest_are_not_looked_at() -> None:
    """A vote counts half after the half-life and nothing after the window."""
    assert fan([round(HALF_LIFE)]).positive == pytest.approx(0.5)
    assert fan([WINDOW]).days_active == 0
    assert appraise([day(-1)], TODAY).days_active == 0


def test_whoever_went_away_has_lapsed() -> None:
    """Silence after the grace lets the score fall, and after a while an evangelist is told as lapsed."""
    before = [10, 20, 30, 40, 50]
    now, later = fan(before), fan([ago + LAPSED_AFTER for ago in before])
    assert (now.lapsed, later.lapsed) == (False, True)
    assert later.evangelist < LISTED_AT < now.evangelist
    assert fan([GRACE + 10, GRACE + 20, GRACE + 40]).recency == pytest.approx(0.5)
    assert not appraise([day(ago + 60, -0.8) for ago in before], TODAY).lapsed


def test_detractors_are_ranked_by_the_same_rule() -> None:
    """Turning every sign round turns evangelist and detractor round."""
    ago = [1, 9, 20, 40]
    good, bad = fan(ago), appraise([day(each, -0.8) for each in ago], TODAY)
    assert (good.evangelist, good.affinity) == (bad.detractor, -bad.affinity)
    assert good.detractor == bad.evangelist == 0


DAYS = st.lists(
    st.builds(day, st.integers(0, 200), st.floats(-1, 1), st.just(3), st.integers(0, 2), st.integers(0, 1)),
    unique_by=lambda each: each.day,
    max_size=30,
)


@given(DAYS)
def test_every_figure_stays_in_its_range_in_any_order(days: list[Day]) -> None:
    """Whatever was said, the figures keep their ranges, and the order of the days changes none."""
    found = appraise(days, TODAY)
    assert -1 <= found.affinity <= 1
    assert all(0 <= value <= 1 for value in (found.evangelist, found.detractor, found.loyalty, found.authenticity))
    assert found.evangelist * found.detractor == 0
    assert appraise(days[::-1], TODAY) == found
    assert math.isfinite(found.positive)


@given(DAYS)
def test_another_good_day_never_lowers_the_score(days: list[Day]) -> None:
    """A further positive day of one's own words makes nobody less of an evangelist."""
    free = next(ago for ago in range(WINDOW) if all(each.day != TODAY - ago for each in days))
    assert appraise([*days, day(free)], TODAY).affinity >= appraise(days, TODAY).affinity - 1e-12


@given(st.integers(0, 170), st.lists(st.integers(0, 170), max_size=30))
def test_one_day_on_a_side_lists_nobody_however_many_days_have_no_side(ago: int, neutral: list[int]) -> None:
    """Who may be listed is looked for in the database by this; it must leave nobody out."""
    days = [day(ago), *(day(other, score=0.0) for other in set(neutral) - {ago})]
    assert LEAST_SIDE == 2
    assert appraise(days, TODAY).evangelist < LISTED_AT
