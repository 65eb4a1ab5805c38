import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ingest.outbox import Outbox
from ingest.sources.base import Fetched
from ingest.worker import Health, Worker
from mentions.clock import Clock
from mentions.codec import decode
from mentions.errors import OutboxUnavailable, UsageError
from mentions.records import Counts, Event, Gap, Heartbeat, Mention, SourceClass
from tests.clocks import DrivenClock, run
from tests.playing import KeywordMatcher, a_post, at


@dataclass
class ScriptedSource:
    """Yields what it is told, a step each `pause` seconds, from the step that its cursor names."""

    steps: Sequence[Fetched]
    pause: float = 1.0
    for_ever: bool = False
    name: str = "bluesky"
    shard: str = "main"
    source_class: SourceClass = "stream"
    started_from: list[str | None] = field(default_factory=list)
    waits: int = 0
    closed: int = 0

    async def read(self, cursor: str | None, clock: Clock) -> AsyncIterator[Fetched]:
        """The steps behind the cursor."""
        self.started_from.append(cursor)
        try:
            for step in self.steps[int(cursor or 0) :]:
                yield step
                self.waits += 1
                await clock.sleep(self.pause)
            while self.for_ever:
                yield Fetched(holds=True)
                self.waits += 1
                await clock.sleep(self.pause)
        finally:
            self.closed += 1


def step(number: int, *, until: float | None = None, **fields: Any) -> Fetched:
    """The step that brings post `number` and the cursor behind it."""
    complete = None if until is None else at(until)
    return Fetched((a_post(str(number)),), cursor=str(number + 1), complete_until=complete, holds=True, **fields)


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    """A new outbox."""
    opened = Outbox(tmp_path / "outbox.sqlite", durable=False)
    yield opened
    opened.close()


def events(outbox: Outbox) -> list[Event]:
    """What waits, in order."""
    found = [decode(payload) for _, payload in outbox.read(0, 10_000)]
    return [event for event in found if isinstance(event, Event)]  # type: ignore[arg-type,misc]


def beats(outbox: Outbox) -> list[Heartbeat]:
    """The heartbeats that wait."""
    return [event for event in events(outbox) if isinstance(event, Heartbeat)]


def ids(outbox: Outbox) -> list[str]:
    """The posts that wait."""
    return [event.post.native_id for event in events(outbox) if isinstance(event, Mention)]


def a_worker(source: ScriptedSource, outbox: Outbox, clock: DrivenClock, observe: Any = lambda *_: None) -> Worker:
    """A worker with the keyword matcher."""
    return Worker(source, outbox, KeywordMatcher, clock, observe)


@contextlib.asynccontextmanager
async def working(worker: Worker) -> AsyncIterator[asyncio.Task[None]]:
    """Run a worker until the block ends."""
    task = asyncio.create_task(worker.run())
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def test_everything_fetched_is_in_the_outbox_with_its_cursor(outbox: Outbox) -> None:
    """A source that ends leaves its posts in order, its last cursor, and a last heartbeat with all counts."""
    source = ScriptedSource([step(0), step(1), step(2, until=2)])

    async def scenario() -> None:
        clock = DrivenClock()
        async with working(a_worker(source, outbox, clock)) as task:
            await clock.until(task.done, step=1)

    run(scenario())
    assert ids(outbox) == ["0", "1", "2"]
    assert outbox.cursor("bluesky", "main") == "3"
    assert sum(beat.counts.seen for beat in beats(outbox)) == 3
    assert beats(outbox)[-1].complete_until == at(2)
    assert source.closed == 1


def test_a_restarted_worker_goes_on_at_its_cursor(outbox: Outbox) -> None:
    """A new worker reads from the committed cursor, so that nothing is missed and little comes twice."""
    source = ScriptedSource([step(n) for n in range(6)])

    async def scenario() -> None:
        clock = DrivenClock()
        async with working(a_worker(source, outbox, clock)):
            await clock.until(lambda: outbox.cursor("bluesky", "main") == "3", step=1)
        async with working(a_worker(source, outbox, clock)) as task:
            await clock.until(task.done, step=1)

    run(scenario())
    assert source.started_from[0] is None
    assert source.started_from[1] == "3"
    assert ids(outbox) == [str(n) for n in range(6)]


