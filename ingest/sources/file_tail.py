"""Follows a file that grows: where it stands, what is new, and whether it is still the same file."""

import hashlib
import os
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path

import msgspec

from ingest.sources.base import Dropped
from ingest.sources.file_open import is_compressed
from mentions.drops import Drop
from mentions.errors import Unavailable, UsageError

CHUNK = 131_072
"""Bytes read at once: some 400 posts, one transaction of the outbox."""

_MARK = 64  # bytes before our place that must still be the same


class Position(msgspec.Struct, frozen=True):
    """A place in a file, behind a whole record.

    `mark` is a digest of the bytes before it, so that another file is never taken for this one.
    """

    inode: int
    offset: int
    mark: str


@dataclass(frozen=True, slots=True)
class Step:
    """What one look at the file brought.

    Attributes:
        position: where to resume once `records` are safe; None: nothing is known yet.
        at_end: there is nothing more for now.
        lost: why records may have been missed, or "".
    """

    records: list[bytes | Dropped]
    position: Position | None
    at_end: bool
    lost: str = ""


@dataclass(slots=True)
class Splitter:
    """Cuts a growing stream into whole records, with their ends.

    Attributes:
        quoted: CSV: a line end between quotation marks belongs to the record.
        max_bytes: a longer record is dropped, and reading goes on behind its next line end.
        consumed: bytes of all the records that are done with.
    """

    quoted: bool
    max_bytes: int
    consumed: int = 0
    _pending: bytearray = field(default_factory=bytearray)
    _quotes: int = 0
    _skipped: int = 0

    def feed(self, data: bytes) -> list[bytes | Dropped]:
        """Take the next bytes and give the records that they complete."""
        records = (self._line(line) for line in _lines(data))
        return [record for record in records if record is not None]

    def rest(self) -> list[bytes | Dropped]:
        """Give what has no end: nothing more will come."""
        rest, self._pending = bytes(self._pending), bytearray()
        self.consumed += len(rest)
        return [rest] if rest else []

    def _line(self, line: bytes) -> bytes | Dropped | None:
        ended = line.endswith(b"\n")
        if self._skipped:
            self._skipped += len(line)
            if ended:
                self.consumed += self._skipped
                self._skipped = 0
            return None
        self._pending += line
        self._quotes += line.count(b'"') if self.quoted else 0
        too_large = len(self._pending) > self.max_bytes
        if not too_large and not (ended and self._quotes % 2 == 0):
            return None
        record, self._pending, self._quotes = bytes(self._pending), bytearray(), 0
        if ended:
            self.consumed += len(record)
        else:
            self._skipped = len(record)
        return Dropped(Drop.TOO_LARGE, f"more than {self.max_bytes:,} bytes in one record") if too_large else record


def first_record(head: bytes, quoted: bool, max_bytes: int) -> bytes | None:
    """Give the first record that is not blank, with the blank lines before it; None while it is not whole.

    Raises:
        UsageError: it is CSV and longer than `max_bytes`, which no header is.
    """
    start = b""
    for record in Splitter(quoted, max_bytes).feed(head):
        if isinstance(record, Dropped):
            if quoted:
                raise UsageError(f"the header has more than {max_bytes:,} bytes; a line of column names is right")
            return start
        start += record
        if record.strip():
            return start
    return None


class PipeRecords:
    """Cuts what comes through a pipe into records; attributes as `Tail`'s."""

    def __init__(self, is_csv: bool | None, max_bytes: int) -> None:
        self.is_csv = is_csv
        self.header: bytes | None = None
        self._max_bytes = max_bytes
        self._head = b""
        self._splitter: Splitter | None = None

    def feed(self, data: bytes) -> list[bytes | Dropped]:
        """Take the next bytes, or none at the end.

        Raises:
            UsageError: it is compressed, or begins with no header although it is CSV.
        """
        if self._splitter is not None:
            return self._splitter.feed(data) if data else self._splitter.rest()
        self._head += data
        if is_compressed(self._head):
            raise UsageError("standard input is compressed; unpack it on the way (zstd -dc, gzip -dc)")
        if not self._head.strip():
            return []
        quoted = self._head.lstrip()[:1] != b"{" if self.is_csv is None else self.is_csv
        if quoted:
            self.header = first_record(self._head, quoted, self._max_bytes)
            if self.header is None:
                return []
        self.is_csv, self._splitter = quoted, Splitter(quoted, self._max_bytes)
        records = self._splitter.feed(self._head[len(self.header or b"") :])
        return records if data else [*records, *self._splitter.rest()]


