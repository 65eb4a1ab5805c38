"""The charts of a review."""

from datetime import date, timedelta

import pytest

from dashboards.review.model import BandPoint
from dashboards.review.periods import band_hours, span_of
from dashboards.review.pictures import _columns


@pytest.mark.parametrize("days", [1, 7, 31, 92, 366])
def test_no_hour_of_the_band_is_left_white(days: int) -> None:
    """A chart of the band has one column for each point that is kept, wherever in its hours that one lies."""
    period = span_of(date(2026, 9, 1), date(2026, 9, 1) + timedelta(days=days - 1), "Europe/Madrid")
    per = band_hours(period.since, period.until)
    columns = -(-round((period.until - period.since) / timedelta(hours=1)) // per)
    for minute in (1, 60, 60 * per):
        moments = [period.since + timedelta(hours=per * place, minutes=minute) for place in range(columns)]
        points = [BandPoint(at=at, negatives=1.0, expected=1.0, low=0.0, high=3.0, state="usual") for at in moments]
        assert None not in _columns(points, period.since, per, columns)
