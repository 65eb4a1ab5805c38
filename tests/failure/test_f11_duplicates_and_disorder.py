"""F11: several outboxes, a poll among them; two in a hundred records twice, all out of order, or an hour late."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count

import pytest
from sqlalchemy import func, select

from ingest.kafka import tidying
from ingest.outbox import Outbox
from mentions.clock import tick_of
from mentions.records import Event, Heartbeat, SourceClass
from processors.store import schema
from processors.store.opening import Store
from tests.distributed import Cluster, embedded, wait_until
from tests.failure.faults import PATIENT, SPREAD_BRANDS, feeding, keys, mentions
from tests.playing import a_beat, a_mention, a_post, at
from tests.tables import EQUAL, EQUAL_WHEN_LATE, assert_equal, tables

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]
PARTITIONS = 5
ROUND = 60.0
"""Seconds of event time after which all shards speak."""
DISORDER = 29.0
"""Seconds that a post may come late and still be in time: less than the allowance."""
TWICE = 0.02
LONG = [pytest.mark.failure, pytest.mark.timeout(900)]
SEEDS = [1, *(pytest.param(seed, marks=LONG) for seed in range(2, 7))]
_seq = count(1)


@dataclass
class Shard:
    """A source with an outbox of its own.

    Attributes:
        posts: by the number of the round in which they come.
    """

    source: str
    source_class: SourceClass
    posts: dict[int, list[Event]] = field(default_factory=dict)

    def speak(self, seconds: float) -> Heartbeat:
        """What it says at the end of a round."""
        return a_beat(
            seconds,
            outbox_id=self.source,
            source=self.source,
            shard=self.source,
            seq=next(_seq),
            source_class=self.source_class,
            holds=self.source_class == "stream",
        )


class World:
    """What is written, by whom, and when it comes.

    Attributes:
        repeats: how many records come again.
    """

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self.rounds, posts, self.workers = (5, 300, 1) if seed == 1 else (12, 3000, 2)
        self.shards = [Shard("bluesky", "stream"), Shard("forum", "stream"), Shard("press", "poll")]
        for number in range(posts):
            self._write(number, self._chance.uniform(0, self.rounds * ROUND))
        self.repeats = 0
        for shard in self.shards:
            self._send_some_twice(shard)

    def _write(self, number: int, seconds: float) -> None:
        shard = self._chance.choice(self.shards)
        names = [brand.name for brand in SPREAD_BRANDS]
        text = self._chance.choice(["great bread", "what a terrible flight", "lumbre bien", "they open at nine"])
        author = f"{shard.source}{self._chance.randrange(8)}"
        post = a_post(str(number), seconds, text, author=author, source=shard.source, lang="en")
        mention = a_mention(post, *self._chance.sample(names, self._chance.choice((1, 1, 2))))
        comes = seconds + self._chance.uniform(0, DISORDER)
        shard.posts.setdefault(int(comes // ROUND), []).append(mention)

    def _send_some_twice(self, shard: Shard) -> None:
        """At least three; side by side in the same round, or in a later one."""
        coming = [(number, mention) for number, posts in sorted(shard.posts.items()) for mention in posts]
        again = self._chance.sample(coming, max(3, round(TWICE * len(coming))))
        for number, mention in again:
            later = min(number + self._chance.randint(0, 3), self.rounds)
            shard.posts.setdefault(later, []).append(mention)
        for posts in shard.posts.values():
            self._chance.shuffle(posts)
        self.repeats += len(again)

    @property
    def end(self) -> float:
        """When every minute can be closed."""
        return (self.rounds + 1) * ROUND + 3600

    def orderly(self) -> list[Event]:
        """Every post once, in order of time, with the shards' words between."""
        found = [mention for shard in self.shards for posts in shard.posts.values() for mention in mentions(posts)]
        unique = {mention.post.id: mention for mention in found}
        records: list[Event] = []
        waiting = sorted(unique.values(), key=lambda mention: (mention.post.created_at, mention.post.id))
        for number in range(self.rounds + 1):
            end = (number + 1) * ROUND
            records += [mention for mention in waiting if mention.post.created_at < at(end)]
            waiting = [mention for mention in waiting if mention.post.created_at >= at(end)]
            records += [shard.speak(end) for shard in self.shards]
        return [*records, *(shard.speak(self.end) for shard in self.shards)]


