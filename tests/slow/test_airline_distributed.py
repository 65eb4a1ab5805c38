"""Recorded brand mentions through both runtimes: the tables are equal.

Needs the folder of recorded data in ATALAYA_TEST_DATA (`make test-slow DATA=folder`).
"""

import os
import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from ingest.sources.file_posts import FileOptions, read_posts
from ingest.staging import Staging
from mentions.brands import Brand
from mentions.codec import decode
from mentions.conversation import BrandMatcher
from mentions.records import Heartbeat, Mention
from processors.store.opening import Store, open_store
from tests.distributed import Cluster, embedded
from tests.kafka import Broker
from tests.postgres import Server
from tests.tables import EQUAL, assert_equal, tables

HANDLES = ("united", "VirginAmerica", "SouthwestAir", "JetBlue", "USAirways", "AmericanAir")
BRANDS = tuple(Brand(name=handle, query=f"@{handle}") for handle in HANDLES)
COLUMNS = {"text": "text", "author.id": "name", "created_at": "tweet_created"}
SECONDS = 300
pytestmark = [pytest.mark.slow, pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(900)]


@pytest.fixture
def cluster(kafka: Broker, postgres: Server, topic_prefix: str, tmp_path: Path) -> Iterator[Cluster]:
    """Six partitions over PostgreSQL."""
    address = postgres.new_database()
    cluster = Cluster(kafka.servers, topic_prefix, address, tmp_path, BRANDS, partitions=6)
    try:
        cluster.prepare()
        yield cluster
    finally:
        cluster.close()
        postgres.drop(address)


@pytest.fixture
def other(postgres: Server) -> Iterator[Store]:
    """The store of the embedded runtime."""
    address = postgres.new_database()
    with open_store(address) as store:
        yield store
    postgres.drop(address)


def recorded(folder: Path) -> list[bytes]:
    """The recorded file as a replay orders and matches it, with a heartbeat behind each minute."""
    path = Path(os.environ.get("ATALAYA_TEST_DATA", "")) / "airline" / "Tweets.csv"
    assert path.is_file(), f"{path} is missing: make test-slow DATA=folder"
    staging = Staging(folder / "airline.staging", "airline")
    list(staging.stage(item for _, item in read_posts(str(path), FileOptions(columns=COLUMNS))))
    list(staging.order(BrandMatcher([(brand, 1) for brand in BRANDS]), timedelta(seconds=30)))
    payloads = [payload for _, payload in staging.outbox.read(0, 10**9)]
    staging.close()
    return payloads


def test_recorded_mentions_leave_equal_tables(cluster: Cluster, other: Store, tmp_path: Path) -> None:
    """The whole file, shuffled within its minutes and 5 % of it sent twice, through two workers of each stage."""
    chance, orderly = random.Random(3), recorded(tmp_path)
    sent: list[bytes] = []
    minute: list[bytes] = []
    for payload in orderly:
        if isinstance(decode(payload), Heartbeat):
            chance.shuffle(minute)
            sent += [*minute, *chance.sample(minute, len(minute) // 20), payload]
            minute = []
        else:
            minute.append(payload)
    for stage in ("score", "watch", "score", "watch"):
        cluster.worker(stage)
    cluster.send([*sent, *minute], seconds=SECONDS)
    embedded(orderly, other, tmp_path, cluster.settings, BRANDS)
    cluster.wait_drained(SECONDS)

    posts = [event.post for event in map(decode, orderly) if isinstance(event, Mention)]
    assert len(posts) == 14_481
    with cluster.store() as store:
        assert_equal(tables(other, posts, EQUAL), tables(store, posts, EQUAL))
