"""What the workers of several partitions promise each other over one store, on both databases."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import Table, func, select

from mentions.codec import encode
from mentions.errors import NotOurs
from mentions.records import Author, Counts, Event, Mention
from processors.scored_batch import ScoredBatch
from processors.scoring import judge
from processors.store import progress, schema
from processors.store.opening import Store
from processors.store.progress import LogPartition, Progress
from processors.ticks import TimeRules
from processors.watch import Watch
from tests.playing import (
    BOOK,
    JUDGES,
    NOW,
    Player,
    ScoredPlayer,
    Workers,
    a_beat,
    a_mention,
    a_post,
    at,
    counting,
    deletion,
    kept_store,
    scored_log,
    wipe,
)
from tests.tables import assert_equal, tables

RULES = TimeRules(timedelta(seconds=30))
HOURS = 3600


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store on each database, which every test finds empty."""
    yield from kept_store(request, tmp_path_factory.mktemp("kept"))


@pytest.fixture
def store(kept: Store) -> Store:
    """An empty store that knows the brands."""
    wipe(kept)
    return kept


@pytest.fixture
def workers(store: Store) -> Workers:
    """Three workers: of lumbre, of nubira, and of no brand."""
    return Workers(store, RULES)


def rows(store: Store, table: Table, *columns: str) -> list[tuple[Any, ...]]:
    """Those columns of a table, sorted."""
    with store.reading() as connection:
        return sorted((tuple(row) for row in connection.execute(select(*(table.c[c] for c in columns)))), key=str)


def mention(store: Store, brand: str, post: str) -> Any:
    """The row of a post of bluesky, erased or not."""
    ids = (f"bluesky:{post}", store.erased_id("bluesky", post))
    table = schema.mentions
    with store.reading() as connection:
        return connection.execute(select(table).where(table.c.brand == brand, table.c.id.in_(ids))).one()


def days(store: Store) -> list[tuple[Any, ...]]:
    """Author days."""
    return rows(store, schema.author_days, "brand", "author_id", "mentions", "positive")


def everything(store: Store) -> dict[str, list[Any]]:
    """Every row of every table."""
    with store.reading() as connection:
        return {
            t.name: sorted(map(tuple, connection.execute(select(t))), key=str) for t in schema.metadata.sorted_tables
        }


# --- own brands ---


def test_a_deletion_waits_in_each_partition_for_its_turn(store: Store, workers: Workers) -> None:
    """One partition obeys a deletion in its own brands alone: texts, sums and days of the others stay until theirs."""
    workers.put(a_mention(a_post("1", 10), "lumbre", "nubira"), a_mention(a_post("2", 20), "lumbre", "nubira"))
    workers.put(a_beat(200))
    workers.work_all()
    workers.put(deletion("1", 300))
    assert workers.work("lumbre").erased == 1
    assert (mention(store, "lumbre", "1").text, mention(store, "nubira", "1").text) == (None, "lumbre bien")
    assert days(store) == [("lumbre", "ana", 1, 1), ("nubira", "ana", 2, 2)]
    assert rows(store, schema.buckets, "brand", "positive") == [("lumbre", 1), ("nubira", 2)]
    assert rows(store, schema.authors, "first_at") == [(at(10),)]
    assert workers.work("nubira").erased == 1
    assert mention(store, "nubira", "1").text is None
    assert days(store) == [("lumbre", "ana", 1, 1), ("nubira", "ana", 1, 1)]
    assert rows(store, schema.authors, "first_at") == [(at(20),)]


def test_the_time_of_an_erasure_is_set_by_its_own_partition(store: Store, workers: Workers) -> None:
    """An earlier deletion that one partition hears of dates back only what that partition has erased."""
    workers.put(a_mention(a_post("1"), "lumbre", "nubira"), deletion("1", 300))
    workers.work_all()
    workers.put(deletion(author_id="ana", seconds=200))
    workers.work("lumbre")
    assert (mention(store, "lumbre", "1").erased_at, mention(store, "nubira", "1").erased_at) == (at(200), at(300))
    workers.work("nubira")
    assert mention(store, "nubira", "1").erased_at == at(200)


def test_traces_go_by_the_watermark_of_their_own_partition(store: Store, workers: Workers) -> None:
    """A partition that is hours ahead takes no vote from what another one has not folded yet."""
    workers.put(a_mention(a_post("1"), "lumbre", "nubira"), deletion("1", 10))
    workers.work_all()
    workers.put(a_beat(3 * HOURS))
    workers.of("lumbre").restart()
    workers.work("lumbre")
    assert (mention(store, "lumbre", "1").label, mention(store, "nubira", "1").label) == (None, "positive")
    workers.work("nubira")
    assert mention(store, "nubira", "1").label is None


