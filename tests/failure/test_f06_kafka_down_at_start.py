"""F6: Kafka is down when ingest starts, and for long."""

import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

from tests.distributed import Cluster, Process, wait_until
from tests.failure.faults import PATIENT, resident_bytes
from tests.failure.ingesting import Ingest
from tests.kafka import Broker

pytestmark = pytest.mark.kafka
A_SECOND = 100
"""Posts."""
TEXT = "lumbre bien " + "y sigue y sigue " * 600
"""Ten kilobytes: what is kept in memory would show within seconds."""
MAY_GROW = 5 * 2**20


@pytest.fixture
def ingest(own_kafka: Broker, topic_prefix: str, tmp_path: Path) -> Iterator[Ingest]:
    """Topics that are there, an outbox that knows the brands from an earlier run, and a file to follow."""
    cluster = Cluster(own_kafka.servers, topic_prefix, ":memory:", tmp_path)
    ingest = Ingest(cluster)
    ingest.knows_the_brands()
    yield ingest
    cluster.close()


def fed(ingest: Ingest, process: Process, seconds: float) -> list[int]:
    """Write posts at an even pace; the memory of the process, in bytes, now and then."""
    started, sizes = time.monotonic(), list[int]()
    while (passed := time.monotonic() - started) < seconds:
        ingest.write(round(passed * A_SECOND) - ingest.written, TEXT)
        sizes.append(resident_bytes(process))
        time.sleep(0.25)
    return sizes


@pytest.mark.parametrize(
    "seconds", [15, pytest.param(600, marks=[pytest.mark.failure, pytest.mark.timeout(1200)])], ids=["short", "long"]
)
def test_ingest_works_without_kafka_and_sends_all_when_it_comes(
    own_kafka: Broker, ingest: Ingest, seconds: float
) -> None:
    """The outbox grows on disk, memory stays flat, one line says why nothing is sent; then all is sent, once each."""
    own_kafka.kill()
    process = ingest.start()
    process.says("reading begins")

    sizes = fed(ingest, process, seconds)

    wait_until(lambda: ingest.waiting() >= ingest.written, "the outbox holds all", PATIENT)
    with ingest.outbox() as outbox:
        assert outbox.bytes_used() > ingest.written * len(TEXT)
    third = len(sizes) // 3
    grown = max(sizes[-third:]) - median(sizes[:third])
    print(f"{ingest.written} posts of {len(TEXT)} bytes; memory {median(sizes) / 2**20:.0f} MiB, grown {grown:,} bytes")
    assert grown < MAY_GROW < 0.5 * ingest.written * len(TEXT)
    assert process.words().count("Kafka takes no records now") == 1

    own_kafka.start()
    wait_until(lambda: ingest.waiting() == 0, "all was sent", PATIENT)
    process.says("Kafka takes records")
    assert process.stop() == 0, process.words()
    ingest.assert_sent_exactly()
