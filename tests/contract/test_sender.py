"""The sender against real brokers: where records go, in which order, and that none is lost whatever happens."""

import logging
import random
import sqlite3
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.admin import ConfigResource

from ingest.kafka import attempt, connecting, raw_topic, tidying
from ingest.kafka.connecting import connect
from ingest.kafka.sender import Sender, SenderState
from ingest.kafka.topics import TopicAdmin, topic_name
from ingest.outbox import Batch, Outbox
from mentions.codec import decode, encode
from mentions.errors import OutboxUnavailable
from mentions.partitioning import author_key, partition_of
from mentions.records import Deletion, Heartbeat, Mention
from mentions.settings_streaming import KafkaSettings
from mentions.topics import RAW
from tests.kafka import Broker, MissingBrokerError, serving
from tests.playing import MORNING, a_mention, a_post, deletion

PARTITIONS = 3
WITHIN = 60.0
"""Seconds; a killed broker takes about five to be back."""


def wait_for(what: Callable[[], bool], told: str, within: float = WITHIN) -> None:
    """Return when it is so; fail, saying what was waited for, when it takes too long."""
    deadline = time.monotonic() + within
    while not what():
        assert time.monotonic() < deadline, f"not within {within} s: {told}"
        time.sleep(0.02)


@dataclass
class Bench:
    """An outbox, and a topic to send it to."""

    kafka: KafkaSettings
    path: Path
    outbox: Outbox
    states: list[SenderState] = field(default_factory=list)

    @property
    def topic(self) -> str:
        """Full name of the raw topic."""
        return topic_name(self.kafka, RAW)

    @property
    def state(self) -> SenderState:
        """The last that was told."""
        return self.states[-1] if self.states else SenderState()

    def write(self, *records: Mention | Deletion) -> None:
        """Commit as a source would."""
        self.outbox.commit(Batch("bluesky", "main", records))

    def beat(self, shard: str = "main") -> Heartbeat:
        """Let the source speak."""
        return self.outbox.heartbeat(
            "bluesky", shard, at=MORNING, source_class="stream", complete_until=MORNING, holds=True
        )

    @contextmanager
    def sending(self, **options: Any) -> Iterator[threading.Event]:
        """Run a sender beside; at the end it drains. What is yielded stops it."""
        outbox = Outbox(self.path)
        sender, stop = Sender(outbox, self.kafka, observe=self.states.append, **options), threading.Event()
        failed: list[BaseException] = []

        def run() -> None:
            try:
                sender.run(stop)
            except BaseException as error:
                failed.append(error)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        try:
            yield stop
        finally:
            stop.set()
            thread.join(WITHIN)
            outbox.close()
        assert not thread.is_alive()
        assert not failed, failed

    def drain(self, **options: Any) -> None:
        """Send all that is there."""
        with self.sending(**options):
            pass

    def sent(self, count: int) -> Callable[[], bool]:
        """Whether so many were acknowledged."""
        return lambda: self.state.sent >= count

    def read(self) -> list[Any]:
        """Everything in the topic, partition by partition."""
        with closing(connect(KafkaConsumer, self.kafka, "test", enable_auto_commit=False)) as consumer:
            places = [TopicPartition(self.topic, number) for number in range(PARTITIONS)]
            consumer.assign(places)
            consumer.seek_to_beginning()
            ends = consumer.end_offsets(places)
            found: list[Any] = []
            deadline = time.monotonic() + WITHIN
            while any(consumer.position(place) < ends[place] for place in places):
                assert time.monotonic() < deadline
                for records in consumer.poll(timeout_ms=500).values():
                    found += records
        return sorted(found, key=lambda record: (record.partition, record.offset))

    def admin(self) -> Any:
        """Kafka's own tools."""
        return closing(connect(KafkaAdminClient, self.kafka, "test"))


