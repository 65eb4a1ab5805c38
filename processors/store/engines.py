"""A SQLAlchemy engine set up so that both databases keep the same promises.

Promises: a committed transaction survives a power cut, a writer waits for another one instead of failing, readers
never block writers, a reading transaction sees one moment, and what is deleted is overwritten.
"""

import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event

from processors.store.targets import Target

PATIENCE = timedelta(seconds=5)
"""How long a writer waits for another one, and a connection for an answer."""
STOPPED_AFTER = timedelta(seconds=30)
"""How long a transaction in PostgreSQL may lie idle. A worker that was stopped in the middle of one (SIGSTOP, a machine
put to sleep, a cut network) would else hold its locks for ever, and who took its partition over would wait as long.
Ours compute for milliseconds between two statements."""
CACHE, WIDE_CACHE = 16_384, 196_608
"""KiB."""
_PRAGMAS = (
    # Order matters: without the wait, switching to WAL fails at once when two processes open a new file.
    "PRAGMA busy_timeout = {wait_ms}",
    "PRAGMA journal_mode = {journal}",
    # FULL: the log is pruned behind our commits, so that what the database has said to hold must be on the disk.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    # An erased text must not stay readable in free pages.
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",
    f"PRAGMA cache_size = -{CACHE}",  # per connection
    # Ids come in no order, so that a batch touches as many pages as it has rows; copying them back less often (32 MiB
    # instead of 4) saves a fifth of the CPU of an insert (docs/decisions.md).
    "PRAGMA wal_autocheckpoint = 8192",
    "PRAGMA journal_size_limit = 67108864",  # a WAL that one long reader made large is cut back to 64 MiB
)


def engine_for(target: Target, patience: timedelta = PATIENCE) -> Engine:
    """Make an engine that connects at its first use. Without options its transactions are a writer's.

    Its errors show statements but no values: those are people's words.
    """
    return _sqlite_engine(target, patience) if target.dialect == "sqlite" else _postgres_engine(target, patience)


def reading_engine(engine: Engine) -> Engine:
    """Take the same engine and pool for transactions that only read, each seeing one moment."""
    if engine.dialect.name == "sqlite":
        return engine.execution_options(begin="BEGIN")
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _sqlite_engine(target: Target, patience: timedelta) -> Engine:
    engine = create_engine(
        "sqlite://",
        creator=_sqlite_opener(target, patience),
        poolclass=QueuePool,
        pool_size=5,
        max_overflow=15,
        pool_timeout=patience.total_seconds(),
        hide_parameters=True,
    )

    # The driver would begin late and never IMMEDIATE; a writer that begins as a reader cannot wait its turn.
    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN IMMEDIATE"))

    return engine


@contextmanager
def wide_cache(connection: Connection) -> Iterator[None]:
    """Keep more of the file in memory while a connection reads the same weeks many times; SQLite only.

    At a million mentions a seventh of a review's time went into asking the system for the same pages again.
    """
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        connection.exec_driver_sql(f"PRAGMA cache_size = -{WIDE_CACHE}")
    try:
        yield
    finally:
        if sqlite:
            connection.exec_driver_sql(f"PRAGMA cache_size = -{CACHE}")


def _sqlite_opener(target: Target, patience: timedelta) -> Callable[[], sqlite3.Connection]:
    if target.path is None:
        # A database that all connections of this process share by its name; WAL needs a file.
        name, journal = f"file:/atalaya-{uuid.uuid4().hex}?vfs=memdb", "MEMORY"
    else:
        name, journal = target.path.absolute().as_uri(), "WAL"
    pragmas = [pragma.format(wait_ms=round(patience.total_seconds() * 1000), journal=journal) for pragma in _PRAGMAS]

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(name, uri=True, isolation_level=None, check_same_thread=False)
        try:
            for pragma in pragmas:
                connection.execute(pragma).close()
        except BaseException:
            connection.close()
            raise
        return connection

    return connect


def _postgres_engine(target: Target, patience: timedelta) -> Engine:
    assert target.url is not None  # noqa: S101 # a PostgreSQL target always has one
    seconds = max(2, round(patience.total_seconds()))  # libpq takes whole seconds and no fewer than 2
    engine = create_engine(
        target.url,
        pool_size=5,
        max_overflow=15,
        pool_timeout=patience.total_seconds(),
        hide_parameters=True,
        pool_pre_ping=True,
        connect_args={"connect_timeout": seconds, "application_name": "atalaya"},
    )

    @event.listens_for(engine, "connect")
    def limit_waiting(connection: Any, _record: object) -> None:  # psycopg's
        connection.execute(f"SET lock_timeout = '{patience.total_seconds()}s'")
        connection.execute(f"SET idle_in_transaction_session_timeout = '{STOPPED_AFTER.total_seconds()}s'")
        connection.commit()

    return engine
