import random
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.kafka.sending import Row, Window, deletes, glimpse, route
from mentions.codec import encode
from mentions.errors import CorruptRecord
from mentions.partitioning import partition_of
from tests.playing import a_beat, a_mention, a_post, deletion

ALL = tuple(range(6))


def routed(payload: bytes) -> tuple[bytes | None, tuple[int, ...], bool]:
    """Key, partitions and whether it waits, of a record on its way to six partitions."""
    row = route(1, payload, 6)
    return row.key, row.partitions, row.waits


def test_a_mention_goes_with_its_author_and_waits_for_nobody() -> None:
    """Its key is source:author, its partition that of the key, and its bytes are those of the outbox."""
    payload = encode(a_mention(a_post("1", author="ana")))
    assert routed(payload) == (b"bluesky:ana", (partition_of("bluesky:ana", 6),), False)
    assert route(1, payload, 6).payload is payload
    assert route(1, payload, 6).kind == "mention.v1"


def test_a_heartbeat_goes_to_every_partition_behind_everything() -> None:
    """It has no key, and waits."""
    assert routed(encode(a_beat(0))) == (None, ALL, True)


def test_a_deletion_goes_to_the_authors_partition_where_the_author_is_known() -> None:
    """An author's own, and a Bluesky post's, whose id names the author; it has the mention's key, and waits."""
    ana = (b"bluesky:did:plc:ana", (partition_of("bluesky:did:plc:ana", 6),), True)
    assert routed(encode(deletion(author_id="did:plc:ana"))) == ana
    assert routed(encode(deletion("at://did:plc:ana/app.bsky.feed.post/3k"))) == ana


def test_a_deletion_without_author_goes_to_every_partition() -> None:
    """On other sources an id says nothing of its author, even if it looks so."""
    assert routed(encode(deletion("17"))) == (None, ALL, True)
    elsewhere = msgspec.structs.replace(deletion("at://did:plc:ana/app.bsky.feed.post/3k"), source="file")
    assert routed(encode(elsewhere)) == (None, ALL, True)


@pytest.mark.parametrize(
    ("payload", "where"),
    [
        (b'{"record":"mention.v2","post":{"source":"x","native_id":"1","author":{"id":"a","new":1}},"more":[]}', "a"),
        (b'{"record":"mention.v2","post":{"source":"x","native_id":"1","author":"a"}}', None),
        (b'{"record":"rumour.v1","about":[1,2]}', None),
    ],
)
def test_a_kind_of_a_newer_build_goes_on_its_way(payload: bytes, where: str | None) -> None:
    """With its author where it names one as ours do, otherwise to every partition; always behind everything."""
    expected = (None, ALL, True) if where is None else (b"x:a", (partition_of("x:a", 6),), True)
    assert routed(payload) == expected


@pytest.mark.parametrize(
    "payload",
    [b"", b"\xff\xfe", b"[" * 5_000, b'{"post":{}}', b'{"record":"mention.v1","post":{"source":"x"}}', b'"mention.v1"'],
)
def test_what_cannot_be_read_is_told(payload: bytes) -> None:
    """Bytes that are no record of anybody raise `CorruptRecord`, nothing else."""
    with pytest.raises(CorruptRecord):
        route(1, payload, 6)


def test_a_deletion_concerns_its_post_or_its_author_on_its_source() -> None:
    """By native id or author id; the same id on another source is another post."""
    mention = glimpse(encode(a_mention(a_post("1", author="ana"))))
    elsewhere = glimpse(encode(a_mention(a_post("1", author="ana", source="file"))))
    for one in (deletion("1"), deletion(author_id="ana")):
        assert deletes(glimpse(encode(one)), mention)
        assert not deletes(glimpse(encode(one)), elsewhere)
    assert not deletes(glimpse(encode(deletion("2"))), mention)
    assert not deletes(glimpse(encode(deletion(author_id="bea"))), mention)
    assert not deletes(mention, mention)


# --- the window ---


def rows(kinds: str, size: int = 10) -> Iterator[Row]:
    """One row per letter: m, a mention; b, a barrier to three partitions; s, a suspect that goes alone."""
    for offset, kind in enumerate(kinds, 1):
        partitions = (0, 1, 2) if kind == "b" else (offset % 3,)
        yield Row(offset, b"x" * size, kind, None, partitions, waits=kind == "b", alone=kind == "s")


