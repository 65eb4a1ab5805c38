"""What a fold sees: the mentions of closed ticks, in one order for ever. Pure.

Ticks without mentions cost nothing: a component that needs to age its state does so by arithmetic, from the tick that
it was last folded at to the one in hand.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from msgspec import Struct

from mentions.records import Kind, Label, Voice


class FoldMention(Struct, frozen=True, gc=False):
    """A stored mention as folding needs it.

    Attributes:
        key: the keyed hash of its post: the same before and after it is erased. author: the keyed hash of its author.
        author_id: None once erased, and so is `detail` (JSON of `processors.store.detail.Detail`).
        score: in [-1, 1]. weight: 0..1000, `text_weight` until a fold made something else of it.
        why: it is a mention (`mentions.records.Hit`).
        sketch: near-duplicate sketch; None: none was made. cluster: the key of the first of its near-duplicates.
        behaviour: what a fold found of it (JSON of `mentions.records.Reason`); None: nothing yet.
    """

    key: str
    author: str
    brand: str
    id: str
    source: str
    kind: Kind
    voice: Voice
    author_id: str | None
    created_at: datetime
    fold_tick: int
    lang: str
    label: Label
    score: float
    text_weight: int
    weight: int
    why: str = ""
    sketch: bytes | None = None
    cluster: str | None = None
    detail: bytes | None = None
    behaviour: str | None = None

    @property
    def is_copy(self) -> bool:
        """Whether a near-duplicate of it came before."""
        return self.cluster is not None and self.cluster != self.key


def in_order(mentions: Iterable[FoldMention]) -> list[FoldMention]:
    """By brand, then tick, then event time: the order that every component is given.

    Of one instant, by what outlives an erasure and is the same in every store; the key, which is a store's own, decides
    only between mentions that count alike.
    """
    return sorted(mentions, key=_place)


def _place(m: FoldMention) -> tuple[object, ...]:
    judged = (m.label or "", m.score or 0.0, m.text_weight or 0)
    return m.brand, m.fold_tick, m.created_at, m.source, judged, m.lang, m.sketch or b"", m.key


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
