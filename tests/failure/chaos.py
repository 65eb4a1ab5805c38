"""Loops over seeds: each an invented stream, a random schedule of faults, and a comparison with a run without any.

    python -m tests.failure.chaos --seeds 20 [--from 1] [--ledger FILE]

In every loop two workers of each stage and a sender run as processes that a supervisor starts again. While mentions,
repeats and deletions flow, they are killed and frozen, the broker is killed, and the database cuts its connections.
Then all is drained and the tables are held against those of the embedded runtime. One line per seed goes to the ledger.
"""

import argparse
import csv
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from sqlalchemy import func, select

from ingest.kafka.sender import Sender
from ingest.outbox import Outbox
from mentions.records import Deletion, Event, Mention
from mentions.settings import parse
from processors.store import schema
from processors.store.opening import Store, open_store
from tests.distributed import Cluster, Process, embedded, fill, wait_until
from tests.failure.faults import SPREAD_BRANDS, Supervised, closing_beat, keys, mentions, stream
from tests.failure.nursery import Nursery
from tests.kafka import Broker
from tests.kafka import serving as serving_kafka
from tests.playing import a_beat, deletion
from tests.postgres import Server
from tests.postgres import serving as serving_postgres
from tests.tables import AFTER_DELETIONS, difference, tables

MENTIONS = 2_000
FLOW_SECONDS = 8.0
STEPS = 40
FAULTS = 5
SECONDS = 240.0
HEADS = ("seed", "faults", "produced", "stored", "lost", "twice", "differences", "exits", "seconds")


# --- what flows ---


def script(chance: random.Random) -> list[Event]:
    """What is produced, each once: mentions, deletions of posts and of authors behind them, heartbeats."""
    produced: list[Event] = []
    written: list[Mention] = []
    for record in stream(chance):
        produced.append(record)
        if isinstance(record, Mention):
            written.append(record)
            produced += _deletions(chance, written)
        if len(written) == MENTIONS:
            break
    return [*produced, closing_beat(len(produced)), a_beat(len(produced) + 4 * 3600)]


def _deletions(chance: random.Random, written: Sequence[Mention]) -> Iterator[Deletion]:
    moment = len(written) + 0.5
    if chance.random() < 0.03:
        yield deletion(chance.choice(written).post.native_id, moment)
    if chance.random() < 0.002:
        yield deletion(author_id=chance.choice(written).post.author.id, seconds=moment)


def as_sent(chance: random.Random, produced: Sequence[Event]) -> list[Event]:
    """The same with 2 % of the mentions sent again a little later."""
    sent: list[Event] = []
    late: list[tuple[int, Event]] = []
    for place, record in enumerate(produced):
        sent += [again for due, again in late if due <= place]
        late = [(due, again) for due, again in late if due > place]
        sent.append(record)
        if isinstance(record, Mention) and chance.random() < 0.02:
            late.append((place + chance.randint(1, 200), record))
    return sent


def send(path: str, servers: str, prefix: str, partitions: str) -> None:
    """The sender's process: drains an outbox into the raw topic until it is killed."""
    env = {
        "ATALAYA_KAFKA_SERVERS": servers,
        "ATALAYA_KAFKA_PREFIX": prefix,
        "ATALAYA_KAFKA_PARTITIONS": partitions,
    }
    outbox = Outbox(path, durable=False)
    Sender(outbox, parse(b"", env).kafka).run(threading.Event())


# --- what goes wrong ---


@dataclass
class Stage:
    """What a loop plays on."""

    cluster: Cluster
    broker: Broker
    server: Server
    running: Mapping[str, Supervised]


def kill(stage: Stage, chance: random.Random, name: str) -> None:
    """A process ends at once; its supervisor starts another."""
    chosen = chance.choice([key for key in stage.running if key.startswith(name)])
    stage.running[chosen].process.popen.kill()


def freeze(stage: Stage, chance: random.Random, name: str) -> None:
    """A process stands still, perhaps for longer than its group waits for it, and goes on."""
    chosen = chance.choice([key for key in stage.running if key.startswith(name)])
    process = stage.running[chosen].process
    process.pause()
    threading.Timer(chance.uniform(1, 8), process.go_on).start()


