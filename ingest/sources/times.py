"""Times as people and spreadsheets write them.

A value whose form leaves no doubt (RFC 3339, RFC 2822, epochs, named months, year first) is always read. Only
`02/03/2015` and its like need an order of day and month, which `detect` takes from the data.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from difflib import get_close_matches
from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

from mentions.clock import EPOCH
from mentions.errors import UsageError

Order = Literal["day-first", "month-first"]
ORDERS: tuple[Order, ...] = ("day-first", "month-first")
SAMPLE = 1000
"""Rows that decide the format of a file (the command line's contract)."""

_MEMO_LIMIT = 20_000  # distinct strings: some 3 MB, and posts of one minute share one
_LONGEST = 100  # characters; no time is longer, and a longer value must not fill the memo
_PROBE = datetime(2015, 2, 24, 13, 35, 10)  # noqa: DTZ001 # a pattern is tried on it; no two of its fields are equal

_ZONE = r"(?P<zone>[A-Za-z]{1,4}|(?:UTC|GMT)?[+-]\d{2}:?\d{2})"
_CLOCK = r"(?P<hour>\d{1,2})[:.h](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
_TIME = rf"{_CLOCK}(?:\s*(?P<half>[AaPp])\.?\s?[Mm]\.?)?(?:\s*{_ZONE})?"
_WEEKDAY = r"(?:[^\W\d]{3,9}\.?,?\s+)?"
_MONTH = r"(?P<name>[A-Za-z]{3,10})\.?"
_OF = r"(?:\s+de)?"
_AFTER_DATE = rf"(?:(?:,?\s+|[Tt]){_TIME})?"
_YEAR_FIRST = re.compile(
    rf"(?P<year>\d{{4}})(?P<mark>[-/.])(?P<month>\d{{1,2}})(?P=mark)(?P<day>\d{{1,2}}){_AFTER_DATE}", re.ASCII
)
_YEAR_LAST = re.compile(
    rf"(?P<first>\d{{1,2}})(?P<mark>[-/.])(?P<second_part>\d{{1,2}})(?P=mark)(?P<year>\d{{4}}|\d{{2}}){_AFTER_DATE}",
    re.ASCII,
)
_NAMED = (
    re.compile(rf"{_WEEKDAY}(?P<day>\d{{1,2}})[-\s]?{_OF}\s?{_MONTH}{_OF}[-,\s]\s?(?P<year>\d{{4}}){_AFTER_DATE}"),
    re.compile(rf"{_WEEKDAY}{_MONTH}\s+(?P<day>\d{{1,2}}),?\s+(?P<year>\d{{4}}){_AFTER_DATE}"),
    re.compile(rf"{_WEEKDAY}{_MONTH}\s+(?P<day>\d{{1,2}})\s+{_TIME}\s+(?P<year>\d{{4}})"),
)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)

_MONTH_NAMES = (
    ("january", "enero"),
    ("february", "febrero"),
    ("march", "marzo"),
    ("april", "abril"),
    ("may", "mayo"),
    ("june", "junio"),
    ("july", "julio"),
    ("august", "agosto"),
    ("september", "septiembre", "setiembre"),
    ("october", "octubre"),
    ("november", "noviembre"),
    ("december", "diciembre"),
)
_MONTHS = {
    name[:length]: number
    for number, names in enumerate(_MONTH_NAMES, start=1)
    for name in names
    for length in range(3, len(name) + 1)
}
# RFC 5322 section 4.3, and the zone of most of Spain; other letters mean different places to different people.
_ZONE_HOURS = {"Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "CET": 1, "CEST": 2} | {
    f"{letter}{kind}T": hours + (kind == "D")
    for letter, hours in (("E", -5), ("C", -6), ("M", -7), ("P", -8))
    for kind in "SD"
}


