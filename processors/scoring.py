"""Stage SCORE: raw records in, judged mentions out. No state, no store, no clock."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

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
from processors.aspects import DEFAULT as DEFAULT_ASPECTS
from processors.brand_book import BrandBook
from processors.brand_sentiment import Heard, sentiments
from processors.detection.sketch import sketch, sketches
from processors.flags import DEFAULT as DEFAULT_FLAGS
from processors.intents import intents_of
from processors.said import Said, said_in
from processors.scored_batch import DeadLetter, Entries, ScoredBatch
from processors.sentiment.base import Engine
from processors.sentiment.layer import layered_version
from processors.spam import judge_spam
from processors.words import Words

RULES_VERSION = "4"
"""Of all beside the engine that changes a judgement: language, voices, names, intents, aspects, flags, spam, sketch."""


AT_ONCE = 128
"""Mentions that are judged step by step together: with more, their texts and words would leave the cache."""
Findings = tuple[Finding, ...]


class Languages(Protocol):
    """Who says what language a text is in (`processors.language.LanguageIdentifier`)."""

    def identify(self, text: str, tag: str | None) -> str:
        """ISO 639-1 or `und`; `tag` is the source's own word."""
        ...


@runtime_checkable
class IdentifiesAll(Protocol):
    """Who says so of many texts for less than of each by itself."""

    def identify_all(self, texts: Sequence[str], tags: Sequence[str | None]) -> list[str]:
        """`identify` for each text."""
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
    scored = Scored(first_offset=entries[0][0], last_offset=entries[-1][0])
    events = [(offset, payload, _decoded(offset, payload)) for offset, payload in entries]
    mentions = {offset: _known(event, book) for offset, _, event in events if isinstance(event, Mention)}
    for offset, _, event in events:
        if not bury_unknown and mentions.get(offset, event) is not event:
            raise UnknownVersionError(f"record {offset}: a hit is of a brand version that is not known yet")
    wanted = {offset: mention for offset, mention in mentions.items() if offset not in given_up}
    judged, errors = _judged(wanted, book, judges, now)
    for offset, payload, event in events:
        match event:
            case Mention():
                if mentions[offset] is not event:
                    scored.dead.append(DeadLetter(offset, Drop.UNKNOWN_RECORD, payload))
                scored.mentions.extend(judged.get(offset, ()))
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


def _judged(
    mentions: Mapping[int, Mention], book: BrandBook, judges: Judges, now: datetime
) -> tuple[dict[int, list[ScoredMention]], dict[int, Exception]]:
    """The judgements, and the errors, by the record's offset."""
    drawn = _drawn_together(mentions.values(), judges)
    judged, errors = dict[int, list[ScoredMention]](), dict[int, Exception]()
    todo = list(zip(mentions.items(), drawn, strict=True))
    for at in range(0, len(todo), AT_ONCE):
        part = todo[at : at + AT_ONCE]
        try:
            found = judge_all([mention for (_, mention), _ in part], book, judges, now, [drawn for _, drawn in part])
            judged.update(zip([offset for (offset, _), _ in part], found, strict=True))
        except Exception:  # of which record is seen when each is judged by itself
            for (offset, mention), own in part:
                try:
                    judged[offset] = judge(mention, book, judges, now, own)
                except Exception as error:
                    errors[offset] = error
    return judged, errors


def _drawn_together(mentions: Collection[Mention], judges: Judges) -> Sequence[bytes | None]:
    """The sketch of each mention's text, in order: they are cheaper for a batch than for one.

    What fails here fails again at its own record, and counts there.

    Returns:
        None for each that is to be drawn there.
    """
    texts = [opening(mention.post.full_text, judges.max_characters) for mention in mentions]
    with suppress(Exception):
        return sketches(texts)
    return [None] * len(texts)


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
    """One judgement per brand.

    Args:
        drawn: the sketch of the text, where it is at hand.
    """
    return judge_all([mention], book, judges, now, [drawn])[0]


