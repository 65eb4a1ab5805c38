import random
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from ingest import staging as staging_module
from ingest.sources.base import Dropped, Item
from ingest.staging import Staging
from mentions.clock import TICK
from mentions.codec import decode
from mentions.drops import Drop
from mentions.errors import OutboxUnavailable, UsageError
from mentions.records import Deletion, Event, Heartbeat, Mention
from tests.playing import KeywordMatcher, a_post, at, deletion

ALLOWANCE = timedelta(seconds=30)
MATCHER = KeywordMatcher()
Open = Callable[[], Staging]


@pytest.fixture
def open_staging(tmp_path: Path) -> Iterator[Open]:
    """Opens the same file again and again."""
    opened: list[Staging] = []

    def open_it() -> Staging:
        opened.append(Staging(tmp_path / "replay.staging", "replay-1"))
        return opened[-1]

    yield open_it
    for staging in opened:
        staging.close()


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of seven, so that a small input has many, and minutes lie across them."""
    monkeypatch.setattr(staging_module, "_CHUNK", 7)


def stage(staging: Staging, items: Sequence[Item]) -> Staging:
    """Take everything and put it in order."""
    for _ in staging.stage(items):
        pass
    for _ in staging.order(MATCHER, ALLOWANCE):
        pass
    return staging


def events(staging: Staging) -> list[Event]:
    """The log."""
    return [event for _, payload in staging.outbox.read(0, 10_000) if isinstance(event := decode(payload), Event)]  # type: ignore[arg-type,misc]


def posts(count: int = 40) -> list[Item]:
    """Posts 17 seconds apart, and one deletion."""
    return [*(a_post(f"{n:03}", 17 * n) for n in range(count)), deletion("003", 200)]


def ids(staging: Staging) -> list[str]:
    """The posts of the log, in order."""
    return [event.post.native_id for event in events(staging) if isinstance(event, Mention)]


def test_posts_lie_in_order_of_event_time_whatever_their_order(open_staging: Open) -> None:
    """A shuffled input leaves the log of a sorted one."""
    items = posts()
    random.Random(1).shuffle(items)
    assert ids(stage(open_staging(), items)) == [f"{n:03}" for n in range(40)]


def test_the_log_does_not_depend_on_the_order_of_the_input(tmp_path: Path) -> None:
    """Two orders of one input leave the same log, record for record."""
    logs = []
    for seed in (1, 2):
        items = [*posts(), a_post("twice", 90), a_post("twice", 90), *(a_post(f"s{n}", 90) for n in range(20))]
        random.Random(seed).shuffle(items)
        staging = stage(Staging(tmp_path / f"{seed}.staging", "replay-1"), items)
        logs.append(staging.outbox.read(0, 10_000))
        staging.close()
    assert logs[0] == logs[1]


def test_a_heartbeat_stands_behind_every_minute_that_has_posts(open_staging: Open) -> None:
    """Each heartbeat says the end of a minute, and lies behind all posts of that minute and before all others."""
    staging = stage(open_staging(), posts())
    said = at(0)
    for event in events(staging)[:-1]:
        if isinstance(event, Heartbeat):
            assert event.complete_until == event.at > said
            assert (event.at - at(0)) % TICK == timedelta(0)
            assert event.holds
            assert event.source_class == "stream"
            said = event.at
        else:
            moment = event.at if isinstance(event, Deletion) else event.post.created_at  # type: ignore[union-attr]
            assert said <= moment < said + TICK


def test_a_minute_of_any_size_is_not_held_in_memory(open_staging: Open) -> None:
    """Posts of one instant, far more than a chunk, lie under one heartbeat."""
    staging = stage(open_staging(), [a_post(f"{n:03}") for n in range(100)])
    assert ids(staging) == [f"{n:03}" for n in range(100)]
    assert [event.at for event in events(staging) if isinstance(event, Heartbeat)] == [at(60) + ALLOWANCE]


def test_the_last_heartbeat_closes_the_last_minute(open_staging: Open) -> None:
    """It is an allowance ahead of the end of the last post's minute, so that this minute is folded."""
    last = events(stage(open_staging(), posts()))[-1]
    assert isinstance(last, Heartbeat)
    assert last.complete_until == at(12 * 60) + ALLOWANCE


def test_every_source_of_the_input_speaks(open_staging: Open) -> None:
    """Heartbeats are those of every source of the input, so that none is waited for in vain."""
    staging = stage(open_staging(), [a_post("1"), a_post("2", 300, source="file")])
    beats = [event for event in events(staging) if isinstance(event, Heartbeat)]
    assert [(beat.source, beat.shard) for beat in beats] == [("bluesky", "replay"), ("file", "replay")] * 2


def test_what_could_not_be_used_is_counted(open_staging: Open) -> None:
    """Counts of unusable lines ride on the last heartbeats, and all heartbeats together account for every item."""
    staging = open_staging()
    stage(staging, [*posts(), a_post("x", 5, text="hola"), Dropped(Drop.NOT_JSON), Dropped(Drop.NOT_JSON)])
    assert staging.summary().items == 42
    assert staging.summary().dropped == {"not_json": 2}
    counts = [event.counts for event in events(staging) if isinstance(event, Heartbeat)]
    assert sum(count.seen for count in counts) == 44
    assert (sum(count.matched for count in counts), sum(count.deletions for count in counts)) == (40, 1)
    assert sum(count.dropped.get("not_json", 0) for count in counts) == 2
    assert sum(count.dropped.get("unmatched", 0) for count in counts) == 1


