"""Where reading stands, and which address is asked for it."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from ingest.sources.bluesky.cursor import Position, dump, load, resume_at
from ingest.sources.bluesky.frames import micros
from ingest.sources.bluesky.hosts import PUBLIC, Endpoint, endpoints
from mentions.errors import CorruptRecord
from tests.clocks import MORNING

AT = MORNING + timedelta(microseconds=90631)
V1 = Position("v1", "one.example", AT)
V2 = Position("v2", "two.example", AT, 12345)
FIVE_SECONDS_EARLIER = micros(AT) - 5_000_000


def endpoint(host: str, wire: str) -> Endpoint:
    """That host on that wire."""
    return endpoints((host,), "v1" if wire == "v1" else "v2")[0]


def test_a_cursor_is_text_that_names_its_wire() -> None:
    """The text is JSON with the wire, the host and the position of that wire."""
    assert dump(V1) == '{"wire":"v1","host":"one.example","time_us":1794819600090631}'
    assert dump(V2) == '{"wire":"v2","host":"two.example","seq":12345,"time":"2026-11-16T09:00:00.090631+00:00"}'


@pytest.mark.parametrize("position", [V1, V2, Position("v2", "two.example", AT, None)])
def test_a_cursor_survives_a_restart(position: Position) -> None:
    """What is written is read back to the microsecond."""
    assert load(dump(position)) == position


@pytest.mark.parametrize(
    "text", ["", "{}", "12345", '{"wire":"v3","host":"x","time_us":1}', '{"wire":"v2","host":"x","seq":1}', "\0"]
)
def test_a_cursor_that_we_cannot_have_written_stops_us(text: str) -> None:
    """Starting afresh on a damaged cursor would lose posts without a word, so it is an error that names the source."""
    with pytest.raises(CorruptRecord, match="cursor of bluesky"):
        load(text)


@pytest.mark.parametrize(
    ("position", "host", "wire", "expected"),
    [
        (V2, "two.example", "v2", 12345),
        (V2, "other.example", "v2", FIVE_SECONDS_EARLIER),
        (V2, "two.example", "v1", FIVE_SECONDS_EARLIER),
        (V1, "one.example", "v1", FIVE_SECONDS_EARLIER),
        (V1, "other.example", "v1", FIVE_SECONDS_EARLIER),
        (V1, "one.example", "v2", FIVE_SECONDS_EARLIER),
    ],
)
def test_a_seq_never_leaves_its_host_and_wire(position: Position, host: str, wire: str, expected: int) -> None:
    """Only the host that gave a `seq` is asked for it; every other resumes by time, five seconds early."""
    assert resume_at(position, endpoint(host, wire)) == expected


def test_a_refused_seq_gives_way_to_the_time() -> None:
    """The same host can be asked by time instead."""
    assert resume_at(V2, endpoint("two.example", "v2"), by_time=True) == FIVE_SECONDS_EARLIER


def query_of(url: str) -> dict[str, list[str]]:
    """The parameters of an address."""
    return parse_qs(urlsplit(url).query)


def test_posts_and_account_states_are_asked_for() -> None:
    """v1 always sends account states; v2 must be asked, or the deletion of whole accounts would be missed."""
    v1, v2 = endpoint("a.example", "v1").url(None), endpoint("a.example", "v2").url(7)

    assert v1.startswith("wss://a.example/subscribe?")
    assert query_of(v1) == {"wantedCollections": ["app.bsky.feed.post"]}
    assert v2.startswith("wss://a.example/xrpc/network.bsky.jetstream.subscribeEvents?")
    assert query_of(v2) == {"kinds": ["commit", "account"], "collections": ["app.bsky.feed.post"], "cursor": ["7"]}


@pytest.mark.parametrize(
    ("host", "wire", "expected"),
    [
        ("a.example", "v2", ("wss://a.example", "v2", False)),
        ("a.example", "auto", ("wss://a.example", "v2", True)),
        ("ws://127.0.0.1:8080", "auto", ("ws://127.0.0.1:8080", "v2", True)),
        ("https://a.example/", "v1", ("wss://a.example", "v1", False)),
        ("ws://a.example/subscribe", "auto", ("ws://a.example", "v1", False)),
        ("ws://a.example/xrpc/network.bsky.jetstream.subscribeEvents", "v1", ("ws://a.example", "v2", False)),
    ],
)
def test_a_host_is_a_name_or_an_address(host: str, wire: str, expected: tuple[str, str, bool]) -> None:
    """A name is asked over TLS; an address keeps its scheme and port; a path in it decides the wire."""
    found = endpoints((host,), wire)[0]  # type: ignore[arg-type] # the wires are literals in the source
    assert (found.base, found.wire, found.guessed) == expected


def test_without_hosts_the_public_ones_are_asked() -> None:
    """The public hosts of the wire, in order."""
    assert [found.host for found in endpoints((), "v1")] == list(PUBLIC["v1"])
    assert [found.host for found in endpoints((), "auto")] == list(PUBLIC["v2"])
