"""SQL of what spike detection saw at each mark: for panels, and for whoever asks why."""

from collections.abc import Sequence

from sqlalchemy import Connection

from processors.detection.spikes import SpikeTick
from processors.store.bulk import insert_ignoring
from processors.store.schema import spike_ticks


def save_ticks(connection: Connection, ticks: Sequence[SpikeTick]) -> None:
    """Write rows of marks, each once."""
    rows = [
        (t.brand, t.tick, t.negatives, t.total, t.expected, t.band_low, t.band_high, t.score, _state(t)) for t in ticks
    ]
    for _ in insert_ignoring(connection, spike_ticks, rows, ("tick",)):
        pass


def _state(tick: SpikeTick) -> str:
    return "incomplete" if tick.incomplete else "learning" if tick.learning else "usual"
