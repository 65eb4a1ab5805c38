"""What one frame of Jetstream means, on both wires."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ingest.sources.base import Dropped, Item
from ingest.sources.bluesky.frames import MAX_FRAME, parse_frame, read_frame
from ingest.sources.bluesky.records import author_of
from mentions.drops import Drop
from mentions.records import Author, Deletion, Post
from tests.clocks import MORNING
from tests.servers import jetstream_events as events
from tests.servers.jetstream_events import Event, v1_frame, v2_error, v2_frame, v2_info

ANA, EVA = "did:plc:ana", "did:web:eva.example%3A8080"
ARRIVED = MORNING + timedelta(seconds=1)
LINK = "app.bsky.richtext.facet#link"


@pytest.fixture(params=["v1", "v2"])
def wire(request: pytest.FixtureRequest) -> str:
    """Both wires say the same things."""
    return str(request.param)


def read(wire: str, event: Event) -> Item:
    """What the event says on this wire."""
    frame = (v1_frame if wire == "v1" else v2_frame)(event, event.at, 12345)
    return parse_frame(frame, ARRIVED)


def read_post(wire: str, text: str = "Qué rico", **record: Any) -> Post:
    """A post with these fields in its record."""
    item = read(wire, events.post(ANA, "3k1", text, MORNING, **record))
    assert isinstance(item, Post)
    return item


def uri(rkey: str, collection: str = "app.bsky.feed.post") -> dict[str, str]:
    """A strong reference, as records have them."""
    return {"cid": "bafyinvented", "uri": f"at://{EVA}/{collection}/{rkey}"}


def test_a_post_becomes_a_post(wire: str) -> None:
    """Text, author, time, language and addresses are taken over; what is not told stays unknown."""
    assert read_post(wire, langs=["es-ES", "en"]) == Post(
        source="bluesky",
        native_id="at://did:plc:ana/app.bsky.feed.post/3k1",
        author=Author(ANA),
        text="Qué rico",
        created_at=MORNING,
        received_at=MORNING,
        url="https://bsky.app/profile/did:plc:ana/post/3k1",
        lang="es-ES",
    )


def test_bytes_and_text_are_the_same_frame() -> None:
    """A frame may come as bytes or as text."""
    frame = v1_frame(events.post(ANA, "3k1", "Qué rico", MORNING), MORNING, 1)
    assert parse_frame(frame.decode(), ARRIVED) == parse_frame(frame, ARRIVED)


def test_a_reply_names_its_parent_and_root(wire: str) -> None:
    """A reply is a reply even if it also quotes, and knows what it answers and what it quotes."""
    quote = {"$type": "app.bsky.embed.record", "record": uri("3q")}
    post = read_post(wire, reply={"parent": uri("3p"), "root": uri("3r")}, embed=quote)

    assert (post.kind, post.in_reply_to, post.root_id, post.quoted_id) == (
        "reply",
        f"at://{EVA}/app.bsky.feed.post/3p",
        f"at://{EVA}/app.bsky.feed.post/3r",
        f"at://{EVA}/app.bsky.feed.post/3q",
    )


def test_a_quote_with_pictures_is_a_quote(wire: str) -> None:
    """A quoted post is found also where it comes with media, and a card among the media gives its link."""
    embed = {
        "$type": "app.bsky.embed.recordWithMedia",
        "record": {"$type": "app.bsky.embed.record", "record": uri("3q")},
        "media": {"$type": "app.bsky.embed.external", "external": {"uri": "https://lumbre.example/pan", "title": "x"}},
    }
    post = read_post(wire, embed=embed)

    assert (post.kind, post.quoted_id, post.links) == (
        "quote",
        f"at://{EVA}/app.bsky.feed.post/3q",
        ("https://lumbre.example/pan",),
    )


def test_a_quoted_list_is_no_quoted_post(wire: str) -> None:
    """Only posts are quoted; a list or a feed that is shown below a post is not."""
    embed = {"$type": "app.bsky.embed.record", "record": uri("3l", "app.bsky.graph.list")}
    assert read_post(wire, embed=embed).kind == "post"


def test_a_card_gives_a_link_and_no_words(wire: str) -> None:
    """What a link card and the tags say was not written by the author of the post."""
    card = {"uri": "https://prensa.example/1", "title": "Lumbre arde", "description": "Lumbre otra vez"}
    post = read_post(wire, embed={"$type": "app.bsky.embed.external", "external": card}, tags=["lumbre"])

    assert (post.text, post.title, post.links) == ("Qué rico", None, ("https://prensa.example/1",))


def test_links_are_found_by_bytes_of_utf8(wire: str) -> None:
    """Facets count bytes: after accents and emoji the link is still in range, and the order is that of the text."""
    text = "¡Qué tarde! 🥐🥐🥐 uno dos"
    size = len(text.encode())
    assert size > len(text)
    facets = [
        {"index": {"byteStart": size - 3, "byteEnd": size}, "features": [{"$type": LINK, "uri": "https://b.example"}]},
        {
            "index": {"byteStart": size - 7, "byteEnd": size - 4},
            "features": [
                {"$type": "app.bsky.richtext.facet#mention", "did": EVA},
                {"$type": LINK, "uri": "https://a.example"},
                {"$type": LINK, "uri": "https://a.example"},
            ],
        },
    ]
    assert read_post(wire, text, facets=facets).links == ("https://a.example", "https://b.example")


@pytest.mark.parametrize("index", [{"byteStart": 0, "byteEnd": 999}, {"byteStart": 3, "byteEnd": 3}, {"byteStart": -1}])
def test_a_facet_outside_the_text_shows_no_link(wire: str, index: dict[str, int]) -> None:
    """A range that no app can show is ignored; the post is not."""
    facets = [{"index": index, "features": [{"$type": LINK, "uri": "https://a.example"}]}]
    assert read_post(wire, facets=facets).links == ()


@pytest.mark.parametrize("link", ["javascript:alert(1)", "ftp://a.example", "", "lumbre.example"])
def test_only_web_addresses_are_links(wire: str, link: str) -> None:
    """Any other scheme is left out."""
    facets = [{"index": {"byteStart": 0, "byteEnd": 3}, "features": [{"$type": LINK, "uri": link}]}]
    assert read_post(wire, facets=facets).links == ()


@pytest.mark.parametrize(
    "part",
    [
        {"langs": 5},
        {"langs": [5]},
        {"langs": []},
        {"reply": {"parent": "x"}},
        {"reply": []},
        {"embed": "x"},
        {"embed": {"$type": 5}},
        {"embed": {"$type": "app.bsky.embed.recordWithMedia", "record": 1, "media": None}},
        {"facets": {"index": 1}},
        {"facets": ["x", {"index": {}}, None]},
        {"tags": 7},
    ],
)
def test_a_malformed_part_does_not_cost_the_post(wire: str, part: dict[str, Any]) -> None:
    """What a post can do without is left out when it is not of its form."""
    post = read_post(wire, **part)
    assert (post.text, post.kind, post.lang, post.links) == ("Qué rico", "post", None, ())


@pytest.mark.parametrize(
    ("created", "expected", "skewed"),
    [
        ("2026-11-16T08:59:58.123456789Z", MORNING - timedelta(seconds=2) + timedelta(microseconds=123456), False),
        ("2026-11-16T08:00:00", MORNING - timedelta(hours=1), False),
        ("1970-01-01T00:00:00Z", MORNING, True),
        ("2031-01-01T00:00:00Z", MORNING, True),
        ("hoy", MORNING, True),
        (17, MORNING, True),
        (None, MORNING, True),
    ],
)
def test_an_unbelievable_time_is_replaced_and_flagged(
    wire: str, created: Any, expected: datetime, skewed: bool
) -> None:
    """A time that is missing, unreadable or not believable gives way to the relay's."""
    post = read_post(wire, createdAt=created)
    assert (post.created_at, post.clock_skew) == (expected, skewed)


