"""Plugs the console into an embedded run."""

import asyncio
from collections.abc import Callable
from importlib import import_module

from atalaya.embedded import Running, Serve
from dashboards.console.values import SourceHealth, Status

HEAD_START = 1.0
"""Seconds that the pipeline has for itself: loading the web framework takes as long as judging a first mention."""


def console(host: str, port: int, *, demo: bool, ready: Callable[[int], None]) -> Serve:
    """Serve pages and metrics on `host`:`port`.

    Args:
        ready: told the port when requests are answered.
    """

    async def serve(running: Running, stopping: asyncio.Event) -> None:
        await asyncio.sleep(HEAD_START)
        for module in ("dashboards.console.app", "dashboards.console.serving"):
            await asyncio.to_thread(import_module, module)
        from dashboards.console.app import create_app
        from dashboards.console.serving import serve as serve_app

        app = create_app(
            store=running.store,
            metrics_render=running.metrics.render,
            brands=running.desk.current,
            now=running.now,
            status=lambda: status_of(running, demo=demo),
        )
        await serve_app(app, host, port, stopping, ready=ready)

    return serve


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
