"""From a post in the log to a message that waits, on both databases: what `run` and `work watch` do."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from mentions.clock import tick_of
from processors.detection.steps import AlertStep
from processors.notifying.routing import Route
from processors.store import schema
from processors.store.alert_reading import AlertsWanted, StoredAlert, list_alerts
from processors.store.alerting import take_steps
from processors.store.opening import Store
from processors.ticks import TimeRules
from processors.watch import Watch
from tests.playing import LOG, Player, a_beat, a_mention, a_post, add_brands, at

CHANNELS = (Route(channel="mail"),)
HOURS = 3600.0


class TellingPlayer(Player):
    """A worker with a channel."""

    def restart(self) -> None:
        """Begin where the store says."""
        self.watch = Watch(self.store, self.log, TimeRules(timedelta(seconds=30)), CHANNELS)
        self.offset = max(self.watch.take_over().offset, 0)


@pytest.fixture
def player(store: Store) -> TellingPlayer:
    """A worker over a store that knows its brands."""
    add_brands(store)
    return TellingPlayer(store, log=LOG)


def alerts(store: Store) -> list[StoredAlert]:
    """All of them, the last opened first."""
    with store.reading() as connection:
        return list_alerts(connection, AlertsWanted())


def told(store: Store) -> list[tuple[int, str]]:
    """Step numbers and states of all deliveries."""
    with store.reading() as connection:
        d = schema.deliveries.c
        return [tuple(row) for row in connection.execute(select(d.number, d.state).order_by(d.alert, d.number))]


def serious(native_id: str, seconds: float, **fields: Any) -> Any:
    """A post about poisoned bread."""
    return a_mention(a_post(native_id, seconds, "salmonella en el pan de lumbre", **fields))


def test_a_serious_post_is_told_in_the_transaction_that_folds_it(player: TellingPlayer) -> None:
    """With the watermark past its minute an alert and a message that waits are there; repeats and restarts add none."""
    player.play(serious("1", 10), now=at(11))
    assert alerts(player.store) == []
    player.play(a_beat(120), now=at(120))
    (alert,) = alerts(player.store)
    assert (alert.kind, alert.subject, alert.historic) == ("watchword", "safety", False)
    assert alert.opened_at == at(60)
    assert told(player.store) == [(1, "waiting")]
    player.restart()
    player.play(serious("1", 10), a_beat(125), now=at(125))
    assert told(player.store) == [(1, "waiting")]


def test_what_is_imported_late_alerts_nobody(player: TellingPlayer) -> None:
    """A post of days ago that comes into a running store is stored; no alert of it is told."""
    player.play(a_beat(120), now=at(120))
    player.play(serious("old", -72 * HOURS), a_beat(300), now=at(300))
    assert told(player.store) == []


def test_a_long_replay_tells_nobody(player: TellingPlayer) -> None:
    """What opened long before the clock is historic."""
    player.play(serious("1", 10), a_beat(120), now=at(48 * HOURS))
    (alert,) = alerts(player.store)
    assert (alert.historic, told(player.store)) == (True, [])


def asleep(store: Store, now: datetime) -> None:
    """A spike that a machine folds hours after it opened, and that is still on."""
    opened = tick_of(at(0))
    step = AlertStep(
        step="open",
        kind="negative_spike",
        brand="lumbre",
        opened_tick=opened,
        tick=opened,
        severity="high",
        score=3.0,
        evidence={"negatives": 9.0},
    )
    with store.writing() as connection:
        take_steps(
            connection, [step], channels=CHANNELS, explanations={}, historic_before=now - timedelta(hours=1), now=now
        )


def test_a_machine_that_slept_tells_on_waking_what_is_still_on(player: TellingPlayer) -> None:
    """When folding comes near the clock again, a spike that is still open is told, once."""
    now = at(5 * HOURS)
    player.play(a_beat(60), now=at(60))
    asleep(player.store, now)
    player.restart()  # a process that begins knows which alerts are open
    player.play(a_mention(a_post("1", 3 * HOURS)), a_beat(3 * HOURS + 120), now=now)
    assert told(player.store) == []
    player.play(a_mention(a_post("2", 4.5 * HOURS)), a_beat(4.5 * HOURS + 120), now=now)
    assert told(player.store) == [(1, "waiting")]
    player.play(a_mention(a_post("3", 4.9 * HOURS)), a_beat(4.9 * HOURS + 120), now=now)
    assert told(player.store) == [(1, "waiting")]


def test_a_mute_of_today_holds_for_what_is_folded_today(player: TellingPlayer) -> None:
    """The worker asks the store for mutes in the transaction that folds."""
    with player.store.writing() as connection:
        row = {"mute_id": "m", "brand": "lumbre", "until": at(HOURS), "at": at(0), "who": "ana", "why": ""}
        connection.execute(insert(schema.mutes), row)
    player.play(serious("1", 10), a_beat(120), now=at(120))
    assert told(player.store) == [(1, "muted")]
