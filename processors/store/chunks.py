"""Cuts long lists of keys into statements that both databases take."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

_Item = TypeVar("_Item")
SIZE = 400
"""Keys per statement: far below the number of variables that either database takes (SQLite: 32,766)."""


def chunks(items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    """Runs of at most `SIZE`."""
    for start in range(0, len(items), SIZE):
        yield items[start : start + SIZE]
