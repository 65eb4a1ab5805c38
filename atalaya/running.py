"""What `run` and `demo` share: the plan of a run, the live list, the words printed around it."""

import asyncio
import sys
from pathlib import Path

import msgspec

from atalaya.console import console
from atalaya.embedded import EmbeddedRun, Plan
from atalaya.live_list import LiveList
from atalaya.logs import configure
from mentions.settings import Settings

DEMO_FOLDER = Path("atalaya-data")


def with_options(settings: Settings, store: str | None, port: int | None) -> Settings:
    """The settings as the command line's options change them."""
    if store is not None:
        settings = msgspec.structs.replace(settings, store=msgspec.structs.replace(settings.store, url=store))
    if port is not None:
        settings = msgspec.structs.replace(settings, server=msgspec.structs.replace(settings.server, port=port))
    return settings


def run_until_stopped(plan: Plan, *, quiet: bool, demo: bool = False) -> None:
    """Run with live list and console until Ctrl-C, or to the end of a finite plan.

    Raises:
        AtalayaError: it cannot begin, or met what no retry mends.
    """
    settings = plan.settings
    configure(settings.log.format, settings.log.level)
    live = LiveList()
    server = settings.server
    serve = None
    if not plan.finite:
        serve = console(server.host, server.port, demo=demo, ready=lambda port: _say_ready(server.host, port))
    run = EmbeddedRun(plan, observe=live.show if not quiet else lambda _: None, serve=serve)
    asyncio.run(run.run())


def _say_ready(host: str, port: int) -> None:
    address = f"http://{host}:{port}"
    print(f"Console: {address}   metrics: {address}/metrics   (Ctrl-C stops and drains)", file=sys.stderr, flush=True)