@dataclass(slots=True)
class TimeReader:
    """Reads one file's times; each distinct string is parsed once.

    Attributes:
        zone: of times that name none. A local time that happened twice is the first of the two; one that never
            happened, in the hour that a zone skips, is read with the offset before the skip.
        order: of `02/03/2015`. None: such a value is read only when just one order makes it a date.
        pattern: `strptime` codes; strings of another form are then not read at all.
    """

    zone: tzinfo = UTC
    order: Order | None = None
    pattern: str | None = None
    _memo: dict[str, datetime | None] = field(default_factory=dict, repr=False)

    def read(self, given: object) -> datetime | None:
        """Aware UTC time, or None for what is no time. A number is an epoch in s, ms, us or ns by its size."""
        if not isinstance(given, str):
            return _epoch(given) if isinstance(given, (int, float)) and not isinstance(given, bool) else None
        if len(given) > _LONGEST:
            return None
        try:
            return self._memo[given]
        except KeyError:
            if len(self._memo) >= _MEMO_LIMIT:
                self._memo.clear()
            moment = self._memo[given] = self._parse(given.strip())
            return moment

    def _parse(self, text: str) -> datetime | None:
        try:
            found = datetime.strptime(text, self.pattern) if self.pattern else self._by_form(text)  # noqa: DTZ007
            if found is None:
                return None
            return (found if found.tzinfo else found.replace(tzinfo=self.zone)).astimezone(UTC)
        except (ValueError, OverflowError):
            return None

    def _by_form(self, text: str) -> datetime | None:
        if text[4:5] == "-" and text[10:11] in ("T", " "):
            try:
                return datetime.fromisoformat(text)  # the common form, fast; its variants are read below
            except ValueError:
                pass
        if _NUMBER.fullmatch(text):
            return _number(text)
        if found := _year_last(text):
            readings = _readings(found)
            if self.order:
                return readings.get(self.order)
            return next(iter(readings.values())) if len(set(readings.values())) == 1 else None
        if found := _YEAR_FIRST.fullmatch(text):
            return _moment(found, int(found["year"]), int(found["month"]), int(found["day"]))
        for form in _NAMED:
            found = form.fullmatch(text)
            if found and (month := _MONTHS.get(found["name"].lower())):
                return _moment(found, int(found["year"]), month, int(found["day"]))
        return datetime.fromisoformat(text)


def reader(time_format: str | None, time_zone: str | None) -> TimeReader:
    """Make the reader that a person asked for: `day-first`, `month-first`, a pattern or None; an IANA zone or None.

    Raises:
        UsageError: the pattern has an unknown code or gives no whole date, or the zone does not exist.
    """
    zone = _zone(time_zone)
    for order in ORDERS:
        if time_format == order:
            return TimeReader(zone, order=order)
    if time_format is not None:
        _check_pattern(time_format)
    return TimeReader(zone, pattern=time_format)


def needs_order(given: object) -> bool:
    """Whether `given` has the form `02/03/2015`, in which day and month may change places."""
    return isinstance(given, str) and _year_last(given.strip()) is not None


def detect(sample: Iterable[object], zone: tzinfo, where: str) -> TimeReader:
    """Make the reader for the file that `sample` was taken from; `where` names its column in an error.

    Raises:
        UsageError: the order of day and month cannot be told, or the sample has both.
    """
    decisive: dict[Order, str] = {}
    doubtful = ""
    for given in sample:
        found = _year_last(given.strip()) if isinstance(given, str) else None
        if found is None:
            continue
        readings = _readings(found)
        if len(readings) == 1:
            decisive.setdefault(next(iter(readings)), found.string)
        elif len(set(readings.values())) == 2:
            doubtful = doubtful or found.string
    if len(decisive) == 2:
        raise UsageError(
            f"{where}: {decisive['day-first']!r} has the day first and {decisive['month-first']!r} the month; "
            "say which rows are right with --time-format day-first or --time-format month-first"
        )
    if doubtful and not decisive:
        raise UsageError(f"{where}: {_both(doubtful)}")
    return TimeReader(zone, order=next(iter(decisive), None))


