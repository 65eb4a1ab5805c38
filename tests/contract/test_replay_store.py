"""What recomputing a store promises, on both databases."""

import itertools
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Table, delete, insert, select, text, update

from mentions.clock import tick_of
from mentions.errors import NotOurs, StoreUnavailable, Unavailable
from processors.store import recomputing, schema
from processors.store.comparing import Report
from processors.store.corrections import correct_mention
from processors.store.opening import Store, open_store
from processors.store.recomputing import replay_store
from processors.store.work import Change, add_note, change_work
from processors.ticks import TimeRules
from tests.playing import (
    MORNING,
    NOW,
    OWN_ACCOUNT,
    CrashError,
    Player,
    a_beat,
    a_mention,
    a_post,
    add_brands,
    at,
    crashing,
    deletion,
    kept_store,
    memory_store,
    play,
    wipe,
)
from tests.strategies_world import RULES, World, worlds
from tests.tables import EQUAL, assert_equal, tables

DERIVED = {"mentions", "buckets", "author_days", "authors", "brand_state"}
NIGHT = 12 * 3600
DEADLINE = 30.0


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store on each database, for tests that empty it first."""
    yield from kept_store(request, tmp_path_factory.mktemp("kept"))


@pytest.fixture(scope="module")
def other() -> Iterator[Store]:
    """A store in memory to compare with."""
    with memory_store() as store:
        yield store


def tell_story(store: Store) -> Player:
    """An hour of two brands: the public and an own account, deletions, what waits to be folded, people's words."""
    player = Player(store, TimeRules(timedelta(seconds=30)))
    player.play(
        a_mention(a_post("1", 10), "lumbre", "nubira"),
        a_mention(a_post("2", 70, "lumbre mal", author="bea")),
        a_mention(a_post("3", 400, "gracias", author=OWN_ACCOUNT, in_reply_to="2")),
        a_mention(a_post("4", 460, "nubira ?", author="carla", lang="en"), "nubira"),
        a_mention(a_post("5", 500, "lumbre", author="dora")),
        a_beat(600),
    )
    player.play(
        a_mention(a_post("6", 5, "lumbre mal", author="bea")),  # late
        deletion("5", 700),
        a_beat(1200),
    )
    player.play(a_mention(a_post("7", 1300)))  # not folded yet
    with store.writing() as connection:
        change_work(connection, "lumbre", "bluesky:2", Change(status="open"), who="luis", event_id="e1", now=NOW)
        add_note(connection, "lumbre", "bluesky:1", "gracias a Ana", who="luis", event_id="e2", now=NOW)
        correct_mention(connection, "lumbre", "bluesky:2", "positive", who="luis", now=NOW)
    return player


def contents(store: Store, besides: frozenset[str] | set[str] = frozenset()) -> dict[str, list[str]]:
    """Every column of every table, in order."""
    with store.reading() as connection:
        return {
            table.name: sorted(str(tuple(row)) for row in connection.execute(select(*_columns(table))))
            for table in schema.metadata.sorted_tables
            if table.name not in besides
        }


def _columns(table: Table) -> list[Any]:
    """All but the counter of a state's writes, which tells workers to load it anew."""
    return [column for column in table.columns if (table.name, column.name) != ("brand_state", "rev")]


def wrong(report: Report) -> dict[str, tuple[int, int, int]]:
    """Missing, surplus and different rows of the tables that have any."""
    return {t.table: (t.missing, t.surplus, t.different) for t in report.tables if t.wrong}


# --- equal ---


@settings(max_examples=20, deadline=None)
@given(world=worlds(deletions=3, deleted_first=True), late=st.one_of(st.none(), st.integers(0, 3000)))
def test_whatever_was_played_recomputes_equal(kept: Store, world: World, late: int | None) -> None:
    """Any log, in any order, with deletions and late posts, folded or not, leaves what recomputing finds."""
    wipe(kept)
    before = [] if late is None else [a_beat(late)]
    play(kept, [*before, *world.delivered], rules=RULES, sizes=world.sizes)
    report = replay_store(kept)
    assert report.equal, report
    with kept.reading() as connection:
        assert report.mentions == len(connection.execute(select(schema.mentions.c.id)).all())


@settings(max_examples=12, deadline=None)
@given(world=worlds(), late=st.integers(0, 3000), sizes=st.lists(st.integers(1, 6), max_size=12))
def test_refolding_late_posts_gives_the_tables_of_those_in_time(
    kept: Store, other: Store, world: World, late: int, sizes: list[int]
) -> None:
    """Behind late posts a refolded store equals one that had them in time, and goes on like it."""
    for store in (kept, other):
        wipe(store)
    play(kept, [a_beat(late), *world.delivered], rules=RULES, sizes=sizes)
    play(other, world.orderly, rules=RULES)
    replay_store(kept, swap=True, refold=True)
    assert replay_store(kept, refold=True).equal
    for store in (kept, other):
        Player(store, RULES).play(a_beat(NIGHT))
    recomputed = {name: EQUAL[name] for name in DERIVED - {"brand_state"}}
    assert_equal(tables(kept, world.posts, recomputed), tables(other, world.posts, recomputed))