class Senders:
    """One sender for each shard's outbox."""

    def __init__(self, cluster: Cluster, shards: Sequence[Shard], stack: ExitStack) -> None:
        self._cluster = cluster
        self._feed = {shard.source: stack.enter_context(feeding(cluster, shard.source)) for shard in shards}

    def round(self, number: int, shards: Sequence[Shard]) -> None:
        """What comes in a round, and behind it, when all of it is in Kafka, what the shards say."""
        self._give(shards, lambda shard: shard.posts.get(number, []))
        self.speak((number + 1) * ROUND, shards)

    def speak(self, seconds: float, shards: Sequence[Shard]) -> None:
        """Shards say how far they are."""
        self._give(shards, lambda shard: [shard.speak(seconds)])

    def _give(self, shards: Sequence[Shard], of: Callable[[Shard], Sequence[Event]]) -> None:
        for shard in shards:
            self._feed[shard.source](of(shard))
        for shard in shards:
            wait_until(partial(self._is_sent, shard), "the outbox was sent", PATIENT)

    def _is_sent(self, shard: Shard) -> bool:
        outbox = Outbox(self._cluster.folder / f"{shard.source}.sqlite", durable=False)
        try:
            return outbox.rows() == 0
        finally:
            outbox.close()


@contextmanager
def running(cluster: Cluster, world: World) -> Iterator[Senders]:
    """Workers of each stage, and a sender for each shard."""
    cluster.brands, cluster.partitions, cluster.more_settings = SPREAD_BRANDS, PARTITIONS, {"ATALAYA_WORK_BATCH": "20"}
    cluster.prepare()
    for stage in ("score", "watch") * world.workers:
        cluster.worker(stage)
    with ExitStack() as stack:
        yield Senders(cluster, world.shards, stack)


def assert_tables(cluster: Cluster, other: Store, world: World, columns: Mapping[str, tuple[str, ...]]) -> None:
    """The store is that of an embedded run over the same posts, each once and in order."""
    orderly = world.orderly()
    embedded(orderly, other, cluster.folder, cluster.settings, cluster.brands)
    cluster.wait_drained(PATIENT)
    with cluster.store() as store:
        print(f"{len(mentions(orderly))} posts, {world.repeats} twice")
        found = tables(store, columns=columns)
        assert len(found["mentions"]) == len(keys(orderly))
        assert_equal(tables(other, columns=columns), found)


@pytest.fixture(autouse=True)
def _prune_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """An outbox is empty as soon as all was sent."""
    monkeypatch.setattr(tidying, "PRUNE_SECONDS", 0.0)


@pytest.mark.parametrize("seed", SEEDS)
def test_duplicates_and_disorder_within_the_allowance_leave_equal_tables(
    cluster: Cluster, other: Store, seed: int
) -> None:
    """Three outboxes, five partitions: as if each post had come once and in its turn."""
    world = World(seed)

    with running(cluster, world) as senders:
        for number in range(world.rounds + 1):
            senders.round(number, world.shards)
        senders.speak(world.end, world.shards)

    assert_tables(cluster, other, world, EQUAL)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_stream_that_comes_an_hour_late_is_counted_all_the_same(cluster: Cluster, other: Store, seed: int) -> None:
    """The others go on without it, and their minutes are closed; then mentions and raw counts are those of order."""
    world = World(seed)
    late = world.shards[1]
    others = [shard for shard in world.shards if shard is not late]

    with running(cluster, world) as senders:
        senders.round(0, world.shards)
        for number in range(1, world.rounds + 1):
            senders.round(number, others)
        senders.speak(world.end, others)
        with cluster.store() as store:
            wait_until(lambda: folded_until(store) > tick_of(at(3600)), "the others' minutes are closed", PATIENT)
        for number in range(1, world.rounds + 1):
            senders.round(number, [late])
        senders.speak(world.end, [late])

    assert_tables(cluster, other, world, EQUAL_WHEN_LATE)


def folded_until(store: Store) -> int:
    """The last tick that some brand has folded."""
    with store.reading() as connection:
        return connection.execute(select(func.max(schema.brand_state.c.folded_until))).scalar() or 0
