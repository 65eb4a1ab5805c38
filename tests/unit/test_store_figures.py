"""Figures from counts."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentions.records import Gap
from processors.store.coverage import covered_share, merged
from processors.store.figures import Tally, figures_of, net_interval, net_sentiment
from processors.store.summaries import days_of

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
counts = st.integers(0, 10_000)
moments = st.integers(0, 50).map(lambda minutes: NOON + timedelta(minutes=minutes))


def test_net_sentiment_is_positive_less_negative_over_both() -> None:
    """Net sentiment is (positive - negative) / (positive + negative); neutral and unjudged have no part in it."""
    assert net_sentiment(30, 10) == 0.5
    assert net_sentiment(0, 4) == -1.0
    assert net_sentiment(0, 0) is None


@pytest.mark.parametrize(
    ("positive", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_is_wilsons(positive: int, n: int, low: float, high: float) -> None:
    """The interval is Wilson's as published (Newcombe 1998, table I, method 3), mapped from [0, 1] to [-1, 1]."""
    assert net_interval(positive, n - positive) == pytest.approx((2 * low - 1, 2 * high - 1), abs=1e-4)


@given(counts, counts)
def test_the_interval_holds_the_figure_and_stays_in_range(positive: int, negative: int) -> None:
    """The interval lies in [-1, 1] around net sentiment, and there is none where there is no figure."""
    figure, interval = net_sentiment(positive, negative), net_interval(positive, negative)
    if figure is None:
        assert interval is None
    else:
        assert interval is not None
        low, high = interval
        assert -1 <= low <= figure + 1e-12
        assert figure - 1e-12 <= high <= 1
        assert low < high


def test_a_headline_needs_thirty_opinions() -> None:
    """Net sentiment is shown from 30 judged opinions on; neutral and unjudged ones do not help."""
    assert not figures_of(Tally(positive=20, negative=9, neutral=100, unjudged=100)).shown
    assert figures_of(Tally(positive=20, negative=10)).shown


def test_every_figure_of_a_tally() -> None:
    """All figures follow from the eight numbers of a tally; weights are told in whole mentions."""
    found = figures_of(Tally(3, 4, 1, 2, 2500, 4000, 250, 2000))
    assert (found.mentions, found.positive, found.neutral, found.negative, found.unjudged) == (10, 3, 4, 1, 2)
    assert (found.n, found.net_sentiment, found.unjudged_share) == (4, 0.5, 0.2)
    assert (found.weighted.mentions, found.weighted.positive, found.weighted.negative) == (8.75, 2.5, 0.25)
    assert found.weighted.net_sentiment == pytest.approx(2250 / 2750)


def test_nothing_has_no_figures() -> None:
    """Without mentions the counts are 0 and what would be divided by them is unknown, not 0."""
    found = figures_of(Tally.total([]))
    assert found.mentions == 0
    assert (found.net_sentiment, found.interval, found.unjudged_share, found.shown) == (None, None, None, False)
    assert found.weighted.net_sentiment is None


@pytest.mark.parametrize("zone", ["UTC", "Europe/Madrid", "Asia/Kathmandu", "America/Asuncion", "Australia/Lord_Howe"])
@given(start=st.integers(0, 400 * 24 * 60), length=st.integers(0, 20 * 24 * 60))
def test_days_cut_a_window_without_gap_or_overlap(zone: str, start: int, length: int) -> None:
    """The parts of a window's days follow each other without gap, each inside its own day, also where clocks change."""
    since = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=start)
    until = since + timedelta(minutes=length)
    local = ZoneInfo(zone)
    at = since
    for day, begin, end, partial in days_of(since, until, local):
        assert begin == at
        assert begin < end
        assert begin.astimezone(local).date() == day
        assert (end - timedelta.resolution).astimezone(local).date() == day
        outside = [(begin - timedelta.resolution).astimezone(local).date(), end.astimezone(local).date()]
        assert partial == (day in outside)
        at = end
    assert at == until


def test_the_share_that_was_seen_leaves_out_gaps_and_what_came_before_and_after() -> None:
    """Of ten minutes, seen from the second on but for one minute of two overlapping gaps, seven tenths were seen."""
    minute = timedelta(minutes=1)
    gaps = [Gap(NOON + 4 * minute, NOON + 5 * minute, "a"), Gap(NOON + 4.5 * minute, NOON + 5 * minute, "b")]
    spans = [(NOON + 1 * minute, NOON + 9 * minute), (NOON + 2 * minute, NOON + 3 * minute)]
    assert covered_share(NOON, NOON + 10 * minute, spans, gaps) == pytest.approx(0.7)
    assert covered_share(NOON, NOON + 10 * minute, [], []) == 0
    assert covered_share(NOON, NOON, spans, gaps) is None


@given(
    st.lists(st.tuples(moments, moments), max_size=6),
    st.lists(st.tuples(moments, moments), max_size=6),
    st.tuples(moments, moments).filter(lambda window: window[0] < window[1]),
)
def test_the_share_is_that_of_the_minutes_that_were_seen(
    spans: list[tuple[datetime, datetime]],
    gaps: list[tuple[datetime, datetime]],
    window: tuple[datetime, datetime],
) -> None:
    """Whatever spans and gaps overlap, the share is the number of minutes in a span and in no gap over all minutes."""
    since, until = window
    minutes = [since + timedelta(minutes=n) for n in range((until - since) // timedelta(minutes=1))]
    seen = [at for at in minutes if any(a <= at < b for a, b in spans) and not any(a <= at < b for a, b in gaps)]
    lost = [Gap(a, b, "why") for a, b in gaps if a < b]
    share = covered_share(since, until, [(a, b) for a, b in spans if a < b], lost)
    assert share == pytest.approx(len(seen) / len(minutes))


def test_gaps_that_touch_are_told_as_one_with_all_reasons() -> None:
    """Overlapping or touching gaps become one, which names each reason once."""
    minute = timedelta(minutes=1)
    gaps = [
        Gap(NOON + 2 * minute, NOON + 3 * minute, "down"),
        Gap(NOON, NOON + 2 * minute, "cursor too old"),
        Gap(NOON + 1 * minute, NOON + 2 * minute, "down"),
        Gap(NOON + 5 * minute, NOON + 6 * minute, "down"),
    ]
    assert merged(gaps) == (
        Gap(NOON, NOON + 3 * minute, "cursor too old; down"),
        Gap(NOON + 5 * minute, NOON + 6 * minute, "down"),
    )
