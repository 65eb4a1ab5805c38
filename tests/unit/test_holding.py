"""When the watermark may wait for a stream."""

from datetime import timedelta

import pytest

from ingest.holding import Holding, judge
from tests.clocks import MORNING


def after(minutes: float) -> timedelta:
    """So many minutes."""
    return timedelta(minutes=minutes)


@pytest.mark.parametrize(("minutes", "holds"), [(0, True), (1.99, True), (2, False), (60, False)])
def test_holds_until_two_minutes_of_silence(minutes: float, holds: bool) -> None:
    """A stream that has been silent for two minutes is not waited for, also if it was never heard."""
    assert judge(Holding(MORNING), MORNING + after(minutes), heard=None, live=False)[1] is holds


def test_a_frame_or_ping_ends_the_silence() -> None:
    """A live stream that is heard again is waited for again, at once."""
    state, holds = judge(Holding(MORNING), MORNING + after(5), heard=None, live=True)
    assert not holds

    _, holds = judge(state, MORNING + after(6), heard=MORNING + after(6), live=True)
    assert holds


@pytest.mark.parametrize(("minutes", "holds"), [(14.9, True), (15, False)])
def test_catching_up_holds_for_fifteen_minutes(minutes: float, holds: bool) -> None:
    """A stream that receives but is behind is waited for during fifteen minutes, counted from when it was heard."""
    state = Holding(MORNING)
    for step in range(1, 4):
        state, _ = judge(state, MORNING + after(step), heard=MORNING + after(step), live=False)

    now = MORNING + after(1 + minutes)
    assert judge(state, now, heard=now, live=False)[1] is holds


def test_silence_is_no_catching_up() -> None:
    """After an outage of an hour, the fifteen minutes begin with the first frame, not with the outage."""
    state = Holding(MORNING)
    for minute in (1, 30, 60):
        state, _ = judge(state, MORNING + after(minute), heard=None, live=False)

    _, holds = judge(state, MORNING + after(61), heard=MORNING + after(61), live=False)

    assert holds


def test_being_live_forgives_the_past() -> None:
    """Once live, a later time of catching up has its own fifteen minutes."""
    state = Holding(MORNING)
    for minute, live in ((1, False), (14, True), (20, False)):
        state, _ = judge(state, MORNING + after(minute), heard=MORNING + after(minute), live=live)

    assert judge(state, MORNING + after(30), heard=MORNING + after(30), live=False)[1]


def test_what_was_heard_before_is_no_news() -> None:
    """Telling the same sign of life again does not prolong anything."""
    state, _ = judge(Holding(MORNING), MORNING, heard=MORNING, live=True)

    assert not judge(state, MORNING + after(3), heard=MORNING, live=True)[1]
