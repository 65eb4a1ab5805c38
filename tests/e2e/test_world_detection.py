"""The invented world through the real pipeline: what detection finds, and what people are told of it."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from atalaya.embedded import EmbeddedRun, Plan
from atalaya.replay import Request, replay
from ingest.simulation.brands import DEMO_BRANDS, SOURCE
from ingest.simulation.events import Event
from ingest.simulation.world import World
from ingest.sources.base import Fetched
from ingest.sources.file_posts import FileOptions
from ingest.sources.simulated import SimulatedSource
from mentions.clock import Clock
from mentions.records import Gap, Post, SourceClass
from mentions.settings import OutboxSettings, Settings, StoreSettings
from mentions.settings_channels import WebhookSettings
from mentions.settings_schema import Secret
from processors.store.alert_reading import AlertsWanted, StoredAlert, list_alerts
from processors.store.opening import open_store
from processors.store.schema import alert_steps, alerts, deliveries, mentions
from tests.clocks import DrivenClock, run
from tests.servers.sinks import HookSink, hook_sink

START = datetime(2026, 11, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
CAUSES = {
    "strike": ("nubira", {"huelga", "strike"}),
    "allergy": ("lumbre", {"galletas", "galleta", "cookies", "cookie", "avellana", "hazelnut"}),
}


def settings_in(folder: Path, *channels: WebhookSettings) -> Settings:
    """A store and an outbox in a folder."""
    return Settings(
        store=StoreSettings(url=f"sqlite:///{folder}/store.sqlite"),
        outbox=OutboxSettings(path=str(folder / "outbox.sqlite")),
        channels=channels,
    )


def alerts_in(folder: Path) -> list[StoredAlert]:
    """All alerts, the first opened first."""
    with open_store(f"sqlite:///{folder}/store.sqlite") as store, store.reading() as connection:
        return list_alerts(connection, AlertsWanted(), limit=1_000)[::-1]


# --- what is found ---

DAYS = 10


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[StoredAlert]:
    """The alerts of ten days, with every story in them."""
    folder = tmp_path_factory.mktemp("world")
    source = SimulatedSource(seed=1, days=DAYS, until=START + timedelta(days=DAYS), live=False, live_crisis=False)
    plan = Plan(settings=settings_in(folder), sources=[source], brands=DEMO_BRANDS, max_delay={}, finite=True)
    asyncio.run(EmbeddedRun(plan).run())
    return alerts_in(folder)


@pytest.fixture(scope="module")
def spans() -> dict[str, tuple[datetime, datetime]]:
    """From when to when each story is on."""
    stories: dict[str, tuple[datetime, datetime]] = {}
    for event in World(1, START, DAYS).events():
        begin, _ = stories.get(event.truth.story, (event.at, event.at))
        stories[event.truth.story] = (begin, event.at)
    return stories


def opened(
    found: Sequence[StoredAlert], kind: str, brand: str, span: tuple[datetime, datetime], after: timedelta = HOUR
) -> list[StoredAlert]:
    """Alerts of a kind that opened while a story was on or shortly after."""
    begin, end = span
    return [a for a in found if (a.kind, a.brand) == (kind, brand) and begin <= a.opened_at <= end + after]


@pytest.mark.parametrize("story", list(CAUSES))
def test_a_crisis_is_found_and_explained_with_its_cause(
    found: list[StoredAlert], spans: dict[str, tuple[datetime, datetime]], story: str
) -> None:
    """Within 90 minutes of its first post one negative spike is open, and its first three terms name the cause."""
    brand, causes = CAUSES[story]
    first, *_ = opened(found, "negative_spike", brand, spans[story])
    assert first.opened_at - spans[story][0] < timedelta(minutes=90)
    assert {term["term"] for term in first.explanation["terms"][:3]} & causes


def test_a_launch_and_an_outage_are_no_crisis(
    found: list[StoredAlert], spans: dict[str, tuple[datetime, datetime]]
) -> None:
    """Many posts with an ordinary share of complaints, and forty minutes of silence, open no negative spike."""
    assert opened(found, "negative_spike", "lumbre", spans["launch"]) == []
    told, _ = spans["outage"]
    for brand in DEMO_BRANDS:
        assert opened(found, "negative_spike", brand.name, (told - HOUR, told)) == []


def test_only_scripted_campaigns_are_campaigns(
    found: list[StoredAlert], spans: dict[str, tuple[datetime, datetime]]
) -> None:
    """The ring of accounts and the copying programs are found within ten minutes; nobody else is called coordinated."""
    campaigns = [alert for alert in found if alert.kind == "campaign"]
    ring, programs = (
        opened(found, "campaign", *story) for story in (("nubira", spans["flights"]), ("lumbre", spans["bots"]))
    )
    assert len(ring) == len(programs) == 1
    assert ring[0].opened_at - spans["flights"][0] < timedelta(minutes=10)
    assert programs[0].opened_at - spans["bots"][0] < timedelta(minutes=10)
    assert len(campaigns) == 2


# --- what people are told ---

STRIKE_DAYS = 5
STRIKE = START + timedelta(days=3)
"""The strike begins at six on the fourth of five days."""


class PlayedSource:
    """A world that comes up to the clock's time, and no further."""

    name = SOURCE
    shard = "main"
    source_class: SourceClass = "stream"

    def __init__(self, world: World) -> None:
        self._events = list(world.events())
        self._next = 0

    async def read(self, cursor: str | None, clock: Clock) -> AsyncIterator[Fetched]:
        """Everything that is due, in parts; then what comes."""
        self._next = int(cursor or 0)
        while True:
            due: list[Event] = []
            now = clock.now()
            while self._next < len(self._events) and self._events[self._next].at <= now and len(due) < 500:
                due.append(self._events[self._next])
                self._next += 1
            behind = len(due) == 500
            yield Fetched(
                items=tuple(event.item for event in due if not isinstance(event.item, Gap)),
                cursor=str(self._next),
                complete_until=due[-1].at if behind else now,
                holds=True,
                gaps=tuple(event.item for event in due if isinstance(event.item, Gap)),
                state="catching_up" if behind else "live",
            )
            if not behind:
                await clock.sleep(30)


