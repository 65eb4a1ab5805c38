"""Which column of a CSV file is which field of a post."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from ingest.sources.file_fields import FIELDS, IDENTIFIERS, is_scientific
from mentions.errors import UsageError

REQUIRED = ("text", "created_at")
_VERBATIM = frozenset({"text", "title", "created_at"})  # as given: the first two are read, the last makes identities


@dataclass(frozen=True, slots=True)
class Column:
    """One cell of each row: where it stands and what it is. `inner` is the part after the dot of `author.id`."""

    index: int
    name: str
    field: str
    outer: str
    inner: str


def parse_map(text: str) -> Mapping[str, str]:
    """Read `text=text,author.id=name`: which field of a post is taken from which column.

    A column whose name holds a comma is quoted as in CSV: `text=text,"url=Link, full"`.

    Raises:
        UsageError: a pair without `=`, an unknown field, a field given twice, or no text or time.
    """
    columns: dict[str, str] = {}
    for pair in next(csv.reader([text], skipinitialspace=True), []):
        field, mark, column = (part.strip() for part in pair.partition("="))
        if not (field and mark and column):
            raise UsageError(f"--map: {pair!r} is no pair; field=column is right, as in text=body")
        if field in columns:
            raise UsageError(f"--map: {field} is given twice, as {columns[field]!r} and as {column!r}")
        columns[field] = column
    return check_map(columns, "--map")


def check_map(columns: Mapping[str, str], where: str) -> Mapping[str, str]:
    """Check a map however it was given; `where` begins an error's sentence.

    Raises:
        UsageError: an unknown field, or no text or time.
    """
    for field in columns:
        if field not in FIELDS:
            raise UsageError(f"{where}: {field!r} is no field of a post; {_suggest(field, FIELDS)}")
    for field in REQUIRED:
        if field not in columns:
            raise UsageError(f"{where}: no column is given for {field}; a post needs {' and '.join(REQUIRED)}")
    return columns


def plan(header: Sequence[str], columns: Mapping[str, str] | None, name: str) -> list[Column]:
    """Find the columns; without a map, those that are named like a field.

    Raises:
        UsageError: a column is not there; it names the file `name` and the columns that there are.
    """
    places = {title: index for index, title in reversed(list(enumerate(header)))}  # of two columns the first
    if columns is None:
        columns = {field: field for field in FIELDS if field in places}
        for field in REQUIRED:
            if field not in columns:
                raise UsageError(
                    f"{name}: no column is named {field}; name one with --map, as in "
                    f"--map text=COLUMN,created_at=COLUMN. Its columns are: {_listed(header)}"
                )
    for field, title in columns.items():
        if title not in places:
            raise UsageError(f"{name}: {field} is mapped to {title!r}, which is no column; {_suggest(title, header)}")
    return [
        Column(places[title], title, field, field.partition(".")[0], field.partition(".")[2])
        for field, title in columns.items()
    ]


def ruined_columns(header: Sequence[str], rows: Iterable[Sequence[str]]) -> frozenset[str]:
    """Name the columns called something with `id` that hold numbers in scientific notation."""
    suspects = {index: title for index, title in enumerate(header) if "id" in title.lower()}
    found: set[str] = set()
    for row in rows:
        for index, title in suspects.items():
            if title not in found and index < len(row) and is_scientific(row[index]):
                found.add(title)
    return frozenset(found)


def without_ruined(columns: Sequence[Column], ruined: frozenset[str]) -> list[Column]:
    """Leave out the identifiers that stand in ruined columns."""
    return [column for column in columns if not (column.name in ruined and column.field in IDENTIFIERS)]


def to_raw(row: Sequence[str], columns: Sequence[Column]) -> dict[str, object]:
    """Arrange one row like a JSON record; empty cells are left out, they mean *unknown*."""
    raw: dict[str, object] = {}
    nested: dict[str, dict[str, object]] = {}
    for column in columns:
        cell = row[column.index]
        if column.field not in _VERBATIM:
            cell = cell.strip()
        if not cell:
            continue
        if column.inner:
            nested.setdefault(column.outer, {})[column.inner] = cell
        else:
            raw[column.outer] = cell
    raw.update(nested)
    return raw


def _suggest(wrong: str, right: Iterable[str]) -> str:
    names = list(right) if isinstance(right, Sequence) else sorted(right)
    near = get_close_matches(wrong.lower(), names, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    return f"{hint}There are: {_listed(names)}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
