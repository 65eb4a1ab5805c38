"""How the authors of a brand's mentions behave over a day: who repeats one text, who posts without pause. Pure.

Memory is bounded: of the authors heard once and of those heard again, the `MOST` heard last are remembered. Bins make
a window a little shorter than its name, so nobody is charged early.
"""

from operator import eq
from struct import Struct
from typing import TypeVar

import msgspec
from msgspec import field

from processors.detection.sketch import VERSION

MOST = 1_024
DAY = 1_440
"""Ticks after which a post no longer counts."""
REPEATS = 3
"""Near-duplicates within a day."""
HOURLY, DAILY = 30, 200
"""Posts in an hour and in a day that a person may write about one brand; more is a rate."""
_TEXTS = 4
"""Different texts remembered of an author."""
_PRINT = 16
"""Slots of a sketch that are enough to know an author's own text again."""
_slots = Struct(f"{_PRINT}H").unpack
_BIN = 10
_Value = TypeVar("_Value")


class Text(msgspec.Struct, array_like=True):
    """A text by its first slots, and the ticks of its last REPEATS posts."""

    print: bytes
    ticks: list[int]


class Habit(msgspec.Struct, array_like=True):
    """What an author posted within a day: per ten minutes, per hour, by text (the newest last)."""

    last: int
    bins: dict[int, int] = {}
    hours: dict[int, int] = {}
    texts: list[Text] = []


class Habits(msgspec.Struct):
    """Of one brand, by author key; the ones heard last stand last. once: tick and print of the only post."""

    once: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    again: dict[str, Habit] = field(default_factory=dict)


def heard(habits: Habits, author: str, tick: int, sketch: bytes) -> tuple[bool, bool]:
    """Take in a post: whether its author repeats a text, and whether the author posts at a rate.

    Args:
        habits: changed in place; `forget` makes them small again, now and then. tick: never before that of an earlier
            call.
    """
    since = tick - DAY
    seen = sketch[1 : 1 + 2 * _PRINT] if sketch[:1] == bytes((VERSION,)) else b""
    habit = habits.again.pop(author, None)
    if habit is None or habit.last <= since:
        first = habits.once.pop(author, None)
        if first is None or first[0] <= since:
            _put(habits.once, author, (tick, seen))
            return False, False
        habit = Habit(first[0])
        _count(habit, *first)
    repeats = _count(habit, tick, seen)
    _put(habits.again, author, habit)
    return repeats, sum(habit.bins.values()) > HOURLY or sum(habit.hours.values()) > DAILY


def _count(habit: Habit, tick: int, seen: bytes) -> bool:
    """Whether it is the last of REPEATS near-duplicates within a day."""
    habit.last = tick
    for bins, width, most in ((habit.bins, _BIN, 60 // _BIN), (habit.hours, 60, 24)):
        bins[tick // width] = bins.get(tick // width, 0) + 1
        while (oldest := next(iter(bins))) <= tick // width - most:
            del bins[oldest]
    if not seen:
        return False
    text = next((text for text in habit.texts if _alike(text.print, seen)), None)
    if text is None:
        habit.texts = [*habit.texts, Text(seen, [tick])][-_TEXTS:]
        return False
    habit.texts.remove(text)
    habit.texts.append(text)
    text.ticks = [*text.ticks, tick][-REPEATS:]
    return len(text.ticks) == REPEATS and text.ticks[0] > tick - DAY


def _alike(one: bytes, other: bytes) -> bool:
    """Whether at least half of the slots agree: for unrelated texts one chance in a million."""
    if one == other:
        return True
    agreeing: int = sum(map(eq, _slots(one), _slots(other)))
    return agreeing >= _PRINT // 2


def _put(authors: dict[str, _Value], author: str, value: _Value) -> None:
    authors[author] = value
    if len(authors) > MOST:
        del authors[next(iter(authors))]


def forget(habits: Habits, tick: int) -> None:
    """Forget those who were not heard within a day before `tick`."""
    while habits.once and next(iter(habits.once.values()))[0] <= tick - DAY:
        del habits.once[next(iter(habits.once))]
    while habits.again and next(iter(habits.again.values())).last <= tick - DAY:
        del habits.again[next(iter(habits.again))]
