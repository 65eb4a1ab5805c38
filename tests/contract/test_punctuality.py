"""How long it took to tell of an alert, measured where messages leave."""

from datetime import timedelta

import pytest

from mentions.clock import tick_of
from processors.detection.steps import AlertStep
from processors.notifying.notifier import Notifier, Way
from processors.notifying.punctuality import Told
from processors.notifying.routing import Route
from processors.notifying.sending import Parcel
from processors.notifying.telling import Voice
from processors.store.alerting import take_steps
from processors.store.opening import Store
from tests.store_rows import NOON, mention, put

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


class Taking:
    """A channel that takes everything."""

    def check(self) -> str:
        """It can be reached."""
        return "taken"

    def send(self, parcel: Parcel) -> None:
        """Take it."""


def told_of(store: Store, *steps: str, late: timedelta = timedelta(0)) -> list[Told]:
    """Let a detector tell steps, a minute apart, of an alert that opens in the minute of noon; 40 s after its end."""
    left: list[Told] = []
    for number, step in enumerate(steps):
        now = NOON + (number + 1) * MINUTE + 40 * SECOND + late
        told = AlertStep(
            step=step,  # type: ignore[arg-type] # one of the four
            kind="negative_spike",
            brand="lumbre",
            opened_tick=tick_of(NOON),
            tick=tick_of(NOON) + number,
            severity="high" if number == 0 else "critical",
            score=3.0,
            evidence={"negatives": 10.0},
        )
        with store.writing() as connection:
            take_steps(
                connection,
                [told],
                channels=[Route(channel="hook")],
                explanations={},
                historic_before=now - timedelta(days=9),
                now=now,
            )
        ways = {"hook": Way(Taking(), Voice())}
        Notifier(store, ways, who="me", now=lambda now=now: now + 2 * SECOND, told=left.append).tell("hook")  # type: ignore[misc]
    return left


def test_an_opening_tells_the_first_post_of_its_minute(store: Store) -> None:
    """From the first post of the public in the minute that opened the alert; other steps have no such post."""
    with store.writing() as connection:
        put(connection, mention("bluesky:0", created_at=NOON - SECOND))
        put(connection, mention("bluesky:1", created_at=NOON + 5 * SECOND, voice="own"))
        put(connection, mention("bluesky:2", created_at=NOON + 9 * SECOND))
        put(connection, mention("bluesky:3", created_at=NOON + 20 * SECOND))
        put(connection, mention("bluesky:4", created_at=NOON + 3 * SECOND, brand="nubira"))
    opened, grown = told_of(store, "open", "escalate")

    assert (opened.at, opened.sent_at, opened.first_post) == (
        NOON + MINUTE,
        NOON + MINUTE + 42 * SECOND,
        NOON + 9 * SECOND,
    )
    assert (grown.at, grown.first_post) == (NOON + 2 * MINUTE, None)
    assert opened.is_news
    assert grown.is_news


@pytest.mark.parametrize(("late", "is_news"), [(timedelta(minutes=58), True), (timedelta(minutes=61), False)])
def test_what_lasts_from_the_past_is_no_late_news(store: Store, late: timedelta, is_news: bool) -> None:
    """An alert of a history that is caught up with is told, and says nothing of how quick the machine is."""
    (opened,) = told_of(store, "open", late=late)

    assert (opened.is_news, opened.first_post) == (is_news, None)


def test_what_goes_on_or_ends_is_no_news(store: Store) -> None:
    """An update is told when its turn comes, not at once: only openings and escalations are measured."""
    assert [told.is_news for told in told_of(store, "open", "close")] == [True, False]
