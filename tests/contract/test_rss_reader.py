"""The `rss` source against a local web server, in driven time."""

import asyncio
from datetime import timedelta
from itertools import pairwise

from ingest.sources.rss.reader import RssOptions, RssSource
from mentions.drops import Drop
from tests.clocks import DrivenClock, run
from tests.servers.feed import FeedServer, item, rss
from tests.servers.reading import Reading


def source(server: FeedServer, *paths: str, **options: object) -> RssSource:
    """A source of these feeds, which may be fetched although they are local."""
    feeds = tuple(f"{server.url}{path}" for path in paths)
    return RssSource(RssOptions(feeds, allow_private=True, **options))  # type: ignore[arg-type] # as `RssOptions` has them


def titles(reading: Reading) -> list[str | None]:
    """The titles of everything that came."""
    return [post.title for post in reading.posts]


def test_a_feed_is_read_at_once_and_then_every_quarter_of_an_hour() -> None:
    """The items of the first poll come immediately, later ones once each, and no poll comes early."""

    async def scenario() -> None:
        clock = DrivenClock()
        async with FeedServer() as server:
            server.put("/rss", rss(item("uno", "1")))
            async with Reading(source(server, "/rss"), clock) as reading:
                await clock.until(lambda: len(reading.posts) == 1)
                first = clock.now()
                server.put("/rss", rss(item("dos", "2"), item("uno", "1")))
                await clock.advance(890)
                assert len(server.asked) == 1
                await clock.until(lambda: len(reading.posts) == 2, step=1)

                assert clock.now() - first < timedelta(minutes=16)
                assert titles(reading) == ["uno", "dos"]
                assert len(server.asked) == 2

    run(scenario())


def test_between_polls_there_is_a_sign_of_life_and_nobody_waits() -> None:
    """A step at least every 5 s, `holds` never, completeness at the start of the last good poll."""

    async def scenario() -> None:
        clock = DrivenClock()
        async with FeedServer() as server:
            server.put("/rss", rss(item("uno", "1")))
            start = clock.now()
            async with Reading(source(server, "/rss"), clock) as reading:
                await clock.until(lambda: len(reading.posts) == 1)
                await clock.advance(890)
                times = [at for at, _ in reading.steps]

                assert max(b - a for a, b in pairwise(times)) <= timedelta(seconds=5)
                assert not any(step.holds for _, step in reading.steps)
                assert {step.complete_until for _, step in reading.steps} <= {None, start}
                assert (reading.last.complete_until, reading.last.state) == (start, "live")

    run(scenario())


def test_nothing_new_is_asked_and_answered_cheaply() -> None:
    """The second poll carries what the first was given, is answered 304, and is a good poll."""

    async def scenario() -> None:
        clock = DrivenClock()
        async with FeedServer() as server:
            server.put("/rss", rss(item("uno", "1")), etag='"7"', modified="Mon, 16 Nov 2026 08:00:00 GMT")
            async with Reading(source(server, "/rss"), clock) as reading:
                await clock.until(lambda: len(reading.posts) == 1)
                await clock.until(lambda: len(server.asked) == 2, step=30)
                await clock.until(lambda: reading.last.complete_until != reading.steps[1][1].complete_until, step=1)

                assert [asked.status for asked in server.asked] == [200, 304]
                assert server.asked[1].headers["if-none-match"] == '"7"'
                assert server.asked[1].headers["if-modified-since"] == "Mon, 16 Nov 2026 08:00:00 GMT"
                assert titles(reading) == ["uno"]

    run(scenario())


def test_a_new_process_neither_repeats_items_nor_asks_early() -> None:
    """With the cursor of the old one, the next poll waits for its time and brings only what is new."""

    async def scenario() -> None:
        clock = DrivenClock()
        async with FeedServer() as server:
            server.put("/rss", rss(item("uno", "1")))
            async with Reading(source(server, "/rss"), clock) as first:
                await clock.until(lambda: len(first.posts) == 1)
            server.put("/rss", rss(item("dos", "2"), item("uno", "1")))
            await clock.advance(300)
            async with Reading(source(server, "/rss"), clock, first.cursor) as second:
                await clock.advance(590)
                assert len(server.asked) == 1
                assert second.last.complete_until == first.last.complete_until
                await clock.until(lambda: len(second.posts) == 1, step=1)
                assert titles(second) == ["dos"]

    run(scenario())


