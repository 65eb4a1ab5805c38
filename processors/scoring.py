"""Stage SCORE: raw records in, judged mentions out. No state, no store, no clock."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import repeat
from typing import Protocol

from mentions.codec import UnknownRecord, decode
from mentions.drops import Drop
from mentions.errors import CorruptRecord
from mentions.layers import BrandLayer
from mentions.records import (
    FULL_WEIGHT,
    Deletion,
    Event,
    Finding,
    Heartbeat,
    Hit,
    Mention,
    Post,
    ScoredMention,
    Sentiment,
    Spam,
    Voice,
    Watermark,
)
from processors.aspects import Aspects
from processors.brand_book import BrandBook
from processors.detection.sketch import sketch, sketches
from processors.intents import intents_of
from processors.scored_batch import DeadLetter, Entries, ScoredBatch
from processors.sentiment.base import Engine, ReadsAhead
from processors.sentiment.layer import layered_version
from processors.sentiment.layered import judge_layered
from processors.sentiment.target import Target
from processors.spam import judge_spam
from processors.words import Words

RULES_VERSION = "4"
"""Of all beside the engine that changes a judgement: language, voices, names, intents, aspects, flags, spam, sketch."""


Findings = tuple[Finding, ...]


class Languages(Protocol):
    """Who says what language a text is in (`processors.language.LanguageIdentifier`)."""

    def identify(self, text: str, tag: str | None) -> str:
        """ISO 639-1 or `und`; `tag` is the source's own word."""
        ...


@dataclass(frozen=True, slots=True)
class Judges:
    """What SCORE judges with, and how many characters of a text it looks at (title and text together)."""

    languages: Languages
    engine: Engine
    max_characters: int = 2_000


@dataclass(slots=True)
class Scored:
    """What one batch of the raw log became.

    `first_offset` and `last_offset` are those of the records read, whatever became of them.
    """

    first_offset: int
    last_offset: int
    mentions: list[ScoredMention] = field(default_factory=list)
    deletions: list[Deletion] = field(default_factory=list)
    heartbeats: list[Heartbeat] = field(default_factory=list)
    dead: list[DeadLetter] = field(default_factory=list)

    def marks(self, raw_partition: int = 0, raw_partitions: int = 1) -> list[Watermark]:
        """The batch's heartbeats, unmerged; none when there were none."""
        if not self.heartbeats:
            return []
        return [Watermark(raw_partition, raw_partitions, tuple(self.heartbeats))]

    def batch(self, entries: Entries = (), raw_partition: int = 0, raw_partitions: int = 1) -> ScoredBatch:
        """Hand the batch to WATCH directly, without a scored log between; `entries`: the raw records it was made of."""
        return ScoredBatch(
            first_offset=self.first_offset,
            last_offset=self.last_offset,
            mentions=self.mentions,
            deletions=self.deletions,
            watermarks=self.marks(raw_partition, raw_partitions),
            dead=self.dead,
            entries=entries,
        )


class UnknownVersionError(LookupError):
    """A hit names a brand version that the book does not hold: load a newer book."""


class JudgingFailedError(Exception):
    """Our own code failed on some records, and whoever calls may try again.

    Attributes:
        errors: by the record's offset.
    """

    def __init__(self, errors: Mapping[int, Exception]) -> None:
        self.errors = errors
        super().__init__(f"judging failed on the records {', '.join(map(str, errors))}")


def score(
    entries: Entries,
    book: BrandBook,
    judges: Judges,
    now: datetime,
    *,
    bury_unknown: bool = False,
    bury_failing: bool = False,
    given_up: Collection[int] = (),
) -> Scored:
    """Judge a batch of (offset, payload) of the raw log.

    Args:
        bury_unknown: hits of versions that the book does not hold become dead letters, for there is no newer book.
        bury_failing: a record that our own code fails on becomes a dead letter, for trying again did not help.
        given_up: offsets of those for which that is known already: they are not tried.

    Raises:
        UnknownVersionError: unless `bury_unknown`.
        JudgingFailedError: an engine raised, on these of all; unless `bury_failing`.
    """
    scored, errors = Scored(first_offset=entries[0][0], last_offset=entries[-1][0]), dict[int, Exception]()
    events = [_decoded(offset, payload) for offset, payload in entries]
    drawn = _seen_together(events, judges)
    for (offset, payload), event in zip(entries, events, strict=True):
        match event:
            case Mention():
                known = _known(event, book)
                if known is not event and not bury_unknown:
                    raise UnknownVersionError(f"record {offset}: a hit is of a brand version that is not known yet")
                if known is not event:
                    scored.dead.append(DeadLetter(offset, Drop.UNKNOWN_RECORD, payload))
                own = next(drawn)
                try:
                    if offset not in given_up:
                        scored.mentions.extend(judge(known, book, judges, now, own))
                except Exception as error:
                    errors[offset] = error
                if offset in given_up or (bury_failing and offset in errors):
                    _bury_failed(offset, payload, scored)
            case Deletion():
                scored.deletions.append(event)
            case Heartbeat():
                scored.heartbeats.append(event)
            case DeadLetter():
                scored.dead.append(event)
            case _:  # a scored record has no business in the raw log
                scored.dead.append(DeadLetter(offset, Drop.UNKNOWN_RECORD, payload))
    if errors and not bury_failing:
        raise JudgingFailedError(errors) from next(iter(errors.values()))
    return scored


