"""Hypothesis strategies for every record; all values are invented and every record is one that our writers can make."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from mentions.brands import Brand, BrandVersion
from mentions.clock import EPOCH
from mentions.drops import Drop
from mentions.records import (
    LABELS,
    Alert,
    Author,
    Counts,
    Deletion,
    Engagement,
    Event,
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

BRAND_NAMES = ("lumbre", "nubira", "kolibri")
SOURCES = ("bluesky", "rss", "file")

brand_names: SearchStrategy[str] = st.sampled_from(BRAND_NAMES)
sources: SearchStrategy[str] = st.sampled_from(SOURCES)
texts: SearchStrategy[str] = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=80)
"""Any text that a database can hold: every script, control characters and emoji among it."""
_END = datetime(2100, 1, 1, tzinfo=UTC)
moments: SearchStrategy[datetime] = st.integers(0, (_END - EPOCH) // timedelta(microseconds=1)).map(
    lambda microseconds: EPOCH + timedelta(microseconds=microseconds)
)
"""Aware UTC, to the microsecond."""
langs: SearchStrategy[str] = st.sampled_from(["en", "es", "pt", "und"])
_ids = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=12)
_counts = st.integers(0, 2**53)
_numbers = st.floats(allow_nan=False, allow_infinity=False)
_maybe_text = st.none() | texts
_maybe_count = st.none() | _counts
_json: SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)

authors = st.builds(Author, id=_ids, handle=_maybe_text, name=_maybe_text, followers=_maybe_count)
engagements = st.builds(
    Engagement, likes=_maybe_count, shares=_maybe_count, replies=_maybe_count, observed_at=st.none() | moments
)
posts: SearchStrategy[Post] = st.builds(
    Post,
    source=sources,
    native_id=_ids,
    author=authors,
    text=texts,
    created_at=moments,
    received_at=moments,
    kind=st.sampled_from(["post", "reply", "repost", "quote", "comment", "review", "article"]),
    title=_maybe_text,
    url=_maybe_text,
    lang=st.none() | st.sampled_from(["es", "es-ES", "en"]),
    country=st.none() | st.sampled_from(["ES", "MX"]),
    in_reply_to=st.none() | _ids,
    root_id=st.none() | _ids,
    quoted_id=st.none() | _ids,
    links=st.lists(texts, max_size=3).map(tuple),
    rating=st.none() | _numbers,
    engagement=st.none() | engagements,
    voice=st.sampled_from(["public", "own", "ambassador"]),
    clock_skew=st.booleans(),
)
hits = st.builds(Hit, brand=brand_names, query_version=st.integers(1, 9), why=texts)
mentions: SearchStrategy[Mention] = st.builds(
    Mention, post=posts, hits=st.lists(hits, min_size=1, max_size=3, unique_by=lambda hit: hit.brand).map(tuple)
)
reasons = st.lists(st.builds(Reason, term=texts, weight=_numbers), max_size=3).map(tuple)
findings = st.lists(st.builds(Finding, name=_ids, terms=st.lists(texts, max_size=2).map(tuple)), max_size=2).map(tuple)
sentiments: SearchStrategy[Sentiment] = st.builds(
    Sentiment,
    label=st.sampled_from(LABELS),
    score=st.floats(-1, 1),
    p=st.none() | st.sampled_from([(0.2, 0.3, 0.5), (1.0, 0.0, 0.0)]),
    reasons=reasons,
)
scored_mentions: SearchStrategy[ScoredMention] = st.builds(
    ScoredMention,
    post=posts,
    brand=brand_names,
    query_version=st.integers(1, 9),
    why=texts,
    voice=st.sampled_from(["public", "own", "ambassador"]),
    lang=langs,
    sentiment=sentiments,
    engine_version=_ids,
    rules_version=_ids,
    scored_at=moments,
    spam=st.none() | st.builds(Spam, score=st.floats(0, 10), reasons=reasons),
    text_weight=st.integers(0, 1000),
    sketch=st.binary(max_size=256),
    intents=findings,
    aspects=findings,
)
deletions: SearchStrategy[Deletion] = st.one_of(
    st.builds(Deletion, source=sources, at=moments, why=texts, native_id=_ids),
    st.builds(Deletion, source=sources, at=moments, why=texts, author_id=_ids),
)
gaps = st.tuples(moments, moments, texts).map(lambda gap: Gap(min(gap[:2]), max(gap[:2]), gap[2]))
counts = st.builds(
    Counts,
    seen=_counts,
    matched=_counts,
    deletions=_counts,
    hits=st.dictionaries(brand_names, _counts, max_size=3),
    dropped=st.dictionaries(st.sampled_from([drop.value for drop in Drop]), _counts, max_size=3),
)
heartbeats: SearchStrategy[Heartbeat] = st.builds(
    Heartbeat,
    outbox_id=st.uuids().map(str),
    source=sources,
    shard=_ids,
    seq=_counts,
    at=moments,
    source_class=st.sampled_from(["stream", "poll"]),
    complete_until=st.none() | moments,
    holds=st.booleans(),
    counts=counts,
    gaps=st.lists(gaps, max_size=2).map(tuple),
)
watermarks: SearchStrategy[Watermark] = st.builds(
    Watermark,
    raw_partition=st.integers(0, 5),
    raw_partitions=st.just(6),
    heartbeats=st.lists(heartbeats, max_size=2).map(tuple),
)
alerts: SearchStrategy[Alert] = st.builds(
    Alert,
    id=_ids,
    kind=st.sampled_from(["negative_spike", "volume_spike", "campaign", "watchword", "notable_author", "silence"]),
    brand=brand_names,
    severity=st.sampled_from(["info", "warn", "high", "critical"]),
    opened_at=moments,
    score=_numbers,
    evidence=st.dictionaries(texts, _json, max_size=3),
    explanation=st.dictionaries(texts, _json, max_size=3),
    closed_at=st.none() | moments,
    historic=st.booleans(),
)
events: SearchStrategy[Event] = st.one_of(mentions, scored_mentions, deletions, heartbeats, watermarks, alerts)
"""One of every kind of record that travels."""

brands: SearchStrategy[Brand] = st.builds(
    Brand,
    name=brand_names,
    query=st.sampled_from(["lumbre", '"pan de lumbre" OR @lumbre', "nubira NOT karaoke"]),
    accounts=st.lists(_ids.map("bluesky:{}".format), max_size=2, unique=True).map(tuple),
    ambassadors=st.lists(_ids.map("bluesky:{}".format), max_size=2, unique=True).map(tuple),
    role=st.sampled_from(["own", "competitor", "sector"]),
    time_zone=st.sampled_from(["UTC", "Europe/Madrid", "America/Bogota"]),
    aspects=st.dictionaries(_ids, st.lists(texts, max_size=2).map(tuple), max_size=2),
)
brand_versions: SearchStrategy[BrandVersion] = st.builds(
    BrandVersion,
    brand=brands,
    version=st.integers(1, 99),
    effective_from=moments,
    changed_at=moments,
    changed_by=texts,
    why=texts,
    retired=st.booleans(),
)
