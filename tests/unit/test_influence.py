"""Influence and engagement of a mention, by their published formulas."""

from hypothesis import given
from hypothesis import strategies as st

from mentions.records import Engagement
from processors.detection.influence import FAR, LEAST, MOST, NEAR, engagement, impact, influence, share


def test_what_a_network_does_not_tell_is_unknown_and_never_zero() -> None:
    """Without followers there is no influence; without any count of reactions no engagement; a told zero is zero."""
    assert influence(None) is None
    assert engagement(None) is None
    assert engagement(Engagement(observed_at=None)) is None
    assert engagement(Engagement(likes=0)) == 0
    assert influence(0) == 0


def test_engagement_adds_what_is_told() -> None:
    """Likes, shares and replies count one each; a missing kind adds nothing."""
    assert engagement(Engagement(likes=3, shares=2, replies=4)) == 9
    assert engagement(Engagement(likes=3, replies=4)) == 7


def test_the_ends_of_the_discount_are_the_published_ones() -> None:
    """15 % of an audience up to 100,000 followers, 6 % from 10 million on."""
    assert (share(NEAR), share(FAR), share(10 * FAR)) == (MOST, LEAST, LEAST)
    assert (influence(100_000), influence(10_000_000)) == (15_000, 600_000)


@given(st.integers(0, 10**9), st.integers(0, 10**7))
def test_a_larger_audience_never_has_less_influence(followers: int, more: int) -> None:
    """The straight line of the original would give 8 million followers more readers than 10 million."""
    fewer, greater = influence(followers), influence(followers + more)
    assert fewer is not None
    assert greater is not None
    assert 0 <= fewer <= greater <= followers + more


def test_both_come_with_the_version_of_their_formula() -> None:
    """Whoever keeps the figures can tell later how they were made."""
    assert impact(1_000, Engagement(likes=2)).formula == "1"