@pytest.fixture
def make_bench(tmp_path: Path, topic_prefix: str) -> Iterator[Callable[[Broker], Bench]]:
    """Makes a bench with its topics on a broker."""
    benches: list[Bench] = []

    def make(broker: Broker) -> Bench:
        kafka = KafkaSettings(servers=(broker.servers,), prefix=topic_prefix, partitions=PARTITIONS)
        with TopicAdmin(kafka) as admin:
            admin.ensure()
        path = tmp_path / f"outbox{len(benches)}.sqlite"
        benches.append(Bench(kafka, path, Outbox(path)))
        return benches[-1]

    yield make
    for bench in benches:
        bench.outbox.close()


@pytest.fixture
def bench(kafka: Broker, make_bench: Callable[[Broker], Bench]) -> Bench:
    """A bench on the shared broker."""
    return make_bench(kafka)


@pytest.fixture(scope="module")
def broker_to_end() -> Iterator[Broker]:
    """One broker for all tests that end one."""
    try:
        with serving(own=True) as broker:
            yield broker
    except MissingBrokerError as error:
        pytest.skip(str(error))


@pytest.fixture
def mortal(broker_to_end: Broker) -> Iterator[Broker]:
    """A running broker that the test may kill and hold; it runs again afterwards."""
    yield broker_to_end
    broker_to_end.resume()
    if not broker_to_end.is_running:
        broker_to_end.start()


def posts(count: int, authors: int = 40, first: int = 0) -> list[Mention]:
    """Mentions with running ids, by so many authors in a seeded order."""
    chance = random.Random(first)
    return [a_mention(a_post(f"{n}", author=f"a{chance.randrange(authors)}")) for n in range(first, first + count)]


def mention_ids(records: Sequence[Any]) -> list[str]:
    """Native ids of the mentions among records, in their order."""
    events = [decode(record.value) for record in records]
    return [event.post.native_id for event in events if isinstance(event, Mention)]


def assert_in_order(records: Sequence[Any]) -> None:
    """What each author wrote stands in the order of the outbox (ids are running numbers)."""
    by_author = defaultdict(list)
    for record in records:
        event = decode(record.value)
        if isinstance(event, Mention):
            by_author[event.post.author.id].append(int(event.post.native_id))
    assert all(ids == sorted(ids) for ids in by_author.values())


# --- what arrives ---


def test_records_arrive_as_documented(bench: Bench) -> None:
    """Mentions by their author's key in its partition, heartbeats in every partition, deletions with their author or,
    without one, in every partition; each with its kind in the header and the bytes of the outbox as value.
    """
    mentions = posts(60)
    of_bluesky = deletion("at://did:plc:ana/app.bsky.feed.post/3k")
    bench.write(*mentions)
    bench.beat()
    bench.write(of_bluesky, deletion("17"), deletion(author_id="a3"))
    rows = [payload for _, payload in bench.outbox.read(0, 1_000)]
    bench.drain()
    found = bench.read()
    assert Counter(record.value for record in found) == Counter(rows[:60]) + Counter(
        {rows[60]: PARTITIONS, rows[61]: 1, rows[62]: PARTITIONS, rows[63]: 1}
    )
    for record in found:
        event = decode(record.value)
        tag = msgspec.json.decode(record.value)["record"]
        assert record.headers == [("record", tag.encode())]
        match event:
            case Mention():
                key = author_key("bluesky", event.post.author.id)
                assert (record.key, record.partition) == (key.encode(), partition_of(key, PARTITIONS))
            case Deletion(native_id="17") | Heartbeat():
                assert record.key is None
            case Deletion(native_id=None):
                assert (record.key, record.partition) == (b"bluesky:a3", partition_of("bluesky:a3", PARTITIONS))
            case Deletion():
                assert record.key == b"bluesky:did:plc:ana"
    assert_in_order(found)
    assert bench.state == SenderState(connected=True, detail="", sent=64)
    assert bench.outbox.rows() == 0


