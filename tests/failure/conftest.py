"""What the fault tests share: a cluster over a broker that nobody hurts, one over a broker of its own, and chance."""

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from processors.store.opening import Store, open_store
from tests.distributed import Cluster
from tests.kafka import Broker
from tests.postgres import Server


@pytest.fixture
def chance() -> random.Random:
    """Seeded: `ATALAYA_TEST_SEED` names another seed. A failing test shows which it was."""
    seed = int(os.environ.get("ATALAYA_TEST_SEED", "1"))
    print(f"seed {seed}: ATALAYA_TEST_SEED={seed} repeats it")
    return random.Random(seed)


@pytest.fixture
def cluster(kafka: Broker, postgres: Server, topic_prefix: str, tmp_path: Path) -> Iterator[Cluster]:
    """Topics to be, over PostgreSQL and the broker that all share."""
    yield from _cluster(kafka, postgres, topic_prefix, tmp_path)


@pytest.fixture
def hurt_cluster(own_kafka: Broker, postgres: Server, topic_prefix: str, tmp_path: Path) -> Iterator[Cluster]:
    """Topics to be, over PostgreSQL and a broker (`own_kafka`) that the test may end."""
    yield from _cluster(own_kafka, postgres, topic_prefix, tmp_path)


def _cluster(broker: Broker, postgres: Server, prefix: str, folder: Path) -> Iterator[Cluster]:
    address = postgres.new_database()
    cluster = Cluster(broker.servers, prefix, address, folder)
    try:
        yield cluster
    finally:
        cluster.close()
        postgres.drop(address)


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Store]:
    """The store of the embedded runtime, which the distributed one is held against."""
    with open_store(str(tmp_path / "embedded-store.sqlite")) as store:
        yield store
