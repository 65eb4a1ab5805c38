"""F17: a WATCH worker is stopped for longer than its session (SIGSTOP), another takes over, and it wakes."""

import random
import time

import pytest
from sqlalchemy import select

from processors.store import schema
from processors.store.opening import Store
from tests.distributed import Cluster, Process, wait_until
from tests.failure.faults import (
    PATIENT,
    SPREAD_BRANDS,
    assert_exact,
    health_of,
    processed,
    some_posts,
    wait_stored,
)

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]
POSTS = 240
SESSION, IDLE = 3, 8


def rows(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Everything that a WATCH transaction can change."""
    with store.reading() as connection:
        return {
            name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for name, table in schema.metadata.tables.items()
        }


def stop_in_a_batch(worker: Process) -> None:
    """Stop it inside a transaction."""
    worker.says("lingering", PATIENT)
    worker.pause()


@pytest.mark.parametrize(
    "place",
    [
        "before",
        pytest.param("behind", marks=pytest.mark.failure),
        pytest.param("between batches", marks=pytest.mark.failure),
    ],
)
def test_a_worker_that_wakes_when_another_took_over_changes_nothing(
    cluster: Cluster, other: Store, chance: random.Random, place: str
) -> None:
    """Stopped between batches or in one, it wakes to find its partitions taken: it changes no row, reloads, goes on."""
    cluster.brands = SPREAD_BRANDS
    cluster.more_settings = {"ATALAYA_WORK_SESSION_SECONDS": str(SESSION), "ATALAYA_WORK_BATCH": "50"}
    first, more = some_posts(chance, POSTS)[:-1], some_posts(chance, POSTS, first=POSTS)
    cluster.prepare()
    cluster.worker("score")
    sleeper = cluster.worker("watch", hook="stopping", ATALAYA_TEST_PLACE=place, ATALAYA_TEST_IDLE=str(IDLE))
    with cluster.store() as store:
        if place == "between batches":
            cluster.send(first[: POSTS // 2])
            wait_stored(store, first[: POSTS // 2])
            sleeper.pause()
            cluster.send(first[POSTS // 2 :])
        else:
            cluster.send(first)
            stop_in_a_batch(sleeper)
        taker = cluster.worker("watch")
        wait_stored(store, first)
        cluster.wait_drained(PATIENT)
        before, handled = rows(store), processed(taker)
        sleeper.go_on()
        wait_until(lambda: health_of(sleeper) == (200, "ok\n"), f"it is well again\n{sleeper.words()}", PATIENT)
        time.sleep(SESSION)  # whatever it does wrong it does now
        assert rows(store) == before
        if place == "before":
            assert "another worker went on" in sleeper.words()
        slept = processed(sleeper)

        cluster.send(more)
        wait_stored(store, [*first, *more])
        cluster.wait_drained(PATIENT)
        wait_until(lambda: processed(sleeper) > slept, f"it has its share again\n{sleeper.words()}", PATIENT)
        assert processed(taker) > handled
        assert sleeper.running()
    assert_exact(cluster, other, [*first, *more])
