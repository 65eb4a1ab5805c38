"""What a fold sees: the mentions of closed ticks, in one order for ever. Pure.

Ticks without mentions cost nothing: a component that needs to age its state does so by arithmetic, from the tick that
it was last folded at to the one in hand.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from msgspec import Struct

from mentions.records import Label, Voice


class FoldMention(Struct, frozen=True, gc=False):
    """A stored mention as folding needs it; `author_id` is None once erased."""

    brand: str
    id: str
    source: str
    voice: Voice
    author_id: str | None
    created_at: datetime
    fold_tick: int
    label: Label
    weight: int


def in_order(mentions: Iterable[FoldMention]) -> list[FoldMention]:
    """By brand, then tick, then (event time, id): the order that every component is given."""
    return sorted(mentions, key=lambda m: (m.brand, m.fold_tick, m.created_at, m.id))


def by_brand(mentions: Iterable[FoldMention]) -> Iterator[tuple[str, list[FoldMention]]]:
    """Groups of what `in_order` gave."""
    for brand, group in groupby(mentions, key=lambda m: m.brand):
        yield brand, list(group)


@dataclass(frozen=True, slots=True)
class BrandState:
    """What one component remembers of one brand.

    Attributes:
        rev: counts its writes; 0: never written. folded_until: the last tick that is in `data`.
    """

    brand: str
    component: str
    version: int
    rev: int
    folded_until: int
    data: bytes = b""
