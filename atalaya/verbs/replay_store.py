"""`atalaya replay-store`: recompute what is derived from the stored mentions, compare, and put it in place if asked."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atalaya.verbs import options

if TYPE_CHECKING:
    from processors.store.comparing import Difference, Report
    from processors.store.opening import Store

app = typer.Typer(rich_markup_mode=None)


@app.command(epilog="Example: atalaya replay-store --refold --swap")
def replay_store(
    swap: Annotated[
        bool,
        typer.Option("--swap", help="Put recomputed rows in the place of those that differ. Stop the workers first."),
    ] = False,
    refold: Annotated[
        bool,
        typer.Option("--refold", help="Judge every mention in its own minute, as if none had come late."),
    ] = False,
    limit: Annotated[int, typer.Option("--limit", min=0, help="Show so many differing rows of each table.")] = 10,
    store: options.StoreUrl = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> int:
    """Prove a store right: recompute every derived table from its mentions, and show what differs.

    Minutes of judgement and weights are recomputed from the mentions' times and text weights; buckets, author days and
    authors' first and last times from the mentions that are not erased. Nothing is matched or judged again, and what
    people wrote is never touched. Ends with 0 when all is equal or put in place, with 1 when something differs.
    """
    import sys

    from atalaya.exports import write_document
    from atalaya.verbs.replaying import Progress
    from processors.store.recomputing import replay_store as run

    with options.store_to_read(config, store) as opened:
        with Progress() as progress:
            report = run(opened, swap=swap, refold=refold, limit=limit, tell=progress.tell)
        if as_json:
            write_document(report, sys.stdout.buffer)
        else:
            _show(report, opened)
    return 0 if report.equal or report.swapped else 1


def _show(report: "Report", store: "Store") -> None:
    from atalaya.verbs.showing import table

    heads = ("table", "rows", "equal", "missing", "surplus", "different")
    rows = [
        (t.table, *(f"{count:,}" for count in (t.rows, t.equal, t.missing, t.surplus, t.different)))
        for t in report.tables
    ]
    table(heads, rows, right=range(1, 6))
    if any(t.first for t in report.tables):
        zones = _zones(store)
        lines = [line for t in report.tables for found in t.first for line in _lines(t.table, found, zones)]
        table(("table", "brand", "time", "row", "column", "stored", "recomputed"), lines)
        typer.echo("Times are those of each brand's zone; days are UTC.", err=True)
    typer.echo(_sentence(report), err=True)


def _sentence(report: "Report") -> str:
    wrong = sum(table.wrong for table in report.tables)
    rows = "1 row" if wrong == 1 else f"{wrong:,} rows"
    if report.equal:
        return f"Equal: every derived row follows from the {report.mentions:,} stored mentions."
    if report.swapped:
        return f"Put in place: {rows} as recomputed."
    again = "atalaya replay-store --refold --swap" if report.refold else "atalaya replay-store --swap"
    return f"Not equal: {rows}; nothing was changed. `{again}` puts what was recomputed in place."


def _zones(store: "Store") -> dict[str, str]:
    from processors.store.brands import current

    with store.reading() as connection:
        return {version.brand.name: version.brand.time_zone for version in current(connection)}


def _lines(table: str, found: "Difference", zones: Mapping[str, str]) -> list[tuple[str, ...]]:
    """One line per column that differs; one for a row that is missing or surplus."""
    from atalaya.live_list import printable

    key = dict(found.key)
    brand = key.pop("brand", "")
    zone = zones.get(brand, "UTC")
    time = " ".join(_words(name, key.pop(name), zone) for name in ("start", "created_at", "day") if name in key)
    row = (table, brand, time, " ".join(printable(str(value)) for value in key.values()))
    if found.kind == "different":
        return [
            (
                *row,
                change.column,
                _words(change.column, change.stored, zone),
                _words(change.column, change.recomputed, zone),
            )
            for change in found.changes
        ]
    side = "recomputed" if found.kind == "missing" else "stored"
    values = {change.column: getattr(change, side) for change in found.changes}
    whole = ", ".join(f"{name} {_words(name, value, zone)}" for name, value in values.items() if value)
    return [(*row, "(whole row)", *(("no row", whole) if found.kind == "missing" else (whole, "no row")))]


def _words(column: str, value: Any, zone: str) -> str:
    """A value as people read it; one that is no time at all as it stands."""
    from zoneinfo import ZoneInfo

    from mentions.clock import EPOCH, tick_start

    if value is None:
        return "none"
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    try:
        if column == "day":
            return f"{EPOCH + timedelta(days=value):%Y-%m-%d}"
        moment = tick_start(value) if column == "fold_tick" else value
    except OverflowError:
        return str(value)
    if not isinstance(moment, datetime):
        return str(value)
    seconds = ":%S" if column in ("first_at", "last_at") else ""
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M{seconds}}"
