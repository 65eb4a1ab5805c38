"""What the detectors make of a brand's closed ticks: thin glue between them and the store, in the folding transaction.

`Detection.fold` is the table of contents of detection. What it remembers is dropped with the worker's memory when a
transaction fails, and loaded anew.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from msgspec import msgpack
from sqlalchemy import Connection

from processors.detection import stories
from processors.detection.steps import AlertStep
from processors.detection.stories import Flagged, Stories
from processors.fold import BrandState, FoldMention
from processors.store import folding
from processors.store.detail import decode_detail
from processors.ticks import TimeRules

_State = TypeVar("_State")
_FLAGS = b'"flags"'


@dataclass(frozen=True, slots=True)
class Component(Generic[_State]):
    """A detector's memory as `brand_state` keeps it."""

    name: str
    version: int
    type: Any
    new: Callable[[], _State]


STORIES: Component[Stories] = Component(stories.NAME, stories.VERSION, Stories, dict)


@dataclass(slots=True)
class Folded:
    """What a fold of one brand came to: its mentions as they count now, and what is told of alerts."""

    mentions: list[FoldMention]
    steps: list[AlertStep] = field(default_factory=list)


class Detection:
    """The detectors of the brands of one partition."""

    def __init__(self, rules: TimeRules) -> None:
        self._rules = rules
        self._states: dict[tuple[str, str], tuple[int, Any]] = {}
        self.wake: dict[str, int] = {}
        """By brand, the first tick at which it must be folded even if nothing is said."""

    def fold(self, connection: Connection, brand: str, mentions: Sequence[FoldMention], until: int) -> Folded:
        """Fold a brand's mentions of closed ticks up to `until`, in order."""
        folded = Folded(list(mentions))
        on_time = [m for m in folded.mentions if not self._rules.is_late(m.source, m.created_at, m.fold_tick)]
        self._stories(connection, brand, on_time, until, folded)
        return folded

    def _stories(
        self, connection: Connection, brand: str, mentions: Iterable[FoldMention], until: int, folded: Folded
    ) -> None:
        before = self._load(connection, STORIES, brand)
        flagged = list(_flagged(mentions))
        if not before and not flagged:
            return
        after, steps = stories.fold_stories(brand, before, flagged, until)
        folded.steps += steps
        if after != before:
            self._save(connection, STORIES, brand, after, until)
        self._wake_at(brand, (story.last_tick + stories.QUIET for story in after.values()))

    def _wake_at(self, brand: str, ticks: Iterable[int]) -> None:
        first = min(ticks, default=None)
        if first is None:
            self.wake.pop(brand, None)
        else:
            self.wake[brand] = first

    def _load(self, connection: Connection, component: Component[_State], brand: str) -> _State:
        """What a component remembers of a brand. Another version's memory is begun anew."""
        key = brand, component.name
        if key not in self._states:
            stored = folding.load_state(connection, brand, component.name)
            if stored is None or stored.version != component.version:
                self._states[key] = (stored.rev if stored else 0, component.new())
            else:
                self._states[key] = stored.rev, msgpack.decode(stored.data, type=component.type)
        state: _State = self._states[key][1]
        return state

    def _save(
        self, connection: Connection, component: Component[_State], brand: str, state: _State, until: int
    ) -> None:
        key = brand, component.name
        rev = self._states[key][0]
        data = msgpack.encode(state)
        folding.save_state(connection, rev, BrandState(brand, component.name, component.version, rev + 1, until, data))
        self._states[key] = rev + 1, state


def _flagged(mentions: Iterable[FoldMention]) -> Iterable[Flagged]:
    """Those that must be told; the brand's own voice alerts nobody."""
    for mention in mentions:
        if mention.voice != "own" and mention.detail is not None and _FLAGS in mention.detail:
            flags = decode_detail(mention.detail).flags
            yield Flagged(
                mention.id, mention.author, mention.fold_tick, mention.label == "negative", mention.weight, flags
            )
