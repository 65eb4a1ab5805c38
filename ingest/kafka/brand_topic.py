"""The brands topic: compacted, one partition; every version of every brand, and the ids of their accounts."""

import logging
import time
from collections import Counter
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from ingest.kafka.connecting import connect, explained
from ingest.kafka.topics import TopicAdmin, topic_name
from mentions.brand_codec import brand_key, decode_brand, encode_brand
from mentions.brands import BrandRecord
from mentions.codec import UnknownRecord, tag_of
from mentions.errors import BrokerUnavailable, CorruptRecord
from mentions.settings_streaming import KafkaSettings
from mentions.topics import BRANDS, KIND_HEADER

PATIENCE = 5.0
"""Seconds for an answer; whoever needs it longer tries again."""
ACKNOWLEDGED_WITHIN = 10.0
READ_WITHIN = 30.0
"""Seconds in which the whole topic must have been read."""
LOOK_ANEW = 30.0
"""Seconds between looks whether the topic is still the same one: a topic that was made anew is read anew."""
log = logging.getLogger(__name__)


def publish(kafka: KafkaSettings, records: Iterable[BrandRecord], client_id: str = "atalaya-brands") -> None:
    """Write records to the topic; they are there for good when this returns. The same again does no harm.

    Raises:
        BrokerUnavailable: not all were acknowledged. TopicMismatch: the topic is missing or another one.
    """
    records = list(records)
    if not records:
        return
    with TopicAdmin(kafka) as admin:  # a topic that is missing is told at once, not after a time-out
        admin.check(BRANDS)
    options = {"acks": "all", "allow_auto_create_topics": False, "delivery_timeout_ms": _ms(ACKNOWLEDGED_WITHIN)}
    producer = connect(KafkaProducer, kafka, client_id, request_timeout_ms=_ms(PATIENCE), **options)
    try:
        with explained(kafka.servers, kafka.sasl_user):
            sent = [_send(producer, topic_name(kafka, BRANDS), record) for record in records]
            for delivery in sent:
                delivery.get(timeout=ACKNOWLEDGED_WITHIN)
    finally:
        producer.close(timeout=PATIENCE)


class BrandTopicReader:
    """Reads the topic from its beginning, then what is added. Belongs to one thread at a time; close it.

    Attributes:
        unknown: how many records of each kind were skipped that this build does not know.

    Raises (from everything):
        BrokerUnavailable: make another reader later. TopicMismatch: the topic is missing or another one.
    """

    def __init__(self, kafka: KafkaSettings, client_id: str = "atalaya-brands") -> None:
        self._kafka = kafka
        self._partition = TopicPartition(topic_name(kafka, BRANDS), 0)
        self.unknown: Counter[str] = Counter()
        self._log_id = self._looked_up()
        self._looked_at = time.monotonic()
        self._consumer = connect(
            KafkaConsumer,
            kafka,
            client_id,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            allow_auto_create_topics=False,
        )
        self._consumer.assign([self._partition])
        self._consumer.seek_to_beginning(self._partition)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the brokers."""
        self._consumer.close(timeout_ms=_ms(PATIENCE))

    def read_to_end(self) -> list[BrandRecord]:
        """Everything up to what is the end now, in order, that was not read before."""
        records: list[BrandRecord] = []
        deadline = time.monotonic() + READ_WITHIN
        with explained(self._kafka.servers, self._kafka.sasl_user):
            end = self._consumer.end_offsets([self._partition], timeout_ms=_ms(PATIENCE))[self._partition]
            while self._consumer.position(self._partition, timeout_ms=_ms(PATIENCE)) < end:
                if time.monotonic() > deadline:
                    msg = f"the topic {self._partition.topic} could not be read to its end within {READ_WITHIN:.0f} s"
                    raise BrokerUnavailable(msg)
                records += self._fetched(0.5)
        return records

    def poll(self, seconds: float) -> list[BrandRecord]:
        """What was added; waits for it, at most so long. A topic made anew is read from its beginning."""
        if time.monotonic() - self._looked_at >= LOOK_ANEW:
            self._look_anew()
        with explained(self._kafka.servers, self._kafka.sasl_user):
            return self._fetched(seconds)

    def _fetched(self, seconds: float) -> list[BrandRecord]:
        messages = self._consumer.poll(timeout_ms=_ms(seconds)).get(self._partition, ())
        read = [self._read(message.offset, message.value) for message in messages]
        return [record for record in read if record is not None]

    def _read(self, offset: int, payload: bytes | None) -> BrandRecord | None:
        try:
            record = decode_brand(payload or b"")
        except CorruptRecord as error:
            log.warning("a brand record cannot be read", extra={"offset": offset, "reason": str(error)})
            return None
        if isinstance(record, UnknownRecord):
            self.unknown[record.tag] += 1
            return None
        return record

    def _look_anew(self) -> None:
        self._looked_at = time.monotonic()
        found = self._looked_up()
        if found != self._log_id:
            self._log_id = found
            self._consumer.seek_to_beginning(self._partition)

    def _looked_up(self) -> str:
        with TopicAdmin(self._kafka) as admin:
            admin.check(BRANDS)
            return admin.log_id(self._partition.topic)


def _send(producer: KafkaProducer, topic: str, record: BrandRecord) -> Any:
    payload = encode_brand(record)
    kind = (tag_of(payload) or "").encode()
    return producer.send(topic, key=brand_key(record).encode(), value=payload, headers=[(KIND_HEADER, kind)])


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
