"""Rows by many keys of several columns at once, found by an index on both databases."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, String, and_, tuple_
from sqlalchemy.sql.elements import ColumnElement


def among(columns: Sequence[Column[Any]], keys: Sequence[tuple[Any, ...]]) -> ColumnElement[bool]:
    """Match the rows whose `columns` are one of `keys`.

    SQLite compares `(a, b) IN ((1, 2), ...)` with every row of the table, whatever indexes there are. Each column's own
    list beside it lets it look up the few combinations that there can be.
    """
    lists = (column.in_(sorted(set(values))) for column, values in zip(columns, zip(*keys, strict=True), strict=False))
    return and_(*lists, tuple_(*columns).in_(keys))


def beside(column: Column[Any]) -> ColumnElement[Any]:
    """The same value, by which no index finds rows.

    SQLite keeps no statistics here. Where another column finds a few rows, it may go through all mentions of the brand
    instead, because they lie in the order that is asked for.
    """
    return column.concat("") if isinstance(column.type, String) else column + 0
