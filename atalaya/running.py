"""What `run` and `demo` share: the plan of a run, the live list, the words printed around it."""

import asyncio
import sys

import msgspec

from atalaya.clock import SystemClock
from atalaya.console import console, listening_host
from atalaya.embedded import EmbeddedRun, Plan
from atalaya.live_list import LiveList
from atalaya.logs import configure
from atalaya.sources import introducers, max_delays, sources_of
from dashboards.console.listening import bind
from mentions.clock import Clock
from mentions.settings import Settings


def with_options(
    settings: Settings, store: str | None = None, port: int | None = None, metrics_port: int | None = None
) -> Settings:
    """The settings as the command line's options change them."""
    if store is not None:
        settings = msgspec.structs.replace(settings, store=msgspec.structs.replace(settings.store, url=store))
    if port is not None:
        settings = msgspec.structs.replace(settings, server=msgspec.structs.replace(settings.server, port=port))
    if metrics_port is not None:
        metrics = msgspec.structs.replace(settings.metrics, port=metrics_port)
        settings = msgspec.structs.replace(settings, metrics=metrics)
    return settings


def configured_plan(settings: Settings, clock: Clock) -> Plan:
    """What the configuration asks for.

    Raises:
        UsageError: no source is configured.
    """
    return Plan(
        settings=settings,
        sources=sources_of(settings),
        brands=settings.brands,
        max_delay=max_delays(settings.sources),
        introduce=introducers(settings.sources, clock),
    )


def run_until_stopped(plan: Plan, *, quiet: bool, demo: bool = False, clock: Clock | None = None) -> None:
    """Run with live list and console until Ctrl-C, or to the end of a finite plan.

    Raises:
        AtalayaError: it cannot begin, or met what no retry mends.
    """
    settings = plan.settings
    configure(settings.log.format, settings.log.level)
    live, server = LiveList(), settings.server
    serve = None
    if not plan.finite:
        bind(listening_host(server), server.port).close()  # a port that is taken is told before posts are shown
        serve = console(
            listening_host(server), server.port, demo=demo, ready=lambda port: _say_ready(server.host, port)
        )
    run = EmbeddedRun(plan, clock=clock or SystemClock(), observe=live.show if not quiet else _ignore, serve=serve)
    asyncio.run(run.run())


def _ignore(_: object) -> None:
    """A quiet run shows nothing."""


def _say_ready(host: str, port: int) -> None:
    address = f"http://{host}:{port}"
    print(f"Console: {address}   metrics: {address}/metrics   (Ctrl-C stops and drains)", file=sys.stderr, flush=True)
