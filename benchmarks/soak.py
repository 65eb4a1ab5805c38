"""The distributed runtime at a steady rate: how late all is stored and folded, memory, what a rebalance costs.

    python -m benchmarks.soak --data DIR [--seconds N] [--rate N] [--workers N]

DIR holds `airline/Tweets.csv`; its texts come again as if written now. A third of the time is quiet; then workers
join, leave in good order, and are killed. One hour: `--seconds 3600`.
"""

import random
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from kafka import KafkaProducer
from msgspec import structs
from sqlalchemy import Connection, text

from benchmarks.cluster import Meter, airline, airline_brands, beat, clusters
from benchmarks.harness import arguments, environment, table
from mentions.clock import tick_of
from mentions.codec import encode
from mentions.partitioning import author_key, partition_of
from mentions.records import Mention
from mentions.topics import RAW, SCORED
from tests.distributed import Cluster

STEP = 0.05
BEAT_EVERY = 5.0
ALLOWANCE = timedelta(seconds=30)


@dataclass
class Spoken:
    """What the producer said: for each minute when the heartbeat was sent that closes it."""

    closed: dict[int, float] = field(default_factory=dict)
    sent: int = 0


def talk(cluster: Cluster, mentions: Sequence[Mention], rate: int, stop: threading.Event, spoken: Spoken) -> None:
    """Write mentions of now at a steady rate, with heartbeats, until `stop`."""
    producer = KafkaProducer(bootstrap_servers=cluster.servers, compression_type="lz4", linger_ms=10)
    chance, numbers, started = random.Random(1), count(), time.monotonic()
    beaten = started
    while not stop.is_set():
        due = int((time.monotonic() - started) * rate) - spoken.sent
        now = datetime.now(UTC)
        for _ in range(due):
            mention = chance.choice(mentions)
            post = structs.replace(mention.post, native_id=f"s{next(numbers)}", created_at=now, received_at=now)
            partition = partition_of(author_key(post.source, post.author.id), cluster.partitions)
            producer.send(cluster.topic(RAW), value=encode(Mention(post, mention.hits)), partition=partition)
        spoken.sent += max(due, 0)
        if time.monotonic() - beaten >= BEAT_EVERY:
            beaten = time.monotonic()
            producer.flush()
            beat(producer, cluster, now)
            for tick in range(tick_of(now - ALLOWANCE) - 2, tick_of(now - ALLOWANCE)):
                spoken.closed.setdefault(tick, time.monotonic())
        stop.wait(STEP)
    producer.flush()
    beat(producer, cluster, datetime.now(UTC))
    producer.close()


def watch_folds(cluster: Cluster, stop: threading.Event, folded: dict[int, float]) -> None:
    """Note when each minute is folded for the last of the brands."""
    with cluster.store() as store:
        while not stop.wait(0.1):
            with store.reading() as connection:
                least = connection.execute(text("SELECT min(folded_until) FROM brand_state")).scalar()
            if least is not None:
                folded.setdefault(int(least), time.monotonic())


def trace(cluster: Cluster, stop: threading.Event, every: float) -> None:
    """Print from time to time how many records each stage is behind."""
    while not stop.wait(every):
        ends = {topic: sum(cluster.ends(topic).values()) for topic in (RAW, SCORED)}
        score, watch = (
            sum(cluster.committed(stage, topic).values()) for stage, topic in (("score", RAW), ("watch", SCORED))
        )
        behind = f"SCORE {ends[RAW] - score:,} behind, WATCH {ends[SCORED] - watch:,}"
        print(f"{datetime.now(UTC):%H:%M:%S} {behind}", flush=True)


def shake(cluster: Cluster, seconds: float) -> Iterator[str]:
    """Let others join, leave and die, from a third of the time on; yields what it does. The first workers stay."""
    time.sleep(seconds / 3)
    pause = seconds / 9
    yield "a worker of each stage joins"
    more = [cluster.worker(stage) for stage in ("score", "watch")]
    time.sleep(pause)
    yield "it leaves in good order"
    for process in more:
        process.stop()
    time.sleep(pause)
    yield "another one joins"
    more = [cluster.worker(stage) for stage in ("score", "watch")]
    time.sleep(pause)
    yield "it is killed"
    for process in more:
        process.kill()
    time.sleep(seconds / 3)


