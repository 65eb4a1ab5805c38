"""Stage WATCH over Kafka, on both databases, without any broker: where it reads, what it commits, when it stops."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select

from mentions.codec import encode
from mentions.errors import LogTruncated, StoreUnavailable, TooManyInvalid
from mentions.records import Event, Watermark
from processors.report import BatchReport
from processors.runtime import watch_stage
from processors.runtime.chunks import Bounds, Chunk, Outgoing
from processors.runtime.invalid_limit import InvalidLimit
from processors.runtime.score_stage import Topics
from processors.runtime.watch_stage import WatchStage
from processors.scored_batch import ScoredBatch
from processors.scoring import judge
from processors.store import progress, schema
from processors.store.opening import Store
from processors.store.progress import LogPartition
from processors.ticks import TimeRules
from processors.watch import Watch
from tests.playing import BOOK, JUDGES, NOW, a_beat, a_mention, a_post, deletion, kept_store, wipe

TOPICS = Topics("raw", 1, "scored", 1, "dead")
LOG = LogPartition("topic-1", "scored", 0, 1)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store on each database, which every test finds empty."""
    yield from kept_store(request, tmp_path_factory.mktemp("kept"))


@pytest.fixture
def ready(kept: Store) -> Store:
    """An empty store that knows the brands."""
    wipe(kept)
    return kept


class Sent(list[Outgoing]):
    """What was sent."""

    async def send(self, records: Sequence[Outgoing]) -> None:
        """Acknowledge."""
        self.extend(records)


def scored(*ids: str, seconds: float = 0) -> list[bytes]:
    """Scored records of lumbre."""
    return [encode(judge(a_mention(a_post(id_, seconds)), BOOK, JUDGES, NOW)[0]) for id_ in ids]


def mark(seconds: float) -> bytes:
    """A watermark record."""
    return encode(Watermark(0, 1, (a_beat(seconds),)))


def a_chunk(first: int, values: Sequence[bytes | Event]) -> Chunk:
    """Records of the one partition."""
    payloads = tuple(value if isinstance(value, bytes) else encode(value) for value in values)
    return Chunk(0, first, payloads, (None,) * len(payloads))


def a_stage(store: Store, log_id: Callable[[], str] = lambda: "topic-1", **options: object) -> WatchStage:
    """A stage over the store."""
    limit = InvalidLimit(options.pop("ratio", 1.0), enough=1)  # type: ignore[arg-type] # a number
    rules = TimeRules(timedelta(seconds=30))
    return WatchStage(TOPICS, store, rules, log_id, lambda: NOW, limit, **options)  # type: ignore[arg-type]


def run(stage: WatchStage, *chunks: Chunk, bounds: Bounds | None = None) -> Sent:
    """Assign the partition, then process chunks."""

    async def scenario() -> Sent:
        sent = Sent()
        await stage.positions({0: bounds or Bounds(0, 1000)})
        for chunk in chunks:
            await stage.process(chunk, sent.send)
        return sent

    return asyncio.run(asyncio.wait_for(scenario(), 60))


def stored(store: Store) -> list[str]:
    """The ids that are stored."""
    with store.reading() as connection:
        return sorted(connection.execute(select(schema.mentions.c.id)).scalars())


def position(store: Store, stage: WatchStage, bounds: Bounds) -> int:
    """Where a stage would read."""
    return asyncio.run(stage.positions({0: bounds}))[0]


def test_a_chunk_is_stored_and_progress_moves(ready: Store) -> None:
    """Its mentions are stored, and a worker that comes next reads behind it."""
    reports: list[BatchReport] = []

    run(a_stage(ready, observe=reports.append), a_chunk(0, [*scored("1", "2"), mark(60)]))

    assert stored(ready) == ["bluesky:1", "bluesky:2"]
    assert position(ready, a_stage(ready), Bounds(0, 9)) == 3
    assert [(report.read, len(report.new), report.last_offset) for report in reports] == [(3, 2, 2)]


def test_a_partition_begins_at_its_first_record(ready: Store) -> None:
    """A topic that the store has never read is read from its start, whatever its group has committed."""
    assert position(ready, a_stage(ready), Bounds(0, 9, committed=5)) == 0