def test_a_partition_folds_its_own_brands_alone(store: Store, workers: Workers) -> None:
    """A worker that takes over while another one lags behind folds nothing of that one's."""
    workers.put(a_mention(a_post("1", 10), "lumbre", "nubira"))
    workers.work_all()
    workers.put(a_beat(300))
    workers.of("lumbre").restart()
    assert workers.work("lumbre").folded == 1
    assert set(rows(store, schema.brand_state, "brand")) == {("lumbre",)}
    workers.of("nubira").restart()
    assert workers.work("nubira").folded == 1
    assert days(store) == [("lumbre", "ana", 1, 1), ("nubira", "ana", 1, 1)]


def test_a_brand_of_another_partition_is_refused(store: Store, workers: Workers) -> None:
    """Two workers on one brand would wait for each other for ever: such a mention is no use, and nothing is changed."""
    (misplaced,) = judge(a_mention(a_post("1"), "nubira"), BOOK, JUDGES, NOW)
    before = everything(store)
    with pytest.raises(ValueError, match="brand nubira belongs to another partition"):
        workers.of("lumbre").watch.process(ScoredBatch(1, 1, mentions=[misplaced]), NOW)
    assert everything(store) == before


def test_a_partition_without_brands_keeps_up(workers: Workers) -> None:
    """Its worker hears deletions and watermarks, changes no mention, and its progress moves."""
    workers.put(a_mention(a_post("1"), "lumbre"), deletion("1", 10), a_beat(3 * HOURS))
    idle = next(player for player in workers.players if player not in (workers.of("lumbre"), workers.of("nubira")))
    report = idle.offer(workers.waiting(idle))
    assert (report.erased, report.folded, report.new, report.last_offset) == (0, 0, (), 2)


# --- answers across partitions ---

ANA = Author("ana", handle="ana.example", name="Ana Ruiz")
PARENT = a_mention(a_post("1", author=ANA), "lumbre")
ANSWER = a_mention(
    a_post("2", 10, "nubira, gracias @ana.example", author="bea", in_reply_to="1", root_id="1"), "nubira"
)
ACCOUNT = deletion(author_id="ana", seconds=50)
TURNS = [*permutations(["lumbre", "nubira"]), ("step by step",)]


def work_in_turns(workers: Workers, turns: tuple[str, ...], records: tuple[Event, ...]) -> None:
    """One partition behind the other, or both record by record."""
    if turns == ("step by step",):
        for record in records:
            workers.put(record)
            workers.work_all()
        return
    workers.put(*records)
    for brand in turns:
        workers.work(brand)


@pytest.mark.parametrize("turns", TURNS)
@pytest.mark.parametrize("order", list(permutations([PARENT, ANSWER, ACCOUNT])))
def test_an_answer_in_another_partition_points_at_the_hash(
    store: Store, workers: Workers, order: tuple[Event, ...], turns: tuple[str, ...]
) -> None:
    """Whatever comes first and whoever works first: an answer no longer says whose post of another brand it answers."""
    work_in_turns(workers, turns, order)
    row, hashed = mention(store, "nubira", "2"), store.erased_id("bluesky", "1")
    assert (row.in_reply_to, row.root_id) == (hashed, hashed)
    assert mention(store, "lumbre", "1").text is None


def test_an_answer_in_another_partition_loses_the_name(store: Store, workers: Workers) -> None:
    """Names go out of answers of every brand, for only the partition that erases knows who is meant."""
    workers.put(PARENT, ANSWER)
    workers.work_all()
    workers.put(ACCOUNT)
    workers.work("lumbre")
    assert mention(store, "nubira", "2").text == "nubira, gracias [erased]"


def test_a_post_that_went_with_its_author_is_gone_for_every_partition(store: Store, workers: Workers) -> None:
    """A partition that has not heard of the deletion yet stores the same post of another brand as erased already."""
    workers.put(PARENT, ACCOUNT)
    workers.work("lumbre")
    workers.put(a_mention(a_post("1", author=ANA), "nubira"))
    player = workers.of("nubira")
    late = [entry for entry in workers.waiting(player) if b"scored.v1" in entry[1]]
    assert player.offer(late).erased == 1
    assert (mention(store, "nubira", "1").text, mention(store, "nubira", "1").erased_at) == (None, at(50))


