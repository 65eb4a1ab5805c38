"""Which mentions of a brand are near-duplicates: an index of the sketches of this hour and the last. Pure.

An hour's sketches lie in a `Generation`; when an hour ends, the one before the last is forgotten. What a generation
holds follows from its own hour's mentions alone, so that an index built anew from the mentions of two hours answers
like the one that was lost. Its memory has a bound, whatever comes in:

* a copy that adds nothing (all but one slot in eight as another of its cluster and hour) is not kept;
* of the kept, the newest `MOST` of an hour stay;
* a band's slot in the table holds one mention, the newest. A wrong candidate costs time only: all are verified.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from processors.detection.sketch import SLOTS, Slots, slots

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
_ENOUGH, _ALIKE = math.ceil(AGREEMENT * SLOTS), math.ceil(SAME * SLOTS)
_BAND = np.arange(BANDS, dtype=np.int64)
# Odd numbers (xxHash's): the leading bits of a sum of products depend on every slot of the band.
_ROW = np.array([0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class Probe:
    """A sketch, ready to be looked up.

    Attributes:
        keys: one number per band, equal where all slots of the band are. tags: their lowest bits, without `_PLACE`.
    """

    slots: Slots
    keys: NDArray[np.uint64]
    tags: NDArray[np.uint32]


def probe(data: bytes) -> Probe | None:
    """Make a sketch ready; None when there is none, or one of another version."""
    found = slots(data)
    if found is None:
        return None
    return _ready(found)


def _ready(sketch: Slots) -> Probe:
    keys = sketch[: BANDS * ROWS].reshape(BANDS, ROWS).astype(np.uint64) @ _ROW
    return Probe(sketch, keys, keys.astype(np.uint32) & ~_PLACE)


@dataclass(slots=True)
class Generation:
    """The sketches of one hour with their clusters.

    Attributes:
        added: how many were kept so far; the n-th lies at n modulo the capacity.
        table: for each band, by the leading bits of a key, the tag and the place of the newest sketch with such a key.
    """

    bits: int = 0
    added: int = 0
    clusters: list[str] = field(default_factory=list)
    sketches: NDArray[np.uint16] = field(init=False)
    table: NDArray[np.uint32] = field(init=False)
    _shift: np.uint64 = field(init=False)
    _bands: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        self._make_room(_FIRST_BITS)

    def best(self, wanted: Probe) -> tuple[int, str]:
        """Of the sketches that share a band: the most agreeing slots, and that sketch's cluster; 0 and '' for none."""
        if not self.added:
            return 0, ""
        found = self.table.take(self._cells(wanted.keys))
        found ^= wanted.tags
        places = found[found <= _PLACE]  # the tags are the same: what is left is a place
        if not places.size:
            return 0, ""
        agreeing = (self.sketches.take(places, axis=0) == wanted.slots).sum(axis=1)
        first = int(agreeing.argmax())
        return int(agreeing[first]), self.clusters[places[first]]

    def add(self, kept: Probe, cluster: str) -> None:
        """Keep a sketch; the oldest goes when MOST are kept."""
        if self.added == len(self.sketches) < MOST:
            self._grow()
        place = self.added % len(self.sketches)
        self.sketches[place] = kept.slots
        if place < len(self.clusters):
            self.clusters[place] = cluster
        else:
            self.clusters.append(cluster)
        self.table[self._cells(kept.keys)] = kept.tags | np.uint32(place)
        self.added += 1

    def _cells(self, keys: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Where in the table the bands' keys lead to."""
        cells = (keys >> self._shift).view(np.int64)
        cells += self._bands
        return cells

    def _make_room(self, bits: int) -> None:
        """Empty room for 2 to the power of `bits` sketches; for each band twice as many cells."""
        self.bits, self._shift, self._bands = bits, np.uint64(63 - bits), _BAND << (bits + 1)
        self.sketches = np.zeros((1 << bits, SLOTS), dtype=np.uint16)
        self.table = np.zeros(BANDS << (bits + 1), dtype=np.uint32)

    def _grow(self) -> None:
        old, names, self.clusters, self.added = self.sketches, self.clusters, [], 0
        self._make_room(self.bits + _GROWTH_BITS)
        for row, cluster in zip(old, names, strict=True):
            self.add(_ready(row), cluster)


Elsewhere = Callable[[Slots], str | None]


@dataclass(slots=True)
class Clusters:
    """The index of one brand. hour: of the newest mention, in hours since 1970."""

    hour: int = -(2**40)
    current: Generation = field(default_factory=Generation)
    last: Generation = field(default_factory=Generation)

    def turn(self, tick: int) -> None:
        """Go on to `tick`; what is older than the hour before its hour is forgotten."""
        hour = tick // TICKS
        if hour <= self.hour:
            return
        self.last = self.current if hour == self.hour + 1 else Generation()
        self.current, self.hour = Generation(), hour

    def find(self, wanted: Probe) -> str | None:
        """The cluster of the nearest sketch, if any is near enough."""
        return self._nearest(wanted, self.current.best(wanted))

    def _nearest(self, wanted: Probe, current: tuple[int, str]) -> str | None:
        last = self.last.best(wanted)
        shared, cluster = last if last[0] > current[0] else current
        return cluster if shared >= _ENOUGH else None

    def keep(self, kept: Probe, cluster: str) -> None:
        """Remember a sketch of the present hour as one of `cluster`."""
        self._keep(kept, cluster, self.current.best(kept))

    def _keep(self, kept: Probe, cluster: str, nearest: tuple[int, str]) -> None:
        if nearest[0] < _ALIKE or nearest[1] != cluster:
            self.current.add(kept, cluster)

    def place(self, key: str, tick: int, data: bytes, elsewhere: Elsewhere | None = None) -> str | None:
        """Take in a mention: the cluster that it joins, or None: it is like no other, and begins a cluster named `key`.

        Mentions come in the order of their ticks.

        Args:
            elsewhere: whom to ask for a cluster when no sketch of two hours is near enough.
        """
        self.turn(tick)
        wanted = probe(data)
        if wanted is None:
            return None
        current = self.current.best(wanted)
        cluster = self._nearest(wanted, current)
        if cluster is None and elsewhere is not None:
            cluster = elsewhere(wanted.slots)
        self._keep(wanted, cluster or key, current)
        return cluster


def rebuilt(rows: Iterable[tuple[str, int, bytes, str | None]]) -> Clusters:
    """The index after these mentions: (key, tick, sketch, cluster or None), in their order.

    Enough are those of the last mention's hour and of the hour before.
    """
    index = Clusters()
    for key, tick, data, cluster in rows:
        index.turn(tick)
        kept = probe(data)
        if kept is not None:
            index.keep(kept, cluster or key)
    return index
