"""F14: the outbox's write-ahead log is cut short, bits flip in the outbox and in the store.

SQLite keeps no checksums of what it has folded into its file: a flipped bit inside a text cannot be seen by anybody.
"""

import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from atalaya.brand_desk import BrandDesk
from ingest.outbox import Batch, Outbox
from mentions.codec import encode
from mentions.errors import LogTruncated, UsageError
from mentions.records import Mention
from processors.runtime.embedded import EmbeddedRuntime
from processors.store.opening import Store, open_store
from processors.ticks import TimeRules
from tests.distributed import Cluster, fill
from tests.failure.faults import PATIENT, SPREAD_BRANDS, assert_exact, some_posts, stored
from tests.kafka import Broker
from tests.playing import BRANDS, JUDGES, NOW, a_mention, a_post

RECORDS = 240
Rows = list[tuple[int, bytes]]


def a_record(number: int) -> Mention:
    """The mention with that number."""
    return a_mention(a_post(str(number), number))


@pytest.fixture
def crashed(tmp_path: Path, chance: random.Random) -> Iterator[Callable[[], Path]]:
    """Makes copies of what the death of a machine leaves: an outbox whose commits are in its write-ahead log alone.

    Each commit has its cursor with it: the number of records so far.
    """
    folder = tmp_path / "crashed"
    folder.mkdir()
    outbox, done = Outbox(tmp_path / "outbox.sqlite"), 0
    while done < RECORDS:
        size = min(chance.randint(1, 6), RECORDS - done)
        records = [a_record(number) for number in range(done, done + size)]
        done += size
        outbox.commit(Batch("bluesky", "main", records, cursor=str(done)))
    wal = (tmp_path / "outbox.sqlite-wal").read_bytes()

    def copy() -> Path:
        for old in folder.iterdir():
            old.unlink()
        shutil.copy(outbox.path, folder)
        (folder / "outbox.sqlite-wal").write_bytes(wal)
        return folder / "outbox.sqlite"

    yield copy
    outbox.close()


def cut(path: Path, chance: random.Random) -> None:
    """Cut a file short."""
    data = path.read_bytes()
    path.write_bytes(data[: chance.randrange(len(data))])