class Machine:
    """An embedded run with a hook, on a driven clock that can jump as a sleeping machine's does."""

    def __init__(self, folder: Path, hooks: HookSink, world: World, now: datetime) -> None:
        self.folder, self.hooks = folder, hooks
        self.clock = DrivenClock(now)
        channel = WebhookSettings(name="hook", url=Secret(hooks.url))
        self.settings = settings_in(folder, channel)
        plan = Plan(settings=self.settings, sources=[PlayedSource(world)], brands=DEMO_BRANDS, max_delay={})
        self.watermark = now - timedelta(days=365)
        self._run = EmbeddedRun(plan, clock=self.clock, observe=self._hear)
        self._task = asyncio.create_task(self._run.run())

    def _hear(self, report: Any) -> None:
        self.watermark = max(self.watermark, report.watermark or self.watermark)

    async def until_caught_up(self) -> None:
        """Let everything that came be folded."""
        await self.clock.until(lambda: self._behind() < timedelta(minutes=2), step=5, deadline=60)

    def _behind(self) -> timedelta:
        assert not self._task.done(), self._task
        return self.clock.now() - self.watermark

    async def sleep(self, span: timedelta) -> None:
        """Freeze: the clock goes on, nothing else does."""
        self.clock._now += span  # what no sleeper of it may see

    async def pass_by(self, span: timedelta) -> None:
        """Let time pass while it is awake."""
        for _ in range(int(span / timedelta(minutes=1))):
            await self.clock.advance(60)
        await self.until_caught_up()

    def told(self) -> list[tuple[str, str, str]]:
        """Kind, brand and step's number of all deliveries."""
        with open_store(f"sqlite:///{self.folder}/store.sqlite") as store, store.reading() as connection:
            d, a, s = deliveries.c, alerts.c, alert_steps.c
            step = (s.alert == d.alert) & (s.number == d.number)
            rows = select(a.kind, a.brand, s.step).select_from(
                deliveries.join(alerts, d.alert == a.id).join(alert_steps, step)
            )
            return [tuple(row) for row in connection.execute(rows.order_by(d.due_at, d.alert, d.number))]

    async def stop(self) -> None:
        """As Ctrl-C does."""
        self._run.stop()
        while not self._task.done():
            await self.clock.advance(1)
        await self._task