def test_a_replay_keeps_its_own_times(wire: str) -> None:
    """A post replayed 36 h later is of its own hour and not flagged; a wrong clock is corrected to that hour."""
    long_ago = MORNING - timedelta(hours=36)
    post = read(wire, events.post(ANA, "3k1", "pan", long_ago))
    assert isinstance(post, Post)
    assert (post.created_at, post.received_at, post.clock_skew) == (long_ago, long_ago, False)

    wrong = read(wire, events.post(ANA, "3k1", "pan", long_ago, createdAt="2031-01-01T00:00:00Z"))
    assert isinstance(wrong, Post)
    assert (wrong.created_at, wrong.clock_skew) == (long_ago, True)


def test_a_deleted_post_must_be_forgotten(wire: str) -> None:
    """The deletion of a post names that post."""
    assert read(wire, events.deletion(ANA, "3k1", MORNING)) == Deletion(
        source="bluesky", at=MORNING, why="deleted", native_id="at://did:plc:ana/app.bsky.feed.post/3k1"
    )


@pytest.mark.parametrize("status", ["deleted", "takendown", "suspended", "deactivated"])
def test_a_gone_account_must_be_forgotten(wire: str, status: str) -> None:
    """An account that is gone takes all its posts along, with the network's word for it."""
    assert read(wire, events.account(ANA, MORNING, active=False, status=status)) == Deletion(
        source="bluesky", at=MORNING, why=status, author_id=ANA
    )


