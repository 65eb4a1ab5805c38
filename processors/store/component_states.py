"""What the components of the fold remember, by brand: loaded when it is needed, written when it has changed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from msgspec import msgpack
from sqlalchemy import Connection

from processors.fold import BrandState
from processors.store import folding

_State = TypeVar("_State")


@dataclass(frozen=True, slots=True)
class Component(Generic[_State]):
    """A component's memory as `brand_state` keeps it; another version's is begun anew."""

    name: str
    version: int
    type: Any
    new: Callable[[], _State]


@dataclass(slots=True)
class _Kept:
    rev: int
    data: bytes
    state: Any


class ComponentStates:
    """States of the brands of one partition. After a transaction that failed it may not be used again."""

    def __init__(self) -> None:
        self._stored: dict[str, dict[str, BrandState]] = {}
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._changed: list[BrandState] = []

    def load(self, connection: Connection, component: Component[_State], brand: str) -> _State:
        """What a component remembers of a brand; it may be changed in place, and then be noted."""
        key = brand, component.name
        if key not in self._kept:
            self._kept[key] = self._loaded(connection, component, brand)
        state: _State = self._kept[key].state
        return state

    def _loaded(self, connection: Connection, component: Component[_State], brand: str) -> _Kept:
        if brand not in self._stored:
            self._stored[brand] = folding.load_others(connection, brand)
        stored = self._stored[brand].pop(component.name, None)
        if stored is None:
            new = component.new()
            return _Kept(0, msgpack.encode(new), new)  # to remember nothing needs no row
        if stored.version != component.version:
            return _Kept(stored.rev, b"", component.new())
        return _Kept(stored.rev, stored.data, msgpack.decode(stored.data, type=component.type))

    def note(self, component: Component[_State], brand: str, until: int, state: _State | None = None) -> None:
        """Have what is remembered written by `save`, unless it is what is stored.

        Args:
            state: takes the place of the one that was loaded.
        """
        kept = self._kept[brand, component.name]
        if state is not None:
            kept.state = state
        data = msgpack.encode(kept.state)
        if data != kept.data:
            kept.rev, kept.data = kept.rev + 1, data
            self._changed.append(BrandState(brand, component.name, component.version, kept.rev, until, data))

    def save(self, connection: Connection) -> None:
        """Write what was noted."""
        if self._changed:
            folding.save_others(connection, self._changed)
            self._changed = []