def test_heartbeats_and_deletions_wait_for_all_before_them(bench: Bench) -> None:
    """By the brokers' own clock, no heartbeat and no deletion is written before every earlier row, in any partition."""
    with bench.admin() as client:
        client.alter_configs([ConfigResource("TOPIC", bench.topic, {"message.timestamp.type": "LogAppendTime"})])
    for number in range(30):
        bench.write(*posts(40, first=40 * number))
        bench.beat(f"shard{number}")
        bench.write(deletion(author_id=f"a{number}"))
    place = {payload: offset for offset, payload in bench.outbox.read(0, 10_000)}
    bench.drain()
    waits = {offset for payload, offset in place.items() if not isinstance(decode(payload), Mention)}
    latest = 0
    for offset, at in sorted((place[record.value], record.timestamp) for record in bench.read()):
        assert at >= latest or offset not in waits, f"row {offset} was written before an earlier one"
        latest = max(latest, at)


def test_a_second_run_goes_on_where_the_first_ended(bench: Bench) -> None:
    """What was acknowledged is pruned and not sent again; an outbox that another process used before is continued."""
    bench.write(*posts(100))
    bench.drain()
    bench.outbox.prune(100)
    bench.write(*posts(100, first=100))
    bench.outbox.prune(150)  # as the embedded runtime did
    bench.drain()
    assert Counter(mention_ids(bench.read())) == Counter(str(n) for n in [*range(100), *range(150, 200)])