class Tail:
    """One file by its name, through rotation and truncation. Blocking; not for two threads at once.

    Attributes:
        is_csv: None until something stands in it, unless it was given.
        header: the file's first record with its end, once it is whole: the column names of CSV.
    """

    def __init__(self, path: str, position: Position | None, is_csv: bool | None, max_bytes: int) -> None:
        self.is_csv = is_csv
        self.header: bytes | None = None
        self._path, self._max_bytes = path, max_bytes
        self._position = position
        self._file: FileIO | None = None
        self._start = 0  # where the splitter began; it holds what was read and is not yet a whole record
        self._read_to = 0
        self._splitter = Splitter(False, max_bytes)

    def step(self) -> Step:
        """Read on.

        Raises:
            Unavailable: the file is not there or must not be read. UsageError: it is not one to follow.
        """
        lost = ""
        if self._file is None:
            self._file = self._open()
            lost = self._resume(self._file, "while nobody read it")
        elif not self._unchanged(self._file):
            lost = self._resume(self._file, "while it was read")
        if not self._know_header(self._file):
            return Step([], self._position, at_end=True, lost=lost)
        return self._advance(self._file, lost)

    def close(self) -> None:
        """Let the file go."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self) -> FileIO:
        if Path(self._path).is_dir():
            raise UsageError(f"{self._path}: is a folder; name a file in it")
        try:
            return open(self._path, "rb", buffering=0)
        except OSError as error:
            raise Unavailable(f"{self._path}: cannot be read: {error.strerror}") from error

    def _resume(self, file: FileIO, when: str) -> str:
        """Go to our place; to the start, with the reason, when this is no longer the file that we knew."""
        before = self._position
        same = before is not None and _is_there(file, before)
        self._start = self._read_to = before.offset if before and same else 0
        self._position = _position(file, self._start)
        self.header = None
        return f"{self._path} was replaced or cut short {when}" if before and not same else ""

    def _know_header(self, file: FileIO) -> bool:
        if self.header is not None:
            return True
        head = os.pread(file.fileno(), self._max_bytes + 1, 0)
        if is_compressed(head):
            raise UsageError(f"{self._path}: is compressed and cannot be followed; replay reads it")
        if not head.strip():
            return False
        quoted = head.lstrip()[:1] != b"{" if self.is_csv is None else self.is_csv
        self.header = first_record(head, quoted, self._max_bytes)
        if self.header is None:
            return False
        self.is_csv, self._splitter = quoted, Splitter(quoted, self._max_bytes)
        if quoted:  # the header is no record
            self._start = self._read_to = max(self._start, len(self.header))
        return True

    def _advance(self, file: FileIO, lost: str) -> Step:
        data = os.pread(file.fileno(), CHUNK, self._read_to)
        self._read_to += len(data)
        gone = not data and self._is_gone(file)
        records = self._splitter.rest() if gone else self._splitter.feed(data)
        position = self._position = _position(file, self._start + self._splitter.consumed)
        if gone:
            self.close()
            self._position = None
        return Step(records, position, at_end=len(data) < CHUNK and not gone, lost=lost)

    def _unchanged(self, file: FileIO) -> bool:
        long_enough = os.fstat(file.fileno()).st_size >= self._read_to
        return long_enough and self._position is not None and _is_there(file, self._position)

    def _is_gone(self, file: FileIO) -> bool:
        """Whether the name now means another file, or none: the old one will not grow any more."""
        try:
            return os.stat(self._path).st_ino != os.fstat(file.fileno()).st_ino
        except OSError:
            return True


def _position(file: FileIO, offset: int) -> Position:
    start = max(0, offset - _MARK)
    before = os.pread(file.fileno(), offset - start, start)
    return Position(os.fstat(file.fileno()).st_ino, offset, hashlib.blake2b(before, digest_size=8).hexdigest())


def _is_there(file: FileIO, place: Position) -> bool:
    return os.fstat(file.fileno()).st_size >= place.offset and place == _position(file, place.offset)


def _lines(data: bytes) -> list[bytes]:
    """Split after each line feed; unlike `bytes.splitlines`, nowhere else."""
    lines = [line + b"\n" for line in data.split(b"\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines
