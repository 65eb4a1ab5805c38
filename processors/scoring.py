"""Stage SCORE: raw records in, judged mentions out. No state, no store, no clock."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from mentions.codec import UnknownRecord, decode
from mentions.drops import Drop
from mentions.errors import CorruptRecord
from mentions.records import Deletion, Event, Heartbeat, Mention, ScoredMention, Watermark
from processors.brand_book import BrandBook
from processors.sentiment.base import Engine

RULES_VERSION = "1"
"""Of everything beside the engine that can change a judgement: language choice, voices."""


class Languages(Protocol):
    """Who says what language a text is in (`processors.language.LanguageIdentifier`)."""

    def identify(self, text: str, tag: str | None) -> str:
        """ISO 639-1 or `und`; `tag` is the source's own word."""
        ...


@dataclass(frozen=True, slots=True)
class Judges:
    """What SCORE judges with."""

    languages: Languages
    engine: Engine


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A log record that cannot be used, as it was."""

    offset: int
    reason: Drop
    payload: bytes


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


class UnknownVersionError(LookupError):
    """A hit names a brand version that the book does not hold: load a newer book."""


def score(
    entries: Sequence[tuple[int, bytes]], book: BrandBook, judges: Judges, now: datetime, *, bury_unknown: bool = False
) -> Scored:
    """Judge a batch of (offset, payload) of the raw log.

    Args:
        bury_unknown: hits of versions that the book does not hold become dead letters, for there is no newer book.

    Raises:
        UnknownVersionError: unless `bury_unknown`.
    """
    scored = Scored(first_offset=entries[0][0], last_offset=entries[-1][0])
    for offset, payload in entries:
        event = _decoded(offset, payload, scored)
        match event:
            case Mention():
                known = _known(event, book)
                if known is not event and not bury_unknown:
                    raise UnknownVersionError(f"record {offset}: a hit is of a brand version that is not known yet")
                if known is not event:
                    scored.dead.append(DeadLetter(offset, Drop.UNKNOWN_RECORD, payload))
                scored.mentions.extend(judge(known, book, judges, now))
            case Deletion():
                scored.deletions.append(event)
            case Heartbeat():
                scored.heartbeats.append(event)
            case None:
                pass
            case _:  # a scored record has no business in the raw log
                scored.dead.append(DeadLetter(offset, Drop.UNKNOWN_RECORD, payload))
    return scored


def _known(mention: Mention, book: BrandBook) -> Mention:
    """The same mention when the book holds every version, else one with the other hits."""
    hits = tuple(hit for hit in mention.hits if book.holds(hit.brand, hit.query_version))
    return mention if len(hits) == len(mention.hits) else Mention(mention.post, hits)


def judge(mention: Mention, book: BrandBook, judges: Judges, now: datetime) -> list[ScoredMention]:
    """One judgement per brand; language and text are looked at once."""
    post = mention.post
    text = post.full_text
    lang = judges.languages.identify(text, post.lang)
    sentiment = judges.engine.judge(text, lang)
    return [
        ScoredMention(
            post=post,
            brand=hit.brand,
            query_version=hit.query_version,
            why=hit.why,
            voice=book.voice(hit.brand, hit.query_version, post.source, post.author),
            lang=lang,
            sentiment=sentiment,
            engine_version=judges.engine.version,
            rules_version=RULES_VERSION,
            scored_at=now,
        )
        for hit in mention.hits
    ]


def _decoded(offset: int, payload: bytes, scored: Scored) -> Event | None:
    try:
        event = decode(payload)
    except CorruptRecord:
        scored.dead.append(DeadLetter(offset, Drop.CORRUPT, payload))
        return None
    if isinstance(event, UnknownRecord):
        scored.dead.append(DeadLetter(offset, Drop.UNKNOWN_RECORD, payload))
        return None
    return event
