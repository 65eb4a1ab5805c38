"""Turns what a worker of a stage reports into metrics and health. The only place that knows both."""

import asyncio
import contextlib
import platform
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from importlib.metadata import version

from atalaya.brand_desk import BrandDesk
from atalaya.metrics import Metrics
from atalaya.observing import Observer
from mentions import metric_names as names
from mentions.drops import DEAD_REASONS
from mentions.errors import AtalayaError
from mentions.settings_sources import SOURCES
from processors.report import BatchReport
from processors.runtime.score_stage import ScoreReport
from processors.runtime.supervision import Supervisor

BRANDS_EVERY = 2
"""Seconds between looks for new brands, whose series begin at zero."""


class WorkObserver:
    """Told by the stage from the loop's thread; asked for health from others.

    Args:
        streams: names of the sources that promise to be quick; only their posts' age is measured.

    Attributes:
        desk: the brands whose series exist, where the stage has a store.
    """

    def __init__(self, stage: str, metrics: Metrics, streams: frozenset[str], now: Callable[[], datetime]) -> None:
        self._stage, self._metrics, self._now = stage, metrics, now
        self._batches = Observer(metrics, streams, now, self._watched_since)
        self.desk: BrandDesk | None = None
        self._supervisor: Supervisor | None = None
        metrics.pre_create((), SOURCES)
        metrics.info(names.BUILD, version=version("atalaya"), python=platform.python_version())

    def trouble(self) -> str:
        """Why the worker does not work now; empty while it does."""
        if self._supervisor is None:
            return "starting"
        waiting = self._supervisor.standing.waiting_for
        return f"waiting for {waiting}" if waiting else ""

    def scored(self, report: ScoreReport) -> None:
        """A chunk was judged and delivered."""
        inc = self._metrics.inc
        inc(names.RECORDS_PROCESSED, report.records, stage=self._stage)
        inc(names.BATCH_RETRIES, report.retries, stage=self._stage)
        for reason, count in report.dead.items():
            inc(names.DEAD_LETTERS, count, stage=self._stage, reason=reason)
        self._metrics.observe(names.BATCH_SECONDS, report.seconds, stage=self._stage)
        self._age(report.newest)

    def watched(self, report: BatchReport) -> None:
        """A batch was committed."""
        self._batches.batch(report)
        self._metrics.inc(names.RECORDS_PROCESSED, report.read, stage=self._stage)
        dead = Counter[str]()
        for (_, _, reason), count in report.dropped.items():
            if reason in DEAD_REASONS:
                dead[reason] += count
        for reason, count in dead.items():
            self._metrics.inc(names.DEAD_LETTERS, count, stage=self._stage, reason=reason)
        self._age(max((mention.post.created_at for mention in report.new), default=None))

    def _watched_since(self, brand: str) -> datetime | None:
        return None if self.desk is None else self.desk.watched_since(brand)

    def _age(self, newest: datetime | None) -> None:
        if newest is not None:
            self._metrics.set(names.EVENT_AGE, (self._now() - newest).total_seconds(), stage=self._stage)

    async def follow(self, supervisor: Supervisor) -> None:
        """Keep the gauges up, once a second, until cancelled."""
        self._supervisor = supervisor
        seconds = 0
        while True:
            lag = supervisor.standing.lag
            self._metrics.set(names.BROKER_UP, float(lag is not None))
            for partition, waiting in (lag or {}).items():
                self._metrics.set(names.CONSUMER_LAG, waiting, stage=self._stage, partition=str(partition))
            self._batches.watermark_gauge()
            if self.desk is not None and seconds % BRANDS_EVERY == 0:
                with contextlib.suppress(AtalayaError):
                    await asyncio.to_thread(self.desk.refresh)
                    self._metrics.pre_create(self.desk.names(), ())
            seconds += 1
            await asyncio.sleep(1)
