import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from ingest import outbox_schema
from ingest.outbox import HEARTBEAT_ROWS, Batch, Outbox
from ingest.outbox_failures import explained
from ingest.seen import SeenRow
from mentions.codec import decode, encode
from mentions.errors import OutboxUnavailable, UsageError
from mentions.records import Counts, Deletion, Gap, Heartbeat, Mention
from tests.playing import MORNING, a_mention, a_post, at


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a new outbox will be."""
    return tmp_path / "outbox.sqlite"


@pytest.fixture
def outbox(path: Path) -> Iterator[Outbox]:
    """A new outbox without bounds."""
    opened = Outbox(path)
    yield opened
    opened.close()


def batch(*records: Mention | Deletion, **fields: object) -> Batch:
    """What one source shard commits."""
    return Batch("bluesky", "main", records, **fields)  # type: ignore[arg-type]


def some(count: int, first: int = 0) -> list[Mention]:
    """As many mentions, with ids from `first`."""
    return [a_mention(a_post(str(number))) for number in range(first, first + count)]


def beat(outbox: Outbox, shard: str = "main") -> Heartbeat:
    """Let a live shard speak."""
    return outbox.heartbeat("bluesky", shard, at=MORNING, source_class="stream", complete_until=MORNING, holds=True)


def ids(outbox: Outbox) -> list[str]:
    """The native ids of the mentions that wait, in order."""
    events = [decode(payload) for _, payload in outbox.read(0, 10_000)]
    return [event.post.native_id for event in events if isinstance(event, Mention)]


def test_a_commit_makes_records_and_cursor_durable_together(path: Path) -> None:
    """What one commit took is there after the file was closed and opened: records in order, and the cursor."""
    outbox = Outbox(path)
    outbox.commit(batch(*some(3), cursor="c3"))
    outbox.close()
    reopened = Outbox(path)
    assert ids(reopened) == ["0", "1", "2"]
    assert reopened.cursor("bluesky", "main") == "c3"
    reopened.close()


def test_a_commit_without_a_cursor_keeps_the_one_before(outbox: Outbox) -> None:
    """A batch that brings no cursor leaves the last one in place; before the first there is none."""
    assert outbox.cursor("bluesky", "main") is None
    outbox.commit(batch(cursor="c1"))
    outbox.commit(batch(*some(1)))
    assert outbox.cursor("bluesky", "main") == "c1"
    assert outbox.cursor("bluesky", "other") is None


def test_a_failing_commit_leaves_nothing(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a commit fails after its records were written, neither records nor cursor nor counts are kept."""
    outbox.commit(batch(*some(1), cursor="c1", counts=Counts(seen=1, matched=1)))
    with monkeypatch.context() as broken:
        broken.setattr(outbox.seen, "remember", lambda rows: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            outbox.commit(batch(*some(2, 1), cursor="c2", counts=Counts(seen=2, matched=2)))
    assert ids(outbox) == ["0"]
    assert outbox.cursor("bluesky", "main") == "c1"
    assert beat(outbox).counts == Counts(seen=1, matched=1)


def test_offsets_are_consecutive_and_never_given_twice(path: Path) -> None:
    """Offsets count from 1; they go on behind the last one after everything was pruned and the file reopened."""
    outbox = Outbox(path)
    outbox.commit(batch(*some(3)))
    assert [offset for offset, _ in outbox.read(0, 10)] == [1, 2, 3]
    outbox.prune(3)
    outbox.close()
    reopened = Outbox(path)
    assert (reopened.rows(), reopened.last_offset(), reopened.pruned_until()) == (0, 3, 3)
    reopened.commit(batch(*some(1)))
    assert [offset for offset, _ in reopened.read(0, 10)] == [4]
    reopened.close()


def test_reading_goes_on_behind_an_offset_in_order(outbox: Outbox) -> None:
    """`read` gives at most `limit` records behind `after`, in order."""
    outbox.commit(batch(*some(5)))
    assert [offset for offset, _ in outbox.read(2, 2)] == [3, 4]
    assert outbox.read(5, 10) == []


def test_pruning_twice_or_backwards_changes_nothing(outbox: Outbox) -> None:
    """What is gone stays gone and is counted once."""
    outbox.commit(batch(*some(4)))
    outbox.prune(3)
    used = outbox.bytes_used()
    outbox.prune(3)
    outbox.prune(1)
    assert (outbox.pruned_until(), outbox.rows(), outbox.bytes_used()) == (3, 1, used)


def test_a_full_outbox_takes_the_same_batch_once_it_was_pruned(path: Path) -> None:
    """At its bound of records it refuses with a sentence, keeps the cursor, and takes the batch when there is room."""
    outbox = Outbox(path, max_rows=3)
    outbox.commit(batch(*some(3), cursor="c3"))
    more = batch(*some(2, 3), cursor="c5")
    with pytest.raises(OutboxUnavailable, match=r"outbox\.sqlite: the outbox holds its bound of 3 records.*max_rows"):
        outbox.commit(more)
    assert outbox.cursor("bluesky", "main") == "c3"
    outbox.prune(1)
    outbox.commit(more)
    assert ids(outbox) == ["1", "2", "3", "4"]
    outbox.close()


def test_a_batch_larger_than_the_bound_is_taken_when_there_is_any_room(path: Path) -> None:
    """A source that hands over more at once than the outbox may hold is not kept waiting for ever."""
    outbox = Outbox(path, max_rows=3)
    outbox.commit(batch(*some(10)))
    assert outbox.rows() == 10
    outbox.close()


def test_the_bound_in_bytes_counts_waiting_records_alone(path: Path) -> None:
    """The bound of bytes is met by unpruned records, so that pruning always makes room, whatever was seen before."""
    outbox = Outbox(path, max_bytes=2000)
    seen = [SeenRow(bytes([n]) * 16, b"a" * 16, b"c" * 16, frozenset({"lumbre"}), MORNING) for n in range(100)]
    outbox.commit(batch(*some(10), seen=seen))
    size = sum(len(payload) for _, payload in outbox.read(0, 10))
    assert outbox.bytes_used() == size > 2000
    with pytest.raises(OutboxUnavailable, match="max_megabytes"):
        outbox.commit(batch(*some(1, 10)))
    outbox.prune(10)
    assert outbox.bytes_used() == 0
    outbox.commit(batch(*some(1, 10)))
    outbox.close()


@pytest.mark.parametrize("bound", ["max_rows", "max_bytes"])
def test_a_full_outbox_still_takes_heartbeats(path: Path, bound: str) -> None:
    """Heartbeats have room of their own behind either bound, and commits without records are always taken."""
    outbox = Outbox(path, **{bound: 1})  # type: ignore[arg-type]
    outbox.commit(batch(*some(1)))
    with pytest.raises(OutboxUnavailable):
        outbox.commit(batch(*some(1)))
    beat(outbox)
    outbox.commit(batch(cursor="c1"))
    assert outbox.rows() == 2
    outbox.close()


def test_heartbeats_have_a_bound_too(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When nothing is read for very long, heartbeats do not fill the disk."""
    monkeypatch.setattr("ingest.outbox.HEARTBEAT_ROWS", 2)
    outbox = Outbox(path, max_rows=1)
    for _ in range(3):
        beat(outbox)
    with pytest.raises(OutboxUnavailable, match="bound of 1 records"):
        beat(outbox)
    outbox.close()
    assert HEARTBEAT_ROWS * 5 > 12 * 3600  # seconds: a night of one shard


def test_a_heartbeat_carries_counts_and_gaps_once(path: Path) -> None:
    """Counts and gaps since the last heartbeat ride on the next one and on no other, also across a restart."""
    outbox = Outbox(path)
    gap = Gap(at(0), at(60), "outage")
    outbox.commit(batch(counts=Counts(seen=3, matched=1, hits={"lumbre": 1}, dropped={"unmatched": 2}), gaps=[gap]))
    outbox.commit(batch(counts=Counts(seen=2, deletions=1, dropped={"unmatched": 1})))
    outbox.close()
    reopened = Outbox(path)
    first, second = beat(reopened), beat(reopened)
    assert first.counts == Counts(seen=5, matched=1, deletions=1, hits={"lumbre": 1}, dropped={"unmatched": 3})
    assert first.gaps == (gap,)
    assert (second.counts, second.gaps, second.seq) == (Counts(), (), first.seq + 1)
    assert [decode(payload) for _, payload in reopened.read(0, 10)] == [first, second]
    reopened.close()


def test_shards_have_their_own_cursor_counts_and_sequence(outbox: Outbox) -> None:
    """Two shards of one source do not mix."""
    outbox.commit(batch(cursor="c1", counts=Counts(seen=1, matched=1)))
    outbox.commit(Batch("bluesky", "other", cursor="d1", counts=Counts(seen=7, matched=7)))
    assert beat(outbox).counts.seen == 1
    assert beat(outbox, "other").counts.seen == 7
    assert (outbox.cursor("bluesky", "main"), outbox.cursor("bluesky", "other")) == ("c1", "d1")


def test_two_objects_on_one_file_agree(path: Path) -> None:
    """Counts that another object committed are not lost, and no sequence number is spoken twice."""
    one, other = Outbox(path), Outbox(path)
    one.commit(batch(counts=Counts(seen=1, matched=1)))
    other.commit(batch(counts=Counts(seen=2, matched=2), cursor="c2"))
    one.commit(batch(counts=Counts(seen=4, matched=4)))
    assert one.cursor("bluesky", "main") == "c2"
    assert [beat(other).seq, beat(one).seq, beat(other).seq] == [1, 2, 3]
    counts = [event.counts.seen for _, payload in one.read(0, 10) if isinstance(event := decode(payload), Heartbeat)]
    assert counts == [7, 0, 0]
    assert one.log_id == other.log_id
    one.close()
    other.close()


def test_a_new_file_is_another_log_and_a_copy_is_the_same(path: Path) -> None:
    """The identity lies in the file: made anew it is another one, reopened it stays; a given one is for new files."""
    first = Outbox(path)
    first.close()
    again = Outbox(path, outbox_id="other")
    assert again.log_id == first.log_id
    again.close()
    path.unlink()
    anew = Outbox(path)
    assert anew.log_id != first.log_id
    anew.close()
    named = Outbox(path.with_name("named.sqlite"), outbox_id="replay-1")
    assert named.log_id == "replay-1"
    named.close()


def test_together_is_all_or_nothing_and_sees_its_own_writes(outbox: Outbox) -> None:
    """Several writes inside `together` become durable at once, or none of them."""

    def write_all(*, fail: bool) -> None:
        with outbox.together():
            outbox.commit(batch(*some(2), cursor="c2"))
            outbox.set_fact("ordered", "2")
            assert outbox.cursor("bluesky", "main") == "c2"
            assert outbox.bytes_used() > 0
            if fail:
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_all(fail=True)
    assert (outbox.rows(), outbox.cursor("bluesky", "main"), outbox.fact("ordered")) == (0, None, None)
    assert outbox.bytes_used() == 0
    write_all(fail=False)
    assert outbox.bytes_used() == sum(len(payload) for _, payload in outbox.read(0, 10))
    assert (outbox.rows(), outbox.cursor("bluesky", "main"), outbox.fact("ordered")) == (2, "c2", "2")


def test_threads_may_share_an_outbox(outbox: Outbox) -> None:
    """Commits from several threads are all kept, each whole."""

    def commit(first: int) -> None:
        for number in range(first, first + 20):
            outbox.commit(batch(*some(2, 2 * number), counts=Counts(seen=2, matched=2)))

    threads = [threading.Thread(target=commit, args=(20 * n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    found = [int(native_id) for native_id in ids(outbox)]
    assert sorted(found) == list(range(160))
    assert all(found[n] + 1 == found[n + 1] for n in range(0, 160, 2))
    assert beat(outbox).counts.seen == 160


def test_scouring_leaves_no_pruned_text_in_any_file(path: Path) -> None:
    """After pruning and scouring, a text that lay in the outbox is in none of its files."""
    outbox = Outbox(path)
    secret = "Soy Marisol y lumbre me ha fallado"
    outbox.commit(batch(*[a_mention(a_post(str(n), text=f"{secret} {n}" * (n % 40 + 1))) for n in range(200)]))
    outbox.prune(100)
    outbox.commit(batch(*some(50)))
    outbox.prune(200)
    assert outbox.scour()
    files = [file for file in path.parent.iterdir() if secret.encode() in file.read_bytes()]
    assert files == []
    assert outbox.rows() == 50
    outbox.close()


def test_scouring_says_when_a_reader_kept_it_from_its_work(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another connection reads, the write-ahead log cannot be emptied: `scour` says so and works afterwards."""
    monkeypatch.setattr(outbox_schema, "BUSY_SECONDS", 0.05)
    outbox = Outbox(path)
    outbox.commit(batch(*some(3)))
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM records").fetchone()
    outbox.prune(3)
    assert outbox.scour() is False
    reader.close()
    assert outbox.scour() is True
    outbox.close()


def test_a_lock_of_another_process_is_said_in_a_sentence(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another process holds the file, a commit is refused in words, and taken afterwards."""
    monkeypatch.setattr(outbox_schema, "BUSY_SECONDS", 0.05)
    outbox = Outbox(path)
    script = (
        "import sqlite3, sys; db = sqlite3.connect(sys.argv[1], isolation_level=None); "
        "db.execute('BEGIN IMMEDIATE'); print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(OutboxUnavailable, match="another process holds the outbox"):
            outbox.commit(batch(*some(1)))
    finally:
        holder.communicate(timeout=10)
    outbox.commit(batch(*some(1)))
    assert ids(outbox) == ["0"]
    outbox.close()


def test_a_file_that_is_no_database_is_refused_in_words(path: Path) -> None:
    """A file of another kind is left as it is, with a sentence that says what to do."""
    path.write_bytes(b"dear diary " * 100)
    with pytest.raises(UsageError, match=r"outbox\.sqlite: this is no SQLite file; name another one"):
        Outbox(path)
    assert path.read_bytes() == b"dear diary " * 100


def test_a_damaged_file_is_reported_and_not_taken_for_a_full_one(path: Path) -> None:
    """Damage is no reason to wait: it is an error that no retry mends."""
    outbox = Outbox(path)
    outbox.commit(batch(*some(200)))
    outbox.close()
    content = bytearray(path.read_bytes())
    start = content.index(some(1)[0].post.text.encode())
    content[start - start % 4096 :] = os.urandom(len(content) - (start - start % 4096))
    path.write_bytes(content)
    damaged = Outbox(path)
    with pytest.raises(UsageError, match="damaged; move it away"):
        damaged.read(0, 1000)
    damaged.close()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """Where the folder's name is taken by a file, the message names path and reason."""
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(OutboxUnavailable, match=r"taken/outbox\.sqlite: its folder cannot be made: "):
        Outbox(tmp_path / "taken" / "outbox.sqlite")


def test_the_folder_of_a_new_outbox_is_made(tmp_path: Path) -> None:
    """A path in folders that do not exist yet is enough."""
    Outbox(tmp_path / "a" / "b" / "outbox.sqlite").close()
    assert (tmp_path / "a" / "b" / "outbox.sqlite").exists()


def test_a_full_disk_is_said_in_a_sentence(tmp_path: Path) -> None:
    """What SQLite calls a full database is told as a disk without room, after which writing goes on."""
    db = sqlite3.connect(tmp_path / "small.sqlite", isolation_level=None)
    db.execute("CREATE TABLE t (x BLOB)")
    db.execute("PRAGMA max_page_count = 3").fetchall()
    with pytest.raises(OutboxUnavailable, match="the disk is full; nothing was lost"), explained(tmp_path / "small"):
        db.execute("INSERT INTO t VALUES (zeroblob(100000))")
    db.close()


def test_a_defect_of_ours_is_not_taken_for_an_outbox_that_is_away(outbox: Outbox) -> None:
    """Whoever would wait for it would wait for ever: wrong SQL and a closed file stay what they are."""
    with pytest.raises(sqlite3.OperationalError), explained(outbox.path):
        sqlite3.connect(":memory:").execute("SELECT nonsense")
    outbox.close()
    with pytest.raises(sqlite3.ProgrammingError):
        outbox.rows()


DISK_FULL = """
import resource, sys
from ingest.outbox import Outbox
from mentions.errors import OutboxUnavailable
from tests.unit.test_outbox import batch, ids, some

outbox = Outbox(sys.argv[1])
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
refused, taken = 0, 0
while taken < 60:
    try:
        outbox.commit(batch(*some(20, 20 * taken), cursor=f"c{taken}"))
        taken += 1
    except OutboxUnavailable as error:
        refused += 1
        assert "check the disk" in str(error) or "disk is full" in str(error), error
        assert outbox.cursor("bluesky", "main") == f"c{taken - 1}"
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
assert refused == 1, refused
assert ids(outbox) == [str(n) for n in range(1200)]
outbox.close()
print("done")
"""


def test_a_full_disk_loses_nothing_and_writing_goes_on_when_there_is_room(path: Path) -> None:
    """A commit that the disk cannot hold is refused whole; the same one is taken once there is room."""
    done = subprocess.run(
        [sys.executable, "-c", DISK_FULL, str(path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr) == ("done\n", "")


def test_lone_surrogates_are_taken(outbox: Outbox) -> None:
    """A text that UTF-8 cannot hold is stored with its broken half characters replaced."""
    outbox.commit(batch(a_mention(a_post("1", text="pan \ud83d roto"))))
    ((_, payload),) = outbox.read(0, 1)
    event = decode(payload)
    assert isinstance(event, Mention)
    assert event.post.text == "pan � roto"
    assert encode(event) == payload


def test_reading_stops_at_a_number_of_bytes(outbox: Outbox) -> None:
    """The record that reaches `max_bytes` is the last one, so that large records are read one by one."""
    outbox.commit(batch(*some(5)))
    size = len(outbox.read(0, 1)[0][1])
    assert [offset for offset, _ in outbox.read(0, 10, size + 1)] == [1, 2]
    assert [offset for offset, _ in outbox.read(2, 10, 1)] == [3]
    assert [offset for offset, _ in outbox.read(2, 2, 10**9)] == [3, 4]


def test_a_refused_record_is_kept_aside_and_its_bytes_are_free(path: Path) -> None:
    """It is read no more, counts no more, and stays with time and reason after a restart; once more changes nothing."""
    outbox = Outbox(path)
    outbox.commit(batch(*some(3)))
    payloads = [payload for _, payload in outbox.read(0, 10)]
    for _ in range(2):
        outbox.refuse(2, MORNING, "too large")
    assert [offset for offset, _ in outbox.read(0, 10)] == [1, 3]
    assert outbox.bytes_used() == len(payloads[0]) + len(payloads[2])
    outbox.close()
    reopened = Outbox(path)
    assert reopened.refused() == [(2, MORNING.isoformat(), "too large", payloads[1])]
    assert reopened.forget_refused(lambda payload: payload == payloads[0]) == 0
    assert reopened.forget_refused(lambda payload: payload == payloads[1]) == 1
    assert reopened.refused() == []
    reopened.close()


def test_a_refused_record_is_kept_for_a_time(outbox: Outbox) -> None:
    """What was refused before a moment is emptied, what was refused later is kept, and reading goes on past both."""
    outbox.commit(batch(*some(3)))
    outbox.refuse(1, MORNING, "too large")
    outbox.refuse(2, MORNING + timedelta(days=1), "too large")

    assert outbox.forget_refused_before(MORNING + timedelta(hours=1)) == 1

    assert [offset for offset, *_ in outbox.refused()] == [2]
    assert outbox.forget_refused_before(MORNING + timedelta(hours=1)) == 0
    assert [offset for offset, _ in outbox.read(0, 10)] == [3]
