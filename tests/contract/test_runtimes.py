"""Both runtimes leave equal tables for the same input: the embedded one is what the distributed one is held against."""

import asyncio
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.outbox import Outbox
from ingest.simulation.brands import DEMO_BRANDS
from ingest.sources.simulated import SimulatedSource
from ingest.worker import Worker
from mentions.codec import decode
from mentions.conversation import BrandMatcher
from mentions.records import Event, Heartbeat, Mention, Post
from processors.store.opening import Store
from tests.distributed import Cluster, embedded, payloads
from tests.kafka import Broker
from tests.playing import BRANDS, a_beat, a_mention, a_post, deletion
from tests.postgres import Server
from tests.tables import AFTER_DELETIONS, EQUAL_WHEN_LATE, assert_equal, tables

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]
WHEN = datetime(2026, 11, 16, tzinfo=UTC)


@pytest.fixture
def cluster(kafka: Broker, postgres: Server, topic_prefix: str, tmp_path: Path) -> Iterator[Cluster]:
    """Two workers of each stage to be, over PostgreSQL."""
    address = postgres.new_database()
    cluster = Cluster(kafka.servers, topic_prefix, address, tmp_path)
    try:
        yield cluster
    finally:
        cluster.close()
        postgres.drop(address)


@pytest.fixture
def other(postgres: Server) -> Iterator[Store]:
    """The store of the embedded runtime."""
    from processors.store.opening import open_store

    address = postgres.new_database()
    with open_store(address) as store:
        yield store
    postgres.drop(address)


class _HurryingClock:
    """Six seconds pass each time that it is asked, so that sources speak a heartbeat at every step."""

    def __init__(self) -> None:
        self._now = WHEN

    def now(self) -> datetime:
        self._now += timedelta(seconds=6)
        return self._now

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


def a_history(folder: Path, days: int) -> list[bytes]:
    """What ingest makes of the invented world: mentions, deletions, an outage, heartbeats."""
    path = folder / "history.sqlite"
    outbox = Outbox(path, durable=False)
    matcher = BrandMatcher([(brand, 1) for brand in DEMO_BRANDS])
    source = SimulatedSource(seed=7, days=days, until=WHEN, live=False)
    try:
        asyncio.run(Worker(source, outbox, lambda: matcher, _HurryingClock()).run())
    finally:
        outbox.close()
    return payloads(path)


def play(cluster: Cluster, records: Sequence[Event | bytes], other: Store, workers: int = 2) -> list[Post]:
    """Run records through both runtimes; the posts among them."""
    cluster.prepare()
    for stage in ("score", "watch") * workers:
        cluster.worker(stage)
    cluster.send(records)
    embedded(records, other, cluster.folder, cluster.settings, cluster.brands)
    cluster.wait_drained()
    events = [decode(record) if isinstance(record, bytes) else record for record in records]
    return [event.post for event in events if isinstance(event, Mention)]


def equal(cluster: Cluster, other: Store, posts: Sequence[Post], columns: dict[str, tuple[str, ...]]) -> None:
    """Compare both stores."""
    with cluster.store() as store:
        assert_equal(tables(other, posts, columns), tables(store, posts, columns))


@pytest.mark.parametrize("days", [3, pytest.param(14, marks=pytest.mark.slow)])
def test_an_invented_world_leaves_equal_tables(cluster: Cluster, other: Store, days: int) -> None:
    """Rhythm, crises, campaigns, deletions, outage: two workers of each stage leave what the embedded run leaves.

    Every story of the fortnight is in the short one too, closer together.
    """
    cluster.brands = DEMO_BRANDS
    records = a_history(cluster.folder, days)

    posts = play(cluster, records, other)

    assert len(posts) > 1000
    equal(cluster, other, posts, dict(AFTER_DELETIONS))


def a_day(chance: random.Random, posts: int) -> list[Event]:
    """Posts of an hour by few authors about both brands, in order, some deleted, with heartbeats between."""
    records: list[Event] = []
    for number in range(posts):
        brands = chance.choice([("lumbre",), ("nubira",), ("lumbre", "nubira")])
        text = chance.choice(["lumbre bien", "nubira mal", "great bread", "what a terrible flight", "ni fu ni fa"])
        author = f"author{chance.randrange(12)}"
        records.append(a_mention(a_post(str(number), number * 3600 / posts, text, author=author, lang="en"), *brands))
        if chance.random() < 0.05:
            records.append(deletion(str(chance.randrange(number + 1)), number * 3600 / posts + 1))
        if chance.random() < 0.01:
            records.append(deletion(author_id=f"author{chance.randrange(12)}", seconds=number * 3600 / posts + 1))
        if number % 40 == 39:
            records.append(a_beat(number * 3600 / posts))
    return [*records, a_beat(3700), a_beat(4 * 3600)]


def test_shuffled_and_doubled_within_the_allowance_leaves_equal_tables(cluster: Cluster, other: Store) -> None:
    """Mentions that overtake one another between heartbeats, and stretches sent twice, change nothing."""
    chance = random.Random(11)
    orderly = [record for record in a_day(chance, 900) if not isinstance(record, Heartbeat)]
    *_, end, night = a_day(chance, 1)
    mixed: list[Event] = []
    for start in range(0, len(orderly), 60):
        stretch = orderly[start : start + 60]
        mentions = [record for record in stretch if isinstance(record, Mention)]
        chance.shuffle(mentions)
        again = chance.sample(mentions, len(mentions) // 20)
        mixed += [*mentions, *again, *(record for record in stretch if not isinstance(record, Mention))]
    cluster.prepare()
    for stage in ("score", "watch", "score", "watch"):
        cluster.worker(stage)
    cluster.send([*mixed, end, night])
    embedded([*orderly, end, night], other, cluster.folder, cluster.settings, BRANDS)
    cluster.wait_drained()

    posts = [record.post for record in orderly if isinstance(record, Mention)]
    equal(cluster, other, posts, dict(AFTER_DELETIONS))


def test_late_beyond_the_allowance_counts_all_the_same(cluster: Cluster, other: Store) -> None:
    """Posts that come an hour late have another fold tick; mentions and raw counts are those of the embedded run."""
    chance = random.Random(5)
    records = [record for record in a_day(chance, 400) if isinstance(record, Mention | Heartbeat)]
    late = [a_mention(a_post(f"late{number}", number, "lumbre mal", lang="en")) for number in range(50)]

    posts = play(cluster, [*records, *late, a_beat(5 * 3600)], other, workers=1)

    equal(cluster, other, posts, dict(EQUAL_WHEN_LATE))
