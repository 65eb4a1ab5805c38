"""SQL of forgetting in alerts: their evidence outlives what it is about, without naming it."""

from collections.abc import Iterable

from sqlalchemy import Connection, Table, func, select, update

from processors.store.schema import alert_steps, alerts


def rename_in_alerts(connection: Connection, names: Iterable[tuple[str, str, str]]) -> None:
    """Put the ids of erased mentions in the place of theirs: (brand, id, erased id) each.

    Evidence and explanations hold ids between quotation marks, and neither text nor names.
    """
    by_brand: dict[str, list[tuple[str, str]]] = {}
    for brand, old, new in names:
        by_brand.setdefault(brand, []).append((old, new))
    for brand, pairs in by_brand.items():
        of_brand = select(alerts.c.id).where(alerts.c.brand == brand)
        if connection.execute(of_brand.limit(1)).first() is None:
            continue
        for old, new in pairs:
            _rename(connection, alerts, ("evidence", "explanation"), alerts.c.brand == brand, old, new)
            _rename(connection, alert_steps, ("evidence",), alert_steps.c.alert.in_(of_brand), old, new)


def _rename(connection: Connection, table: Table, columns: Iterable[str], mine: object, old: str, new: str) -> None:
    quoted = f'"{old}"'
    for column in columns:
        held = table.c[column].contains(quoted, autoescape=True)
        changed = {column: func.replace(table.c[column], quoted, f'"{new}"')}
        connection.execute(update(table).where(mine, held).values(changed))  # type: ignore[arg-type] # a condition
