"""The embedded run: sources, outbox, pipeline, store, console and metrics in one process.

Sources and console share one asyncio loop; the pipeline has a thread of its own. They meet in the outbox's file.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from atalaya import account_ids
from atalaya.brand_desk import BrandDesk
from atalaya.clock import SystemClock
from atalaya.judging import judges_of
from atalaya.locks import exclusive
from atalaya.metrics import Metrics
from atalaya.notifying import chores_of, notifier_of
from atalaya.observing import Observer, awaited
from atalaya.outbox_opening import forwards_all_deletions, opened_outbox
from atalaya.reviewing import review_chores
from atalaya.routes import routing_of
from atalaya.signals import stopped_by_signals
from atalaya.slow_figures import EVERY as SLOW_EVERY
from atalaya.slow_figures import SlowFigures
from atalaya.store_figures import EVERY as FIGURES_EVERY
from atalaya.store_figures import StoreFigures
from atalaya.tasks import every
from ingest.outbox import Outbox
from ingest.sources.base import Source
from ingest.worker import Introduce, Worker
from mentions.brands import Brand
from mentions.clock import Clock
from mentions.errors import AtalayaError
from mentions.settings import Settings
from processors.notifying.notifier import Notifier
from processors.report import BatchReport
from processors.runtime.embedded import EmbeddedRuntime
from processors.runtime.invalid_limit import InvalidLimit
from processors.scoring import Judges
from processors.store.arrivals import holds_any
from processors.store.opening import Store, open_store
from processors.ticks import TimeRules

BRANDS_EVERY = 2.0
"""Seconds between looks for a new brand version; it must take effect within 10 (docs/architecture.md, 'Brands')."""
GAUGES_EVERY = 2.0
ACCOUNTS_EVERY = 60.0
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Running:
    """A run that has begun, as the console sees it."""

    store: Store
    desk: BrandDesk
    observer: Observer
    metrics: Metrics
    lag: Callable[[], int]
    now: Callable[[], datetime]


Serve = Callable[[Running, asyncio.Event], Awaitable[None]]
"""Serves the console until the event is set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to run.

    Attributes:
        max_delay: by source, how late its posts usually arrive.
        introduce: by source, who is behind its authors' ids.
        finite: stop when every source has come to its end and all of it is stored (the demo's `--once`, tests).
    """

    settings: Settings
    sources: Sequence[Source]
    brands: Sequence[Brand]
    max_delay: dict[str, timedelta]
    introduce: Mapping[str, Introduce] = field(default_factory=dict)
    finite: bool = False


class EmbeddedRun:
    """One run. `run` returns after a drained stop.

    Args:
        observe: told of every committed batch, in the pipeline's thread (the live list in the terminal).
    """

    def __init__(
        self,
        plan: Plan,
        *,
        clock: Clock | None = None,
        observe: Callable[[BatchReport], None] = lambda _: None,
        serve: Serve | None = None,
    ) -> None:
        self._plan, self._clock = plan, clock or SystemClock()
        self._tell, self._serve = observe, serve
        self._stop_pipeline = threading.Event()
        self._stopping: asyncio.Event | None = None
        self._failed: BaseException | None = None

    def stop(self) -> None:
        """Ask for the end, from the loop's thread: sources stop, what they committed is drained."""
        if self._stopping is not None:
            self._stopping.set()

    async def run(self) -> None:
        """Run until stopped.

        Raises:
            AtalayaError: it cannot begin, or the pipeline met what no retry mends; nothing was lost.
        """
        settings = self._plan.settings
        self._stopping = asyncio.Event()
        with ExitStack() as stack:
            path = Path(settings.outbox.path)
            stack.enter_context(exclusive(path, "another Atalaya"))
            store = stack.enter_context(open_store(settings.store.address()))
            outbox = stack.enter_context(opened_outbox(settings.outbox, lambda: _has_mentions(store)))
            desk = BrandDesk(store)
            for orphan in desk.seed(self._plan.brands, self._clock.now()):
                log.warning("watched, though no longer configured: `atalaya brands retire`", extra={"brand": orphan})
            metrics = Metrics(settings.language.languages, stored=True)
            streams = frozenset(s.name for s in self._plan.sources if s.source_class == "stream")
            observer = Observer(metrics, streams, self._clock.now, desk.watched_since)
            sources = {source.name for source in self._plan.sources}
            metrics.pre_create(desk.names(), sources)
            awaited(metrics, sources)
            judges = judges_of(settings)
            observer.start(settings.sentiment.engine, judges.engine.version)
            runtime, log_reader = self._runtime(store, desk, judges, stack)
            runtime.start()
            await _learn(desk)  # before reading: the first posts may be the brand's own
            running = Running(store, desk, observer, metrics, runtime.lag, self._clock.now)
            notifier = notifier_of(settings, store, self._clock.now, metrics)
            with stopped_by_signals(self.stop):
                await self._run_all(running, outbox, runtime, log_reader, notifier)
        if self._failed is not None:
            raise self._failed

    def _runtime(
        self, store: Store, desk: BrandDesk, judges: Judges, stack: ExitStack
    ) -> tuple[EmbeddedRuntime, Outbox]:
        settings = self._plan.settings
        reader = Outbox(settings.outbox.path)  # a connection of its own: the pipeline has another thread
        stack.callback(reader.close)
        rules = TimeRules(timedelta(seconds=settings.time.allowance_seconds), self._plan.max_delay)
        runtime = EmbeddedRuntime(
            reader,
            store,
            judges,
            desk.book,
            rules,
            self._clock.now,
            newer_book=desk.newer_book,
            channels=routing_of(settings),
            limit=InvalidLimit(settings.work.max_invalid_ratio),
        )
        return runtime, reader

    async def _run_all(
        self, running: Running, outbox: Outbox, runtime: EmbeddedRuntime, log_reader: Outbox, notifier: Notifier
    ) -> None:
        loop = asyncio.get_running_loop()
        observer = running.observer
        shown = (running.store, running.metrics, running.desk.names, running.now)
        sources = frozenset(source.name for source in self._plan.sources)
        figures, slow = StoreFigures(*shown), SlowFigures(*shown, self._plan.max_delay, sources)

        def observe(report: BatchReport) -> None:
            observer.batch(report)
            self._tell(report)

        pipeline = asyncio.create_task(asyncio.to_thread(self._pipeline, runtime, observe, loop))
        workers = [self._worker(source, outbox, running) for source in self._plan.sources]
        reading = [
            asyncio.create_task(worker.run(), name=f"{worker.source.name}/{worker.source.shard}") for worker in workers
        ]
        chores = [
            asyncio.create_task(self._watch_brands(running)),
            asyncio.create_task(self._gauges(observer, log_reader)),
            asyncio.create_task(self._learn_accounts(running.desk)),
            asyncio.create_task(every(FIGURES_EVERY, figures.read, "reading the store's figures")),
            asyncio.create_task(every(SLOW_EVERY, slow.read, "reading the store's slow figures")),
            *(asyncio.create_task(chore) for chore in chores_of(notifier)),
        ]
        if not self._plan.finite:
            due = review_chores(self._plan.settings, running.store, running.metrics, running.now)
            chores += [asyncio.create_task(chore) for chore in due]
        stopping = self._require_stopping()
        consoles = [asyncio.create_task(self._serve_console(running, stopping))] if self._serve else []
        try:
            await self._until_stopped(reading, stopping)
        finally:
            await _cancelled(reading)
            self._stop_pipeline.set()
            await pipeline
            stopping.set()
            await _ended(consoles)
            await _cancelled(chores)

    def _require_stopping(self) -> asyncio.Event:
        if self._stopping is None:
            msg = "run() makes the event first"
            raise AssertionError(msg)
        return self._stopping

    async def _until_stopped(self, reading: list[asyncio.Task[None]], stopping: asyncio.Event) -> None:
        """Return when asked to stop, when a finite run has read everything, or when a worker breaks."""
        waiting = asyncio.create_task(stopping.wait())
        try:
            pending = set(reading)
            while not waiting.done():
                if not pending and self._plan.finite:
                    return
                done, _ = await asyncio.wait({waiting, *pending}, return_when=asyncio.FIRST_COMPLETED)
                pending -= done
                for task in done - {waiting}:
                    task.result()
        finally:
            waiting.cancel()

    def _worker(self, source: Source, outbox: Outbox, running: Running) -> Worker:
        return Worker(
            source,
            outbox,
            running.desk.matcher,
            self._clock,
            running.observer.source,
            forward_all_deletions=forwards_all_deletions(outbox),
            introduce=self._plan.introduce.get(source.name),
        )

    def _pipeline(
        self, runtime: EmbeddedRuntime, observe: Callable[[BatchReport], None], loop: asyncio.AbstractEventLoop
    ) -> None:
        try:
            runtime.run(self._stop_pipeline, observe)
        except BaseException as error:
            self._failed = error
            with contextlib.suppress(RuntimeError):  # the loop may be gone already
                loop.call_soon_threadsafe(self.stop)

    async def _serve_console(self, running: Running, stopping: asyncio.Event) -> None:
        if self._serve is None:
            return
        try:
            await self._serve(running, stopping)
        except AtalayaError as error:
            self._failed = self._failed or error
            self.stop()

    async def _watch_brands(self, running: Running) -> None:
        desk = running.desk
        while True:
            await asyncio.sleep(BRANDS_EVERY)
            try:
                if await asyncio.to_thread(desk.refresh):
                    running.metrics.pre_create(desk.names(), ())
                    log.info("brands changed", extra={"brands": desk.names()})
            except AtalayaError as error:
                log.warning("brands cannot be read now", extra={"reason": str(error)})

    async def _learn_accounts(self, desk: BrandDesk) -> None:
        """Ask for the ids of accounts that are given by handle, until all are known."""
        while True:
            await asyncio.sleep(ACCOUNTS_EVERY)
            await _learn(desk)

    async def _gauges(self, observer: Observer, outbox: Outbox) -> None:
        while True:
            with contextlib.suppress(AtalayaError):
                rows, size = await asyncio.to_thread(lambda: (outbox.rows(), outbox.bytes_used()))
                observer.gauges(rows, size)
            await asyncio.sleep(GAUGES_EVERY)


def _has_mentions(store: Store) -> bool:
    with store.reading() as connection:
        return holds_any(connection)


async def _learn(desk: BrandDesk) -> None:
    """One look-up, of at most about 10 s, of those account ids that no earlier run has found."""
    with contextlib.suppress(AtalayaError):
        if accounts := desk.unresolved():
            desk.learn(await account_ids.resolve(accounts))


async def _cancelled(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _ended(consoles: Sequence[asyncio.Task[None]]) -> None:
    """Give the console a moment to say good-bye."""
    if consoles:
        await asyncio.wait(consoles, timeout=3)
    await _cancelled(consoles)
