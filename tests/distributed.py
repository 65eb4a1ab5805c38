"""The distributed runtime under test: its own processes over a real broker and a real store. All is invented.

Every wait has a deadline, every topic and group a fresh name. `Cluster` is what one test plays with.
"""

import atexit
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import KafkaError
from sqlalchemy import select

from atalaya.brand_desk import BrandDesk
from atalaya.judging import judges_of
from ingest.kafka.brand_topic import publish
from ingest.kafka.sender import Sender
from ingest.kafka.topics import TopicAdmin, topic_name
from ingest.outbox import Outbox
from mentions.brands import Brand, BrandRecord
from mentions.codec import encode
from mentions.errors import StoreUnavailable
from mentions.records import Event
from mentions.settings import Settings, parse
from mentions.topics import DEAD, RAW, SCORED
from processors.runtime.embedded import EmbeddedRuntime
from processors.store import brands as stored_brands
from processors.store import schema
from processors.store.opening import Store, open_store
from processors.ticks import TimeRules
from tests import lifeline
from tests.failure.nursery import Born, Nursery
from tests.playing import BRANDS, NOW

DEADLINE = 60.0
"""Seconds that anything may take; a busy machine is slow, a hanging one is a failure."""
SESSION_SECONDS = 6
PARTITIONS = 3
STAGES = (("score", RAW), ("watch", SCORED))
ROOT = Path(__file__).parents[1]


@cache
def _nursery() -> Nursery:
    """One for each test process: most of what a worker costs a machine is importing itself."""
    nursery = Nursery()
    atexit.register(nursery.close)
    return nursery


def wait_until(condition: Callable[[], bool], what: str | Callable[[], str], seconds: float = DEADLINE) -> float:
    """Wait until `condition()`; how long it took. Fails at the deadline with `what`, which may be asked for then."""
    started = time.monotonic()
    while not condition():
        late = time.monotonic() - started >= seconds
        assert not late, f"not within {seconds:.0f} s: {what if isinstance(what, str) else what()}"
        time.sleep(min(0.5, max(0.05, (time.monotonic() - started) / 20)))  # looking costs, too
    return time.monotonic() - started


