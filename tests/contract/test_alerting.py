"""What the store promises of alerts, their steps and deliveries, on both databases."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import insert, select

from mentions.clock import tick_of
from processors.detection.steps import AlertStep
from processors.notifying.routing import Quiet, Route
from processors.store import schema
from processors.store.alert_reading import AlertsWanted, list_alerts, steps_of
from processors.store.alerting import deliver_caught_up, take_steps
from processors.store.opening import Store
from tests.store_rows import NOON

HOUR = timedelta(hours=1)
MAIL = Route(channel="mail")
OPENED = tick_of(NOON)


def a_step(step: str = "open", minutes: int = 0, **fields: Any) -> AlertStep:
    """A step of a negative spike of lumbre that opened at noon, `minutes` later."""
    values: dict[str, Any] = {
        "kind": "negative_spike",
        "brand": "lumbre",
        "opened_tick": OPENED,
        "tick": OPENED + minutes,
        "severity": "warn",
        "score": 2.5,
        "evidence": {"negatives": 9 + minutes},
    }
    return AlertStep(step=step, **{**values, **fields})  # type: ignore[arg-type] # one of the four


def take(
    store: Store,
    *steps: AlertStep,
    now: datetime | None = None,
    channels: Iterable[Route] = (MAIL,),
    explanations: dict[str, Any] | None = None,
) -> None:
    """Take steps in a transaction, a minute after the last of them unless `now` says otherwise."""
    now = now or NOON + timedelta(minutes=steps[-1].tick - OPENED + 2)
    with store.writing() as connection:
        take_steps(
            connection,
            steps,
            channels=tuple(channels),
            explanations=explanations or {},
            historic_before=now - HOUR,
            now=now,
        )


def rows(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Everything in the three tables."""
    tables = (schema.alerts, schema.alert_steps, schema.deliveries)
    with store.reading() as connection:
        return {t.name: [tuple(r) for r in connection.execute(select(t).order_by(*t.primary_key))] for t in tables}


def told(store: Store) -> list[tuple[int, str, str]]:
    """Deliveries: step number, channel, state."""
    with store.reading() as connection:
        d = schema.deliveries.c
        found = connection.execute(select(d.number, d.channel, d.state).order_by(d.alert, d.number, d.channel))
        return [tuple(row) for row in found]


def test_an_alert_lives_through_its_steps(store: Store) -> None:
    """Steps are numbered and kept as they were; the alert keeps the highest severity and the last evidence."""
    take(store, a_step(), explanations={a_step().alert_id: {"terms": [{"term": "retraso", "excess": 3.0}]}})
    take(store, a_step("escalate", 5, severity="high", score=3.4), a_step("update", 10, severity="high", score=3.1))
    take(store, a_step("close", 60, score=0.2))
    with store.reading() as connection:
        (alert,) = list_alerts(connection, AlertsWanted())
        steps = steps_of(connection, alert.id)
    assert (alert.severity, alert.score, alert.evidence) == ("high", 3.4, {"negatives": 69})
    assert alert.explanation == {"terms": [{"term": "retraso", "excess": 3.0}]}
    minute = timedelta(minutes=1)
    assert (alert.opened_at, alert.closed_at) == (NOON + minute, NOON + 61 * minute)
    assert [(s.number, s.step, s.score) for s in steps] == [
        (1, "open", 2.5), (2, "escalate", 3.4), (3, "update", 3.1), (4, "close", 0.2)
    ]  # fmt: skip


def test_alerts_that_were_open_from_then_on(store: Store) -> None:
    """Asked for those that were open at some moment or later: one that goes on, and one that had not closed before."""
    take(store, a_step(), a_step("close", 60))
    take(store, a_step(kind="watchword", subject="safety"))
    closed = NOON + timedelta(minutes=61)
    with store.reading() as connection:
        found = [list_alerts(connection, AlertsWanted(open_from=closed + late)) for late in (0 * HOUR, HOUR)]
    assert [sorted(alert.kind for alert in some) for some in found] == [["negative_spike", "watchword"], ["watchword"]]


def test_steps_that_come_again_change_nothing(store: Store) -> None:
    """The same steps once more, in one call or several, after a crash or in a recomputation, leave the same rows."""
    steps = [a_step(), a_step("escalate", 5, severity="high"), a_step("close", 60)]
    take(store, *steps)
    before = rows(store)
    take(store, *steps, now=NOON + 2 * HOUR)
    for step in steps:
        take(store, step, now=NOON + 3 * HOUR)
    assert rows(store) == before


def test_however_steps_are_cut_into_calls(store: Store) -> None:
    """One call or one for each step: the same alerts and steps."""
    steps = [a_step(), a_step("escalate", 5, severity="high"), a_step("update", 9), a_step("close", 60)]
    take(store, *steps)
    together = rows(store)
    with store.writing() as connection:
        for table in (schema.deliveries, schema.alert_steps, schema.alerts):
            connection.execute(table.delete())
    for step in steps:
        take(store, step)
    apart = rows(store)
    assert {name: apart[name] for name in ("alerts", "alert_steps")} == {
        name: together[name] for name in ("alerts", "alert_steps")
    }


