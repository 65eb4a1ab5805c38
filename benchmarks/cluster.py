"""What the benchmarks of the distributed runtime share: a broker, a database, recorded mentions, and meters."""

import csv
import os
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from kafka import KafkaProducer

from benchmarks.harness import need
from mentions.brands import Brand
from mentions.codec import encode
from mentions.partitioning import author_key, partition_of
from mentions.records import Author, Heartbeat, Hit, Mention, Post
from mentions.topics import RAW
from tests.distributed import Cluster, Process
from tests.kafka import serving as serving_kafka
from tests.postgres import serving as serving_postgres

PARTITIONS = 6
WHEN = datetime(2026, 11, 16, tzinfo=UTC)
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@contextmanager
def clusters() -> Iterator[Callable[..., Cluster]]:
    """Makes clusters with fresh topics and databases over one broker and one PostgreSQL."""
    with ExitStack() as stack:
        broker = stack.enter_context(serving_kafka())
        server = stack.enter_context(serving_postgres())
        print(f"Apache Kafka {broker.version}, one node; PostgreSQL on the same machine\n")
        made = 0

        def make(brands: Sequence[Brand], partitions: int = PARTITIONS, **settings: str) -> Cluster:
            nonlocal made
            made += 1
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="atalaya-bench-")))
            cluster = Cluster(broker.servers, f"bench{os.getpid()}-{made}.", server.new_database(), folder)
            cluster.brands, cluster.partitions, cluster.more_settings = brands, partitions, settings
            stack.callback(cluster.close)
            cluster.prepare()
            return cluster

        yield make


def airline_brands(data: Path) -> tuple[Brand, ...]:
    """The airlines of the recorded mentions."""
    return tuple(
        Brand(name=name, query=name) for name in sorted({row["airline"].replace(" ", "") for row in _rows(data)})
    )


def airline(data: Path, count: int, *, lang: str | None, brand: str = "") -> Iterator[Mention]:
    """So many recorded mentions, in order of time, repeated under new ids when there are too few.

    Args:
        lang: the source's tag; None: untagged. brand: all of them are of this one brand.
    """
    rows = _rows(data)
    for number in range(count):
        row = rows[number % len(rows)]
        at = WHEN + timedelta(seconds=number / 10)
        post = Post(
            source="file",
            native_id=f"{number}",
            author=Author(f"{row['name']}-{number // len(rows)}", handle=row["name"]),
            text=row["text"],
            created_at=at,
            received_at=at,
            lang=lang,
        )
        yield Mention(post, (Hit(brand or row["airline"].replace(" ", ""), 1, "airline"),))


def _rows(data: Path) -> list[dict[str, str]]:
    path = need(data / "airline" / "Tweets.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def produce(cluster: Cluster, mentions: Iterable[Mention]) -> int:
    """Write mentions to the raw topic as the sender keys them, with a heartbeat now and then; how many records."""
    producer = KafkaProducer(
        bootstrap_servers=cluster.servers, compression_type="lz4", linger_ms=20, batch_size=131_072
    )
    topic, written, waiting = cluster.topic(RAW), 0, 0
    every = 2_000
    last = WHEN
    for mention in mentions:
        post = mention.post
        partition = partition_of(author_key(post.source, post.author.id), cluster.partitions)
        producer.send(topic, value=encode(mention), partition=partition)
        last, written, waiting = post.created_at, written + 1, waiting + 1
        if waiting == every:
            producer.flush()
            written += beat(producer, cluster, last)
            waiting = 0
    producer.flush()
    written += beat(producer, cluster, last + timedelta(minutes=5))
    producer.close()
    return written


_seq = 0


def beat(producer: KafkaProducer, cluster: Cluster, until: datetime, at: datetime | None = None) -> int:
    """A heartbeat to every raw partition; how many records."""
    global _seq  # heartbeats of one run are numbered through
    _seq += 1
    record = Heartbeat(
        outbox_id="bench",
        source="file",
        shard="main",
        seq=_seq,
        at=at or until,
        source_class="stream",
        complete_until=until,
        holds=True,
    )
    for partition in range(cluster.partitions):
        producer.send(cluster.topic(RAW), value=encode(record), partition=partition)
    producer.flush()
    return cluster.partitions


@dataclass
class Reading:
    """A worker at one moment: wall seconds, CPU seconds since its start, records processed, resident MiB."""

    wall: float
    cpu: float
    records: float
    mib: float


class Meter:
    """Reads a worker from outside: /proc for its CPU and memory, its own metrics for what it has done."""

    def __init__(self, process: Process) -> None:
        self.process = process
        process.says("/metrics")
        words = process.words()
        self._url = words[words.index("http://") :].split()[0]

    def read(self) -> Reading:
        """Now."""
        with urllib.request.urlopen(self._url, timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        wanted = "atalaya_records_processed_total{"
        records = sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(wanted))
        pid = self.process.popen.pid
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        cpu = (int(fields[11]) + int(fields[12])) / _TICKS
        mib = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE / 2**20
        return Reading(time.perf_counter(), cpu, records, mib)


def measure(meters: Sequence[Meter], records: int, seconds: float = 600) -> tuple[float, float, float]:
    """Follow workers until they have processed so many records together.

    Returns:
        Records per second, CPU microseconds per record summed over the workers, and the seconds from the first
        reading in which something was done. Loading and the first records are left out of all three.
    """
    deadline = time.monotonic() + seconds
    first: list[Reading] | None = None
    pause = 0.1
    while True:
        now = [meter.read() for meter in meters]
        done = sum(reading.records for reading in now)
        if first is None and done > 0:
            first = now
        if done >= records and first is not None:
            break
        if time.monotonic() > deadline:
            raise SystemExit(f"only {done:,.0f} of {records:,} records after {seconds:.0f} s")
        if first is not None:  # seldom, for to answer is work of theirs; but the end must not be missed by much
            rate = (done - sum(reading.records for reading in first)) / (now[0].wall - first[0].wall + 1e-9)
            pause = min(2.0, max(0.1, (records - done) / rate)) if rate else 0.5
        time.sleep(pause)
    count = done - sum(reading.records for reading in first)
    wall = max(reading.wall for reading in now) - min(reading.wall for reading in first)
    cpu = sum(reading.cpu for reading in now) - sum(reading.cpu for reading in first)
    return count / wall, cpu / count * 1e6, wall
