"""The main figures in words and marks: nothing is shown that its numbers do not carry."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.console import charts
from dashboards.console.figures import Figure, figure_of
from dashboards.console.speech import Speech
from mentions.records import LABELS, Gap
from processors.store.figures import Tally, fields_of
from processors.store.summaries import BrandSummary, DayFigures, PreviousFigures, SourceFigures

UNTIL = datetime(2026, 11, 16, 12, tzinfo=UTC)
SINCE = UNTIL - timedelta(hours=24)
MADRID = ZoneInfo("Europe/Madrid")
QUIET_DAY = [(0, 0)] * 24
COMPARABLE = Tally(positive=20, neutral=20, negative=20, unjudged=40)


def summary(
    now: Tally, before: Tally = COMPARABLE, *, comparable: bool = True, completeness: float | None = 0.98
) -> BrandSummary:
    """Lumbre's day and the day before."""
    figures: dict[str, Any] = fields_of(now)
    previous = PreviousFigures(
        **fields_of(before),
        since=SINCE - timedelta(hours=24),
        until=SINCE,
        completeness=completeness,
        comparable=comparable,
        why_not=None if comparable else "other sources",
    )
    return BrandSummary(
        **figures,
        brand="lumbre",
        role="own",
        time_zone="Europe/Madrid",
        own=0,
        ambassador=0,
        completeness=completeness,
        by_source=(SourceFigures(**figures, source="bluesky", completeness=completeness),),
        by_language=(),
        by_day=(DayFigures(**fields_of(Tally(positive=3)), day=date(2026, 11, 16), partial=True),),
        previous=previous,
    )


def shown(now: Tally, before: Tally = COMPARABLE, *, lang: Any = "en", **options: Any) -> Figure:
    """The card of such a day."""
    gaps = options.pop("gaps", ())
    return figure_of(summary(now, before, **options), QUIET_DAY, gaps, UNTIL, MADRID, Speech(lang))


@pytest.mark.parametrize(("n", "is_shown"), [(29, False), (30, True)])
def test_net_sentiment_needs_thirty_opinions(n: int, is_shown: bool) -> None:
    """With 29 positive or negative mentions net sentiment is withheld and the card says why; with 30 it is shown."""
    figure = shown(Tally(positive=n, neutral=500))
    assert (figure.net is not None) is is_shown
    assert "29" in figure.net_hidden or is_shown


def test_net_sentiment_comes_with_what_it_rests_on() -> None:
    """Beside net sentiment stand its interval and n; the marks lie on the axis where the numbers say."""
    net = shown(Tally(positive=45, neutral=100, negative=15)).net
    assert net is not None
    assert (net.value, net.n) == ("+50%", "n = 60 positive or negative")
    assert net.interval == "95% sure: +26% to +68%"
    assert net.at == 150.0
    assert net.low < net.at < net.low + net.width


def test_the_unjudged_are_always_shown() -> None:
    """The shares of all four labels add up to the whole, the unjudged among them."""
    shares = shown(Tally(positive=10, neutral=20, negative=30, unjudged=40)).shares
    assert [(share.label, share.value) for share in shares] == [
        ("positive", "10%"),
        ("neutral", "20%"),
        ("negative", "30%"),
        ("unjudged", "40%"),
    ]
    assert [share.change for share in shares] == ["−10 pp", "", "+10 pp", ""]


def test_periods_that_cannot_be_compared_are_not() -> None:
    """When the two days had other sources, or too little was heard, no change is shown, of volume or shares."""
    figure = shown(Tally(positive=40, negative=40), comparable=False)
    assert figure.change.startswith("Not compared")
    assert figure.net_before == ""
    assert {share.change for share in figure.shares} == {""}


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [
        (150, 100, "50% more than the 24 h before (100)"),
        (75, 100, "25% fewer than the 24 h before (100)"),
        (100, 100, "as many as in the 24 h before"),
        (1001, 1000, "1 more than the 24 h before (1,000)"),
        (50, 4, "46 more than the 24 h before (4)"),
        (5, 0, "none in the 24 h before"),
        (0, 0, ""),
    ],
)
def test_changes_are_per_cent_only_of_enough(now: int, before: int, words: str) -> None:
    """Of thirty mentions or more a change is told in per cent; of fewer as the plain difference."""
    assert shown(Tally(neutral=now), Tally(neutral=before)).change == words


def test_the_card_names_its_sources_and_how_much_was_heard() -> None:
    """Volume is never shown without the sources that it comes from and the share of the window that they heard."""
    assert shown(Tally(neutral=1)).rests_on == "From Bluesky; 98% of the 24 h heard."
    assert shown(Tally(neutral=1), completeness=None).rests_on == "From Bluesky."
    assert shown(Tally(neutral=1), lang="es").rests_on == "De Bluesky; se escuchó el 98\u202f% de las 24 h."


def test_hours_that_were_not_heard_are_marked() -> None:
    """An hour that a gap touches is marked, and only that one; a gap ends before its end."""
    gap = Gap(UNTIL - timedelta(hours=3), UNTIL - timedelta(hours=2), "the connection was lost")
    hours = shown(Tally(neutral=1), gaps=(gap,)).hours
    assert hours is not None
    assert [place for place, bar in enumerate(hours.bars) if bar.missed] == [21]
    assert hours.bars[21].text == "10:00–11:00: 0 mentions, 0 negative; not all heard"
    assert hours.any_missed


def test_a_quiet_day_shows_no_empty_charts() -> None:
    """Without a mention there is neither chart nor shares."""
    figure = shown(Tally())
    assert (figure.hours, figure.shares, figure.volume) == (None, (), "0")


counts = st.integers(0, 10**6).flatmap(lambda count: st.tuples(st.just(count), st.integers(0, count)))


@given(st.lists(counts, min_size=1, max_size=48))
def test_bars_start_at_zero_and_share_one_scale(hours: list[tuple[int, int]]) -> None:
    """Every bar's length is its count times one factor, up and down alike, but for the least that can be seen."""
    drawn = charts.bars(hours)
    most = max(count for count, _ in hours) + max(negative for _, negative in hours)
    unit = charts.HEIGHT / max(1, most)
    for bar, (count, negative) in zip(drawn.bars, hours, strict=True):
        assert bar.up == pytest.approx(max(1.0, count * unit) if count else 0, abs=0.01)
        assert bar.down == pytest.approx(max(1.0, negative * unit) if negative else 0, abs=0.01)
        assert bar.top + bar.up == pytest.approx(drawn.base, abs=0.01)


@given(st.lists(st.integers(0, 10**6), min_size=len(LABELS), max_size=len(LABELS)))
def test_the_stack_is_divided_in_proportion(parts: list[int]) -> None:
    """The parts of the stack follow each other without a gap and fill it, or are all empty."""
    end = 0.0
    for start, width in charts.widths(parts):
        assert start == pytest.approx(end, abs=0.02)
        end = start + width
    assert end == pytest.approx(100 if sum(parts) else 0, abs=0.05)
