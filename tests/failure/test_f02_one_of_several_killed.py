"""F2: several workers of each stage, and now and then one of them dies."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

import pytest
from sqlalchemy import func, select

from mentions.records import Event
from processors.store import schema
from processors.store.opening import Store
from tests.distributed import Cluster, Process, wait_until
from tests.failure.faults import (
    PATIENT,
    SPREAD_BRANDS,
    assert_exact,
    closing_beat,
    feeding,
    mentions,
    processed,
    stream,
    wait_stored,
)

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]
A_SECOND = 30
"""Records that are fed in a second."""
GRACE = 5.0
"""Seconds beyond the session that a group may take to go on without its dead member."""
BUSY = 4
"""A group forms in several rounds, each of which waits for the machine as a start does."""


class Growth:
    """Watches what is stored of each brand, and so of each partition.

    Attributes:
        longest_stall: seconds that any of them did not grow.
    """

    def __init__(self, store: Store) -> None:
        self._store, self.longest_stall = store, 0.0

    @contextmanager
    def watched(self) -> Iterator[None]:
        """While inside; of every brand there must be something to store all the time."""
        ended = threading.Event()
        looking = threading.Thread(target=self._look, args=(ended,))
        looking.start()
        try:
            yield
        finally:
            ended.set()
            looking.join()

    def _look(self, ended: threading.Event) -> None:
        grown = {brand: (time.monotonic(), count) for brand, count in self._counts().items()}
        while not ended.wait(0.1):
            counts, now = self._counts(), time.monotonic()
            for brand, (since, count) in grown.items():
                self.longest_stall = max(self.longest_stall, now - since)
                if counts[brand] > count:
                    grown[brand] = now, counts[brand]

    def _counts(self) -> dict[str, int]:
        query = select(schema.mentions.c.brand, func.count()).group_by(schema.mentions.c.brand)
        with self._store.reading() as connection:
            return {brand: count for brand, count in connection.execute(query)}  # noqa: C416 # rows of two


def kill_one(cluster: Cluster, workers: list[Process], stage: str, chance: random.Random) -> float:
    """Kill any of a stage's workers, start another a moment later, wait until it has its share.

    Returns:
        Seconds that the new one took to start, before it knew of any group.
    """
    victim = chance.choice([worker for worker in workers if worker.name.startswith(stage)])
    workers.remove(victim)
    victim.kill()
    time.sleep(chance.uniform(0.2, 2))
    started, fresh = time.monotonic(), cluster.worker(stage)
    workers.append(fresh)
    fresh.says("metrics at", PATIENT)
    slowness = time.monotonic() - started
    wait_until(lambda: processed(fresh) > 0, f"{fresh.name} has its share\n{fresh.words()}", PATIENT)
    return slowness


@contextmanager
def fed(cluster: Cluster, chance: random.Random) -> Iterator[list[Event]]:
    """Feeds a steady stream while inside; yields what was fed so far."""
    records: list[Event] = []
    source, ended = stream(chance), threading.Event()

    def feed() -> None:
        with feeding(cluster) as put:
            while not ended.wait(0.2):
                fresh = list(islice(source, A_SECOND // 5))
                records.extend(fresh)
                put(fresh)
            records.append(closing_beat(len(records)))
            put(records[-1:])

    feeder = threading.Thread(target=feed)
    feeder.start()
    try:
        yield records
    finally:
        ended.set()
        feeder.join(PATIENT)


@pytest.mark.parametrize(
    ("workers", "kills", "session"),
    [
        pytest.param(2, ("watch",), 3, id="short"),
        pytest.param(
            *(3, ("watch", "score", "watch", "score"), 6),
            id="long",
            marks=[pytest.mark.failure, pytest.mark.timeout(900)],
        ),
    ],
)
def test_others_soon_take_over_from_a_dead_worker(
    cluster: Cluster, other: Store, chance: random.Random, workers: int, kills: tuple[str, ...], session: int
) -> None:
    """While workers of each stage die in turn, the others take over within the session and a bit; nothing is lost."""
    cluster.brands, cluster.more_settings = SPREAD_BRANDS, {"ATALAYA_WORK_SESSION_SECONDS": str(session)}
    cluster.prepare()
    running = [cluster.worker(stage) for stage in ("score", "watch") * workers]
    victims, starts = random.Random(chance.random()), list[float]()
    with cluster.store() as store:
        growth = Growth(store)
        with fed(cluster, chance) as records:
            for worker in running:
                wait_until(lambda worker=worker: processed(worker) > 0, f"{worker.name} works", PATIENT)  # type: ignore[misc]
            with growth.watched():
                starts += [kill_one(cluster, running, stage, victims) for stage in kills]
        wait_stored(store, records)
    cluster.wait_drained(PATIENT)
    assert_exact(cluster, other, records)
    stall, slowness = growth.longest_stall, max(starts)
    print(f"{len(mentions(records))} mentions, kills: {kills}; longest stall of a partition {stall:.1f} s")
    # a machine on which a worker takes long to start (0.3 s on a quiet one) is busy, and all else takes long there too
    assert stall < session + max(GRACE, BUSY * slowness)
