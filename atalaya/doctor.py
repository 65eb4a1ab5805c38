"""Looks at everything that a run needs, and says what to do about what is wrong."""

import asyncio
import shutil
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from atalaya.clock import SystemClock
from atalaya.config import ensure_folders
from atalaya.judging import judges_of
from atalaya.notifying import look_at_channels
from atalaya.sources import sources_of
from ingest.outbox import Outbox
from ingest.sources.base import Fetched, Source
from mentions.errors import AtalayaError, TopicMismatch, UsageError
from mentions.settings import Settings
from processors.sentiment.layer import fits
from processors.store.layers import layers_in_use
from processors.store.opening import open_store

PATIENCE = 10.0
"""Seconds that a source has to answer."""
LOW_DISK = 2**30
_BUILT_AFTER = datetime(2026, 1, 1, tzinfo=UTC)
"""A clock before this is wrong: every time of every live post would be taken for a mistake."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `advice`: what to do when it is not well."""

    what: str
    well: bool
    found: str
    advice: str = ""


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at one thing after the other; never raises."""
    yield _configuration(settings)
    yield _clock(datetime.now(UTC))
    yield _checked("disk", lambda: _disk(settings), "make room, or name another place below [store] and [outbox]")
    yield _checked("store", lambda: _store(settings), "see [store] url in the configuration")
    yield _checked("layers", lambda: _layers(settings), "train it over this engine: `atalaya label train --brand NAME`")
    yield _checked("outbox", lambda: _outbox(settings), "see [outbox] path; stop another Atalaya that uses it")
    yield _checked("notifier", lambda: _notifier(settings), "see [[channel]] in the configuration; `atalaya alerts`")
    if settings.kafka.servers:
        yield _checked("kafka", lambda: _kafka(settings), "see [kafka] in the configuration; run `atalaya topics show`")
    for source in sources_of(settings) if settings.sources else []:
        yield asyncio.run(_source(source))


def _counted(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def _configuration(settings: Settings) -> Finding:
    if not settings.configured:
        return Finding("configuration", True, "none; `atalaya run` shows the demo", "atalaya init --brand yourbrand")
    brands, sources = _counted(len(settings.brands), "brand"), _counted(len(settings.sources), "source")
    well = bool(settings.sources)
    advice = "" if well else 'write a [[source]] into it, such as type = "bluesky"'
    return Finding("configuration", well, f"{settings.file}: {brands}, {sources}", advice)


def _clock(now: datetime) -> Finding:
    well = now > _BUILT_AFTER
    return Finding("clock", well, f"{now:%Y-%m-%d %H:%M:%S} UTC", "" if well else "set the machine's clock (ntp)")


def _checked(what: str, look: Callable[[], str], advice: str) -> Finding:
    try:
        return Finding(what, True, look())
    except (AtalayaError, OSError) as error:
        return Finding(what, False, str(error), advice)


def _disk(settings: Settings) -> str:
    ensure_folders(settings)
    folder = Path(settings.outbox.path).parent
    free = shutil.disk_usage(folder).free
    if free < LOW_DISK:
        raise OSError(f"only {free / 2**20:,.0f} MB are free in {folder}")
    return f"{free / 2**30:,.0f} GB free in {folder}"


def _store(settings: Settings) -> str:
    with open_store(settings.store.address()) as store:
        return f"{store.place} opens, its tables are those of this build"


def _layers(settings: Settings) -> str:
    """Whether every layer in use was trained over the engine that is configured now."""
    with open_store(settings.store.address()) as store, store.reading() as connection:
        used = [layer for layer in layers_in_use(connection) if layer.version]
    if not used:
        return "none in use"
    engine = judges_of(settings).engine.version
    stale = [
        f"{layer.brand} {layer.version} (over {layer.engine_version})" for layer in used if not fits(layer, engine)
    ]
    if stale:
        raise UsageError(f"not applied, as the engine is {engine} now: {', '.join(stale)}")
    return f"{', '.join(f'{layer.brand} {layer.version}' for layer in used)} over {engine}"


def _notifier(settings: Settings) -> str:
    with open_store(settings.store.address()) as store:
        return look_at_channels(settings, store, datetime.now(UTC))


def _outbox(settings: Settings) -> str:
    path = Path(settings.outbox.path)
    if not path.exists():
        return f"{path} will be made at the first run"
    outbox = Outbox(path)
    try:
        return f"{path}: {outbox.rows():,} records wait"
    finally:
        outbox.close()


def _kafka(settings: Settings) -> str:
    from ingest.kafka.topics import TopicAdmin  # brings the client, which other findings need not load

    with TopicAdmin(settings.kafka) as admin:
        faults = [f"{report.name}: {fault}" for report in admin.show() for fault in report.faults]
    if faults:
        raise TopicMismatch("\n".join(faults))
    return f"{', '.join(settings.kafka.servers)} answers, its topics are as they must be"


async def _source(source: Source) -> Finding:
    what = f"source {source.name}/{source.shard}"
    last = Fetched(state="connecting")
    try:
        reading = cast(AsyncGenerator[Fetched, None], source.read(None, SystemClock()))
        async with asyncio.timeout(PATIENCE), aclosing(reading):
            async for last in reading:
                if last.state in ("live", "catching_up", "done"):
                    return Finding(what, True, f"answers ({last.state.replace('_', ' ')})")
    except TimeoutError:
        pass
    except AtalayaError as error:
        return Finding(what, False, str(error), "correct its [[source]] in the configuration")
    found = last.detail or f"no answer within {PATIENCE:.0f} s"
    return Finding(what, False, found, "check the address and that this machine may reach it; a run keeps trying")
