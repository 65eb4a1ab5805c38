"""What one worker promises of its batches, on both databases."""

import threading
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec import structs
from sqlalchemy import Row, Table, func, select, update

from mentions.clock import tick_of
from mentions.codec import encode
from mentions.errors import NotOurs
from mentions.records import Author, Counts, Event, Gap, Hit, Mention
from processors import author_days
from processors.scoring import score
from processors.store import schema
from processors.store.opening import Store
from processors.store.progress import LogPartition
from processors.ticks import TimeRules
from processors.watch import Watch
from tests.playing import (
    BOOK,
    JUDGES,
    LOG,
    NOW,
    OWN_ACCOUNT,
    CrashError,
    Player,
    a_beat,
    a_mention,
    a_post,
    at,
    counting,
    crashing,
    deletion,
    entries_of,
    kept_store,
    memory_store,
    wipe,
)
from tests.tables import assert_equal, tables

RULES = TimeRules(timedelta(seconds=30), {"rss": timedelta(minutes=30)})


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store on each database, which every test finds empty."""
    yield from kept_store(request, tmp_path_factory.mktemp("kept"))


@pytest.fixture
def player(kept: Store) -> Player:
    """A worker over an empty store that knows the brands."""
    wipe(kept)
    return Player(kept, RULES)


def rows(store: Store, table: Table, *columns: str) -> list[tuple[Any, ...]]:
    """Those columns of a table, sorted."""
    with store.reading() as connection:
        found: Sequence[Row[Any]] = connection.execute(select(*(table.c[name] for name in columns))).all()
    return sorted((tuple(row) for row in found), key=str)


def drops(store: Store) -> dict[str, int]:
    """What was dropped behind the log, by reason."""
    return dict(rows(store, schema.drops, "reason", "count"))


def days(store: Store) -> list[tuple[Any, ...]]:
    """Author days."""
    return rows(store, schema.author_days, "brand", "author_id", "mentions", "positive", "negative", "weight")


def ticks(store: Store) -> dict[str, int]:
    """The fold tick of each mention of lumbre, counted from nine o'clock."""
    found = rows(store, schema.mentions, "id", "fold_tick")
    return {id_.partition(":")[2]: tick - tick_of(at(0)) for id_, tick in found}


# --- arrival ---


def test_a_mention_is_stored_as_it_was_judged(player: Player) -> None:
    """A new mention has a row with the post, the judgement, its key and its time of storing."""
    post = a_post("1", 61, title="Pan", url="https://social.example/1", in_reply_to="0", root_id="0")
    report = player.play(a_mention(post))
    with player.store.reading() as connection:
        row = connection.execute(select(schema.mentions)).one()
    assert (row.brand, row.id, row.source, row.kind, row.voice) == ("lumbre", "bluesky:1", "bluesky", "post", "public")
    assert (row.author_id, row.author_key, row.title, row.text) == ("ana", None, "Pan", "lumbre bien")
    assert (row.url, row.in_reply_to, row.root_id) == ("https://social.example/1", "0", "0")
    assert (row.lang, row.label, row.score, row.text_weight, row.weight) == ("es", "positive", 0.5, 1000, 1000)
    assert (row.created_at, row.received_at, row.stored_at) == (at(61), at(61), NOW)
    assert (row.fold_tick, row.erased_at, row.engine_version) == (tick_of(at(61)), None, "keyword-1")
    assert [mention.post for mention in report.new] == [post]


def test_a_post_of_two_brands_is_two_mentions(player: Player) -> None:
    """Each brand has its own row, bucket and voice; the author is one."""
    player.play(a_mention(a_post("1", author=OWN_ACCOUNT), "lumbre", "nubira"))
    assert rows(player.store, schema.mentions, "brand", "voice") == [("lumbre", "own"), ("nubira", "public")]
    assert rows(player.store, schema.buckets, "brand", "voice", "positive") == [
        ("lumbre", "own", 1),
        ("nubira", "public", 1),
    ]
    assert len(rows(player.store, schema.authors, "author_id")) == 1