def test_a_repeat_of_what_awaits_its_deletion_is_a_repeat(store: Store, workers: Workers) -> None:
    """A mention that is stored, of a post that another partition has erased already, stays one row until its turn."""
    workers.put(a_mention(a_post("1", author=ANA), "lumbre", "nubira"))
    workers.work_all()
    workers.put(ACCOUNT)
    workers.work("lumbre")
    again, _ = scored_log([a_mention(a_post("1", author=ANA), "nubira")], 3)[:2]
    player = workers.of("nubira")
    report = player.offer([(player.offset + 1, payload) for _, payload in again])
    assert report.dropped == {("nubira", "bluesky", "duplicate"): 1}
    assert mention(store, "nubira", "1").text == "lumbre bien"
    player.offer([(player.offset + 1, encode(ACCOUNT))])
    assert mention(store, "nubira", "1").text is None


# --- tombstones ---


def test_a_new_log_knows_what_was_deleted_in_the_one_before(store: Store) -> None:
    """A move from the embedded outbox to Kafka, or to another number of partitions, forgets no deletion."""
    Player(store, RULES).play(deletion("1", 50), deletion(author_id="bea", seconds=60))
    gone: list[Mention] = [a_mention(a_post("1"), "lumbre", "nubira"), a_mention(a_post("2", author="bea"), "nubira")]
    for partitions, log_id in ((3, "topic-1"), (8, "topic-2")):
        workers = Workers(store, RULES, partitions, log_id=log_id)
        workers.put(*gone, a_mention(a_post(f"kept by {log_id}"), "nubira"))
        workers.work_all()
    texts = rows(store, schema.mentions, "id", "text")
    assert sorted(id_ for id_, text in texts if text) == ["bluesky:kept by topic-1", "bluesky:kept by topic-2"]
    assert len(texts) == 5


def test_of_adopted_deletions_the_earliest_of_a_post_and_the_latest_of_an_author_count(store: Store) -> None:
    """As they do within a partition; what the partition's number knew from another log counts as well."""
    for number, (post, author) in enumerate([(300, 100), (200, 400), (250, 300)]):
        log = LogPartition("old", "scored", number, 3)
        Player(store, RULES, log).play(deletion("1", post), deletion(author_id="ana", seconds=author))
    Watch(store, LogPartition("new", "scored", 0, 4), RULES).take_over()
    Watch(store, LogPartition("new", "scored", 3, 4), RULES).take_over()
    expected = {store.erased_id("bluesky", "1"): at(200), store.author_key("bluesky", "ana"): at(400)}
    for number in (0, 3):
        with store.reading() as connection:
            found = connection.execute(select(schema.tombstones).where(schema.tombstones.c.partition == number)).all()
        assert {row.key: row.at for row in found} == expected


def test_a_log_adopts_once(store: Store) -> None:
    """Who takes over a log that was read before adds nothing to what it knows."""
    log = LogPartition("new", "scored", 1, 2)
    Watch(store, log, RULES).take_over()
    Player(store, RULES).play(deletion("1", 50))
    Watch(store, log, RULES).take_over()
    assert rows(store, schema.tombstones, "partition") == [(0,)]


# --- heartbeats ---


def test_what_heartbeats_counted_is_written_by_one_partition(store: Store) -> None:
    """Copies of a heartbeat in every raw and scored partition are one row, one in all reports, one writer."""
    workers = Workers(store, RULES, 3, raw_partitions=2)
    beats = [a_beat(10 * n, shard=f"s{n % 4}", seq=n, counts=Counts(seen=1, matched=1)) for n in range(12)]
    told = []
    for beat in beats:
        workers.put(beat)
        with counting(store) as sent:
            told += [len(report.heartbeats) for report in workers.work_all()]
        assert sum("INSERT INTO coverage" in statement.replace('"', "") for statement in sent) == 1
    assert len(rows(store, schema.coverage, "seq")) == 12
    assert sum(told) == 12
    assert len({number % 3 for number, count in enumerate(told) if count}) > 1  # shards are shared out


def test_a_heartbeat_that_comes_by_two_raw_partitions_is_told_once(store: Store) -> None:
    """Also when its second copy comes in another batch."""
    workers = Workers(store, RULES, 1, raw_partitions=2)
    workers.put(a_beat(10), a_beat(20))
    found = [len(workers.work("lumbre", size=1).heartbeats) for _ in range(4)]
    assert found == [1, 0, 1, 0]


