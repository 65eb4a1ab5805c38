"""The `bluesky` source against local hosts that speak the real protocol, in driven time: an ordinary day."""

import asyncio
from datetime import timedelta
from itertools import pairwise
from typing import Literal

import pytest

from ingest.sources.bluesky.frames import Wire
from ingest.sources.bluesky.line import BATCH, WAITING_FRAMES, open_line
from mentions.drops import Drop
from tests.clocks import DrivenClock, run
from tests.servers.bluesky import ANA, following, say, source
from tests.servers.jetstream import JetstreamServer
from tests.servers.jetstream_events import account, commit, deletion, edit, identity, post, raw, sync, v1_frame
from tests.servers.reading import Reading


@pytest.fixture(params=["v1", "v2"])
def wire(request: pytest.FixtureRequest) -> Wire:
    """What holds on one wire holds on the other."""
    return "v1" if request.param == "v1" else "v2"


def test_everything_that_is_sent_arrives_once_or_is_counted(wire: Wire) -> None:
    """Posts and deletions arrive in order; likes, edits, account states, broken JSON, giants are counted by reason."""

    async def scenario() -> None:
        clock = DrivenClock()
        async with following(wire, clock) as (server, reading):
            now = clock.now()
            say(server, clock, "uno")
            server.publish(
                deletion(ANA, "3kuno", now),
                account(ANA, now, active=False, status="takendown"),
                account(ANA, now, active=False, status="throttled"),
                edit(ANA, "3kuno", "otra", now),
                commit(ANA, "3l", now, operation="create", collection="app.bsky.feed.like"),
                identity(ANA, now),
                sync(ANA, now),
                raw('{"did":', now),
                raw(b"\xff\xfe", now),
                raw('{"kind":"weather","did":"did:plc:ana"}' if wire == "v1" else '{"$type":"weather"}', now),
                raw('{"x":"' + "y" * 5_000_000 + '"}', now),
            )
            say(server, clock, "dos")
            await clock.until(lambda: "dos" in reading.texts, step=0.5)

            assert reading.texts == ["uno", "dos"]
            assert [(one.native_id, one.author_id, one.why) for one in reading.deletions] == [
                (f"at://{ANA}/app.bsky.feed.post/3kuno", None, "deleted"),
                (None, ANA, "takendown"),
            ]
            identities = 1 if wire == "v1" else 0  # v1 sends them whatever is asked for
            assert reading.drops == {
                Drop.NOT_JSON: 2,
                Drop.UNKNOWN_KIND: 1,
                Drop.TOO_LARGE: 1,
                Drop.EDIT_IGNORED: 1,
                Drop.ACCOUNT_STATE: 1,
            } | ({Drop.NOT_A_POST: identities} if identities else {})
            assert (len(server.asked), server.received, reading.gaps) == (1, [], [])

    run(scenario())


def test_the_protocol_is_spoken_as_the_hosts_expect_it(wire: Wire) -> None:
    """A truthful name, v2's subprotocol, no parameter of the other wire, and not one frame of data sent."""

    async def scenario() -> None:
        clock = DrivenClock()
        async with following(wire, clock) as (server, _):
            await clock.advance(120)
            (asked,) = server.asked
            assert asked.user_agent.startswith("Atalaya/")
            assert asked.subprotocols == ("xrpc.v1.json" if wire == "v2" else "")
            assert set(asked.query) == ({"kinds", "collections"} if wire == "v2" else {"wantedCollections"})
            assert server.received == []

    run(scenario())


