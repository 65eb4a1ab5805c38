"""`atalaya run` against a local Jetstream and a local feed: a bad day on the network, and nothing lost."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from atalaya.embedded import EmbeddedRun, Plan
from ingest.sources.base import Source
from ingest.sources.bluesky.frames import Wire
from ingest.sources.bluesky.reader import BlueskyOptions, BlueskySource
from ingest.sources.rss.reader import RssOptions, RssSource
from mentions.brands import Brand
from mentions.settings import OutboxSettings, Settings, StoreSettings
from processors.report import BatchReport
from processors.store.opening import open_store
from processors.store.schema import coverage, mentions, progress
from tests.clocks import MORNING, DrivenClock, run
from tests.servers import jetstream_events as wire
from tests.servers.feed import FeedServer
from tests.servers.jetstream import JetstreamServer

LUMBRE = Brand(name="lumbre", query="lumbre", accounts=("bluesky:did:plc:lumbre",))
ITEM = (
    "<item><guid>https://news.example/{n}</guid><title>Lumbre abre tienda {n}</title>"
    "<description>En el centro {n}</description></item>"
)
FEED = "<rss version='2.0'><channel><title>News</title>{items}</channel></rss>"
QUARTER = timedelta(minutes=15)


def at(seconds: float) -> Any:
    """An instant of the driven morning."""
    return MORNING + timedelta(seconds=seconds)


class World:
    """A run in a folder, over servers that the test controls."""

    def __init__(self, folder: Path, clock: DrivenClock, sources: Sequence[Source]) -> None:
        self.folder, self.clock = folder, clock
        self.reports: list[BatchReport] = []
        settings = Settings(
            store=StoreSettings(url=f"sqlite:///{folder}/store.sqlite"),
            outbox=OutboxSettings(path=str(folder / "outbox.sqlite")),
        )
        plan = Plan(settings=settings, sources=sources, brands=(LUMBRE,), max_delay={"rss": 2 * QUARTER})
        self.run = EmbeddedRun(plan, clock=clock, observe=self.reports.append)
        self.task = asyncio.create_task(self.run.run())

    def stored(self) -> list[str]:
        """Texts of new mentions so far, in the order of the log."""
        return [mention.post.text for report in self.reports for mention in report.new]

    def watermark(self) -> Any:
        """The newest."""
        return next((r.watermark for r in reversed(self.reports) if r.watermark is not None), None)

    async def until_stored(self, *texts: str) -> None:
        """Let time pass until these texts are stored."""
        await self.clock.until(lambda: set(texts) <= set(self.stored()) or self.task.done(), step=1.0)
        assert not self.task.done()

    async def stop(self) -> None:
        """As Ctrl-C does."""
        self.run.stop()
        while not self.task.done():
            await self.clock.advance(1)
        await self.task

    def rows(self, table: Any) -> list[Any]:
        """All rows of a table, after the stop."""
        with open_store(f"sqlite:///{self.folder}/store.sqlite") as store, store.reading() as connection:
            return list(connection.execute(select(table)).all())


def bluesky(*servers: JetstreamServer, spoken: Wire) -> BlueskySource:
    """The source over local hosts."""
    return BlueskySource(BlueskyOptions(hosts=tuple(server.url for server in servers), wire=spoken, batch_s=0.1))


@pytest.mark.parametrize("spoken", ["v1", "v2"])
def test_a_bad_day_on_the_network(tmp_path: Path, spoken: Wire) -> None:
    """A host that stops, stalls, replays, deletes and talks nonsense loses no post, doubles none, and every frame is
    accounted for by reason; a feed polled each quarter of an hour neither holds the watermark back nor is missed.
    """

    async def scenario() -> None:
        clock = DrivenClock()
        async with JetstreamServer(spoken) as one, JetstreamServer(spoken, first_seq=500) as two, FeedServer() as feed:
            feed.put("/feed", FEED.format(items=ITEM.format(n=1)))
            rss = RssSource(RssOptions(feeds=(f"{feed.url}/feed",), interval=QUARTER, allow_private=True))
            world = World(tmp_path, clock, [bluesky(one, two, spoken=spoken), rss])
            await clock.until(lambda: one.connections == 1, step=0.5)

            def both(*events: wire.Event) -> None:
                one.publish(*events)
                two.publish(*events)

            both(
                wire.post("did:plc:ana", "a1", "pan de lumbre", at(10)),
                wire.post("did:plc:bea", "b1", "nothing to see", at(11)),
                wire.raw("{broken", at(12)),
                wire.raw('{"kind":"novelty","did":"did:plc:x"}', at(12)),
                wire.raw('"' + "x" * 5_000_000 + '"', at(12)),
                wire.identity("did:plc:ana", at(13)),
                wire.edit("did:plc:ana", "a1", "pan de Lumbre, editado", at(14)),
                wire.account("did:plc:ana", at(15), active=False, status="throttled"),
            )
            await world.until_stored("pan de lumbre")
            await one.stop()  # the first host goes; the second has to take over
            both(wire.post("did:plc:cai", "c1", "lumbre otra vez", at(20)))
            await world.until_stored("lumbre otra vez")
            two.stall()
            await one.start()
            both(wire.post("did:plc:dan", "d1", "lumbre con sal", at(30)))
            await world.until_stored("lumbre con sal")
            both(
                wire.post("did:plc:eva", "e1", "lumbre para borrar", at(40)),
                wire.deletion("did:plc:eva", "e1", at(41)),
                wire.deletion("did:plc:bea", "b1", at(42)),
            )
            await world.until_stored("lumbre para borrar")
            feed.put("/feed", FEED.format(items=ITEM.format(n=1) + ITEM.format(n=2)))
            await clock.advance(20 * 60)
            await world.until_stored("En el centro 2")
            # right after a poll the feed is 15 minutes from its next; the watermark must not wait for that
            polled = clock.now()
            await clock.until(lambda: clock.now() - world.watermark() < timedelta(minutes=1), step=1.0)
            assert clock.now() - polled < QUARTER / 2
            await world.stop()
        counts = Counter(world.stored())
        assert set(counts.values()) == {1}, counts
        streamed = {"pan de lumbre", "lumbre otra vez", "lumbre con sal", "lumbre para borrar"}
        assert set(counts) == streamed | {"En el centro 1", "En el centro 2"}
        _assert_accounts(world)

    run(scenario(), deadline=120)


def _assert_accounts(world: World) -> None:
    beats = [row for row in world.rows(coverage) if row.source == "bluesky"]
    dropped: Counter[str] = Counter()
    for row in beats:
        dropped.update(msgspec.json.decode(row.dropped))
    seen, matched, deletions = (sum(getattr(row, name) for row in beats) for name in ("seen", "matched", "deletions"))
    assert seen == matched + deletions + dropped.total()
    assert matched == 4
    assert deletions >= 1  # the second host may tell it again, which changes nothing
    for reason in ("unmatched", "not_json", "unknown_kind", "too_large", "edit_ignored", "account_state"):
        assert dropped[reason] >= 1, dropped
    assert dropped["deletion_unknown"] >= 1, dropped
    erased = [row for row in world.rows(mentions) if row.erased_at is not None]
    assert [row.text for row in erased] == [None]
    assert len(world.rows(progress)) == 1


def test_a_gap_is_reported(tmp_path: Path) -> None:
    """What a host forgot while Atalaya was down is told as a gap, once, and reading goes on behind it."""

    async def scenario() -> None:
        clock = DrivenClock()
        async with JetstreamServer("v1") as host:
            first = World(tmp_path, clock, [bluesky(host, spoken="v1")])
            await clock.until(lambda: host.connections == 1, step=0.5)
            host.publish(wire.post("did:plc:ana", "a1", "lumbre antes", at(5)))
            await first.until_stored("lumbre antes")
            await first.stop()
            await clock.advance(48 * 3600)
            host.publish(wire.post("did:plc:ana", "a2", "lumbre perdida", at(3600)))
            host.publish(wire.post("did:plc:ana", "a3", "lumbre de vuelta", clock.now()))
            host.forget(clock.now() - timedelta(hours=36))
            second = World(tmp_path, clock, [bluesky(host, spoken="v1")])
            await second.until_stored("lumbre de vuelta")
            await clock.advance(10)
            await second.stop()
        gaps = [gap for row in second.rows(coverage) for gap in msgspec.json.decode(row.gaps)]
        assert len(gaps) == 1, gaps
        assert "lumbre perdida" not in second.stored()

    run(scenario(), deadline=60)


def test_a_conversation_and_its_end(tmp_path: Path) -> None:
    """A mention, the brand's own reply without its word, and the customer's answer arrive whole; once the customer has
    deleted the account no text, name or handle of theirs is left in any file, and the own reply stays.
    """

    async def scenario() -> None:
        clock = DrivenClock()

        def ref(did: str, rkey: str) -> dict[str, str]:
            return {"cid": "bafyinvented", "uri": f"at://{did}/{wire.POSTS}/{rkey}"}

        root = ref("did:plc:clienta", "m1")
        async with JetstreamServer("v2") as host:
            world = World(tmp_path, clock, [bluesky(host, spoken="v2")])
            await clock.until(lambda: host.connections == 1, step=0.5)
            answered = ref("did:plc:lumbre", "r1")
            host.publish(
                wire.post("did:plc:clienta", "m1", "Espantoso el croissant de lumbre, soy Zoraida", at(1)),
                wire.post("did:plc:lumbre", "r1", "Lo sentimos mucho", at(2), reply={"root": root, "parent": root}),
                wire.post(
                    "did:plc:clienta", "m2", "Quedo a la espera", at(3), reply={"root": root, "parent": answered}
                ),
            )
            await world.until_stored("Quedo a la espera")
            host.publish(wire.account("did:plc:clienta", at(60), active=False, status="deleted"))
            await clock.until(lambda: sum(report.erased for report in world.reports) == 2, step=1.0)
            await world.stop()
        assert [m.why for report in world.reports for m in report.new] == ["lumbre", "own", "reply_to_own"]
        kept = [row.text for row in world.rows(mentions) if row.text is not None]
        assert kept == ["Lo sentimos mucho"]
        disk = b"".join(path.read_bytes() for path in sorted(tmp_path.iterdir()) if path.is_file())
        for trace in (b"croissant", b"Zoraida", b"Quedo a la espera", b"did:plc:clienta"):
            assert trace not in disk, trace

    run(scenario(), deadline=60)
