"""What a store tells of sources and pipeline to a process that runs neither: from the heartbeats that arrived in it."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from atalaya.metrics import Metrics
from atalaya.observing import source_gauges
from atalaya.sources import max_delays
from dashboards.console.values import SourceHealth, State, Status
from mentions import metric_names as names
from mentions.errors import AtalayaError
from mentions.settings import Settings
from processors.store.coverage import MAX_DELAY, SourceRow, sources
from processors.store.live_log import live_watermark
from processors.store.opening import Store
from processors.watermark import STALE

HUNG_AFTER = 60.0
ShardName = tuple[str, str]


class Moved(NamedTuple):
    """Up to where a shard had everything, and when it was seen to get there."""

    complete_until: datetime | None
    at: datetime


def moved(row: SourceRow, before: Moved | None, now: datetime) -> Moved:
    """Follow a shard; one that is seen for the first time moves if it says that it may be waited for."""
    if before is None:
        return Moved(row.complete_until, now if row.holds or row.complete_until is None else row.complete_until)
    return Moved(row.complete_until, now) if row.complete_until != before.complete_until else before


def health_of(row: SourceRow, last: Moved, now: datetime, delay: timedelta = MAX_DELAY) -> SourceHealth:
    """Say how a shard is, as far as its heartbeats tell.

    Args:
        last: of `moved`, for this row.
        delay: for a poll: how old its last good look may be.
    """
    state, detail = _state(row, last, now, delay)
    is_live = row.source_class == "stream" and state in ("live", "catching_up")
    success = row.last_at if is_live else row.complete_until
    return SourceHealth(row.source, row.shard, state, detail, success, row.complete_until)


def _state(row: SourceRow, last: Moved, now: datetime, delay: timedelta) -> tuple[State, str]:
    if now - row.last_at >= STALE:
        return "down", f"no heartbeat for {_minutes(now - row.last_at)}: ingest, Kafka or the workers stand still"
    if row.complete_until is None:
        return "connecting", ""
    if row.source_class == "poll":
        age = now - row.complete_until
        return ("live", "") if age <= delay else ("down", f"the last good look was {_minutes(age)} ago")
    if row.last_at - row.complete_until < STALE:
        return "live", ""
    if now - last.at < STALE:
        return "catching_up", ""
    return "down", f"nothing was received for {_minutes(now - last.at)}"


def _minutes(span: timedelta) -> str:
    return f"{span // timedelta(minutes=1):,} min"


class StoreWatch:
    """Looks when it is told to; `status` gives the last look, to any thread. Sets the gauges that a store can tell.

    Only the configured sources are judged; where none is configured, all that were ever heard.
    """

    def __init__(self, store: Store, metrics: Metrics, settings: Settings, now: Callable[[], datetime]) -> None:
        self._store, self._metrics, self._now = store, metrics, now
        self._configured = {(source.type, source.name) for source in settings.sources}
        self._delays: Mapping[str, timedelta] = max_delays(settings.sources)
        self._moved: dict[ShardName, Moved] = {}
        self._status = Status()
        self._looked_at = time.monotonic()

    def status(self) -> Status:
        """How sources and pipeline were at the last look."""
        return self._status

    def trouble(self) -> str:
        """Why the process that looks does not work; empty while it does; a store that is away is not its fault."""
        silent = time.monotonic() - self._looked_at
        return f"the store was not looked at for {silent:.0f} s" if silent > HUNG_AFTER else ""

    def look(self) -> None:
        """Look into the store.

        Raises:
            StoreUnavailable: not now; the gauge says so too.
        """
        now, self._looked_at = self._now(), time.monotonic()
        try:
            with self._store.reading() as connection:
                rows, watermark = sources(connection, now, now), live_watermark(connection)
        except AtalayaError:
            self._metrics.set(names.STORE_UP, 0)
            raise
        self._metrics.set(names.STORE_UP, 1)
        health = [self._judged(row, now) for row in rows if self._is_ours((row.source, row.shard))]
        heard = {(shard.source, shard.shard) for shard in health}
        health += [SourceHealth(*shard, "connecting", "not heard yet") for shard in sorted(self._configured - heard)]
        self._status = Status(sources=tuple(health), watermark=watermark)
        self._metrics.pre_create((), {shard.source for shard in health})
        source_gauges(self._metrics, health, now)
        if watermark is not None:
            self._metrics.set(names.WATERMARK_LAG, (now - watermark).total_seconds())

    def _is_ours(self, shard: ShardName) -> bool:
        return not self._configured or shard in self._configured

    def _judged(self, row: SourceRow, now: datetime) -> SourceHealth:
        shard = (row.source, row.shard)
        last = self._moved[shard] = moved(row, self._moved.get(shard), now)
        return health_of(row, last, now, self._delays.get(row.source, MAX_DELAY))
