"""Every metric that there is: the one place where its name is spelled.

Code names a metric by its constant here, so that mypy refuses one that does not exist; PromQL and documents are made
from or checked against `METRICS`. Base units (seconds, bytes); counters end in `_total`.
"""

import math

from mentions.drops import Drop
from mentions.metric_kinds import Counter, Gauge, Histogram, Info, LabelName, Metric

OTHER = "other"
"""What a label says of a value outside its closed set."""

STAGES = ("score", "watch")
STORE_STAGES = ("commit", "figures", "people")
"""What the store is asked for: to commit a batch, quick figures, slow ones (of authors, links, answers)."""
WINDOWS = ("1h", "24h", "7d")
"""The spans of event time, up to now, that gauges look back over."""
SPIKE_STATES = ("usual", "learning", "incomplete")
LOG_REASONS = (
    *(Drop.DUPLICATE, Drop.EDIT_IGNORED, Drop.DELETION_UNKNOWN),
    *(Drop.CORRUPT, Drop.UNKNOWN_RECORD, Drop.FAILED, Drop.TOO_LARGE),
)
"""The reasons that can occur after the log."""

# The objective is 15 s from a post's creation to its row (architecture, section 5): close buckets around it.
AGE_BUCKETS = (0.5, 1, 2, 3, 5, 7.5, 10, 12.5, 15, 20, 30, 60, 120, 300, 900, 3600)
# The objective is 120 s from a post's creation to the message about its alert (architecture, section 5).
DELIVERY_BUCKETS = (5, 15, 30, 45, 60, 75, 90, 105, 120, 150, 180, 300, 600, 1800, 3600)
DURATION_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


