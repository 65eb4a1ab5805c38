"""Reading an outbox's records, and noticing when some are not where they must be.

SQLite has no checksums: a bit that flips in one of its own counts makes rows disappear, or come twice, without a word.
Offsets are consecutive, so that every such hole shows.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

Rows = list[tuple[int, bytes]]


class DamagedError(Exception):
    """What stands in the file is not what was written."""


_COLUMNS = (
    "key, value FROM facts",
    "offset, payload FROM records",
    "source, shard, cursor, seq, counts, gaps FROM shards",
    "key, author, content, brands, at FROM seen",
    "offset, at, reason, payload FROM refused",
)


def check_tables(db: sqlite3.Connection) -> None:
    """Their names and those of their columns stand in the file, too.

    Raises:
        DamagedError: they are others.
    """
    for columns in _COLUMNS:
        try:
            db.execute(f"SELECT {columns} LIMIT 0")  # our own words
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
                raise
            raise DamagedError(str(error)) from error


def read(db: sqlite3.Connection, pruned: str, after: int, limit: int, max_bytes: int | None) -> Rows:
    """Up to `limit` records behind offset `after`, in order; the last one is the one that reaches `max_bytes`.

    Args:
        pruned: name of the fact that says which offsets are gone.

    Raises:
        DamagedError: the file is damaged.
    """
    last = last_offset(db)
    rows, is_full = _select(db, after, limit, max_bytes)
    if _follow(rows, after) and (is_full or after + len(rows) >= last):
        return rows
    with _snapshot(db):  # others may have pruned or put aside meanwhile: all must be of one moment
        rows, is_full = _select(db, after, limit, max_bytes)
        gone = number(db, pruned)
        _check(db, rows, max(after, gone), rows[-1][0] if is_full else max(after, gone, last_offset(db)))
    return rows


def number(db: sqlite3.Connection, key: str) -> int:
    """A fact that is a number.

    Raises:
        DamagedError: it is gone, or none.
    """
    row = db.execute("SELECT value FROM facts WHERE key = ?", (key,)).fetchone()
    if row is None or not str(row[0]).removeprefix("-").isdecimal():
        raise DamagedError(f"{key} cannot be read")
    return int(row[0])


def last_offset(db: sqlite3.Connection) -> int:
    """The highest offset ever given; 0 in a new file."""
    row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'records'").fetchone()
    return int(row[0]) if row else 0


def _select(db: sqlite3.Connection, after: int, limit: int, max_bytes: int | None) -> tuple[Rows, bool]:
    """The records, and whether there may be more."""
    found = db.execute("SELECT offset, payload FROM records WHERE offset > ? ORDER BY offset LIMIT ?", (after, limit))
    if max_bytes is None:
        rows = found.fetchall()
        return rows, len(rows) == limit
    rows = []
    for row in found:
        rows.append(row)
        max_bytes -= len(row[1])
        if max_bytes <= 0:
            break
    found.close()
    return rows, max_bytes <= 0 or len(rows) == limit


def _follow(rows: Rows, after: int) -> bool:
    return all(offset == expected for expected, (offset, _) in enumerate(rows, after + 1))


def _check(db: sqlite3.Connection, rows: Rows, after: int, until: int) -> None:
    """Every offset in (`after`, `until`] is there, or was refused."""
    offsets = [offset for offset, _ in rows]
    (refused,) = db.execute("SELECT count(*) FROM refused WHERE offset > ? AND offset <= ?", (after, until)).fetchone()
    in_order = all(one < next_ for one, next_ in zip([after, *offsets], offsets, strict=False))
    if not in_order or len(offsets) + refused != until - after:
        raise DamagedError(f"records behind offset {after} are missing or out of order")


@contextmanager
def _snapshot(db: sqlite3.Connection) -> Iterator[None]:
    if db.in_transaction:
        yield
        return
    db.execute("BEGIN")
    try:
        yield
    finally:
        db.execute("ROLLBACK")
