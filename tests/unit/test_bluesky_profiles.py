"""Handles and names of accounts, against a local service."""

import json
import time
from collections.abc import Awaitable, Callable

import pytest

from ingest.sources.bluesky.profiles import FRESH_FOR, PER_CALL, REST, ProfileLookup, resolve_handles
from mentions.records import Author
from tests.clocks import DrivenClock, run
from tests.servers.feed import FeedServer

PROFILES = "/xrpc/app.bsky.actor.getProfiles"
ANA = {"did": "did:plc:ana", "handle": "ana.example", "displayName": "Ana", "followersCount": 120}


def serving(scenario: Callable[[FeedServer], Awaitable[None]]) -> None:
    """Run a scenario with a server."""

    async def main() -> None:
        async with FeedServer() as server:
            await scenario(server)

    run(main())


def offer(server: FeedServer, *profiles: dict[str, object]) -> None:
    """Let the service know these accounts."""
    server.put(PROFILES, json.dumps({"profiles": profiles}))


def test_handles_become_dids_and_failures_warnings() -> None:
    """A handle, with or without `@`, becomes a DID; one that cannot be resolved is left out, warned of, and no stop."""

    async def scenario(server: FeedServer) -> None:
        resolve = "/xrpc/com.atproto.identity.resolveHandle?handle="
        server.put(f"{resolve}lumbre.example", '{"did":"did:plc:lumbre"}')
        server.put(f"{resolve}raro.example", '{"did":5}')
        warnings: list[str] = []
        handles = ("@lumbre.example", "nadie.example", "raro.example", "lumbre.example")

        found = await resolve_handles(handles, server.url, warn=warnings.append, allow_private=True)

        assert found == {"@lumbre.example": "did:plc:lumbre", "lumbre.example": "did:plc:lumbre"}
        assert sorted(warning.split()[1] for warning in warnings) == ["nadie.example", "raro.example"]

    serving(scenario)


def test_an_unreachable_service_resolves_nothing_and_stops_nothing() -> None:
    """Without an answer there is a warning and no DID."""
    warnings: list[str] = []

    async def scenario(server: FeedServer) -> None:
        await server.stop()
        assert await resolve_handles(["lumbre.example"], server.url, warn=warnings.append, allow_private=True) == {}

    serving(scenario)
    assert "cannot connect" in warnings[0]


def test_an_account_is_asked_for_once_a_day() -> None:
    """Handle, name and followers are remembered for a day and then asked for again."""

    async def scenario(server: FeedServer) -> None:
        clock = DrivenClock()
        lookup = ProfileLookup(clock, server.url, allow_private=True)
        offer(server, ANA, {"did": "did:plc:eva"})
        expected = {
            "did:plc:ana": Author("did:plc:ana", "ana.example", "Ana", 120),
            "did:plc:eva": Author("did:plc:eva"),
        }
        for _ in range(3):
            assert await lookup.authors(["did:plc:ana", "did:plc:eva", "did:plc:ana"]) == expected
        assert len(server.asked) == 1

        await clock.advance(FRESH_FOR.total_seconds())
        await lookup.authors(["did:plc:ana"])
        assert len(server.asked) == 2

    serving(scenario)


def test_many_accounts_are_asked_for_in_groups() -> None:
    """At most 25 to a call."""

    async def scenario(server: FeedServer) -> None:
        offer(server)
        await ProfileLookup(DrivenClock(), server.url, allow_private=True).authors([f"did:plc:{n}" for n in range(60)])
        sizes = sorted(asked.path.count("actors=") for asked in server.asked)
        assert sizes == [10, PER_CALL, PER_CALL]

    serving(scenario)


@pytest.mark.parametrize("body", ["", "[]", '{"profiles":[{"did":1}]}', "[" * 100_000])
def test_a_foolish_answer_is_no_answer(body: str) -> None:
    """What is not of the service's form leaves the names unknown."""

    async def scenario(server: FeedServer) -> None:
        server.put(PROFILES, body)
        assert await ProfileLookup(DrivenClock(), server.url, allow_private=True).authors(["did:plc:ana"]) == {}

    serving(scenario)


def test_a_slow_service_delays_nothing_for_long_and_then_rests() -> None:
    """A look-up ends within its limit, knowing nothing, and for half a minute nobody is asked again."""

    async def scenario(server: FeedServer) -> None:
        clock = DrivenClock()
        lookup = ProfileLookup(clock, server.url, allow_private=True, time_limit_s=0.2)
        server.put(PROFILES, json.dumps({"profiles": [ANA]}), slow_s=30)
        start = time.monotonic()
        assert await lookup.authors(["did:plc:ana"]) == {}
        assert time.monotonic() - start < 2
        offer(server, ANA)
        assert await lookup.authors(["did:plc:ana"]) == {}
        assert len(server.asked) == 1

        await clock.advance(REST.total_seconds())
        assert list(await lookup.authors(["did:plc:ana"])) == ["did:plc:ana"]

    serving(scenario)