def test_buckets_and_authors_grow_by_new_rows_alone(player: Player) -> None:
    """A mention that comes twice counts once; the repeat is counted as a duplicate of its brand and source."""
    player.play(a_mention(a_post("1")), a_mention(a_post("1")), a_mention(a_post("2", text="lumbre mal")))
    report = player.play(a_mention(a_post("1")), a_mention(a_post("2", text="lumbre mal")))
    assert report.new == ()
    assert rows(player.store, schema.buckets, "positive", "negative", "w_positive", "w_negative") == [
        (1, 1, 1000, 1000)
    ]
    assert rows(player.store, schema.drops, "brand", "source", "reason", "count") == [
        ("lumbre", "bluesky", "duplicate", 3)
    ]
    assert report.dropped == {("lumbre", "bluesky", "duplicate"): 2}


def test_an_edit_is_ignored_and_counted_as_one(player: Player) -> None:
    """The same id with another text or title keeps the first version, within a batch and across batches."""
    player.play(a_mention(a_post("1")), a_mention(a_post("1", text="lumbre mal")))
    player.play(a_mention(a_post("1", title="nuevo")))
    assert rows(player.store, schema.mentions, "title", "text") == [(None, "lumbre bien")]
    assert drops(player.store) == {"edit_ignored": 2}


def test_an_author_is_what_the_latest_post_told(player: Player) -> None:
    """Handle, name and followers are those of the latest post that told any, whatever came first; times span all."""
    told = [
        a_mention(a_post("2", 60, author=Author("ana", handle="nueva.example"))),
        a_mention(a_post("3", 120, author=Author("ana"))),
        a_mention(a_post("1", 0, author=Author("ana", handle="vieja.example", followers=3))),
    ]
    for mention in told:
        player.play(mention)
    columns = ("handle", "followers", "profile_at", "profile_id", "first_at", "last_at")
    assert rows(player.store, schema.authors, *columns) == [
        ("nueva.example", None, at(60), "bluesky:2", at(0), at(120))
    ]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_posts_of_one_instant_the_greater_id_names_the_author(player: Player, order: tuple[int, ...]) -> None:
    """A tie is broken by the id, so that no order of arrival matters."""
    told = [a_mention(a_post(id_, author=Author("ana", handle=f"h{id_}"))) for id_ in ("1", "2")]
    for number in order:
        player.play(told[number])
    assert rows(player.store, schema.authors, "handle", "profile_id") == [("h2", "bluesky:2")]


def test_text_that_a_database_cannot_hold_stops_nothing(player: Player) -> None:
    """NUL, lone surrogates and five megabytes of text are stored, the first two with a replacement character."""
    long = "lumbre " + "pan " * 1_300_000
    player.play(
        a_mention(a_post("1", text="pan\0duro \ud83d")), a_mention(a_post("2\0", text=long)), a_mention(a_post("3"))
    )
    found = dict(rows(player.store, schema.mentions, "id", "text"))
    assert found == {"bluesky:1": "pan�duro �", "bluesky:2�": long, "bluesky:3": "lumbre bien"}


def test_a_batch_of_any_size_is_one_batch() -> None:
    """A batch that repeats more rows than a statement takes variables (SQLite: 32,766) is counted exactly."""
    with memory_store() as store:
        check_large_batch(Player(store, RULES))


def check_large_batch(player: Player) -> None:
    """Store 18,000 mentions, and let all of them come again."""
    mentions = [a_mention(a_post(str(number)), "lumbre", "nubira") for number in range(9_000)]
    assert len(player.play(*mentions).new) == 18_000
    assert player.play(*mentions).dropped == {
        ("lumbre", "bluesky", "duplicate"): 9_000,
        ("nubira", "bluesky", "duplicate"): 9_000,
    }


# --- the fence ---


def test_the_second_of_two_workers_changes_nothing(player: Player) -> None:
    """Two workers on one log: the second to commit is told so, changes nothing, reloads, and the tables are exact."""
    other = Player(player.store, RULES)
    player.play(a_mention(a_post("1")), a_beat(200))
    before = tables(player.store)
    with pytest.raises(NotOurs, match="another worker went on from offset -1"):
        other.play(a_mention(a_post("2")), deletion("1", 5), a_beat(900), b"bad")
    assert_equal(tables(player.store), before)
    assert (rows(player.store, schema.tombstones, "key"), rows(player.store, schema.dead_letters, "offset")) == ([], [])
    assert drops(player.store) == {}
    other.restart()
    assert other.offset == 2
    other.play(a_mention(a_post("3")))
    assert sorted(ticks(player.store)) == ["1", "3"]
    with pytest.raises(NotOurs):
        player.play(a_mention(a_post("4")))