@pytest.mark.parametrize(
    ("hours", "expected"), [(0, ["nuevo"]), (6, ["ayer", "nuevo"]), (36, ["antes", "ayer", "nuevo"])]
)
def test_the_first_start_looks_back_as_far_as_configured(
    wire: Wire, hours: Literal[0, 6, 36], expected: list[str]
) -> None:
    """A first start brings the posts of the last 0, 6 or 36 hours, of their own time, and then the live ones."""

    async def scenario() -> None:
        clock = DrivenClock()
        async with JetstreamServer() as server:
            for text, age in (("nunca", 37), ("antes", 30), ("ayer", 5)):
                server.publish(post(ANA, f"3k{text}", text, clock.now() - timedelta(hours=age)))
            async with Reading(source(server, wire=wire, look_back=hours), clock) as reading:
                await clock.until(lambda: server.connections == 1)
                say(server, clock, "nuevo")
                await clock.until(lambda: "nuevo" in reading.texts, step=0.5)
                assert reading.texts == expected
                assert not any(one.clock_skew for one in reading.posts)
                assert reading.gaps == []

    run(scenario())


def test_an_idle_stream_stays_live_and_complete(wire: Wire) -> None:
    """A quarter of an hour without a post but with pongs: connected, live, complete up to now, and a step every 5 s."""

    async def scenario() -> None:
        clock = DrivenClock()
        async with following(wire, clock) as (server, reading):
            await clock.advance(900)
            times = [at for at, _ in reading.steps]
            complete = reading.last.complete_until

            assert max(b - a for a, b in pairwise(times)) <= timedelta(seconds=5)
            assert (len(server.asked), reading.last.state, reading.last.holds) == (1, "live", True)
            assert complete is not None
            assert clock.now() - complete <= timedelta(seconds=10)

    run(scenario())


def test_the_wire_is_found_out() -> None:
    """With `auto` a host that does not know v2 is spoken to in v1, at once and without being called down."""

    async def scenario() -> None:
        clock = DrivenClock()
        async with JetstreamServer("v1") as old, Reading(source(old, wire="auto"), clock) as reading:
            await clock.until(lambda: old.connections == 1)
            say(old, clock, "hola")
            await clock.until(lambda: reading.texts == ["hola"], step=0.5)
            assert [(asked.wire, asked.status) for asked in old.asked] == [("v2", 404), ("v1", 101)]
            assert "down" not in {step.state for _, step in reading.steps}

    run(scenario())


def test_much_at_once_is_handed_on_in_batches(wire: Wire) -> None:
    """A backlog arrives in order, at most 500 frames to a step."""

    async def scenario() -> None:
        clock = DrivenClock()
        async with following(wire, clock) as (server, reading):
            texts = [str(number) for number in range(3 * BATCH + 7)]
            say(server, clock, *texts)
            await clock.until(lambda: len(reading.posts) == len(texts), step=0.5)
            assert reading.texts == texts
            assert max(len(step.items) for _, step in reading.steps) == BATCH

    run(scenario())


def test_a_slow_reader_fills_no_memory() -> None:
    """While nobody takes anything, a bounded number of frames waits on our side; the rest waits at the host."""

    async def scenario() -> None:
        clock = DrivenClock()
        async with JetstreamServer() as server:
            line = await open_line(f"{server.url}/subscribe", "v1", clock)
            event = post(ANA, "3k", "x" * 10_000, clock.now())
            server.publish(*[event] * 3 * WAITING_FRAMES)
            await clock.until(line.full.is_set)
            for _ in range(50):
                await clock.settle()
            waiting = 0
            while frames := line.take():
                waiting += len(frames)
            await line.close()
            assert WAITING_FRAMES <= waiting <= WAITING_FRAMES + 1
            assert len(v1_frame(event, event.at, 1)) > 10_000

    run(scenario())


def test_nothing_is_left_open(wire: Wire) -> None:
    """Ending the reading, connected or connecting, closes its socket and leaves no task behind."""

    async def scenario() -> None:
        clock = DrivenClock()
        before = asyncio.all_tasks()
        async with JetstreamServer() as server:
            async with Reading(source(server, wire=wire), clock):
                await clock.until(lambda: server.connections == 1)
            await clock.until(lambda: server.connections == 0)
            server.stall()
            async with Reading(source(server, wire=wire), clock):
                await asyncio.sleep(0)
        await clock.settle()
        assert asyncio.all_tasks() == before

    run(scenario())
