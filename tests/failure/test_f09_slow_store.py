"""F9: a database that is slow, and then locked."""

import random
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from msgspec.structs import replace

from mentions.records import Event, Mention
from processors.store.opening import Store
from tests.distributed import Cluster, Process, wait_until
from tests.failure.faults import (
    PATIENT,
    SPREAD_BRANDS,
    assert_exact,
    health_of,
    metrics_of,
    processed,
    resident_bytes,
    some_posts,
    total,
    wait_stored,
)
from tests.kafka import Broker
from tests.postgres import Server

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]
HEAVY = 36_000
"""Bytes of a record that do not compress well."""
MAY_GROW = 26 * 2**20
"""Bytes of memory: about half of what comes while the store is locked, and twice what three partitions may fetch."""
NO_HASH = str.maketrans("0123456789abcdef", "ghijklmnopqrstuv")
"""In hexadecimal digits, the comparison of tables would look for keyed hashes all along."""
WAITING = (503, "waiting for the store\n")


@pytest.fixture(params=[pytest.param("sqlite", marks=pytest.mark.failure), "postgres"])
def cluster(request: pytest.FixtureRequest, kafka: Broker, topic_prefix: str, tmp_path: Path) -> Iterator[Cluster]:
    """Topics to be, over each database."""
    server: Server | None = request.getfixturevalue("postgres") if request.param == "postgres" else None
    address = server.new_database() if server else f"sqlite:///{tmp_path}/store.sqlite"
    cluster = Cluster(kafka.servers, topic_prefix, address, tmp_path)
    try:
        yield cluster
    finally:
        cluster.close()
        if server:
            server.drop(address)


@contextmanager
def locked(cluster: Cluster) -> Iterator[None]:
    """Nobody else can write the store."""
    if cluster.store_url.startswith("sqlite"):
        path = cluster.store_url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path, timeout=PATIENT, isolation_level=None)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            yield
            connection.execute("ROLLBACK")
        return
    with psycopg.connect(cluster.store_url) as other:
        other.execute("LOCK TABLE progress, mentions IN ACCESS EXCLUSIVE MODE")
        yield
        other.rollback()


def heavy(chance: random.Random, records: Sequence[Event]) -> list[Event]:
    """The same posts with much to carry."""
    made = []
    for record in records:
        if isinstance(record, Mention):
            url = f"https://example.test/{chance.randbytes(HEAVY // 2).hex().translate(NO_HASH)}"
            record = replace(record, post=replace(record.post, url=url))
        made.append(record)
    return made


class Memory:
    """Watches a process's memory while inside.

    Attributes:
        growth: bytes, from the beginning to the highest point.
    """

    def __init__(self, process: Process) -> None:
        self._process, self.growth = process, 0

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Look every fifth of a second."""
        ended = threading.Event()
        looking = threading.Thread(target=self._look, args=(ended, resident_bytes(self._process)))
        looking.start()
        try:
            yield
        finally:
            ended.set()
            looking.join()

    def _look(self, ended: threading.Event, first: int) -> None:
        while not ended.wait(0.2):
            self.growth = max(self.growth, resident_bytes(self._process) - first)


def lag(worker: Process) -> float:
    """Records that wait, as a worker says."""
    return total(metrics_of(worker), "atalaya_consumer_lag_records")


@pytest.mark.parametrize(
    ("posts", "held"),
    [
        pytest.param(1_500, 10, id="short"),
        pytest.param(4_000, 30, id="long", marks=[pytest.mark.failure, pytest.mark.timeout(1200)]),
    ],
)
def test_a_slow_and_then_locked_store_is_waited_out(
    cluster: Cluster, other: Store, chance: random.Random, posts: int, held: float
) -> None:
    """While commits take 2 s and then none succeeds, lag grows, memory does not, health says why, nothing is lost."""
    cluster.brands, cluster.more_settings = SPREAD_BRANDS, {"ATALAYA_WORK_BATCH": "50"}
    slowly = cluster.folder / "slowly"
    first, second = heavy(chance, some_posts(chance, 500)[:-1]), heavy(chance, some_posts(chance, posts, first=500))
    cluster.prepare()
    cluster.worker("score")
    watch = cluster.worker("watch", hook="slow_commits", ATALAYA_TEST_WHILE=str(slowly))
    with cluster.store() as store:
        slowly.touch()
        cluster.send(first)
        wait_until(lambda: processed(watch) > 0 and lag(watch) > 300, "lag is to be seen", PATIENT)
        slowly.unlink()
        with locked(cluster):
            until, memory = time.monotonic() + held, Memory(watch)
            with memory.watched():
                cluster.send(second)
                wait_until(cluster.is_scored, "SCORE has judged everything", PATIENT)
                wait_until(lambda: lag(watch) > posts, "lag has grown", PATIENT)
                wait_until(lambda: health_of(watch) == WAITING, "health says what is waited for", PATIENT)
                time.sleep(max(0.0, until - time.monotonic()))
            behind = lag(watch)
            assert health_of(watch) == WAITING
        wait_stored(store, [*first, *second])
        wait_until(lambda: health_of(watch) == (200, "ok\n") and not lag(watch), "all is well again", PATIENT)
    cluster.wait_drained(PATIENT)
    print(f"{behind:.0f} records of {HEAVY} bytes waited; memory grew by {memory.growth / 2**20:.1f} MiB meanwhile")
    assert memory.growth < MAY_GROW
    assert_exact(cluster, other, [*first, *second])
