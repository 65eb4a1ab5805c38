"""F10: the disk under the outbox, under the store or under Kafka's log is full."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mentions.topics import RAW
from processors.store.opening import Store
from tests.distributed import Cluster, wait_until
from tests.failure.disks import MEBIBYTE, Disk, small_disk
from tests.failure.faults import (
    PATIENT,
    SPREAD_BRANDS,
    assert_exact,
    feeding,
    mentions,
    some_posts,
    stored,
    wait_stored,
)
from tests.failure.ingesting import Ingest
from tests.kafka import Broker, MissingBrokerError, serving

pytestmark = pytest.mark.kafka
STAYS_FULL = 3.0
"""Seconds: several attempts of everything that tries again."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """Two mebibytes."""
    with small_disk(tmp_path / "disk", 2 * MEBIBYTE) as disk:
        yield disk


@pytest.fixture
def broker_disk(tmp_path: Path) -> Iterator[Disk]:
    """Eight: a broker's own records about its topics take some."""
    with small_disk(tmp_path / "broker-disk", 8 * MEBIBYTE) as disk:
        yield disk


@pytest.fixture
def small_broker(broker_disk: Disk) -> Iterator[Broker]:
    """A broker whose log is on that disk."""
    extra = {"log.index.size.max.bytes": "4096", "log.segment.bytes": "1048576"}
    try:
        with serving(extra=extra, folder=broker_disk.folder / "data") as broker:
            yield broker
    except MissingBrokerError as error:
        pytest.skip(str(error))


def test_a_full_disk_under_the_outbox(kafka: Broker, topic_prefix: str, tmp_path: Path, disk: Disk) -> None:
    """Ingest takes nothing more and says so, the place in the source stays; with room again all is sent, once."""
    env = {"ATALAYA_OUTBOX_PATH": str(disk.folder / "outbox.sqlite")}
    cluster = Cluster(kafka.servers, topic_prefix, ":memory:", tmp_path, more_settings=env)
    try:
        ingest = Ingest(cluster)
        process = ingest.start()
        ingest.write(50)
        wait_until(lambda: ingest.sent() == 50, "the first posts are sent", PATIENT)

        disk.fill()
        ingest.write(200)
        process.says("the outbox does not take records now", PATIENT)
        time.sleep(STAYS_FULL)
        assert process.running()
        assert ingest.sent() == 50
        assert process.words().count("the disk is full") >= 1

        disk.free()
        wait_until(lambda: ingest.sent() >= 250, "all is sent", PATIENT)
        assert process.stop() == 0, process.words()
        ingest.assert_sent_exactly()
    finally:
        cluster.close()


def test_a_full_disk_under_the_store(
    kafka: Broker, topic_prefix: str, tmp_path: Path, disk: Disk, other: Store, chance: random.Random
) -> None:
    """WATCH acknowledges nothing while it cannot write, and says so once; with room again the tables are exact."""
    cluster = Cluster(kafka.servers, topic_prefix, f"sqlite:///{disk.folder}/store.sqlite", tmp_path, SPREAD_BRANDS)
    records = some_posts(chance, 250)
    try:
        cluster.prepare()
        cluster.worker("score")
        watch = cluster.worker("watch")
        with cluster.store() as store:
            cluster.send(records[:50])
            wait_stored(store, records[:50])
            before = stored(store)
            disk.fill()
            cluster.send(records[50:])
            watch.says("waiting: nothing is lost meanwhile", PATIENT)
            time.sleep(STAYS_FULL)
            assert watch.running()
            assert stored(store) == before
            assert not cluster.is_watched()
            assert watch.words().count("has no space left on its disk") == 1
            disk.free()
            wait_stored(store, records)
        cluster.wait_drained(PATIENT)
        assert_exact(cluster, other, records)
    finally:
        cluster.close()


def test_a_full_disk_under_kafka(
    small_broker: Broker, topic_prefix: str, tmp_path: Path, broker_disk: Disk, other: Store, chance: random.Random
) -> None:
    """The broker ends; what it did not acknowledge waits in the outbox. With room again it is started: all is exact."""
    cluster = Cluster(small_broker.servers, topic_prefix, f"sqlite:///{tmp_path}/store.sqlite", tmp_path, SPREAD_BRANDS)
    records = some_posts(chance, 400)
    try:
        cluster.prepare()
        for stage in ("score", "watch"):
            cluster.worker(stage)
        with cluster.store() as store, feeding(cluster) as feed:
            feed(records[:50])
            wait_stored(store, records[:50])
            broker_disk.fill()
            feed(records[50:])
            wait_until(lambda: not small_broker.is_running, "the broker ends", PATIENT)
            time.sleep(STAYS_FULL)
            broker_disk.free()
            small_broker.start()
            wait_stored(store, records)
        cluster.wait_drained(PATIENT)
        assert_exact(cluster, other, records)
        assert len(cluster.records(RAW)) >= len(mentions(records))
    finally:
        cluster.close()
