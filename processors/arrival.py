"""A mention arrives: what it adds to the tables at once. Pure; every derived figure comes from rows that were new."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from msgspec import Struct

from mentions.clock import bucket_of
from mentions.links import links_of
from mentions.records import LABELS, Label, ScoredMention, Voice

_MOST = 2**63 - 1
"""What both databases hold; a network that claims more has told nothing."""
MentionKey = tuple[str, str]
"""Brand and post id."""
BucketKey = tuple[str, datetime, str, str, Voice]
"""Brand, start, source, language, voice."""


@dataclass(slots=True)
class BucketDelta:
    """What changes in one bucket: per label of `LABELS`, how many mentions and their weight in thousandths."""

    counts: list[int] = field(default_factory=lambda: [0] * len(LABELS))
    weights: list[int] = field(default_factory=lambda: [0] * len(LABELS))

    def add(self, label: Label, weight: int, sign: int = 1) -> None:
        """Count one mention in (`sign` 1) or out (-1)."""
        place = LABELS.index(label)
        self.counts[place] += sign
        self.weights[place] += sign * weight


Deltas = dict[BucketKey, BucketDelta]


@dataclass(frozen=True, slots=True)
class Arrived:
    """A batch split into first comings and repeats within itself; the store then tells which of `first` are new."""

    first: dict[MentionKey, ScoredMention]
    repeats: list[ScoredMention]


def split(mentions: Iterable[ScoredMention]) -> Arrived:
    """The first of each (brand, id) wins."""
    first: dict[MentionKey, ScoredMention] = {}
    repeats = []
    for mention in mentions:
        key = (mention.brand, mention.post.id)
        if key in first:
            repeats.append(mention)
        else:
            first[key] = mention
    return Arrived(first, repeats)


def bucket_key(brand: str, created_at: datetime, source: str, lang: str, voice: Voice) -> BucketKey:
    """The bucket that a mention counts in."""
    return brand, bucket_of(created_at), source, lang, voice


def bucket_deltas(new: Sequence[ScoredMention]) -> Deltas:
    """What new mentions add to the buckets, with their text weight."""
    deltas: Deltas = {}
    for mention in new:
        post = mention.post
        key = bucket_key(mention.brand, post.created_at, post.source, mention.lang, mention.voice)
        deltas.setdefault(key, BucketDelta()).add(mention.sentiment.label, mention.text_weight)
    return deltas


LinkRow = tuple[str, str, str, str, datetime]
"""Brand, address, post id, host, event time."""


def link_rows(new: Iterable[ScoredMention]) -> list[LinkRow]:
    """Which mention holds which link; the brand's own posts do not spread what they say themselves."""
    return [
        (mention.brand, url, mention.post.id, host, mention.post.created_at)
        for mention in new
        if mention.voice != "own"
        for url, host in links_of(mention.post)
    ]


class Profile(Struct, frozen=True, gc=False):
    """The latest that a batch tells of an author, and when it was heard of.

    `known_at` is (event time, post id) of the post that handle, name and followers come from; None: it told none.
    """

    source: str
    author_id: str
    first_at: datetime
    last_at: datetime
    known_at: tuple[datetime, str] | None = None
    handle: str | None = None
    name: str | None = None
    followers: int | None = None


def profiles(new: Iterable[ScoredMention]) -> list[Profile]:
    """One profile per author: times by least and greatest, words from the greatest (event time, id) that tells any."""
    found: dict[tuple[str, str], Profile] = {}
    for mention in new:
        heard = _profile(mention)
        key = (heard.source, heard.author_id)
        before = found.get(key)
        found[key] = heard if before is None else _merge(before, heard)
    return list(found.values())


def _profile(mention: ScoredMention) -> Profile:
    post, author = mention.post, mention.post.author
    followers = author.followers if author.followers is None or author.followers <= _MOST else None
    tells = author.handle is not None or author.name is not None or followers is not None
    return Profile(
        source=post.source,
        author_id=author.id,
        first_at=post.created_at,
        last_at=post.created_at,
        known_at=(post.created_at, post.id) if tells else None,
        handle=author.handle,
        name=author.name,
        followers=followers,
    )


def _merge(left: Profile, right: Profile) -> Profile:
    words = max((left, right), key=lambda p: (p.known_at is not None, p.known_at or (left.first_at, "")))
    return Profile(
        source=left.source,
        author_id=left.author_id,
        first_at=min(left.first_at, right.first_at),
        last_at=max(left.last_at, right.last_at),
        known_at=words.known_at,
        handle=words.handle,
        name=words.name,
        followers=words.followers,
    )
