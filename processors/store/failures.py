"""The one place where a database's failures become errors that people can act on."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from mentions.errors import AtalayaError, StoreUnavailable, UsageError

# What follows `the store PLACE`. Keys: SQLite's primary result codes.
_SQLITE_UNAVAILABLE = {
    sqlite3.SQLITE_BUSY: "is locked by another process; try again, or stop the other writer",
    sqlite3.SQLITE_LOCKED: "is locked by another connection of this process; try again",
    sqlite3.SQLITE_FULL: "has no space left on its disk; free some space, then try again",
    sqlite3.SQLITE_IOERR: "could not be read or written by the operating system; check its disk",
    sqlite3.SQLITE_CANTOPEN: "could not be opened; check that its folder exists and may be written",
    sqlite3.SQLITE_READONLY: "may not be written; check the permissions of the file and its folder",
    sqlite3.SQLITE_PERM: "may not be opened; check the permissions of the file and its folder",
}
_SQLITE_UNUSABLE = {
    sqlite3.SQLITE_NOTADB: "is not an SQLite database; name another file",
    sqlite3.SQLITE_CORRUPT: "is damaged; restore a backup, or save what is left with sqlite3's .recover",
}
# Keys: SQLSTATE, whole or its first two characters (PostgreSQL's manual, appendix A).
_POSTGRES_UNAVAILABLE = {
    "08": "lost the connection; try again",
    "25P03": "has undone a transaction that lay idle too long (was this process stopped?); try again",
    "40": "is busy with a conflicting change; try again",
    "53100": "has no space left on its disk; free some space, then try again",
    "53": "is short of memory, disk or connections; try again later",
    "55P03": "is locked by another process; try again, or stop the other writer",
    "57P": "is stopping or starting; try again",
    "58": "could not be read or written by its operating system; check its disk",
}
_POSTGRES_UNUSABLE = {
    "42501": "refuses this user; grant it the right to create and change tables",
    "25006": "is read-only here; name its primary server",
}


@contextmanager
def explained(place: str) -> Iterator[None]:
    """Turn the failures of the block that a person can act on into errors of ours; let all others pass.

    Raises:
        StoreUnavailable: locked, full, unreachable: the same call may succeed later.
        UsageError: not a database, damaged, or not permitted: it will not.
    """
    try:
        yield
    except PoolTimeout as error:
        msg = f"the store {place} has all its connections in use; try again"
        raise StoreUnavailable(msg) from error
    except (SQLAlchemyError, sqlite3.Error) as error:
        explanation = explain(error, place)
        if explanation is None:
            raise
        raise explanation from error


def explain(error: Exception, place: str) -> AtalayaError | None:
    """Say what `error` means to a person; None when it is a defect of ours (a wrong statement, a broken constraint)."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(origin, sqlite3.Error):
        return _explain_sqlite(origin, place)
    if isinstance(error, DBAPIError):
        return _explain_postgres(error, place)
    return None


def _explain_sqlite(error: sqlite3.Error, place: str) -> AtalayaError | None:
    # The low byte is the primary code, the rest says more than a person needs.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if not code and "decode to UTF-8" in str(error):  # Python's own, about what it was given
        code = sqlite3.SQLITE_CORRUPT
    if sentence := _SQLITE_UNAVAILABLE.get(code):
        return StoreUnavailable(f"the store {place} {sentence}")
    if sentence := _SQLITE_UNUSABLE.get(code):
        return UsageError(f"the store {place} {sentence}")
    return None


def _explain_postgres(error: DBAPIError, place: str) -> AtalayaError | None:
    state = getattr(error.orig, "sqlstate", None) or ""
    for key in (state, state[:3], state[:2]):
        if sentence := _POSTGRES_UNAVAILABLE.get(key):
            return StoreUnavailable(f"the store {place} {sentence}")
        if sentence := _POSTGRES_UNUSABLE.get(key):
            return UsageError(f"the store {place} {sentence}")
    if error.connection_invalidated or (not state and type(error).__name__ == "OperationalError"):
        reason = " ".join(str(error.orig).split("\n", maxsplit=1)[0].split())
        return StoreUnavailable(f"the store {place} cannot be reached ({reason}); check that PostgreSQL runs there")
    return None
