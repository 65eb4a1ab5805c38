"""What the detectors find reaches the store in the transaction of the fold: once, whatever happens to the worker."""

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select

from mentions.records import Author, Mention
from processors.store import schema
from processors.store.opening import Store
from processors.ticks import TimeRules
from tests.playing import (
    CrashError,
    Player,
    a_beat,
    a_mention,
    a_post,
    at,
    crashing,
    deletion,
    kept_store,
    wipe,
)
from tests.tables import assert_equal, tables

RULES = TimeRules(timedelta(seconds=30))
DAY = 86_400


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store on each database, which every test finds empty."""
    yield from kept_store(request, tmp_path_factory.mktemp("kept"))


@pytest.fixture
def player(kept: Store) -> Player:
    """A worker over an empty store that knows the brands."""
    wipe(kept)
    return Player(kept, RULES)


def flagged(native_id: str, seconds: float = 0.0, **fields: Any) -> Mention:
    """A mention that tells of danger, by an author of its own."""
    text = "Intoxicación alimentaria con la tarta de lumbre"
    return a_mention(a_post(native_id, seconds, **{"text": text, "author": Author(f"a{native_id}"), **fields}))


def alerts(store: Store) -> list[Any]:
    """The alerts, with evidence and explanation read."""
    with store.reading() as connection:
        found = connection.execute(select(schema.alerts).order_by(schema.alerts.c.opened_at)).all()
    read = [{"evidence": json.loads(row.evidence), "explanation": json.loads(row.explanation)} for row in found]
    return [{**row._mapping, **values} for row, values in zip(found, read, strict=True)]


def steps(store: Store) -> list[tuple[str, str]]:
    """Steps of all alerts in their order, with their severity."""
    table = schema.alert_steps.c
    with store.reading() as connection:
        found = connection.execute(select(table.step, table.severity).order_by(table.at, table.number)).all()
    return [tuple(row) for row in found]


def test_the_first_serious_post_opens_an_alert_when_its_minute_is_closed(player: Player) -> None:
    """Nothing is told before the fold; then there is one alert with its words, its post and its explanation."""
    player.play(flagged("1"))
    assert alerts(player.store) == []
    player.play(a_beat(120))
    (alert,) = alerts(player.store)
    assert (alert["kind"], alert["brand"], alert["subject"], alert["severity"]) == (
        "watchword",
        "lumbre",
        "safety",
        "high",
    )
    assert (alert["opened_at"], alert["closed_at"]) == (at(60), None)
    assert alert["evidence"]["mentions"] == ["bluesky:1"]
    assert alert["explanation"]["mentions"] == ["bluesky:1"]
    assert alert["explanation"]["languages"] == {"es": 1}
    assert steps(player.store) == [("open", "high")]


def test_an_alert_ends_though_nothing_more_is_said(player: Player) -> None:
    """A worker that was started anew since closes it when its time has come, without a mention to wake it."""
    player.play(flagged("1"), a_beat(120))
    player.restart()
    player.play(a_beat(DAY))
    assert alerts(player.store)[0]["closed_at"] is None
    player.play(a_beat(DAY + 200))
    assert alerts(player.store)[0]["closed_at"] == at(DAY + 60)
    assert steps(player.store) == [("open", "high"), ("close", "high")]


def test_what_comes_late_alerts_nobody(player: Player) -> None:
    """A post that is older than the minute that is folded now is counted, and wakes nobody."""
    player.play(a_beat(3600))
    player.play(flagged("1", 0))
    player.play(a_beat(7200))
    assert alerts(player.store) == []


def test_old_news_is_stored_and_not_delivered(player: Player) -> None:
    """An alert that opened more than an hour before the runtime's clock is marked as historic."""
    player.play(flagged("1"), a_beat(120), now=at(3000))
    player.play(flagged("2", DAY * 3), a_beat(DAY * 3 + 120), now=at(DAY * 3 + 3700))
    assert [alert["historic"] for alert in alerts(player.store)] == [False, True]


def test_an_alert_does_not_name_what_was_deleted(player: Player) -> None:
    """Evidence, explanation and steps of an erased mention hold the hash of its id, and nowhere its id."""
    player.play(flagged("17"), a_beat(120))
    player.play(deletion("17", 130))
    erased = player.store.erased_id("bluesky", "17")
    (alert,) = alerts(player.store)
    assert (alert["evidence"]["mentions"], alert["explanation"]["mentions"]) == ([erased], [erased])
    with player.store.reading() as connection:
        told = connection.scalars(select(schema.alert_steps.c.evidence)).all()
    assert not any("bluesky:17" in evidence for evidence in told)


def test_a_crash_at_any_statement_changes_nothing(player: Player) -> None:
    """Whichever statement a process dies at, its successor leaves the tables of one that never died."""
    log = [flagged("1"), flagged("2", 70), flagged("3", 90), a_beat(300)]
    player.play(*log)
    whole = tables(player.store)
    assert len(whole["alerts"]) == 1
    for statement in count():
        wipe(player.store)
        player.restart()
        try:
            with crashing(player.store, statement):
                player.play(*log)
        except CrashError:
            player.restart()
            player.play(*log)
            assert_equal(tables(player.store), whole)
        else:
            break
    assert statement > 5


def test_batches_do_not_matter(player: Player) -> None:
    """One batch or many, with restarts between them: the same alerts, steps and states."""
    log = [flagged("1"), a_beat(120), flagged("2", 200), flagged("3", 260), a_beat(400), a_beat(DAY), a_beat(DAY + 600)]
    player.play(*log)
    whole = tables(player.store)
    wipe(player.store)
    player.restart()
    for record in log:
        player.play(record)
        player.restart()
    assert_equal(tables(player.store), whole)
    assert steps(player.store) == [("open", "high"), ("escalate", "critical"), ("close", "critical")]
