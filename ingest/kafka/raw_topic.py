"""The raw topic as the sender writes to it: one idempotent producer, used until its first failure."""

from contextlib import suppress
from typing import Any

from kafka import KafkaProducer, errors

from ingest.kafka.connecting import connect, explained, meaning
from ingest.kafka.sending import Row
from ingest.kafka.topics import TopicAdmin, topic_name
from mentions.errors import BrokerUnavailable
from mentions.settings_streaming import KafkaSettings
from mentions.topics import KIND_HEADER, RAW

CLIENT = "atalaya-sender"
LINGER_SECONDS = 0.02
BATCH_BYTES = 128 * 2**10
"""With the linger, 2 to 4 times the records per second of the defaults (docs/benchmarks.md)."""
DELIVERY_SECONDS = 120.0
"""How long one producer tries: brokers that are back within it get each record once."""
SEND_SECONDS = 5.0
"""How long `send` may look for a topic that has just vanished."""
_REFUSALS = (errors.MessageSizeTooLargeError, errors.RecordListTooLargeError, errors.InvalidRecordError)


class RecordRefusedError(Exception):
    """The topic does not take this record, however often it is sent; `str()` says why, without its text."""


class Delivery:
    """A row under way: one future for each copy."""

    __slots__ = ("_futures",)

    def __init__(self, futures: list[Any]) -> None:
        self._futures = futures

    def is_acknowledged(self) -> bool:
        """Whether the brokers have every copy."""
        return all(future.is_done and future.exception is None for future in self._futures)

    def failure(self) -> Exception | None:
        """Why a copy will not be acknowledged."""
        return next((future.exception for future in self._futures if future.exception is not None), None)

    def wait(self, seconds: float) -> None:
        """Return when a copy that was open is settled, or after `seconds`."""
        for future in self._futures:
            if not future.is_done:
                with suppress(errors.KafkaError):  # `failure` tells it
                    future.get(timeout=seconds)
                return


class RawTopic:
    """An open way to the raw topic. Belongs to one thread; close it.

    Attributes:
        max_bytes: the largest record that it takes, key, headers and frame included.

    Raises:
        BrokerUnavailable: no broker answers, or it refuses us. TopicMismatch: the topic is not as it must be.
    """

    def __init__(self, kafka: KafkaSettings) -> None:
        self._kafka, self._name = kafka, topic_name(kafka, RAW)
        with TopicAdmin(kafka) as admin:
            admin.check(RAW)
            taken = admin.max_bytes(self._name) or RAW.max_bytes
        # What cannot be compressed grows a little: lz4 adds a few bytes to each of its blocks.
        self.max_bytes = taken - taken // 1024 - 512
        self._producer = connect(_Producer, kafka, CLIENT, **_options(self.max_bytes))
        try:
            with explained(kafka.servers, kafka.sasl_user):
                self._producer.partitions_for(self._name)
        except BaseException:
            self.close()
            raise

    def send(self, row: Row) -> Delivery:
        """Hand a row to the producer; it goes within `LINGER_SECONDS`.

        Raises:
            RecordRefusedError: it is larger than the topic takes.
            BrokerUnavailable: the topic has vanished.
        """
        headers = [(KIND_HEADER, row.kind.encode())]
        try:
            return Delivery(
                [self._producer.send(self._name, row.payload, row.key, headers, number) for number in row.partitions]
            )
        except errors.MessageSizeTooLargeError as error:
            raise RecordRefusedError(f"larger than the {self.max_bytes:,} bytes that {self._name} takes") from error
        except (errors.KafkaError, ValueError) as error:  # ValueError: the partition is gone
            raise BrokerUnavailable(f"the topic {self._name} is no longer there as it was") from error

    def hurry(self, seconds: float) -> None:
        """Send what lingers, and return when all is settled or after about `seconds`."""
        with suppress(errors.KafkaError):  # the deliveries tell it
            self._producer.flush(seconds)

    def check(self) -> None:
        """Whether the topic is still as it must be, as far as the producer has heard.

        Raises:
            TopicMismatch, BrokerUnavailable: it is not.
        """
        with explained(self._kafka.servers, self._kafka.sasl_user):
            known = len(self._producer.partitions_for(self._name))
        if known != self._kafka.partitions:
            check_topic(self._kafka)

    def explain(self, error: Exception) -> Exception:
        """What a failed delivery means: `RecordRefusedError`, or an error of ours that is worth another attempt."""
        if isinstance(error, _REFUSALS):
            return RecordRefusedError(f"refused by {self._name}: {meaning(error, self._kafka.servers)}")
        return meaning(error, self._kafka.servers, self._kafka.sasl_user)

    def close(self, seconds: float = 0.0) -> None:
        """Give what is in flight up to `seconds`, then give up on it."""
        self._producer.close(timeout=max(seconds, 0.001))


def check_topic(kafka: KafkaSettings) -> None:
    """Ask the brokers whether records can be sent.

    Raises:
        BrokerUnavailable: they do not answer, or refuse us. TopicMismatch: the topic is not as it must be.
    """
    with TopicAdmin(kafka) as admin:
        admin.check(RAW)


class _Producer(KafkaProducer):  # type: ignore[misc] # kafka-python has no types
    """One whose `close(timeout)` closes; while brokers are away kafka-python's own raises and goes on sending."""

    def flush(self, timeout: float | None = None) -> None:
        """As the base does, but without raising; the deliveries say what became of them."""
        with suppress(errors.KafkaError):
            super().flush(timeout)


def _options(max_bytes: int) -> dict[str, Any]:
    return {
        "acks": "all",
        "enable_idempotence": True,
        "compression_type": "lz4",
        "linger_ms": int(LINGER_SECONDS * 1000),
        "batch_size": min(BATCH_BYTES, max_bytes),
        "max_request_size": max_bytes,
        "delivery_timeout_ms": int(DELIVERY_SECONDS * 1000),
        "max_block_ms": int(SEND_SECONDS * 1000),
        "metadata_max_age_ms": 60_000,
        "allow_auto_create_topics": False,
        "metrics_enabled": False,
    }
