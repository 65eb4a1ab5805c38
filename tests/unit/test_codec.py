from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mentions.brands import BrandVersion
from mentions.codec import KNOWN_TAGS, UnknownRecord, decode, encode, scrub
from mentions.errors import CorruptRecord
from mentions.records import (
    Alert,
    Author,
    Counts,
    Deletion,
    Event,
    EventType,
    Finding,
    Gap,
    Heartbeat,
    Hit,
    Mention,
    Post,
    Reason,
    ScoredMention,
    Sentiment,
    Spam,
    Watermark,
)
from tests.strategies import brand_versions, events, mentions

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
POST = Post(
    source="bluesky",
    native_id="1",
    author=Author("a1", handle="ana.example"),
    text="¡Qué pan!",
    created_at=NOON,
    received_at=NOON.replace(microsecond=250_000),
)
HEARTBEAT = Heartbeat(
    outbox_id="o1",
    source="bluesky",
    shard="main",
    seq=7,
    at=NOON,
    source_class="stream",
    complete_until=None,
    holds=True,
    counts=Counts(seen=2, matched=1, hits={"lumbre": 1}, dropped={"unmatched": 1}),
    gaps=(Gap(NOON, NOON, "cut"),),
)

GOLDEN: list[tuple[Event, bytes]] = [
    (
        Mention(POST, (Hit("lumbre", 2, "pan"),)),
        b'{"record":"mention.v1","post":{"source":"bluesky","native_id":"1","author":{"id":"a1","handle":"ana.example"},'
        b'"text":"\xc2\xa1Qu\xc3\xa9 pan!","created_at":"2026-11-16T12:00:00Z",'
        b'"received_at":"2026-11-16T12:00:00.250000Z"},"hits":[{"brand":"lumbre","query_version":2,"why":"pan"}]}',
    ),
    (
        ScoredMention(
            post=POST,
            brand="lumbre",
            query_version=2,
            why="pan",
            voice="public",
            lang="es",
            sentiment=Sentiment("positive", 0.5, (0.1, 0.2, 0.7), (Reason("qué", 1.5),)),
            engine_version="e1",
            rules_version="r1",
            scored_at=NOON,
            spam=Spam(0.25),
            text_weight=900,
            sketch=b"\x00\xff",
            intents=(Finding("praise", ("qué",)),),
            aspects=(Finding("quality", ("pan",)),),
        ),
        b'{"record":"scored.v1","post":{"source":"bluesky","native_id":"1","author":{"id":"a1","handle":"ana.example"},'
        b'"text":"\xc2\xa1Qu\xc3\xa9 pan!","created_at":"2026-11-16T12:00:00Z",'
        b'"received_at":"2026-11-16T12:00:00.250000Z"},"brand":"lumbre","query_version":2,"why":"pan",'
        b'"voice":"public","lang":"es","sentiment":{"label":"positive","score":0.5,"p":[0.1,0.2,0.7],'
        b'"reasons":[{"term":"qu\xc3\xa9","weight":1.5}]},"engine_version":"e1","rules_version":"r1",'
        b'"scored_at":"2026-11-16T12:00:00Z","spam":{"score":0.25,"reasons":[]},"text_weight":900,"sketch":"AP8=",'
        b'"intents":[{"name":"praise","terms":["qu\xc3\xa9"]}],"aspects":[{"name":"quality","terms":["pan"]}]}',
    ),
    (
        Deletion(source="bluesky", at=NOON, why="deleted", native_id="1"),
        b'{"record":"deletion.v1","source":"bluesky","at":"2026-11-16T12:00:00Z","why":"deleted","native_id":"1"}',
    ),
    (
        HEARTBEAT,
        b'{"record":"heartbeat.v1","outbox_id":"o1","source":"bluesky","shard":"main","seq":7,'
        b'"at":"2026-11-16T12:00:00Z","class":"stream","complete_until":null,"holds":true,'
        b'"counts":{"seen":2,"matched":1,"hits":{"lumbre":1},"dropped":{"unmatched":1}},'
        b'"gaps":[{"start":"2026-11-16T12:00:00Z","end":"2026-11-16T12:00:00Z","why":"cut"}]}',
    ),
    (
        Watermark(0, 6, (HEARTBEAT,)),
        b'{"record":"watermark.v1","raw_partition":0,"raw_partitions":6,"heartbeats":[{"record":"heartbeat.v1",'
        b'"outbox_id":"o1","source":"bluesky","shard":"main","seq":7,"at":"2026-11-16T12:00:00Z",'
        b'"class":"stream","complete_until":null,"holds":true,'
        b'"counts":{"seen":2,"matched":1,"hits":{"lumbre":1},"dropped":{"unmatched":1}},'
        b'"gaps":[{"start":"2026-11-16T12:00:00Z","end":"2026-11-16T12:00:00Z","why":"cut"}]}]}',
    ),
    (
        Alert(
            id="x1",
            kind="silence",
            brand="lumbre",
            severity="warn",
            opened_at=NOON,
            score=1.5,
            evidence={"quiet_minutes": 40},
            explanation={},
        ),
        b'{"record":"alert.v1","id":"x1","kind":"silence","brand":"lumbre","severity":"warn",'
        b'"opened_at":"2026-11-16T12:00:00Z","score":1.5,"evidence":{"quiet_minutes":40},"explanation":{}}',
    ),
]

BOMB = b"[" * 100_000
ALERT_HEAD = GOLDEN[-1][1].partition(b'{"quiet')[0]