def push(window: Window[int]) -> list[int]:
    """Send all that may go; their offsets."""
    sent = []
    while (row := window.ready()) is not None:
        sent.append(row.offset)
        window.sent(row.offset)
    return sent


def opened(kinds: str, *, max_copies: int = 100, max_bytes: int = 10_000, size: int = 10) -> Window[int]:
    """A window that was offered such rows."""
    window: Window[int] = Window(0, max_copies=max_copies, max_bytes=max_bytes)
    window.offer(rows(kinds, size))
    return window


def test_a_barrier_goes_when_everything_before_it_is_acknowledged() -> None:
    """Not before; what stands behind it waits with it, but not for it."""
    window = opened("mmbm")
    assert push(window) == [1, 2]
    assert [row.offset for row in window.settle({2}.__contains__)] == []
    assert push(window) == []
    assert [row.offset for row in window.settle({1, 2}.__contains__)] == [1, 2]
    assert push(window) == [3, 4]
    assert window.done_until == 2


def test_a_suspect_travels_alone() -> None:
    """Nothing goes with it in either direction until it is settled."""
    window = opened("msm")
    assert push(window) == [1]
    window.settle({1}.__contains__)
    assert push(window) == [2]
    window.settle({1, 2}.__contains__)
    assert push(window) == [3]


def test_one_row_beyond_the_bounds_goes_when_nothing_else_does() -> None:
    """A heartbeat to more partitions than may be in flight, and a record larger than the bytes, are not stuck."""
    assert push(opened("bm", max_copies=2)) == [1]
    assert push(opened("mm", max_bytes=5)) == [1]
    assert push(opened("mmm", max_bytes=25)) == [1, 2]


def test_a_row_that_is_never_sent_does_not_hold_the_rest() -> None:
    """A refused row is passed in its turn: what is done ends before an earlier row that is still open."""
    window = opened("mmm")
    assert window.ready() is not None
    window.sent(1)
    window.sent(None)
    window.sent(3)
    assert window.settle(set[int]().__contains__) == []
    assert window.done_until == 0
    assert [row.offset for row in window.settle({1}.__contains__)] == [1]
    assert window.done_until == 2
    assert [row.offset for row, _ in window.flying()] == [3]


@given(kinds=st.text("mmmmmbs", max_size=60), bound=st.integers(1, 12), seed=st.randoms(use_true_random=False))
def test_whatever_order_acknowledgements_come_in(kinds: str, bound: int, seed: random.Random) -> None:
    """Every row is sent once, in order; a barrier only when all before it are acknowledged; a suspect alone; no more
    is in flight than the bound, or one row; `done_until` is the last row before which all are acknowledged.
    """
    window: Window[int] = Window(0, max_copies=bound, max_bytes=10_000)
    feed, sent, acknowledged = list(rows(kinds)), [], set[int]()
    kind_of = {row.offset: row.kind for row in feed}
    while len(acknowledged) < len(kinds):
        if feed and seed.random() < 0.5:
            window.offer([feed.pop(0)])
        while (row := window.ready()) is not None:
            open_before = {offset for offset in sent if offset not in acknowledged}
            if row.kind in "bs":
                assert not open_before
            assert not any(kind_of[offset] == "s" for offset in open_before)
            window.sent(row.offset)
            sent.append(row.offset)
            assert window.copies <= bound or len(list(window.flying())) == 1
        flying = [row.offset for row, _ in window.flying() if row.offset not in acknowledged]
        if flying and seed.random() < 0.7:
            acknowledged.add(seed.choice(flying))
        window.settle(acknowledged.__contains__)
        done = next((offset for offset in range(1, len(kinds) + 1) if offset not in acknowledged), len(kinds) + 1) - 1
        assert window.done_until == done
    assert sent == list(range(1, len(kinds) + 1))
    assert (window.copies, window.bytes, window.waiting, window.is_flying) == (0, 0, 0, False)


def test_reading_goes_on_behind_what_was_offered() -> None:
    """`read_until` is the last offset taken, whatever was sent of it."""
    window = opened("mb")
    assert window.read_until == 2
    assert Window(7, max_copies=1, max_bytes=1).read_until == 7