def _seen_together(events: Iterable[Event | DeadLetter], judges: Judges) -> Iterator[bytes | None]:
    """What is cheaper for the texts of a batch than for one: an engine that reads ahead sees them, sketches are drawn.

    What fails here fails again at its own record, and counts there.

    Returns:
        The sketch of each mention's text, in order; None: it is to be drawn there.
    """
    most = judges.max_characters
    texts = [opening(event.post.full_text, most) for event in events if isinstance(event, Mention)]
    if isinstance(judges.engine, ReadsAhead):
        with suppress(Exception):
            judges.engine.read_ahead(texts)
    with suppress(Exception):
        return iter(sketches(texts))
    return repeat(None)


def _bury_failed(offset: int, payload: bytes, scored: Scored) -> None:
    """One dead letter per record: a hit of an unknown version may have made one already."""
    if not scored.dead or scored.dead[-1].offset != offset:
        scored.dead.append(DeadLetter(offset, Drop.FAILED, payload))


def _known(mention: Mention, book: BrandBook) -> Mention:
    """The same mention when the book holds every version, else one with the other hits."""
    hits = tuple(hit for hit in mention.hits if book.holds(hit.brand, hit.query_version))
    return mention if len(hits) == len(mention.hits) else Mention(mention.post, hits)


def judge(
    mention: Mention, book: BrandBook, judges: Judges, now: datetime, drawn: bytes | None = None
) -> list[ScoredMention]:
    """One judgement per brand; the language is looked at once, the text once for each way in which it is to be read.

    Args:
        drawn: the sketch of the text, where it is at hand.
    """
    post, engine = mention.post, judges.engine
    text = opening(post.full_text, judges.max_characters)
    lang = judges.languages.identify(text, post.lang)
    targets = book.targets(text, mention.hits)
    reading = _Reading(text, lang, Words(text), engine)
    spam = judge_spam(text, post.links, reading.words)
    drawn = sketch(text) if drawn is None else drawn
    found = []
    for hit, target in zip(mention.hits, targets, strict=True):
        brand, version = hit.brand, hit.query_version
        layer = book.layer(brand, engine.version)
        sentiment, intents = reading.heard(target, layer)
        voice = book.voice(brand, version, post.source, post.author, hit.why)
        judged, weight = _weighed(spam, voice, book, hit, post, reading.words)
        found.append(
            ScoredMention(
                post=post,
                brand=brand,
                query_version=version,
                why=hit.why,
                voice=voice,
                lang=lang,
                sentiment=sentiment,
                engine_version=_made_by(engine, layer),
                rules_version=RULES_VERSION,
                scored_at=now,
                spam=judged,
                text_weight=weight,
                sketch=drawn,
                intents=intents,
                aspects=reading.about(book.aspects(brand, version)),
                flags=book.flags(brand, version).find(reading.words, post),
            )
        )
    return found


class _Reading:
    """A text that several brands may read the same way: then it is looked at once."""

    __slots__ = ("_about", "_engine", "_heard", "_lang", "_text", "words")

    def __init__(self, text: str, lang: str, words: Words, engine: Engine) -> None:
        self._text, self._lang, self.words, self._engine = text, lang, words, engine
        self._heard = dict[tuple[Target, str], tuple[Sentiment, Findings]]()
        self._about = dict[Aspects, Findings]()

    def heard(self, target: Target, layer: BrandLayer | None) -> tuple[Sentiment, Findings]:
        """The sentiment towards a target by the engine and a brand's layer, and the intents that follow."""
        way = target, layer.brand if layer else ""
        known = self._heard.get(way)
        if known is None:
            sentiment = _sentiment(self._engine, layer, self._text, self._lang, target)
            known = self._heard[way] = sentiment, intents_of(self.words, self._lang, sentiment)
        return known

    def about(self, aspects: Aspects) -> Findings:
        """What the text is about, of these aspects."""
        known = self._about.get(aspects)
        if known is None:
            known = self._about[aspects] = aspects.find(self.words, self._lang)
        return known


def _weighed(spam: Spam, voice: Voice, book: BrandBook, hit: Hit, post: Post, words: Words) -> tuple[Spam | None, int]:
    """What a brand makes of the judgement of the text, and the weight; its own posts are not judged."""
    if voice == "own":
        return None, FULL_WEIGHT
    return book.spam_lists(hit.brand, hit.query_version).judge(spam, post, words)


def _sentiment(engine: Engine, layer: BrandLayer | None, text: str, lang: str, target: Target) -> Sentiment:
    if layer is None:
        return engine.judge(text, lang, target)
    return judge_layered(engine, layer.layer, text, lang, target)


def _made_by(engine: Engine, layer: BrandLayer | None) -> str:
    return engine.version if layer is None else layered_version(engine.version, layer.brand, layer.version)


def opening(text: str, most: int) -> str:
    """The beginning of `text`, at most `most` characters, cut between words if one ends in the last tenth of it."""
    if len(text) <= most:
        return text
    for place in range(most, most - most // 10 - 1, -1):
        if text[place].isspace():
            return text[:place]
    return text[:most]


def _decoded(offset: int, payload: bytes) -> Event | DeadLetter:
    try:
        event = decode(payload)
    except CorruptRecord:
        return DeadLetter(offset, Drop.CORRUPT, payload)
    return DeadLetter(offset, Drop.UNKNOWN_RECORD, payload) if isinstance(event, UnknownRecord) else event
