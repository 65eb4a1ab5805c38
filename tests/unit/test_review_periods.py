from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from dashboards.review.judging import Ratio, band, verdict
from dashboards.review.periods import before, days_of, earlier, last_week, named, span_of
from mentions.errors import UsageError


def test_a_week_of_summer_time_has_an_hour_less_or_more() -> None:
    """Weeks are Monday to Sunday in the brand's zone, of 167 and 169 hours when the clocks change."""
    spring, autumn = named("2026-W13", "Europe/Madrid"), named("2026-W43", "Europe/Madrid")
    assert (spring.until - spring.since, autumn.until - autumn.since) == (timedelta(hours=167), timedelta(hours=169))
    assert spring.since == datetime(2026, 3, 22, 23, tzinfo=UTC)
    assert [(end - start) // timedelta(hours=1) for _, start, end in days_of(spring)] == [24] * 6 + [23]


@pytest.mark.parametrize(
    ("name", "first", "last", "one_before"),
    [
        ("2026-W01", date(2025, 12, 29), date(2026, 1, 4), "2025-W52"),
        ("2021-W01", date(2021, 1, 4), date(2021, 1, 10), "2020-W53"),
        ("2026-01", date(2026, 1, 1), date(2026, 1, 31), "2025-12"),
        ("2028-02", date(2028, 2, 1), date(2028, 2, 29), "2028-01"),
        ("2026-Q1", date(2026, 1, 1), date(2026, 3, 31), "2025-Q4"),
        ("2026-11-16..2026-11-18", date(2026, 11, 16), date(2026, 11, 18), "2026-11-13..2026-11-15"),
    ],
)
def test_periods_have_their_days_and_the_one_before(name: str, first: date, last: date, one_before: str) -> None:
    """Week, month, quarter and span know first and last day, and what came before, over the turn of years too."""
    period = named(name, "America/Mexico_City")
    assert (period.name, period.first_day, period.last_day) == (name, first, last)
    assert before(period).name == one_before
    chain = [*earlier(period), period]
    assert all(one.until == other.since for one, other in pairwise(chain))


def test_the_last_week_is_the_last_that_is_over_there() -> None:
    """On Sunday night in Madrid it is still last week's, on Monday it is this one; Mexico is later."""
    night = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert last_week(night, "Europe/Madrid").name == "2026-W47"
    assert last_week(night, "America/Mexico_City").name == "2026-W46"


@pytest.mark.parametrize("name", ["2026-W54", "2026-13", "2026-Q5", "yesterday", "2026-02-30..2026-03-01"])
def test_what_is_no_period_is_refused(name: str) -> None:
    """A name that names none is an error that says the forms."""
    with pytest.raises(UsageError, match="2026-W47"):
        named(name, "UTC")
    with pytest.raises(UsageError):
        span_of(date(2026, 2, 2), date(2026, 2, 1), "UTC")


def test_what_differs_no_more_than_days_do_is_level() -> None:
    """Within the band nothing has to have happened; beyond it something rose or fell; with nothing before, unknown."""
    weeks = [Ratio(tuple(100.0 + 10 * ((day + week) % 3) for day in range(7))) for week in range(4)]
    expected = band(weeks, "count")
    assert expected is not None
    assert verdict(770, expected) == "level"
    assert (verdict(1_200, expected), verdict(300, expected)) == ("rose", "fell")
    assert band([None, None], "count") is None
    assert verdict(5, None) == "unknown"


def test_a_crisis_of_this_week_makes_no_wider_band() -> None:
    """What is usual is learnt from the periods before alone, so that one terrible day is seen."""
    calm = [Ratio((2.0,) * 7, (10.0,) * 7) for _ in range(4)]
    expected = band([*calm[:3], Ratio((2.0, 3.0, 1.0, 2.0, 2.0, 3.0, 1.0), (10.0,) * 7)], "share")
    assert expected is not None
    assert verdict(0.5, expected) == "rose"
    assert 0 < expected.high - expected.low < 0.2
