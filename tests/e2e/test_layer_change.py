"""A brand's layer is chosen, and given back, while Atalaya runs."""

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path

from atalaya.clock import SystemClock
from atalaya.embedded import EmbeddedRun, Plan
from atalaya.judging import judges_of
from mentions.brands import Brand
from mentions.layers import BASE, Layer
from mentions.settings import OutboxSettings, Settings, StoreSettings
from processors.report import BatchReport
from processors.store.layers import add_layer, use_layer
from processors.store.opening import open_store
from tests.clocks import run
from tests.e2e.test_brand_change import Ticking

LEARNED = Layer(bias=(0.0, 0.0, 9.0), step=0.1, terms={"pan": (0, 0, 100)})


def test_a_layer_is_taken_and_given_back_within_ten_seconds(tmp_path: Path) -> None:
    """Mentions of the brand that chose a layer are judged with it within 10 s, and say so; those of another never are;
    the way back takes no longer.
    """

    async def scenario() -> None:
        reports: list[BatchReport] = []
        url = f"sqlite:///{tmp_path}/s.sqlite"
        settings = Settings(
            store=StoreSettings(url=url),
            outbox=OutboxSettings(path=str(tmp_path / "o.sqlite")),
        )
        engine = judges_of(settings).engine.version
        watched = [Brand(name="lumbre", query="lumbre"), Brand(name="nubira", query="nubira")]
        plan = Plan(settings=settings, sources=[Ticking()], brands=watched, max_delay={})
        running = EmbeddedRun(plan, clock=SystemClock(), observe=reports.append)
        task = asyncio.create_task(running.run())

        def versions(brand: str, since: int = 0) -> list[str]:
            return [m.engine_version for report in reports[since:] for m in report.new if m.brand == brand]

        async def until(version: str) -> float:
            since, begun = len(reports), time.monotonic()
            while version not in versions("lumbre", since):
                assert not task.done()
                await asyncio.sleep(0.02)
            return time.monotonic() - begun

        def choose(number: int) -> None:
            with open_store(url) as other, other.writing() as connection:
                use_layer(connection, "lumbre", number, who="ana", why="test", now=datetime.now(UTC))

        await until(engine)
        with open_store(url) as other, other.writing() as connection:
            add_layer(
                connection, "lumbre", LEARNED, engine_version=engine, labels=60, evaluation={}, who="ana",
                now=datetime.now(UTC),
            )  # fmt: skip
        choose(1)
        assert await until(f"{engine}+lumbre.1") < 10
        choose(BASE)
        assert await until(engine) < 10
        running.stop()
        await task
        assert set(versions("nubira")) == {engine}
        assert set(versions("lumbre")) == {engine, f"{engine}+lumbre.1"}

    run(scenario())