def _both(text: str) -> str:
    found = _year_last(text)
    readings = _readings(found) if found else {}
    shown = " or ".join(f"{moment:%Y-%m-%d} ({order})" for order, moment in readings.items())
    return (
        f"{text!r} may be {shown}, and none of the first {SAMPLE:,} rows decides; "
        "say --time-format day-first or --time-format month-first"
    )


def _year_last(text: str) -> re.Match[str] | None:
    return _YEAR_LAST.fullmatch(text)


def _readings(found: re.Match[str]) -> dict[Order, datetime]:
    first, second, year = int(found["first"]), int(found["second_part"]), int(found["year"])
    if len(found["year"]) == 2:
        year += 1900 if year >= 69 else 2000  # the pivot of POSIX and of strptime's %y
    readings: dict[Order, datetime] = {}
    for order, day, month in (("day-first", first, second), ("month-first", second, first)):
        try:
            moment = _moment(found, year, month, day)
        except (ValueError, OverflowError):
            continue
        if moment is not None:
            readings[order] = moment  # type: ignore[index] # both members of the tuple are an Order
    return readings


def _moment(found: re.Match[str], year: int, month: int, day: int) -> datetime | None:
    """Join the date and the time that `found` holds, naive without a zone; None for a zone that we do not know."""
    if found["hour"] is None:
        return datetime(year, month, day)  # noqa: DTZ001 # the reader adds its zone
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
    if found["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found["half"] in "pP" else 0)
    micro = int((found["fraction"] or "0").ljust(6, "0")[:6])
    zone = _offset(found["zone"]) if found["zone"] else None
    if found["zone"] and zone is None:
        return None
    return datetime(year, month, day, hour, minute, min(second, 59) if second <= 60 else second, micro, tzinfo=zone)


def _offset(text: str) -> tzinfo | None:
    digits = re.sub(r"\D", "", text)
    if not digits:
        hours = _ZONE_HOURS.get(text.upper())
        return None if hours is None else timezone(timedelta(hours=hours))
    size = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-size if "-" in text else size)


def _number(text: str) -> datetime | None:
    """Read a date without marks (`20150224`, `20150224113510`) or an epoch of at least 9 digits; `2015` is no time."""
    digits = len(text.partition(".")[0].lstrip("-"))
    if text.isdigit() and digits in (8, 14):
        form = "%Y%m%d" if digits == 8 else "%Y%m%d%H%M%S"
        return datetime.strptime(text, form)  # noqa: DTZ007 # the reader adds its zone
    if digits < 9:
        return None
    return _epoch(float(text) if "." in text else int(text))


def _epoch(value: float) -> datetime | None:
    """Seconds up to 1e11 (the year 5138), milliseconds up to 1e14, then microseconds and nanoseconds."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    size = abs(value)
    unit = 1 if size < 1e11 else 1_000 if size < 1e14 else 1_000_000 if size < 1e17 else 1_000_000_000
    try:
        if isinstance(value, int):
            whole, part = divmod(value, unit)
            return EPOCH + timedelta(seconds=whole, microseconds=part * 1_000_000 // unit)
        return EPOCH + timedelta(seconds=value / unit)
    except OverflowError:
        return None


def _zone(name: str | None) -> tzinfo:
    if name is None or name.upper() in ("UTC", "Z"):
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        near = get_close_matches(name, available_timezones(), n=1)
        hint = f"did you mean {near[0]}?" if near else "a name such as Europe/Madrid is right"
        raise UsageError(f"--time-zone: {name!r} is no time zone; {hint}") from None


def _check_pattern(pattern: str) -> None:
    try:
        again = datetime.strptime(_PROBE.strftime(pattern), pattern)  # noqa: DTZ007
    except (ValueError, re.error) as error:
        raise UsageError(
            f"--time-format: {pattern!r} cannot be used ({error}); codes such as '%d/%m/%Y %H:%M' are right, "
            "or day-first, or month-first"
        ) from None
    if again.date() != _PROBE.date():
        raise UsageError(
            f"--time-format: {pattern!r} gives no whole date; it needs year, month and day, as in '%d/%m/%Y %H:%M'"
        )
