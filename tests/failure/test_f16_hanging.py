"""F16: a worker hangs."""

import random
from functools import partial
from pathlib import Path

import pytest

from processors.runtime.supervision import STUCK_EXIT
from processors.store.opening import Store
from tests.distributed import Cluster
from tests.failure.faults import PATIENT, SPREAD_BRANDS, Supervised, assert_exact, some_posts, wait_stored

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]
STUCK_AFTER = 6.0
GRACE = 5.0


def supervised(cluster: Cluster, stage: str, hang: str) -> tuple[Supervised, Path]:
    """A worker that hangs once, and the file that will say since when."""
    hung = cluster.folder / f"{stage}-hung"
    worker = partial(cluster.worker, stage, hook="hanging", ATALAYA_TEST_HANG=hang, ATALAYA_TEST_HUNG=str(hung))
    return Supervised(worker), hung


@pytest.mark.parametrize(
    ("score", "watch"),
    [
        pytest.param("sleep", "await", id="score-sleeps"),
        pytest.param("await", "sleep", id="watch-sleeps", marks=pytest.mark.failure),
    ],
)
def test_a_worker_that_hangs_ends_and_the_next_one_goes_on(
    cluster: Cluster, other: Store, chance: random.Random, score: str, watch: str
) -> None:
    """Whether its loop or only its task hangs, a worker ends soon by itself, non-zero; started again, it catches up."""
    cluster.brands = SPREAD_BRANDS
    cluster.more_settings = {
        "ATALAYA_WORK_STUCK_AFTER_SECONDS": str(STUCK_AFTER),
        "ATALAYA_WORK_SESSION_SECONDS": "3",
        "ATALAYA_WORK_BATCH": "50",
    }
    records = some_posts(chance, 300)
    cluster.prepare()
    cluster.send(records)
    workers = [supervised(cluster, "score", score), supervised(cluster, "watch", watch)]
    with cluster.store() as store, workers[0][0], workers[1][0]:
        wait_stored(store, records)
        cluster.wait_drained(PATIENT)

    assert_exact(cluster, other, records)
    for worker, hung in workers:
        (ended,) = worker.exits
        took = ended.at - float(hung.read_text())
        print(f"{worker.process.name}: ended {took:.1f} s after it began to hang")
        assert ended.code == STUCK_EXIT
        assert STUCK_AFTER - 1 < took < STUCK_AFTER + GRACE