DROPS: list[tuple[Event, Drop]] = [
    (events.account(ANA, MORNING, active=False, status="desynchronized"), Drop.ACCOUNT_STATE),
    (events.account(ANA, MORNING, active=False, status="throttled"), Drop.ACCOUNT_STATE),
    (events.account(ANA, MORNING, active=False), Drop.ACCOUNT_STATE),
    (events.account(ANA, MORNING, active=True, status="deleted"), Drop.ACCOUNT_STATE),
    (events.account(ANA, MORNING, active=True), Drop.ACCOUNT_STATE),
    (events.sync(ANA, MORNING), Drop.ACCOUNT_STATE),
    (events.identity(ANA, MORNING), Drop.NOT_A_POST),
    (events.edit(ANA, "3k1", "otra", MORNING), Drop.EDIT_IGNORED),
    (events.commit(ANA, "3k1", MORNING, operation="create", collection="app.bsky.feed.like"), Drop.NOT_A_POST),
    (events.commit(ANA, "3k1", MORNING, operation="delete", collection="app.bsky.feed.like"), Drop.NOT_A_POST),
    (events.commit(ANA, "3k1", MORNING, operation="explode"), Drop.UNKNOWN_KIND),
    (events.commit(ANA, "3k1", MORNING, operation="create"), Drop.BAD_FIELD),
    (events.commit(ANA, "3k1", MORNING, operation="create", record={"text": 5}), Drop.BAD_FIELD),
    (events.commit(ANA, "3k1", MORNING, operation="create", record={"langs": []}), Drop.BAD_FIELD),
    (events.commit(ANA, "3k1", MORNING, operation="create", record="x"), Drop.BAD_FIELD),
    (events.commit(ANA, "a/b", MORNING, operation="delete"), Drop.BAD_FIELD),
    (events.commit("ana", "3k1", MORNING, operation="delete"), Drop.BAD_FIELD),
    (events.commit(ANA, "3k1", MORNING, operation="delete", collection=""), Drop.BAD_FIELD),
    (events.post(ANA, "3k1", " \n", MORNING), Drop.NO_TEXT),
    (Event("account", ANA, MORNING, {"active": "no"}), Drop.BAD_FIELD),
    (Event("account", "nobody", MORNING, {"active": False}), Drop.BAD_FIELD),
    (Event("weather", ANA, MORNING, {}), Drop.UNKNOWN_KIND),
]


