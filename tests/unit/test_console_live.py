"""The hub of the live list: one look for all, nothing missed, nobody flooded, no stream that outlives the stop."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from datetime import timedelta

import pytest

from dashboards.console import live
from dashboards.console.live import MOST, Live, View, event, read_mark, write_mark
from dashboards.console.selection import ALL, Selection, selection_of
from mentions.errors import StoreUnavailable, Unavailable
from mentions.records import Finding
from processors.store.reading import Shown, StoredMention
from tests.clocks import MORNING, DrivenClock, run
from tests.unit.test_console_cards import stored

VIEW = View("en", ALL)
SECOND = timedelta(seconds=1)


class Sight:
    """What a store would show: rows that a test puts in, each seen once by every `Shown` that came before it."""

    def __init__(self) -> None:
        self.rows: list[StoredMention] = []
        self.looks = 0
        self.broken = False

    def arrived(self, shown: Shown, most: int) -> tuple[list[StoredMention], Shown]:
        """Rows stored later than 15 s before `shown.until` whose keys are not shown; as the store does."""
        self.looks += 1
        if self.broken:
            msg = "the store is locked"
            raise StoreUnavailable(msg)
        assert shown.until is not None
        after = shown.until - live.OVERLAP
        recent = [row for row in self.rows if row.stored_at >= after]
        fresh = [row for row in recent if (row.brand, row.id) not in shown.keys]
        until = max([row.stored_at for row in recent], default=shown.until)
        return fresh[-most:], Shown(until, frozenset((row.brand, row.id) for row in recent))

    def mentions(self, view: View, rows: Sequence[StoredMention]) -> str:
        """The ids of those that the view takes."""
        return ",".join(row.id for row in rows if view.selection.takes(row))

    def figures(self, view: View) -> str:
        """The language alone."""
        return f"figures in {view.lang}"


class World:
    """A hub, what it sees and its time."""

    def __init__(self) -> None:
        self.clock, self.sight = DrivenClock(), Sight()
        self.live = Live(self.sight, self.clock.now)

    def store(self, id_: str, **changes: object) -> None:
        """Store a mention now."""
        self.sight.rows.append(stored(id=id_, stored_at=self.clock.now(), **changes))

    async def opened(self, view: View = VIEW) -> AsyncIterator[bytes]:
        """A stream that has begun to watch."""
        stream = self.live.stream(view, self.clock.now())
        assert await anext(stream) == b"retry: 2000\n\n"
        return stream

    async def told(self, stream: AsyncIterator[bytes]) -> bytes:
        """The next message, after a look one second later."""
        await self.clock.advance(1)
        waiting = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0.01)  # whoever waits must wait before the look
        await self.live.look()
        return await asyncio.wait_for(waiting, 5)


def test_what_is_new_is_told_to_all_who_watch() -> None:
    """Two pages of the same view get the same event, and the next look does not tell it again."""

    async def scenario() -> None:
        world = World()
        async with aclosing(await world.opened()) as one, aclosing(await world.opened()) as other:
            waiting = asyncio.gather(anext(one), anext(other))
            await asyncio.sleep(0.05)
            world.store("bluesky:1")
            await world.live.look()
            first, second = await waiting
            assert first == second
            assert first.startswith(b"event: mentions\ndata: bluesky:1\nid: ")
            world.store("bluesky:2")
            assert b"data: bluesky:2\n" in await world.told(one)

    run(scenario())


def test_everybody_is_served_by_one_look() -> None:
    """However many watch, the store is asked once; when nobody watches it is not asked at all."""

    async def scenario() -> None:
        world = World()
        await world.live.look()
        assert world.sight.looks == 0
        streams = [await world.opened() for _ in range(10)]
        waiting = [asyncio.ensure_future(anext(stream)) for stream in streams]
        await asyncio.sleep(0.1)
        before = world.sight.looks
        world.store("bluesky:1")
        await world.live.look()
        assert world.sight.looks == before + 1
        await asyncio.wait_for(asyncio.gather(*waiting), 5)
        for stream in streams:
            await stream.aclose()  # type: ignore[attr-defined] # an async generator
        assert world.live.watching == 0

    run(scenario())


def test_each_page_gets_what_it_selected() -> None:
    """A page that shows the negative ones is not told of a positive mention."""

    async def scenario() -> None:
        world = World()
        async with aclosing(await world.opened(View("en", Selection(label="negative")))) as stream:
            waiting = asyncio.ensure_future(anext(stream))
            await asyncio.sleep(0.05)
            world.store("bluesky:1", label="positive")
            await world.live.look()
            world.store("bluesky:2", label="negative")
            await world.live.look()
            assert b"data: bluesky:2\n" in await asyncio.wait_for(waiting, 5)

    run(scenario())


def test_nothing_is_missed_between_page_and_stream() -> None:
    """What was stored after the page was made and before its stream opened is told first, and figures that count it."""

    async def scenario() -> None:
        world = World()
        made_at = world.clock.now()
        await world.clock.advance(60)
        world.store("bluesky:1")
        await world.clock.advance(60)
        async with aclosing(world.live.stream(VIEW, made_at)) as stream:
            await anext(stream)
            assert b"data: bluesky:1\n" in await asyncio.wait_for(anext(stream), 5)
            assert (await asyncio.wait_for(anext(stream), 5)).startswith(b"event: figures\n")

    run(scenario())


def test_a_flood_asks_for_a_reload() -> None:
    """More new mentions in one look than a page can take are not sent; the page is told to reload."""

    async def scenario() -> None:
        world = World()
        async with aclosing(await world.opened()) as stream:
            waiting = asyncio.ensure_future(anext(stream))
            await asyncio.sleep(0.05)
            for number in range(MOST):
                world.store(f"bluesky:{number}")
            await world.live.look()
            assert (await asyncio.wait_for(waiting, 5)).startswith(b"event: flood\n")

    run(scenario())


def test_a_slow_reader_costs_a_bounded_queue() -> None:
    """To a reader that stops reading, one word to reload takes the place of all that waited; others get everything."""

    async def scenario() -> None:
        world = World()
        async with aclosing(await world.opened()) as slow, aclosing(await world.opened()) as quick:
            first = asyncio.ensure_future(anext(slow))
            got = [await _after_one_more(world, quick, number) for number in range(90)]
            assert all(b"event: mentions" in message for message in got)
            assert b"data: bluesky:0\n" in await first
            queued = [await asyncio.wait_for(anext(slow), 5) for _ in range(25)]
            assert queued[0].startswith(b"event: flood\n")
            assert b"data: bluesky:89\n" in queued[-1]

    run(scenario())


async def _after_one_more(world: World, stream: AsyncIterator[bytes], number: int) -> bytes:
    waiting = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0.002)
    world.store(f"bluesky:{number}")
    await world.live.look()
    return await asyncio.wait_for(waiting, 5)


def test_figures_follow_at_most_every_five_seconds() -> None:
    """New mentions bring new figures, five seconds later at the earliest; without any they come once a minute."""

    async def scenario() -> None:
        world = World()
        async with aclosing(await world.opened()) as stream:
            seconds = []
            reader = asyncio.create_task(_note_figures(world, stream, seconds))
            await asyncio.sleep(0.05)
            for second in range(70):
                if second == 2:
                    world.store("bluesky:1")
                await world.clock.advance(1)
                await world.live.look()
                await asyncio.sleep(0.001)
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)
            assert seconds == [5, 65]

    run(scenario())


async def _note_figures(world: World, stream: AsyncIterator[bytes], seconds: list[int]) -> None:
    while True:
        message = await anext(stream)
        if message.startswith(b"event: figures\ndata: figures in en"):
            seconds.append((world.clock.now() - MORNING) // SECOND)


def test_silence_is_broken_by_a_sign_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream without news sends a comment, so that whoever stands between does not think it dead."""
    assert live.HEARTBEAT.total_seconds() == 15
    monkeypatch.setattr(live, "HEARTBEAT", timedelta(milliseconds=20))

    async def scenario() -> None:
        world = World()
        async with aclosing(await world.opened()) as stream:
            assert await asyncio.wait_for(anext(stream), 5) == b": still here\n\n"

    run(scenario())


