"""Records are written in batches made here: one delivery to wait for in hundreds of records, instead of one in each."""

import asyncio
from collections.abc import Sequence
from typing import Any

from processors.runtime.chunks import Outgoing


async def deliver(producer: Any, records: Sequence[Outgoing]) -> None:
    """Return when the brokers have acknowledged every record; those of a partition stand in it in their order.

    Args:
        producer: of aiokafka, started.

    Raises:
        KafkaError: what aiokafka says; some records may have been written.
    """
    by_place = dict[tuple[str, int], list[Outgoing]]()
    for record in records:
        by_place.setdefault((record.topic, record.partition), []).append(record)
    await asyncio.gather(*(_deliver_to(producer, *place, those) for place, those in by_place.items()))


async def _deliver_to(producer: Any, topic: str, partition: int, records: Sequence[Outgoing]) -> None:
    sent, at = list[Any](), 0
    while at < len(records):
        batch = producer.create_batch()
        # an empty batch takes any record, however large
        while at < len(records) and _put(batch, records[at]):
            at += 1
        batch.close()
        sent.append(await producer.send_batch(batch, topic, partition=partition))
    await asyncio.gather(*sent)


def _put(batch: Any, record: Outgoing) -> bool:
    """Whether there was room for it."""
    taken = batch.append(timestamp=None, key=record.key, value=record.value, headers=list(record.headers))
    return taken is not None
