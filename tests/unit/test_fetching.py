"""Fetching without becoming a way into the private network, against a local server."""

import asyncio
import gzip
import time
import tracemalloc
from collections.abc import Awaitable, Callable

import pytest

from ingest.fetching import (
    FetchFailedError,
    FetchRefusedError,
    FetchTooLargeError,
    Page,
    guarded_get,
    is_public,
)
from tests.clocks import run
from tests.servers.feed import FeedServer


def serving(scenario: Callable[[FeedServer], Awaitable[None]]) -> None:
    """Run a scenario with a server."""

    async def main() -> None:
        async with FeedServer() as server:
            await scenario(server)

    run(main())


async def local(url: str, **options: object) -> Page:
    """Fetch from 127.0.0.1, which is otherwise refused."""
    return await guarded_get(url, allow_private=True, **options)  # type: ignore[arg-type] # as `guarded_get` has them


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "255.255.255.255",
        "224.0.0.1",
        "240.0.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "2001:db8::1",
        "not an address",
    ],
)
def test_what_is_not_the_open_internet_is_not_public(address: str) -> None:
    """Private, local, reserved, carrier's and multicast addresses, also wrapped in IPv6, are not public."""
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07::1", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_the_open_internet_is_public(address: str) -> None:
    """Ordinary addresses of either version, also an IPv4 one that is wrapped."""
    assert is_public(address)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::ffff:127.0.0.1]"]
)
def test_no_spelling_leads_to_this_machine(host: str) -> None:
    """However loopback is written, nothing is sent there, and the message names no more than the host."""

    async def scenario(server: FeedServer) -> None:
        with pytest.raises((FetchRefusedError, FetchFailedError)) as caught:
            await guarded_get(f"http://{host}:{server.port}/secreto")
        assert "secreto" not in str(caught.value)
        assert server.asked == []

    serving(scenario)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://a.example/x", "gopher://a.example", "//a.example", "", "http://"]
)
def test_only_the_web_is_fetched(url: str) -> None:
    """Other schemes, and addresses that are none, are refused."""
    with pytest.raises(FetchRefusedError):
        run(guarded_get(url))


def test_a_name_with_one_private_address_is_refused() -> None:
    """A name that also leads inside is not tried at its public address either."""

    async def resolve(host: str, port: int) -> list[str]:
        return ["93.184.215.14", "10.0.0.7"]

    with pytest.raises(FetchRefusedError, match=r"inside\.example: is not on the public internet"):
        run(guarded_get("http://inside.example/", resolve=resolve))


def test_the_checked_address_is_the_one_that_is_asked() -> None:
    """The name is looked up once, and the connection goes to that answer, so a second answer cannot differ."""
    asked: list[str] = []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    async def scenario(server: FeedServer) -> None:
        server.put("/", "hola")
        page = await local(f"http://feeds.example:{server.port}/", resolve=resolve)
        assert page.body == b"hola"
        assert asked == ["feeds.example"]
        assert server.asked[0].headers["host"] == f"feeds.example:{server.port}"

    serving(scenario)


def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    """A host with a dead address and a living one is reached."""

    async def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.2", "127.0.0.1"]

    async def scenario(server: FeedServer) -> None:
        server.put("/", "hola")
        assert (await local(f"http://feeds.example:{server.port}/", resolve=resolve)).body == b"hola"

    serving(scenario)


def test_a_redirect_is_checked_like_any_other_address() -> None:
    """A page that may be fetched cannot send us inside: each hop is resolved and checked again."""

    async def resolve(host: str, port: int) -> list[str]:
        return ["169.254.169.254" if host == "inside.example" else "127.0.0.1"]

    async def scenario(server: FeedServer) -> None:
        server.put("/", "", status=302, headers={"location": "http://inside.example/meta-data"})
        url = f"http://feeds.example:{server.port}/"
        with pytest.raises(FetchRefusedError, match=r"inside\.example: is not on the public internet"):
            await guarded_get(url, resolve=resolve, allow_private=frozenset({"127.0.0.1"}))
        assert [one.path for one in server.asked] == ["/"]

    serving(scenario)


def test_redirects_are_followed_and_counted() -> None:
    """Five hops, also relative ones, arrive; a sixth is refused."""

    async def scenario(server: FeedServer) -> None:
        for hop in range(10):
            server.put(f"/{hop}", "", status=301 + hop % 2, headers={"location": f"/{hop + 1}?x=1"})
        server.put("/5", "hola")
        assert (await local(f"{server.url}/0")).body == b"hola"

        server.put("/5", "", status=308, headers={"location": "6"})
        server.put("/6", "hola")
        with pytest.raises(FetchRefusedError, match="more than 5 redirects"):
            await local(f"{server.url}/0")

    serving(scenario)


def test_a_redirect_cannot_leave_the_web() -> None:
    """A page that points to a file is refused."""

    async def scenario(server: FeedServer) -> None:
        server.put("/", "", status=302, headers={"location": "file:///etc/passwd"})
        with pytest.raises(FetchRefusedError, match="only http"):
            await local(server.url)

    serving(scenario)


@pytest.mark.parametrize("status", [200, 304, 404, 410, 429, 500])
def test_every_status_is_an_answer(status: int) -> None:
    """The caller decides what a status means."""

    async def scenario(server: FeedServer) -> None:
        server.put("/", "hola" if status != 304 else "", status=status, headers={"Retry-After": "60"})
        page = await local(server.url)
        assert (page.status, page.headers["retry-after"]) == (status, "60")

    serving(scenario)


