from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentions.brands import Brand, BrandVersion
from mentions.codec import encode
from mentions.drops import Drop
from mentions.records import Hit, Mention, Sentiment, Watermark
from processors.brand_book import BrandBook
from processors.scored_batch import DeadLetter
from processors.scoring import Judges, JudgingFailedError, Scored, UnknownVersionError, judge, judge_all, opening, score
from processors.sentiment.base import Asked
from tests.playing import (
    BOOK,
    JUDGES,
    NOW,
    OWN_ACCOUNT,
    KeywordEngine,
    a_beat,
    a_mention,
    a_post,
    at,
    deletion,
    entries_of,
)

UNKNOWN = b'{"record":"mention.v9","post":{}}'
WRONG = b'{"record":"mention.v1","post":{"source":"bluesky"}}'


def scored(*records: object) -> Scored:
    """One batch, from offset 1."""
    return score(entries_of(records), BOOK, JUDGES, NOW)  # type: ignore[arg-type]


def test_a_mention_is_judged_once_per_brand() -> None:
    """A mention of two brands becomes two judgements, each with its brand, clause, version and voice."""
    post = a_post("1", text="lumbre y nubira, bien", author=OWN_ACCOUNT)
    mentions = scored(a_mention(post, "lumbre", "nubira")).mentions
    assert [(m.brand, m.voice, m.why, m.query_version) for m in mentions] == [
        ("lumbre", "own", "lumbre", 1),
        ("nubira", "public", "nubira", 1),
    ]
    assert all(m.post == post and m.sentiment.label == "positive" and m.lang == "es" for m in mentions)
    assert {(m.engine_version, m.scored_at, m.text_weight) for m in mentions} == {("keyword-1", NOW, 1000)}


def test_mentions_are_judged_together_as_each_by_itself() -> None:
    """What a mention becomes does not depend on those that are judged beside it, of one brand or of several."""
    mentions = [
        a_mention(a_post("1", text="lumbre mal, nubira bien"), "lumbre", "nubira"),
        a_mention(a_post("2", text="Is lumbre down? My bill is 30 €"), "lumbre"),
        a_mention(a_post("3", text="nubira bien", author=OWN_ACCOUNT), "nubira"),
    ]
    together = judge_all(mentions, BOOK, JUDGES, NOW, [None] * 3)
    assert together == [judge(mention, BOOK, JUDGES, NOW) for mention in mentions]
    assert [len(each) for each in together] == [2, 1, 1]


def test_the_title_is_judged_with_the_text() -> None:
    """What is judged is title and text."""
    assert judge(a_mention(a_post("1", title="mal", text="lumbre")), BOOK, JUDGES, NOW)[0].sentiment.label == "negative"


def test_a_long_text_is_judged_by_its_beginning() -> None:
    """Language and feeling are found in the first characters only, as many as are configured; the post stays whole."""
    seen: list[str] = []

    class Listening:
        def identify(self, text: str, tag: str | None) -> str:
            seen.append(text)
            return "es"

    post = a_post("1", text="lumbre mal " + "sin novedad " * 1_000 + "bien")
    for most in (100, 2_000, 50_000):
        (judged,) = judge(a_mention(post), BOOK, Judges(Listening(), JUDGES.engine, most), NOW)
        assert judged.post == post
        assert post.text.startswith(heard := seen.pop())
        assert 0.9 * min(most, len(post.text)) <= len(heard) <= most
        assert judged.sentiment.label == ("positive" if heard == post.text else "negative")


@pytest.mark.parametrize(
    ("text", "opened"),
    [
        ("", ""),
        ("lumbre abre", "lumbre abre"),
        ("lumbre abre hoy con pan", "lumbre abre hoy con"),
        ("lumbre abre ahoramismo", "lumbre abre ahoramis"),
        ("nubira publica el k3 y mas", "nubira publica el k3"),
        ("x" * 30, "x" * 20),
        ("lumbre\n\n" * 4, "lumbre\n\nlumbre\n\nlumb"),
    ],
)
def test_a_text_is_cut_between_words_where_one_ends_near_the_limit(text: str, opened: str) -> None:
    """Of 20 characters the last two may go so that no word is cut; else the cut is at the limit."""
    assert opening(text, 20) == opened