def test_of_two_workers_at_the_same_time_one_writes(player: Player) -> None:
    """Two workers that offer the same records at once: one commits, the other is told so, and all is there once."""
    entries = entries_of([a_mention(a_post(str(number), number)) for number in range(200)])
    players, together = [Player(player.store, RULES) for _ in range(2)], threading.Barrier(2)
    outcomes: list[str] = []

    def offer(worker: Player) -> None:
        together.wait(10)
        try:
            worker.offer(entries)
            outcomes.append("written")
        except NotOurs:
            outcomes.append("not ours")

    threads = [threading.Thread(target=offer, args=(worker,)) for worker in players]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["not ours", "written"]
    assert rows(player.store, schema.buckets, "positive") == [(200,)]
    assert drops(player.store) == {}


def test_records_that_the_store_holds_are_refused(player: Player) -> None:
    """A batch that begins with a record already processed is not processed again: not even its repeats are counted."""
    entries = entries_of([a_mention(a_post("1")), b"bad", a_mention(a_post("1"))])
    player.offer(entries)
    before = (tables(player.store), drops(player.store))
    for again in (entries, entries[1:], [*entries, *entries_of([a_mention(a_post("2"))], 4)]):
        with pytest.raises(NotOurs, match="holds the records up to 3 already"):
            player.offer(again)
        player.restart()
    assert (tables(player.store), drops(player.store)) == before
    player.play(a_mention(a_post("2")))
    assert len(ticks(player.store)) == 2


def test_a_commit_that_fails_without_a_word_counts_once(player: Player) -> None:
    """When nobody can tell whether a batch was committed, offering it again counts nothing twice."""
    entries = entries_of([a_mention(a_post("1")), a_mention(a_post("1"))])
    watch = Watch(player.store, LOG, RULES)
    watch.process(score(entries, BOOK, JUDGES, NOW).batch(entries), NOW)
    blind = Watch(player.store, LOG, RULES)  # as after a connection that broke while it committed
    with pytest.raises(NotOurs):
        blind.process(score(entries, BOOK, JUDGES, NOW).batch(entries), NOW)
    assert drops(player.store) == {"duplicate": 1}


def test_a_recreated_log_is_another_log(player: Player) -> None:
    """A log made anew begins at its first record, although another one was read further; so does another partition."""
    player.play(*(a_mention(a_post(str(number))) for number in range(5)))
    for log in (LogPartition("log-2"), LogPartition(LOG.log_id, "outbox", 1), LogPartition(LOG.log_id, "scored")):
        anew = Player(player.store, RULES, log)
        assert anew.offset == 0
        anew.play(a_mention(a_post(f"of {log}")))
    assert len(ticks(player.store)) == 8
    player.play(a_mention(a_post("last")))


@pytest.mark.parametrize("statement", range(0, 24, 3))
def test_a_batch_that_dies_anywhere_leaves_nothing(player: Player, statement: int) -> None:
    """An exception at any statement rolls everything back, and the worker that takes over finishes exactly."""
    player.play(a_mention(a_post("0")), a_mention(a_post("00", 5)))
    records: list[Event | bytes] = [
        a_mention(a_post("1", 10), "lumbre", "nubira"),
        a_mention(a_post("1", 10)),
        deletion("0", 20),
        a_beat(200, counts=Counts(seen=2, matched=2)),
        b"bad",
    ]
    before = (tables(player.store), drops(player.store))
    try:
        with crashing(player.store, statement):
            player.play(*records)
    except CrashError:
        assert (tables(player.store), drops(player.store)) == before
        player.restart()
        player.play(*records)
    assert drops(player.store) == {"duplicate": 1, "corrupt": 1}
    assert days(player.store) == [("lumbre", "ana", 2, 2, 0, 2000), ("nubira", "ana", 1, 1, 0, 1000)]
    assert len(rows(player.store, schema.coverage, "seq")) == 1