def test_a_chunk_that_comes_again_changes_nothing(ready: Store) -> None:
    """What the store holds already is left out, wholly or in part."""
    first, more = scored("1", "2"), scored("3")
    reports: list[BatchReport] = []

    run(a_stage(ready), a_chunk(0, first))
    run(a_stage(ready, observe=reports.append), a_chunk(0, first), a_chunk(0, [*first, *more]))

    assert stored(ready) == ["bluesky:1", "bluesky:2", "bluesky:3"]
    assert [(report.read, len(report.new)) for report in reports] == [(1, 1)]
    with ready.reading() as connection:
        assert not connection.execute(select(schema.drops)).all()


def test_another_topic_of_the_same_name_is_another_log(ready: Store) -> None:
    """After the topic was made anew nothing of it is taken for already read."""
    run(a_stage(ready), a_chunk(0, scored("1")))

    run(a_stage(ready, lambda: "topic-2"), a_chunk(0, scored("2")))

    assert stored(ready) == ["bluesky:1", "bluesky:2"]


def test_a_topic_made_anew_under_a_worker_stops_it(ready: Store) -> None:
    """At the next assignment the worker sees another identity, and stops to be started again."""
    ids = iter(["topic-1", "topic-2"])
    stage = a_stage(ready, lambda: next(ids))
    run(stage, a_chunk(0, scored("1")))

    with pytest.raises(LogTruncated, match="made anew"):
        run(stage)


@pytest.mark.parametrize("bounds", [Bounds(3, 9), Bounds(0, 1)])
def test_a_log_that_lacks_what_comes_next_stops_it(ready: Store, bounds: Bounds) -> None:
    """When the topic does not hold the next record, the worker stops and says what can be done."""
    run(a_stage(ready), a_chunk(0, scored("1", "2")))

    with pytest.raises(LogTruncated, match="needs record 2 next"):
        run(a_stage(ready), bounds=bounds)


def test_an_accepted_gap_is_remembered(ready: Store) -> None:
    """Told so, it goes on where the topic begins, and the store's progress says so too."""
    run(a_stage(ready), a_chunk(0, scored("1", "2")))

    run(a_stage(ready, accept_gap=True), a_chunk(5, scored("6")), bounds=Bounds(5, 9))

    assert stored(ready) == ["bluesky:1", "bluesky:2", "bluesky:6"]
    assert position(ready, a_stage(ready), Bounds(5, 9)) == 6


def test_another_worker_that_went_on_is_found_out(ready: Store) -> None:
    """A worker whose partition another one has taken commits nothing twice: it takes over anew and goes on behind."""
    stage = a_stage(ready)
    run(stage, a_chunk(0, scored("1")))
    with ready.reading() as connection:
        assert progress.load(connection, LOG) is not None
    run(a_stage(ready), a_chunk(1, scored("2")))

    asyncio.run(stage.process(a_chunk(1, scored("2", "3")), Sent().send))

    assert stored(ready) == ["bluesky:1", "bluesky:2", "bluesky:3"]
    with ready.reading() as connection:
        assert not connection.execute(select(schema.drops)).all()


def test_a_store_that_went_back_stops_it(ready: Store) -> None:
    """When an older copy of the store takes its place under a worker, the worker stops instead of leaving a hole."""
    stage = a_stage(ready)
    run(stage, a_chunk(0, scored("1", "2")))
    with ready.writing() as connection:
        connection.execute(schema.progress.update().values(offset=0))

    with pytest.raises(LogTruncated, match="went back to record 0"):
        asyncio.run(stage.process(a_chunk(2, scored("3")), Sent().send))

    assert stored(ready) == ["bluesky:1", "bluesky:2"]