def test_late_posts_differ_only_when_refolded(kept: Store) -> None:
    """Late posts are as they must be; refolding names each with both minutes, and puts it in its own."""
    wipe(kept)
    tell_story(kept)
    assert replay_store(kept).equal
    report = replay_store(kept, refold=True)
    assert wrong(report) == {"mentions": (0, 0, 1)}
    (found,) = report.table("mentions").first
    assert found.key == {"brand": "lumbre", "id": "bluesky:6", "created_at": at(5)}
    (change,) = found.changes
    assert (change.column, change.recomputed) == ("fold_tick", tick_of(MORNING))
    assert change.stored > change.recomputed
    assert replay_store(kept, swap=True, refold=True).swapped
    with kept.reading() as connection:
        ticks = select(schema.mentions.c.fold_tick).where(schema.mentions.c.id == "bluesky:6")
        assert connection.execute(ticks).scalar() == tick_of(MORNING)
    assert replay_store(kept).equal


def test_an_empty_store_is_equal(kept: Store) -> None:
    """A store without mentions has nothing derived."""
    wipe(kept)
    report = replay_store(kept, swap=True)
    assert (report.equal, report.swapped, report.mentions) == (True, False, 0)


# --- different ---

b, d, a, m, s = (schema.metadata.tables[n] for n in ("buckets", "author_days", "authors", "mentions", "brand_state"))
OF_DAYS = s.c.component == "author_days"
BOGUS_BUCKET = dict.fromkeys(schema.BUCKET_COUNTS, 0) | {
    "brand": "nubira", "start": MORNING, "source": "bluesky", "lang": "xx", "voice": "public", "neutral": 2,
}  # fmt: skip
BOGUS_PERSON = {"source": "bluesky", "author_id": "zoe", "name": "Zoe", "first_at": MORNING, "last_at": MORNING}
SPOILT = {
    "a count too many": (update(b).where(b.c.negative > 0).values(negative=b.c.negative + 1), "buckets", (0, 0, 1)),
    "a lost bucket": (delete(b).where(b.c.brand == "lumbre", b.c.voice == "own"), "buckets", (1, 0, 0)),
    "an invented bucket": (insert(b).values(BOGUS_BUCKET), "buckets", (0, 1, 0)),
    "a day's weight": (update(d).where(d.c.author_id == "bea").values(weight=7), "author_days", (0, 0, 1)),
    "lost days": (delete(d).where(d.c.brand == "nubira"), "author_days", (2, 0, 0)),
    "a day of somebody else": (
        update(d).where(d.c.author_id == "carla").values(author_id="zoe"), "author_days", (1, 1, 0),
    ),
    "an author's last time": (update(a).where(a.c.author_id == "bea").values(last_at=NOW), "authors", (0, 0, 1)),
    "an invented author": (insert(a).values(BOGUS_PERSON), "authors", (0, 1, 0)),
    "a weight": (update(m).where(m.c.id == "bluesky:4").values(weight=1), "mentions", (0, 0, 1)),
    "a minute before its time": (update(m).where(m.c.id == "bluesky:4").values(fold_tick=3), "mentions", (0, 0, 1)),
    "an older rule of folding": (update(s).where(OF_DAYS).values(version=0), "brand_state", (0, 0, 2)),
}  # fmt: skip


@pytest.mark.parametrize("fault", SPOILT)
def test_a_fault_is_found_and_mended_and_nothing_else_is_touched(kept: Store, fault: str) -> None:
    """A spoilt derived row is told with its key and values; only `swap` mends it, and no other row changes."""
    statement, table, counts = SPOILT[fault]
    wipe(kept)
    tell_story(kept)
    right = contents(kept)
    with kept.writing() as connection:
        connection.execute(statement)
    spoilt = contents(kept)
    report = replay_store(kept)
    assert not report.equal
    assert wrong(report) == {table: counts}
    found = report.table(table)
    assert len(found.first) == sum(counts)
    assert all(difference.changes for difference in found.first)
    assert found.rows == found.equal + found.surplus + found.different
    assert contents(kept) == spoilt
    assert replay_store(kept, swap=True).swapped
    assert contents(kept) == right
    assert replay_store(kept).equal


