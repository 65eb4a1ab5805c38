"""All the records of one input, JSON Lines or CSV: what `replay` and `parse` read."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, islice
from typing import BinaryIO, Literal

from ingest.sources.base import Dropped, Item
from ingest.sources.csv_columns import plan, ruined_columns, to_raw, without_ruined
from ingest.sources.csv_rows import CsvRows
from ingest.sources.file_fields import Rules, ruined, to_item
from ingest.sources.file_lines import BoundedLines
from ingest.sources.file_notes import Notes
from ingest.sources.file_open import open_input, shown_name
from ingest.sources.jsonl import MAX_BYTES, decode, read_line
from ingest.sources.times import SAMPLE, detect, needs_order, reader
from mentions.drops import Drop
from mentions.errors import UsageError

Format = Literal["auto", "jsonl", "csv"]

_SAMPLE_BYTES = 16_000_000  # what is held in memory of a sample of very long records


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOptions:
    """How to read an input; the defaults suit a file in our own format.

    Attributes:
        columns: for CSV, field to column (`csv_columns.parse_map`); None: columns named like fields.
        time_format: `day-first`, `month-first` or a `strptime` pattern; None: detected.
        time_zone: IANA name for times that name none; None: UTC.
        source: of records that name none.
        received_at: for every record; None: the record's own time, as in a replay.
        max_bytes: longest line, or cell, that is read.
    """

    format: Format = "auto"
    columns: Mapping[str, str] | None = None
    time_format: str | None = None
    time_zone: str | None = None
    source: str = "file"
    received_at: datetime | None = None
    max_bytes: int = MAX_BYTES

    def rules(self) -> Rules:
        """Resolve zone and format. Raises UsageError when they are wrong."""
        return Rules(self.source, self.received_at, reader(self.time_format, self.time_zone))


def read_posts(
    path: str, options: FileOptions | None = None, notes: Notes | None = None, stdin: BinaryIO | None = None
) -> Iterator[tuple[int, Item]]:
    """Read one input in flat memory: exactly one item for each line of JSON Lines and each row of CSV.

    Data that break off add one item, the last, that says so.

    Args:
        path: a file, plain, gzip or zstd, or `-` for `stdin` (None: the process's own).
        options: None: the defaults.
        notes: collects what a person should hear: warnings, fields kept out.
        stdin: left open.

    Yields:
        Number and item. Lines count from 1; rows as a spreadsheet counts them, the header being 1.

    Raises:
        Unavailable: the file cannot be opened or read.
        UsageError: the options do not fit the file; nothing has been yielded before.
    """
    options, notes = options or FileOptions(), notes or Notes()
    rules = options.rules()
    name = shown_name(path)
    with open_input(path, stdin) as stream:
        lines = BoundedLines(stream, name, options.max_bytes)
        last = 0
        for last, item in _records(lines, name, options, rules, notes):
            yield last, item
        if lines.damage:
            notes.warn(f"{name}: {lines.damage}; what came before was read")
            yield last + 1, Dropped(Drop.NOT_JSON, lines.damage)


def _records(
    lines: BoundedLines, name: str, options: FileOptions, rules: Rules, notes: Notes
) -> Iterator[tuple[int, Item]]:
    if lines.look(0) is None:
        if not lines.damage:
            notes.warn(f"{name}: is empty")
        return
    form = _told_by_content(lines, name) if options.format == "auto" else options.format
    if form == "csv":
        yield from _csv(CsvRows(lines, name, notes, options.max_bytes), name, options, rules, notes)
        return
    if options.columns is not None:
        notes.warn(f"{name}: is JSON Lines; the column map is for CSV and was not used")
    rules = _with_order(_jsonl_times(lines, options.max_bytes), options, rules, f"{name}: created_at")
    for number, line in enumerate(lines, start=1):
        yield number, read_line(line, rules, notes, options.max_bytes)


def _csv(rows: CsvRows, name: str, options: FileOptions, rules: Rules, notes: Notes) -> Iterator[tuple[int, Item]]:
    columns = plan(rows.header, options.columns, name)
    head = list(_sample(rows))
    good = [row for row in head if not isinstance(row, Dropped)]
    if spoilt := ruined_columns(rows.header, good):
        notes.warn(f"{name}: {ruined(tuple(sorted(spoilt)))}")
        columns = without_ruined(columns, spoilt)
    time = next(column for column in columns if column.field == "created_at")
    rules = _with_order([row[time.index] for row in good], options, rules, f"{name}: {time.name}")
    for number, row in enumerate(chain(head, map(rows.fit, rows)), start=2):
        yield number, row if isinstance(row, Dropped) else to_item(to_raw(row, columns), rules, notes)


def _sample(rows: CsvRows) -> Iterator[list[str] | Dropped]:
    size = 0
    for row in islice(rows, SAMPLE):
        yield rows.fit(row)
        size += 0 if isinstance(row, Dropped) else sum(map(len, row))
        if size > _SAMPLE_BYTES:
            return


def _told_by_content(lines: BoundedLines, name: str) -> Format:
    start = b""
    for index in range(SAMPLE):
        start = (lines.look(index) or b"").lstrip()[:1]
        if start or lines.look(index) is None:
            break
    if start == b"[":
        raise UsageError(f"{name}: is one JSON list; one object on each line is right (jq -c '.[]' makes it so)")
    return "jsonl" if start == b"{" else "csv"


def _jsonl_times(lines: BoundedLines, max_bytes: int) -> Iterator[object]:
    """Times of the sample, unless the first one leaves no doubt: then a pipe's first line need not wait for others."""
    size, doubtful = 0, False
    for index in range(SAMPLE):
        line = lines.look(index)
        if line is None or size > _SAMPLE_BYTES:
            return
        size += len(line)
        raw = decode(line, max_bytes)
        given = None if isinstance(raw, Dropped) else raw.get("created_at")
        doubtful = doubtful or needs_order(given)
        if given is not None and not doubtful:
            return
        yield given


def _with_order(sample: Iterable[object], options: FileOptions, rules: Rules, where: str) -> Rules:
    """Settle the order of day and month, unless a person has said it."""
    if options.time_format is not None:
        return rules
    return replace(rules, times=detect(sample, rules.times.zone, where))
