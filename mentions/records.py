"""The records that travel between rooms. Version 1 of each; `mentions.codec` puts them on the wire.

Every time is an aware datetime in UTC. `None` means *unknown*, never zero. Tuples, not lists: a record is a value.
A record holds no record that holds it, so the collector of cycles need not look at any (`gc=False`).
"""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

Kind = Literal["post", "reply", "repost", "quote", "comment", "review", "article"]
Voice = Literal["public", "own", "ambassador"]
Label = Literal["positive", "neutral", "negative", "unjudged"]
SourceClass = Literal["stream", "poll"]
Severity = Literal["info", "warn", "high", "critical"]
AlertKind = Literal["negative_spike", "volume_spike", "campaign", "watchword", "notable_author", "silence"]

Instant = Annotated[datetime, Meta(tz=True)]
"""An aware time; one without a zone is refused on the wire, for it would mean another instant on another machine."""
LABELS: tuple[Label, ...] = ("positive", "neutral", "negative", "unjudged")
FULL_WEIGHT = 1000
"""Weights are integers in thousandths, so that no sum depends on the order of its terms."""


class Author(Struct, frozen=True, gc=False, omit_defaults=True):
    """Who wrote a post, by the network's own id; a handle can change hands, an id cannot."""

    id: str
    handle: str | None = None
    name: str | None = None
    followers: int | None = None


class Engagement(Struct, frozen=True, gc=False, omit_defaults=True):
    """Reactions as seen at `observed_at`; a network that does not tell leaves None."""

    likes: int | None = None
    shares: int | None = None
    replies: int | None = None
    observed_at: Instant | None = None