def test_a_difference_names_the_row_and_both_values(kept: Store) -> None:
    """Each difference has its key and, per column, what is stored and what was recomputed; the first ones are told."""
    wipe(kept)
    tell_story(kept)
    with kept.writing() as connection:
        connection.execute(update(b).values(positive=9))
        connection.execute(delete(b).where(b.c.voice == "own"))
    report = replay_store(kept, limit=2).table("buckets")
    assert (report.missing, report.surplus, report.different) == (1, 0, report.rows)
    first, second = report.first
    assert (first.kind, first.key["start"], first.key["voice"]) == ("different", MORNING, "public")
    assert [(c.column, c.stored, c.recomputed) for c in first.changes] == [("positive", 9, 1)]
    assert second.kind == "missing"
    values = {c.column: (c.stored, c.recomputed) for c in second.changes}
    assert values["neutral"] == (None, 1)
    assert values.keys() == set(schema.BUCKET_COUNTS)


def test_what_cannot_be_recomputed_of_an_author_stays(kept: Store) -> None:
    """Handle, name and followers stand in no mention: they are neither compared nor changed."""
    wipe(kept)
    tell_story(kept)
    with kept.writing() as connection:
        connection.execute(update(a).where(a.c.author_id == "ana").values(name="Ana María", first_at=NOW))
    assert replay_store(kept, swap=True).table("authors").different == 1
    with kept.reading() as connection:
        row = connection.execute(select(a).where(a.c.author_id == "ana")).one()
    assert (row.name, row.handle, row.first_at) == ("Ana María", "ana.example", at(10))


def test_the_memory_of_other_components_is_not_judged(kept: Store) -> None:
    """What a component that is not recomputed remembers is neither counted nor changed."""
    wipe(kept)
    tell_story(kept)
    with kept.writing() as connection:
        foreign = {"component": "levels", "version": 3, "rev": 1, "folded_until": 5, "data": b"levels"}
        connection.execute(insert(s).values(brand="lumbre", **foreign))
        connection.execute(update(s).where(OF_DAYS).values(data=b"?"))
    report = replay_store(kept, swap=True).table("brand_state")
    assert (report.rows, report.different) == (2, 2)
    with kept.reading() as connection:
        named = s.c.component.in_(("author_days", "levels"))
        rows = connection.execute(
            select(s.c.component, s.c.version, s.c.data).where(named).order_by(s.c.component)
        ).all()
    assert [(name, bytes(data)) for name, _, data in rows] == [("author_days", b"")] * 2 + [("levels", b"levels")]


