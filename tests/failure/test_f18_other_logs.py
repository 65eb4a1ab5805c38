"""F18: topics are made anew, a store is restored from an older copy: nothing is taken for already read."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient, TopicPartition
from sqlalchemy import select

from ingest.kafka.topics import TopicAdmin
from mentions.topics import RAW, SCORED
from processors.store import schema
from tests.distributed import Cluster, wait_until
from tests.failure.faults import PATIENT
from tests.kafka import Broker
from tests.playing import a_beat, a_mention, a_post

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(900)]


@pytest.fixture
def cluster(kafka: Broker, topic_prefix: str, tmp_path: Path) -> Iterator[Cluster]:
    """Over SQLite, whose file is easily copied."""
    cluster = Cluster(kafka.servers, topic_prefix, f"sqlite:///{tmp_path}/store.sqlite", tmp_path, partitions=1)
    cluster.prepare()
    try:
        yield cluster
    finally:
        cluster.close()


def some(*ids: int) -> list[Any]:
    """Mentions of lumbre, and a heartbeat behind them."""
    return [*(a_mention(a_post(str(id_), id_)) for id_ in ids), a_beat(max(ids) + 100)]


def stored(cluster: Cluster) -> set[str]:
    """The ids that are stored."""
    with cluster.store() as store, store.reading() as connection:
        return {id_.partition(":")[2] for id_ in connection.execute(select(schema.mentions.c.id)).scalars()}


def drained(cluster: Cluster) -> None:
    """Let one worker of each stage process everything, and end."""
    workers = [cluster.worker("score"), cluster.worker("watch")]
    cluster.wait_drained(PATIENT)
    for worker in workers:
        assert worker.stop() == 0, worker.words()


def make_anew(cluster: Cluster, *topics: Any) -> None:
    """Delete topics and make them again."""
    admin = KafkaAdminClient(bootstrap_servers=cluster.servers)
    try:
        admin.delete_topics([cluster.topic(topic) for topic in topics])
    finally:
        admin.close()

    def made() -> bool:
        with TopicAdmin(cluster.settings.kafka) as topics_admin:
            topics_admin.ensure()
            topics_admin.check()
        return True

    wait_until(made, "the topics are there again")


def forget_before(cluster: Cluster, topic: Any, offset: int) -> None:
    """Let the log begin at `offset`, as retention does."""
    admin = KafkaAdminClient(bootstrap_servers=cluster.servers)
    try:
        admin.delete_records({TopicPartition(cluster.topic(topic), 0): offset})
    finally:
        admin.close()


def test_topics_made_anew_are_read_from_their_start(cluster: Cluster) -> None:
    """After both topics were deleted and made again, their records have old offsets and are processed all the same."""
    cluster.send(some(1, 2, 3))
    drained(cluster)

    make_anew(cluster, RAW, SCORED)
    cluster.send(some(4, 5, 6), outbox=cluster.folder / "second.sqlite")
    drained(cluster)

    assert stored(cluster) == set("123456")


def test_an_older_store_reads_again_what_it_lacks(cluster: Cluster) -> None:
    """WATCH over a store restored from an older copy goes back behind its progress, and ends with everything, once."""
    cluster.send(some(1, 2))
    drained(cluster)
    older = cluster.folder / "older.sqlite"
    shutil.copy(cluster.folder / "store.sqlite", older)
    cluster.send(some(3, 4), outbox=cluster.folder / "second.sqlite")
    drained(cluster)
    assert stored(cluster) == set("1234")

    for name in ("store.sqlite", "store.sqlite-wal", "store.sqlite-shm"):
        (cluster.folder / name).unlink(missing_ok=True)
    shutil.copy(older, cluster.folder / "store.sqlite")
    assert stored(cluster) == set("12")
    drained(cluster)

    assert stored(cluster) == set("1234")


def test_a_log_that_lacks_what_comes_next_is_not_skipped_in_silence(cluster: Cluster) -> None:
    """Where records went before they were read, both stages end with 3 and say so; told to, they go on without them."""
    cluster.send(some(1, 2))
    drained(cluster)
    cluster.send(some(3, 4), outbox=cluster.folder / "second.sqlite")
    forget_before(cluster, RAW, 5)

    score = cluster.worker("score")
    assert score.ended(PATIENT) == 3
    assert "never judged are gone" in score.words()
    going_on = cluster.worker("score", accept_gap=True)
    wait_until(cluster.is_scored, "SCORE goes on", PATIENT)
    assert going_on.stop() == 0, going_on.words()

    forget_before(cluster, SCORED, cluster.ends(SCORED)[0])
    watch = cluster.worker("watch")
    assert watch.ended(PATIENT) == 3
    assert "needs record" in watch.words()
    cluster.worker("watch", accept_gap=True)
    cluster.worker("score")  # the gap was accepted once and for all
    cluster.wait_drained(PATIENT)
    assert stored(cluster) <= set("1234")