def test_news_is_told_at_once_and_what_goes_on_rarely(store: Store) -> None:
    """Openings, escalations and closings are all told; updates no more often than the channel wants."""
    take(store, a_step())
    for minutes in (5, 10, 29, 31, 40, 62):
        take(store, a_step("update", minutes))
    take(store, a_step("close", 70))
    assert told(store) == [(n, "mail", state) for n, state in
                           [(1, "waiting"), (5, "held back"), (7, "held back"), (8, "waiting")]]  # fmt: skip


def test_an_old_alert_is_stored_and_not_told(store: Store) -> None:
    """An alert that opened more than an hour behind the clock is historic: no step of it is told while it is old."""
    take(store, a_step(), a_step("escalate", 5, severity="critical"), a_step("close", 60), now=NOON + 24 * HOUR)
    with store.reading() as connection:
        (alert,) = list_alerts(connection, AlertsWanted())
    assert (alert.historic, alert.deliveries) == (True, ())


def test_an_old_alert_that_is_still_open_is_told_once_on_catching_up(store: Store) -> None:
    """A machine that slept through the opening tells it once when folding comes near the clock, then what follows."""
    now = NOON + 5 * HOUR
    take(store, a_step(), a_step("update", 30), now=now)

    def catch_up(minutes: int) -> list[str]:
        with store.writing() as connection:
            folded = {"lumbre": OPENED + minutes, "nubira": OPENED}
            return deliver_caught_up(connection, folded, channels=(MAIL,), historic_before=now - HOUR, now=now)

    assert catch_up(200) == []
    assert catch_up(250) == [a_step().alert_id]
    assert catch_up(251) == []
    assert told(store) == [(2, "mail", "waiting")]
    take(store, a_step("close", 300), now=now + timedelta(minutes=2))
    assert told(store) == [(2, "mail", "waiting"), (3, "mail", "waiting")]


def test_a_step_near_the_clock_tells_an_old_alert(store: Store) -> None:
    """The step itself may be what brings an old alert to the present; its closing alone is told to nobody."""
    now = NOON + 5 * HOUR
    take(store, a_step(), a_step("update", 290), now=now)
    other = a_step(brand="nubira")
    take(store, other, a_step("close", 290, brand="nubira"), now=now)
    assert told(store) == [(2, "mail", "waiting")]


def test_a_post_of_hours_ago_is_no_news(store: Store) -> None:
    """A watchword that was posted while the machine slept is stored, and not told as if it went on."""
    now = NOON + 5 * HOUR
    take(store, a_step(kind="watchword", subject="safety:bluesky:1"), now=now)
    with store.writing() as connection:
        assert not deliver_caught_up(
            connection, {"lumbre": OPENED + 299}, channels=(MAIL,), historic_before=now - HOUR, now=now
        )
    assert told(store) == []


def test_a_muted_story_is_told_once_its_mute_ends(store: Store) -> None:
    """What a mute covers is not told; the next step after its end is, for the channel has heard nothing yet."""
    with store.writing() as connection:
        row = {"mute_id": "m1", "brand": "lumbre", "until": NOON + timedelta(minutes=30), "at": NOON}
        connection.execute(insert(schema.mutes), {**row, "who": "ana", "why": "known"})
    take(store, a_step())
    take(store, a_step("update", 10))
    take(store, a_step("update", 40))
    assert told(store) == [(1, "mail", "muted"), (2, "mail", "muted"), (3, "mail", "waiting")]


def test_a_night_is_told_by_its_last_step(store: Store) -> None:
    """What quiet hours hold is overtaken by every later step, updates too: one message tells how things stand."""
    asleep = Route(channel="mail", quiet=Quiet(time(11), time(15), "UTC"))
    take(store, a_step(), channels=[asleep])
    take(store, a_step("update", 5), channels=[asleep])
    take(store, a_step("update", 10), channels=[asleep])
    assert told(store) == [(1, "mail", "held back"), (2, "mail", "held back"), (3, "mail", "waiting")]
    take(store, a_step("escalate", 15, severity="critical"), channels=[asleep])
    assert told(store)[2:] == [(3, "mail", "held back"), (4, "mail", "waiting")]
    with store.reading() as connection:
        (alert,) = list_alerts(connection, AlertsWanted())
    assert alert.deliveries[3].at == NOON + timedelta(minutes=17)  # it wakes


def test_catching_up_in_one_transaction_tells_the_last(store: Store) -> None:
    """Steps that are folded together are told together: only the last leaves, which tells of all."""
    take(store, a_step(), a_step("escalate", 5, severity="high"), a_step("escalate", 9, severity="critical"))
    assert told(store) == [(1, "mail", "held back"), (2, "mail", "held back"), (3, "mail", "waiting")]


def test_alerts_that_are_derived_anew_are_not_told_again(store: Store) -> None:
    """With alerts and steps emptied and deliveries kept, the same steps make the same alerts and no other delivery."""
    steps = [a_step(), a_step("escalate", 5, severity="high")]
    for step in steps:
        take(store, step)
    before = rows(store)
    with store.writing() as connection:
        connection.execute(schema.alert_steps.delete())
        connection.execute(schema.alerts.delete())
    for step in steps:
        take(store, step)
    assert rows(store) == before