def judge_all(
    mentions: Sequence[Mention], book: BrandBook, judges: Judges, now: datetime, drawn: Sequence[bytes | None]
) -> list[list[ScoredMention]]:
    """One judgement per mention and brand; the language is looked at once, the text once for each way to read it.

    Each step is taken for all texts before the next: so its code and its tables stay in the processor's caches, which
    saves a third of the time.

    Args:
        drawn: the sketch of each text; None: it is not at hand.
    """
    engine, most = judges.engine, judges.max_characters
    posts = [mention.post for mention in mentions]
    texts = [opening(post.full_text, most) for post in posts]
    langs = _identified(judges.languages, texts, [post.lang for post in posts])
    targets = [book.targets(text, mention.hits) for text, mention in zip(texts, mentions, strict=True)]
    read = list(map(Words, texts))
    said = [said_in(words.folded, lang) for words, lang in zip(read, langs, strict=True)]
    spams = [
        judge_spam(text, post.links, words, found.spam)
        for text, post, words, found in zip(texts, posts, read, said, strict=True)
    ]
    sketched = [sketch(text) if own is None else own for text, own in zip(texts, drawn, strict=True)]
    layers = [[book.layer(hit.brand, engine.version) for hit in mention.hits] for mention in mentions]
    heard = sentiments(engine, list(map(Heard, texts, langs, targets, layers)))
    intents = [_intents(*each) for each in zip(read, langs, heard, said, strict=True)]
    aspects = [_aspects(book, *each) for each in zip(mentions, read, langs, said, strict=True)]
    flags = [_flags(book, *each) for each in zip(mentions, read, said, strict=True)]
    found = []
    for at, mention in enumerate(mentions):
        post, judged = mention.post, list[ScoredMention]()
        for place, hit in enumerate(mention.hits):
            brand, version = hit.brand, hit.query_version
            voice = book.voice(brand, version, post.source, post.author, hit.why)
            spam, weight = _weighed(spams[at], voice, book, hit, post, read[at])
            judged.append(
                ScoredMention(
                    post=post,
                    brand=brand,
                    query_version=version,
                    why=hit.why,
                    voice=voice,
                    lang=langs[at],
                    sentiment=heard[at][place],
                    engine_version=_made_by(engine, layers[at][place]),
                    rules_version=RULES_VERSION,
                    scored_at=now,
                    spam=spam,
                    text_weight=weight,
                    sketch=sketched[at],
                    intents=intents[at][place],
                    aspects=aspects[at][place],
                    flags=flags[at][place],
                )
            )
        found.append(judged)
    return found


def _identified(languages: Languages, texts: Sequence[str], tags: Sequence[str | None]) -> list[str]:
    """The language of each text."""
    if isinstance(languages, IdentifiesAll):
        return languages.identify_all(texts, tags)
    return list(map(languages.identify, texts, tags))


def _intents(words: Words, lang: str, heard: Sequence[Sentiment], said: Said) -> list[Findings]:
    """The intents that follow from each sentiment."""
    if len(heard) == 1:
        return [intents_of(words, lang, heard[0], said.intents)]
    known = dict[int, Findings]()
    for sentiment in heard:
        if id(sentiment) not in known:
            known[id(sentiment)] = intents_of(words, lang, sentiment, said.intents)
    return [known[id(sentiment)] for sentiment in heard]


def _aspects(book: BrandBook, mention: Mention, words: Words, lang: str, said: Said) -> list[Findings]:
    """What the text is about, of the aspects of each brand."""
    wanted = [book.aspects(hit.brand, hit.query_version) for hit in mention.hits]
    known = {
        aspects: aspects.find(words, lang, said.aspects if aspects is DEFAULT_ASPECTS else None)
        for aspects in dict.fromkeys(wanted)
    }
    return [known[aspects] for aspects in wanted]


def _flags(book: BrandBook, mention: Mention, words: Words, said: Said) -> list[Findings]:
    """What each brand is alerted of at the first post."""
    wanted = [book.flags(hit.brand, hit.query_version) for hit in mention.hits]
    return [
        flags.find(words, mention.post, said.flags if flags.phrases is DEFAULT_FLAGS.phrases else None)
        for flags in wanted
    ]


def _weighed(spam: Spam, voice: Voice, book: BrandBook, hit: Hit, post: Post, words: Words) -> tuple[Spam | None, int]:
    """What a brand makes of the judgement of the text, and the weight; its own posts are not judged."""
    if voice == "own":
        return None, FULL_WEIGHT
    return book.spam_lists(hit.brand, hit.query_version).judge(spam, post, words)


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
