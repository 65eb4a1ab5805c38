"""Records that leave in batches of our own making, over a real broker."""

import asyncio
import random
from collections.abc import Sequence
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from ingest.kafka.topics import TopicAdmin, topic_name
from mentions.settings_streaming import KafkaSettings
from mentions.topics import RAW
from processors.runtime.chunks import Outgoing
from processors.runtime.delivering import deliver
from tests.kafka import Broker

pytestmark = pytest.mark.kafka
BATCH = 4_000
"""Bytes of a batch: few records fill it."""


def some_records(topic: str) -> list[Outgoing]:
    """Of three partitions, in disorder, with and without key, each thousandth as large as two batches."""
    chance = random.Random(1)
    return [
        Outgoing(
            topic,
            chance.randrange(3),
            b"lumbre" if number % 2 else None,
            f"{number} ".encode() + chance.randbytes(2 * BATCH if number % 1000 == 1 else chance.randrange(300)),
            (("v", b"1"),) if number % 3 else (),
        )
        for number in range(3_000)
    ]


async def delivered(servers: str, records: Sequence[Outgoing]) -> dict[int, list[Any]]:
    """Write the records, and read what then stands in each partition."""
    producer = AIOKafkaProducer(bootstrap_servers=servers, acks=-1, max_batch_size=BATCH, compression_type="lz4")
    async with producer:
        await deliver(producer, records)
        places = [TopicPartition(records[0].topic, partition) for partition in range(3)]
        async with AIOKafkaConsumer(bootstrap_servers=servers, auto_offset_reset="earliest") as consumer:
            consumer.assign(places)
            ends = await consumer.end_offsets(places)
            assert sum(ends.values()) == len(records)  # all are acknowledged by now
            found: dict[int, list[Any]] = {0: [], 1: [], 2: []}
            async with asyncio.timeout(60):
                while sum(map(len, found.values())) < len(records):
                    record = await consumer.getone()
                    found[record.partition].append((record.key, record.value, tuple(record.headers)))
    return found


def test_records_stand_in_their_partitions_in_their_order(kafka: Broker, topic_prefix: str) -> None:
    """However many batches they fill, all are there once when the delivery is done, whole and in their order."""
    settings = KafkaSettings(servers=(kafka.servers,), prefix=topic_prefix)
    with TopicAdmin(settings) as admin:
        admin.ensure()
    records = some_records(topic_name(settings, RAW))
    found = asyncio.run(delivered(kafka.servers, records))
    for partition, there in found.items():
        assert there == [(r.key, r.value, r.headers) for r in records if r.partition == partition]


def test_a_topic_that_is_not_there_is_an_error_of_the_client(kafka: Broker, topic_prefix: str) -> None:
    """Nothing is dropped in silence: who delivers hears of it and may try again."""

    async def try_it() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=kafka.servers, request_timeout_ms=1_000)
        async with producer:
            await deliver(producer, [Outgoing(f"{topic_prefix}nowhere", 0, None, b"lost")])

    with pytest.raises(KafkaError):
        asyncio.run(try_it())