def test_closing_ends_every_stream() -> None:
    """After `close` open streams end at once, and one that opens then ends too."""

    async def scenario() -> None:
        world = World()
        stream = await world.opened()
        waiting = asyncio.ensure_future(anext(stream, None))
        await asyncio.sleep(0.05)
        world.live.close()
        assert await asyncio.wait_for(waiting, 5) is None
        late = await world.opened()
        assert await asyncio.wait_for(anext(late, None), 5) is None
        assert world.live.watching == 0

    run(scenario())


def test_a_store_that_cannot_be_read_does_not_end_the_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the store is locked nothing is told; what came meanwhile is told afterwards."""
    monkeypatch.setattr(live, "EVERY", timedelta(milliseconds=5))

    async def scenario() -> None:
        world = World()
        looking = asyncio.create_task(world.live.run())
        async with aclosing(await world.opened()) as stream:
            waiting = asyncio.ensure_future(anext(stream))
            await asyncio.sleep(0.05)
            world.sight.broken = True
            world.store("bluesky:1")
            looks = world.sight.looks
            while world.sight.looks < looks + 3:
                await asyncio.sleep(0.001)
            assert not waiting.done()
            world.sight.broken = False
            assert b"data: bluesky:1\n" in await asyncio.wait_for(waiting, 5)
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)

    run(scenario())


def test_only_so_many_may_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    """One page more than the limit is refused with a sentence."""
    monkeypatch.setattr(live, "WATCHERS", 1)

    async def scenario() -> None:
        world = World()
        world.live.check_room()
        async with aclosing(await world.opened()):
            with pytest.raises(Unavailable, match="1 pages are live already"):
                world.live.check_room()

    run(scenario())


def test_an_event_keeps_its_lines() -> None:
    """Every kind of line end becomes a line of data, so that no text can begin an event of its own."""
    assert event("mentions", "a\nb\r\nc\rdata: d\n\nevent: e", "7") == (
        b"event: mentions\ndata: a\ndata: b\ndata: c\ndata: data: d\ndata: \ndata: event: e\nid: 7\n\n"
    )


def test_marks_are_moments() -> None:
    """A mark comes back as the moment that it was written from; anything else is none."""
    moment = MORNING + timedelta(microseconds=123456)
    assert read_mark(write_mark(moment)) == moment
    for wrong in ("", "-1", "1e9", "٣", "9" * 17, "x"):
        assert read_mark(wrong) is None


def test_a_selection_takes_what_has_one_of_its_findings() -> None:
    """A mention is taken for any of its intents and aspects, and for no other; both parts must fit."""
    found = stored(intents=(Finding("question", ("?",)), Finding("praise", ("bravo",))), aspects=())
    assert Selection(intent="praise").takes(found)
    assert not Selection(intent="support").takes(found)
    assert not Selection(intent="praise", aspect="price").takes(found)


def test_a_selection_comes_back_from_its_address() -> None:
    """What is selected survives the way through an address, whatever it holds; empty parts are left out."""
    selection = Selection(brand="a&b=c ñ", label="negative")
    address = selection.query(before="x y")
    assert address == "?brand=a%26b%3Dc+%C3%B1&label=negative&before=x+y"
    assert selection_of({"brand": "a&b=c ñ", "label": "negative", "other": "1"}) == selection
    assert ALL.query() == ""
    assert not ALL.any