def flip(path: Path, chance: random.Random) -> None:
    """Turn a bit of a file round."""
    place = chance.randrange(path.stat().st_size * 8)
    flip_at(path, place // 8, place % 8)


def flip_at(path: Path, byte: int, bit: int) -> None:
    """Turn that bit round."""
    data = bytearray(path.read_bytes())
    data[byte] ^= 1 << bit
    path.write_bytes(data)


def read_all(path: Path) -> Rows:
    """What a reader of the outbox is given, batch by batch."""
    outbox = Outbox(path, durable=False)
    try:
        after, found = outbox.pruned_until(), Rows()
        while rows := outbox.read(after, 50):
            found += rows
            after = rows[-1][0]
            assert len(found) <= RECORDS, "it never ends"
        return found
    finally:
        outbox.close()


@pytest.mark.parametrize("hurt", [cut, flip])
@pytest.mark.parametrize("times", [20, pytest.param(500, marks=pytest.mark.failure)], ids=["short", "long"])
def test_what_a_hurt_write_ahead_log_lost_is_read_again_from_the_source(
    crashed: Callable[[], Path], chance: random.Random, hurt: Callable[[Path, random.Random], None], times: int
) -> None:
    """Commits before the damage are there, whole; the cursor stands behind them, so that the source gives the rest."""
    lost = Counter[bool]()
    for _ in range(times):
        path = crashed()
        hurt(path.with_name("outbox.sqlite-wal"), chance)
        outbox = Outbox(path, durable=False)
        done = int(outbox.cursor("bluesky", "main") or 0)
        assert [payload for _, payload in outbox.read(0, 1000)] == payloads(range(done))
        outbox.commit(Batch("bluesky", "main", [a_record(number) for number in range(done, RECORDS)], cursor="end"))
        outbox.close()
        assert [payload for _, payload in read_all(path)] == payloads(range(RECORDS))
        lost[done < RECORDS] += 1
    assert lost[True] > times // 2


def payloads(numbers: Iterable[int]) -> list[bytes]:
    """The records with those numbers."""
    return [encode(a_record(number)) for number in numbers]


def test_an_outbox_that_lost_what_the_store_has_is_refused(
    crashed: Callable[[], Path], other: Store, chance: random.Random
) -> None:
    """The embedded run says in a sentence that the outbox ends before the store's place, and skips nothing."""
    BrandDesk(other).seed(BRANDS, NOW)
    for attempt in ("whole", "cut"):
        path = crashed()
        if attempt == "cut":
            flip_at(path.with_name("outbox.sqlite-wal"), path.with_name("outbox.sqlite-wal").stat().st_size // 2, 3)
        log = Outbox(path, durable=False)
        rules = TimeRules(timedelta(seconds=30))
        runtime = EmbeddedRuntime(log, other, JUDGES, BrandDesk(other).book, rules, lambda: NOW, prune=False)
        try:
            if attempt == "whole":
                runtime.start()
                while runtime.step() is not None:
                    pass
            else:
                with pytest.raises(LogTruncated, match="was the outbox restored from an older copy") as refused:
                    runtime.start()
                assert refused.value.exit_code == 3
        finally:
            log.close()
    assert stored(other) == RECORDS


class Hurt:
    """One outbox file, hurt in many ways, and what a reader makes of each."""

    def __init__(self, folder: Path) -> None:
        whole = folder / "whole.sqlite"
        fill(whole, [a_record(number) for number in range(RECORDS)])
        outbox = Outbox(whole, durable=False)
        outbox.prune(40)
        outbox.refuse(77, NOW, "a test")
        outbox.close()
        self._whole, self._path = whole.read_bytes(), folder / "hurt.sqlite"
        self._wanted = read_all(whole)
        self.pages = len(self._whole) // 4096
        self.outcomes = Counter[str]()

    @property
    def bits(self) -> int:
        """How many there are."""
        return len(self._whole) * 8

    def flip(self, bit: int) -> None:
        """Read it with one bit turned round: damage is said to be damage, or every record comes, in order, once."""
        for old in self._path.parent.glob("hurt.sqlite*"):
            old.unlink()
        self._path.write_bytes(self._whole)
        flip_at(self._path, bit // 8, bit % 8)
        try:
            found = read_all(self._path)
        except UsageError as error:
            sentence = str(error)
            assert sentence.startswith(f"{self._path}: this")
            assert "is damaged" in sentence or "no SQLite file" in sentence
            self.outcomes["reported"] += 1
            return
        assert [offset for offset, _ in found] == [offset for offset, _ in self._wanted], f"bit {bit}"
        changed = sum(one != other for one, other in zip(found, self._wanted, strict=True))
        assert changed <= 1, f"bit {bit}"
        self.outcomes["a text changed" if changed else "no matter"] += 1


@pytest.mark.parametrize("times", [300, pytest.param(8000, marks=pytest.mark.failure)], ids=["short", "long"])
def test_a_flipped_bit_in_the_outbox_is_reported_or_hides_no_record(
    tmp_path: Path, chance: random.Random, times: int
) -> None:
    """Wherever it is: no record is skipped in silence, none comes twice; all but the one it is in are as they were."""
    hurt = Hurt(tmp_path)
    for _ in range(times):
        hurt.flip(chance.randrange(hurt.bits))
    assert hurt.outcomes["a text changed"] > 0


@pytest.mark.parametrize("every", [7, pytest.param(1, marks=pytest.mark.failure)], ids=["short", "long"])
def test_a_flipped_bit_in_what_sqlite_counts_by_is_reported(tmp_path: Path, chance: random.Random, every: int) -> None:
    """The first bytes of a page say how many records it holds and where: there a bit can hide or double them."""
    hurt = Hurt(tmp_path)
    for page in range(chance.randrange(every), hurt.pages, every):
        for bit in range(16 * 8):
            hurt.flip(page * 4096 * 8 + bit)
    assert hurt.outcomes["reported"] > sum(hurt.outcomes.values()) // 4


@pytest.mark.kafka
def test_a_flipped_bit_in_the_store_stops_watch_with_a_sentence(
    kafka: Broker, topic_prefix: str, tmp_path: Path, other: Store, chance: random.Random
) -> None:
    """It ends with 2, says which store is damaged, and acknowledges nothing; with a backup all is exact."""
    store = tmp_path / "store.sqlite"
    cluster = Cluster(kafka.servers, topic_prefix, f"sqlite:///{store}", tmp_path, SPREAD_BRANDS)
    records = some_posts(chance, 200)
    try:
        cluster.prepare()
        cluster.worker("score")
        watch = cluster.worker("watch")
        cluster.send(records[:100])
        cluster.wait_drained(PATIENT)
        assert watch.stop(PATIENT) == 0, watch.words()
        backup = shutil.copy(store, tmp_path / "backup.sqlite")
        flip_at(store, root_page(store, "buckets") * 4096, 0)

        cluster.send(records[100:])
        watch = cluster.worker("watch")
        assert watch.ended(PATIENT) == 2
        assert watch.words().count(f"the store {store} is damaged; restore a backup") == 1
        assert not cluster.is_watched()
        with open_store(str(store)) as hurt:
            assert stored(hurt) > 0, "earlier records can be read"

        for path in tmp_path.glob("store.sqlite*"):
            path.unlink()
        shutil.copy(backup, store)
        cluster.worker("watch")
        cluster.wait_drained(PATIENT)
        assert_exact(cluster, other, records)
    finally:
        cluster.close()


def root_page(path: Path, table: str) -> int:
    """The number, from 0, of the first page of a table."""
    db = sqlite3.connect(path)
    try:
        (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        return int(page) - 1
    finally:
        db.close()
