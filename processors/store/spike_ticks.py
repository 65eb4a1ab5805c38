"""SQL of what spike detection saw at each mark: for panels, and for whoever asks why."""

from collections.abc import Sequence

from sqlalchemy import Connection

from processors.detection.spikes import SpikeTick
from processors.store.schema import spike_ticks
from processors.store.upserts import insert


def save_ticks(connection: Connection, ticks: Sequence[SpikeTick]) -> None:
    """Write rows of marks, each once."""
    rows = [
        {
            "brand": tick.brand,
            "tick": tick.tick,
            "negatives": tick.negatives,
            "total": tick.total,
            "expected": tick.expected,
            "low": tick.band_low,
            "high": tick.band_high,
            "score": tick.score,
            "state": _state(tick),
        }
        for tick in ticks
    ]
    if rows:
        connection.execute(insert(connection, spike_ticks).on_conflict_do_nothing(), rows)


def _state(tick: SpikeTick) -> str:
    return "incomplete" if tick.incomplete else "learning" if tick.learning else "usual"
