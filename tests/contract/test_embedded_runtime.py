"""What the embedded runtime promises between an outbox and a store, on both databases."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from ingest.outbox import Batch, Outbox
from mentions.brands import BrandVersion
from mentions.codec import encode
from mentions.errors import LogTruncated, NotOurs, OutboxUnavailable, StoreUnavailable, TooManyInvalid
from mentions.records import Hit, Mention, Sentiment
from processors.brand_book import BrandBook
from processors.report import BatchReport
from processors.runtime import embedded
from processors.runtime.embedded import TIDY_AGAIN, EmbeddedRuntime
from processors.scored_batch import ScoredBatch
from processors.scoring import Judges
from processors.store import schema
from processors.store.opening import Store
from processors.ticks import TimeRules
from tests.playing import (
    BOOK,
    BRANDS,
    JUDGES,
    MORNING,
    NOW,
    CrashError,
    KeywordEngine,
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
DEADLINE = 30.0


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    """A new outbox."""
    opened = Outbox(tmp_path / "outbox.sqlite", durable=False)
    yield opened
    opened.close()


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store on each database, which every test finds empty."""
    yield from kept_store(request, tmp_path_factory.mktemp("kept"))


@pytest.fixture
def ready(kept: Store) -> Store:
    """An empty store that knows the brands."""
    wipe(kept)
    return kept


@pytest.fixture(autouse=True)
def whole_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin with the largest batch at once, so that a test knows what one holds."""
    monkeypatch.setattr(embedded, "FIRST_BATCH", embedded.BATCH)


def a_runtime(outbox: Outbox, store: Store, **options: Any) -> EmbeddedRuntime:
    """A runtime over both."""
    now = options.pop("now", lambda: NOW)
    book = options.pop("book", lambda: BOOK)
    return EmbeddedRuntime(outbox, store, JUDGES, book, RULES, now, **options)


def put(outbox: Outbox, *records: Any) -> None:
    """Commit records."""
    outbox.commit(Batch("bluesky", "main", records))


def beat(outbox: Outbox, seconds: float) -> None:
    """Let the source say that it has everything up to then."""
    outbox.heartbeat("bluesky", "main", at=at(seconds), source_class="stream", complete_until=at(seconds), holds=True)


def stored(store: Store) -> list[str]:
    """The ids that are stored."""
    with store.reading() as connection:
        return sorted(connection.execute(select(schema.mentions.c.id)).scalars())


def drops(store: Store) -> dict[str, int]:
    """What was dropped behind the log."""
    with store.reading() as connection:
        return {row.reason: row.count for row in connection.execute(select(schema.drops))}


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until `condition()`, at most DEADLINE."""
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.005)


def test_a_step_is_one_batch_and_none_when_there_is_nothing(outbox: Outbox, ready: Store) -> None:
    """Each step takes at most a batch, prunes it, and tells what it read and how long it took."""
    put(outbox, *(a_mention(a_post(str(number))) for number in range(5)))
    runtime = a_runtime(outbox, ready, batch=3)
    assert runtime.lag() == 5
    reports = [runtime.step(), runtime.step(), runtime.step()]
    assert [report and (report.read, len(report.new), report.last_offset) for report in reports] == [
        (3, 3, 3),
        (2, 2, 5),
        None,
    ]
    assert reports[0] is not None
    assert set(reports[0].seconds) == {"score", "watch"}
    assert (runtime.lag(), outbox.rows(), outbox.pruned_until()) == (0, 0, 5)


