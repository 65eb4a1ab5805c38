"""The demo: an invented world through the real pipeline, in a store of its own that each demo makes anew."""

from pathlib import Path

import msgspec

from atalaya.clock import SystemClock
from atalaya.embedded import Plan
from ingest.simulation.brands import DEMO_BRANDS
from ingest.sources.base import Source
from ingest.sources.simulated import SimulatedSource
from mentions.clock import Clock
from mentions.errors import Unavailable
from mentions.settings import Settings
from mentions.settings_sources import SimulatedSettings

FOLDER = Path("atalaya-data")
STORE, OUTBOX = "demo.sqlite", "demo-outbox.sqlite"
DAYS = 14


def demo_plan(
    settings: Settings, *, store: str | None = None, days: int = DAYS, seed: int = 1, once: bool = False
) -> Plan:
    """A history of `days`, then live with a crisis in the first minutes; with `once` the history alone.

    Args:
        store: where to keep it; None: `atalaya-data/demo.sqlite` in the current folder.

    Raises:
        Unavailable: the folder cannot be written.
    """
    folder = FOLDER.resolve()
    _clear(folder)
    outbox = msgspec.structs.replace(settings.outbox, path=str(folder / OUTBOX))
    place = msgspec.structs.replace(settings.store, url=store or f"sqlite:///{folder / STORE}")
    return Plan(
        settings=msgspec.structs.replace(settings, store=place, outbox=outbox),
        sources=[SimulatedSource(seed=seed, days=days, live=not once, shard="demo")],
        brands=DEMO_BRANDS,
        max_delay={},
        finite=once,
    )


def demo_clock(speed: float) -> Clock:
    """A clock whose live part runs `speed` times as fast as life."""
    return SystemClock(speed)


def simulated(settings: SimulatedSettings) -> Source:
    """The same world as a configured source."""
    return SimulatedSource(seed=settings.seed, days=settings.days, speed=settings.speed, shard=settings.name)


def _clear(folder: Path) -> None:
    """Remove what an earlier demo left: its world ended in its own present."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in (STORE, OUTBOX):
            for suffix in ("", "-wal", "-shm"):
                (folder / f"{name}{suffix}").unlink(missing_ok=True)
    except OSError as error:
        raise Unavailable(f"the demo's folder {folder} cannot be written: {error.strerror}") from error