def show(connection: Connection, spoken: Spoken, folded: dict[int, float], quiet_until: datetime) -> None:
    """Print the figures."""
    age = "extract(epoch FROM stored_at - created_at)"
    rows = []
    for name, where in (("quiet", "stored_at <= :until"), ("with rebalances", "stored_at > :until"), ("all", "true")):
        percentiles = ", ".join(f"percentile_cont({p}) WITHIN GROUP (ORDER BY {age})" for p in (0.5, 0.95, 0.99))
        query = f"SELECT count(*), {percentiles}, max({age}) FROM mentions WHERE {where}"
        number, *found = connection.execute(text(query), {"until": quiet_until} if "until" in where else {}).one()
        rows.append([name, f"{number:,}", *(f"{value:.2f}" for value in found)])
    table(("created -> stored, s", "mentions", "p50", "p95", "p99", "greatest"), rows)
    gaps = "SELECT stored_at - lag(stored_at) OVER (PARTITION BY brand ORDER BY stored_at) AS gap FROM mentions"
    stall = connection.execute(text(f"SELECT extract(epoch FROM max(gap)) FROM ({gaps}) AS gaps")).scalar()
    print(f"\nLongest stall of any brand: {stall:.1f} s")
    delays = sorted(folded[tick] - spoken.closed[tick] for tick in folded.keys() & spoken.closed.keys())
    if delays:
        middle, last = delays[len(delays) // 2], delays[-1]
        print(f"Watermark passed -> folded: p50 {middle:.2f} s, greatest {last:.2f} s, of {len(delays)} minutes")
    stored = connection.execute(text("SELECT count(*) FROM mentions")).scalar()
    print(f"Sent {spoken.sent:,}, stored {stored:,}")


def main() -> None:
    """Run once."""
    parser = arguments(__doc__)
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--rate", type=int, default=1_000, help="mentions a second")
    parser.add_argument("--workers", type=int, default=1, help="of each stage")
    given = parser.parse_args()
    environment()
    mentions = list(airline(given.data, 14_640, lang="en"))
    with clusters() as make:
        cluster = make(airline_brands(given.data))
        workers = [cluster.worker(stage) for _ in range(given.workers) for stage in ("score", "watch")]
        meters = [Meter(process) for process in workers]
        time.sleep(10)
        stop, spoken, folded = threading.Event(), Spoken(), {}
        threads = [
            threading.Thread(target=talk, args=(cluster, mentions, given.rate, stop, spoken)),
            threading.Thread(target=watch_folds, args=(cluster, stop, folded)),
            threading.Thread(target=trace, args=(cluster, stop, max(15, given.seconds / 60))),
        ]
        for thread in threads:
            thread.start()
        time.sleep(min(60, given.seconds / 9))
        early = [meter.read() for meter in meters]
        for event in shake(cluster, given.seconds - min(60, given.seconds / 9)):
            if event.startswith("a worker"):
                quiet_until = datetime.now(UTC)
            print(f"{datetime.now(UTC):%H:%M:%S} {event}", flush=True)
        late = [meter.read() for meter in meters]
        stop.set()
        for thread in threads:
            thread.join()
        cluster.wait_drained(300)
        with cluster.store() as store, store.reading() as connection:
            show(connection, spoken, folded, quiet_until)
        for process, first, last in zip(workers, early, late, strict=True):
            cpu = (last.cpu - first.cpu) / (last.wall - first.wall)
            span = last.wall - first.wall
            print(f"{process.name}: {cpu:.0%} of a core, {first.mib:.0f} -> {last.mib:.0f} MiB in {span:.0f} s")


if __name__ == "__main__":
    main()
