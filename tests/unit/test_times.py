from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from ingest.sources.times import TimeReader, detect, needs_order, reader
from mentions.errors import UsageError

MOMENT = datetime(2015, 2, 24, 11, 35, tzinfo=UTC)


@pytest.mark.parametrize(
    "given",
    [
        "2015-02-24T11:35:00Z",
        "2015-02-24t11:35:00z",
        "2015-02-24T12:35:00+01:00",
        "2015-02-24 03:35:00 -0800",
        "2015-02-24 11:35",
        "2015/02/24 11.35",
        "20150224113500",
        "Tue, 24 Feb 2015 11:35:00 GMT",
        "24 Feb 2015 06:35:00 EST",
        "Tue Feb 24 11:35:00 +0000 2015",
        "Feb 24, 2015 11:35 AM",
        "24 de febrero de 2015, 11:35",
        "24-02-2015 11.35",
        "2/24/15 11:35",
        "24.02.2015 11:35:00",
        "24/02/2015, 11:35:00",
        " 24/02/2015 11:35 ",
        "1424777700",
        "1424777700000",
        1424777700,
        1424777700000,
        1424777700.0,
    ],
)
def test_common_ways_to_write_one_moment_are_all_read(given: object) -> None:
    """RFC 3339, RFC 2822, epochs, spreadsheets' and networks' forms of one moment give that moment."""
    assert TimeReader().read(given) == MOMENT


@pytest.mark.parametrize(
    "given",
    [
        *("", "yesterday", "2015", "5.70306E+17", "2015-13-40", "24/02/2015 11:75", "24/02/2015 11:35 XYZ", "9" * 40),
        *("x" * 5000, None, True, [], float("nan"), float("inf"), 10**40, "0001-01-01T00:00:00+05:00"),
    ],
)
def test_what_is_no_time_is_none(given: object) -> None:
    """A value that names no moment gives None and raises nothing."""
    assert TimeReader().read(given) is None


def test_noon_and_midnight_of_the_twelve_hour_clock() -> None:
    """12 AM is midnight and 12 PM is noon."""
    read = TimeReader().read
    assert read("2/24/2015 12:05 a.m.") == datetime(2015, 2, 24, 0, 5, tzinfo=UTC)
    assert read("2/24/2015 12:05 PM") == datetime(2015, 2, 24, 12, 5, tzinfo=UTC)


def test_a_leap_second_is_the_second_before() -> None:
    """A 60th second, which RFC 3339 allows, is read as the 59th."""
    assert TimeReader().read("2016-12-31T23:59:60Z") == datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)


def test_a_value_above_twelve_decides_the_order_for_all() -> None:
    """One day above 12 anywhere in the sample tells day-first from month-first, also for the doubtful rows."""
    day_first = detect(["02/03/2015", "13/03/2015"], UTC, "posts.csv: when")
    month_first = detect(["02/03/2015", "03/13/2015"], UTC, "posts.csv: when")
    assert day_first.read("02/03/2015") == datetime(2015, 3, 2, tzinfo=UTC)
    assert month_first.read("02/03/2015") == datetime(2015, 2, 3, tzinfo=UTC)
    assert day_first.read("03/13/2015") is None


def test_an_undecided_order_is_an_error_that_shows_both_readings() -> None:
    """When no row decides, the error shows the example read both ways and names the option that settles it."""
    with pytest.raises(UsageError) as caught:
        detect(["02/03/2015 10:15", "04/05/2015 10:15"], UTC, "posts.csv: when")
    for part in ("posts.csv: when", "02/03/2015 10:15", "2015-03-02", "2015-02-03", "--time-format"):
        assert part in str(caught.value)


def test_contradicting_rows_are_an_error_that_shows_one_of_each() -> None:
    """A sample with both orders names a row of each."""
    with pytest.raises(UsageError, match=r"13/02/2015.*02/14/2015"):
        detect(["13/02/2015", "02/14/2015"], UTC, "posts.csv: when")


def test_equal_day_and_month_need_no_decision() -> None:
    """05/05/2015 is the same day in both orders and no reason to ask."""
    assert detect(["05/05/2015"], UTC, "x").read("05/05/2015") == datetime(2015, 5, 5, tzinfo=UTC)


def test_without_a_decision_only_doubtful_values_stay_unread() -> None:
    """A reader without order reads what has one meaning and leaves the rest."""
    read = TimeReader().read
    assert read("24/02/2015") == datetime(2015, 2, 24, tzinfo=UTC)
    assert read("02/03/2015") is None
    assert needs_order("02/03/2015")
    assert not needs_order("2015-03-02")
    assert not needs_order(7)


def test_naive_times_are_of_the_given_zone() -> None:
    """A time without offset is local to the zone; one with an offset is not touched by it."""
    madrid = reader(None, "Europe/Madrid")
    assert madrid.read("2026-07-01 12:00") == datetime(2026, 7, 1, 10, tzinfo=UTC)
    assert madrid.read("2026-07-01T12:00:00Z") == datetime(2026, 7, 1, 12, tzinfo=UTC)


def test_hours_that_clocks_skip_or_repeat_are_read_the_same_every_time() -> None:
    """The repeated hour is its first occurrence; the skipped hour counts with the offset before the skip."""
    madrid = TimeReader(ZoneInfo("Europe/Madrid"))
    assert madrid.read("2026-10-25 02:30") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert madrid.read("2026-03-29 02:30") == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_a_given_pattern_is_the_only_form() -> None:
    """With a strptime pattern nothing else is read; with the word for an order only that order is."""
    assert reader("%Y %d %m", None).read("2015 24 02") == datetime(2015, 2, 24, tzinfo=UTC)
    assert reader("%Y %d %m", None).read("2015-02-24") is None
    assert reader("day-first", None).read("02/03/2015") == datetime(2015, 3, 2, tzinfo=UTC)
    assert reader("month-first", None).read("02/03/2015") == datetime(2015, 2, 3, tzinfo=UTC)


@pytest.mark.parametrize("pattern", ["%Q", "%", "%d/%m", "plain"])
def test_a_pattern_that_gives_no_date_is_refused(pattern: str) -> None:
    """An unknown code, or a pattern without year, month or day, is an error before anything is read."""
    with pytest.raises(UsageError, match="--time-format"):
        reader(pattern, None)


@pytest.mark.parametrize(("zone", "hint"), [("Europe/Madird", "Europe/Madrid"), ("../etc/passwd", "such as")])
def test_an_unknown_zone_is_refused_with_a_hint(zone: str, hint: str) -> None:
    """A mistyped zone names the nearest one."""
    with pytest.raises(UsageError, match=hint):
        reader(None, zone)
