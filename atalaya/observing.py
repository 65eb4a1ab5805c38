"""Turns what the pipeline reports into metrics. The only place that knows both."""

import platform
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from importlib.metadata import version
from typing import Protocol

from atalaya.metrics import Metrics
from ingest.sources.base import Fetched, State
from ingest.worker import Health
from mentions import metric_names as names
from mentions.records import FULL_WEIGHT, Counts, ScoredMention
from processors.report import BatchReport


def state_build(metrics: Metrics) -> None:
    """State which build runs."""
    metrics.info(names.BUILD, version=version("atalaya"), python=platform.python_version())


class ShardHealth(Protocol):
    """How one shard of a source is: of a worker, or as the store tells it."""

    @property
    def source(self) -> str: ...  # noqa: D102 # the names say it
    @property
    def state(self) -> State: ...  # noqa: D102
    @property
    def last_success(self) -> datetime | None: ...  # noqa: D102
    @property
    def complete_until(self) -> datetime | None: ...  # noqa: D102


def source_gauges(metrics: Metrics, shards: Iterable[ShardHealth], now: datetime) -> None:
    """Say of each source how its shards are, the worst of them deciding."""
    by_source: dict[str, list[ShardHealth]] = {}
    for shard in shards:
        by_source.setdefault(shard.source, []).append(shard)
    for source, found in by_source.items():
        up = all(shard.state in ("live", "catching_up") for shard in found)
        metrics.set(names.SOURCE_UP, float(up), source=source)
        successes = [shard.last_success.timestamp() if shard.last_success else 0.0 for shard in found]
        metrics.set(names.SOURCE_LAST_SUCCESS, min(successes), source=source)
        known = [shard.complete_until for shard in found if shard.complete_until is not None]
        if known:
            metrics.set(names.SOURCE_LAG, (now - min(known)).total_seconds(), source=source)


def awaited(metrics: Metrics, sources: Iterable[str]) -> None:
    """Say that these sources are configured and gave nothing yet; of others a process knows nothing."""
    for source in sources:
        metrics.set(names.SOURCE_UP, 0, source=source)
        metrics.set(names.SOURCE_LAST_SUCCESS, 0, source=source)


class Observer:
    """Counts arrivals and keeps the last word of every source. Threads may share it.

    Args:
        streams: names of the sources that promise to be quick; only their posts' age is measured.
        watched_since: when a brand began to be watched; a post from before is history that was read, imported or
            replayed later, and nobody promised to be quick with it. None: not known, every post counts.
    """

    def __init__(
        self,
        metrics: Metrics,
        streams: frozenset[str],
        now: Callable[[], datetime],
        watched_since: Callable[[str], datetime | None] = lambda _: None,
    ) -> None:
        self._metrics, self._streams, self._now = metrics, streams, now
        self._watched_since = watched_since
        self.health: dict[tuple[str, str], Health] = {}
        self.watermark: datetime | None = None

    def start(self, engine: str, engine_version: str) -> None:
        """State what runs."""
        state_build(self._metrics)
        self._metrics.info(names.ENGINE, engine=engine, version=engine_version)

    def source(self, health: Health, counts: Counts, fetched: Fetched) -> None:
        """A worker committed what it fetched."""
        self.health[health.source, health.shard] = health
        inc, source = self._metrics.inc, health.source
        if counts.seen:
            inc(names.POSTS_SEEN, counts.seen, source=source)
            inc(names.POSTS_MATCHED, counts.matched, source=source)
            inc(names.DELETIONS, counts.deletions, source=source)
            for reason, count in counts.dropped.items():
                inc(names.POSTS_DROPPED, count, source=source, reason=reason)
            for brand, count in counts.hits.items():
                inc(names.HITS, count, brand=brand)
        for gap in fetched.gaps:
            inc(names.GAP_SECONDS, max(0.0, (gap.end - gap.start).total_seconds()), source=source)

    def batch(self, report: BatchReport) -> None:
        """A batch was committed."""
        inc = self._metrics.inc
        stored = Counter((m.brand, m.post.source, m.sentiment.label) for m in report.new)
        for (brand, source, label), count in stored.items():
            inc(names.MENTIONS_STORED, count, brand=brand, source=source, sentiment=label)
        for (brand, lang), count in Counter((m.brand, m.lang) for m in report.new).items():
            inc(names.MENTIONS_BY_LANGUAGE, count, brand=brand, lang=lang)
        self._contents(report)
        for source, count in report.late.items():
            inc(names.MENTIONS_LATE, count, source=source)
        for (_, source, reason), count in report.dropped.items():
            inc(names.RECORDS_DROPPED, count, source=source, reason=reason)
        for beat in report.heartbeats:
            inc(names.HEARTBEATS, source=beat.source)
        inc(names.MENTIONS_ERASED, report.erased)
        inc(names.MENTIONS_FOLDED, report.folded)
        self._time(report)

    def _contents(self, report: BatchReport) -> None:
        """Count what mentions weigh, want and are about: summed for the batch, for series are dear to find."""
        weights, wants, subjects = Counter[tuple[str, str]](), Counter[tuple[str, str]](), Counter[tuple[str, ...]]()
        for mention in report.new:
            brand, label = mention.brand, mention.sentiment.label
            weights[brand, label] += mention.text_weight
            for intent in mention.intents:
                wants[brand, intent.name] += 1
            for aspect in mention.aspects:
                subjects[brand, aspect.name, label] += 1
        inc = self._metrics.inc
        for (brand, tone), weight in weights.items():
            inc(names.MENTIONS_WEIGHT, weight / FULL_WEIGHT, brand=brand, sentiment=tone)
        for (brand, name), count in wants.items():
            inc(names.MENTIONS_BY_INTENT, count, brand=brand, intent=name)
        for (brand, name, tone), count in subjects.items():
            inc(names.MENTIONS_BY_ASPECT, count, brand=brand, aspect=name, sentiment=tone)

    def _time(self, report: BatchReport) -> None:
        now = self._now()
        for mention in report.new:
            if mention.post.source in self._streams and not self._is_history(mention):
                age = max(0.0, (now - mention.post.created_at).total_seconds())
                self._metrics.observe(names.MENTION_AGE, age, source=mention.post.source)
        for stage, seconds in report.seconds.items():
            self._metrics.observe(names.BATCH_SECONDS, seconds, stage=stage)
        if "watch" in report.seconds:  # what is done there is done in the one transaction that it ends with
            self._metrics.observe(names.STORE_SECONDS, report.seconds["watch"], stage="commit")
        self.watermark = report.watermark or self.watermark

    def _is_history(self, mention: ScoredMention) -> bool:
        since = self._watched_since(mention.brand)
        return since is not None and mention.post.created_at < since

    def gauges(self, outbox_rows: int, outbox_bytes: int) -> None:
        """Say how things are now; called every few seconds."""
        now, put = self._now(), self._metrics.set
        put(names.OUTBOX_ROWS, outbox_rows)
        put(names.OUTBOX_BYTES, outbox_bytes)
        self.watermark_gauge()
        source_gauges(self._metrics, self.health.values(), now)

    def watermark_gauge(self) -> None:
        """Say how far behind judgement is."""
        if self.watermark is not None:
            self._metrics.set(names.WATERMARK_LAG, (self._now() - self.watermark).total_seconds())
