"""Times as live sources give them."""

from datetime import UTC, datetime, timedelta

import pytest

from ingest.sources.times_live import parse_time, relay_time, sane_time
from tests.clocks import MORNING


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-16T09:00:00Z", MORNING),
        ("2026-11-16T09:00:00.000000999Z", MORNING),
        ("2026-11-16T09:00:00", MORNING),
        ("2026-11-16 09:00:00z", MORNING),
        ("2026-11-16T10:00:00+01:00", MORNING),
        ("2026-11-16T10:00:00+0100", MORNING),
        (" 2026-11-16T09:00Z ", MORNING),
        ("2026-11-16", datetime(2026, 11, 16, tzinfo=UTC)),
    ],
)
def test_times_are_read_as_people_write_them(text: str, expected: datetime) -> None:
    """Nanoseconds, a missing zone, other offsets and a lower-case zone are all understood."""
    assert parse_time(text) == expected
    assert parse_time(text).tzinfo is UTC  # type: ignore[union-attr] # equal to a datetime, so it is one


@pytest.mark.parametrize(
    "text",
    ["", "ayer", "2026-13-01T00:00:00Z", "2026-11-16T24:61:00Z", "0001-01-01T00:00:00+14:00", "1794819600", "\0"],
)
def test_what_is_no_time_is_none(text: str) -> None:
    """Garbage, impossible dates and times beyond the calendar give None and raise nothing."""
    assert parse_time(text) is None


@pytest.mark.parametrize(
    ("offset", "believed"),
    [
        (timedelta(days=-7), True),
        (timedelta(days=-7, seconds=-1), False),
        (timedelta(minutes=5), True),
        (timedelta(minutes=5, seconds=1), False),
    ],
)
def test_live_times_are_believed_within_a_week_and_five_minutes(offset: timedelta, believed: bool) -> None:
    """Seven days back and five minutes ahead are believed, both ends included; beyond them receipt counts, flagged."""
    expected = (MORNING + offset, False) if believed else (MORNING, True)
    assert sane_time(MORNING + offset, MORNING) == expected


def test_articles_may_be_old_but_not_from_the_future() -> None:
    """Without a limit of age only the future is not believed."""
    assert sane_time(MORNING - timedelta(days=4000), MORNING, oldest=None) == (MORNING - timedelta(days=4000), False)
    assert sane_time(MORNING + timedelta(days=1), MORNING, oldest=None) == (MORNING, True)


def test_no_time_is_the_time_of_receipt() -> None:
    """A missing time is replaced and flagged."""
    assert sane_time(None, MORNING) == (MORNING, True)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (MORNING - timedelta(hours=36), MORNING - timedelta(hours=36)),
        (MORNING + timedelta(seconds=1), MORNING),
        (datetime(1970, 1, 1, tzinfo=UTC), MORNING),
        (None, MORNING),
    ],
)
def test_a_relay_is_believed_about_the_past_only(given: datetime | None, expected: datetime) -> None:
    """A replay keeps the relay's times; an impossible one gives way to the arrival."""
    assert relay_time(given, MORNING) == expected
