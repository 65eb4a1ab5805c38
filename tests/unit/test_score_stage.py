import asyncio
from collections.abc import Sequence
from datetime import datetime

import pytest

from mentions.codec import decode, encode
from mentions.drops import Drop
from mentions.errors import BrokerUnavailable, LogTruncated, TooManyInvalid
from mentions.partitioning import partition_of
from mentions.records import Deletion, Hit, Mention, ScoredMention, Sentiment, Watermark
from processors.brand_book import BrandBook
from processors.runtime import score_stage
from processors.runtime.chunks import Bounds, Chunk, Outgoing
from processors.runtime.invalid_limit import InvalidLimit
from processors.runtime.score_stage import ScoreReport, ScoreStage, Topics
from processors.scoring import Judges
from tests.playing import BOOK, JUDGES, NOW, TagLanguages, a_beat, a_mention, a_post, deletion

TOPICS = Topics("raw", 4, "scored", 3, "dead")


class Brokers:
    """Takes records, each call as one wave; refuses the first `away` calls."""

    def __init__(self, away: int = 0) -> None:
        self.waves: list[list[Outgoing]] = []
        self.away, self.calls = away, 0

    async def send(self, records: Sequence[Outgoing]) -> None:
        """Acknowledge them all, or none."""
        self.calls += 1
        if self.calls <= self.away:
            raise BrokerUnavailable("away")
        self.waves.append(list(records))


def a_chunk(*values: bytes, partition: int = 2, first: int = 7) -> Chunk:
    """Records of one raw partition."""
    return Chunk(partition, first, values, tuple(b"k%d" % n for n in range(len(values))))


def a_stage(
    judges: Judges = JUDGES, book: BrandBook = BOOK, newer: BrandBook = BOOK, ratio: float = 1.0, **options: object
) -> ScoreStage:
    """A stage that knows the brands."""
    return ScoreStage(
        TOPICS,
        judges,
        lambda: book,
        lambda: newer,
        lambda: NOW,
        InvalidLimit(ratio, enough=1),
        **options,  # type: ignore[arg-type]
    )


def process(stage: ScoreStage, chunk: Chunk, brokers: Brokers | None = None) -> Brokers:
    """Run one chunk through."""
    brokers = brokers or Brokers()
    asyncio.run(asyncio.wait_for(stage.process(chunk, brokers.send), 30))
    return brokers


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No waiting between attempts."""

    async def at_once(_: float) -> None:
        return None

    monkeypatch.setattr(score_stage.asyncio, "sleep", at_once)


def test_what_is_written_is_written_in_waves() -> None:
    """Mentions first, each in its brand's partition; behind them deletions, behind both heartbeats, everywhere."""
    beat = a_beat(5)
    records = (
        encode(a_beat(1)),
        encode(a_mention(a_post("1"), "lumbre", "nubira")),
        encode(deletion("1")),
        encode(beat),
    )

    brokers = process(a_stage(), a_chunk(*records))

    mentions, deletions, marks = brokers.waves
    assert [(r.key, r.partition) for r in mentions] == [
        (b"lumbre", partition_of("lumbre", 3)),
        (b"nubira", partition_of("nubira", 3)),
    ]
    assert all(isinstance(decode(r.value), ScoredMention) for r in mentions)
    assert [(r.partition, isinstance(decode(r.value), Deletion)) for r in deletions] == [
        (0, True),
        (1, True),
        (2, True),
    ]
    assert {r.partition for r in marks} == {0, 1, 2}
    mark = decode(marks[0].value)
    assert isinstance(mark, Watermark)
    assert (mark.raw_partition, mark.raw_partitions) == (2, 4)
    assert mark.heartbeats[-1] == beat
    assert {dict(r.headers)["record"] for r in (*mentions, *deletions, *marks)} == {
        b"scored.v1",
        b"deletion.v1",
        b"watermark.v1",
    }


def test_a_wave_is_sent_until_it_is_taken() -> None:
    """While the brokers are away the same wave is offered again, and nothing behind it is sent before it."""
    reports: list[ScoreReport] = []
    stage = a_stage(observe=reports.append)

    brokers = process(stage, a_chunk(encode(a_mention(a_post("1"))), encode(a_beat(5))), Brokers(away=3))

    assert [len(wave) for wave in brokers.waves] == [1, 3]
    assert reports[0].retries == 3
    assert not stage.waiting_for()


def test_a_version_made_meanwhile_is_looked_up() -> None:
    """A hit of a version that the book lacks is judged by the newer book; without one it becomes a dead letter."""
    chunk = a_chunk(encode(Mention(a_post("1"), (Hit("lumbre", 1, "lumbre"),))))

    found = process(a_stage(book=BrandBook(), newer=BOOK), chunk)
    lost = process(a_stage(book=BrandBook(), newer=BrandBook()), chunk)

    assert [r.topic for r in found.waves[0]] == ["scored"]
    (letter,) = lost.waves[0]
    assert (letter.topic, dict(letter.headers)["reason"]) == ("dead", b"unknown_record")


