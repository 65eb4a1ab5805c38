"""The one place where an outbox's failures become errors that people can act on."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.outbox_records import DamagedError
from mentions.errors import OutboxUnavailable, UsageError

# Keys: SQLite's primary result codes.
_UNAVAILABLE = {
    sqlite3.SQLITE_BUSY: "another process holds the outbox; one outbox belongs to one running Atalaya",
    sqlite3.SQLITE_LOCKED: "another process holds the outbox; one outbox belongs to one running Atalaya",
    sqlite3.SQLITE_FULL: "the disk is full; nothing was lost, and writing goes on when there is room again",
    sqlite3.SQLITE_IOERR: "the operating system could not read or write it; check the disk and its free space",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; check that the folder exists and its permissions",
    sqlite3.SQLITE_READONLY: "it cannot be written; check the permissions of the file and its folder",
    sqlite3.SQLITE_PERM: "it may not be opened; check the permissions of the file and its folder",
}
_DAMAGED = "this file is damaged; move it away to start a new outbox, its unread records are in it"
_UNUSABLE = {
    sqlite3.SQLITE_NOTADB: "this is no SQLite file; name another one, or move it away to start a new outbox",
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_MISMATCH: _DAMAGED,
}


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn the failures of the block that a person can act on into errors of ours; let all others pass.

    Raises:
        OutboxUnavailable: locked, full or not accessible: the same call may succeed later.
        UsageError: not a database, or damaged: it will not.
    """
    try:
        yield
    except (DamagedError, UnicodeDecodeError) as error:  # what SQLite read is not what was written
        raise UsageError(f"{path}: {_DAMAGED} ({error})") from error
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest says more than a person needs
        if sentence := _UNAVAILABLE.get(code):
            raise OutboxUnavailable(f"{path}: {sentence}") from error
        if not code and "UTF-8" in str(error):  # Python's own, about what it was given
            code = sqlite3.SQLITE_CORRUPT
        if sentence := _UNUSABLE.get(code):
            raise UsageError(f"{path}: {sentence}") from error
        raise
