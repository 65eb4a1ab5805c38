import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from ingest.simulation.world import World
from ingest.sources.base import Fetched, Source
from ingest.sources.simulated import SimulatedSource
from mentions.records import Gap, Post

UNTIL = datetime(2026, 11, 16, 10, 17, tzinfo=UTC)
DEADLINE = 60.0


class DrivenClock:
    """A clock whose sleepers sleep no time at all; it remembers how long they meant to."""

    def __init__(self, moment: datetime = UNTIL) -> None:
        self.moment = moment
        self.slept: list[float] = []

    def now(self) -> datetime:
        """The time that was slept until."""
        return self.moment

    async def sleep(self, seconds: float) -> None:
        """Move on at once."""
        self.slept.append(seconds)
        self.moment += timedelta(seconds=seconds)
        await asyncio.sleep(0)


def run(check: Callable[[], Awaitable[None]]) -> None:
    """Run a check within its deadline."""

    async def within() -> None:
        await asyncio.wait_for(check(), DEADLINE)

    asyncio.run(within())


async def history(source: SimulatedSource, cursor: str | None = None) -> list[Fetched]:
    """Read until it catches up or ends."""
    steps: list[Fetched] = []
    reading = source.read(cursor, DrivenClock())
    async for fetched in reading:
        steps.append(fetched)
        if fetched.state == "live":
            break
    await reading.aclose()  # type: ignore[attr-defined] # readers are generators
    return steps


def test_it_is_a_stream() -> None:
    """The simulated source keeps the contract's attributes."""
    source: Source = SimulatedSource()
    assert (source.name, source.shard, source.source_class) == ("simulated", "main", "stream")


def test_the_history_is_given_whole_in_small_steps() -> None:
    """The steps together are the world's history, each at most an hour or 500 items, gaps beside the items."""

    async def check() -> None:
        steps = await history(SimulatedSource(seed=5, days=3, until=UNTIL, volume=3))
        expected = [event.item for event in World(5, UNTIL - timedelta(days=3), 3, live_crisis=True, volume=3).events()]
        assert [item for step in steps for item in step.items] == [
            item for item in expected if not isinstance(item, Gap)
        ]
        assert [gap for step in steps for gap in step.gaps] == [item for item in expected if isinstance(item, Gap)]
        assert len(steps[0].items) > 10
        for step in steps:
            times = [item.created_at for item in step.items if isinstance(item, Post)]
            assert len(step.items) <= 500
            assert max(times) - min(times) < timedelta(hours=1, minutes=2)

    run(check)


def test_complete_until_keeps_its_word() -> None:
    """What `complete_until` covers does not come later, it never falls, and the history ends with `until`."""

    async def check() -> None:
        steps = await history(SimulatedSource(days=2, until=UNTIL))
        covered = UNTIL - timedelta(days=2)
        known: set[str] = set()
        for step in steps:
            assert step.holds
            assert step.complete_until is not None
            assert step.complete_until > covered
            fresh = [item for item in step.items if isinstance(item, Post) and item.id not in known]
            assert all(covered < post.received_at <= step.complete_until for post in fresh)
            known |= {post.id for post in fresh}
            covered = step.complete_until
        assert covered == UNTIL

    run(check)


def test_any_cursor_resumes_the_same_world() -> None:
    """From whatever step's cursor, what follows is what would have followed, also under a later `until`."""

    async def check() -> None:
        steps = await history(SimulatedSource(days=2, until=UNTIL))
        for place in (0, 7, len(steps) // 2, len(steps) - 2):
            later = SimulatedSource(days=2, until=UNTIL + timedelta(hours=5))
            rest = await history(later, steps[place].cursor)
            assert [item for step in rest for item in step.items] == [
                item for step in steps[place + 1 :] for item in step.items
            ]

    run(check)


@pytest.mark.parametrize("cursor", ["nonsense", '{"seed":9,"days":2,"until":"2026-11-16T10:17:00Z","day":1,"event":3}'])
def test_a_cursor_of_another_world_begins_anew(cursor: str) -> None:
    """A cursor that cannot be read or is of another seed starts this world from its beginning."""

    async def check() -> None:
        fresh = await history(SimulatedSource(days=2, until=UNTIL))
        assert await history(SimulatedSource(days=2, until=UNTIL), cursor) == fresh

    run(check)


def test_without_live_it_is_done_with_its_history() -> None:
    """`live=False` ends the reader after the last past event, done and complete."""

    async def check() -> None:
        steps = await history(SimulatedSource(days=1, until=UNTIL, live=False))
        assert (steps[-1].state, steps[-1].complete_until) == ("done", UNTIL)

    run(check)


@pytest.mark.parametrize("speed", [1.0, 20.0])
def test_live_events_come_when_they_are_due(speed: float) -> None:
    """After the history each event comes when the clock, times the speed, reaches it, and never before."""

    async def check() -> None:
        clock = DrivenClock()
        reading = SimulatedSource(days=1, until=UNTIL, speed=speed).read(None, clock)
        while (await anext(reading)).state == "catching_up":
            pass
        known: set[str] = set()
        while len(known) < 60:
            step = await anext(reading)
            due = UNTIL + (clock.moment - UNTIL) * speed
            assert step.complete_until == due
            fresh = [item for item in step.items if isinstance(item, Post) and item.id not in known]
            assert all(due - timedelta(seconds=speed + 0.1) <= post.received_at <= due for post in fresh)
            known |= {post.id for post in fresh}
        assert max(clock.slept) <= 1.0
        await reading.aclose()  # type: ignore[attr-defined] # readers are generators

    run(check)


def test_the_crisis_can_be_watched_within_three_minutes() -> None:
    """Within three minutes of live time more than fifteen people complain of one thing."""

    async def check() -> None:
        clock = DrivenClock()
        reading = SimulatedSource(days=1, until=UNTIL).read(None, clock)
        while (await anext(reading)).state == "catching_up":
            pass
        posts: list[Post] = []
        while clock.moment < UNTIL + timedelta(minutes=3):
            posts += [item for item in (await anext(reading)).items if isinstance(item, Post)]
        await reading.aclose()  # type: ignore[attr-defined] # readers are generators
        world = World(1, UNTIL - timedelta(days=1), 1, live_crisis=True)
        told = {
            event.item.id for event in world.day(1) if isinstance(event.item, Post) and event.truth.story == "charge"
        }
        assert len({post.author.id for post in posts if post.id in told}) > 15

    run(check)


def test_who_comes_back_later_is_told_what_was_missed() -> None:
    """A reader that returns hours later with its cursor first catches up, then is live."""

    async def check() -> None:
        cursor = (await history(SimulatedSource(days=1, until=UNTIL)))[-2].cursor
        clock = DrivenClock(UNTIL + timedelta(hours=6))
        reading = SimulatedSource(days=1, live_crisis=False).read(cursor, clock)
        missed = []
        while True:
            step = await anext(reading)
            missed += step.items
            if step.state == "live":
                break
        assert step.complete_until == clock.moment
        assert len(missed) > 100
        await reading.aclose()  # type: ignore[attr-defined] # readers are generators

    run(check)
