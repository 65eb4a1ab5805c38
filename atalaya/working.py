"""Wires one worker of a distributed stage: topics, brands or store, metrics, signals. `atalaya work` runs it."""

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, TypeVar

import uvloop

from atalaya.brand_desk import BrandDesk
from atalaya.brand_feed import BrandFeed
from atalaya.clock import SystemClock
from atalaya.judging import judges_of
from atalaya.metrics import Metrics
from atalaya.metrics_server import serving_metrics
from atalaya.routes import routing_of
from atalaya.signals import stopped_by_signals
from atalaya.sources import max_delays
from atalaya.work_observing import WorkObserver
from ingest.kafka.topics import TopicAdmin, topic_name
from mentions.errors import Unavailable, UsageError
from mentions.settings import Settings
from mentions.settings_streaming import KafkaSettings
from mentions.topics import BRANDS, DEAD, RAW, SCORED
from processors.runtime.chunks import Stage
from processors.runtime.faust_worker import Worker
from processors.runtime.invalid_limit import InvalidLimit
from processors.runtime.score_stage import ScoreStage, Topics
from processors.runtime.watch_stage import WatchStage
from processors.scoring import Judges
from processors.store.opening import open_store
from processors.ticks import TimeRules

StageName = Literal["score", "watch"]
_Found = TypeVar("_Found")
ASK_AGAIN = 2.0
REMIND_EVERY = 30
"""Attempts between two lines that something is not there yet: a minute."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a worker is to do.

    Attributes:
        accept_gap: go on where the log begins although the records before it were never processed.
        judges: instead of those of the settings; for measuring and tests.
    """

    stage: StageName
    settings: Settings
    accept_gap: bool = False
    judges: Judges | None = None


class _StoppedError(Exception):
    """Asked to stop before the work began."""


def work(job: Job, ready: Callable[[int], None] = lambda _port: None) -> None:
    """Work until SIGTERM or SIGINT, then finish what is in hand.

    Args:
        ready: told the port of the metrics.

    Raises:
        UsageError: no brokers are configured, or a topic is not as it must be.
        AtalayaError: what no waiting mends; nothing was acknowledged that was not processed.
    """
    if not job.settings.kafka.servers:
        raise UsageError("`atalaya work` needs Kafka: write servers below [kafka], or set ATALAYA_KAFKA_SERVERS")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_work(job, ready))


async def _work(job: Job, ready: Callable[[int], None]) -> None:
    settings = job.settings
    halted, worker = threading.Event(), None

    def stop() -> None:
        halted.set()
        if worker is not None:
            worker.stop()

    with ExitStack() as stack, stopped_by_signals(stop):
        metrics = Metrics(settings.language.languages)
        metrics.know_partitions(settings.kafka.partitions)
        streams = frozenset({source.type for source in settings.sources}) - max_delays(settings.sources).keys()
        observer = WorkObserver(job.stage, metrics, streams, SystemClock().now)
        address = settings.metrics
        ready(stack.enter_context(serving_metrics(metrics, address.host, address.port, observer.trouble)))
        try:
            stage, read, group = await asyncio.to_thread(_prepared, job, observer, stack, halted)
        except _StoppedError:
            return
        worker = Worker(stage, read, group, settings.kafka, settings.work)
        if not halted.is_set():
            await _run(worker, observer)


async def _run(worker: Worker, observer: WorkObserver) -> None:
    following = asyncio.create_task(observer.follow(worker.supervisor))
    try:
        await worker.run()
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


def _prepared(job: Job, observer: WorkObserver, stack: ExitStack, halted: threading.Event) -> tuple[Stage, str, str]:
    """Find and open what the stage needs, waiting for it; the stage, the topic that it reads, and its group."""
    kafka = job.settings.kafka
    read = topic_name(kafka, SCORED if job.stage == "watch" else RAW)
    log_id = _patiently(lambda: _checked(kafka, read), "Kafka", halted)
    stage = (_watch if job.stage == "watch" else _score)(job, observer, stack, halted)
    # by its identity: a topic that was made anew is another log, to be read from its start
    return stage, read, f"{kafka.prefix}atalaya-{job.stage}-{log_id}"


def _watch(job: Job, observer: WorkObserver, stack: ExitStack, halted: threading.Event) -> Stage:
    settings, kafka = job.settings, job.settings.kafka
    address = settings.store.address()
    store = stack.enter_context(_patiently(lambda: open_store(address), "the store", halted))
    observer.desk = _patiently(lambda: BrandDesk(store), "the store", halted)
    return WatchStage(
        _topics(kafka),
        store,
        TimeRules(timedelta(seconds=settings.time.allowance_seconds), max_delays(settings.sources)),
        lambda: _checked(kafka, topic_name(kafka, SCORED)),
        SystemClock().now,
        InvalidLimit(settings.work.max_invalid_ratio),
        observe=observer.watched,
        accept_gap=job.accept_gap,
        channels=routing_of(settings),
    )


def _score(job: Job, observer: WorkObserver, stack: ExitStack, halted: threading.Event) -> Stage:
    judges = job.judges or judges_of(job.settings)
    feed = stack.enter_context(BrandFeed(job.settings.kafka, client_id="atalaya-score"))
    if not feed.wait_until_known(halted):
        raise _StoppedError
    return ScoreStage(
        _topics(job.settings.kafka),
        judges,
        feed.book,
        feed.newer_book,
        SystemClock().now,
        InvalidLimit(job.settings.work.max_invalid_ratio),
        observe=observer.scored,
        accept_gap=job.accept_gap,
    )


def _topics(kafka: KafkaSettings) -> Topics:
    return Topics(
        raw=topic_name(kafka, RAW),
        raw_partitions=kafka.partitions,
        scored=topic_name(kafka, SCORED),
        scored_partitions=kafka.partitions,
        dead=topic_name(kafka, DEAD),
    )


def _checked(kafka: KafkaSettings, name: str) -> str:
    """The identity of a topic, once all are as they must be."""
    with TopicAdmin(kafka) as admin:
        admin.check(RAW, SCORED, BRANDS, DEAD)
        return admin.log_id(name)


def _patiently(attempt: Callable[[], _Found], what: str, halted: threading.Event) -> _Found:
    """Call until it can be reached; says so in one line, and again every minute."""
    tries = 0
    while True:
        try:
            found = attempt()
        except Unavailable as error:
            if tries % REMIND_EVERY == 0:
                log.warning("waiting for %s: nothing is lost meanwhile", what, extra={"reason": str(error)})
            tries += 1
        else:
            if tries:
                log.info("%s answers", what)
            return found
        if halted.wait(ASK_AGAIN):
            raise _StoppedError