def test_a_feed_that_fails_is_down_and_comes_back() -> None:
    """Errors are told in words, with host and number; Retry-After is kept; afterwards nothing is missing."""

    async def scenario() -> None:
        clock = DrivenClock()
        async with FeedServer() as server:
            server.put("/rss", "", status=503, headers={"Retry-After": "1500"})
            async with Reading(source(server, "/rss"), clock) as reading:
                await clock.until(lambda: reading.last.state == "down", step=1)
                assert reading.last.detail == "feed 1 (127.0.0.1): HTTP 503"
                assert reading.last.complete_until is None
                server.put("/rss", rss(item("uno", "1")))
                await clock.advance(1400)
                assert len(server.asked) == 1
                await clock.until(lambda: reading.last.state == "live", step=5)
                assert titles(reading) == ["uno"]

    run(scenario())


def test_a_feed_that_is_gone_is_left_alone() -> None:
    """After 410 nothing more is asked, and the source says why."""

    async def scenario() -> None:
        clock = DrivenClock()
        async with FeedServer() as server:
            server.put("/rss", "", status=410)
            async with Reading(source(server, "/rss"), clock) as reading:
                await clock.until(lambda: reading.last.state == "down", step=1)
                await clock.advance(2400)
                assert len(server.asked) == 1
                assert "410" in reading.last.detail

    run(scenario())


def test_one_bad_feed_does_not_stop_the_others() -> None:
    """A slow, an oversized and a broken feed are counted and named; the good one is read, on time and again."""

    async def scenario() -> None:
        clock = DrivenClock()
        async with FeedServer() as server:
            server.put("/slow", rss(), slow_s=60)
            server.put("/large", b"x" * 1_000_000, endless=True)
            server.put("/page", "<html><body>Hola</body></html>")
            server.put("/good", rss(item("uno", "1")))
            paths = ("/slow", "/large", "/page", "/missing", "/good")
            async with Reading(source(server, *paths, timeout_s=0.5), clock) as reading:
                await clock.until(lambda: len(reading.posts) == 1 and len(server.asked) == 5)
                await clock.until(lambda: reading.drops.total() == 2 and "and 1 more" in reading.last.detail, step=0.5)
                server.put("/good", rss(item("dos", "2"), item("uno", "1")))
                await clock.until(lambda: len(reading.posts) == 2, step=10)

                assert reading.drops[Drop.TOO_LARGE] >= 1
                assert reading.drops[Drop.NOT_JSON] >= 1
                assert titles(reading) == ["uno", "dos"]
                assert reading.last.state == "live"

    run(scenario())


def test_a_publishers_wish_and_a_least_interval_are_respected() -> None:
    """`ttl` makes polls rarer; an interval of a second is taken as five minutes."""

    async def scenario() -> None:
        clock = DrivenClock()
        async with FeedServer() as server:
            server.put("/patient", rss(item("uno", "1"), more="<ttl>20</ttl>"))
            server.put("/eager", rss(item("dos", "2")))
            reader = source(server, "/patient", "/eager", interval=timedelta(seconds=1))
            async with Reading(reader, clock) as reading:
                await clock.until(lambda: len(reading.posts) == 2)
                await clock.advance(1150)
                paths = [asked.path for asked in server.asked]
                assert paths.count("/patient") == 1
                assert 3 <= paths.count("/eager") <= 4

    run(scenario())


def test_private_addresses_are_not_polled() -> None:
    """Unless a test allows it, a feed on this machine is refused and said to be so."""

    async def scenario() -> None:
        clock = DrivenClock()
        async with FeedServer() as server:
            async with Reading(RssSource(RssOptions((f"{server.url}/rss",))), clock) as reading:
                await clock.until(lambda: reading.last.state == "down", step=1)
                assert "public" in reading.last.detail
            assert server.asked == []

    run(scenario())


def test_many_feeds_are_asked_a_few_at_a_time() -> None:
    """Twelve feeds that are due together are never asked more than four at once, and all are read."""

    async def scenario() -> None:
        clock = DrivenClock()
        async with FeedServer() as server:
            paths = [f"/{number}" for number in range(12)]
            for path in paths:
                server.put(path, rss(item(path, path)), slow_s=0.05)
            async with Reading(source(server, *paths), clock) as reading:
                await clock.until(lambda: len(server.asked) >= 4)
                assert len(server.asked) == 4
                await clock.until(lambda: len(reading.posts) == 12)
                assert sorted(titles(reading), key=str) == sorted(paths)

    run(scenario())


def test_nothing_is_left_open() -> None:
    """Ending the reading in the middle of a poll leaves no task behind."""

    async def scenario() -> None:
        clock = DrivenClock()
        async with FeedServer() as server:
            before = asyncio.all_tasks()
            server.put("/rss", rss(), slow_s=30)
            async with Reading(source(server, "/rss"), clock):
                await clock.until(lambda: len(server.asked) == 1)
            await server.stop()
            assert asyncio.all_tasks() == before

    run(scenario())
