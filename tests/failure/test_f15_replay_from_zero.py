"""F15: the scored topic is read again from its start, into another store."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from atalaya.brand_desk import BrandDesk
from atalaya.cli import run
from mentions.records import Event
from tests.distributed import Cluster
from tests.failure.faults import PATIENT, SPREAD_BRANDS, mentions, some_posts, some_twice
from tests.playing import NOW, deletion
from tests.postgres import Server
from tests.tables import AFTER_DELETIONS, assert_equal, tables

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]


def with_deletions(chance: random.Random, records: list[Event]) -> list[Event]:
    """The same with one in thirty posts deleted, some time after it came."""
    sent = list(records)
    for mention in chance.sample(mentions(records), len(records) // 30):
        place = chance.randint(sent.index(mention) + 1, len(sent) - 1)
        sent.insert(place, deletion(mention.post.native_id, seconds=place))
    return sent


@pytest.fixture
def again(cluster: Cluster, postgres: Server, tmp_path: Path) -> Iterator[Cluster]:
    """The same topics over another store."""
    address, folder = postgres.new_database(), tmp_path / "again"
    folder.mkdir()
    again = replace(cluster, store_url=address, folder=folder, processes=[])
    yield again
    again.close()
    postgres.drop(address)


@pytest.mark.parametrize(
    "posts", [400, pytest.param(20_000, marks=[pytest.mark.failure, pytest.mark.timeout(900)])], ids=["short", "long"]
)
def test_reading_the_scored_topic_again_gives_the_same_tables_to_the_byte(
    cluster: Cluster, again: Cluster, chance: random.Random, posts: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """A second WATCH over an empty store ends where the first is; what is recomputed from its mentions is the same."""
    again.brands = cluster.brands = SPREAD_BRANDS
    records = with_deletions(chance, some_twice(chance, some_posts(chance, posts)))
    cluster.prepare()
    workers = [cluster.worker(stage) for stage in ("score", "watch", "watch")]
    cluster.send(records)
    cluster.wait_drained(PATIENT)
    for worker in workers:
        assert worker.stop(PATIENT) == 0, worker.words()

    with again.store() as store:
        BrandDesk(store).seed(SPREAD_BRANDS, NOW)
    again.worker("watch", ATALAYA_WORK_BATCH="37")
    again.wait_drained(PATIENT)

    with cluster.store() as first, again.store() as second:
        written = [mention.post for mention in mentions(records)]
        assert len(tables(first)["mentions"]) >= posts
        assert_equal(tables(first, written, AFTER_DELETIONS), tables(second, written, AFTER_DELETIONS))
    capsys.readouterr()
    for address in (cluster.store_url, again.store_url):
        assert run(["replay-store", "--store", address, "--json"]) == 0
        assert msgspec.json.decode(capsys.readouterr().out)["equal"]
