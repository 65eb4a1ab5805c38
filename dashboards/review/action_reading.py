"""Which stretches of days an action is held against, and reading them."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import Connection

from dashboards.review.period_reading import PARTS, PeriodReader
from dashboards.review.periods import span_of
from dashboards.review.rows import ActionRows
from dashboards.review.values import Period
from mentions.brands import Brand
from processors.store.actions import Action, list_actions

MOST_ACTIONS, MOST_RIVALS = 20, 3
_DAY, _WEEK = timedelta(days=1), 7
_MOST_WEEKS = 4
_BEFORE = 4
_OF_RIVALS = frozenset(("mentions", "net_sentiment", "negative_share"))
"""Indicators that other brands have too and that cost little to read."""


class Windows(Struct, frozen=True, kw_only=True):
    """The stretches of `ActionRows`, as days."""

    days: Period
    later: Period
    usual: tuple[Period, ...]
    like: tuple[Period, ...]


def windows(action: Action, zone: str) -> Windows:
    """The stretches that an action is held against, in a time zone.

    Those before and after are whole weeks, at least as long as the action and at most four, so that every day of the
    week is in them alike. Its own days are held against the same days of the week.
    """
    place = ZoneInfo(zone)
    first = action.since.astimezone(place).date()
    last = (action.until - timedelta(microseconds=1)).astimezone(place).date()
    length = (last - first).days + 1
    weeks = min(-(-length // _WEEK), _MOST_WEEKS)
    step = weeks * _WEEK * _DAY
    back = [number * step for number in range(_BEFORE, 0, -1)]
    return Windows(
        days=span_of(first, last, zone),
        later=_stretch(last + _DAY, step, zone),
        usual=tuple(_stretch(first - far, step, zone) for far in back),
        like=tuple(span_of(first - far, last - far, zone) for far in back) if length <= step.days else (),
    )


def concerned(log: Sequence[Action], period: Period, zone: str) -> list[Action]:
    """The actions that a review speaks of, first begun first.

    Those that ran in its period, those whose time after reaches into it or ended with it, and those that are past
    their end and still open.
    """
    begun = [one for one in log if one.since < period.until]
    found = [one for one in begun if windows(one, zone).later.until > period.since or one.state == "open"]
    return sorted(found, key=lambda one: (one.since, one.id))[-MOST_ACTIONS:]


def action_rows(
    connection: Connection, reader: PeriodReader, brand: Brand, period: Period, rivals: Sequence[Brand]
) -> Iterator[ActionRows]:
    """Read the actions that the review of a period speaks of; nothing that was not over at its end."""
    zone = period.time_zone
    for action in concerned(list_actions(connection, [brand.name]), period, zone):
        held, parts = windows(action, zone), PARTS.get(action.indicator, frozenset())
        over = held.later.until <= period.until
        others = rivals[:MOST_RIVALS] if over and action.indicator in _OF_RIVALS else ()
        yield ActionRows(
            action=action,
            days=held.days,
            later=held.later,
            usual=tuple(reader.read(brand, one, parts) for one in held.usual),
            like=tuple(reader.read(brand, one, parts) for one in held.like),
            during=reader.read(brand, held.days, parts) if held.days.until <= period.until else None,
            after=reader.read(brand, held.later, parts) if over else None,
            rivals=tuple(
                (other, tuple(reader.read(other, one, parts) for one in (*held.usual, held.later))) for other in others
            ),
        )


def _stretch(first: date, length: timedelta, zone: str) -> Period:
    return span_of(first, first + length - _DAY, zone)