def _stored(name: str, labels: tuple[LabelName, ...], sentence: str) -> Gauge:
    return Gauge(name=name, labels=labels, help=sentence, start=math.nan, stored=True)


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
    start=math.nan,
)
SOURCE_LAST_SUCCESS = Gauge(
    name="atalaya_source_last_success_timestamp_seconds",
    labels=("source",),
    help="When the source last answered well, in seconds since 1970; of its shards the one longest ago; 0: never.",
    start=math.nan,
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
MENTIONS_WEIGHT = Counter(
    name="atalaya_mentions_weight_total",
    labels=("brand", "sentiment"),
    help="Mentions that entered the store, each counted by what its text weighs, from 0 (spam) to 1.",
)
MENTIONS_BY_INTENT = Counter(
    name="atalaya_mentions_by_intent_total",
    labels=("brand", "intent"),
    help="Mentions that entered the store, by what their authors want; one can want several things.",
)
MENTIONS_BY_ASPECT = Counter(
    name="atalaya_mentions_by_aspect_total",
    labels=("brand", "aspect", "sentiment"),
    help="Mentions that entered the store, by what they are about; a brand's own aspects are summed as other.",
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
    help="Time from a post's creation to its row in the store; streamed sources only, as they alone promise it, "
    "and no post from before its brand was watched.",
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

ALERT_DELIVERY_SECONDS = Histogram(
    name="atalaya_alert_delivery_seconds",
    help="Time from the moment at which an alert could be known, its minute closed, until a channel took its message.",
    buckets=AGE_BUCKETS,
)
MENTION_TO_ALERT_SECONDS = Histogram(
    name="atalaya_mention_to_alert_seconds",
    help="Time from the first post of the minute that opened an alert until a channel took the message about it.",
    buckets=DELIVERY_BUCKETS,
)

# --- reputation, as the store has it ---

NET_SENTIMENT = _stored(
    "atalaya_net_sentiment",
    ("brand", "window"),
    "Net sentiment of the public, -1 to 1; NaN below 30 opinions.",
)
NET_SENTIMENT_LOW = _stored(
    "atalaya_net_sentiment_low", ("brand", "window"), "Lower end of the 95 % interval of net sentiment."
)
NET_SENTIMENT_HIGH = _stored(
    "atalaya_net_sentiment_high", ("brand", "window"), "Upper end of the 95 % interval of net sentiment."
)
WINDOW_MENTIONS = _stored(
    "atalaya_mentions",
    ("brand", "window", "sentiment"),
    "Mentions by the public that were created in the window, by what they feel about the brand.",
)
WINDOW_WEIGHTED = _stored(
    "atalaya_mentions_weighted",
    ("brand", "window", "sentiment"),
    "The same mentions, each counted by what it weighs once spam and repetition are weighed down, from 0 to 1.",
)
AUTHORS = _stored(
    "atalaya_authors", ("brand", "window"), "Authors whose mentions were created in the window, by whole days but 1h."
)
EVANGELISTS = _stored(
    "atalaya_evangelists", ("brand",), "Authors who speak well of the brand, day after day, in words of their own."
)
EVANGELISTS_LAPSED = _stored(
    "atalaya_evangelists_lapsed", ("brand",), "Evangelists who have been silent for more than 45 days."
)
CAMPAIGNS = _stored(
    "atalaya_campaigns",
    ("brand", "kind", "window"),
    "Campaigns that opened in the window: the same text by at least four authors within an hour.",
)
LINKED_PAGES = _stored(
    "atalaya_linked_pages", ("brand", "window"), "Pages that mentions of the window link to, each counted once."
)
SPAM_MENTIONS = _stored(
    "atalaya_spam_mentions",
    ("brand", "window"),
    "Mentions of the window that count less than half, because they look like spam or repeat others.",
)
QUESTIONS_WAITING = _stored(
    "atalaya_questions_waiting",
    ("brand",),
    "Questions and complaints of the last 7 days that the brand has not answered yet, as far as can be seen.",
)
RESPONSE_SHARE = _stored(
    "atalaya_response_share",
    ("brand", "window"),
    "Share of the window's questions and complaints that the brand answered; NaN where its answers are not seen.",
)

# --- detection, as the store has it ---

NEGATIVES = _stored("atalaya_negatives", ("brand",), "Negative votes of the hour up to the last judged minute.")
NEGATIVES_EXPECTED = _stored(
    "atalaya_negatives_expected", ("brand",), "Negative votes that the brand usually has in such an hour."
)
NEGATIVES_BAND_LOW = _stored("atalaya_negatives_band_low", ("brand",), "Lower end of the usual negative votes.")
NEGATIVES_BAND_HIGH = _stored("atalaya_negatives_band_high", ("brand",), "Upper end of the usual negative votes.")
SPIKE_SCORE = _stored(
    "atalaya_spike_score",
    ("brand",),
    "How unusual the negatives of the hour are; by default an alert opens at 2.",
)
SPIKE_STATE = _stored(
    "atalaya_spike_state",
    ("brand", "state"),
    "1 for the state of the brand's last judged minute: usual, learning, or incomplete because sources were not seen.",
)
ALERTS_OPEN = _stored(
    "atalaya_alerts_open",
    ("brand", "kind", "severity"),
    "Alerts that are open now, by the highest severity that they have had.",
)
ALERTS_OPENED = _stored(
    "atalaya_alerts_opened", ("brand", "kind", "window"), "Alerts that opened in the window, whatever became of them."
)
SOURCE_COMPLETENESS = _stored(
    "atalaya_source_completeness",
    ("source", "window"),
    "Share of the window that the source is known to have seen, 0 to 1.",
)

# --- the store ---

STORE_MENTIONS = _stored("atalaya_store_mentions", (), "Mentions in the store, erased ones among them.")
STORE_BYTES = _stored("atalaya_store_bytes", (), "Bytes that the store takes on its disk.")
STORE_SECONDS = Histogram(
    name="atalaya_store_seconds",
    labels=("stage",),
    help="Time that the store took to commit a batch, or to answer for figures or for people.",
    buckets=DURATION_BUCKETS,
)
REVIEW_LAST_SUCCESS = _stored(
    "atalaya_weekly_review_last_success_timestamp_seconds",
    (),
    "When a review was last published, in seconds since 1970; NaN while none ever was.",
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
