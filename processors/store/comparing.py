"""SQL of comparing derived tables with their shadows: how many rows differ, and which come first."""

from typing import Any, Literal

from msgspec import Struct, structs
from sqlalchemy import ColumnElement, Connection, FromClause, RowMapping, Select, and_, func, select

from processors.store.shadows import Shadow

Kind = Literal["missing", "surplus", "different"]


class Change(Struct, frozen=True):
    """One column of a row; None also where there is no row."""

    column: str
    stored: Any
    recomputed: Any


class Difference(Struct, frozen=True):
    """One row that is not as it must be.

    Attributes:
        kind: `missing` in the store, `surplus` in it, or there with `different` values.
        key: its primary key, and what else tells people which row it is.
        changes: the columns that differ; all of them where the row is missing or surplus.
    """

    kind: Kind
    key: dict[str, Any]
    changes: tuple[Change, ...]


class TableReport(Struct, frozen=True, kw_only=True):
    """One table.

    Attributes:
        columns: what was compared besides the key.
        rows: stored ones: equal + surplus + different.
        first: the first rows that differ, in the order of their keys.
    """

    table: str
    columns: tuple[str, ...]
    rows: int
    equal: int
    missing: int
    surplus: int
    different: int
    first: tuple[Difference, ...]

    @property
    def wrong(self) -> int:
        """Rows that are not as they must be."""
        return self.missing + self.surplus + self.different


class Report(Struct, frozen=True, kw_only=True):
    """What recomputing found.

    Attributes:
        equal: every derived table was as it must be.
        swapped: the rows that were not are so now.
        refold: every mention was given the minute of its event time.
        mentions: how many the store holds.
    """

    equal: bool
    swapped: bool
    refold: bool
    mentions: int
    tables: tuple[TableReport, ...]

    def table(self, name: str) -> TableReport:
        """The report of one table."""
        return next(entry for entry in self.tables if entry.table == name)

    def as_swapped(self) -> "Report":
        """The same, with the differing rows in place."""
        return structs.replace(self, swapped=True)


def compare(connection: Connection, shadow: Shadow, limit: int) -> TableReport:
    """Compare one table; tell at most `limit` rows that differ."""
    rows = _count(connection, shadow.stored, *shadow.mine)
    different = _count(connection, *_different(shadow))
    surplus = _count(connection, *_surplus(shadow)) if shadow.whole else 0
    missing = _count(connection, *_missing(shadow)) if shadow.whole else 0
    return TableReport(
        table=shadow.name,
        columns=shadow.columns,
        rows=rows,
        equal=rows - surplus - different,
        missing=missing,
        surplus=surplus,
        different=different,
        first=_first(connection, shadow, limit) if missing or surplus or different else (),
    )


Chosen = tuple[FromClause, ColumnElement[bool]]
"""Rows of a table or join, and which of them."""


def _different(shadow: Shadow) -> Chosen:
    return shadow.shadow.join(shadow.stored, shadow.same_row()), and_(shadow.differs(), *shadow.mine)


def _surplus(shadow: Shadow) -> Chosen:
    joined = shadow.stored.outerjoin(shadow.shadow, shadow.same_row())
    return joined, and_(shadow.shadow.c[shadow.keys[0]].is_(None), *shadow.mine)


def _missing(shadow: Shadow) -> Chosen:
    return shadow.shadow.outerjoin(shadow.stored, shadow.same_row()), shadow.stored.c[shadow.keys[0]].is_(None)


def _count(connection: Connection, rows: FromClause, *where: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(rows).where(*where)).scalar_one()


def _first(connection: Connection, shadow: Shadow, limit: int) -> tuple[Difference, ...]:
    chosen: list[tuple[Kind, Chosen]] = [("different", _different(shadow))]
    if shadow.whole:
        chosen += [("surplus", _surplus(shadow)), ("missing", _missing(shadow))]
    found = [
        (kind, row)
        for kind, rows in chosen
        for row in connection.execute(_side_by_side(shadow, kind, rows, limit)).mappings()
    ]
    found.sort(key=lambda entry: [entry[1][name] for name in shadow.keys])
    return tuple(_difference(shadow, kind, row) for kind, row in found[:limit])


def _side_by_side(shadow: Shadow, kind: Kind, rows: Chosen, limit: int) -> Select[Any]:
    """Both rows in one, with the key of the one that there is."""
    present = shadow.shadow if kind == "missing" else shadow.stored
    keys = [present.c[name] for name in (*shadow.keys, *shadow.shown)]
    stored = [shadow.stored.c[name].label(f"stored_{name}") for name in shadow.columns]
    recomputed = [shadow.shadow.c[name].label(f"recomputed_{name}") for name in shadow.columns]
    order = [present.c[name] for name in shadow.keys]
    joined, which = rows
    return select(*keys, *stored, *recomputed).select_from(joined).where(which).order_by(*order).limit(limit)


def _difference(shadow: Shadow, kind: Kind, row: RowMapping) -> Difference:
    changes = (Change(name, row[f"stored_{name}"], row[f"recomputed_{name}"]) for name in shadow.columns)
    return Difference(
        kind=kind,
        key={name: row[name] for name in (*shadow.keys, *shadow.shown)},
        changes=tuple(change for change in changes if kind != "different" or change.stored != change.recomputed),
    )