def kill_broker(stage: Stage, chance: random.Random) -> None:
    """The broker ends at once, and is there again a moment later."""
    stage.broker.kill()
    time.sleep(chance.uniform(0.2, 2))
    stage.broker.start()


def cut_database(stage: Stage, _: random.Random) -> None:
    """The database cuts every connection, in the middle of whatever it does."""
    name = stage.cluster.store_url.rpartition("/")[2]
    stage.server.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")


Fault = Callable[[Stage, random.Random], None]
KINDS: Mapping[str, Fault] = {
    "kill score": lambda stage, chance: kill(stage, chance, "score"),
    "kill watch": lambda stage, chance: kill(stage, chance, "watch"),
    "kill sender": lambda stage, chance: kill(stage, chance, "sender"),
    "freeze score": lambda stage, chance: freeze(stage, chance, "score"),
    "freeze watch": lambda stage, chance: freeze(stage, chance, "watch"),
    "kill broker": kill_broker,
    "cut database": cut_database,
}


def schedule(chance: random.Random) -> list[tuple[float, str]]:
    """When what goes wrong: at least one worker of each stage is killed; the broker once at most."""
    others = [name for name in KINDS if name != "kill broker"]
    chosen = ["kill score", "kill watch", chance.choice(list(KINDS))]
    chosen += chance.choices(others, k=FAULTS - len(chosen))
    return sorted((chance.uniform(0, FLOW_SECONDS), name) for name in chosen)


# --- one loop ---


@dataclass
class Outcome:
    """One line of the ledger."""

    seed: int
    faults: list[str] = field(default_factory=list)
    produced: int = 0
    stored: int = 0
    lost: int = 0
    twice: int = 0
    differences: list[str] = field(default_factory=list)
    exits: int = 0
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        """Whether nothing is amiss."""
        return not (self.lost or self.twice or self.differences)

    def row(self) -> list[Any]:
        """In the order of `HEADS`."""
        numbers = (self.produced, self.stored, self.lost, self.twice, len(self.differences), self.exits)
        return [self.seed, "; ".join(self.faults), *numbers, round(self.seconds, 1)]


def loop(seed: int, broker: Broker, server: Server, nursery: Nursery) -> Outcome:
    """Play one seed."""
    chance, outcome, started = random.Random(seed), Outcome(seed), time.monotonic()
    produced = script(chance)
    sent, plan = as_sent(chance, produced), schedule(chance)
    outcome.faults = [f"{name} {moment:.1f} s" for moment, name in plan]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="atalaya-chaos-")))
        cluster = stack.enter_context(_cluster(broker, server, folder, seed))
        running = {name: stack.enter_context(one) for name, one in _processes(cluster, nursery).items()}
        stage = Stage(cluster, broker, server, running)
        feeding = threading.Thread(target=_feed, args=(cluster.folder / "chaos.sqlite", sent))
        feeding.start()
        begun = time.monotonic()
        for moment, name in plan:
            time.sleep(max(0.0, begun + moment - time.monotonic()))
            KINDS[name](stage, chance)
        feeding.join()
        _wait_sent(cluster.folder / "chaos.sqlite")
        cluster.wait_drained(SECONDS)
        outcome.exits = sum(len(one.exits) for one in running.values())
        other = stack.enter_context(_database(server))
        _compare(cluster, other, produced, outcome)
    outcome.seconds = time.monotonic() - started
    return outcome


@contextmanager
def _cluster(broker: Broker, server: Server, folder: Path, seed: int) -> Iterator[Cluster]:
    address = server.new_database()
    cluster = Cluster(broker.servers, f"chaos{seed}-{int(time.time())}.", address, folder)
    cluster.brands = SPREAD_BRANDS
    try:
        cluster.prepare()
        yield cluster
    finally:
        cluster.close()
        server.drop(address)


