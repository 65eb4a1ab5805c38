"""F4: the broker is killed again and again while the sender has records under way."""

import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from ingest.kafka.sender import Sender, SenderState
from ingest.outbox import Outbox
from mentions.codec import decode
from mentions.records import Event, Mention
from mentions.topics import RAW
from tests.distributed import Cluster, fill, wait_until
from tests.failure.faults import AUTHORS, PATIENT, mentions, some_posts
from tests.kafka import Broker

pytestmark = pytest.mark.kafka
IN_FLIGHT = 200
"""Records that may be under way: few, so that every kill meets some that are and many that are still to come."""


class Killer:
    """Kills the broker when so many records are acknowledged and others are under way, and revives it.

    Attributes:
        states: the sender's just before each kill. last: the sender's newest.
    """

    def __init__(self, broker: Broker, at: list[int], chance: random.Random) -> None:
        self._broker, self._at, self._chance = broker, at, chance
        self.states: list[SenderState] = []
        self.last = SenderState()
        self._threads: list[threading.Thread] = []

    def __call__(self, state: SenderState) -> None:
        """Told each change of the sender's state, in the sender's thread."""
        self.last = state
        if self._at and state.sent >= self._at[0] and state.in_flight:
            self._at.pop(0)
            self.join()
            self.states.append(state)
            pauses = self._chance.uniform(0, 0.01), self._chance.uniform(0.1, 1.5)
            self._threads.append(threading.Thread(target=self._kill, args=pauses))
            self._threads[-1].start()

    def _kill(self, after: float, down: float) -> None:
        time.sleep(after)
        self._broker.kill()
        time.sleep(down)
        self._broker.start()

    def join(self) -> None:
        """Wait until the broker is back."""
        for thread in self._threads:
            thread.join(PATIENT)


def send_through_kills(cluster: Cluster, killer: Killer, records: Sequence[Event]) -> None:
    """Send everything through one sender while the broker is killed, until the outbox is empty."""
    path, stop = cluster.folder / "sent.sqlite", threading.Event()
    fill(path, records)
    outbox = Outbox(path, durable=False)
    sender = Sender(outbox, cluster.settings.kafka, observe=killer, max_in_flight=IN_FLIGHT)
    sending = threading.Thread(target=sender.run, args=(stop,))
    sending.start()
    try:
        wait_until(lambda: outbox.rows() == 0, "the outbox was sent", 3 * PATIENT)
    finally:
        stop.set()
        sending.join(PATIENT)
        killer.join()
        outbox.close()


@pytest.mark.parametrize(
    ("count", "kills"),
    [(2_000, 2), pytest.param(20_000, 5, marks=[pytest.mark.failure, pytest.mark.timeout(900)])],
    ids=["short", "long"],
)
def test_what_was_acknowledged_outlives_the_broker(
    own_kafka: Broker, topic_prefix: str, tmp_path: Path, chance: random.Random, count: int, kills: int
) -> None:
    """Killed -9 amid the sends: all that left the outbox is in the topic, once by each producer, in order by key."""
    cluster = Cluster(own_kafka.servers, topic_prefix, ":memory:", tmp_path)
    cluster.prepare()
    records = mentions(some_posts(chance, count))
    wanted = {record.post.id: number for number, record in enumerate(records)}
    places = sorted(chance.sample(range(count // 20, count - 2 * IN_FLIGHT), kills))

    killer = Killer(own_kafka, list(places), chance)

    send_through_kills(cluster, killer, records)

    assert len(killer.states) == kills, "a kill met nothing under way"
    order: dict[str, list[int]] = {}
    written: Counter[str] = Counter()
    for record in cluster.records(RAW):
        mention = decode(record.value)
        assert isinstance(mention, Mention)
        written[mention.post.id] += 1
        if written[mention.post.id] == 1:
            order.setdefault(record.key.decode(), []).append(wanted[mention.post.id])
    assert set(written) == set(wanted)
    twice = sum(written.values()) - len(wanted)
    print(f"killed at {places} of {count}; producers {killer.last.failures + 1}, written twice {twice}")
    assert twice <= killer.last.failures * IN_FLIGHT, "written twice by one producer"
    assert len(order) == AUTHORS
    assert all(numbers == sorted(numbers) for numbers in order.values()), "the order of a key's records"