def test_a_deletion_lies_behind_the_posts_of_its_instant(open_staging: Open) -> None:
    """A deletion with the very time of its post does not come before it."""
    log = events(stage(open_staging(), [deletion("1", 5), a_post("1", 5)]))
    assert [type(event) for event in log[:2]] == [Mention, Deletion]


def test_an_empty_input_is_an_empty_log(open_staging: Open) -> None:
    """Nothing staged is nothing ordered, and that is the whole."""
    staging = stage(open_staging(), [])
    assert (staging.is_staged(), staging.is_ordered(), staging.last_moment()) == (True, True, None)
    assert staging.outbox.rows() == 0


def test_staging_that_was_cut_off_begins_anew(open_staging: Open) -> None:
    """Items of a staging that did not end are not kept beside those of the next one."""
    cut = open_staging()
    steps = cut.stage(posts())
    assert next(steps) == 7
    assert next(steps) == 14
    steps.close()
    cut.close()
    again = open_staging()
    assert not again.is_staged()
    assert ids(stage(again, posts())) == [f"{n:03}" for n in range(40)]
    assert again.is_staged()


def test_staging_that_failed_can_be_repeated(open_staging: Open) -> None:
    """An input that breaks in the middle leaves no transaction open."""
    staging = open_staging()

    def broken() -> Iterator[Item]:
        yield from posts()[:10]
        raise OSError("the file went away")

    with pytest.raises(OSError, match="went away"):
        list(staging.stage(broken()))
    assert not staging.is_staged()
    assert ids(stage(staging, posts())) == [f"{n:03}" for n in range(40)]


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_ordering_that_was_cut_off_goes_on(open_staging: Open, tmp_path: Path, steps: int) -> None:
    """Ordering goes on behind the last chunk that it finished; the log is that of an undisturbed run."""
    undisturbed = stage(Staging(tmp_path / "other.staging", "replay-1"), posts())
    cut = open_staging()
    for _ in cut.stage(posts()):
        pass
    ordering = cut.order(MATCHER, ALLOWANCE)
    for _ in range(steps):
        next(ordering)
    ordering.close()
    cut.close()
    again = open_staging()
    assert again.is_staged()
    assert not again.is_ordered()
    for done in again.order(MATCHER, ALLOWANCE):
        assert done > 7 * steps
    assert again.outbox.read(0, 10_000) == undisturbed.outbox.read(0, 10_000)
    undisturbed.close()


def test_an_interrupted_chunk_leaves_nothing(
    open_staging: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A chunk that fails in the middle is not half in the log, and the next attempt gives the same log."""
    undisturbed = stage(Staging(tmp_path / "other.staging", "replay-1"), posts())
    staging = open_staging()
    for _ in staging.stage(posts()):
        pass
    heartbeat, calls = staging.outbox.heartbeat, iter(range(1000))
    with monkeypatch.context() as broken:
        broken.setattr(
            staging.outbox, "heartbeat", lambda *args, **kw: heartbeat(*args, **kw) if next(calls) < 3 else 1 / 0
        )
        with pytest.raises(ZeroDivisionError):
            list(staging.order(MATCHER, ALLOWANCE))
    for _ in staging.order(MATCHER, ALLOWANCE):
        pass
    assert staging.outbox.read(0, 10_000) == undisturbed.outbox.read(0, 10_000)
    undisturbed.close()


def test_ordering_what_is_in_order_does_nothing(open_staging: Open) -> None:
    """A second call counts and says nothing again."""
    staging = stage(open_staging(), [*posts(), Dropped(Drop.NOT_JSON)])
    before = staging.outbox.read(0, 10_000)
    assert list(staging.order(MATCHER, ALLOWANCE)) == []
    assert staging.outbox.read(0, 10_000) == before


def test_a_file_of_another_replay_is_refused(tmp_path: Path) -> None:
    """The file keeps the identity of its inputs and options: one of others is not gone on with."""
    Staging(tmp_path / "replay.staging", "replay-1").close()
    with pytest.raises(UsageError, match="stages another replay"):
        Staging(tmp_path / "replay.staging", "replay-2")


def test_a_file_that_is_no_staging_is_refused_in_words(tmp_path: Path) -> None:
    """Another kind of file is named as such."""
    (tmp_path / "replay.staging").write_bytes(b"dear diary " * 100)
    with pytest.raises(UsageError, match="no SQLite file"):
        Staging(tmp_path / "replay.staging", "replay-1")


def test_a_locked_file_is_said_in_a_sentence(
    open_staging: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another process stages the same input, this one says so."""
    monkeypatch.setattr("ingest.outbox_schema.BUSY_SECONDS", 0.05)
    staging = open_staging()
    holder = sqlite3.connect(tmp_path / "replay.staging", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(OutboxUnavailable, match="another process holds"):
        list(staging.stage(posts()))
    holder.close()
    assert ids(stage(staging, posts())) == [f"{n:03}" for n in range(40)]


def test_removing_takes_every_file(tmp_path: Path) -> None:
    """Nothing of a finished replay is left on the disk."""
    staging = stage(Staging(tmp_path / "replay.staging", "replay-1"), posts())
    staging.remove()
    assert list(tmp_path.iterdir()) == []


def test_ids_that_utf8_cannot_hold_are_staged(open_staging: Open) -> None:
    """A broken half character in an id does not stop a replay."""
    assert ids(stage(open_staging(), [a_post("x\ud83d")])) == ["x�"]


def test_times_before_1970_are_in_order_too(open_staging: Open) -> None:
    """A replay is taken at its word, however old."""
    old = 60 * 60 * 24 * 365 * 80
    assert ids(stage(open_staging(), [a_post("new"), a_post("old", -old), a_post("older", -old - 90)])) == [
        "older",
        "old",
        "new",
    ]