def test_a_store_that_is_away_is_waited_for(ready: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The chunk is tried until the store takes it; meanwhile the stage says what it waits for."""
    stage, waited = a_stage(ready), []
    whole = Watch.process

    def away(watch: Watch, *given: object) -> BatchReport:
        waited.append(stage.waiting_for())
        if len(waited) < 3:
            raise StoreUnavailable("locked")
        return whole(watch, *given)  # type: ignore[arg-type] # passed on

    monkeypatch.setattr(Watch, "process", away)

    run(stage, a_chunk(0, scored("1")))

    assert waited == ["", "the store", "the store"]
    assert not stage.waiting_for()
    assert stored(ready) == ["bluesky:1"]


def test_what_cannot_be_read_is_set_aside(ready: Store) -> None:
    """A corrupt record is one dead letter in the topic and one in the store; what comes behind it is stored."""
    sent = run(a_stage(ready), a_chunk(0, [b"{", *scored("1")]))

    (letter,) = sent
    assert (letter.topic, letter.value) == ("dead", b"{")
    with ready.reading() as connection:
        kept = connection.execute(select(schema.dead_letters.c.offset, schema.dead_letters.c.reason)).all()
    assert [tuple(row) for row in kept] == [(0, "corrupt")]
    assert stored(ready) == ["bluesky:1"]


def test_too_much_garbage_stops_before_anything_is_committed(ready: Store) -> None:
    """Nothing of the chunk that passes the limit is stored, and progress stays."""
    stage = a_stage(ready, ratio=0.5)

    with pytest.raises(TooManyInvalid):
        run(stage, a_chunk(0, [b"{", b"[", *scored("1")]))

    assert stored(ready) == []
    assert position(ready, a_stage(ready), Bounds(0, 9)) == 0


def failing_on(monkeypatch: pytest.MonkeyPatch, *ids: str, times: int = 1000) -> None:
    """Let our own code fail on batches that hold one of these mentions, so many times."""
    whole, left = Watch.process, [times]

    def process(watch: Watch, batch: ScoredBatch, now: object) -> BatchReport:
        if {mention.post.native_id for mention in batch.mentions} & set(ids) and left[0]:
            left[0] -= 1
            raise ZeroDivisionError
        return whole(watch, batch, now)  # type: ignore[arg-type] # passed on

    monkeypatch.setattr(Watch, "process", process)
    monkeypatch.setattr(watch_stage, "FIRST_PAUSE", 0.001)


def test_a_record_that_our_own_code_fails_on_is_buried(ready: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """It becomes one dead letter, in the topic and in the store; all others of its chunk are stored, in order."""
    failing_on(monkeypatch, "2", "5")
    reports: list[BatchReport] = []

    sent = run(a_stage(ready, observe=reports.append), a_chunk(0, [*scored("1", "2", "3", "4", "5"), mark(60)]))

    assert stored(ready) == ["bluesky:1", "bluesky:3", "bluesky:4"]
    assert [dict(letter.headers)["offset"] for letter in sent] == [b"1", b"4"]
    with ready.reading() as connection:
        kept = connection.execute(select(schema.dead_letters.c.offset, schema.dead_letters.c.reason)).all()
    assert sorted(tuple(row) for row in kept) == [(1, "failed"), (4, "failed")]
    assert sum(report.read for report in reports) == 6
    assert position(ready, a_stage(ready), Bounds(0, 9)) == 6


def test_a_failure_that_passes_buries_nothing(ready: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails once is tried again as it is."""
    failing_on(monkeypatch, "2", times=2)

    assert not run(a_stage(ready), a_chunk(0, scored("1", "2")))

    assert stored(ready) == ["bluesky:1", "bluesky:2"]


def test_failing_on_too_much_stops_it(ready: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """When our own code fails on more than the allowed share, the worker stops instead of burying it all."""
    failing_on(monkeypatch, "1", "2", "3")

    with pytest.raises(TooManyInvalid):
        run(a_stage(ready, ratio=0.5), a_chunk(0, scored("1", "2", "3")))

    assert stored(ready) == []


def test_what_was_erased_is_overwritten_beside_the_work(ready: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind an erasure the store is told to overwrite it: once, however many batches erase within a minute."""
    asked: list[int] = []
    monkeypatch.setattr(Store, "overwrite_deleted", lambda _: not asked.append(1))
    stage = a_stage(ready)

    async def scenario() -> None:
        await stage.positions({0: Bounds(0, 1000)})
        await stage.process(a_chunk(0, scored("1", "2")), Sent().send)
        await stage.close()
        asked.clear()
        stage._overwriting._not_before = 0.0
        for offset, id_ in ((2, "1"), (3, "2")):
            await stage.process(a_chunk(offset, [deletion(id_)]), Sent().send)
            await stage.close()

    asyncio.run(asyncio.wait_for(scenario(), 60))

    assert len(asked) == 1
