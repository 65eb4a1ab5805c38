"""How lists are shown: a table to people, JSON, CSV or XLSX to programs."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec
import typer

from atalaya.exports import FileFormat, write_rows
from atalaya.headings import Lang
from mentions.errors import UsageError

if TYPE_CHECKING:
    from sqlalchemy import Connection

_WIDE = 240


def chosen_format(
    *, json: bool = False, jsonl: bool = False, csv: bool = False, xlsx: bool = False
) -> FileFormat | None:
    """The one format asked for; None: a table for people.

    Raises:
        UsageError: more than one.
    """
    flags: dict[FileFormat, bool] = {"json": json, "jsonl": jsonl, "csv": csv, "xlsx": xlsx}
    wanted = [name for name, on in flags.items() if on]
    if len(wanted) > 1:
        raise UsageError(f"--{' and --'.join(wanted)} exclude each other; give one")
    return wanted[0] if wanted else None


def language(text: str) -> Lang:
    """The language of headings.

    Raises:
        UsageError: it is neither en nor es.
    """
    if text == "en":
        return "en"
    if text == "es":
        return "es"
    raise UsageError(f"--lang {text}: headings are in en or es")


def export(
    rows: Iterable[Any], columns: Sequence[str], file_format: FileFormat, *, zone: str = "UTC", lang: Lang = "en"
) -> None:
    """Write rows (structs or mappings) to standard output."""
    plain = (row if isinstance(row, Mapping) else builtins_of(row) for row in rows)
    write_rows(plain, columns, file_format, sys.stdout.buffer, time_zone=ZoneInfo(zone), lang=lang)
    sys.stdout.buffer.flush()


def builtins_of(row: Any) -> dict[str, Any]:
    """A struct as plain values; times stay times."""
    return dict(msgspec.to_builtins(row, builtin_types=(datetime,)))


def zone_of(connection: "Connection", brands: Sequence[str] | None) -> str:
    """The time zone that people read: the brand's where one brand is asked for, UTC for several."""
    from processors.store.brands import current

    if not brands or len(brands) != 1:
        return "UTC"
    return next((entry.brand.time_zone for entry in current(connection) if entry.brand.name == brands[0]), "UTC")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[int] = ()) -> None:
    """Print a table that fits the terminal; `right`: columns of numbers."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for place, head in enumerate(heads):
        grid.add_column(head, justify="right" if place in right else "left", overflow="fold")
    for row in rows:
        grid.add_row(*row)
    console = Console(markup=False, highlight=False)
    if not console.is_terminal:  # a file or a pipe has no width to fit
        console.width = _WIDE
    console.print(grid)


def nothing(sentence: str) -> None:
    """Say on standard error that a list is empty, and what to do."""
    typer.echo(sentence, err=True)