@given(st.text(max_size=60), st.integers(1, 50))
def test_a_text_is_never_longer_than_the_limit_nor_cut_by_more_than_a_tenth(text: str, most: int) -> None:
    """What is judged is the beginning, all of it up to a tenth."""
    opened = opening(text, most)
    assert text.startswith(opened)
    assert min(len(text), most - most // 10) <= len(opened) <= most


def test_records_are_sorted_by_what_they_are() -> None:
    """Mentions, deletions and heartbeats come apart in order; first and last offset are those of the batch."""
    beat, gone = a_beat(5), deletion("1", 5)
    batch = scored(a_mention(a_post("1")), beat, gone, a_mention(a_post("2")))
    assert [m.post.native_id for m in batch.mentions] == ["1", "2"]
    assert (batch.deletions, batch.heartbeats, batch.dead) == ([gone], [beat], [])
    assert (batch.first_offset, batch.last_offset) == (1, 4)
    assert batch.marks(2, 6) == [Watermark(2, 6, (beat,))]
    assert scored(gone).marks() == []


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"\xff\x00 no json", Drop.CORRUPT),
        (b"", Drop.CORRUPT),
        (b"{}", Drop.CORRUPT),
        (WRONG, Drop.CORRUPT),
        (UNKNOWN, Drop.UNKNOWN_RECORD),
        (encode(Watermark(0, 1, ())), Drop.UNKNOWN_RECORD),
        (b'{"record":"mention.v1","post":{"text":"\\ud800"}}', Drop.CORRUPT),
    ],
)
def test_what_cannot_be_read_is_a_dead_letter_and_the_next_record_is_fine(payload: bytes, reason: Drop) -> None:
    """A record that is corrupt, of an unknown kind, or out of place is kept as it was; what is behind it is judged."""
    batch = scored(payload, a_mention(a_post("1")))
    assert batch.dead == [DeadLetter(1, reason, payload)]
    assert len(batch.mentions) == 1


@given(st.binary(max_size=200))
def test_no_bytes_stop_a_batch(payload: bytes) -> None:
    """Whatever stands in the log, the record behind it is judged."""
    assert len(scored(payload, a_mention(a_post("1"))).mentions) >= 1


def test_a_version_that_the_book_lacks_is_asked_for() -> None:
    """A hit of an unknown brand version stops the batch, so that a newer book can be loaded."""
    newer = Mention(a_post("1"), (Hit("lumbre", 2, "lumbre"),))
    with pytest.raises(UnknownVersionError, match="record 1"):
        scored(newer)


def test_a_version_that_nobody_knows_is_a_dead_letter() -> None:
    """When there is no newer book, the hit becomes a dead letter, and the post's other brands are judged."""
    mixed = Mention(a_post("1"), (Hit("lumbre", 2, "lumbre"), Hit("nubira", 1, "nubira")))
    batch = score(entries_of([mixed]), BOOK, JUDGES, NOW, bury_unknown=True)
    assert [m.brand for m in batch.mentions] == ["nubira"]
    assert batch.dead == [DeadLetter(1, Drop.UNKNOWN_RECORD, encode(mixed))]


def test_times_are_those_of_the_post() -> None:
    """SCORE asks no clock: event time is the post's, the time of judgement is handed in."""
    (mention,) = scored(a_mention(a_post("1", 77))).mentions
    assert mention.post.created_at == at(77)


class Stumbling:
    """An engine that fails on one word."""

    version = "stumbling-1"

    def judge(self, text: str, lang: str, target: object = None) -> Sentiment:
        """Fail, or be neutral."""
        if "tropiezo" in text:
            raise ZeroDivisionError
        return Sentiment("neutral", 0.0)


def test_records_that_an_engine_fails_on_are_raised_or_buried() -> None:
    """All failures are first the caller's, who tries again; told to bury one, it is kept, and the others are judged."""
    judges = Judges(JUDGES.languages, Stumbling())
    bad = a_mention(a_post("1", text="lumbre tropiezo"))
    worse = a_mention(a_post("3", text="lumbre tropiezo y tropiezo"))
    entries = entries_of([a_mention(a_post("0")), bad, a_mention(a_post("2")), worse])
    with pytest.raises(JudgingFailedError, match="2, 4") as failed:
        score(entries, BOOK, judges, NOW)
    assert [(offset, type(error)) for offset, error in failed.value.errors.items()] == [
        (2, ZeroDivisionError),
        (4, ZeroDivisionError),
    ]
    assert score(entries, BOOK, judges, NOW, bury_failing=True).dead == [
        DeadLetter(2, Drop.FAILED, encode(bad)),
        DeadLetter(4, Drop.FAILED, encode(worse)),
    ]
    with pytest.raises(JudgingFailedError, match="the records 4"):
        score(entries, BOOK, judges, NOW, given_up={2})
    batch = score(entries, BOOK, judges, NOW, given_up={2, 4})
    assert [m.post.native_id for m in batch.mentions] == ["0", "2"]
    assert batch.dead == [DeadLetter(2, Drop.FAILED, encode(bad)), DeadLetter(4, Drop.FAILED, encode(worse))]


