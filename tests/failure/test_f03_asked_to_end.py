"""F3: SIGTERM in the midst of a batch."""

import random

import pytest
from sqlalchemy import select

from mentions.topics import KIND_HEADER, RAW, SCORED
from processors.store import schema
from processors.store.opening import Store
from tests.distributed import Cluster
from tests.failure.faults import PATIENT, SPREAD_BRANDS, assert_exact, keys, some_posts, wait_stored

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]


def scored(cluster: Cluster) -> int:
    """Judged mentions in the scored topic, repeats included."""
    return sum((KIND_HEADER, b"scored.v1") in record.headers for record in cluster.records(SCORED))


def in_store(store: Store) -> dict[int, int]:
    """Behind which record of each scored partition the store is."""
    with store.reading() as connection:
        rows = connection.execute(select(schema.progress.c.partition, schema.progress.c.offset))
        return {row.partition: row.offset + 1 for row in rows}


def repeats(store: Store) -> int:
    """Mentions that came when the store had them."""
    with store.reading() as connection:
        rows = connection.execute(select(schema.drops.c.reason, schema.drops.c.count))
        return sum(row.count for row in rows if row.reason == "duplicate")


@pytest.mark.parametrize(
    "held",
    [
        pytest.param(5, id="short"),
        pytest.param(30, id="long", marks=[pytest.mark.failure, pytest.mark.timeout(600)]),
    ],
)
def test_what_is_in_hand_is_finished_before_the_end(
    cluster: Cluster, other: Store, chance: random.Random, held: int
) -> None:
    """Asked to end while a batch is held, a worker finishes and acknowledges it, exits 0, and nobody does it again."""
    cluster.brands, cluster.more_settings = SPREAD_BRANDS, {"ATALAYA_WORK_BATCH": "50"}
    records = some_posts(chance, 300)
    cluster.prepare()
    cluster.send(records)

    workers = [cluster.worker(stage, hook="held", ATALAYA_TEST_HOLD=str(held)) for stage in ("score", "watch")]
    for worker in workers:
        worker.says("held", PATIENT)
    for worker in workers:
        worker.popen.terminate()
    assert [worker.ended(held + PATIENT) for worker in workers] == [0, 0]

    assert sum(cluster.committed("score", RAW).values()) > 0, "what SCORE had in hand was not acknowledged"
    with cluster.store() as store:
        done = {partition: offset for partition, offset in in_store(store).items() if offset > 0}
        assert done, "what WATCH had in hand did not enter the store"
        committed = cluster.committed("watch", SCORED)
        assert {partition: committed.get(partition) for partition in done} == done
        for stage in ("score", "watch"):
            cluster.worker(stage)
        wait_stored(store, records)
        cluster.wait_drained(PATIENT)
        assert scored(cluster) == len(keys(records))
        assert repeats(store) == 0
    assert_exact(cluster, other, records)
