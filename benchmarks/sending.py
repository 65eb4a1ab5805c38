"""Records per second through the sender, from a full outbox to a broker of this machine: `benchmarks.sending`.

CPU is that of the sending process alone: reading, routing, compressing, acknowledgements and pruning of the outbox. The
broker works on the same cores, which the rate pays for. Texts are invented. A broker is started as for the tests, or
named by ATALAYA_TEST_KAFKA.
"""

import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kafka import KafkaProducer

from benchmarks.harness import arguments, environment, table
from ingest.kafka.connecting import connect
from ingest.kafka.sender import Sender, SenderState
from ingest.kafka.sending import route
from ingest.kafka.topics import TopicAdmin, topic_name
from ingest.outbox import Batch, Outbox
from mentions.records import Author, Hit, Mention, Post
from mentions.settings_streaming import KafkaSettings
from mentions.topics import RAW
from tests.kafka import serving

MENTIONS, AUTHORS, BATCH, RUNS = 20_000, 4_000, 500, 3
NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)


def mention(number: int) -> Mention:
    """A reply of common length, about 600 bytes as a record."""
    author = f"did:plc:{number * 7919 % AUTHORS:024}"
    post = Post(
        source="bluesky",
        native_id=f"at://{author}/app.bsky.feed.post/3k{number:09}",
        author=Author(author, handle=f"persona{number % AUTHORS}.example"),
        text=f"El pan de Lumbre, número {number}: qué tarde más larga en el aeropuerto, sin una sola hogaza de centeno",
        created_at=NOON + timedelta(seconds=number),
        received_at=NOON + timedelta(seconds=number + 1),
        lang="es",
        in_reply_to="at://did:plc:lumbre/app.bsky.feed.post/3kinvented",
    )
    return Mention(post, (Hit("lumbre", 1, "lumbre"),))


def full_outbox(path: Path) -> Outbox:
    """All mentions, with a heartbeat behind each second batch."""
    outbox = Outbox(path)
    for start in range(0, MENTIONS, BATCH):
        outbox.commit(Batch("bluesky", "main", [mention(number) for number in range(start, start + BATCH)]))
        if start % (2 * BATCH):
            at = NOON + timedelta(seconds=start)
            outbox.heartbeat("bluesky", "main", at=at, source_class="stream", complete_until=at, holds=True)
    return outbox


def cost(work: Callable[[], None], count: int) -> tuple[float, float]:
    """Records per second and CPU microseconds per record."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return count / wall, cpu / count * 1e6


def send(kafka: KafkaSettings, path: Path) -> tuple[float, float]:
    """Drain a full outbox; it must be empty afterwards, with nothing sent again."""
    outbox = full_outbox(path)
    count = outbox.rows()
    states: list[SenderState] = []
    stop = threading.Event()
    stop.set()
    found = cost(lambda: Sender(outbox, kafka, observe=states.append).run(stop), count)
    assert (outbox.rows(), states[-1].sent, states[-1].failures) == (0, count, 0)
    outbox.close()
    return found


def produce(kafka: KafkaSettings, payloads: Sequence[bytes]) -> tuple[float, float]:
    """The same records by kafka-python alone, as fast as it takes them."""
    options = {"acks": "all", "compression_type": "lz4", "linger_ms": 20, "batch_size": 128 * 2**10}
    producer = connect(KafkaProducer, kafka, "benchmark", **options)
    rows = [route(offset, payload, kafka.partitions) for offset, payload in enumerate(payloads, 1)]

    def work() -> None:
        sent = [producer.send(topic_name(kafka, RAW), row.payload, row.key) for row in rows]
        producer.flush()
        assert all(future.succeeded() for future in sent)

    found = cost(work, len(rows))
    producer.close()
    return found


def measure() -> None:
    """Print the best of some runs of each."""
    with serving() as broker, tempfile.TemporaryDirectory() as folder:
        kafka = KafkaSettings(servers=(broker.servers,), prefix=f"b{secrets.token_hex(4)}.")
        with TopicAdmin(kafka) as admin:
            admin.ensure()
        outbox = full_outbox(Path(folder) / "read.sqlite")
        payloads = [payload for _, payload in outbox.read(0, 2 * MENTIONS)]
        outbox.close()
        sent = [send(kafka, Path(folder) / f"{run}.sqlite") for run in range(RUNS)]
        produced = [produce(kafka, payloads) for _ in range(RUNS)]
        routed = cost(lambda: [route(1, payload, 6) for payload in payloads] and None, len(payloads))
        size = sum(map(len, payloads)) / len(payloads)
        print(f"Apache Kafka {broker.version}, one node; {len(payloads):,} records of {size:.0f} bytes, {RUNS} runs\n")
    rows = [("sender, outbox to acknowledged", sent), ("kafka-python alone", produced), ("routing alone", [routed])]
    table(
        ("what", "records/s, best", "CPU-us per record, best"),
        [(what, f"{max(r for r, _ in runs):,.0f}", f"{min(c for _, c in runs):.1f}") for what, runs in rows],
    )


if __name__ == "__main__":
    arguments(__doc__).parse_args()
    environment()
    measure()