@settings(deadline=None)  # here and below: a busy machine is no failure
@given(events)
def test_what_is_encoded_decodes_to_the_same_record(event: Event) -> None:
    """`decode(encode(x)) == x` for every record of every kind."""
    assert decode(encode(event)) == event


@settings(deadline=None)
@given(events)
def test_a_record_is_one_line(event: Event) -> None:
    """The bytes of a record hold no line break, so that a file of records has one on each line."""
    assert b"\n" not in encode(event)


@settings(deadline=None)
@given(brand_versions)
def test_a_brand_survives_json(version: BrandVersion) -> None:
    """A brand's version reads back as it was written."""
    assert msgspec.json.decode(msgspec.json.encode(version), type=BrandVersion) == version


@pytest.mark.parametrize(("event", "written"), GOLDEN, ids=lambda value: type(value).__name__)
def test_version_1_is_spelled_as_ever(event: Event, written: bytes) -> None:
    """The bytes of version 1 do not change, and logs written with it are read."""
    assert encode(event) == written
    assert decode(written) == event


def test_a_scored_mention_of_an_older_build_has_neither_intents_nor_aspects() -> None:
    """Bytes written before there were any are read, and both are empty."""
    event, written = next((event, written) for event, written in GOLDEN if isinstance(event, ScoredMention))
    older = written.partition(b',"intents"')[0] + b"}"
    assert decode(older) == msgspec.structs.replace(event, intents=(), aspects=())
    assert encode(msgspec.structs.replace(event, intents=(), aspects=())) == older


def test_version_1_of_every_kind_is_kept() -> None:
    """Each kind of record has its bytes of version 1 in this file."""
    assert {type(event) for event, _ in GOLDEN} == set(EventType)


@pytest.mark.parametrize("tag", ["mention.v2", "brand.v1", "", "mention.v1 "])
def test_an_unknown_kind_is_named_and_not_refused(tag: str) -> None:
    """A record of another kind or version is an `UnknownRecord` with its tag, whatever else it holds."""
    assert decode(msgspec.json.encode({"record": tag, "post": 5})) == UnknownRecord(tag)


@settings(deadline=None)
@given(st.binary(max_size=200))
@example(b"")
@example(b"null")
@example(b"\xff\xfe")
@example(b"{}")
@example(b'{"record":5}')
@example(b'{"record":"mention.v1"}')
@example(b'{"record":"\\ud800"}')
@example(BOMB)
@example(b'{"a":' * 50_000)
@example(ALERT_HEAD + b'{"a":' + BOMB)
@example(ALERT_HEAD + b'{"a":' + b"9" * 5_000 + b"}}")
@example(ALERT_HEAD + b'{"a":1e999}}')
@example(b'{"record":"mention.v9","a":' + BOMB)
def test_bytes_that_are_no_record_are_corrupt_and_nothing_else(payload: bytes) -> None:
    """Bytes that are no record of a known kind raise `CorruptRecord`; no other error leaves the decoder."""
    with pytest.raises(CorruptRecord):
        decode(payload)


@settings(deadline=None)
@given(events, st.data())
def test_damaged_records_raise_nothing_but_corrupt(event: Event, data: st.DataObject) -> None:
    """A record with one byte changed or its end cut off decodes, is unknown, or is corrupt."""
    payload = bytearray(encode(event))
    at = data.draw(st.integers(0, len(payload) - 1))
    if data.draw(st.booleans()):
        payload[at] = data.draw(st.integers(0, 255))
    else:
        del payload[at:]
    try:
        decoded = decode(bytes(payload))
    except CorruptRecord:
        return
    assert isinstance(decoded, (*EventType, UnknownRecord))


@settings(deadline=None)
@given(mentions, st.text(st.characters(categories=["Cs", "L"]), min_size=1))
def test_lone_surrogates_are_replaced_and_never_raise(mention: Mention, text: str) -> None:
    """A text with half of a surrogate pair, wherever it stands, is written with U+FFFD in its place."""
    broken = msgspec.structs.replace(
        mention,
        post=msgspec.structs.replace(mention.post, text=text, links=(text,)),
        hits=(Hit("lumbre", 1, text),),
    )

    decoded = decode(encode(broken))

    assert isinstance(decoded, Mention)
    assert decoded.post.text == decoded.post.links[0] == decoded.hits[0].why == scrub(text)


@settings(deadline=None)
@given(st.dictionaries(st.text(st.characters(categories=["Cs", "L"])), st.text(st.characters(categories=["Cs", "L"]))))
def test_lone_surrogates_in_evidence_are_replaced(evidence: dict[str, str]) -> None:
    """Free JSON objects are cleaned too, keys and values; a sketch of bytes survives the cleaning."""
    alert = msgspec.structs.replace(GOLDEN[-1][0], evidence=evidence)

    decoded = decode(encode(alert))

    assert isinstance(decoded, Alert)
    assert decoded.evidence == {scrub(key): scrub(value) for key, value in evidence.items()}


def test_cleaning_keeps_every_other_field() -> None:
    """A scored mention whose text must be cleaned keeps its sketch, times and numbers."""
    scored = next(event for event, _ in GOLDEN if isinstance(event, ScoredMention))
    broken = msgspec.structs.replace(scored, post=msgspec.structs.replace(scored.post, text="pan \ud83e"))

    expected = msgspec.structs.replace(scored, post=msgspec.structs.replace(scored.post, text="pan \ufffd"))

    assert decode(encode(broken)) == expected


def test_the_known_tags_are_those_of_the_records() -> None:
    """The tags that the decoder knows are exactly those of the kinds that travel."""
    assert {decoded for _, payload in GOLDEN for decoded in [msgspec.json.decode(payload)["record"]]} == KNOWN_TAGS