@pytest.mark.parametrize(("event", "reason"), DROPS)
def test_everything_else_is_dropped_by_its_reason(wire: str, event: Event, reason: Drop) -> None:
    """What is neither a post nor a deletion is counted under one reason, the same on both wires."""
    item = read(wire, event)
    assert isinstance(item, Dropped)
    assert item.reason is reason


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (b"", Drop.NOT_JSON),
        (b"{", Drop.NOT_JSON),
        (b"\xff\xfe", Drop.NOT_JSON),
        (b'{"did":"\xff"}', Drop.NOT_JSON),
        (b"[" * 200_000, Drop.UNKNOWN_KIND),
        (b'{"commit":' * 50_000, Drop.NOT_JSON),
        (b'{"x":' + b"[" * 200_000, Drop.NOT_JSON),
        ('{"did":"\ud800"}', Drop.NOT_JSON),
        (b"{}", Drop.UNKNOWN_KIND),
        (b"[]", Drop.UNKNOWN_KIND),
        (b"null", Drop.UNKNOWN_KIND),
        (b'{"kind":"commit"}', Drop.BAD_FIELD),
        (b'{"kind":"commit","commit":5}', Drop.BAD_FIELD),
        (b'{"kind":"account","did":"did:plc:ana"}', Drop.BAD_FIELD),
        (b'{"kind":"identity","time_us":"soon"}', Drop.BAD_FIELD),
        (b'{"kind":"identity","time_us":1e400}', Drop.BAD_FIELD),
        (b'{"$type":"message"}', Drop.UNKNOWN_KIND),
        (b'{"$type":"message","payload":{"$type":"other#commit"}}', Drop.UNKNOWN_KIND),
        (b'{"$type":"hello"}', Drop.UNKNOWN_KIND),
        (v2_info("OutdatedCursor", "x"), Drop.SOURCE_ERROR),
        (v2_error("ConsumerTooSlow"), Drop.SOURCE_ERROR),
        (b"{" + b" " * MAX_FRAME, Drop.TOO_LARGE),
    ],
)
def test_broken_frames_are_drops(frame: bytes | str, reason: Drop) -> None:
    """Broken JSON, foreign JSON, notices, errors and giants are drops, not exceptions."""
    item = parse_frame(frame, ARRIVED)
    assert isinstance(item, Dropped)
    assert item.reason is reason


def test_a_drop_never_quotes_what_was_written() -> None:
    """The words of a post do not appear in why it was dropped."""
    item = read("v1", events.commit(ANA, "3k1", MORNING, operation="create", record={"text": ["secreto de Ana"]}))
    assert isinstance(item, Dropped)
    assert "secreto" not in item.detail


def test_the_wire_can_be_insisted_on() -> None:
    """A frame of one wire is of no known kind on the other."""
    item = parse_frame(v2_frame(events.deletion(ANA, "3k1", MORNING), MORNING, 1), ARRIVED, wire="v1")
    assert isinstance(item, Dropped)
    assert item.reason is Drop.UNKNOWN_KIND


def test_a_reading_knows_where_to_resume() -> None:
    """v1 tells its relay's time, v2 also the `seq`; a notice is about the stream itself."""
    event = events.identity(ANA, MORNING)
    v1 = read_frame(v1_frame(event, MORNING, 7), ARRIVED)
    v2 = read_frame(v2_frame(event, MORNING, 7), ARRIVED)
    notice = read_frame(v2_info("FutureCursor", "x"), ARRIVED)

    assert (v1.at, v1.seq, v2.at, v2.seq) == (MORNING, None, MORNING, 7)
    assert (notice.at, notice.notice) == (None, "FutureCursor")


@pytest.mark.parametrize("time_us", [0, -1, 10**30, 4102444800000000])
def test_an_impossible_relay_time_does_not_move_the_cursor(time_us: int) -> None:
    """A time before the network began or after now would make the next start skip posts: arrival counts instead."""
    frame = json.dumps({"did": ANA, "time_us": time_us, "kind": "identity"}).encode()
    assert read_frame(frame, ARRIVED).at == ARRIVED


def test_v2_prefers_when_the_event_was_witnessed() -> None:
    """`time` may be imported from elsewhere; a time cursor is looked up by `witnessedAt`."""
    payload = {
        "$type": "network.bsky.jetstream.subscribeEvents#identity",
        "seq": 7,
        "did": ANA,
        "time": "2023-01-01T00:00:00.000000Z",
        "witnessedAt": "2026-11-16T09:00:00.000000Z",
    }
    frame = json.dumps({"$type": "message", "payload": payload})
    assert read_frame(frame, ARRIVED).at == datetime(2026, 11, 16, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("native_id", "did"),
    [
        (f"at://{ANA}/app.bsky.feed.post/3k1", ANA),
        (f"at://{EVA}/app.bsky.feed.post/3k1", EVA),
        (f"at://{ANA}", ANA),
        ("at://ana.example/app.bsky.feed.post/3k1", None),
        ("https://bsky.app/profile/did:plc:ana", None),
        ("", None),
    ],
)
def test_a_native_id_tells_its_author(native_id: str, did: str | None) -> None:
    """The DID is in the at-uri; a handle in its place is not taken for one."""
    assert author_of(native_id) == did
