import asyncio
from collections.abc import Callable, Mapping

import pytest

from ingest.kafka.topics import TopicAdmin, topic_name
from mentions.settings_streaming import KafkaSettings, WorkSettings
from mentions.topics import RAW
from processors.runtime.chunks import Bounds, Chunk, Send
from processors.runtime.faust_worker import METADATA_SECONDS, Worker
from tests.kafka import Broker

pytestmark = pytest.mark.kafka


class Listening:
    """A stage that only notes which partitions it was given."""

    name = "listening"

    def __init__(self) -> None:
        self.given: set[int] = set()

    async def process(self, chunk: Chunk, send: Send) -> None:
        """Nothing."""

    async def positions(self, bounds: Mapping[int, Bounds]) -> dict[int, int]:
        """From the start."""
        self.given = set(bounds)
        return {partition: bound.begin for partition, bound in bounds.items()}

    async def close(self) -> None:
        """Nothing is open."""

    def waiting_for(self) -> str:
        """For nothing."""
        return ""


async def until(true: Callable[[], bool], seconds: float) -> bool:
    """Whether it becomes true within so many seconds."""
    async with asyncio.timeout(seconds + 5):
        for _ in range(int(seconds * 10)):
            if true():
                return True
            await asyncio.sleep(0.1)
    return False


async def play(worker: Worker, stage: Listening, admin: TopicAdmin) -> None:
    """The group forms while the brokers do not know the topic; then they do."""
    running = asyncio.create_task(worker.run())
    try:
        joined = await until(lambda: worker.app.consumer_generation_id > 0, 30)
        assert joined
        assert not stage.given
        await asyncio.to_thread(admin.ensure)
        assert await until(lambda: stage.given == {0, 1, 2}, METADATA_SECONDS + 15)
    finally:
        worker.stop()
        await asyncio.wait_for(running, 60)


def test_a_group_that_formed_without_the_topic_takes_it_up(kafka: Broker, topic_prefix: str) -> None:
    """A group whose leader was told of no partition, as by a broker that has just started, has them all soon after."""
    settings = KafkaSettings(servers=(kafka.servers,), prefix=topic_prefix, partitions=3)
    stage = Listening()

    async def main() -> None:
        worker = Worker(stage, topic_name(settings, RAW), f"{topic_prefix}listening", settings, WorkSettings())
        with TopicAdmin(settings) as admin:
            await play(worker, stage, admin)

    asyncio.run(main())
