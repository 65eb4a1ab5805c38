"""A brand is changed while Atalaya runs."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

from atalaya.clock import SystemClock
from atalaya.embedded import EmbeddedRun, Plan
from ingest.sources.base import Fetched
from mentions.brands import Brand
from mentions.clock import Clock
from mentions.records import Author, Post, SourceClass
from mentions.settings import OutboxSettings, Settings, StoreSettings
from processors.report import BatchReport
from processors.store import brands
from processors.store.opening import open_store
from tests.clocks import run


class Ticking:
    """A source that says the same two sentences again and again."""

    name, shard = "ticking", "main"
    source_class: SourceClass = "stream"

    async def read(self, cursor: str | None, clock: Clock) -> AsyncIterator[Fetched]:
        """One post of each sentence every 100 ms."""
        number = int(cursor or 0)
        while True:
            number += 1
            now = clock.now()
            posts = tuple(
                Post(
                    source=self.name, native_id=f"{number}/{text}", author=Author(id="ana"), text=text,
                    created_at=now, received_at=now,
                )
                for text in ("pan de lumbre", "vuelo de nubira")
            )  # fmt: skip
            yield Fetched(items=posts, cursor=str(number), complete_until=now, holds=True)
            await clock.sleep(0.1)


def test_a_new_version_takes_effect_within_ten_seconds(tmp_path: Path) -> None:
    """A brand that another process changes is matched by its new query within 10 s, and judged by that version."""

    async def scenario() -> None:
        reports: list[BatchReport] = []
        url = f"sqlite:///{tmp_path}/s.sqlite"
        settings = Settings(store=StoreSettings(url=url), outbox=OutboxSettings(path=str(tmp_path / "o.sqlite")))
        plan = Plan(settings=settings, sources=[Ticking()], brands=[Brand(name="b", query="lumbre")], max_delay={})
        running = EmbeddedRun(plan, clock=SystemClock(), observe=reports.append)
        task = asyncio.create_task(running.run())

        def versions(text: str) -> set[int]:
            return {m.query_version for report in reports for m in report.new if m.post.text == text}

        while not versions("pan de lumbre"):
            await asyncio.sleep(0.02)
        with open_store(url) as other, other.writing() as connection:
            new = Brand(name="b", query="nubira")
            brands.add_version(connection, new, who="ana", why="test", now=datetime.now(UTC))
        changed = time.monotonic()
        while not versions("vuelo de nubira"):
            await asyncio.sleep(0.02)
        assert time.monotonic() - changed < 10
        running.stop()
        await task
        assert versions("pan de lumbre") == {1}
        assert versions("vuelo de nubira") == {2}

    run(scenario())