def _processes(cluster: Cluster, nursery: Nursery) -> dict[str, Supervised]:
    outbox = str(cluster.folder / "chaos.sqlite")
    sender = ("send", outbox, cluster.servers, cluster.prefix, str(cluster.partitions))
    commands = {"sender": sender} | {
        f"{stage}{number}": ("work", stage) for stage in ("score", "watch") for number in (1, 2)
    }
    return {name: Supervised(partial(_born, cluster, nursery, name, words)) for name, words in commands.items()}


def _born(cluster: Cluster, nursery: Nursery, name: str, words: Sequence[str]) -> Process:
    log = cluster.folder / f"{name}-{len(cluster.processes)}.log"
    process = Process(name, cast(Any, nursery.start(words, cluster.env, log)), log)
    cluster.processes.append(process)
    return process


def _feed(path: Path, records: Sequence[Event]) -> None:
    """Put records into the outbox over `FLOW_SECONDS`, as a source would."""
    size = -(-len(records) // STEPS)
    for start in range(0, len(records), size):
        fill(path, records[start : start + size])
        time.sleep(FLOW_SECONDS / STEPS)


def _wait_sent(path: Path) -> None:
    outbox = Outbox(path, durable=False)
    try:
        wait_until(lambda: outbox.rows() == 0, "the outbox was sent", SECONDS)
    finally:
        outbox.close()


@contextmanager
def _database(server: Server) -> Iterator[Store]:
    address = server.new_database()
    with open_store(address) as store:
        yield store
    server.drop(address)


def _compare(cluster: Cluster, other: Store, produced: Sequence[Event], outcome: Outcome) -> None:
    posts = [mention.post for mention in mentions(produced)]
    embedded(produced, other, cluster.folder, cluster.settings, cluster.brands)
    outcome.produced = len(keys(produced))
    with cluster.store() as store:
        outcome.stored = _count(store)
        outcome.lost = max(0, outcome.produced - outcome.stored)
        outcome.twice = max(0, outcome.stored - outcome.produced, _bucketed(store) - _bucketed(other))
        left, right = tables(other, posts, AFTER_DELETIONS), tables(store, posts, AFTER_DELETIONS)
        outcome.differences = difference(left, right)


def _count(store: Store) -> int:
    with store.reading() as connection:
        return connection.execute(select(func.count()).select_from(schema.mentions)).scalar_one()


def _bucketed(store: Store) -> int:
    """What all buckets count together."""
    columns = schema.buckets.c
    summed = columns.positive + columns.neutral + columns.negative + columns.unjudged
    with store.reading() as connection:
        return int(connection.execute(select(func.coalesce(func.sum(summed), 0))).scalar_one())


def main() -> int:
    """Loop, print each line, keep the ledger; 1 when anything was amiss."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5, help="how many loops")
    parser.add_argument("--from", type=int, default=1, dest="first", help="the first seed")
    parser.add_argument("--ledger", type=Path, default=Path("build/chaos.csv"), help="lines are added to this file")
    given = parser.parse_args()
    given.ledger.parent.mkdir(parents=True, exist_ok=True)
    outcomes: list[Outcome] = []
    with ExitStack() as stack:
        broker, server = stack.enter_context(serving_kafka(own=True)), stack.enter_context(serving_postgres())
        file = stack.enter_context(given.ledger.open("a", newline=""))
        nursery = stack.enter_context(closing(Nursery()))
        ledger = csv.writer(file)
        if not given.ledger.stat().st_size:
            ledger.writerow(HEADS)
        print("\t".join(HEADS))
        for seed in range(given.first, given.first + given.seeds):
            outcome = loop(seed, broker, server, nursery)
            outcomes.append(outcome)
            ledger.writerow(outcome.row())
            file.flush()
            print("\t".join(map(str, outcome.row())), flush=True)
            for line in outcome.differences[:5]:
                print(f"  {line}")
    lost, twice = (sum(getattr(outcome, name) for outcome in outcomes) for name in ("lost", "twice"))
    good = sum(outcome.good for outcome in outcomes)
    print(f"{len(outcomes)} loops, {good} without a difference; {lost} lost, {twice} counted twice")
    return 0 if good == len(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
