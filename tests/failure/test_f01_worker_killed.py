"""F1: workers that are killed again and again, while some records come twice."""

import random
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from processors.store.opening import Store
from tests.distributed import Cluster, wait_until
from tests.failure.faults import (
    PATIENT,
    SPREAD_BRANDS,
    assert_exact,
    keys,
    processed,
    some_posts,
    some_twice,
    stored,
    wait_stored,
)

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]
SMALL_BATCHES = {"ATALAYA_WORK_BATCH": "20", "ATALAYA_TEST_PAUSE": "0.1"}


def killed_again_and_again(cluster: Cluster, stage: str, times: int, chance: random.Random) -> None:
    """Start a worker, wait until it gets on, kill it a moment later; and once more."""
    for _ in range(times):
        worker = cluster.worker(stage, hook="slow", **SMALL_BATCHES)
        wait_until(lambda worker=worker: processed(worker) > 0, f"{stage} gets on", PATIENT)  # type: ignore[misc]
        time.sleep(chance.uniform(0.1, 1.2))
        worker.kill()


@pytest.mark.parametrize(
    "times", [2, pytest.param(8, marks=[pytest.mark.failure, pytest.mark.timeout(900)])], ids=["short", "long"]
)
def test_workers_killed_again_and_again_leave_exact_tables(
    cluster: Cluster, other: Store, chance: random.Random, times: int
) -> None:
    """SCORE and WATCH, killed -9 in the midst of work, leave what an undisturbed run leaves: none lost, none twice."""
    cluster.brands, cluster.more_settings = SPREAD_BRANDS, {"ATALAYA_WORK_SESSION_SECONDS": "3"}
    records = some_posts(chance, 300 * times)
    cluster.prepare()
    cluster.send(some_twice(chance, records))

    with ThreadPoolExecutor() as pool:
        kills = [
            pool.submit(killed_again_and_again, cluster, stage, times, random.Random(chance.random()))
            for stage in ("score", "watch")
        ]
    for kill in kills:
        kill.result()
    with cluster.store() as store:
        assert 0 < stored(store) < len(keys(records)), "the kills came before or after the work, not in its midst"
        for stage in ("score", "watch"):
            cluster.worker(stage)
        wait_stored(store, records)
    cluster.wait_drained(PATIENT)
    assert_exact(cluster, other, records)
