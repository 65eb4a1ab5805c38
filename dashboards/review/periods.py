"""Weeks, months, quarters and spans of days in a brand's time zone, and those before them. Pure."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from dashboards.review.values import Period, PeriodKind
from mentions.errors import UsageError

EARLIER = 4
"""Periods that one is compared with."""
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_BAND_POINTS, _BAND_HOURS = 90, 2
"""About so many points of the detector's band are kept of a period, none for fewer hours."""
_LONGEST = 366


def band_hours(since: datetime, until: datetime) -> int:
    """Of how many hours a review keeps one point of the detector's band: the one that surprised most."""
    return max(_BAND_HOURS, (until - since) // _BAND_POINTS // _HOUR)


def week_of(day: date, zone: str) -> Period:
    """The ISO week that holds a day."""
    first = day - timedelta(days=day.weekday())
    year, week, _ = first.isocalendar()
    return _period("week", f"{year}-W{week:02}", first, first + 6 * _DAY, zone)


def last_week(now: datetime, zone: str) -> Period:
    """The last ISO week that is over."""
    return week_of(now.astimezone(ZoneInfo(zone)).date() - 7 * _DAY, zone)


def span_of(first: date, last: date, zone: str) -> Period:
    """The days from `first` to `last`, both inclusive.

    Raises:
        UsageError: they are in the wrong order, or more than a year.
    """
    if last < first or (last - first).days >= _LONGEST:
        msg = f"found {first} to {last}; give a first day, and a last one at most {_LONGEST - 1} days later"
        raise UsageError(msg)
    return _period("span", f"{first}..{last}", first, last, zone)


def named(name: str, zone: str) -> Period:
    """The period of a name: `2026-W47`, `2026-11`, `2026-Q4`, `2026-11-16..2026-11-18`.

    Raises:
        UsageError: it is none.
    """
    try:
        if match := re.fullmatch(r"(\d{4})-W(\d{2})", name):
            return week_of(date.fromisocalendar(int(match[1]), int(match[2]), 1), zone)
        if match := re.fullmatch(r"(\d{4})-(\d{2})", name):
            first = date(int(match[1]), int(match[2]), 1)
            return _period("month", name, first, _months_on(first, 1) - _DAY, zone)
        if match := re.fullmatch(r"(\d{4})-Q([1-4])", name):
            first = date(int(match[1]), 3 * int(match[2]) - 2, 1)
            return _period("quarter", name, first, _months_on(first, 3) - _DAY, zone)
        if match := re.fullmatch(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})", name):
            return span_of(date.fromisoformat(match[1]), date.fromisoformat(match[2]), zone)
    except (ValueError, OverflowError):
        pass
    msg = f"found {name!r}; write a week (2026-W47), a month (2026-11), a quarter (2026-Q4) or 2026-11-16..2026-11-22"
    raise UsageError(msg)


def before(period: Period) -> Period:
    """The period of the same kind that ends where this one begins."""
    first, zone = period.first_day, period.time_zone
    match period.kind:
        case "week":
            return week_of(first - 7 * _DAY, zone)
        case "month":
            return named(f"{_months_on(first, -1):%Y-%m}", zone)
        case "quarter":
            start = _months_on(first, -3)
            return named(f"{start.year}-Q{(start.month + 2) // 3}", zone)
    days = (period.last_day - first).days + 1
    return span_of(first - days * _DAY, first - _DAY, zone)


def earlier(period: Period) -> tuple[Period, ...]:
    """The four periods before, oldest first."""
    found: list[Period] = []
    for _ in range(EARLIER):
        period = before(period)
        found.append(period)
    return tuple(reversed(found))


def days_of(period: Period) -> list[tuple[date, datetime, datetime]]:
    """Its days, each with its instants; a day may have 23 or 25 hours."""
    count = (period.last_day - period.first_day).days + 1
    days = [period.first_day + number * _DAY for number in range(count)]
    zone = ZoneInfo(period.time_zone)
    return [(day, _midnight(day, zone), _midnight(day + _DAY, zone)) for day in days]


def _period(kind: PeriodKind, name: str, first: date, last: date, zone: str) -> Period:
    place = ZoneInfo(zone)
    return Period(
        kind=kind,
        name=name,
        since=_midnight(first, place),
        until=_midnight(last + _DAY, place),
        first_day=first,
        last_day=last,
        time_zone=zone,
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def _months_on(first: date, months: int) -> date:
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)