# --- dead letters and heartbeats ---


def test_dead_letters_are_kept_and_counted(player: Player) -> None:
    """Corrupt and unknown records are kept as they were, with place and reason; the record behind them is fine."""
    unknown, corrupt = b'{"record":"mention.v9"}', b"\xff\x00{"
    report = player.play(unknown, a_mention(a_post("1")), corrupt)
    assert rows(player.store, schema.dead_letters, "log_id", "partition", "offset", "reason", "payload", "at") == [
        ("log-1", 0, 1, "unknown_record", unknown, NOW),
        ("log-1", 0, 3, "corrupt", corrupt, NOW),
    ]
    assert drops(player.store) == {"unknown_record": 1, "corrupt": 1}
    assert len(report.new) == 1


def test_what_heartbeats_counted_is_kept_once(player: Player) -> None:
    """Counts and gaps of a heartbeat are kept by their name, however often it comes; an empty one leaves no row."""
    gap = Gap(at(0), at(60), "outage")
    told = a_beat(100, seq=7, counts=Counts(seen=3, matched=1, hits={"lumbre": 1}, dropped={"unmatched": 2}))
    player.play(told, a_beat(105, seq=8), a_beat(110, seq=9, gaps=(gap,)))
    player.play(told)
    columns = ("outbox_id", "source", "shard", "seq", "seen", "matched", "hits", "dropped", "gaps")
    first, second = rows(player.store, schema.coverage, *columns)
    assert first == ("outbox-1", "bluesky", "main", 7, 3, 1, '{"lumbre":1}', '{"unmatched":2}', "[]")
    assert second[3] == 9
    assert "outage" in second[-1]


def test_the_watermark_is_kept_across_a_restart(player: Player) -> None:
    """What every shard said, and the watermark, are what the next worker begins with."""
    player.play(a_beat(100, shard="a"), a_beat(60, shard="b"))
    player.restart()
    assert player.play(a_beat(150, shard="a")).watermark == at(60)
    player.restart()
    assert player.play(a_beat(160, shard="b")).watermark == at(150)


# --- ticks and folding ---


def test_a_mention_is_folded_once_the_watermark_has_passed_its_minute(player: Player) -> None:
    """Author days grow when the watermark less the allowance passes the end of the minute, not before."""
    report = player.play(a_mention(a_post("1", 10)), a_mention(a_post("2", 59.9)), a_beat(89))
    assert (report.folded, days(player.store)) == (0, [])
    report = player.play(a_beat(90))
    assert report.folded == 2
    assert days(player.store) == [("lumbre", "ana", 2, 2, 0, 2000)]
    assert player.play(a_beat(500)).folded == 0


def test_a_mention_of_a_closed_minute_goes_to_the_first_open_one(player: Player) -> None:
    """It counts in its own bucket and day, is folded in the first open tick, and is told as late."""
    player.play(a_mention(a_post("1", 10)), a_beat(300))
    report = player.play(a_mention(a_post("2", 20)), a_mention(a_post("3", 270)), a_mention(a_post("4", 269)))
    assert ticks(player.store) == {"1": 0, "2": 4, "3": 4, "4": 4}
    assert report.late == {"bluesky": 1}
    assert rows(player.store, schema.buckets, "start", "positive") == [(at(0), 4)]
    player.play(a_beat(330))
    assert days(player.store) == [("lumbre", "ana", 4, 4, 0, 4000)]


def test_late_is_measured_by_the_delay_of_the_source(player: Player) -> None:
    """A poll's post within its usual delay is not late; a stream's post of the same time is."""
    player.play(a_beat(3600))
    feed = [a_mention(a_post(f"f{seconds}", seconds, source="rss")) for seconds in (1600, 1740, 3500)]
    report = player.play(*feed, a_mention(a_post("s", 1740)))
    assert report.late == {"rss": 1, "bluesky": 1}


