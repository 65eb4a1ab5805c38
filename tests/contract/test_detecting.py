"""What the detectors find reaches the store in the transaction of the fold: once, whatever happens to the worker."""

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select

from mentions.clock import tick_of
from mentions.records import LABELS, Author, Gap, Mention
from processors import author_days
from processors.store import folding, schema
from processors.store.opening import Store
from processors.store.recomputing import replay_store
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


# --- spikes ---


def line(store: Store) -> list[tuple[int, float, str]]:
    """The hour of lumbre as panels draw it: minutes since nine, all judged, and the state of what is learnt."""
    row, nine = schema.spike_ticks.c, tick_of(at(0))
    with store.reading() as connection:
        found = connection.execute(select(row.tick - nine, row.total, row.state).order_by(row.tick)).all()
    return [tuple(each) for each in found]


def test_whoever_follows_a_worker_ends_the_line_of_a_brand_that_falls_silent(player: Player) -> None:
    """Replaced within the hour behind the last mention, it folds the rest of it, down to zero, unasked by any."""
    log = [a_mention(a_post("1")), a_beat(120), a_beat(900), a_beat(2 * 3600)]
    player.play(*log)
    whole = line(player.store)
    assert [total for _, total, _ in whole] == [1] * 12 + [0]
    wipe(player.store)
    player.restart()
    for record in log:
        player.play(record)
        player.restart()
    assert line(player.store) == whole


def test_an_outage_before_a_brand_is_spoken_of_again_teaches_no_zeros(player: Player) -> None:
    """What a gap before its next mention hid is incomplete, though that mention is folded with it."""
    player.play(a_mention(a_post("1")), a_beat(1200))
    outage = Gap(at(1800), at(2700), "the connection broke")
    player.play(a_beat(2700, gaps=(outage,)), a_mention(a_post("2", 3000)), a_beat(3700))
    hidden = [minute for minute, _, state in line(player.store) if state == "incomplete"]
    assert hidden == [34, 39, 44]


# --- campaigns ---

COPIED = "Cambia de panadería ya, en lumbre el pan viene con sorpresa y nadie responde por ello"


def copied(native_id: str, seconds: float, text: str = COPIED, **fields: Any) -> Mention:
    """A copy of one text, by an author of its own."""
    return a_mention(a_post(native_id, seconds, **{"text": text, "author": Author(f"a{native_id}"), **fields}))


CAMPAIGN = [
    copied("1", 0),
    a_mention(a_post("x", 20, text="hola lumbre, qué tal el pan de hoy por la mañana, abrís pronto o no")),
    copied("2", 70, COPIED + " #lumbre"),
    copied("3", 130),
    a_beat(200),
    copied("4", 250, "@ana " + COPIED),
    copied("5", 320),
    a_beat(400),
    a_beat(8000),
]


def stored(store: Store) -> dict[str, Any]:
    """Mentions by id."""
    with store.reading() as connection:
        return {row.id: row for row in connection.execute(select(schema.mentions))}


def test_four_authors_of_one_text_are_a_campaign(player: Player) -> None:
    """It is written with its counts, alerts once, and takes weight from every copy, from those before it too."""
    player.play(*CAMPAIGN)
    key = player.store.erased_id("bluesky", "1")
    with player.store.reading() as connection:
        (campaign,) = connection.execute(select(schema.campaigns)).all()
    assert (campaign.cluster, campaign.kind, campaign.posts, campaign.authors) == (key, "coordinated", 5, 5)
    (alert,) = alerts(player.store)
    assert (alert["kind"], alert["subject"], alert["severity"], alert["closed_at"]) == (
        "campaign",
        key,
        "warn",
        at(3960),
    )
    assert alert["explanation"]["largest_cluster_share"] == 1
    rows = stored(player.store)
    assert {id_: (row.cluster, row.weight) for id_, row in rows.items()} == {
        **{f"bluesky:{number}": (key, 500) for number in range(1, 6)},
        "bluesky:x": (None, 1000),
    }
    assert '"duplicate_burst"' in rows["bluesky:1"].behaviour


def test_sums_follow_what_the_fold_takes(player: Player) -> None:
    """Buckets and the days of authors hold the weights that the mentions have in the end."""
    player.play(*CAMPAIGN)
    rows = stored(player.store).values()
    with player.store.reading() as connection:
        buckets = connection.execute(select(schema.buckets)).all()
        days = connection.execute(select(schema.author_days)).all()
    weights = sum(getattr(row, f"w_{label}") for row in buckets for label in LABELS)
    assert weights == sum(day.weight for day in days) == sum(row.weight for row in rows) == 3500
    assert sum(day.copies for day in days) == 4


def test_days_follow_what_a_later_fold_takes(player: Player) -> None:
    """A mention that was folded before counts in its author's day as it is now: less, and as the first or as a copy."""
    for entry in CAMPAIGN:
        player.play(entry)
    with player.store.reading() as connection:
        days = {tuple(row)[:4]: tuple(row)[4:] for row in connection.execute(select(schema.author_days))}
        counted = author_days.counted(folding.fold_mentions(connection, player.store))
    assert days == {key: folding.day_sums(day) for key, day in counted.items()}


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_campaigns_do_not_depend_on_batches_and_restarts(player: Player, size: int) -> None:
    """Folding a campaign piece by piece, by a new worker each time, leaves the tables of one batch."""
    player.play(*CAMPAIGN)
    whole = tables(player.store)
    wipe(player.store)
    player.restart()
    for start in range(0, len(CAMPAIGN), size):
        player.play(*CAMPAIGN[start : start + size])
        player.restart()
    assert_equal(tables(player.store), whole)


def test_a_crash_in_the_fold_of_a_campaign_changes_nothing(player: Player) -> None:
    """Whichever statement a process dies at, its successor leaves the tables of one that never died."""
    player.play(*CAMPAIGN)
    whole = tables(player.store)
    for statement in count():
        wipe(player.store)
        player.restart()
        player.play(*CAMPAIGN[:5])
        try:
            with crashing(player.store, statement):
                player.play(*CAMPAIGN[5:])
        except CrashError:
            player.restart()
            player.play(*CAMPAIGN[5:])
            assert_equal(tables(player.store), whole)
        else:
            break
    assert statement > 10


def test_an_erased_copy_leaves_its_campaign_standing(player: Player) -> None:
    """Deleting the first copy takes its text, and the sums, but neither cluster nor campaign."""
    player.play(*CAMPAIGN)
    player.play(deletion("1", 8100))
    key = player.store.erased_id("bluesky", "1")
    row = stored(player.store)[key]
    assert (row.text, row.cluster, row.weight) == (None, key, 500)
    with player.store.reading() as connection:
        buckets = connection.execute(select(schema.buckets)).all()
    assert sum(row.w_positive + row.w_neutral + row.w_negative + row.w_unjudged for row in buckets) == 3000


def test_recomputing_finds_nothing_to_mend(player: Player) -> None:
    """What was taken by the fold stands in the shadow tables as in the store."""
    player.play(*CAMPAIGN)
    assert replay_store(player.store).equal
