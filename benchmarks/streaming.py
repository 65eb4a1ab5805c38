"""The distributed runtime on recorded mentions: events per second and CPU per mention of each stage, beside a peer.

    python -m benchmarks.streaming --data DIR [--peer DIR] [--count N]

DIR holds `airline/Tweets.csv`. A broker and a database are started on this machine; their CPU is not counted.
`--peer` names the folder of a monitor as written in an afternoon (`naive_app.py`, `load.py`), measured in the same run.
What is measured: sending, SCORE with one worker and with two, WATCH, one brand on one partition, catching up.
"""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.cluster import Meter, airline, airline_brands, clusters, measure, produce
from benchmarks.harness import arguments, environment, need, table
from ingest.kafka.sender import Sender
from ingest.outbox import Outbox
from mentions.brands import Brand
from mentions.codec import encode
from mentions.topics import SCORED
from tests.distributed import Cluster, fill

Rows = list[list[str]]


def show_sending(make: Callable[..., Cluster], data: Path, count: int) -> None:
    """From a full outbox to the brokers."""
    cluster = make(airline_brands(data))
    path = cluster.folder / "outbox.sqlite"
    fill(path, (encode(mention) for mention in airline(data, count, lang="en")))
    outbox, stop = Outbox(path), threading.Event()
    sending = threading.Thread(target=Sender(outbox, cluster.settings.kafka).run, args=(stop,))
    wall, cpu = time.perf_counter(), time.process_time()
    sending.start()
    while outbox.rows():
        time.sleep(0.01)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    stop.set()
    sending.join()
    outbox.close()
    print(f"Sending: {count / wall:,.0f} records/s, {cpu / count * 1e6:.0f} CPU-us each\n")


def show_stages(make: Callable[..., Cluster], data: Path, count: int, peer: float) -> None:
    """SCORE and WATCH over the same mentions, tagged by their source and not."""
    rows: Rows = []
    for name, lang in (("tagged", "en"), ("untagged", None)):
        cluster = make(airline_brands(data))
        records = produce(cluster, airline(data, count, lang=lang))
        score_rate, score_cpu, _ = measure([Meter(cluster.worker("score"))], records)
        watched = sum(cluster.ends(SCORED).values())
        watch_rate, watch_cpu, _ = measure([Meter(cluster.worker("watch"))], watched)
        both = score_cpu * records / count + watch_cpu * watched / count
        ratio = f"{peer / both:.1f}" if peer else ""
        cells = (score_rate, score_cpu, watch_rate, watch_cpu, both)
        rows.append([name, *(f"{cell:,.0f}" for cell in cells), ratio])
        cluster.close()
    heads = ("mentions", "SCORE events/s", "CPU-us", "WATCH events/s", "CPU-us", "sum per mention", "peer / ours")
    table(heads, rows)
    print()


def show_two(make: Callable[..., Cluster], data: Path, count: int) -> None:
    """What a second SCORE worker costs and brings."""
    rows: Rows = []
    single = 0.0
    for workers in (1, 2):
        cluster = make(airline_brands(data))
        started = [cluster.worker("score") for _ in range(workers)]
        meters = [Meter(process) for process in started]
        time.sleep(8)  # let the group settle before there is work
        records = produce(cluster, airline(data, count, lang="en"))
        rate, cpu, _ = measure(meters, records)
        single = single or cpu
        rows.append([str(workers), f"{rate:,.0f}", f"{cpu:.0f}", f"{cpu / single:.2f}"])
        cluster.close()
    table(("SCORE workers", "events/s", "CPU-us per event", "to one worker"), rows)
    print()


def show_one_brand(make: Callable[..., Cluster], data: Path, count: int) -> None:
    """The ceiling of one brand: it is one partition, one writer."""
    cluster = make((Brand(name="lumbre", query="lumbre"),))
    records = produce(cluster, airline(data, count, lang="en", brand="lumbre"))
    measure([Meter(cluster.worker("score"))], records)
    rate, cpu, _ = measure([Meter(cluster.worker("watch"))], count)
    print(f"One brand on one WATCH partition: {rate:,.0f} events/s, {cpu:.0f} CPU-us each\n")
    cluster.close()


def show_catching_up(make: Callable[..., Cluster], data: Path, count: int) -> None:
    """Both stages, one worker each, started with a lag."""
    cluster = make(airline_brands(data))
    produce(cluster, airline(data, count, lang="en"))
    started = time.perf_counter()
    cluster.worker("score")
    cluster.worker("watch")
    cluster.wait_drained(1200)
    seconds = time.perf_counter() - started
    print(f"Catching up {count:,} mentions, one worker of each stage: {seconds:.1f} s, {count / seconds:,.0f}/s\n")
    cluster.close()


def peer_cpu(folder: Path, data: Path, make: Callable[..., Cluster], count: int) -> float:
    """CPU microseconds per event of the peer, on the same broker and mentions."""
    servers, topic = make(()).servers, f"peer-{os.getpid()}"
    path = need(data / "airline" / "Tweets.csv")
    app = f"peer{os.getpid()}"
    tables = [f"{app}-{name}-changelog" for name in ("counts", "windows")]
    command = [sys.executable, str(need(folder / "load.py")), servers, topic, str(count), str(path), *tables]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    with TemporaryDirectory(prefix="atalaya-peer-") as scratch:
        where = {"PEER_BOOTSTRAP": servers, "PEER_TOPIC": topic, "PEER_ID": app, "PEER_DIR": scratch}
        done = subprocess.run(
            [sys.executable, str(need(folder / "naive_app.py").absolute()), "worker", "--without-web", "-l", "warn"],
            env={**os.environ, **where, "PEER_N": str(count)},
            cwd=scratch,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
    told = re.search(r"RATE (\d+) \S+ (\d+) (\d+)", done.stdout + done.stderr)
    if told is None:
        raise SystemExit(f"the peer did not finish:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    events, rate, cpu = map(int, told.groups())
    print(f"Peer: {events:,} events, {rate:,} events/s, {cpu:,} CPU-us each\n")
    return float(cpu)


def main() -> None:
    """Measure everything in one run."""
    parser = arguments(__doc__)
    parser.add_argument("--peer", type=Path, help="folder of the peer's app")
    parser.add_argument("--count", type=int, default=60_000, help="mentions per measurement")
    parser.add_argument("--lag", type=int, default=100_000, help="mentions to catch up")
    given = parser.parse_args()
    environment()
    with clusters() as make:
        peer = peer_cpu(given.peer, given.data, make, 20_000) if given.peer else 0.0
        show_sending(make, given.data, 20_000)
        show_stages(make, given.data, given.count, peer)
        show_two(make, given.data, given.count)
        show_one_brand(make, given.data, given.count)
        show_catching_up(make, given.data, given.lag)


if __name__ == "__main__":
    main()