def test_a_heartbeat_is_spoken_every_five_seconds_also_when_nothing_comes(outbox: Outbox) -> None:
    """A source that only says that it is there still speaks: at once, then every five seconds."""
    source = ScriptedSource([], for_ever=True, pause=1)

    async def scenario() -> None:
        clock = DrivenClock()
        async with working(a_worker(source, outbox, clock)):
            for second in range(21):
                await clock.until(lambda: source.waits > second)  # noqa: B023 # awaited at once
                await clock.advance(1)

    run(scenario())
    assert [(beat.at - at(0)).total_seconds() for beat in beats(outbox)] == [0, 5, 10, 15, 20]
    assert {(beat.holds, beat.source_class, beat.outbox_id) for beat in beats(outbox)} == {
        (True, "stream", outbox.outbox_id)
    }


def test_complete_until_is_spoken_only_behind_the_commit(outbox: Outbox) -> None:
    """In the log, every post that a heartbeat covers lies before it."""
    source = ScriptedSource([step(n, until=n * 5) for n in range(8)], pause=5)

    async def scenario() -> None:
        clock = DrivenClock()
        async with working(a_worker(source, outbox, clock)) as task:
            await clock.until(task.done, step=5)

    run(scenario())
    said = -1
    for event in events(outbox):
        if isinstance(event, Mention):
            assert int(event.post.native_id) * 5 > said
        elif isinstance(event, Heartbeat) and event.complete_until is not None:
            said = int((event.complete_until - at(0)).total_seconds())
    assert said == 35


