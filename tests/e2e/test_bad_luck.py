"""What a worker says when something is not there or not right: one clear line, and nothing is lost."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.kafka.topics import TopicAdmin
from mentions.topics import RAW
from tests.distributed import Cluster, Process, wait_until
from tests.kafka import Broker, serving
from tests.playing import a_beat, a_mention, a_post
from tests.postgres import Server

pytestmark = [pytest.mark.kafka]


@pytest.fixture
def cluster(kafka: Broker, topic_prefix: str, tmp_path: Path) -> Iterator[Cluster]:
    """Nothing made yet, over SQLite."""
    cluster = Cluster(kafka.servers, topic_prefix, f"sqlite:///{tmp_path}/store.sqlite", tmp_path)
    try:
        yield cluster
    finally:
        cluster.close()


def waiting_lines(process: Process) -> list[str]:
    """The lines that say for what it waits."""
    lines = [line for line in process.words().splitlines() if line.startswith("{")]
    return [line for line in lines if json.loads(line)["event"].startswith("waiting for")]


def last_line(process: Process) -> str:
    """Its last word."""
    return process.words().strip().splitlines()[-1]


def test_brokers_that_do_not_answer_are_waited_for(cluster: Cluster) -> None:
    """Without brokers a worker says so in one line that names them, waits, and ends with 0 when asked to."""
    worker = cluster.worker("score", ATALAYA_KAFKA_SERVERS="127.0.0.1:9")
    worker.says("waiting for Kafka")
    assert worker.running()

    assert worker.stop() == 0, worker.words()

    (line,) = waiting_lines(worker)
    assert "127.0.0.1:9" in line
    assert "Traceback" not in worker.words()


def test_missing_topics_end_it_with_what_to_do(cluster: Cluster) -> None:
    """A worker without its topics ends with 2, naming the topic and the command that makes it."""
    worker = cluster.worker("watch")

    assert worker.ended() == 2
    assert "atalaya topics ensure" in worker.words()
    assert cluster.topic(RAW) in worker.words()
    assert "Traceback" not in worker.words()


def test_other_partitions_than_configured_end_it(cluster: Cluster) -> None:
    """A worker that is configured for another number of partitions ends with 2 and says which there are."""
    with TopicAdmin(cluster.settings.kafka) as admin:
        admin.ensure()

    worker = cluster.worker("score", ATALAYA_KAFKA_PARTITIONS=str(cluster.partitions + 1))

    assert worker.ended() == 2
    assert f"has {cluster.partitions} partitions and must have {cluster.partitions + 1}" in worker.words()


def test_refused_credentials_are_said(topic_prefix: str, tmp_path: Path) -> None:
    """A user that the brokers refuse is named in the line that says for what the worker waits; never the password."""
    module = "org.apache.kafka.common.security.plain.PlainLoginModule"
    extra = {
        "sasl.enabled.mechanisms": "PLAIN",
        "listener.name.sasl_plaintext.plain.sasl.jaas.config": f'{module} required user_ana="right";',
    }
    with serving(extra=extra, protocols=("SASL_PLAINTEXT",)) as broker:
        cluster = Cluster(broker.servers, topic_prefix, f"sqlite:///{tmp_path}/store.sqlite", tmp_path)
        cluster.prepare()
        cluster.send([a_mention(a_post("1")), a_beat(120)])
        secured = {
            "ATALAYA_KAFKA_SERVERS": broker.addresses["SASL_PLAINTEXT"],
            "ATALAYA_KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
            "ATALAYA_KAFKA_SASL_MECHANISM": "PLAIN",
            "ATALAYA_KAFKA_SASL_USER": "ana",
        }
        try:
            refused = cluster.worker("score", **secured, ATALAYA_KAFKA_SASL_PASSWORD="wrong")
            refused.says("ana")
            assert "wrong" not in refused.words()
            if refused.running():
                refused.stop()

            cluster.worker("score", **secured, ATALAYA_KAFKA_SASL_PASSWORD="right")
            cluster.worker("watch", **secured, ATALAYA_KAFKA_SASL_PASSWORD="right")
            cluster.wait_drained()
        finally:
            cluster.close()


@pytest.mark.postgres
def test_a_database_that_is_down_is_waited_for(
    kafka: Broker, postgres: Server, topic_prefix: str, tmp_path: Path
) -> None:
    """A worker whose database does not answer says so in one line and works once it does."""
    address = postgres.new_database()
    cluster = Cluster(kafka.servers, topic_prefix, address, tmp_path)
    cluster.prepare()
    cluster.send([a_mention(a_post("1")), a_beat(120)])
    try:
        away = cluster.worker("watch", ATALAYA_STORE_URL="postgresql://app@127.0.0.1:9/nowhere")
        away.says("waiting for the store")
        wait_until(lambda: len(waiting_lines(away)) == 1, "it says so once")
        assert "127.0.0.1:9" in away.words()
        assert away.stop() == 0, away.words()

        cluster.worker("score")
        cluster.worker("watch")
        cluster.wait_drained()
    finally:
        cluster.close()
        postgres.drop(address)
