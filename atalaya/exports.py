"""Rows for other programs: JSON, JSON Lines, CSV and XLSX, written as they come.

JSON is for scripts: whole rows, times in UTC. CSV and XLSX are for spreadsheets: chosen columns, times in the brand's
zone without offset (the heading names the zone), and no cell that a spreadsheet would run or round.
"""

import codecs
import csv
import math
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from typing import Any, BinaryIO, Literal

import msgspec

from atalaya.headings import TIMES, Lang, heading
from mentions.codec import scrub
from mentions.errors import UsageError

FileFormat = Literal["json", "jsonl", "csv", "xlsx"]

Row = Mapping[str, Any]

XLSX_ROWS = 1_048_576
"""Rows of a sheet, its heading included (Excel's own limit)."""

# A cell that begins so is a formula to a spreadsheet, also in full width and behind blanks (OWASP, CSV injection).
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")
# Texts that a spreadsheet takes for numbers and changes: 007, more than 15 digits, 5e17.
_ROUNDED = re.compile(r"\s*(?:0\d+|\d{16,}|\d+(?:[.,]\d+)?[eE][+-]?\d+)\s*", re.ASCII)
_EXACT = 10**15  # Excel keeps 15 digits
_FIRST_EXCEL_YEAR = 1900
_WIDTHS: Mapping[str, int] = {"text": 80, "title": 40, "url": 40, "id": 30, "detail": 40}
_TRUTH: Mapping[Lang, tuple[str, str]] = {"en": ("false", "true"), "es": ("no", "sí")}
_USUAL_WIDTH, _TIME_WIDTH = 14, 22


def write_rows(
    rows: Iterable[Row],
    columns: Sequence[str],
    file_format: FileFormat,
    out: BinaryIO,
    *,
    time_zone: tzinfo = UTC,
    lang: Lang = "en",
) -> int:
    """Write rows and give their number; every row is written.

    Args:
        rows: may be a generator; JSON, JSON Lines and CSV hold one row in memory at a time, XLSX none.
        columns: for CSV and XLSX, in this order; `author.handle` reaches into a nested object, `intents.name` into each
            of a list. A row may lack some.
        file_format: what to write.
        out: binary; left open.
        time_zone: of times in CSV and XLSX.
        lang: of headings; `es` also makes CSV's delimiter `;` and its decimal sign a comma, as Spanish Excel reads it.

    Raises:
        UsageError: XLSX to a terminal, or of more rows than a sheet holds; nothing was written.
        ValueError: a column without a heading, or a time without a zone: a fault of the caller.
    """
    match file_format:
        case "json":
            return _write_json_list(rows, out)
        case "jsonl":
            return _write_json_lines(rows, out)
    headings = [heading(column, time_zone, lang) for column in columns]
    if file_format == "csv":
        return _write_csv(rows, columns, headings, out, time_zone, lang)
    return _write_xlsx(rows, columns, headings, out, time_zone)


def write_document(document: object, out: BinaryIO) -> None:
    """Write one value as one indented JSON document."""
    out.write(msgspec.json.format(_to_json(document), indent=2) + b"\n")


@contextmanager
def closed_pipe_is_no_error() -> Iterator[None]:
    """Let a reader of standard output go away early (`| head`): the block ends in silence."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # The interpreter flushes once more at exit; that must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _write_json_list(rows: Iterable[Row], out: BinaryIO) -> int:
    count = 0
    for count, row in enumerate(rows, start=1):
        out.write((b"[\n" if count == 1 else b",\n") + _to_json(row))
    out.write(b"\n]\n" if count else b"[]\n")
    return count


def _write_json_lines(rows: Iterable[Row], out: BinaryIO) -> int:
    count = 0
    for row in rows:
        out.write(_to_json(row) + b"\n")
        count += 1
    return count


def _to_json(value: object) -> bytes:
    plain = _in_utc(msgspec.to_builtins(value, builtin_types=(datetime,)))
    try:
        return msgspec.json.encode(plain)
    except UnicodeEncodeError:
        return msgspec.json.encode(_scrubbed(plain))


def _in_utc(value: Any) -> Any:
    match value:
        case datetime():
            return _aware(value).astimezone(UTC)
        case dict():
            return {key: _in_utc(item) for key, item in value.items()}
        case list() | tuple():
            return [_in_utc(item) for item in value]
    return value


def _scrubbed(value: Any) -> Any:
    match value:
        case str():
            return scrub(value)
        case dict():
            return {_scrubbed(key): _scrubbed(item) for key, item in value.items()}
        case list():
            return [_scrubbed(item) for item in value]
    return value


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        msg = f"naive time {moment!r}"
        raise ValueError(msg)
    return moment


def _value(row: Row, column: str, time_zone: tzinfo) -> Any:
    """The value for a cell: text, number, truth, date, time without zone, or None."""
    value: Any = row
    for part in column.split("."):
        value = _part(value, part)
    match value:
        case datetime():
            return _aware(value).astimezone(time_zone).replace(tzinfo=None)
        case str():
            return scrub(value).replace("\0", "\ufffd")
        case None | bool() | int() | float() | date():
            return value
        case list() | tuple() if all(isinstance(item, str | int | float) for item in value):
            return scrub(", ".join(map(str, value)))
    return _to_json(value).decode()


def _part(value: Any, part: str) -> Any:
    """The part of a nested object, or of each in a list of them."""
    match value:
        case Mapping():
            return value.get(part)
        case list() | tuple():
            return [_part(item, part) for item in value]
    return None


def _write_csv(
    rows: Iterable[Row], columns: Sequence[str], headings: Sequence[str], out: BinaryIO, time_zone: tzinfo, lang: Lang
) -> int:
    """RFC 4180 in UTF-8, with a byte order mark, without which Excel takes it for another encoding."""
    out.write(codecs.BOM_UTF8)
    writer = csv.writer(_Utf8(out), delimiter=";" if lang == "es" else ",")
    writer.writerow(headings)
    count = 0
    for row in rows:
        writer.writerow([_csv_cell(_value(row, column, time_zone), lang) for column in columns])
        count += 1
    return count


class _Utf8:
    """What `csv.writer` writes to: it hands over one whole row at a time."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def write(self, text: str) -> int:
        return self._out.write(text.encode())


