"""Plugs the console into an embedded run, and into `atalaya serve`."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module

from atalaya.brand_desk import BrandDesk
from atalaya.embedded import Running, Serve
from atalaya.metrics import Metrics
from dashboards.console.values import SourceHealth, Status
from mentions.settings import ServerSettings
from processors.store.opening import Store

HEAD_START = 1.0
"""Seconds that the pipeline has for itself: loading the web framework takes as long as judging a first mention."""


def console(host: str, port: int, *, demo: bool, ready: Callable[[int], None]) -> Serve:
    """Serve pages and metrics of an embedded run on `host`:`port`.

    Args:
        ready: told the port when requests are answered.
    """

    async def serve(running: Running, stopping: asyncio.Event) -> None:
        await asyncio.sleep(HEAD_START)
        await serve_pages(
            Pages(running.store, running.metrics, running.desk, running.now, lambda: status_of(running, demo=demo)),
            host,
            port,
            stopping,
            ready,
        )

    return serve


@dataclass(frozen=True, slots=True)
class Pages:
    """What the pages show."""

    store: Store
    metrics: Metrics
    desk: BrandDesk
    now: Callable[[], datetime]
    status: Callable[[], Status]


async def serve_pages(
    pages: Pages, host: str, port: int, stopping: asyncio.Event, ready: Callable[[int], None]
) -> None:
    """Serve the console until the event is set.

    Raises:
        Unavailable: the port cannot be had.
    """
    for module in ("dashboards.console.app", "dashboards.console.serving"):
        await asyncio.to_thread(import_module, module)
    from dashboards.console.app import create_app
    from dashboards.console.serving import serve as serve_app

    app = create_app(
        store=pages.store,
        metrics_render=pages.metrics.render,
        brands=pages.desk.current,
        now=pages.now,
        status=pages.status,
    )
    await serve_app(app, host, port, stopping, ready=ready)


def listening_host(server: ServerSettings) -> str:
    """Where the console listens: behind a published port the container's own loopback would reach nobody."""
    return "0.0.0.0" if server.published else server.host  # noqa: S104 # what [server] published asks for


def status_of(running: Running, *, demo: bool) -> Status:
    """How sources and pipeline are, in the console's own words."""
    health = sorted(running.observer.health.values(), key=lambda shard: (shard.source, shard.shard))
    return Status(
        sources=tuple(
            SourceHealth(
                source=shard.source,
                shard=shard.shard,
                state=shard.state,
                detail="the outbox takes no records now" if shard.outbox_waits else shard.detail,
                last_success=shard.last_success,
                complete_until=shard.complete_until,
            )
            for shard in health
        ),
        waiting=running.lag(),
        watermark=running.observer.watermark,
        demo=demo,
    )
