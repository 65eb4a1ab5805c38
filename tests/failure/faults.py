"""What fault tests are made of: an invented stream, workers under a supervisor, and the proof that nothing is amiss.

Workers are looked at from outside, by their metrics and health, as those who run them would.
"""

import random
import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from ingest.kafka.sender import Sender
from ingest.outbox import Outbox
from mentions.brands import Brand
from mentions.records import Event, Mention
from processors.store import schema
from processors.store.opening import Store
from tests.distributed import Cluster, Process, embedded, fill, wait_until
from tests.playing import BRANDS, a_beat, a_mention, a_post
from tests.tables import EQUAL, assert_equal, tables

SPREAD_BRANDS = (*BRANDS, Brand(name="kolibri-vuelos", query="kolibri"))
"""Of three partitions each holds one of them."""
PATIENT = 180.0
"""Seconds that anything may take here: a fault test shares its machine with others."""
AUTHORS = 12
BEAT_EVERY = 40
_TEXTS = ("great bread", "what a terrible flight", "they open at nine", "bad service, never again", "love it")
_PORT = re.compile(r"metrics at (http://\S+)/metrics")


# --- what goes in ---


def stream(chance: random.Random, first: int = 0) -> Iterator[Event]:
    """Mentions without end, one a second of event time, of `SPREAD_BRANDS`; heartbeats of a live stream between."""
    names = [brand.name for brand in SPREAD_BRANDS]
    number = first
    while True:
        post = a_post(
            str(number), number, chance.choice(_TEXTS), author=f"author{chance.randrange(AUTHORS)}", lang="en"
        )
        yield a_mention(post, *chance.sample(names, chance.choice((1, 1, 1, 2))))
        number += 1
        if number % BEAT_EVERY == 0:
            yield a_beat(number)


def mentions(records: Iterable[Event]) -> list[Mention]:
    """Those records that are mentions."""
    return [record for record in records if isinstance(record, Mention)]


def some_posts(chance: random.Random, count: int, first: int = 0) -> list[Event]:
    """`count` mentions of `stream`, and a heartbeat behind them that lets everything be folded."""
    records: list[Event] = []
    found = stream(chance, first)
    for record in found:
        records.append(record)
        count -= isinstance(record, Mention)
        if not count:
            break
    return [*records, closing_beat(first + len(records))]


def closing_beat(posts: int) -> Event:
    """Says that all of so many posts have come."""
    return a_beat(posts + 3600)


def some_twice(chance: random.Random, records: Sequence[Event], share: float = 0.02) -> list[Event]:
    """The same with a share of the mentions sent again, a moment later or much later."""
    sent = list(records)
    for mention in chance.sample(mentions(records), max(1, round(share * len(records)))):
        place = next(i for i, record in enumerate(sent) if record is mention)
        sent.insert(chance.randint(place + 1, len(sent) - 1), mention)
    return sent


@contextmanager
def feeding(cluster: Cluster, name: str = "feed") -> Iterator[Callable[[Sequence[Event]], None]]:
    """Yields what puts records into an outbox, FOLDER/NAME.sqlite, that a sender drains, as ingest does; leaves when
    all was sent.
    """
    path = cluster.folder / f"{name}.sqlite"
    reader, stop = Outbox(path, durable=False), threading.Event()
    sending = threading.Thread(target=Sender(reader, cluster.settings.kafka).run, args=(stop,))
    sending.start()
    try:
        yield lambda records: fill(path, records)
        wait_until(lambda: reader.rows() == 0, "the outbox was sent", PATIENT)
    finally:
        stop.set()
        sending.join(PATIENT)
        reader.close()


# --- looking at a worker ---


def metrics_of(process: Process) -> dict[str, float]:
    """Every series of a worker by its name with labels; empty while it does not answer."""
    lines = _asked(process, "/metrics")[1].splitlines()
    parts = [line.rpartition(" ") for line in lines if not line.startswith("#")]
    return {name: float(value) for name, _, value in parts}


def health_of(process: Process) -> tuple[int, str]:
    """Status and words of a worker's `/healthz`; (0, "") while it does not answer."""
    return _asked(process, "/healthz")


def _asked(process: Process, path: str) -> tuple[int, str]:
    found = _PORT.search(process.words())
    if found is None:
        return 0, ""
    try:
        with urllib.request.urlopen(found.group(1) + path, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError:
        return 0, ""


def total(metrics: Mapping[str, float], name: str) -> float:
    """Sum over a metric's series."""
    return sum(value for series, value in metrics.items() if series.partition("{")[0] == name)


def processed(process: Process) -> float:
    """Records that a worker is done with."""
    return total(metrics_of(process), "atalaya_records_processed_total")


def resident_bytes(process: Process) -> int:
    """Memory of a process (Linux)."""
    pages = Path(f"/proc/{process.popen.pid}/statm").read_text().split()[1]
    return int(pages) * 4096


@dataclass(frozen=True)
class Exit:
    """A process ended by itself, at `at` (`time.time()`)."""

    code: int
    at: float


class Supervised:
    """A worker that is started again whenever it ends with an error, as Docker or systemd would.

    Attributes:
        process: the one that runs now. exits: of those that ended with an error.
    """

    def __init__(self, start: Callable[[], Process]) -> None:
        self._start, self._ended = start, threading.Event()
        self.process, self.exits = start(), list[Exit]()
        self._thread = threading.Thread(target=self._supervise, daemon=True)

    def __enter__(self) -> "Supervised":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _supervise(self) -> None:
        while not self._ended.wait(0.1):
            code = self.process.popen.poll()
            if code:
                self.exits.append(Exit(code, time.time()))
                self.process = self._start()


# --- what comes out ---


def stored(store: Store) -> int:
    """How many mentions a store holds."""
    with store.reading() as connection:
        return connection.execute(select(func.count()).select_from(schema.mentions)).scalar_one()


def wait_stored(store: Store, records: Iterable[Event], seconds: float = PATIENT) -> float:
    """Wait, cheaply, until a store holds a row for every brand of every mention; how long it took."""
    wanted = len(keys(records))
    started = time.monotonic()
    while (count := stored(store)) < wanted:
        assert time.monotonic() - started < seconds, f"{count} of {wanted} mentions stored within {seconds:.0f} s"
        time.sleep(0.2)
    return time.monotonic() - started


def keys(records: Iterable[Event]) -> set[tuple[str, str]]:
    """(brand, id) of every row that the mentions among some records make."""
    return {(hit.brand, mention.post.id) for mention in mentions(records) for hit in mention.hits}


def assert_exact(
    cluster: Cluster, other: Store, records: Sequence[Event], columns: Mapping[str, tuple[str, ...]] = EQUAL
) -> None:
    """The store holds what was produced, each once, and its tables are those of an embedded run without any fault.

    Args:
        other: an empty store for that run.
        records: what was produced, each once.
        columns: which of each table are compared.
    """
    produced, posts = keys(records), [mention.post for mention in mentions(records)]
    with cluster.store() as store:
        with store.reading() as connection:
            kept = {tuple(row) for row in connection.execute(select(schema.mentions.c.brand, schema.mentions.c.id))}
        assert not produced - kept, f"lost {len(produced - kept)} of {len(produced)}: {sorted(produced - kept)[:5]}"
        assert not kept - produced, f"nobody wrote {sorted(kept - produced)[:5]}"
        embedded(records, other, cluster.folder, cluster.settings, cluster.brands)
        assert_equal(tables(other, posts, columns), tables(store, posts, columns))