def test_batches_begin_small_and_double(outbox: Outbox, ready: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first mention of a long log is shown at once; soon batches are as large as they may be."""
    monkeypatch.setattr(embedded, "FIRST_BATCH", 1)
    put(outbox, *(a_mention(a_post(str(number))) for number in range(20)))
    runtime = a_runtime(outbox, ready, batch=6)
    sizes = [report.read for _ in range(6) if (report := runtime.step()) is not None]
    assert sizes == [1, 2, 4, 6, 6, 1]


def test_a_replays_log_is_not_pruned(outbox: Outbox, ready: Store) -> None:
    """With `prune=False` the log stays whole."""
    put(outbox, a_mention(a_post("1")))
    assert a_runtime(outbox, ready, prune=False).step() is not None
    assert outbox.rows() == 1


def test_a_new_runtime_goes_on_where_the_store_is(outbox: Outbox, ready: Store) -> None:
    """What the one before had committed is neither read nor counted again, also when it was not pruned any more."""
    put(outbox, *(a_mention(a_post(str(number))) for number in range(4)))
    first = a_runtime(outbox, ready, batch=2, prune=False)
    first.step()
    second = a_runtime(outbox, ready)
    second.start()
    assert outbox.pruned_until() == 2
    assert second.lag() == 2
    second.step()
    assert stored(ready) == [f"bluesky:{number}" for number in range(4)]
    assert drops(ready) == {}


def test_a_recreated_outbox_is_not_taken_for_one_already_read(outbox: Outbox, ready: Store, tmp_path: Path) -> None:
    """A new outbox begins at its first record, although the one before was read much further."""
    put(outbox, *(a_mention(a_post(f"old{number}")) for number in range(5)))
    a_runtime(outbox, ready).step()
    anew = Outbox(tmp_path / "new.sqlite", durable=False)
    put(anew, a_mention(a_post("new1")), a_mention(a_post("new2")))
    a_runtime(anew, ready).step()
    assert len(stored(ready)) == 7
    anew.close()


def test_a_store_older_than_the_pruned_outbox_is_refused(outbox: Outbox, ready: Store) -> None:
    """When the outbox no longer holds what the store still needs, going on would skip records: it says so."""
    put(outbox, *(a_mention(a_post(str(number))) for number in range(5)))
    outbox.prune(3)
    with pytest.raises(LogTruncated, match=r"up to record 0, but .* only those behind 3: was the store"):
        a_runtime(outbox, ready).start()
    assert stored(ready) == []


def test_an_outbox_older_than_the_store_is_refused(outbox: Outbox, ready: Store, tmp_path: Path) -> None:
    """An outbox restored from an older copy would give offsets that the store takes for processed: it says so."""
    put(outbox, a_mention(a_post("1")))
    outbox.scour()
    shutil.copy(outbox.path, tmp_path / "copy.sqlite")
    put(outbox, a_mention(a_post("2")), a_mention(a_post("3")))
    a_runtime(outbox, ready).step()
    older = Outbox(tmp_path / "copy.sqlite")
    with pytest.raises(LogTruncated, match="up to record 3, but the outbox ends at 1: was the outbox restored"):
        a_runtime(older, ready).step()
    older.close()


def test_of_two_runtimes_on_one_log_the_second_changes_nothing_and_goes_on(outbox: Outbox, ready: Store) -> None:
    """The one that comes second is told so; its next step begins behind what the other has done."""
    put(outbox, *(a_mention(a_post(str(number))) for number in range(4)), a_mention(a_post("0")))
    one = a_runtime(outbox, ready, batch=2, prune=False)
    other = a_runtime(outbox, ready, batch=3, prune=False)
    other.start()
    one.step()
    before = tables(ready)
    with pytest.raises(NotOurs):
        other.step()
    assert_equal(tables(ready), before)
    report = other.step()
    assert report is not None
    assert (report.read, report.last_offset) == (3, 5)
    with pytest.raises(NotOurs):
        one.step()
    assert one.step() is None
    assert len(stored(ready)) == 4
    assert drops(ready) == {"duplicate": 1}


@pytest.mark.parametrize("statement", [0, 2, 4, 6])
def test_a_batch_that_fails_is_taken_up_by_the_next_step(outbox: Outbox, ready: Store, statement: int) -> None:
    """After an exception in the middle of a transaction the same runtime goes on, and counts nothing twice."""
    put(outbox, a_mention(a_post("1")), a_mention(a_post("1")), a_mention(a_post("2")), deletion("2", 50))
    runtime = a_runtime(outbox, ready)
    runtime.start()
    with crashing(ready, statement), pytest.raises(CrashError):
        runtime.step()
    report = runtime.step()
    assert report is not None
    assert (len(report.new), report.erased, drops(ready)) == (2, 1, {"duplicate": 1})
    assert runtime.step() is None


def test_a_commit_whose_answer_is_lost_counts_once(
    outbox: Outbox, ready: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that breaks behind the commit leaves nobody knowing; the next step finds out and repeats nothing."""
    put(outbox, a_mention(a_post("1")), a_mention(a_post("1")))
    runtime = a_runtime(outbox, ready)
    runtime.start()
    watch = runtime._watch
    process = watch.process

    def commit_and_break(*args: Any) -> BatchReport:
        process(*args)
        raise StoreUnavailable("the connection was lost")

    with monkeypatch.context() as broken:
        broken.setattr(watch, "process", commit_and_break)
        with pytest.raises(StoreUnavailable):
            runtime.step()
    assert runtime.step() is None
    assert (stored(ready), drops(ready)) == (["bluesky:1"], {"duplicate": 1})
    assert outbox.rows() == 0


def newer(brand_version: int) -> BrandBook:
    """A book whose brands are at that version too."""
    versions = [
        BrandVersion(brand=brand, version=number, effective_from=MORNING, changed_at=MORNING, changed_by="t", why="t")
        for brand in BRANDS
        for number in range(1, brand_version + 1)
    ]
    return BrandBook.of(versions)


def test_a_brand_changed_meanwhile_is_read_again(outbox: Outbox, ready: Store) -> None:
    """A hit of a version that was made after the start is judged by the newer book."""
    runtime = a_runtime(outbox, ready, newer_book=lambda: newer(2))
    put(outbox, Mention(a_post("1"), (Hit("lumbre", 2, "lumbre"),)))
    runtime.step()
    assert stored(ready) == ["bluesky:1"]
    assert drops(ready) == {}


def test_a_brand_version_that_nobody_knows_stops_nothing(outbox: Outbox, ready: Store) -> None:
    """Such a record becomes a dead letter, and what is behind it goes on."""
    runtime = a_runtime(outbox, ready)
    put(outbox, Mention(a_post("1"), (Hit("lumbre", 9, "lumbre"),)), a_mention(a_post("2")))
    runtime.step()
    assert stored(ready) == ["bluesky:2"]
    assert drops(ready) == {"unknown_record": 1}


def test_a_failure_to_prune_loses_no_report(outbox: Outbox, ready: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was committed is reported although the outbox cannot be pruned now; a later step prunes it."""
    put(outbox, a_mention(a_post("1")))
    runtime = a_runtime(outbox, ready)
    runtime.start()

    def locked(until: int) -> None:
        raise OutboxUnavailable("locked")

    with monkeypatch.context() as broken:
        broken.setattr(outbox, "prune", locked)
        report = runtime.step()
    assert report is not None
    assert len(report.new) == 1
    put(outbox, a_mention(a_post("2")))
    runtime.step()
    assert outbox.rows() == 0


def test_an_erasure_that_could_not_be_tidied_is_tidied_later(
    outbox: Outbox, ready: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a reader keeps deleted bytes in a file, tidying is tried again, a minute later and also when idle."""
    moments = iter([NOW] * 20)
    time_now = [NOW]

    def now() -> datetime:
        next(moments)
        return time_now[0]

    runtime = a_runtime(outbox, ready, now=now)
    runtime.start()
    put(outbox, a_mention(a_post("1")), deletion("1", 50))
    tidied: list[bool] = []
    scour = outbox.scour

    def busy_then_done() -> bool:
        tidied.append(len(tidied) > 0 and scour())
        return tidied[-1]

    monkeypatch.setattr(outbox, "scour", busy_then_done)
    runtime.step()
    assert tidied == [False]
    assert runtime.step() is None
    assert tidied == [False]
    time_now[0] = NOW + TIDY_AGAIN
    assert runtime.step() is None
    assert tidied == [False, True]
    assert runtime.step() is None
    assert tidied == [False, True]


# --- what our own code fails on ---


class Poison:
    """Lets WATCH fail on every batch that holds one of these posts."""

    def __init__(self, runtime: EmbeddedRuntime, *posts: str) -> None:
        self._process, self._posts = runtime._watch.process, posts
        self.attempts = 0

    def process(self, batch: ScoredBatch, now: datetime) -> BatchReport:
        """Commit, or fail in the middle of the transaction."""
        self.attempts += 1
        if any(mention.post.native_id in self._posts for mention in batch.mentions):
            raise ZeroDivisionError("what somebody wrote")
        return self._process(batch, now)


def drain(runtime: EmbeddedRuntime) -> list[BatchReport]:
    """Step until there is nothing more."""
    return list(iter(runtime.sure_step, None))


def test_a_record_that_nobody_can_process_stops_no_other(
    outbox: Outbox, ready: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is tried three times, found, and kept as a dead letter; all others are stored, each counted as read once."""
    runtime = a_runtime(outbox, ready)
    poison = Poison(runtime, "7", "30")
    monkeypatch.setattr(runtime._watch, "process", poison.process)
    monkeypatch.setattr(embedded, "_AGAIN", 0.001)
    records = [a_mention(a_post(str(number))) for number in range(40)]
    put(outbox, *records)
    reports = drain(runtime)
    assert stored(ready) == sorted(f"bluesky:{number}" for number in range(40) if number not in (7, 30))
    assert drops(ready) == {"failed": 2}
    with ready.reading() as connection:
        letters = connection.execute(select(schema.dead_letters).order_by(schema.dead_letters.c.offset)).all()
    assert [(row.offset, row.reason, bytes(row.payload)) for row in letters] == [
        (8, "failed", encode(records[7])),
        (31, "failed", encode(records[30])),
    ]
    assert sum(report.read for report in reports) == 40
    assert (runtime.lag(), outbox.rows()) == (0, 0)
    assert "somebody wrote" not in caplog.text
    put(outbox, a_mention(a_post("after")))
    assert [len(report.new) for report in drain(runtime)] == [1]


def test_a_failure_that_passes_buries_nothing(outbox: Outbox, ready: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails twice and then goes through is stored, and no record is kept as a dead letter."""
    monkeypatch.setattr(embedded, "_AGAIN", 0.001)
    put(outbox, *(a_mention(a_post(str(number))) for number in range(5)))
    runtime = a_runtime(outbox, ready)
    runtime.start()
    process, failures = runtime._watch.process, iter([ZeroDivisionError(), ZeroDivisionError(), None])

    def sometimes(*args: Any) -> BatchReport:
        if failure := next(failures, None):
            raise failure
        return process(*args)

    monkeypatch.setattr(runtime._watch, "process", sometimes)
    assert [len(report.new) for report in drain(runtime)] == [5]
    assert drops(ready) == {}


def test_an_engine_that_fails_on_a_record_stops_no_other(
    outbox: Outbox, ready: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A text that the sentiment engine fails on is a dead letter; the others of its batch are judged."""
    monkeypatch.setattr(embedded, "_AGAIN", 0.001)

    class Stumbling(KeywordEngine):
        def judge(self, text: str, lang: str, target: object = None) -> Sentiment:
            if "tropiezo" in text:
                raise ZeroDivisionError
            return super().judge(text, lang)

    judges = Judges(JUDGES.languages, Stumbling())
    runtime = EmbeddedRuntime(outbox, ready, judges, lambda: BOOK, RULES, lambda: NOW)
    put(outbox, a_mention(a_post("1")), a_mention(a_post("2", text="lumbre tropiezo")), a_mention(a_post("3")))
    drain(runtime)
    assert stored(ready) == ["bluesky:1", "bluesky:3"]
    assert drops(ready) == {"failed": 1}


def test_when_everything_fails_it_stops(outbox: Outbox, ready: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect that concerns every record buries fifty of them and then ends the run with a sentence, not the log."""
    monkeypatch.setattr(embedded, "_AGAIN", 0.001)
    runtime = a_runtime(outbox, ready)
    posts = [str(number) for number in range(80)]
    monkeypatch.setattr(runtime._watch, "process", Poison(runtime, *posts).process)
    put(outbox, *(a_mention(a_post(post)) for post in posts))
    with pytest.raises(TooManyInvalid, match="50 of the last 50 records cannot be used"):
        drain(runtime)
    assert drops(ready) == {"failed": 49}
    assert outbox.rows() == 31


def test_a_failure_beside_any_batch_is_not_waited_out(
    outbox: Outbox, ready: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fails before a batch is read is no record's fault, and is raised at once."""
    runtime = a_runtime(outbox, ready)

    def broken() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(runtime._watch, "take_over", broken)
    with pytest.raises(ZeroDivisionError):
        runtime.sure_step()


# --- the loop ---


class Running:
    """A runtime in a thread of its own."""

    def __init__(self, runtime: EmbeddedRuntime) -> None:
        self.reports: list[BatchReport] = []
        self.error: BaseException | None = None
        self.stop = threading.Event()
        self.runtime = runtime
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.runtime.run(self.stop, self.reports.append)
        except BaseException as error:
            self.error = error

    def end(self) -> None:
        """Ask for the end and wait for it."""
        self.stop.set()
        self.thread.join(DEADLINE)
        assert not self.thread.is_alive()


def test_the_loop_drains_what_came_before_it_was_stopped(outbox: Outbox, ready: Store) -> None:
    """Asked to stop, it first processes all that is in the log."""
    running = Running(a_runtime(outbox, ready, batch=2))
    put(outbox, a_mention(a_post("first")))
    wait_for(lambda: len(running.reports) > 0)
    put(outbox, *(a_mention(a_post(str(number))) for number in range(9)))
    running.end()
    assert running.error is None
    assert len(stored(ready)) == 10
    assert sum(len(report.new) for report in running.reports) == 10


def test_the_loop_waits_out_a_store_that_is_away(outbox: Outbox, ready: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the store cannot be reached nothing is lost, and it goes on as soon as it can; so behind another worker."""
    runtime = a_runtime(outbox, ready)
    process, failures = runtime._watch.process, iter([StoreUnavailable("away"), NotOurs("another one"), None])

    def sometimes(*args: Any) -> BatchReport:
        failure = next(failures, None)
        if failure is not None:
            raise failure
        return process(*args)

    monkeypatch.setattr(runtime._watch, "process", sometimes)
    put(outbox, a_mention(a_post("1")))
    running = Running(runtime)
    wait_for(lambda: len(running.reports) == 1)
    running.end()
    assert running.error is None
    assert stored(ready) == ["bluesky:1"]


def test_the_loop_ends_soon_when_it_is_stopped_while_it_waits(
    outbox: Outbox, ready: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that stays away does not keep a stopping process: it gives up with the reason, and the log keeps all."""
    runtime = a_runtime(outbox, ready)
    failures: list[int] = []

    def away(*_: Any) -> BatchReport:
        failures.append(1)
        raise StoreUnavailable("away")

    monkeypatch.setattr(runtime._watch, "process", away)
    put(outbox, a_mention(a_post("1")))
    running = Running(runtime)
    wait_for(lambda: len(failures) >= 5)  # by now it waits for seconds between two attempts
    started = time.monotonic()
    running.end()
    assert time.monotonic() - started < 1.5
    assert isinstance(running.error, StoreUnavailable)
    assert outbox.rows() == 1


def test_live_batches_of_any_cut_leave_the_tables_of_one(ready: Store, outbox: Outbox) -> None:
    """One record per batch or all at once: the folded tables are those of the log."""
    for number in range(12):
        put(outbox, a_mention(a_post(str(number), 30 * number)), a_mention(a_post(str(number), 30 * number)))
        beat(outbox, 30 * number)
    beat(outbox, 1000)
    runtime = a_runtime(outbox, ready, batch=1)
    while runtime.step():
        pass
    with ready.reading() as connection:
        assert connection.execute(select(func.sum(schema.author_days.c.mentions))).scalar() == 12
    assert drops(ready) == {"duplicate": 12}