class Post(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """One utterance as its network gave it.

    Attributes:
        native_id: the network's id, or `sha256:...` from `mentions.identity` when it has none.
        text: as written, in full; a feed item's title is in `title` and is part of what is matched and judged.
        created_at: event time. `received_at`: when it reached us (in a replay: the event time again).
        clock_skew: the given time was not believable and `created_at` is the time of receipt instead.
        lang: the source's own tag as given (`es`, `es-ES`), a hint only.
        in_reply_to, root_id, quoted_id: native ids on the same source.
        voice: `public` unless the source itself declares otherwise; SCORE decides it per brand.
    """

    source: str
    native_id: str
    author: Author
    text: str
    created_at: Instant
    received_at: Instant
    kind: Kind = "post"
    title: str | None = None
    url: str | None = None
    lang: str | None = None
    country: str | None = None
    in_reply_to: str | None = None
    root_id: str | None = None
    quoted_id: str | None = None
    links: tuple[str, ...] = ()
    rating: float | None = None
    engagement: Engagement | None = None
    voice: Voice = "public"
    clock_skew: bool = False

    @property
    def id(self) -> str:
        """Identity across sources: `source:native_id`."""
        return f"{self.source}:{self.native_id}"

    @property
    def full_text(self) -> str:
        """What is matched and judged: the title, if any, and the text."""
        return f"{self.title}\n{self.text}" if self.title else self.text


class Hit(Struct, frozen=True, gc=False):
    """One brand that a post belongs to, by which version of its query, and why.

    `why` is the clause that matched as the user wrote it, or one of `own`, `reply_to_own`, `quotes_own`, `tags_own`,
    `reply_to_mention`.
    """

    brand: str
    query_version: int
    why: str


class Mention(Struct, frozen=True, gc=False, tag_field="record", tag="mention.v1"):
    """A post with the brands it mentions: one record on `mentions.raw`, whatever the number of brands."""

    post: Post
    hits: tuple[Hit, ...]


class Reason(Struct, frozen=True, gc=False):
    """A word or rule and what it added to a score; the reasons of a score explain it."""

    term: str
    weight: float


class Sentiment(Struct, frozen=True, gc=False):
    """How a text speaks of one brand.

    Attributes:
        score: in [-1, 1]; 0 when `unjudged`.
        p: probabilities of negative, neutral, positive; they add up to 1 within 1e-3. None from engines without any.
    """

    label: Label
    score: float
    p: tuple[float, float, float] | None = None
    reasons: tuple[Reason, ...] = ()


class Spam(Struct, frozen=True, gc=False):
    """How much a text looks like spam by itself: the sum of its reasons' weights, within [0, 1]; docs/spam.md."""

    score: float
    reasons: tuple[Reason, ...] = ()


class Finding(Struct, frozen=True, gc=False):
    """An intent or an aspect that a text has, and the words of it that decided so, in their order."""

    name: str
    terms: tuple[str, ...]


class ScoredMention(
    Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True, tag_field="record", tag="scored.v1"
):
    """One (mention, brand) with its judgement; its key in the store is `(brand, post.id)`.

    Attributes:
        lang: ISO 639-1, or `und`.
        spam: None when no spam step judged it. text_weight: 0..1000, what it counts in thousandths.
        sketch: near-duplicate sketch, at most 256 bytes; empty when none was made.
        intents: what the author wants, by name; aspects: what it is about. Empty also where nobody looked.
        flags: what must be told at the first post: lists of serious words, notable authors.
    """

    post: Post
    brand: str
    query_version: int
    why: str
    voice: Voice
    lang: str
    sentiment: Sentiment
    engine_version: str
    rules_version: str
    scored_at: Instant
    spam: Spam | None = None
    text_weight: int = FULL_WEIGHT
    sketch: bytes = b""
    intents: tuple[Finding, ...] = ()
    aspects: tuple[Finding, ...] = ()
    flags: tuple[Finding, ...] = ()


class Deletion(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True, tag_field="record", tag="deletion.v1"):
    """Something must be forgotten: one post (`native_id`) or all of an author's (`author_id`). Exactly one is set.

    `why` is the network's word for it (`deleted`, `takendown`, ...).
    """

    source: str
    at: Instant
    why: str
    native_id: str | None = None
    author_id: str | None = None


class Gap(Struct, frozen=True, gc=False):
    """A stretch of time, half-open, that a source knows it did not see."""

    start: Instant
    end: Instant
    why: str


class Counts(Struct, frozen=True, gc=False, omit_defaults=True):
    """What a source shard did since its last heartbeat.

    `seen` = `matched` + `deletions` + all of `dropped`. `matched` counts posts, `hits` counts (post, brand) per brand,
    `deletions` those forwarded, `dropped` is by `mentions.drops.Drop`.
    """

    seen: int = 0
    matched: int = 0
    deletions: int = 0
    hits: dict[str, int] = {}
    dropped: dict[str, int] = {}


class Heartbeat(
    Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True, tag_field="record", tag="heartbeat.v1"
):
    """A source shard speaks: how far it has everything, and what it did since it last spoke.

    Attributes:
        outbox_id: UUID of the outbox file; with `source`, `shard`, `seq` it names the heartbeat for ever.
        at: when it was written, by the runtime's clock (in a replay: the event time).
        source_class: on the wire `class`: `stream` or `poll`.
        complete_until: all that the shard received up to here lies in the outbox before this record; None: nothing yet.
        holds: whether the watermark may wait for this shard.
    """

    outbox_id: str
    source: str
    shard: str
    seq: int
    at: Instant
    source_class: SourceClass = field(name="class")
    complete_until: Instant | None
    holds: bool
    counts: Counts = Counts()
    gaps: tuple[Gap, ...] = ()


class Watermark(Struct, frozen=True, gc=False, tag_field="record", tag="watermark.v1"):
    """The heartbeats of one SCORE batch, unmerged, sent to every scored partition after the batch's mentions."""

    raw_partition: int
    raw_partitions: int
    heartbeats: tuple[Heartbeat, ...]


class Alert(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True, tag_field="record", tag="alert.v1"):
    """Something that a person should know. `evidence` and `explanation` are plain JSON objects."""

    id: str
    kind: AlertKind
    brand: str
    severity: Severity
    opened_at: Instant
    score: float
    evidence: dict[str, object]
    explanation: dict[str, object]
    closed_at: Instant | None = None
    historic: bool = False


Event = Mention | ScoredMention | Deletion | Heartbeat | Watermark | Alert
EventType = (Mention, ScoredMention, Deletion, Heartbeat, Watermark, Alert)
