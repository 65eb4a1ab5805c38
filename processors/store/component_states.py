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
        self._kept: dict[tuple[str, str], _Kept] = {}

    def load(self, connection: Connection, component: Component[_State], brand: str) -> _State:
        """What a component remembers of a brand; it may be changed in place, and then be saved."""
        key = brand, component.name
        if key not in self._kept:
            stored = folding.load_state(connection, brand, component.name)
            if stored is None:
                new = component.new()
                self._kept[key] = _Kept(0, msgpack.encode(new), new)  # to remember nothing needs no row
            elif stored.version != component.version:
                self._kept[key] = _Kept(stored.rev, b"", component.new())
            else:
                self._kept[key] = _Kept(stored.rev, stored.data, msgpack.decode(stored.data, type=component.type))
        state: _State = self._kept[key].state
        return state

    def save(
        self,
        connection: Connection,
        component: Component[_State],
        brand: str,
        until: int,
        state: _State | None = None,
    ) -> None:
        """Write what is remembered, unless it is what is stored; `state` takes the place of the one that was loaded.

        Raises:
            NotOurs: somebody else has written it since it was loaded.
        """
        kept = self._kept[brand, component.name]
        if state is not None:
            kept.state = state
        data = msgpack.encode(kept.state)
        if data == kept.data:
            return
        saved = BrandState(brand, component.name, component.version, kept.rev + 1, until, data)
        folding.save_state(connection, kept.rev, saved)
        kept.rev, kept.data = kept.rev + 1, data