def test_we_say_who_we_are_and_carry_no_cookies() -> None:
    """A truthful User-Agent, the headers asked for, and nothing that a page gave us before."""

    async def scenario(server: FeedServer) -> None:
        server.put("/", "", status=302, headers={"location": "/b", "set-cookie": "id=7"})
        server.put("/b", "hola")
        await local(server.url, headers={"if-none-match": '"1"'})
        for asked in server.asked:
            assert asked.headers["user-agent"].startswith("Atalaya/")
            assert asked.headers["if-none-match"] == '"1"'
            assert "cookie" not in asked.headers

    serving(scenario)


def test_a_packed_answer_is_unpacked() -> None:
    """An answer in gzip, which is asked for, is understood; 'packed' and empty is empty."""

    async def scenario(server: FeedServer) -> None:
        server.put("/", "hola" * 1000)
        assert (await local(server.url)).body == b"hola" * 1000
        server.put("/304", "", status=304, headers={"content-encoding": "gzip"})
        assert (await local(f"{server.url}/304")).body == b""

    serving(scenario)


@pytest.mark.parametrize("size", [999, 1000, 1001])
def test_the_limit_is_exact(size: int) -> None:
    """As many bytes as allowed are taken, one more is refused, packed or not."""

    async def scenario(server: FeedServer) -> None:
        for path, headers in (("/plain", {"content-encoding": "identity"}), ("/packed", {})):
            server.put(path, b"x" * size, headers=headers)
            if size <= 1000:
                assert len((await local(f"{server.url}{path}", max_bytes=1000)).body) == size
            else:
                with pytest.raises(FetchTooLargeError, match="more than 1000 bytes"):
                    await local(f"{server.url}{path}", max_bytes=1000)

    serving(scenario)


def test_an_endless_answer_is_left() -> None:
    """A body without end is given up as soon as it is too long."""

    async def scenario(server: FeedServer) -> None:
        server.put("/", b"x" * 100_000, endless=True)
        with pytest.raises(FetchTooLargeError):
            await local(server.url)

    serving(scenario)


def test_a_bomb_is_not_unpacked() -> None:
    """100 MB of zeros in 100 kB are given up at the limit, having held little more than that."""

    async def scenario(server: FeedServer) -> None:
        server.put("/", gzip.compress(bytes(100_000_000), 9), headers={"content-encoding": "gzip"})
        tracemalloc.start()
        try:
            with pytest.raises(FetchTooLargeError):
                await local(f"{server.url}/", max_bytes=1_000_000)
            assert tracemalloc.get_traced_memory()[1] < 5_000_000
        finally:
            tracemalloc.stop()

    serving(scenario)


@pytest.mark.parametrize(
    ("body", "encoding"),
    [(b"not packed", "gzip"), (gzip.compress(b"hola" * 99, mtime=0)[:-9], "gzip"), (b"x", "br")],
    ids=["not packed", "cut off", "unknown"],
)
def test_a_damaged_answer_is_a_failure(body: bytes, encoding: str) -> None:
    """What is not of its encoding, is cut off, or is packed in a way not asked for, is an error in words."""

    async def scenario(server: FeedServer) -> None:
        server.put("/", body, headers={"content-encoding": encoding})
        with pytest.raises(FetchFailedError, match=r"127\.0\.0\.1"):
            await local(server.url)

    serving(scenario)


def test_all_together_may_take_only_so_long() -> None:
    """The limit of time covers redirects and bodies together."""

    async def scenario(server: FeedServer) -> None:
        server.put("/", "", status=302, headers={"location": "/b"}, slow_s=0.2)
        server.put("/b", "hola", slow_s=5)
        start = time.monotonic()
        with pytest.raises(FetchFailedError, match=r"no complete answer within 0\.5 s"):
            await local(server.url, timeout=0.5)
        assert time.monotonic() - start < 2

    serving(scenario)


def test_nobody_there_is_a_failure_in_words() -> None:
    """No listener, no such name and a connection that breaks are errors that name the host."""

    async def scenario(server: FeedServer) -> None:
        server.put("/cut", "hola", cut=True)
        with pytest.raises(FetchFailedError, match=r"127\.0\.0\.1"):
            await local(f"{server.url}/cut")
        await server.stop()
        with pytest.raises(FetchFailedError, match=r"127\.0\.0\.1: cannot connect"):
            await local(server.url)

        async def nowhere(host: str, port: int) -> list[str]:
            raise OSError("no such name")

        with pytest.raises(FetchFailedError, match=r"nada\.example: the name cannot be resolved"):
            await local("http://nada.example/", resolve=nowhere)

    serving(scenario)


def test_a_secret_in_an_address_is_never_told() -> None:
    """Errors name the host; user names, passwords, paths and parameters stay out."""

    async def scenario(server: FeedServer) -> None:
        server.put("/feed", "", status=302, headers={"location": "/feed?token=secreto"})
        with pytest.raises(FetchRefusedError) as caught:
            await local(f"http://ana:secreto@127.0.0.1:{server.port}/feed?token=secreto")
        assert "secreto" not in str(caught.value)
        assert "ana" not in str(caught.value)

    serving(scenario)


def test_nothing_is_left_open() -> None:
    """After an answer, an error or a cancellation no connection and no task remains."""

    async def scenario(server: FeedServer) -> None:
        before = asyncio.all_tasks()
        server.put("/", "hola", slow_s=5)
        task = asyncio.create_task(local(server.url))
        while not server.asked:
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await server.stop()
        assert asyncio.all_tasks() == before

    serving(scenario)
