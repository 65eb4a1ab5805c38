"""F7: records in the topics that no writer of ours can have made, and records of newer builds."""

import random
from collections.abc import Callable, Mapping, Sequence

import pytest
from kafka.errors import MessageSizeTooLargeError
from sqlalchemy import select

from mentions.codec import decode, encode
from mentions.partitioning import partition_of
from mentions.records import Mention, ScoredMention, Sentiment
from mentions.topics import RAW, SCORED, Topic
from processors.store import schema
from tests.distributed import Cluster
from tests.failure.faults import PATIENT
from tests.failure.ingesting import assert_same
from tests.playing import a_mention, a_post, at

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]
PARTITION = partition_of("lumbre", 3)
"""Where mentions of lumbre belong in the scored topic; the raw ones go there as well, one behind the other."""
GARBAGE = random.Random(7).randbytes
FRAME = 100
"""Bytes that Kafka adds to a record that travels alone, or a few less."""
Make = Callable[[str], bytes]


def raw(native_id: str) -> bytes:
    """A mention of lumbre in the raw topic."""
    return encode(a_mention(a_post(native_id, text="lumbre bien", lang="en")))


def scored(native_id: str, brand: str = "lumbre") -> bytes:
    """The same in the scored topic."""
    mention = ScoredMention(
        post=a_post(native_id, text="lumbre bien", lang="en"),
        brand=brand,
        query_version=1,
        why="lumbre",
        voice="public",
        lang="en",
        sentiment=Sentiment("positive", 0.5),
        engine_version="hand-1",
        rules_version="1",
        scored_at=at(0),
    )
    return encode(mention)


def changed(make: Make, old: bytes, new: bytes) -> Make:
    """The same with other bytes in one place, which must be there."""

    def made(native_id: str) -> bytes:
        payload = make(native_id)
        assert payload.count(old) == 1, (old, payload)
        return payload.replace(old, new)

    return made


def unusable(topic: Topic, make: Make) -> dict[str, tuple[bytes | None, str]]:
    """What a topic cannot hold by our own doing, and the reason of its dead letter."""
    return {
        "no JSON": (b"{not json", "corrupt"),
        "half a record": (make("half")[:-20], "corrupt"),
        "wrong type": (changed(make, b'"text":"lumbre bien"', b'"text":["lumbre"]')("bad"), "corrupt"),
        "missing field": (changed(make, b'"source":"bluesky",', b"")("bad"), "corrupt"),
        "no zone": (
            changed(make, b'"created_at":"2026-11-16T09:00:00Z"', b'"created_at":"2026-11-16T09:00:00"')("bad"),
            "corrupt",
        ),
        "no record of ours": (b'{"hello":"world"}', "corrupt"),
        "a list": (b"[1,2,3]", "corrupt"),
        "deep": (b"[" * 50_000, "corrupt"),
        "NUL bytes": (b"\0" * 100, "corrupt"),
        "a raw NUL in a text": (changed(make, b"lumbre bien", b"lumbre \0 bien")("bad"), "corrupt"),
        "a raw surrogate": (changed(make, b"lumbre bien", b"lumbre \xed\xa0\x80")("bad"), "corrupt"),
        "an escaped lone surrogate": (changed(make, b"lumbre bien", rb"lumbre \ud800 bien")("bad"), "corrupt"),
        "Latin-1": (changed(make, b"lumbre bien", b"lumbre a\xf1o")("bad"), "corrupt"),
        "empty": (b"", "corrupt"),
        "null": (None, "corrupt"),
        "a newer version": (make("newer").replace(b".v1", b".v2"), "unknown_record"),
        "a newer kind": (b'{"record":"rumour.v1","about":[1,2]}', "unknown_record"),
        "garbage, as much as the topic takes": (GARBAGE(topic.max_bytes - FRAME), "corrupt"),
    }


def usable(make: Make) -> dict[str, bytes]:
    """What is odd and can be used all the same."""
    return {
        "new fields": changed(make, b'"post":{', b'"mood":{"x":[1]},"post":{"shape":"round",')("new-fields"),
        "escapes": changed(make, b"lumbre bien", rb"lumbre \ud83d\ude00 \u0301")("escapes"),
        "the first year": changed(make, b'2026-11-16T09:00:00Z","rec', b'0001-01-01T00:00:00Z","rec')("first"),
        "the last year": changed(make, b'2026-11-16T09:00:00Z","rec', b'9999-12-31T23:59:59Z","rec')("last"),
    }


NO_DATABASE_HOLDS = {
    "a number": changed(scored, b'"query_version":1', b'"query_version":9223372036854775808'),
    "a NUL": changed(scored, b"lumbre bien", rb"lumbre\u0000bien"),
}
"""What SCORE never lets through, and only PostgreSQL refuses."""


@pytest.fixture
def settled(cluster: Cluster) -> Cluster:
    """Topics and brands are there, and a worker of each stage runs."""
    cluster.prepare()
    for stage in ("score", "watch"):
        cluster.worker(stage)
    return cluster


def write(cluster: Cluster, topic: Topic, make: Make, odd: Sequence[bytes | None]) -> None:
    """Each odd record, and an ordinary one behind each."""
    values = [value for number, record in enumerate(odd) for value in (record, make(f"good{number}"))]
    cluster.produce(topic, values, partition=PARTITION, key=b"poison")


