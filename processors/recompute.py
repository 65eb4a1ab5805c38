"""What the derived tables must hold, worked out again from stored mentions. Pure.

The rule: a mention's `fold_tick` and `weight` follow from its event time and `text_weight`; buckets, author days and an
author's first and last time follow from the mentions that are not erased, with those weights. Nothing is matched or
judged again: brand, voice, language and label are taken as they are stored, and each brand as folded just as far as the
store says.

A mention keeps the tick that it was stored with, unless that is before its own minute: what came late stays late, for
that is what happened. With `refold` each gets the minute of its event time, as if all had come in time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from msgspec import Struct, structs

from mentions.records import Label, Voice
from processors import author_days
from processors.arrival import BucketDelta, Deltas, bucket_key
from processors.author_days import AuthorDay, AuthorDayKey
from processors.fold import FoldMention
from processors.ticks import BEFORE_TIME, fold_tick

AuthorKey = tuple[str, str]
"""Source and author id."""
Span = tuple[datetime, datetime]
"""First and last event time."""


class MentionRow(Struct, frozen=True, gc=False):
    """What recomputation reads of a stored mention.

    Where the last traces of an erased mention are gone, it has neither label nor weights; nothing asks for them.
    `key` is that of `FoldMention`; `behaviour` what the fold found of it (JSON), and None otherwise.
    """

    key: str
    brand: str
    id: str
    source: str
    voice: Voice
    author_id: str | None
    lang: str
    label: Label
    text_weight: int
    weight: int
    created_at: datetime
    fold_tick: int
    erased_at: datetime | None
    score: float
    cluster: str | None
    behaviour: str | None


class Counted(Protocol):
    """A row of `mentions` as buckets count it."""

    @property
    def brand(self) -> str: ...  # noqa: D102 # columns
    @property
    def created_at(self) -> datetime: ...  # noqa: D102
    @property
    def source(self) -> str: ...  # noqa: D102
    @property
    def lang(self) -> str: ...  # noqa: D102
    @property
    def voice(self) -> Voice: ...  # noqa: D102
    @property
    def label(self) -> Label: ...  # noqa: D102
    @property
    def weight(self) -> int: ...  # noqa: D102


@dataclass(slots=True)
class Derived:
    """What some mentions amount to: of two runs of mentions the sums add up, the spans merge by least and greatest.

    Attributes:
        corrected: those mentions whose stored `fold_tick` or `weight` was another one.
    """

    buckets: Deltas = field(default_factory=dict)
    days: dict[AuthorDayKey, AuthorDay] = field(default_factory=dict)
    authors: dict[AuthorKey, Span] = field(default_factory=dict)
    corrected: list[MentionRow] = field(default_factory=list)


def recompute(mentions: Sequence[MentionRow], folded_until: int, *, refold: bool = False) -> Derived:
    """Derive everything from mentions of one brand, which has folded its ticks up to `folded_until`."""
    settled = [_settled(mention, refold=refold) for mention in mentions]
    left = [mention for mention in settled if mention.erased_at is None]
    return Derived(
        buckets=bucket_sums(left),
        days=author_days.counted(map(_fold_mention, (m for m in left if m.fold_tick <= folded_until))),
        authors=spans(left),
        corrected=[new for old, new in zip(mentions, settled, strict=True) if new is not old],
    )


def _settled(mention: MentionRow, *, refold: bool) -> MentionRow:
    """The mention with tick and weight as they must be; itself when it has them.

    A weight that the fold changed for a reason is left as it is: it is told with its reason.
    """
    tick = fold_tick(mention.created_at, BEFORE_TIME, BEFORE_TIME if refold else mention.fold_tick - 1)
    weight = mention.text_weight if mention.behaviour is None else mention.weight
    if mention.fold_tick == tick and mention.weight == weight:
        return mention
    return structs.replace(mention, fold_tick=tick, weight=weight)


def _fold_mention(mention: MentionRow) -> FoldMention:
    return FoldMention(
        key=mention.key,
        author="",
        brand=mention.brand,
        id=mention.id,
        source=mention.source,
        kind="post",
        voice=mention.voice,
        author_id=mention.author_id,
        created_at=mention.created_at,
        fold_tick=mention.fold_tick,
        lang=mention.lang,
        label=mention.label,
        score=mention.score,
        text_weight=mention.text_weight,
        weight=mention.weight,
        cluster=mention.cluster,
    )


def bucket_sums(rows: Iterable[Counted], sign: int = 1) -> Deltas:
    """What stored mentions add to the buckets (`sign` 1), or take out of them (-1), with their weight as it is now."""
    deltas: Deltas = {}
    for row in rows:
        key = bucket_key(row.brand, row.created_at, row.source, row.lang, row.voice)
        deltas.setdefault(key, BucketDelta()).add(row.label, row.weight, sign)
    return deltas


def spans(rows: Iterable[MentionRow]) -> dict[AuthorKey, Span]:
    """First and last event time of each author."""
    found: dict[AuthorKey, Span] = {}
    for row in rows:
        if row.author_id is None:
            continue
        key, at = (row.source, row.author_id), row.created_at
        first, last = found.get(key, (at, at))
        found[key] = (min(first, at), max(last, at))
    return found