def test_a_record_is_buried_once() -> None:
    """A record with a hit that nobody knows, and on which an engine fails too, is one dead letter."""
    mixed = Mention(a_post("1", text="tropiezo"), (Hit("lumbre", 2, "lumbre"), Hit("nubira", 1, "nubira")))
    judges = Judges(JUDGES.languages, Stumbling())
    batch = score(entries_of([mixed]), BOOK, judges, NOW, bury_unknown=True, given_up={1})
    assert [(letter.offset, letter.reason) for letter in batch.dead] == [(1, Drop.UNKNOWN_RECORD)]


def test_an_own_account_that_only_ingest_knows_is_own() -> None:
    """What the matcher recognised as the brand's own account speaks in its voice, although the book lacks its id."""
    (mention,) = scored(Mention(a_post("1", author="nobody knows"), (Hit("lumbre", 1, "own"),))).mentions
    assert mention.voice == "own"


class TargetEngine(KeywordEngine):
    """Remembers whom it was asked about."""

    def __init__(self) -> None:
        self.asked: list[object] = []

    def judge(self, text: str, lang: str, target: object = None) -> Sentiment:
        """As any other."""
        self.asked.append(target)
        return super().judge(text, lang)


@pytest.mark.parametrize(("text", "times"), [("muy bien", 1), ("lumbre bien", 2), ("lumbre mejor que nubira", 2)])
def test_an_engine_is_asked_once_for_each_way_to_read_a_text(text: str, times: int) -> None:
    """Of two brands hit, a text that names neither is judged once; one that names some, for each brand."""
    engine = TargetEngine()
    found = judge(a_mention(a_post("1", text=text), "lumbre", "nubira"), BOOK, Judges(JUDGES.languages, engine), NOW)
    assert (len(found), len(engine.asked)) == (2, times)
    assert len(set(engine.asked)) == times


@pytest.mark.parametrize("fails", [False, True])
def test_an_engine_that_judges_together_is_asked_for_a_batch(fails: bool) -> None:
    """It is asked for the texts of all mentions at once, each text once; if that fails, for each mention by itself."""
    shown: list[list[str]] = []

    class Together(KeywordEngine):
        def judge_all(self, asked: Sequence[Asked]) -> list[Sentiment]:
            shown.append([text for text, _, _ in asked])
            if fails and len(asked) > 1:
                raise MemoryError
            return [self.judge(text, lang) for text, lang, _ in asked]

    together = a_mention(a_post("1", text="bien"), "lumbre", "nubira")
    records = (WRONG, together, a_beat(5), a_mention(a_post("2", text="lumbre mal")))
    found = score(entries_of(records), BOOK, Judges(JUDGES.languages, Together()), NOW)
    assert shown == [["bien", "lumbre mal"]] + [["bien"], ["lumbre mal"]] * fails
    assert [each.sentiment.label for each in found.mentions] == ["positive", "positive", "negative"]


def test_a_mention_weighs_what_its_text_deserves_except_where_the_brand_speaks() -> None:
    """Spam has reasons and counts less for every brand but that whose own account wrote it, which is not judged."""
    text = "lumbre y nubira: haz clic aquí y gana dinero desde casa https://dinero.example"
    own, public = judge(a_mention(a_post("1", text=text, author=OWN_ACCOUNT), "lumbre", "nubira"), BOOK, JUDGES, NOW)
    assert (own.voice, own.spam, own.text_weight) == ("own", None, 1000)
    assert public.spam is not None
    assert public.spam.score >= 0.5
    assert public.text_weight <= 500
    assert {reason.term for reason in public.spam.reasons} >= {"link", "call", "money"}


def test_each_brand_allows_and_blocks_for_itself() -> None:
    """One text can count in full for one brand and nothing for another."""
    brands = (
        Brand(name="lumbre", query="lumbre", allow=("phrase:clic aquí",)),
        Brand(name="nubira", query="nubira", block=("author:bluesky:ana.example",)),
    )
    book = BrandBook.of(
        BrandVersion(brand=brand, version=1, effective_from=NOW, changed_at=NOW, changed_by="ana", why="")
        for brand in brands
    )
    post = a_post("1", text="lumbre y nubira: haz clic aquí y gana dinero")
    allowed, blocked = judge(a_mention(post, "lumbre", "nubira"), book, JUDGES, NOW)
    assert (allowed.text_weight, blocked.text_weight) == (1000, 0)
    assert allowed.spam is not None
    assert blocked.spam is not None
    assert (allowed.spam.reasons[-1].term, blocked.spam.reasons[-1].term) == ("allowed", "blocked")