def test_memory_holds_one_chunk_at_a_time(kept: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mentions are read in chunks, whatever there is, and counted on the way."""
    wipe(kept)
    tell_story(kept)
    sizes, told = [], []
    derive = recomputing.recompute

    def note(chunk: list[Any], *rest: Any, **more: Any) -> Any:
        sizes.append(len(chunk))
        return derive(chunk, *rest, **more)

    monkeypatch.setattr(recomputing, "CHUNK", 2)
    monkeypatch.setattr(recomputing, "recompute", note)
    report = replay_store(kept, tell=lambda *what: told.append(what))
    assert report.equal
    assert max(sizes) == 2
    assert sum(sizes) == report.mentions == 8
    assert [done for phase, done, total in told if phase == "recomputing" and total == 8] == [
        *itertools.accumulate(sizes)
    ]


# --- beside writers ---


def spoil(store: Store) -> None:
    """Make one bucket wrong."""
    with store.writing() as connection:
        connection.execute(update(b).where(b.c.voice == "own").values(neutral=5))


def test_a_writer_goes_on_and_the_comparison_stays_of_one_moment(kept: Store) -> None:
    """A batch that is committed while the tables are compared is neither held up nor seen."""
    wipe(kept)
    player = tell_story(kept)
    replayed = []

    def write(phase: str, done: int, _total: int | None) -> None:
        if (phase, done) == ("recomputing", 8):
            replayed.append(player.play(a_mention(a_post("9", 20)), deletion("2", 1400), a_beat(1500)))

    report = replay_store(kept, tell=write)
    assert replayed[0].erased == 1
    assert (report.equal, report.mentions) == (True, 8)
    assert replay_store(kept).mentions == 9


def test_swap_refuses_behind_a_writer(kept: Store) -> None:
    """What was written since the mentions were read makes `swap` refuse with the way out; nothing is changed."""
    wipe(kept)
    player = tell_story(kept)
    spoil(kept)
    written: list[dict[str, list[str]]] = []

    def write(phase: str, done: int, _total: int | None) -> None:
        if phase == "comparing" and not written:
            player.play(deletion("2", 1400))
            written.append(contents(kept))

    with pytest.raises(Unavailable, match="stop its workers first"):
        replay_store(kept, swap=True, tell=write)
    assert [contents(kept)] == written
    assert replay_store(kept, swap=True).swapped


def test_swap_refuses_behind_a_batch_that_is_under_way(kept: Store) -> None:
    """A worker whose transaction is open when `swap` comes is waited for, and then found."""
    wipe(kept)
    tell_story(kept)
    spoil(kept)
    threads: list[Thread] = []

    def slow_batch(opened: list[bool]) -> None:
        with kept.writing() as connection:
            connection.execute(update(schema.progress).values(offset=schema.progress.c.offset + 1))
            opened.append(True)
            time.sleep(0.5)

    def write(phase: str, done: int, total: int | None) -> None:
        if (phase, done) == ("comparing", total):
            opened: list[bool] = []
            threads.append(Thread(target=slow_batch, args=(opened,)))
            threads[0].start()
            while not opened:
                time.sleep(0.01)

    try:
        with pytest.raises(Unavailable, match="stop its workers first"):
            replay_store(kept, swap=True, tell=write)
    finally:
        threads[0].join(DEADLINE)
    assert not replay_store(kept).equal


def test_swap_waits_no_longer_than_the_stores_patience(store_url: str) -> None:
    """A writer that never ends makes `swap` give up with a sentence, and leaves everything as it was."""
    with open_store(store_url, patience=timedelta(seconds=0.3)) as store:
        add_brands(store)
        tell_story(store)
        spoil(store)
        before = contents(store)
        with open_store(store_url) as foreign, foreign.engine.connect() as connection:

            def write(phase: str, done: int, total: int | None) -> None:
                if (phase, done) == ("comparing", total):
                    connection.execute(update(schema.progress).values(offset=99))

            with pytest.raises(StoreUnavailable, match="locked by another process"):
                replay_store(store, swap=True, tell=write)
            connection.rollback()
        assert contents(store) == before


def test_a_worker_loads_anew_what_was_swapped(kept: Store) -> None:
    """A worker that was only idle meanwhile finds out, takes over again, and goes on right."""
    wipe(kept)
    player = tell_story(kept)
    spoil(kept)
    assert replay_store(kept, swap=True).swapped
    batch = (a_mention(a_post("9", 1400)), a_beat(3600))
    with pytest.raises(NotOurs):
        player.play(*batch)
    player.restart()
    player.play(*batch)
    assert replay_store(kept).equal


# --- ends in the middle ---


def assert_no_shadows(store: Store) -> None:
    """No shadow table is left that anybody could see; PostgreSQL's server takes a moment to notice the end."""
    if store.dialect == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE name LIKE 'shadow%' UNION SELECT name FROM sqlite_temp_master"
    else:
        query = "SELECT relname FROM pg_class WHERE relname LIKE 'shadow%'"
    deadline = time.monotonic() + DEADLINE
    while True:
        with store.reading() as connection:
            left = list(connection.execute(text(query)).scalars())
        if not left:
            return
        assert time.monotonic() < deadline, left
        time.sleep(0.02)


def test_a_failure_at_any_statement_leaves_nothing_behind(kept: Store) -> None:
    """Whatever fails, also while rows are put in place, no row is changed and the same store can be used again."""
    wipe(kept)
    tell_story(kept)
    spoil(kept)
    before = contents(kept)
    for at_statement in itertools.count():
        try:
            with crashing(kept, at_statement):
                replay_store(kept, swap=True)
        except CrashError:
            assert_no_shadows(kept)
            assert contents(kept) == before
        else:
            break
    assert at_statement > 30
    assert replay_store(kept).equal


def test_a_killed_run_is_no_obstacle(store: Store, store_url: str, tmp_path: Path) -> None:
    """A process that is killed in the middle leaves no table and no file; the next run finds the store as it was."""
    add_brands(store)
    tell_story(store)
    spoil(store)
    before = contents(store)
    for phase in ("recomputing", "comparing"):
        code = (
            "import os, signal\n"
            "from processors.store.opening import open_store\n"
            "from processors.store.recomputing import replay_store\n"
            f"die = lambda phase, *_: os.kill(os.getpid(), signal.SIGKILL) if phase == {phase!r} else None\n"
            f"replay_store(open_store({store_url!r}), swap=True, tell=die)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], timeout=DEADLINE, check=False, capture_output=True, text=True
        )
        assert (done.returncode, done.stderr) == (-9, "")
    assert_no_shadows(store)
    assert {path.name for path in tmp_path.iterdir()} <= {"store.sqlite", "store.sqlite-wal", "store.sqlite-shm"}
    assert contents(store) == before
    assert replay_store(store, swap=True).swapped
    assert replay_store(store).equal
