"""Rows of a CSV file as people have them: any of three delimiters, old encodings, ragged rows, stray bytes."""

import csv
import re
from collections.abc import Iterator

from ingest.sources.base import Dropped
from ingest.sources.file_lines import BoundedLines
from ingest.sources.file_notes import Notes
from mentions.drops import Drop
from mentions.errors import UsageError

_DELIMITERS = ",;\t"  # of equally frequent ones the first
_QUOTED = re.compile(r'"[^"]*"')


class CsvRows:
    """Iterates over the rows after the header; one that cannot be read is a `Dropped`. Blank lines are no rows.

    Attributes:
        header: names of the columns, stripped; empty when the file is.

    Raises:
        UsageError: on construction, when the first line cannot be a header.
    """

    def __init__(self, lines: BoundedLines, name: str, notes: Notes, max_bytes: int) -> None:
        csv.field_size_limit(max_bytes)
        self._max_bytes = max_bytes
        self._lines = _TextLines(lines, notes, max_bytes)
        self._rows = csv.reader(self._lines, delimiter=_delimiter(lines.look(0) or b""))
        header = next(self, [])
        if isinstance(header, Dropped):
            raise UsageError(f"{name}: the header cannot be read: {header.detail}")
        self.header = [title.strip() for title in header]

    def __iter__(self) -> Iterator[list[str] | Dropped]:
        return self

    def __next__(self) -> list[str] | Dropped:
        row: list[str] = []
        while not row:
            self._began = self._lines.number + 1
            try:
                row = next(self._rows)
            except _CutError:
                raise StopIteration from None
            except _TooLongError:
                return Dropped(Drop.TOO_LARGE, f"more than {self._max_bytes:,} bytes in one line")
            except csv.Error as error:
                return self._unreadable(str(error))
        return row

    def fit(self, row: list[str] | Dropped) -> list[str] | Dropped:
        """Check the row just given against the header; empty cells beyond the header are forgiven."""
        width = len(self.header)
        if isinstance(row, Dropped) or len(row) == width or (len(row) > width and not any(row[width:])):
            return row
        return Dropped(Drop.BAD_FIELD, f"found {len(row)} cells{self._span()}, {width} as in the header are right")

    def _unreadable(self, error: str) -> Dropped:
        if "limit" in error:
            return Dropped(Drop.TOO_LARGE, f"more than {self._max_bytes:,} characters in a cell{self._span()}")
        found = "a carriage return within a row" if "new-line" in error else error
        return Dropped(Drop.BAD_FIELD, f"found {found}{self._span()}")

    def _span(self) -> str:
        """Where a row lies that takes more than one line, most often for a quotation mark that was never closed."""
        end = self._lines.number
        return f" over lines {self._began} to {end} (an unclosed quotation mark?)" if end > self._began else ""


def _delimiter(line: bytes) -> str:
    bare = _QUOTED.sub("", line.decode("latin-1"))
    return max(_DELIMITERS, key=bare.count)


class _TooLongError(Exception):
    """Ends the row that the line belongs to; iteration goes on with the next line."""


class _CutError(Exception):
    """Compressed data broke off within a row: its beginning must not pass for the whole."""


class _TextLines:
    """Decodes line by line, so that one damaged line does not spoil the others.

    Text that is UTF-8 is practically never anything else; a line that is not is read as Windows-1252, which Western
    spreadsheets save by default.
    """

    def __init__(self, lines: BoundedLines, notes: Notes, max_bytes: int) -> None:
        self.number = 0
        self._lines, self._notes, self._max_bytes = lines, notes, max_bytes

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        raw = next(self._lines, None)
        if raw is None:
            raise _CutError if self._lines.damage else StopIteration
        self.number += 1
        if len(raw) > self._max_bytes:
            raise _TooLongError
        try:
            return raw.decode()
        except UnicodeDecodeError:
            self._notes.warn(f"line {self.number} is not UTF-8; such lines are read as Windows-1252")
            return raw.decode("cp1252", "replace")