def test_pruning_goes_in_chunks(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The outbox is pruned per some hundreds of records, not per record."""
    pruned: list[int] = []
    prune = Outbox.prune
    monkeypatch.setattr(Outbox, "prune", lambda self, until: (pruned.append(until), prune(self, until)))
    bench.write(*posts(3_000))
    bench.drain()
    assert pruned[-1] == 3_000
    assert len(pruned) < 20


def test_deleted_text_leaves_the_disk(bench: Bench) -> None:
    """After a deletion was sent, the text that it deletes is in no file of the outbox, nor is a refused copy of it."""
    text = "lumbre en secreto"
    big = a_mention(a_post("2", text=f"{text} {'x' * RAW.max_bytes}", author="ana"))
    bench.write(a_mention(a_post("1", text=text, author="ana")), big)
    files = list(bench.path.parent.glob("outbox*"))
    assert any(text.encode() in file.read_bytes() for file in files)
    bench.drain()
    assert [offset for offset, *_ in bench.outbox.refused()] == [2]
    bench.write(deletion(author_id="ana"))
    bench.drain()
    assert bench.outbox.refused() == []
    assert not any(text.encode() in file.read_bytes() for file in bench.path.parent.glob("outbox*"))


# --- what is refused ---


def test_a_record_larger_than_the_topic_is_kept_aside(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """It moves to `refused` with time and reason, one line tells offset, size and place but no text; the rest goes."""
    before, after = posts(10), posts(10, first=20)
    giant = a_mention(a_post("15", text="lumbre gigante " + "x" * RAW.max_bytes))
    bench.write(*before, giant, *after)
    bench.beat()
    with caplog.at_level(logging.INFO):
        bench.drain(now=lambda: MORNING)
    assert Counter(mention_ids(bench.read())) == Counter(str(n) for n in [*range(10), *range(20, 30)])
    ((offset, at, reason, payload),) = bench.outbox.refused()
    assert (offset, at, payload) == (11, MORNING.isoformat(), encode(giant))
    assert reason.startswith("larger than the ")
    assert (bench.outbox.rows(), bench.outbox.bytes_used()) == (0, 0)
    (line,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    told = vars(line)
    assert (told["offset"], told["bytes"]) == (11, len(payload))
    assert str(bench.path) in told["kept"]
    assert "gigante" not in str(told)
    assert (bench.state.refused, bench.state.failures, bench.state.connected) == (1, 0, True)


@pytest.mark.parametrize("known", [True, False], ids=["limit known", "limit hidden"])
def test_a_record_that_the_broker_refuses_is_found_among_its_neighbours(
    bench: Bench, known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the topic takes less than it did at the start, the one record that is too large is put aside; those that
    kafka-python fails together with it arrive. So also where the new limit may not be seen.
    """
    if not known:  # as for a user without the right to see settings
        monkeypatch.setattr(TopicAdmin, "max_bytes", lambda *_: None)
    noise = random.Random(1).randbytes(150_000).hex()
    with bench.sending():
        bench.write(*posts(5))
        wait_for(bench.sent(5), "the first five")
        with bench.admin() as client:
            client.alter_configs([ConfigResource("TOPIC", bench.topic, {"max.message.bytes": "100000"})])
        time.sleep(1.0)  # the broker takes it over
        bench.write(*posts(50, first=100), a_mention(a_post("7", text=noise)), *posts(50, first=200))
        wait_for(lambda: bench.outbox.rows() == 0, "an empty outbox")
    found = bench.read()
    assert set(mention_ids(found)) == {str(n) for n in [*range(5), *range(100, 150), *range(200, 250)]}
    ((offset, _, reason, _),) = bench.outbox.refused()
    assert offset == 56
    assert reason.startswith("larger than the " if known else f"refused by {bench.topic}")
    assert bench.state.connected


def test_a_row_that_cannot_be_read_is_kept_aside(bench: Bench) -> None:
    """Bytes that our own writer cannot have made do not stop the rest."""
    bench.write(*posts(3))
    with closing(sqlite3.connect(bench.path)) as db, db:
        db.execute("UPDATE records SET payload = ? WHERE offset = 2", (b"\xffnonsense",))
    bench.drain()
    assert Counter(mention_ids(bench.read())) == Counter(["0", "2"])
    ((offset, _, reason, payload),) = bench.outbox.refused()
    assert (offset, payload) == (2, b"\xffnonsense")
    assert reason.startswith("cannot be read")


# --- topics that are not as they must be ---


def test_it_waits_for_a_missing_topic(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """It says which topic is missing and what makes it, once, and goes on when somebody did."""
    with bench.admin() as client:
        client.delete_topics([bench.topic])
    bench.write(*posts(10))
    sentence = f"the topic {bench.topic} is missing; run `atalaya topics ensure`"
    with caplog.at_level(logging.INFO), bench.sending():
        wait_for(lambda: bench.state.failures >= 2, "two attempts")
        assert (bench.state.connected, bench.state.detail) == (False, sentence)
        with TopicAdmin(bench.kafka) as admin:
            admin.ensure()
        wait_for(bench.sent(10), "ten records")
    assert Counter(mention_ids(bench.read())) == Counter(str(n) for n in range(10))
    told = [record.message for record in caplog.records if record.name == "ingest.kafka.sender"]
    assert told == ["Kafka takes no records now", "Kafka takes records again"]


def test_it_does_not_send_to_other_partitions_than_configured(bench: Bench) -> None:
    """A key would land elsewhere than its readers expect: it says so and sends nothing."""
    bench.write(*posts(10))
    others = Bench(msgspec.structs.replace(bench.kafka, partitions=5), bench.path, bench.outbox)
    with others.sending():
        wait_for(lambda: others.state.failures >= 1, "one attempt")
        assert "has 3 partitions and must have 5" in others.state.detail
    assert bench.read() == []
    assert bench.outbox.rows() == 10


def test_a_topic_made_anew_is_gone_on_with(bench: Bench) -> None:
    """Deleted and made again while records are sent: what is not yet acknowledged goes to the new one."""
    with bench.sending():
        bench.write(*posts(10))
        wait_for(bench.sent(10), "ten records")
        with bench.admin() as client:
            client.delete_topics([bench.topic])
        with TopicAdmin(bench.kafka) as admin:
            admin.ensure()
        bench.write(*posts(10, first=10))
        wait_for(bench.sent(20), "twenty records")
    assert set(mention_ids(bench.read())) == {str(n) for n in range(10, 20)}


# --- brokers that go away ---


def test_killed_brokers_lose_and_double_nothing(
    mortal: Broker, make_bench: Callable[[Broker], Bench], caplog: pytest.LogCaptureFixture
) -> None:
    """Killed three times while 5,000 records are sent: all are there once, each author's in order, by one producer."""
    bench = make_bench(mortal)
    chance = random.Random(4)
    total = 5_000

    def feed() -> None:
        for first in range(0, total, 50):
            bench.write(*posts(50, first=first))
            bench.beat()
            time.sleep(0.01)

    feeding = threading.Thread(target=feed)
    with caplog.at_level(logging.INFO), bench.sending():
        feeding.start()
        for share in (0.1, 0.4, 0.7):
            wait_for(bench.sent(int(share * total)), f"{share:.0%} of the records")
            time.sleep(chance.uniform(0, 0.1))
            mortal.kill()
            time.sleep(chance.uniform(0.1, 1.0))
            mortal.start()
        feeding.join(WITHIN)
        wait_for(lambda: bench.outbox.rows() == 0, "an empty outbox")
    found = bench.read()
    assert Counter(mention_ids(found)) == Counter(str(n) for n in range(total))
    assert_in_order(found)
    assert (bench.state.failures, bench.state.sent) == (0, total + total // 50)
    assert len([line for line in caplog.records if line.name.startswith("ingest")]) <= 7


def test_kafka_may_be_down_at_the_start(
    mortal: Broker, make_bench: Callable[[Broker], Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The outbox grows, nothing is in flight, the reason is told; when brokers come, everything arrives."""
    monkeypatch.setattr(connecting, "BOOTSTRAP_SECONDS", 1.0)
    bench = make_bench(mortal)
    mortal.kill()
    with bench.sending():
        for first in range(0, 1_000, 100):
            bench.write(*posts(100, first=first))
        wait_for(lambda: bench.state.failures >= 1, "a first attempt", within=30)
        assert not bench.state.connected
        assert "connection refused" in bench.state.detail
        assert bench.outbox.rows() == 1_000
        assert max(state.in_flight for state in bench.states) == 0
        mortal.start()
        wait_for(bench.sent(1_000), "all records")
        assert bench.state.connected
    found = bench.read()
    assert Counter(mention_ids(found)) == Counter(str(n) for n in range(1_000))
    assert_in_order(found)


def test_what_is_in_flight_is_bounded_while_brokers_are_silent(
    mortal: Broker, make_bench: Callable[[Broker], Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Held brokers: no more than the bound is taken from the outbox, it is said that they are silent, and afterwards
    everything arrives once.
    """
    monkeypatch.setattr(attempt, "SILENT_SECONDS", 2.0)
    bench = make_bench(mortal)
    with bench.sending(max_in_flight=200):
        bench.write(*posts(10))
        wait_for(bench.sent(10), "the first ten")
        mortal.pause()
        for first in range(10, 5_010, 500):
            bench.write(*posts(500, first=first))
        wait_for(lambda: not bench.state.connected, "that silence is told")
        assert bench.state.in_flight == 200
        assert bench.outbox.rows() >= 5_000
        mortal.resume()
        wait_for(bench.sent(5_010), "all records")
    assert max(state.in_flight for state in bench.states) == 200
    assert Counter(mention_ids(bench.read())) == Counter(str(n) for n in range(5_010))
    assert bench.state.connected


def test_a_producer_that_gives_up_is_replaced(
    mortal: Broker, make_bench: Callable[[Broker], Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Brokers away for longer than a producer tries: another producer sends again from the first unacknowledged row;
    nothing is lost, and what was acknowledged is not sent again, though the outbox still holds it.
    """
    monkeypatch.setattr(tidying, "PRUNE_SECONDS", 1e9)
    options = raw_topic._options
    hasty = {"request_timeout_ms": 1_000, "delivery_timeout_ms": 3_000, "max_block_ms": 2_000}
    monkeypatch.setattr(raw_topic, "_options", lambda max_bytes: options(max_bytes) | hasty)
    bench = make_bench(mortal)
    with bench.sending():
        bench.write(*posts(100))
        wait_for(bench.sent(100), "the first hundred")
        mortal.kill()
        bench.write(*posts(100, first=100))
        bench.beat()
        wait_for(lambda: bench.state.failures >= 1, "the end of a producer")
        assert bench.state.in_flight == 0
        mortal.start()
        assert bench.outbox.rows() == 201
        wait_for(bench.sent(201), "the rest")
    counted = Counter(mention_ids(bench.read()))
    assert set(counted) == {str(n) for n in range(200)}
    assert {counted[str(n)] for n in range(100)} == {1}


def test_the_end_does_not_wait_for_brokers_that_are_away(mortal: Broker, make_bench: Callable[[Broker], Bench]) -> None:
    """Asked to end while brokers are silent, it ends within seconds; the rest stays in the outbox for the next run."""
    bench = make_bench(mortal)
    with bench.sending() as stop:
        bench.write(*posts(10))
        wait_for(bench.sent(10), "the first ten")
        mortal.pause()
        bench.write(*posts(10, first=10))
        wait_for(lambda: bench.state.in_flight > 0, "records in flight")
        begun = time.monotonic()
        stop.set()
    assert time.monotonic() - begun < 20
    assert bench.outbox.rows() == 10
    mortal.resume()
    bench.drain()
    assert set(mention_ids(bench.read())) == {str(n) for n in range(20)}


def test_the_end_is_bounded_and_what_is_left_is_sent_at_the_next_start(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked to end with a long outbox, it ends in time and keeps the rest, which the next run sends: none is lost."""
    monkeypatch.setattr(attempt, "DRAIN_SECONDS", 0.5)
    names = [str(number) for number in range(5_000)]
    bench.write(*(a_mention(a_post(name)) for name in names))
    with bench.sending(max_in_flight=1):
        wait_for(bench.sent(1), "one was sent")
        asked = time.monotonic()
    assert time.monotonic() - asked < 10
    assert 0 < bench.outbox.rows() < len(names)

    monkeypatch.setattr(attempt, "DRAIN_SECONDS", WITHIN)
    bench.drain()

    assert bench.outbox.rows() == 0
    found = [decode(record.value) for record in bench.read()]
    assert {record.post.native_id for record in found if isinstance(record, Mention)} == set(names)


def test_the_end_is_at_once_where_brokers_were_just_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two attempts to reach them, a stop is not held up by a third."""
    monkeypatch.setattr(connecting, "BOOTSTRAP_SECONDS", 0.5)
    path = tmp_path / "outbox.sqlite"
    bench = Bench(KafkaSettings(servers=("127.0.0.1:1",), partitions=PARTITIONS), path, Outbox(path))
    bench.write(*posts(10))
    with bench.sending() as stop:
        wait_for(lambda: bench.state.failures >= 4, "four attempts")  # the pause is long by now
        begun = time.monotonic()
        stop.set()
    assert time.monotonic() - begun < 0.4
    assert bench.outbox.rows() == 10
    bench.outbox.close()


def test_a_full_disk_stops_pruning_and_nothing_else(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """While the outbox cannot be pruned, records are sent all the same, each once; one line tells it."""
    monkeypatch.setattr(tidying, "PRUNE_SECONDS", 0.0)
    failing, prune = threading.Event(), Outbox.prune

    def full(self: Outbox, until: int) -> None:
        if failing.is_set():
            raise OutboxUnavailable("the disk is full")
        prune(self, until)

    monkeypatch.setattr(Outbox, "prune", full)
    failing.set()
    with caplog.at_level(logging.INFO), bench.sending():
        bench.write(*posts(100))
        wait_for(bench.sent(100), "all records")
        bench.write(*posts(100, first=100))
        wait_for(bench.sent(200), "all records")
        failing.clear()
        wait_for(lambda: bench.outbox.rows() == 0, "an empty outbox")
    assert Counter(mention_ids(bench.read())) == Counter(str(n) for n in range(200))
    assert [line.message for line in caplog.records].count("pruning must wait") == 1