def test_every_partition_has_its_own_watermark(store: Store, workers: Workers) -> None:
    """A partition that lags behind holds back its own brands alone."""
    workers.put(a_mention(a_post("1", 10), "lumbre", "nubira"), a_beat(300))
    workers.work("lumbre")
    workers.put(a_beat(600))
    assert (workers.work("lumbre").watermark, workers.work("nubira", size=2).watermark) == (at(600), at(300))
    marks = rows(store, schema.progress, "partition", "watermark")
    assert marks == [(0, at(300)), (1, at(600)), (2, None)]


# --- the fence and the log's ends ---


def test_a_stale_worker_changes_no_row_and_goes_on_behind_the_other(store: Store, workers: Workers) -> None:
    """Who was stopped while another took its partition over is told so, and then goes on exactly where that ended."""
    stale = workers.of("lumbre")
    workers.put(a_mention(a_post("1", 10)), a_mention(a_post("1", 10)), a_beat(300))
    workers.work("lumbre", size=1)
    successor = ScoredPlayer(store, RULES, stale.log)
    workers.put(deletion("1", 20), a_mention(a_post("2", 30)), b"bad")
    successor.offer(workers.waiting(successor)[:2])
    before = everything(store)
    with pytest.raises(NotOurs, match="another worker went on"):
        stale.offer(workers.waiting(stale))
    assert everything(store) == before
    stale.offset = stale.watch.take_over().offset
    assert stale.offset == successor.offset
    stale.offer(workers.waiting(stale))
    with pytest.raises(NotOurs):
        successor.offer([(99, b"bad")])
    assert days(store) == []
    assert rows(store, schema.buckets, "positive") == [(1,)]


def test_progress_can_be_read_without_taking_over(store: Store) -> None:
    """A reader learns how far a partition was processed, and leaves no row behind."""
    log = LogPartition("topic-1", "scored", 2, 3)
    with store.reading() as connection:
        assert progress.load(connection, log) is None
    assert rows(store, schema.progress, "offset") == []
    Player(store, RULES, log).play(a_beat(60))
    with store.reading() as connection:
        assert progress.load(connection, log) == Progress(1, at(60))


def test_a_gap_is_accepted_deliberately_and_never_goes_back(store: Store) -> None:
    """Progress jumps over records that are gone; a worker at work notices; watermark and tombstones stay."""
    player = Player(store, RULES, LogPartition("topic-1", "scored", 0, 1))
    player.play(a_mention(a_post("1")), a_beat(60))
    with store.writing() as connection:
        assert progress.accept_gap(connection, player.log, 500) == Progress(500, at(60))
        assert progress.accept_gap(connection, player.log, 400) == Progress(500, at(60))
        assert progress.accept_gap(connection, LogPartition("never read"), 7) == Progress(7, None)
    with pytest.raises(NotOurs):
        player.play(a_mention(a_post("2")))
    player.restart()
    assert player.offset == 500
    player.play(a_mention(a_post("3")))
    assert len(rows(store, schema.mentions, "id")) == 2


def test_one_partition_costs_what_it_cost(store: Store) -> None:
    """A log with one partition asks nothing about brands: a batch is as many statements as ever."""
    player = Player(store, RULES)
    player.play(a_mention(a_post("1", in_reply_to="0")), a_beat(5))
    with counting(store) as sent:
        player.play(a_mention(a_post("2", in_reply_to="0")), a_beat(10))
    savepoint = 0 if store.dialect == "postgresql" else 2  # which SQLite keeps to itself
    assert len(sent) == 6 + savepoint, sent
    with counting(store) as sent:
        player.play(deletion("unknown", 50))
    assert len(sent) == 6, sent


def test_equal_tables_whatever_the_partitions(store: Store, workers: Workers) -> None:
    """A conversation over two brands leaves on three partitions what it leaves on one."""
    records: list[Event] = [PARENT, ANSWER, a_beat(300), a_mention(a_post("3", 20), "lumbre", "nubira"), a_beat(900)]
    workers.put(*records)
    workers.work_all()
    found = tables(store)
    wipe(store)
    Player(store, RULES).play(*records)
    with store.reading() as connection:
        assert connection.execute(select(func.count()).select_from(schema.mentions)).scalar_one() == 4
    assert_equal(found, tables(store))
