"""Which mentions of a brand are near-duplicates: an index of the sketches of this hour and the last. Pure.

An hour's sketches lie in a `Generation`; when an hour ends, the one before the last is forgotten. What a generation
holds follows from its own hour's mentions alone, so that an index built anew from the mentions of two hours answers
like the one that was lost. Its memory has a bound, whatever comes in:

* a copy that adds nothing (all but one slot in eight as another of its cluster and hour) is not kept;
* of the kept, the newest `MOST` of an hour stay;
* a band's slot in the table holds one mention, the newest. A wrong candidate costs time only: all are verified.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count, islice, repeat
from typing import TypeVar

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from processors.detection.sketch import SLOTS, Slots, is_known, slots_of_all

BANDS, ROWS = 21, 3
"""One slot is in no band. Chosen with AGREEMENT on seeds 11 to 14 of benchmarks.campaigns (docs/campaigns.md)."""
AGREEMENT = 0.42
"""Share of slots that makes two mentions near-duplicates: about that share of their 4-grams."""
SAME = 0.875
"""Share of slots from which a copy is not kept beside the one that it copies."""
MOST = 1 << 14
"""Sketches kept of an hour."""
TICKS = 60
"""Of a generation; they begin at whole hours UTC."""

_FIRST_BITS, _GROWTH_BITS = 4, 2
_PLACE = np.uint32(MOST - 1)
_TAG = ~_PLACE
_ENOUGH, _ALIKE = math.ceil(AGREEMENT * SLOTS), math.ceil(SAME * SLOTS)
_BAND = np.arange(BANDS, dtype=np.int64)
# Odd numbers (xxHash's): the leading bits of a sum of products depend on every slot of the band.
_ROW = np.array([0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], dtype=np.uint64)


_Item = TypeVar("_Item")
_RUN = 64
"""Sketches that are made ready, and looked up, at once: NumPy's calls become cheap, and the run weighs nothing."""
Elsewhere = Callable[[Slots], str | None]
_NOTHING = (0, "")


class Run(Struct, frozen=True):
    """Sketches that are looked up one after the other; a row for each, and a column for each band.

    Attributes:
        keys: one number per band, equal where all slots of the band are. tags: their lowest bits, without `_PLACE`.
        alike: whether an earlier sketch of the run has the same tag in some band.
    """

    keys: NDArray[np.uint64]
    tags: NDArray[np.uint32]
    alike: NDArray[np.bool_]


class Probe(Struct, frozen=True):
    """A sketch, ready to be looked up: a row of a run."""

    slots: Slots
    run: Run
    row: int


def probes(sketches: Sequence[bytes]) -> list[Probe | None]:
    """Make sketches ready, all at once; None where there is none, or one of another version."""
    known = [is_known(data) for data in sketches]
    slots = slots_of_all(data for data, wanted in zip(sketches, known, strict=True) if wanted)
    first, second, third = np.moveaxis(slots[:, : BANDS * ROWS].astype(np.uint64).reshape(-1, BANDS, ROWS), 2, 0)
    keys = first * _ROW[0] + second * _ROW[1] + third * _ROW[2]
    tags = keys.astype(np.uint32) & _TAG
    ready = map(Probe, slots, repeat(Run(keys, tags, _alike_before(tags))), count())
    return [next(ready) if wanted else None for wanted in known]


