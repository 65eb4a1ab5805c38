"""F5: the broker is killed under its consumers."""

import random
import time
from functools import partial

import pytest

from processors.store.opening import Store
from tests.distributed import Cluster, wait_until
from tests.failure.faults import (
    PATIENT,
    SPREAD_BRANDS,
    Supervised,
    assert_exact,
    keys,
    some_posts,
    stored,
    wait_stored,
)
from tests.kafka import Broker

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]


@pytest.mark.parametrize(
    "down",
    [
        pytest.param(3, id="short"),
        pytest.param(25, id="long", marks=[pytest.mark.failure, pytest.mark.timeout(600)]),
        pytest.param(75, id="longer", marks=[pytest.mark.failure, pytest.mark.timeout(600)]),
    ],
)
def test_workers_go_on_when_a_killed_broker_is_back(
    hurt_cluster: Cluster, own_kafka: Broker, other: Store, chance: random.Random, down: int
) -> None:
    """A broker that is killed and comes back is found again: what it held and what is sent then is stored, exactly."""
    cluster = hurt_cluster
    cluster.brands = SPREAD_BRANDS
    before, after = some_posts(chance, 400)[:-1], some_posts(chance, 100, first=400)
    cluster.prepare()
    cluster.send(before)
    slowly = {"ATALAYA_WORK_BATCH": "20", "ATALAYA_TEST_PAUSE": "0.15"}
    score, watch = (Supervised(partial(cluster.worker, stage, hook="slow", **slowly)) for stage in ("score", "watch"))
    with cluster.store() as store, score, watch:
        wait_until(lambda: stored(store) > 50, "they work", PATIENT)
        own_kafka.kill()
        time.sleep(down)
        held = stored(store)
        assert held < len(keys(before)), "all was done before the broker was killed"
        own_kafka.start()
        back = time.monotonic()
        resumed = wait_until(lambda: stored(store) > held, "they go on", PATIENT)
        cluster.send(after)
        wait_stored(store, [*before, *after])
        caught_up = time.monotonic() - back
        cluster.wait_drained(PATIENT)
    assert_exact(cluster, other, [*before, *after])
    for worker in (score.process, watch.process):
        assert worker.words().count("the brokers do not answer") <= 1, worker.words()
        assert len(worker.words().splitlines()) < 12, worker.words()
    exits = {name: [ended.code for ended in worker.exits] for name, worker in (("score", score), ("watch", watch))}
    print(
        f"down {down} s: stored again {resumed:.1f} s after the broker was back, caught up after {caught_up:.1f} s; "
        f"workers that ended and were started again: {exits}"
    )