@dataclass
class Process:
    """A process of ours under test; its words are in `log`."""

    name: str
    popen: subprocess.Popen[bytes] | Born
    log: Path

    def words(self) -> str:
        """What it said so far."""
        return self.log.read_text(errors="replace")

    def says(self, words: str, seconds: float = DEADLINE) -> None:
        """Wait until it has said `words`."""
        wait_until(
            lambda: words in self.words(), lambda: f"{self.name} says {words!r}; it said:\n{self.words()}", seconds
        )

    def running(self) -> bool:
        """Whether it has not ended."""
        return self.popen.poll() is None

    def kill(self) -> None:
        """End it as a power cut would."""
        self.popen.kill()
        self.popen.wait(DEADLINE)

    def stop(self, seconds: float = DEADLINE) -> int:
        """Ask it to end; its exit code."""
        self.popen.terminate()
        return self.ended(seconds)

    def ended(self, seconds: float = DEADLINE) -> int:
        """Wait until it has ended by itself; its exit code."""
        try:
            return self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} did not end; it said:\n{self.words()}") from None

    def pause(self) -> None:
        """Stop it as a debugger or a frozen machine would; `go_on` wakes it."""
        self.popen.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Wake it."""
        self.popen.send_signal(signal.SIGCONT)


@dataclass
class Cluster:
    """Topics, a store and the processes between them.

    Attributes:
        hook: a file of Python that each worker runs first (`tests/failure/hooks`), to break what a test wants broken.
    """

    servers: str
    prefix: str
    store_url: str
    folder: Path
    brands: Sequence[Brand] = BRANDS
    partitions: int = PARTITIONS
    more_settings: Mapping[str, str] = field(default_factory=dict)
    processes: list[Process] = field(default_factory=list)
    _sent: int = 0

    # --- settings ---

    @property
    def env(self) -> dict[str, str]:
        """The settings of every process, as environment variables."""
        return {
            "ATALAYA_KAFKA_SERVERS": self.servers,
            "ATALAYA_KAFKA_PREFIX": self.prefix,
            "ATALAYA_KAFKA_PARTITIONS": str(self.partitions),
            "ATALAYA_STORE_URL": self.store_url,
            "ATALAYA_OUTBOX_PATH": str(self.folder / "outbox.sqlite"),
            "ATALAYA_WORK_SESSION_SECONDS": str(SESSION_SECONDS),
            "ATALAYA_METRICS_PORT": "0",
            "ATALAYA_LOG_FORMAT": "json",
            "ATALAYA_TIME_ALLOWANCE_SECONDS": "30",
            **self.more_settings,
        }

    @property
    def settings(self) -> Settings:
        """The same, read."""
        return parse(b"", self.env)

    def topic(self, topic: Any) -> str:
        """Full name of one of `mentions.topics`."""
        return topic_name(self.settings.kafka, topic)

    # --- setting up ---

    def prepare(self) -> None:
        """Make topics and store, and publish the brands."""
        with TopicAdmin(self.settings.kafka) as admin:
            admin.ensure()
        with self.store() as store:
            BrandDesk(store).seed(self.brands, NOW)
            with store.reading() as connection:
                versions: list[BrandRecord] = [*stored_brands.all_versions(connection)]
        publish(self.settings.kafka, versions)

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The store, opened."""
        with open_store(self.store_url) as store:
            yield store

    # --- processes ---

    def worker(self, stage: str, *, hook: str = "", accept_gap: bool = False, **env: str) -> Process:
        """Start `atalaya work STAGE` in the nursery; `hook` names a file in tests/failure/hooks."""
        name = f"{stage}{len(self.processes)}"
        log, words = self.folder / f"{name}.log", ["work", stage, *(["--accept-gap"] if accept_gap else [])]
        born = _nursery().start(words, {**self.env, **env}, log, hook=hook)
        process = Process(name, born, log)
        self.processes.append(process)
        return process

    def start(self, name: str, command: Sequence[str], **env: str) -> Process:
        """Start a process with the settings of this cluster; it ends with the test, or with a killed test run."""
        log = self.folder / f"{name}.log"
        clean = {key: value for key, value in os.environ.items() if not key.startswith("ATALAYA_")}
        with log.open("ab") as out:
            popen = lifeline.popen(command, stdout=out, stderr=out, cwd=ROOT, env={**clean, **self.env, **env})
        process = Process(name, popen, log)
        self.processes.append(process)
        return process

    def close(self) -> None:
        """End every process that a test has left."""
        for process in self.processes:
            if process.running():
                process.go_on()
                process.kill()

    # --- what goes in ---

    def send(self, records: Iterable[Event | bytes], *, outbox: Path | None = None, seconds: float = DEADLINE) -> None:
        """Put records through an outbox and the sender; returns when the brokers have acknowledged them."""
        path = outbox or self.folder / "sent.sqlite"
        fill(path, records)
        asked_to_end, reader = threading.Event(), Outbox(path, durable=False)
        asked_to_end.set()  # when it has sent all: it ends at once

        def is_sent() -> bool:
            Sender(reader, self.settings.kafka).run(asked_to_end)
            return reader.rows() == 0

        try:
            wait_until(is_sent, "the outbox was sent", seconds)
        finally:
            reader.close()

    def produce(self, topic: Any, values: Iterable[bytes], *, partition: int = 0, key: bytes | None = None) -> None:
        """Write values past everything of ours."""
        producer = KafkaProducer(bootstrap_servers=self.servers, max_request_size=16 * 2**20)
        try:
            sent = [producer.send(self.topic(topic), value, key=key, partition=partition) for value in values]
            for future in sent:
                future.get(DEADLINE)
        finally:
            producer.close()

    # --- what comes out ---

    def ends(self, topic: Any) -> dict[int, int]:
        """Where each partition of a topic ends."""
        admin = KafkaAdminClient(bootstrap_servers=self.servers)
        try:
            count = len(admin.describe_topics([self.topic(topic)])[0]["partitions"])
            places = {TopicPartition(self.topic(topic), number): OffsetSpec.LATEST for number in range(count)}
            return {tp.partition: found.offset for tp, found in admin.list_partition_offsets(places).items()}
        finally:
            admin.close()

    def committed(self, stage: str, topic: Any) -> dict[int, int]:
        """Where a stage's group stands."""
        with TopicAdmin(self.settings.kafka) as topics:
            group = f"{self.prefix}atalaya-{stage}-{topics.log_id(self.topic(topic))}"
        admin = KafkaAdminClient(bootstrap_servers=self.servers)
        try:
            found = admin.list_group_offsets(group)
        except KafkaError:
            return {}
        finally:
            admin.close()
        offsets = found.get(group, found)
        return {tp.partition: meta.offset for tp, meta in offsets.items()}

    def is_scored(self) -> bool:
        """Whether SCORE has committed everything in the raw topic."""
        committed, ends = self.committed("score", RAW), self.ends(RAW)
        return all(committed.get(partition, 0) >= end for partition, end in ends.items())

    def is_watched(self) -> bool:
        """Whether the store has everything in the scored topic."""
        with TopicAdmin(self.settings.kafka) as topics:
            log_id = topics.log_id(self.topic(SCORED))
        query = select(schema.progress.c.partition, schema.progress.c.offset).where(schema.progress.c.log_id == log_id)
        try:
            with self.store() as store, store.reading() as connection:
                done = {row.partition: row.offset + 1 for row in connection.execute(query)}
        except StoreUnavailable:
            return False
        return all(done.get(partition, 0) >= end for partition, end in self.ends(SCORED).items())

    def wait_drained(self, seconds: float = DEADLINE) -> None:
        """Wait until everything sent so far is in the store."""
        wait_until(self.is_scored, lambda: f"SCORE has judged everything\n{self._words()}", seconds)
        wait_until(self.is_watched, lambda: f"the store has everything\n{self._words()}", seconds)

    def _words(self) -> str:
        said = "\n".join(f"--- {process.name}\n{process.words()[-2000:]}" for process in self.processes)
        return f"{self.standing()}\n{said}"

    def standing(self) -> str:
        """Where each stage is in its topic, and who has which partitions: what tells a stall from a slow machine."""
        lines = [
            f"{stage}: ends {self.ends(topic)}, committed {self.committed(stage, topic)}" for stage, topic in STAGES
        ]
        with TopicAdmin(self.settings.kafka) as topics:
            groups = [f"{self.prefix}atalaya-{stage}-{topics.log_id(self.topic(topic))}" for stage, topic in STAGES]
        admin = KafkaAdminClient(bootstrap_servers=self.servers)
        try:
            lines += [f"{name}: {found}" for name, found in admin.describe_groups(groups).items()]
        except KafkaError as error:
            lines.append(f"the groups cannot be asked: {error}")
        finally:
            admin.close()
        try:
            with self.store() as store, store.reading() as connection:
                lines += [str(tuple(row)) for row in connection.execute(select(schema.progress))]
        except StoreUnavailable as error:
            lines.append(str(error))
        return "\n".join(lines)

    def records(self, topic: Any) -> list[Any]:
        """Every record of a topic, as kafka-python has them, by partition and offset."""
        ends = self.ends(topic)
        consumer = KafkaConsumer(bootstrap_servers=self.servers, auto_offset_reset="earliest")
        try:
            places = [TopicPartition(self.topic(topic), partition) for partition in ends]
            consumer.assign(places)
            consumer.seek_to_beginning(*places)
            found: list[Any] = []
            total = sum(ends.values()) - sum(consumer.beginning_offsets(places).values())
            deadline = time.monotonic() + DEADLINE
            while len(found) < total:
                assert time.monotonic() < deadline, f"read {len(found)} of {total} records"
                for batch in consumer.poll(timeout_ms=200).values():
                    found += batch
            return sorted(found, key=lambda record: (record.partition, record.offset))
        finally:
            consumer.close()

    def dead(self) -> list[dict[str, Any]]:
        """The dead letters: their headers, and `payload`."""
        return [
            {**{name: value.decode() for name, value in record.headers}, "payload": record.value}
            for record in self.records(DEAD)
        ]


def fill(path: Path, records: Iterable[Event | bytes]) -> None:
    """Put records into an outbox as they are."""
    outbox = Outbox(path, durable=False)
    try:
        with outbox.together():
            outbox._append([record if isinstance(record, bytes) else encode(record) for record in records])
    finally:
        outbox.close()


def payloads(path: Path) -> list[bytes]:
    """What an outbox holds."""
    outbox = Outbox(path, durable=False)
    try:
        return [payload for _, payload in outbox.read(outbox.pruned_until(), 10**9)]
    finally:
        outbox.close()


def embedded(
    records: Iterable[Event | bytes], store: Store, folder: Path, settings: Settings, brands: Sequence[Brand]
) -> None:
    """Run the same records through the embedded runtime into a store: what the others are compared with."""
    fill(folder / "embedded.sqlite", records)
    desk = BrandDesk(store)
    desk.seed(brands, NOW)
    log = Outbox(folder / "embedded.sqlite", durable=False)
    try:
        rules = TimeRules(timedelta(seconds=settings.time.allowance_seconds))
        runtime = EmbeddedRuntime(log, store, judges_of(settings), desk.book, rules, lambda: NOW, prune=False)
        runtime.start()
        while runtime.step() is not None:
            pass
    finally:
        log.close()
