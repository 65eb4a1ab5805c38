"""The `bluesky` source against local hosts that stop, stall, forget and refuse, in driven time."""

from contextlib import AsyncExitStack
from datetime import timedelta
from itertools import pairwise

import pytest

from ingest.sources.bluesky.frames import Wire
from ingest.sources.bluesky.line import MAX_MESSAGE
from mentions.drops import Drop
from tests.clocks import DrivenClock, run
from tests.servers.bluesky import following, say, source
from tests.servers.jetstream import JetstreamServer
from tests.servers.jetstream_events import micros, raw
from tests.servers.reading import Reading


@pytest.fixture(params=["v1", "v2"])
def wire(request: pytest.FixtureRequest) -> Wire:
    """What holds on one wire holds on the other."""
    return "v1" if request.param == "v1" else "v2"


def test_a_host_that_stops_and_comes_back_loses_nothing(wire: Wire) -> None:
    """During an outage the state is `down`, with why; what was posted meanwhile comes afterwards, without a gap."""

    async def scenario() -> None:
        clock = DrivenClock()
        async with following(wire, clock) as (server, reading):
            say(server, clock, "antes")
            await clock.until(lambda: "antes" in reading.texts, step=0.5)
            await server.stop()
            await clock.until(lambda: reading.last.state == "down", step=1)
            assert server.host in reading.last.detail
            say(server, clock, "mientras")
            await clock.advance(30)
            await server.start()
            await clock.until(lambda: "mientras" in reading.texts, step=1)

            assert set(reading.texts) == {"antes", "mientras"}
            assert (reading.last.state, reading.last.detail, reading.gaps) == ("catching_up", "", [])

    run(scenario())


def test_a_new_process_goes_on_where_the_old_one_stopped(wire: Wire) -> None:
    """The cursor of the last step brings everything after it; v2 sends the last event once more, v1 five seconds."""

    async def scenario() -> None:
        clock = DrivenClock()
        async with JetstreamServer() as server:
            async with Reading(source(server, wire=wire), clock) as first:
                await clock.until(lambda: server.connections == 1)
                for number in range(8):
                    say(server, clock, str(number))
                    await clock.advance(2)
                await clock.until(lambda: "7" in first.texts, step=0.5)
            say(server, clock, "8", "9")
            await clock.advance(3600)
            async with Reading(source(server, wire=wire), clock, first.cursor) as second:
                await clock.until(lambda: "9" in second.texts, step=0.5)

                assert second.texts == (["7", "8", "9"] if wire == "v2" else ["5", "6", "7", "8", "9"])
                assert second.steps[0][1].complete_until == first.posts[-1].received_at
                assert second.gaps == []

    run(scenario())


def test_a_silent_host_is_left_for_the_next_one(wire: Wire) -> None:
    """A connection without frame or pong for a minute is dead: the next host goes on by time, and nothing is lost."""

    async def scenario() -> None:
        clock = DrivenClock()
        other_stamp = timedelta(seconds=2)
        async with AsyncExitStack() as stack:
            one = await stack.enter_async_context(JetstreamServer())
            two = await stack.enter_async_context(JetstreamServer(first_seq=900, stamp=other_stamp))
            async with Reading(source(one, two, wire=wire), clock) as reading:
                await clock.until(lambda: one.connections == 1)
                for server in (one, two):
                    say(server, clock, "antes")
                await clock.until(lambda: "antes" in reading.texts, step=0.5)
                one.stall()
                await clock.advance(20)
                for server in (one, two):
                    say(server, clock, "mientras")
                await clock.advance(30)
                assert two.asked == []
                await clock.until(lambda: "mientras" in reading.texts, step=1)

                assert clock.now() - reading.posts[0].received_at < timedelta(seconds=75)
                assert any("silent" in step.detail and step.state == "down" for _, step in reading.steps)
                assert two.asked[0].cursor == micros(reading.posts[0].received_at - timedelta(seconds=5))
                assert reading.gaps == []

    run(scenario())


def test_a_host_that_only_answers_pings_is_left_too(wire: Wire) -> None:
    """A host that keeps connections but sends nothing for five minutes is left for another; pongs do not save it."""

    async def scenario() -> None:
        clock = DrivenClock()
        async with JetstreamServer() as two, following(wire, clock, two) as (one, reading):
            one.stall(pongs=True)
            await clock.advance(290)
            assert (two.asked, reading.last.state) == ([], "live")
            await clock.until(lambda: two.connections == 1, step=1)

            assert clock.now() - reading.steps[0][0] < timedelta(seconds=320)

    run(scenario())


def test_a_dead_network_stops_the_waiting_after_two_minutes(wire: Wire) -> None:
    """While nothing can be reached, steps still come every 5 s; after two minutes the watermark no longer waits."""

    async def scenario() -> None:
        clock = DrivenClock()
        async with following(wire, clock) as (server, reading):
            say(server, clock, "antes")
            await clock.until(lambda: "antes" in reading.texts, step=0.5)
            await server.stop()
            since = clock.now()
            await clock.advance(600)

            steps = [(at, step) for at, step in reading.steps if at > since]
            times = [at for at, _ in steps]
            assert max(b - a for a, b in pairwise(times)) <= timedelta(seconds=5)
            held = [at - since for at, step in steps if step.holds]
            assert timedelta(seconds=110) < max(held) <= timedelta(seconds=120)
            assert {step.complete_until for _, step in steps} == {steps[0][1].complete_until}
            assert reading.last.state == "down"

    run(scenario())