def test_a_brand_does_not_fold_before_what_it_has_folded(player: Player) -> None:
    """A second log with an older watermark adds behind what the brand has folded, so that no tick is folded twice."""
    player.play(a_mention(a_post("1", 10)), a_beat(600))
    other = Player(player.store, RULES, LogPartition("log-2"))
    other.play(a_mention(a_post("2", 10), "lumbre", "nubira"))
    assert ticks(player.store)["2"] in (0, 9)
    assert sorted(rows(player.store, schema.mentions, "brand", "fold_tick"))[1] == ("lumbre", tick_of(at(0)) + 9)
    assert set(rows(player.store, schema.brand_state, "brand", "folded_until")) == {("lumbre", tick_of(at(0)) + 8)}


def test_what_another_log_adds_meanwhile_is_folded_once(player: Player) -> None:
    """A second log whose worker does not know yet what the first has folded is told so before it adds to that."""
    other = Player(player.store, RULES, LogPartition("log-2"))
    player.play(a_mention(a_post("1", 10)), a_beat(600))
    with pytest.raises(NotOurs, match="lumbre"):
        other.play(a_mention(a_post("2", 10)))
    other.restart()
    other.play(a_mention(a_post("2", 10)))
    assert ticks(player.store) == {"1": 0, "2": 9}
    player.play(a_mention(a_post("3", 600)), a_beat(900))
    assert days(player.store) == [("lumbre", "ana", 3, 3, 0, 3000)]


def test_many_ticks_are_caught_up_in_one_transaction(player: Player) -> None:
    """A watermark that leaps over hours folds all their ticks at once, and gives what small steps give."""
    mentions = [a_mention(a_post(str(n), 90 * n, author="ana" if n % 3 else "bea")) for n in range(40)]
    player.play(*mentions)
    with counting(player.store) as sent:
        report = player.play(a_beat(90_000))
    assert report.folded == 40
    assert days(player.store) == [("lumbre", "ana", 26, 26, 0, 26_000), ("lumbre", "bea", 14, 14, 0, 14_000)]
    assert len(sent) <= 18


def test_ticks_without_mentions_cost_no_statement(player: Player) -> None:
    """A heartbeat that closes a thousand empty ticks writes the progress and the clock, and nothing more.

    Once the hour behind the last mention is over: until then its line falls to zero, mark by mark.
    """
    player.play(a_mention(a_post("1", 10)), a_beat(100))
    player.play(a_beat(8_000))
    with counting(player.store) as sent:
        player.play(a_beat(68_000))
    assert [statement.split()[0] + " " + _table(statement) for statement in sent] == [
        "UPDATE progress",
        "INSERT watermarks",
    ]


def _table(statement: str) -> str:
    return next(word for word in statement.replace('"', "").split() if word in schema.metadata.tables)


def test_statements_per_batch_do_not_grow_with_the_batch(player: Player) -> None:
    """A batch costs a handful of statements, whatever it holds."""
    sent_by_size = []
    for size in (16, 256):
        mentions = [a_mention(a_post(f"{size} {n}", n, author=f"a{n}")) for n in range(size)]
        with counting(player.store) as sent:
            player.play(*mentions)
        sent_by_size.append(len(sent))
    savepoint = 0 if player.store.dialect == "postgresql" else 2  # which SQLite keeps to itself
    assert sent_by_size[0] == sent_by_size[1] <= 5 + savepoint


def test_of_a_batch_that_repeats_some_mentions_the_others_are_new(player: Player) -> None:
    """What the store holds already is a repeat, and what stands beside it in the batch counts once."""
    player.play(a_mention(a_post("1", 10)))
    report = player.play(*(a_mention(a_post(native_id, 10)) for native_id in ("0", "1", "2")))
    assert [mention.post.native_id for mention in report.new] == ["0", "2"]
    assert rows(player.store, schema.buckets, "start", "positive") == [(at(0), 3)]


def test_a_restarted_worker_folds_what_the_one_before_left(player: Player) -> None:
    """Unfolded mentions are found by the next worker, and folded ones are not folded again."""
    player.play(a_mention(a_post("1", 10)), a_mention(a_post("2", 300)), a_beat(100))
    player.restart()
    assert player.play(a_beat(120)).folded == 0
    player.restart()
    assert player.play(a_beat(400)).folded == 1
    assert days(player.store) == [("lumbre", "ana", 2, 2, 0, 2000)]