def test_a_refused_commit_leaves_complete_until_unsaid(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a batch waits for the outbox, heartbeats go on, and say what was committed before it."""
    source = ScriptedSource([step(0, until=10), step(1, until=20)], for_ever=True)
    commit, refuse = outbox.commit, threading.Event()

    def full(batch: Any) -> None:
        if refuse.is_set() and batch.records:
            raise OutboxUnavailable("full")
        commit(batch)

    monkeypatch.setattr(outbox, "commit", full)

    async def scenario() -> None:
        clock = DrivenClock()
        worker = a_worker(source, outbox, clock)
        async with working(worker):
            await clock.until(lambda: ids(outbox) == ["0"])
            refuse.set()
            for _ in range(60):
                await clock.advance(1)
            assert worker.health.outbox_waits
            assert worker.health.complete_until == at(10)
            assert ids(outbox) == ["0"]
            spoken = beats(outbox)
            assert {beat.complete_until for beat in spoken} == {at(10)}
            assert (spoken[-1].at - at(0)).total_seconds() >= 50
            assert all(beat.holds for beat in spoken)
            refuse.clear()
            await clock.until(lambda: ids(outbox) == ["0", "1"], step=1)
            await clock.until(lambda: beats(outbox)[-1].complete_until == at(20), step=1)
            assert not worker.health.outbox_waits

    run(scenario())


def test_back_pressure_waits_and_then_goes_on_with_nothing_lost(tmp_path: Path) -> None:
    """A worker before a full outbox reads no further, and goes on as the outbox is pruned."""
    outbox = Outbox(tmp_path / "small.sqlite", max_rows=2, durable=False)
    source = ScriptedSource([step(n) for n in range(6)], pause=0.1)
    read: list[str] = []

    async def scenario() -> None:
        clock = DrivenClock()
        async with working(a_worker(source, outbox, clock)) as task:
            for _ in range(20):
                await clock.advance(1)
            assert ids(outbox) == ["0"]  # one post and one heartbeat fill it
            while not task.done():
                read.extend(ids(outbox))
                outbox.prune(outbox.last_offset())
                await clock.advance(1)
        read.extend(ids(outbox))

    run(scenario())
    assert read == [str(n) for n in range(6)]
    outbox.close()


def test_what_no_waiting_mends_ends_the_worker(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A damaged outbox is not waited for: the error comes out, and the source is closed."""

    def damaged(batch: object) -> None:
        raise UsageError("damaged")

    monkeypatch.setattr(outbox, "commit", damaged)
    source = ScriptedSource([step(0)])

    async def scenario() -> None:
        with pytest.raises(UsageError, match="damaged"):
            await a_worker(source, outbox, DrivenClock()).run()

    run(scenario())
    assert source.closed == 1


def test_a_cancelled_worker_leaves_nothing_half_done(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cancelled in the middle of a commit, it ends only when the commit has: batch and cursor are there together."""
    commit, begun, go_on = outbox.commit, threading.Event(), threading.Event()

    def slow(batch: Any) -> None:
        begun.set()
        assert go_on.wait(10)
        commit(batch)

    monkeypatch.setattr(outbox, "commit", slow)
    source = ScriptedSource([step(0)], for_ever=True)

    async def scenario() -> None:
        clock = DrivenClock()
        task = asyncio.create_task(a_worker(source, outbox, clock).run())
        await clock.until(begun.is_set)
        task.cancel()
        for _ in range(5):
            await clock.settle()
        assert not task.done()
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(scenario())
    assert (ids(outbox), outbox.cursor("bluesky", "main")) == (["0"], "1")
    assert source.closed == 1


def test_health_says_how_a_source_is(outbox: Outbox) -> None:
    """After each step the observer is told state, detail, what was counted, and when the source last worked."""
    steps = [
        step(0, until=3, state="catching_up"),
        Fetched((), state="down", detail="no route to host"),
        Fetched((), gaps=(Gap(at(0), at(1), "outage"),), state="live"),
    ]
    told: list[tuple[Health, Counts]] = []

    async def scenario() -> None:
        clock = DrivenClock()
        source = ScriptedSource(steps)
        worker = a_worker(source, outbox, clock, lambda health, counts, _: told.append((health, counts)))
        assert worker.health.state == "connecting"
        async with working(worker) as task:
            for second in range(3):
                await clock.until(lambda: source.waits > second)  # noqa: B023 # awaited at once
                await clock.advance(1)
            await clock.until(task.done)

    run(scenario())
    assert [(health.state, health.detail) for health, _ in told] == [
        ("catching_up", ""),
        ("down", "no route to host"),
        ("live", ""),
    ]
    assert [health.last_success for health, _ in told] == [at(0), at(0), at(2)]
    assert [health.complete_until for health, _ in told] == [at(3)] * 3
    assert [counts.seen for _, counts in told] == [1, 0, 0]
    assert [gap for beat in beats(outbox) for gap in beat.gaps] == [Gap(at(0), at(1), "outage")]


def test_two_workers_do_not_forward_the_same_post_twice(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two shards that receive the same posts at the same time forward each once, and count the rest as duplicates."""
    steps = [step(n) for n in range(3)]
    one, other = ScriptedSource(steps), ScriptedSource(steps, shard="other")
    commit, both_admitted = outbox.commit, threading.Barrier(2)

    def meet(batch: Any) -> None:
        with contextlib.suppress(threading.BrokenBarrierError):
            both_admitted.wait(0.2)  # both would have admitted the same post by now, if they could
        commit(batch)

    monkeypatch.setattr(outbox, "commit", meet)

    async def scenario() -> None:
        clock = DrivenClock()
        async with working(a_worker(one, outbox, clock)) as a, working(a_worker(other, outbox, clock)) as b:
            await clock.until(lambda: a.done() and b.done(), step=1)

    run(scenario())
    assert ids(outbox) == ["0", "1", "2"]
    spoken = beats(outbox)
    assert sum(beat.counts.matched for beat in spoken) == 3
    assert sum(beat.counts.dropped.get("duplicate", 0) for beat in spoken) == 3


def test_a_changed_matcher_takes_effect_with_the_next_batch(outbox: Outbox) -> None:
    """The matcher is asked for anew with every batch."""

    class Deaf(KeywordMatcher):
        def hits(self, post: Any, seen: Any) -> tuple[Any, ...]:
            return ()

    matchers: Iterator[Callable[[], Any]] = iter([Deaf, KeywordMatcher])

    async def scenario() -> None:
        clock = DrivenClock()
        worker = Worker(ScriptedSource([step(0), step(1)]), outbox, lambda: next(matchers)(), clock)
        async with working(worker) as task:
            await clock.until(task.done, step=1)

    run(scenario())
    assert ids(outbox) == ["1"]
