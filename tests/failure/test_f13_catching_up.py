"""F13: workers that start with a large lag."""

import random
import time
from dataclasses import dataclass

import pytest

from mentions.topics import RAW, SCORED
from processors.store.opening import Store
from tests.distributed import Cluster, Process
from tests.failure.faults import SPREAD_BRANDS, assert_exact, keys, metrics_of, some_posts, total

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]


@dataclass(frozen=True)
class Sample:
    """What a worker's metrics said at one moment."""

    at: float
    processed: float
    lag: float
    cpu: float


def sample(worker: Process) -> Sample:
    """Ask a worker now."""
    metrics = metrics_of(worker)
    return Sample(
        time.monotonic(),
        total(metrics, "atalaya_records_processed_total"),
        total(metrics, "atalaya_consumer_lag_records"),
        metrics.get("process_cpu_seconds_total", 0.0),
    )


def caught_up(worker: Process, records: int, seconds: float) -> list[Sample]:
    """What a worker says until it has processed so many records and says that none waits."""
    samples, deadline = [sample(worker)], time.monotonic() + seconds
    while samples[-1].processed < records or samples[-1].lag:
        assert time.monotonic() < deadline, f"{samples[-1]} after {seconds:.0f} s\n{worker.words()}"
        time.sleep(0.2)
        samples.append(sample(worker))
    return samples


def told(samples: list[Sample], mentions: int) -> str:
    """Rate and cost, from the first sample at work to the first with all done."""
    last = next(found for found in samples if found.processed == samples[-1].processed)
    working = [found for found in samples if 0 < found.processed < 0.7 * last.processed]
    first = working[0] if working else [found for found in samples if found.cpu and not found.processed][-1]
    done = last.processed - first.processed
    per_record = 1e6 * (last.cpu - first.cpu) / done
    rate, cost = done / (last.at - first.at), per_record * last.processed / mentions
    return f"{rate:.0f} records/s, {cost:.0f} CPU-us per mention (over {done:.0f} records)"


@pytest.mark.parametrize(
    ("posts", "seconds"),
    [
        pytest.param(5_000, 180, id="short"),
        pytest.param(100_000, 900, id="long", marks=[pytest.mark.failure, pytest.mark.timeout(2400)]),
    ],
)
def test_a_large_lag_is_worked_off(
    cluster: Cluster, other: Store, chance: random.Random, posts: int, seconds: float
) -> None:
    """Started far behind, each stage catches up, its lag is to be seen and returns to 0, and all is stored."""
    cluster.brands = SPREAD_BRANDS
    records = some_posts(chance, posts)
    cluster.prepare()
    cluster.send(records)

    for stage, topic in (("score", RAW), ("watch", SCORED)):
        behind = sum(cluster.ends(topic).values())
        worker = cluster.worker(stage)
        samples = caught_up(worker, behind, seconds)
        print(f"{stage}: {told(samples, len(keys(records)))}")
        assert max(found.lag for found in samples) > 0.5 * behind, "the lag was not to be seen"
        assert worker.stop(seconds) == 0
    cluster.wait_drained(seconds)
    assert_exact(cluster, other, records)