@pytest.fixture
def hooks() -> Iterator[HookSink]:
    """Where messages go."""
    with hook_sink() as sink:
        yield sink


def test_a_machine_that_slept_through_the_beginning_of_a_crisis_tells_it_once_on_waking(
    tmp_path: Path, hooks: HookSink
) -> None:
    """From three to eight it sleeps, at six the strike begins: at eight one message tells it as it is by then."""

    async def scenario() -> None:
        machine = Machine(tmp_path, hooks, World(4, START, STRIKE_DAYS), STRIKE + 3 * HOUR)
        await machine.until_caught_up()
        before = len(machine.told())
        await machine.sleep(5 * HOUR)
        await machine.until_caught_up()
        told = spikes(machine.told()[before:])
        assert len(told) in (1, 2)  # a second one where it became graver while the first was leaving
        assert len(set(told)) == len(told)
        await machine.pass_by(timedelta(minutes=10))
        await machine.clock.until(lambda: any("huelga" in hook.body.decode() for hook in hooks.hooks), step=1)
        await machine.stop()

    run(scenario(), deadline=90)
    (alert,) = [a for a in alerts_in(tmp_path) if a.kind == "negative_spike" and a.brand == "nubira"]
    assert STRIKE + 6 * HOUR < alert.opened_at < STRIKE + 8 * HOUR
    assert not alert.historic
    keys = hooks.keys()
    assert len(keys) == len(set(keys))


def test_an_old_world_replayed_late_into_a_running_store_tells_nobody(tmp_path: Path, hooks: HookSink) -> None:
    """Its crises and rings are counted; neither then nor when the run goes on is a message made of them."""
    old = World(2, START - timedelta(days=90), 2)
    file = tmp_path / "old.jsonl"
    posts = [event.item for event in old.events() if isinstance(event.item, Post)]
    file.write_text("".join(json.dumps(line_of(post)) + "\n" for post in posts))

    async def scenario() -> None:
        machine = Machine(tmp_path, hooks, World(4, START, STRIKE_DAYS), START + timedelta(hours=20))
        await machine.until_caught_up()
        before = machine.told()
        request = Request(
            inputs=(str(file),),
            brands=DEMO_BRANDS,
            options=FileOptions(source="archive"),
            settings=machine.settings,
            late=True,
        )
        with open_store(machine.settings.store.address()) as store:
            outcome = await asyncio.to_thread(replay, request, store)
        assert outcome.new > 1_200
        await machine.pass_by(timedelta(minutes=20))
        assert machine.told() == before
        await machine.stop()

    run(scenario(), deadline=90)
    with open_store(f"sqlite:///{tmp_path}/store.sqlite") as store, store.reading() as connection:
        kept = connection.execute(select(mentions.c.id).where(mentions.c.source == "archive").limit(1)).all()
    assert kept
    assert not hooks.hooks


def spikes(told: Sequence[tuple[str, str, str]]) -> list[str]:
    """The steps of the strike that are told."""
    return [step for kind, brand, step in told if (kind, brand) == ("negative_spike", "nubira")]


def line_of(post: Post) -> dict[str, Any]:
    """A post as an archive has it."""
    return {
        "id": post.native_id,
        "text": post.text,
        "created_at": post.created_at.isoformat(),
        "lang": post.lang,
        "links": list(post.links),
        "author": {"id": post.author.id, "handle": post.author.handle},
    }
