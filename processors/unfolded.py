"""Which ticks hold mentions that no fold has seen, by brand, as the worker of these brands keeps count. Pure."""

from collections.abc import Iterable, Mapping


class Unfolded:
    """Begun with what the store holds, and kept in step with what arrives and what is folded."""

    def __init__(self, ticks: Mapping[str, Iterable[int]]) -> None:
        self._ticks = {brand: set(held) for brand, held in ticks.items()}

    def add(self, brand: str, tick: int) -> None:
        """Note that a mention waits in this tick."""
        self._ticks.setdefault(brand, set()).add(tick)

    def first(self) -> dict[str, int]:
        """The first tick of each brand that has any."""
        return {brand: min(ticks) for brand, ticks in self._ticks.items()}

    def last(self) -> dict[str, int]:
        """The last tick of each brand that has any."""
        return {brand: max(ticks) for brand, ticks in self._ticks.items()}

    def fold(self, brands: Iterable[str], until: int) -> None:
        """Note that these brands are folded up to the tick `until`."""
        for brand in brands:
            left = {tick for tick in self._ticks.pop(brand, ()) if tick > until}
            if left:
                self._ticks[brand] = left
