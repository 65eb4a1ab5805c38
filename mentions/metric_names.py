"""Every metric that there is: the one place where its name is spelled.

Code names a metric by its constant here, so that mypy refuses one that does not exist; PromQL and documents are made
from or checked against `METRICS`. Base units (seconds, bytes); counters end in `_total`.
"""

import math
from typing import Literal

from msgspec import Struct

from mentions.drops import Drop

LabelName = Literal[
    "brand", "source", "sentiment", "lang", "reason", "stage", "version", "python", "engine", "partition"
]

OTHER = "other"
"""What a label says of a value outside its closed set."""

STAGES = ("score", "watch")
LOG_REASONS = (
    *(Drop.DUPLICATE, Drop.EDIT_IGNORED, Drop.DELETION_UNKNOWN),
    *(Drop.CORRUPT, Drop.UNKNOWN_RECORD, Drop.FAILED, Drop.TOO_LARGE),
)
"""The reasons that can occur after the log."""

# The objective is 15 s from a post's creation to its row (architecture, section 5): close buckets around it.
AGE_BUCKETS = (0.5, 1, 2, 3, 5, 7.5, 10, 12.5, 15, 20, 30, 60, 120, 300, 900, 3600)
DURATION_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metric(Struct, frozen=True, kw_only=True):
    """What is measured. `help` is one sentence for a person."""

    name: str
    labels: tuple[LabelName, ...] = ()
    help: str


class Counter(Metric, frozen=True):
    """Only rises; begins at zero with the process."""


class Gauge(Metric, frozen=True, kw_only=True):
    """Is what it is now; `start` until it is first set, NaN where zero would claim to know."""

    start: float = 0.0


class Histogram(Metric, frozen=True, kw_only=True):
    """How often each size occurred. `buckets`: upper ends, without the last one, infinity."""

    buckets: tuple[float, ...]


class Info(Metric, frozen=True):
    """Facts as labels of a series that is always 1."""


# --- what sources did ---

POSTS_SEEN = Counter(
    name="atalaya_posts_seen_total",
    labels=("source",),
    help="Posts, deletions and other items that a source sent.",
)
POSTS_MATCHED = Counter(
    name="atalaya_posts_matched_total",
    labels=("source",),
    help="Posts that belong to at least one brand.",
)
POSTS_DROPPED = Counter(
    name="atalaya_posts_dropped_total",
    labels=("source", "reason"),
    help="Items that became no mention before the log, by reason.",
)
HITS = Counter(
    name="atalaya_hits_total",
    labels=("brand",),
    help="Posts that belong to a brand, before duplicates are found.",
)
DELETIONS = Counter(
    name="atalaya_deletions_total",
    labels=("source",),
    help="Deletions that the source sent of posts or authors that were forwarded before.",
)
HEARTBEATS = Counter(
    name="atalaya_heartbeats_total",
    labels=("source",),
    help="Heartbeats of the source's shards that were processed.",
)
GAP_SECONDS = Counter(
    name="atalaya_source_gap_seconds_total",
    labels=("source",),
    help="Length of the stretches of time that a source knows it did not see.",
)
SOURCE_UP = Gauge(
    name="atalaya_source_up",
    labels=("source",),
    help="1 while every configured shard of the source is live or catching up, else 0.",
)
SOURCE_LAST_SUCCESS = Gauge(
    name="atalaya_source_last_success_timestamp_seconds",
    labels=("source",),
    help="When the source last answered well, in seconds since 1970; of its shards the one longest ago; 0: never.",
)
SOURCE_LAG = Gauge(
    name="atalaya_source_lag_seconds",
    labels=("source",),
    help="How far behind now the instant lies up to which everything of the source has arrived.",
    start=math.nan,
)

# --- what lies between ---

OUTBOX_ROWS = Gauge(
    name="atalaya_outbox_rows",
    help="Records in the outbox that the store, or in a distributed run the brokers, do not have for good yet.",
)
OUTBOX_BYTES = Gauge(name="atalaya_outbox_bytes", help="Bytes of the records that wait in the outbox.")

