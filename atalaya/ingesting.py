"""The process `atalaya ingest`: sources, outbox, and the sender to Kafka. It never opens the store.

Sources share one asyncio loop; sender, brands and metrics have a thread each. They meet in the outbox's file.
"""

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from atalaya import account_ids
from atalaya.brand_feed import BrandFeed
from atalaya.clock import SystemClock
from atalaya.locks import exclusive
from atalaya.metrics import Metrics
from atalaya.metrics_server import serving_metrics
from atalaya.observing import Observer, awaited, state_build
from atalaya.outbox_opening import forwards_all_deletions, opened_outbox
from atalaya.signals import stopped_by_signals
from atalaya.tasks import cancelled, together, until_set
from ingest.brand_cache import OutboxBrandCache
from ingest.kafka.brand_topic import publish
from ingest.kafka.sender import Sender, SenderState
from ingest.outbox import Outbox
from ingest.sources.base import Source
from ingest.worker import Introduce, Worker
from mentions import metric_names as names
from mentions.clock import Clock
from mentions.errors import AtalayaError
from mentions.settings import Settings

GAUGES_EVERY = 2.0
ACCOUNTS_EVERY = 60.0
HUNG_AFTER = 60.0
CLIENT = "atalaya-ingest"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestPlan:
    """What to read, and where to.

    Attributes:
        introduce: by source, who is behind its authors' ids.
    """

    settings: Settings
    sources: Sequence[Source]
    introduce: Mapping[str, Introduce] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Parts:
    outbox: Outbox
    feed: BrandFeed
    observer: Observer
    metrics: Metrics


class IngestRun:
    """One process. `run` returns after a drained stop."""

    def __init__(self, plan: IngestPlan, *, clock: Clock | None = None) -> None:
        self._plan, self._clock = plan, clock or SystemClock()
        self._stop, self._stop_sending = threading.Event(), threading.Event()
        self._stopping: asyncio.Event | None = None
        self._state = SenderState()
        self._alive_at = time.monotonic()

    def stop(self) -> None:
        """Ask for the end, from the loop's thread: sources stop, what they committed is sent."""
        self._stop.set()
        if self._stopping is not None:
            self._stopping.set()

    async def run(self) -> None:
        """Run until stopped.

        Raises:
            AtalayaError: it cannot begin, or sending met what no retry mends; nothing was lost.
        """
        settings = self._plan.settings
        self._stopping = stopping = asyncio.Event()
        with ExitStack() as stack:
            path = Path(settings.outbox.path)
            stack.enter_context(exclusive(path, "another Atalaya"))
            # What others forwarded before this outbox began is in the store alone, which is not asked here.
            outbox = stack.enter_context(opened_outbox(settings.outbox, lambda: True))
            sending = Outbox(path)  # a connection of its own: the sender has another thread
            stack.callback(sending.close)
            metrics, observer = self._measuring()
            address = settings.metrics
            port = stack.enter_context(serving_metrics(metrics, address.host, address.port, self._trouble))
            log.info("metrics are shown", extra={"address": f"http://{address.host}:{port}/metrics"})
            feed = stack.enter_context(BrandFeed(settings.kafka, OutboxBrandCache(outbox), CLIENT))
            with stopped_by_signals(self.stop):
                await self._run_all(_Parts(outbox, feed, observer, metrics), sending, stopping)

    async def _run_all(self, parts: _Parts, sending: Outbox, stopping: asyncio.Event) -> None:
        settings = self._plan.settings
        keep_refused = timedelta(days=settings.outbox.refused_days)
        observe = self._observing(parts.metrics)
        sender = Sender(sending, settings.kafka, observe=observe, keep_refused=keep_refused)
        sends = asyncio.create_task(asyncio.to_thread(sender.run, self._stop_sending), name="sender")
        reads = asyncio.create_task(self._read(parts), name="sources")
        gauges = asyncio.create_task(self._gauges(parts), name="gauges")
        try:
            await until_set(stopping, [sends, reads, gauges])
        finally:
            self.stop()
            parts.feed.stop()
            await cancelled([reads])
            self._stop_sending.set()  # it sends what is left, if the brokers answer
            await asyncio.wait([sends])
            await cancelled([gauges])
            with contextlib.suppress(AtalayaError):
                if left := parts.outbox.rows():
                    log.warning("records stay in the outbox until the next start", extra={"records": left})

    # --- sources ---

    async def _read(self, parts: _Parts) -> None:
        if not await asyncio.to_thread(parts.feed.wait_until_known, self._stop):
            return
        await self._learn(parts.feed)  # before reading: the first posts may be the brand's own
        log.info("reading begins", extra={"brands": parts.feed.shown()})
        workers = [self._worker(source, parts) for source in self._plan.sources]
        await together(*(worker.run() for worker in workers), self._learn_accounts(parts.feed))

    def _worker(self, source: Source, parts: _Parts) -> Worker:
        return Worker(
            source,
            parts.outbox,
            parts.feed.matcher,
            self._clock,
            parts.observer.source,
            forward_all_deletions=forwards_all_deletions(parts.outbox),
            introduce=self._plan.introduce.get(source.name),
        )

    async def _learn_accounts(self, feed: BrandFeed) -> None:
        """Ask for the ids of accounts that are given by handle until all are known, and tell them to the others."""
        while True:
            await asyncio.sleep(ACCOUNTS_EVERY)
            await self._learn(feed)

    async def _learn(self, feed: BrandFeed) -> None:
        """One look-up of at most about 10 s, and one attempt to publish."""
        if accounts := feed.unresolved():
            found = await account_ids.resolve(accounts)
            await asyncio.to_thread(feed.learn, found)
        if ids := feed.unpublished():
            try:
                await asyncio.to_thread(publish, self._plan.settings.kafka, ids, CLIENT)
            except AtalayaError as error:
                log.warning("account ids cannot be published now", extra={"reason": str(error)})

    # --- how it is ---

    def _measuring(self) -> tuple[Metrics, Observer]:
        sources = self._plan.sources
        metrics = Metrics(self._plan.settings.language.languages)
        state_build(metrics)
        configured = {source.name for source in sources}
        metrics.pre_create((), configured)
        awaited(metrics, configured)
        streams = frozenset(source.name for source in sources if source.source_class == "stream")
        return metrics, Observer(metrics, streams, self._clock.now)

    def _observing(self, metrics: Metrics) -> Callable[[SenderState], None]:
        def observe(state: SenderState) -> None:
            before, self._state = self._state, state
            metrics.set(names.BROKER_UP, float(state.connected))
            metrics.inc(names.SENT_RECORDS, state.sent - before.sent)
            metrics.inc(names.SEND_FAILURES, state.failures - before.failures)
            metrics.inc(names.REFUSED_RECORDS, state.refused - before.refused)

        return observe

    async def _gauges(self, parts: _Parts) -> None:
        known: list[str] = []
        while True:
            self._alive_at = time.monotonic()
            if (brands := parts.feed.shown()) != known:
                parts.metrics.pre_create(parts.feed.names(), ())
                if known:
                    log.info("brands changed", extra={"brands": brands})
                known = brands
            with contextlib.suppress(AtalayaError):
                rows, size = await asyncio.to_thread(_size, parts.outbox)
                parts.observer.gauges(rows, size)
            await asyncio.sleep(GAUGES_EVERY)

    def _trouble(self) -> str:
        silent = time.monotonic() - self._alive_at
        return f"nothing has moved for {silent:.0f} s" if silent > HUNG_AFTER else ""


def _size(outbox: Outbox) -> tuple[int, int]:
    return outbox.rows(), outbox.bytes_used()
