"""The outbox's tables and how its file is opened."""

import sqlite3
from pathlib import Path

from mentions.errors import OutboxUnavailable

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS facts (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    # AUTOINCREMENT: an offset is never given twice, also after pruning everything
    "CREATE TABLE IF NOT EXISTS records (offset INTEGER PRIMARY KEY AUTOINCREMENT, payload BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS shards (source TEXT NOT NULL, shard TEXT NOT NULL, cursor TEXT, seq INTEGER NOT NULL,"
    " counts TEXT NOT NULL, gaps TEXT NOT NULL, PRIMARY KEY (source, shard)) WITHOUT ROWID",
    # keys are hashes keyed by the file's secret: what was forwarded, without holding who wrote what
    "CREATE TABLE IF NOT EXISTS seen (key BLOB PRIMARY KEY, author BLOB NOT NULL, content BLOB NOT NULL,"
    " brands TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS seen_author ON seen (author)",
    # what no broker takes: kept for a person, out of the way of the rest
    "CREATE TABLE IF NOT EXISTS refused (offset INTEGER PRIMARY KEY, at TEXT NOT NULL, reason TEXT NOT NULL,"
    " payload BLOB NOT NULL)",
)
BUSY_SECONDS = 5.0


def connect(path: Path, *, durable: bool) -> sqlite3.Connection:
    """Open the file; transactions are begun by hand.

    `durable=False` is for files that can be made again from their input (a replay's staging): a crash of the machine,
    not of the process, may then damage them.

    Raises:
        OutboxUnavailable: its folder is none and cannot be made.
        sqlite3.Error: the rest (`ingest.outbox_failures`).
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutboxUnavailable(f"{path}: its folder cannot be made: {error.strerror}") from error
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=BUSY_SECONDS)
    try:
        db.execute("PRAGMA journal_mode=WAL").fetchall()
        db.execute(f"PRAGMA synchronous={'FULL' if durable else 'OFF'}")
        db.execute("PRAGMA secure_delete=ON").fetchall()
    except BaseException:
        db.close()
        raise
    return db
