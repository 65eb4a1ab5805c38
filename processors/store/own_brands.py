"""The brands that one partition of a log acts on. With one partition that is every brand, and nothing is looked up."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Column, Connection, false, literal

from processors.store.progress import LogPartition
from processors.store.stored_brands import stored_brands

Own = Collection[str] | None
"""Names of brands; None: every brand."""


def own_brands(connection: Connection, log: LogPartition) -> set[str] | None:
    """Those brands of a partition that have mentions; nobody else gives them any."""
    return None if log.partitions == 1 else {name for name in stored_brands(connection) if log.owns(name)}


def among_own(brand: Column[Any], own: Own) -> tuple[Any, ...]:
    """The conditions that keep a statement to these brands; none when there is nothing to keep it from."""
    if own is None:
        return ()
    # as parameters one by one, since a list of them cannot be part of a statement that is run for many rows
    return (brand.in_([literal(name) for name in sorted(own)]) if own else false(),)
