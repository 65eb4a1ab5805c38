"""No parser of what the network sends raises, whatever arrives, and what it yields can always be stored."""

import json
from datetime import datetime, timedelta
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.sources.base import Dropped, Item
from ingest.sources.bluesky.cursor import Position, dump, load
from ingest.sources.bluesky.frames import parse_frame
from ingest.sources.rss.documents import parse_feed
from ingest.sources.rss.html_text import plain_text
from ingest.sources.times_live import NEWEST, OLDEST, parse_time, sane_time
from mentions.clock import EPOCH
from mentions.codec import decode, encode
from mentions.records import Mention, Post
from tests.clocks import MORNING
from tests.servers.feed import rss
from tests.servers.jetstream_events import post, v1_frame, v2_frame

unhurried = settings(deadline=None)
"""A busy machine is no fault of a parser; the tests of hostile input measure processor time instead."""
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
"""Any JSON."""
DAMAGE = st.tuples(st.integers(0, 5000), st.binary(max_size=8))
"""Where to write what into something that was right."""


def check(item: Item) -> None:
    """An item is one of three things, and a post of them survives the log."""
    if isinstance(item, Post):
        mention = Mention(item, ())
        assert decode(encode(mention)) == mention
        assert item.created_at.tzinfo is not None
    elif isinstance(item, Dropped):
        assert len(item.detail) < 500


def paths(value: Any, so_far: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [so_far, *(path for key, one in inner for path in paths(one, (*so_far, key)))]


def replaced(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The document with another value at this place."""
    if not path:
        return value
    copy = json.loads(json.dumps(document))
    place = copy
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return copy


RECORD = {
    "langs": ["es"],
    "reply": {"parent": {"uri": "at://did:plc:eva/app.bsky.feed.post/1"}, "root": {"uri": "at://x"}},
    "facets": [
        {
            "index": {"byteStart": 0, "byteEnd": 3},
            "features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://a.example"}],
        }
    ],
    "embed": {"$type": "app.bsky.embed.recordWithMedia", "record": {"record": {"uri": "at://x"}}, "media": {}},
}
GOOD = post("did:plc:ana", "3k1", "Qué rico el pan", MORNING, **RECORD)
FRAMES = [json.loads(v1_frame(GOOD, MORNING, 1)), json.loads(v2_frame(GOOD, MORNING, 1))]


@unhurried
@given(st.binary(max_size=300) | st.text(max_size=300))
def test_no_bytes_make_the_frame_parser_raise(frame: bytes | str) -> None:
    """Any bytes and any text are a post, a deletion or a drop."""
    check(parse_frame(frame, MORNING))


@unhurried
@given(st.sampled_from(FRAMES).flatmap(lambda frame: st.tuples(st.just(frame), st.sampled_from(paths(frame)))), VALUES)
def test_no_field_makes_the_frame_parser_raise(place: tuple[Any, tuple[Any, ...]], value: Any) -> None:
    """Any JSON in any place of a good frame, on either wire, is survived."""
    frame, path = place
    check(parse_frame(json.dumps(replaced(frame, path, value)), MORNING))


@unhurried
@given(st.sampled_from([v1_frame(GOOD, MORNING, 1), v2_frame(GOOD, MORNING, 1)]), st.lists(DAMAGE, max_size=3))
def test_no_damage_makes_the_frame_parser_raise(frame: bytes, damages: list[tuple[int, bytes]]) -> None:
    """A good frame with foreign bytes written into it is survived."""
    for at, data in damages:
        frame = frame[: at % len(frame)] + data + frame[at % len(frame) + len(data) :]
    check(parse_frame(frame, MORNING))


FEEDS = [
    rss(
        "<item><title>Lumbre</title><guid>1</guid><link>/a</link><pubDate>Mon, 16 Nov 2026 08:00:00 GMT</pubDate>"
        "<author>a@b.example (Ana)</author>"
        "<description>&lt;p&gt;pan &lt;a href='/b'&gt;b&lt;/a&gt;</description></item>"
    ),
    b'<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry><title type="html">t</title><id>urn:1</id>'
    b'<updated>2026-11-16T08:00:00Z</updated><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">x</div>'
    b"</content><author><name>Ana</name></author></entry></feed>",
]


@unhurried
@given(st.binary(max_size=300), st.none() | st.text(max_size=30))
@example(b"<rss>\x00</rss>", "text/xml; charset=utf-7")
@example(b"\xff\xfe<\x00r\x00", None)
def test_no_bytes_make_the_feed_parser_raise(document: bytes, content_type: str | None) -> None:
    """Any bytes, with any type claimed for them, are items or one drop."""
    for item in parse_feed(document, "https://prensa.example/rss", MORNING, content_type):
        check(item)


@unhurried
@given(st.sampled_from(FEEDS), st.lists(DAMAGE, min_size=1, max_size=4))
def test_no_damage_makes_the_feed_parser_raise(document: bytes, damages: list[tuple[int, bytes]]) -> None:
    """A good document with foreign bytes written into it gives items or drops."""
    for at, data in damages:
        document = document[: at % len(document)] + data + document[at % len(document) + len(data) :]
    for item in parse_feed(document, "https://prensa.example/rss", MORNING):
        check(item)


@unhurried
@given(st.text(st.characters() | st.sampled_from("<>&;/\"'=#! -[]aphrefscript"), max_size=200), st.text(max_size=20))
def test_no_markup_makes_the_text_reader_raise(markup: str, base: str) -> None:
    """Any text is plain text and web addresses."""
    plain = plain_text(markup, base)
    assert all(link.startswith(("http://", "https://")) for link in plain.links)
    assert "\n\n" not in plain.text


@unhurried
@given(st.text(max_size=40) | st.datetimes().map(str))
def test_no_text_makes_the_time_reader_raise(text: str) -> None:
    """Any text is a time in UTC or none."""
    moment = parse_time(text)
    assert moment is None or moment.utcoffset() == timedelta(0)


@unhurried
@given(st.datetimes().map(lambda moment: moment.replace(tzinfo=MORNING.tzinfo)))
def test_a_live_time_is_always_sane(created: datetime) -> None:
    """Whatever was given, the event time lies within the range, and is the given one unless flagged."""
    moment, skewed = sane_time(created, MORNING)
    assert MORNING - OLDEST <= moment <= MORNING + NEWEST
    assert skewed or moment == created


@unhurried
@given(
    st.sampled_from(["v1", "v2"]),
    st.text(max_size=20),
    st.integers(0, 10**17).map(lambda us: EPOCH + timedelta(microseconds=us)),
    st.none() | st.integers(0, 10**18),
)
def test_every_cursor_is_read_back(wire: Any, host: str, at: datetime, seq: int | None) -> None:
    """A position of either wire survives being text."""
    position = Position(wire, host, at, seq if wire == "v2" else None)
    assert load(dump(position)) == position