class Moody:
    """An engine that cannot read one text, and fails the first times on any."""

    version = "moody-1"

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures

    def judge(self, text: str, lang: str, target: object = None) -> Sentiment:
        """Raise, or find it neutral."""
        self.failures -= 1
        if self.failures >= 0 or "mal" in text:
            raise ZeroDivisionError
        return Sentiment("neutral", 0.0)


def test_what_fails_is_tried_again_and_then_set_aside() -> None:
    """A record that our own code fails on for good is one dead letter with its coordinates; the others go on."""
    chunk = a_chunk(*(encode(a_mention(a_post(str(n), text=text))) for n, text in enumerate(("bien", "mal", "bien"))))
    reports: list[ScoreReport] = []

    brokers = process(a_stage(Judges(TagLanguages(), Moody()), observe=reports.append), chunk)

    first, second, letter = brokers.waves[0]
    assert (first.topic, second.topic, letter.topic) == ("scored", "scored", "dead")
    assert dict(letter.headers)["offset"] == b"8"
    assert dict(letter.headers)["reason"] == b"failed"
    assert letter.value == chunk.values[1]
    assert reports[0].dead == {"failed": 1}


class Hesitant:
    """An engine that cannot read one text, and reads another at the third time only."""

    version = "hesitant-1"

    def __init__(self) -> None:
        self.tried = 0

    def judge(self, text: str, lang: str, target: object = None) -> Sentiment:
        """Raise, or find it neutral."""
        self.tried += "regular" in text
        if "mal" in text or ("regular" in text and self.tried < score_stage.ATTEMPTS):
            raise ZeroDivisionError
        return Sentiment("neutral", 0.0)


def test_each_record_has_all_its_attempts() -> None:
    """A record that fails for good takes no attempt from those behind it."""
    chunk = a_chunk(*(encode(a_mention(a_post(str(n), text=text))) for n, text in enumerate(("mal", "regular"))))

    brokers = process(a_stage(Judges(TagLanguages(), Hesitant())), chunk)

    assert [(r.topic, dict(r.headers).get("offset")) for r in brokers.waves[0]] == [("scored", None), ("dead", b"7")]


def test_what_fails_once_is_not_set_aside() -> None:
    """A failure that passes leaves no dead letter."""
    brokers = process(a_stage(Judges(TagLanguages(), Moody(failures=1))), a_chunk(encode(a_mention(a_post("1")))))

    assert [r.topic for r in brokers.waves[0]] == ["scored"]


def test_too_much_garbage_stops_before_anything_is_written() -> None:
    """When more than the allowed share cannot be used, the chunk is not written and not acknowledged."""
    stage, brokers = a_stage(ratio=0.5), Brokers()

    with pytest.raises(TooManyInvalid, match="3 of the last 4 records cannot be used"):
        process(stage, a_chunk(b"{", b"[", b"x", encode(a_mention(a_post("1")))), brokers)

    assert not brokers.waves


@pytest.mark.parametrize(
    ("bound", "position"),
    [(Bounds(0, 9, 4), 4), (Bounds(0, 9), 0), (Bounds(3, 9), 3), (Bounds(4, 9, 4), 4), (Bounds(0, 9, 9), 9)],
)
def test_a_worker_goes_on_where_its_group_stands(bound: Bounds, position: int) -> None:
    """It reads from the committed offset, a new group from where the topic begins."""
    assert asyncio.run(a_stage().positions({1: bound})) == {1: position}


@pytest.mark.parametrize("bound", [Bounds(5, 9, 4), Bounds(0, 3, 4)])
def test_records_that_were_never_judged_and_are_gone_stop_it(bound: Bounds) -> None:
    """When the topic no longer holds the next record the worker stops and says how to go on."""
    with pytest.raises(LogTruncated, match="--accept-gap"):
        asyncio.run(a_stage().positions({1: bound}))


def test_an_accepted_gap_is_skipped() -> None:
    """Told so, it goes on where the topic begins."""
    assert asyncio.run(a_stage(accept_gap=True).positions({1: Bounds(5, 9, 4)})) == {1: 5}


def test_the_report_tells_what_became_of_a_chunk() -> None:
    """Records, mentions, dead letters by reason, the newest event time."""
    reports: list[ScoreReport] = []

    process(a_stage(observe=reports.append), a_chunk(encode(a_mention(a_post("1", 30))), b"{", encode(a_beat(60))))

    (report,) = reports
    newest: datetime = a_post("1", 30).created_at
    assert (report.records, report.mentions, report.dead, report.newest) == (3, 1, {Drop.CORRUPT.value: 1}, newest)