SENT_RECORDS = Counter(
    name="atalaya_sent_records_total",
    help="Records that the brokers have acknowledged, copies to several partitions counted once.",
)
SEND_FAILURES = Counter(
    name="atalaya_send_failures_total",
    help="Times that sending had to begin anew, because the brokers could not be reached or did not acknowledge.",
)
REFUSED_RECORDS = Counter(
    name="atalaya_refused_records_total",
    help="Records that the topic never takes, such as one larger than it allows; they are kept aside in the outbox.",
)
BROKER_UP = Gauge(
    name="atalaya_broker_up",
    help="1 while the brokers answer this process, else 0.",
    start=math.nan,
)
CONSUMER_LAG = Gauge(
    name="atalaya_consumer_lag_records",
    labels=("stage", "partition"),
    help="Records of a partition of this worker that wait to be processed.",
)
EVENT_AGE = Gauge(
    name="atalaya_event_age_seconds",
    labels=("stage",),
    help="Age of the last mention that this worker processed, by its event time.",
    start=math.nan,
)
DEAD_LETTERS = Counter(
    name="atalaya_dead_letters_total",
    labels=("stage", "reason"),
    help="Records that could not be used and were kept as dead letters.",
)
RECORDS_PROCESSED = Counter(
    name="atalaya_records_processed_total",
    labels=("stage",),
    help="Records of the log that a stage is done with.",
)
BATCH_RETRIES = Counter(
    name="atalaya_batch_retries_total",
    labels=("stage",),
    help="Times that a batch was tried again, because the store or the brokers could not be reached.",
)

# --- what became of it ---

MENTIONS_STORED = Counter(
    name="atalaya_mentions_stored_total",
    labels=("brand", "source", "sentiment"),
    help="Mentions that entered the store, by what they feel about the brand.",
)
MENTIONS_BY_LANGUAGE = Counter(
    name="atalaya_mentions_by_language_total",
    labels=("brand", "lang"),
    help="Mentions that entered the store, by language; other than the configured ones are summed as other.",
)
MENTIONS_LATE = Counter(
    name="atalaya_mentions_late_total",
    labels=("source",),
    help="Mentions that came too late to vote on their minute; they count in their bucket all the same.",
)
MENTIONS_ERASED = Counter(
    name="atalaya_mentions_erased_total",
    help="Stored mentions whose text and author were taken because their network deleted them.",
)
MENTIONS_FOLDED = Counter(
    name="atalaya_mentions_folded_total",
    help="Mentions that were judged in order of time, after the watermark had passed them.",
)
RECORDS_DROPPED = Counter(
    name="atalaya_records_dropped_total",
    labels=("source", "reason"),
    help="Records that changed nothing after the log: duplicates, ignored edits, corrupt or unknown records.",
)
MENTION_AGE = Histogram(
    name="atalaya_mention_age_seconds",
    labels=("source",),
    help="Time from a post's creation to its row in the store; streamed sources only, as they alone promise it.",
    buckets=AGE_BUCKETS,
)
WATERMARK_LAG = Gauge(
    name="atalaya_watermark_lag_seconds",
    help="How far behind now the instant lies up to which everything has been heard; judgement waits for it.",
    start=math.nan,
)

STORE_UP = Gauge(
    name="atalaya_store_up",
    help="1 while the store answers the process that serves the console, else 0.",
    start=math.nan,
)

# --- who was told ---

MESSAGES_SENT = Counter(
    name="atalaya_messages_sent_total",
    help="Messages about alerts that a channel took.",
)
MESSAGES_FAILED = Counter(
    name="atalaya_messages_failed_total",
    help="Messages about alerts that were given up, after every try or because the channel will never take them.",
)
DELIVERY_AGE = Histogram(
    name="atalaya_delivery_age_seconds",
    help="Time from the moment at which a message about an alert was to leave until its channel took it.",
    buckets=AGE_BUCKETS,
)

# --- the machine ---

BATCH_SECONDS = Histogram(
    name="atalaya_batch_seconds",
    labels=("stage",),
    help="Time to process one batch of records.",
    buckets=DURATION_BUCKETS,
)
BUILD = Info(name="atalaya_build_info", labels=("version", "python"), help="Which build runs, and on which Python.")
ENGINE = Info(name="atalaya_engine_info", labels=("engine", "version"), help="Which engine judges sentiment.")

METRICS: tuple[Metric, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Metric))
"""In the order above."""