@pytest.mark.parametrize("new", [[a_mention(a_post("3", 115))], []])
def test_a_brand_that_somebody_else_folds_is_noticed(player: Player, new: list[Mention]) -> None:
    """When a brand's state changed since it was loaded, neither arrival nor fold changes anything: reload."""
    player.play(a_mention(a_post("1", 10)), a_beat(100))
    player.play(a_mention(a_post("2", 110)))
    with player.store.writing() as connection:
        connection.execute(update(schema.brand_state).values(rev=schema.brand_state.c.rev + 1))
    before = tables(player.store)
    with pytest.raises(NotOurs, match="lumbre"):
        player.play(*new, a_beat(400))
    assert_equal(tables(player.store), before)
    player.restart()
    player.play(*new, a_beat(400))
    assert [count for _, _, count, *_ in days(player.store)] == [2 + len(new)]


def test_own_posts_and_ambassadors_in_author_days(player: Player) -> None:
    """The brand's own posts are stored and counted in buckets, and make no author day."""
    player.play(a_mention(a_post("1", author=OWN_ACCOUNT), "lumbre", "nubira"), a_beat(300))
    assert days(player.store) == [("nubira", OWN_ACCOUNT, 1, 1, 0, 1000)]


def test_a_days_row_is_kept_by_event_time(player: Player) -> None:
    """A mention counts on the UTC day of its event time, also when it was folded on another."""
    midnight = 15 * 3600
    player.play(a_mention(a_post("1", midnight - 1)), a_mention(a_post("2", midnight)), a_beat(midnight + 300))
    today = author_days.day_of(at(0))
    assert [day for (day,) in rows(player.store, schema.author_days, "day")] == [today, today + 1]


def test_the_report_says_what_a_batch_did(player: Player) -> None:
    """The report names the last offset, new mentions in the order of the log, heartbeats and the watermark."""
    beat = a_beat(300)
    report = player.play(a_mention(a_post("2", 5)), beat, a_mention(a_post("1")), a_mention(a_post("1")), b"bad")
    assert [mention.post.native_id for mention in report.new] == ["2", "1"]
    assert (report.last_offset, report.heartbeats, report.watermark) == (5, (beat,), at(300))
    assert report.dropped == {("lumbre", "bluesky", "duplicate"): 1, ("", "", "corrupt"): 1}
    assert (report.folded, report.erased, dict(report.late)) == (2, 0, {})


def test_the_same_records_leave_the_same_tables_on_each_database(player: Player) -> None:
    """A fixed story leaves exactly these sums, on either database."""
    story: list[Event] = [
        a_mention(a_post("1", 10, "lumbre bien")),
        Mention(a_post("2", 20, "nubira mal", author="bea"), (Hit("nubira", 1, "nubira"),)),
        a_mention(a_post("3", 400, "lumbre mal", author="bea")),
        a_beat(600),
        a_mention(structs.replace(a_post("4", 30, "lumbre ?"), lang="en")),
        a_beat(900),
    ]
    for record in story:
        player.play(record)
    columns = ("brand", "start", "lang", "positive", "negative", "unjudged")
    assert rows(player.store, schema.buckets, *columns) == [
        ("lumbre", at(0), "en", 0, 0, 1),
        ("lumbre", at(0), "es", 1, 0, 0),
        ("lumbre", at(300), "es", 0, 1, 0),
        ("nubira", at(0), "es", 0, 1, 0),
    ]
    assert days(player.store) == [
        ("lumbre", "ana", 2, 1, 0, 2000),
        ("lumbre", "bea", 1, 0, 1, 1000),
        ("nubira", "bea", 1, 0, 1, 1000),
    ]
    assert ticks(player.store) == {"1": 0, "2": 0, "3": 6, "4": 9}


def test_progress_is_the_last_record_read(player: Player) -> None:
    """Progress holds the last offset, whatever became of that record, and the watermark."""
    player.play(a_mention(a_post("1")), a_beat(60), encode(a_beat(30)), b"bad")
    expected: tuple[str, int, datetime] = ("log-1", 4, at(60))
    assert rows(player.store, schema.progress, "log_id", "offset", "watermark") == [expected]
    with player.store.reading() as connection:
        assert connection.execute(select(func.count()).select_from(schema.progress)).scalar_one() == 1