def test_hosts_that_refuse_are_asked_ever_more_rarely(wire: Wire) -> None:
    """Two hosts that answer 503 are asked in turn, with pauses that grow to half a minute, and are said to be down."""

    async def scenario() -> None:
        clock = DrivenClock()
        async with JetstreamServer() as one, JetstreamServer() as two:
            one.refuse(503)
            two.refuse(503)
            async with Reading(source(one, two, wire=wire), clock) as reading:
                await clock.advance(900)
                count = len(one.asked) + len(two.asked)
                assert 15 <= count <= 90
                assert abs(len(one.asked) - len(two.asked)) <= 1
                assert (reading.last.state, "HTTP 503" in reading.last.detail) == ("down", True)

                two.accept()
                await clock.until(lambda: reading.last.state == "live", step=2)

    run(scenario())


def test_an_outage_longer_than_the_host_remembers_is_a_gap(wire: Wire) -> None:
    """v1 clamps the cursor silently, v2 refuses it (CursorTooOld): both give one gap and go on at the floor."""

    async def scenario() -> None:
        clock = DrivenClock()
        async with JetstreamServer() as server:
            async with Reading(source(server, wire=wire), clock) as first:
                await clock.until(lambda: server.connections == 1)
                say(server, clock, "antes")
                await clock.until(lambda: "antes" in first.texts, step=0.5)
            known = first.posts[-1].received_at
            for text in ("perdido", "hallado", "otro"):
                await clock.advance(3600)
                say(server, clock, text)
            server.forget(clock.now() - timedelta(minutes=90))
            floor = clock.now() - timedelta(hours=1)
            async with Reading(source(server, wire=wire), clock, first.cursor) as second:
                await clock.until(lambda: "otro" in second.texts, step=0.5)
                await server.cut()
                await clock.advance(60)

                assert second.texts[:2] == ["hallado", "otro"]
                assert [(gap.start, gap.end) for gap in second.gaps] == [(known, floor)]
                refused = [asked.status for asked in server.asked if asked.status == 400]
                assert refused == ([400] if wire == "v2" else [])

    run(scenario())


def test_a_host_with_a_new_archive_is_asked_by_time() -> None:
    """A v2 host that does not know our `seq` starts at its newest event; we ask again by time and lose nothing."""

    async def scenario() -> None:
        clock = DrivenClock()
        async with AsyncExitStack() as stack:
            old = await stack.enter_async_context(JetstreamServer(first_seq=5000))
            async with Reading(source(old, wire="v2"), clock) as first:
                await clock.until(lambda: old.connections == 1)
                say(old, clock, "antes")
                await clock.until(lambda: "antes" in first.texts, step=0.5)
            new = await stack.enter_async_context(JetstreamServer(first_seq=1))
            assert first.cursor is not None
            cursor = first.cursor.replace(old.host, new.host)
            say(new, clock, "antes")
            await clock.advance(10)
            say(new, clock, "mientras")
            async with Reading(source(new, wire="v2"), clock, cursor) as second:
                await clock.until(lambda: new.connections == 1)
                say(new, clock, "nuevo")
                await clock.until(lambda: "nuevo" in second.texts, step=0.5)

                assert second.texts == ["antes", "mientras", "nuevo"]
                assert [asked.cursor is not None and asked.cursor >= 10**15 for asked in new.asked] == [False, True]
                assert second.gaps == []

    run(scenario())


def test_a_cursor_of_one_wire_is_never_used_on_the_other() -> None:
    """A reading that changes from v2 to v1 resumes by time: a `seq` would mean nothing there."""

    async def scenario() -> None:
        clock = DrivenClock()
        async with JetstreamServer() as server:
            async with Reading(source(server, wire="v2"), clock) as first:
                await clock.until(lambda: server.connections == 1)
                say(server, clock, "antes")
                await clock.until(lambda: "antes" in first.texts, step=0.5)
            say(server, clock, "mientras")
            async with Reading(source(server, wire="v1"), clock, first.cursor) as second:
                await clock.until(lambda: "mientras" in second.texts, step=0.5)
                assert server.asked[-1].cursor == micros(first.posts[0].received_at - timedelta(seconds=5))
                assert second.gaps == []

    run(scenario())


def test_a_host_that_gives_us_up_is_counted_and_left() -> None:
    """A terminal error frame of v2 is a counted drop, and the connection is made again."""

    async def scenario() -> None:
        clock = DrivenClock()
        async with following("v2", clock) as (server, reading):
            say(server, clock, "antes")
            await clock.until(lambda: "antes" in reading.texts, step=0.5)
            await server.fail("ConsumerTooSlow")
            await clock.until(lambda: len(server.asked) == 2, step=1)
            assert reading.drops == {Drop.SOURCE_ERROR: 1}

    run(scenario())


def test_a_message_beyond_every_limit_is_stepped_over(wire: Wire) -> None:
    """A message too large to receive ends the connection twice, then is given up with a gap: it is no endless loop."""

    async def scenario() -> None:
        clock = DrivenClock()
        async with following(wire, clock) as (server, reading):
            say(server, clock, "antes")
            await clock.until(lambda: "antes" in reading.texts, step=0.5)
            await clock.advance(20)
            server.publish(raw("x" * (MAX_MESSAGE + 1), clock.now()))
            await clock.until(lambda: len(server.asked) == 3 and server.connections == 1, step=0.5)
            await clock.advance(10)
            say(server, clock, "nuevo")
            await clock.until(lambda: "nuevo" in reading.texts, step=0.5)

            assert reading.drops == {Drop.TOO_LARGE: 2}
            assert [asked.cursor is None for asked in server.asked] == [True, False, True]
            assert [gap.start for gap in reading.gaps] == [reading.posts[0].received_at]

    run(scenario())
