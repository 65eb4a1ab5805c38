"""SQL of what spike detection saw at each mark: for panels, and for whoever asks why."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from processors.detection.spikes import SpikeTick
from processors.store.schema import spike_ticks
from processors.store.upserts import prepared, write_all


def save_ticks(connection: Connection, ticks: Sequence[SpikeTick]) -> None:
    """Write rows of marks, each once."""
    rows = [
        (t.brand, t.tick, t.negatives, t.total, t.expected, t.band_low, t.band_high, t.score, _state(t)) for t in ticks
    ]
    columns = tuple(column.name for column in spike_ticks.columns)
    write_all(connection, prepared(connection, _once(connection.dialect.name), spike_ticks, columns), rows)


@cache
def _once(dialect: str) -> Any:
    return (postgresql if dialect == "postgresql" else sqlite).insert(spike_ticks).on_conflict_do_nothing()


def _state(tick: SpikeTick) -> str:
    return "incomplete" if tick.incomplete else "learning" if tick.learning else "usual"