def stored(cluster: Cluster) -> dict[str, str]:
    """Texts in the store by native id."""
    with cluster.store() as store, store.reading() as connection:
        rows = connection.execute(select(schema.mentions.c.id, schema.mentions.c.text))
        return {row.id.removeprefix("bluesky:"): row.text for row in rows}


def assert_buried(cluster: Cluster, topic: Topic, stage: str, odd: Mapping[str, tuple[bytes | None, str]]) -> None:
    """One dead letter for each, as it was, with its reason and where it stood; `odd` was written first, by `write`."""
    letters = {int(letter["offset"]): letter for letter in cluster.dead()}
    assert len(letters) == len(cluster.dead()), "a record has two dead letters"
    assert set(letters) == {2 * number for number in range(len(odd))}
    for number, (name, (payload, reason)) in enumerate(odd.items()):
        letter = letters[2 * number]
        told = (letter["topic"], letter["partition"], letter["stage"], letter["reason"])
        assert told == (cluster.topic(topic), str(PARTITION), stage, reason), name
        assert (letter["payload"] or b"") == (payload or b""), name


def test_poison_in_the_raw_topic_is_buried_and_the_next_record_is_fine(settled: Cluster) -> None:
    """Each record that cannot be used becomes one dead letter with reason and coordinates; each behind it is stored,
    and so is what is only odd, a NUL in its text replaced.
    """
    bad, odd = unusable(RAW, raw), usable(raw)
    odd |= {"a NUL": changed(raw, b"lumbre bien", rb"lumbre\u0000bien")("nul")}

    write(settled, RAW, raw, [payload for payload, _ in bad.values()] + list(odd.values()))
    settled.wait_drained(PATIENT)

    assert_buried(settled, RAW, "score", bad)
    found = stored(settled)
    names = {str(mention.post.native_id) for mention in map(decode, odd.values()) if isinstance(mention, Mention)}
    assert_same(found, {f"good{number}" for number in range(len(bad) + len(odd))} | names)
    assert found["nul"] == "lumbre\ufffdbien"
    assert found["escapes"] == "lumbre \U0001f600 \u0301"


def test_poison_in_the_scored_topic_is_buried_and_the_next_record_is_fine(settled: Cluster) -> None:
    """As in the raw topic; besides, what the database refuses, and a brand in a place that is not its own."""
    bad: dict[str, tuple[bytes | None, str]] = {
        **unusable(SCORED, scored),
        "a brand of another partition": (scored("stray", brand="nubira"), "corrupt"),
        **{name: (make(name), "failed") for name, make in NO_DATABASE_HOLDS.items()},
    }
    odd = usable(scored)
    assert partition_of("nubira", 3) != PARTITION

    write(settled, SCORED, scored, [payload for payload, _ in bad.values()] + list(odd.values()))
    settled.wait_drained(PATIENT)

    assert_buried(settled, SCORED, "watch", bad)
    names = {mention.post.native_id for mention in map(decode, odd.values()) if isinstance(mention, ScoredMention)}
    assert_same(stored(settled), {f"good{number}" for number in range(len(bad) + len(odd))} | names)
    with settled.store() as store, store.reading() as connection:
        kept = connection.execute(select(schema.dead_letters.c.offset, schema.dead_letters.c.reason)).all()
    assert sorted(map(tuple, kept)) == [(2 * number, reason) for number, (_, reason) in enumerate(bad.values())]


@pytest.mark.parametrize("topic", [RAW, SCORED], ids=lambda topic: topic.name)
def test_what_is_larger_than_a_topic_takes_is_refused_to_its_writer(cluster: Cluster, topic: Topic) -> None:
    """The brokers hold the limits that the topics were made with: no reader meets more."""
    cluster.prepare()
    with pytest.raises(MessageSizeTooLargeError):
        cluster.produce(topic, [GARBAGE(topic.max_bytes + 1)])
    assert sum(cluster.ends(topic).values()) == 0


@pytest.mark.parametrize(("stage", "topic", "make"), [("score", RAW, raw), ("watch", SCORED, scored)])
def test_a_topic_full_of_garbage_stops_its_worker(
    cluster: Cluster, chance: random.Random, stage: str, topic: Topic, make: Make
) -> None:
    """It ends with 1 and a sentence, leaving the batch that tipped it; a larger ratio lets it go on without loss."""
    cluster.prepare()
    good = {f"good{number}" for number in range(200)}
    records = [make(name) for name in sorted(good)]
    for number in range(200):
        records.insert(chance.randint(100, len(records)), b"garbage %d" % number)
    cluster.produce(topic, records, partition=PARTITION)

    worker = cluster.worker(stage, ATALAYA_WORK_BATCH="20")

    assert worker.ended(PATIENT) == 1
    assert worker.words().count("[work] max_invalid_ratio allows 10%") == 1
    done = cluster.committed(stage, topic).get(PARTITION, 0)
    assert 100 <= done < 300, "it should stop in the midst"
    assert_same(buried(cluster), [record for record in records[:done] if record.startswith(b"garbage")])
    cluster.worker(stage, ATALAYA_WORK_MAX_INVALID_RATIO="1")
    cluster.worker("watch" if stage == "score" else "score")
    cluster.wait_drained(PATIENT)
    assert_same(stored(cluster), good)
    found = buried(cluster)
    assert len(found) == 200
    assert_same(found, [record for record in records if record.startswith(b"garbage")])


def buried(cluster: Cluster) -> list[bytes]:
    """The payloads of all dead letters."""
    return [letter["payload"] for letter in cluster.dead()]