def _alike_before(tags: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Whether an earlier row has the same tag in some band."""
    # the bits that a tag has not have room for its band
    _, firsts = np.unique(tags | _BAND.astype(np.uint32), return_index=True)
    repeated = np.ones(tags.shape, dtype=np.bool_)
    repeated.reshape(-1)[firsts] = False
    return np.logical_or.reduce(repeated, axis=1)  # type: ignore[no-any-return] # an array, for there are two axes


def with_probes(
    items: Iterable[_Item], sketch: Callable[[_Item], bytes | None]
) -> Iterator[tuple[_Item, Probe | None]]:
    """Each item with its sketch made ready, in order."""
    rest = iter(items)
    while run := list(islice(rest, _RUN)):
        yield from zip(run, probes([sketch(item) or b"" for item in run]), strict=True)


@dataclass(slots=True)
class Generation:
    """The sketches of one hour with their clusters.

    Attributes:
        bits: of the number of sketches that there is room for.
        added: how many were kept so far; the n-th lies at n modulo that room.
        table: for each band, by the leading bits of a key, the tag and the place of the newest sketch with such a key;
            twice as many cells for a band as there is room for sketches.
    """

    bits: int = _FIRST_BITS
    added: int = 0
    clusters: list[str] = field(default_factory=list)
    sketches: NDArray[np.uint16] = field(default_factory=lambda: np.zeros((1 << _FIRST_BITS, SLOTS), dtype=np.uint16))
    table: NDArray[np.uint32] = field(default_factory=lambda: _cells_for(_FIRST_BITS))

    def best(self, wanted: Probe, places: Iterable[int]) -> tuple[int, str]:
        """Of the sketches at these places: the most slots that agree, and that sketch's cluster; 0 and '' for none."""
        most, cluster = _NOTHING
        if self.added:
            for place in dict.fromkeys(places):
                agreeing = (self.sketches[place] == wanted.slots).tobytes().count(1)  # faster than NumPy counts
                if agreeing > most:
                    most, cluster = agreeing, self.clusters[place]
        return most, cluster

    def add(self, kept: Probe, cluster: str, cells: NDArray[np.int64]) -> None:
        """Keep a sketch in these cells of the table; the oldest goes when MOST are kept."""
        place = self.added % len(self.sketches)
        self.sketches[place] = kept.slots
        if place < len(self.clusters):
            self.clusters[place] = cluster
        else:
            self.clusters.append(cluster)
        self.table[cells] = kept.run.tags[kept.row] | np.uint32(place)
        self.added += 1

    def grow(self) -> bool:
        """Whether there was need for more room, and any allowed: then there is four times as much."""
        if self.added < len(self.sketches) or len(self.sketches) == MOST:
            return False
        old = self.sketches
        self.bits += _GROWTH_BITS
        self.sketches, self.table = np.zeros((1 << self.bits, SLOTS), dtype=np.uint16), _cells_for(self.bits)
        self.sketches[: len(old)] = old
        keys = old[:, : BANDS * ROWS].reshape(-1, BANDS, ROWS).astype(np.uint64) @ _ROW
        cells = (keys >> np.uint64(63 - self.bits)).view(np.int64) + (_BAND << (self.bits + 1))
        entries = keys.astype(np.uint32) & _TAG | np.arange(len(old), dtype=np.uint32)[:, None]
        for row, values in zip(cells, entries, strict=True):  # in their order: the newest stays
            self.table[row] = values
        return True


def _cells_for(bits: int) -> NDArray[np.uint32]:
    return np.zeros(BANDS << (bits + 1), dtype=np.uint32)


class Clusters:
    """The index of one brand: this hour's generation and the last hour's, whose tables are looked up as one.

    A run is looked up at once. Where neither the tables nor an earlier sketch of the run has a tag of a sketch, nothing
    that the run brings can make it a candidate, and most sketches are like no other.
    """

    def __init__(self) -> None:
        self.hour = -(2**40)
        self.current, self.last = Generation(), Generation()
        self._looked_up: Run | None = None
        self._join_tables()

    def turn(self, tick: int) -> None:
        """Go on to `tick`; what is older than the hour before its hour is forgotten."""
        hour = tick // TICKS
        if hour <= self.hour:
            return
        self.last = self.current if hour == self.hour + 1 else Generation()
        self.current, self.hour = Generation(), hour
        self._join_tables()

    def place(self, key: str, tick: int, data: bytes) -> str | None:
        """Take in a mention by its sketch, as `place_ready` does."""
        (wanted,) = probes([data])
        return None if wanted is None else self.place_ready(key, tick, wanted)

    def place_ready(self, key: str, tick: int, wanted: Probe, elsewhere: Elsewhere | None = None) -> str | None:
        """Take in a mention: the cluster that it joins, or None: it is like no other, and begins a cluster named `key`.

        Mentions come in the order of their ticks.

        Args:
            elsewhere: whom to ask for a cluster when no sketch of two hours is near enough.
        """
        self.turn(tick)
        current, last = self._best(wanted)
        shared, nearest = last if last[0] > current[0] else current
        cluster = nearest if shared >= _ENOUGH else None
        if cluster is None and elsewhere is not None:
            cluster = elsewhere(wanted.slots)
        self._keep(wanted, cluster or key, current)
        return cluster

    def keep(self, tick: int, kept: Probe, cluster: str) -> None:
        """Take in a mention of which it is known what cluster it is in."""
        self.turn(tick)
        self._keep(kept, cluster, self._best(kept)[0])

    def _look_up(self, run: Run) -> None:
        """Find the cells of a whole run: by row, generation and band; and which rows may have a candidate there."""
        cells = (run.keys[:, None] >> self._shifts).view(np.int64)
        cells += self._bands
        found = self._table.take(cells)
        found ^= run.tags[:, None]
        self._looked_up, self._cells = run, cells
        self._doubtful = (run.alike | (found.reshape(len(found), -1).min(axis=1) <= _PLACE)).tolist()

    def _best(self, wanted: Probe) -> tuple[tuple[int, str], tuple[int, str]]:
        """The best of this hour and of the last."""
        if self._looked_up is not wanted.run:
            self._look_up(wanted.run)
        if not self._doubtful[wanted.row]:
            return _NOTHING, _NOTHING
        found = self._table.take(self._cells[wanted.row])
        found ^= wanted.run.tags[wanted.row]
        found = found.reshape(-1)
        same = (found <= _PLACE).nonzero()[0]  # where the tags are the same, what is left is a place
        if not same.size:
            return _NOTHING, _NOTHING
        split, places = int(same.searchsorted(BANDS)), found[same].tolist()
        return self.current.best(wanted, places[:split]), self.last.best(wanted, places[split:])

    def _keep(self, kept: Probe, cluster: str, nearest: tuple[int, str]) -> None:
        if nearest[0] >= _ALIKE and nearest[1] == cluster:
            return
        if self.current.grow():
            self._join_tables()
            self._look_up(kept.run)
        self.current.add(kept, cluster, self._cells[kept.row, 0])

    def _join_tables(self) -> None:
        """Lay both tables side by side; the generations keep views of their parts. What was looked up is void."""
        self._looked_up = None
        current, last = self.current, self.last
        self._table = np.concatenate([current.table, last.table])
        split = len(current.table)
        current.table, last.table = self._table[:split], self._table[split:]
        self._shifts = np.array([[63 - current.bits], [63 - last.bits]], dtype=np.uint64)
        self._bands = np.stack([_BAND << (current.bits + 1), (_BAND << (last.bits + 1)) + split])


def rebuilt(rows: Iterable[tuple[str, int, bytes, str | None]]) -> Clusters:
    """The index after these mentions: (key, tick, sketch, cluster or None), in their order.

    Enough are those of the last mention's hour and of the hour before.
    """
    index = Clusters()
    for (key, tick, _, cluster), kept in with_probes(rows, lambda row: row[2]):
        if kept is not None:
            index.keep(tick, kept, cluster or key)
    return index