def _csv_cell(value: Any, lang: Lang) -> str:
    match value:
        case None:
            return ""
        case str():
            return f"'{value}" if _FORMULA.match(value) or _ROUNDED.fullmatch(value) else value
        case bool():
            return _TRUTH[lang][value]
        case float():
            shown = repr(value) if math.isfinite(value) else ""
            return shown.replace(".", ",") if lang == "es" else shown
        case datetime():
            return value.isoformat(" ", "seconds")
    return str(value)


def _write_xlsx(
    rows: Iterable[Row], columns: Sequence[str], headings: Sequence[str], out: BinaryIO, time_zone: tzinfo
) -> int:
    """Write the sheet beside, then hand it over whole: what fails leaves no half of a file."""
    if out.isatty():
        msg = "an Excel file is not for the screen; name a file for it, or write > FILE.xlsx"
        raise UsageError(msg)
    import xlsxwriter  # slow to load (0.3 s), and few verbs need it

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.xlsx"
        workbook = xlsxwriter.Workbook(path, {"constant_memory": True, "tmpdir": folder})
        try:
            count = _fill_sheet(workbook, rows, columns, headings, time_zone)
        finally:
            workbook.close()
        with path.open("rb") as sheet:
            shutil.copyfileobj(sheet, out)
    return count


def _fill_sheet(
    workbook: Any, rows: Iterable[Row], columns: Sequence[str], headings: Sequence[str], time_zone: tzinfo
) -> int:
    sheet = workbook.add_worksheet("Atalaya")
    bold = workbook.add_format({"bold": True})
    formats = {
        datetime: workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        date: workbook.add_format({"num_format": "yyyy-mm-dd"}),
    }
    for number, (column, title) in enumerate(zip(columns, headings, strict=True)):
        width = _TIME_WIDTH if column in TIMES else _WIDTHS.get(column, _USUAL_WIDTH)
        sheet.set_column(number, number, width)
        sheet.write_string(0, number, title, bold)
    sheet.freeze_panes(1, 0)
    count = 0
    for count, row in enumerate(rows, start=1):
        if count >= XLSX_ROWS:
            msg = (
                f"a sheet holds {XLSX_ROWS - 1:,} rows and there are more; narrow with --since or --limit, or use --csv"
            )
            raise UsageError(msg)
        for number, column in enumerate(columns):
            _write_cell(sheet, count, number, _value(row, column, time_zone), formats)
    sheet.autofilter(0, 0, count, len(columns) - 1)
    return count


def _write_cell(sheet: Any, row: int, column: int, value: Any, formats: Mapping[Any, Any]) -> None:
    """Write a value with its type; a text is always a text, so nothing that people wrote becomes a formula."""
    match value:
        case None:
            return
        case bool():
            sheet.write_boolean(row, column, value)
        case int() if abs(value) < _EXACT:
            sheet.write_number(row, column, value)
        case float():
            if math.isfinite(value):
                sheet.write_number(row, column, value)
        case date() if value.year >= _FIRST_EXCEL_YEAR:
            sheet.write_datetime(row, column, value, formats[type(value)])
        case _:
            sheet.write_string(row, column, str(value))
