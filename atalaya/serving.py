"""The process `atalaya serve`: console, metrics and notifier over a store that others fill.

It keeps the brands topic up with the store and processes nothing. Without Kafka it is a console over a store.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Sequence
from contextlib import ExitStack

from atalaya import account_ids
from atalaya.brand_desk import BrandDesk
from atalaya.brand_publishing import BrandPublisher
from atalaya.clock import SystemClock
from atalaya.console import Pages, listening_host, serve_pages
from atalaya.metrics import Metrics
from atalaya.metrics_server import serving_metrics
from atalaya.notifying import chores_of, notifier_of
from atalaya.observing import state_build
from atalaya.reviewing import review_chores
from atalaya.signals import stopped_by_signals
from atalaya.slow_figures import EVERY as SLOW_EVERY
from atalaya.slow_figures import SlowFigures
from atalaya.sources import max_delays
from atalaya.store_figures import EVERY as FIGURES_EVERY
from atalaya.store_figures import StoreFigures
from atalaya.store_watch import StoreWatch
from atalaya.tasks import cancelled, every, until_set
from mentions import metric_names as names
from mentions.clock import Clock
from mentions.errors import AtalayaError, BrokerUnavailable, TopicMismatch
from mentions.settings import Settings
from processors.store.opening import open_store

BRANDS_EVERY = 2.0
"""Seconds between looks for a new brand version; it must take effect within 10 (docs/architecture.md, 'Brands')."""
LOOK_EVERY = 3.0
ACCOUNTS_EVERY = 60.0
LEAVES_WITHIN = 3.0
log = logging.getLogger(__name__)


class ServeRun:
    """One process. `run` returns after a stop.

    Args:
        ready: told the port of the console when requests are answered.
    """

    def __init__(
        self, settings: Settings, *, clock: Clock | None = None, ready: Callable[[int], None] = lambda _port: None
    ) -> None:
        self._settings, self._clock, self._ready = settings, clock or SystemClock(), ready
        self._stopping: asyncio.Event | None = None

    def stop(self) -> None:
        """Ask for the end, from the loop's thread."""
        if self._stopping is not None:
            self._stopping.set()

    async def run(self) -> None:
        """Serve until stopped.

        Raises:
            AtalayaError: it cannot begin: the store, a port, a configured brand.
        """
        settings = self._settings
        self._stopping = stopping = asyncio.Event()
        with ExitStack() as stack:
            store = stack.enter_context(open_store(settings.store.address()))
            desk = BrandDesk(store)
            orphans = desk.seed(settings.brands, self._clock.now())
            for orphan in orphans if settings.brands else ():  # a store alone is served as it is
                log.warning("watched, though no longer configured: `atalaya brands retire`", extra={"brand": orphan})
            metrics = Metrics(settings.language.languages, stored=True)
            state_build(metrics)
            metrics.pre_create(desk.names(), ())
            watch = StoreWatch(store, metrics, settings, self._clock.now)
            address = settings.metrics
            port = stack.enter_context(serving_metrics(metrics, address.host, address.port, watch.trouble))
            log.info("metrics are shown", extra={"address": f"http://{address.host}:{port}/metrics"})
            pages = Pages(store, metrics, desk, self._clock.now, watch.status)
            notifier = notifier_of(settings, store, self._clock.now, metrics)
            with stopped_by_signals(self.stop):
                reviews = review_chores(settings, store, metrics, self._clock.now)
                await self._run_all(stopping, pages, [*self._chores(pages, watch), *chores_of(notifier), *reviews])

    async def _run_all(
        self, stopping: asyncio.Event, pages: Pages, coroutines: Sequence[Coroutine[None, None, None]]
    ) -> None:
        serving = asyncio.create_task(self._serve(pages, stopping))
        chores = [asyncio.create_task(chore) for chore in coroutines]
        try:
            await until_set(stopping, [serving, *chores])
        finally:
            stopping.set()
            await cancelled(chores)
            await asyncio.wait([serving], timeout=LEAVES_WITHIN)
            await cancelled([serving])

    async def _serve(self, pages: Pages, stopping: asyncio.Event) -> None:
        server = self._settings.server

        def ready(port: int) -> None:
            log.info("the console is served", extra={"address": f"http://{server.host}:{port}"})
            self._ready(port)

        await serve_pages(pages, listening_host(server), server.port, stopping, ready)

    def _chores(self, pages: Pages, watch: StoreWatch) -> list[Coroutine[None, None, None]]:
        def refresh() -> None:
            if pages.desk.refresh():
                pages.metrics.pre_create(pages.desk.names(), ())
                log.info("brands changed", extra={"brands": pages.desk.shown()})

        shown = (pages.store, pages.metrics, pages.desk.names, self._clock.now)
        configured = self._settings.sources
        sources = frozenset(source.type for source in configured)
        figures, slow = StoreFigures(*shown), SlowFigures(*shown, max_delays(configured), sources)
        chores = [
            every(BRANDS_EVERY, refresh, "reading brands"),
            every(LOOK_EVERY, watch.look, "looking how the sources are"),
            every(FIGURES_EVERY, figures.read, "reading the store's figures"),
            every(SLOW_EVERY, slow.read, "reading the store's slow figures"),
        ]
        if self._settings.kafka.servers:
            chores.append(every(BRANDS_EVERY, self._publishing(pages), "publishing brands"))
            chores.append(self._learn_accounts(pages.desk))
        return chores

    def _publishing(self, pages: Pages) -> Callable[[], None]:
        publisher = BrandPublisher(pages.store, pages.desk, self._settings.kafka)

        def publish() -> None:
            try:
                published = publisher.publish_missing()
            except (BrokerUnavailable, TopicMismatch):
                pages.metrics.set(names.BROKER_UP, 0)
                raise
            pages.metrics.set(names.BROKER_UP, 1)
            if published:
                log.info("brand records published", extra={"records": published})

        return publish

    async def _learn_accounts(self, desk: BrandDesk) -> None:
        """Ask for the ids of accounts that are given by handle until all are known; published with the brands."""
        while True:
            with contextlib.suppress(AtalayaError):
                if accounts := desk.unresolved():
                    await asyncio.to_thread(desk.learn, await account_ids.resolve(accounts))
            await asyncio.sleep(ACCOUNTS_EVERY)
