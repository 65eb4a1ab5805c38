"""Shadow tables: what the derived tables must hold, beside what they hold.

They are temporary tables of one connection, on both databases. So they vanish with their process however it ends, need
neither migration nor clean-up, never enter the database's own log, and leave no author's id behind on the disk. In
SQLite they lie in a file of their own, so that filling them holds up no writer.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table, and_, or_
from sqlalchemy.sql.elements import ColumnElement

from processors import author_days as days
from processors.store.failures import explained
from processors.store.folding import DAY_SUMS
from processors.store.opening import Store
from processors.store.schema import BUCKET_COUNTS, author_days, authors, brand_state, buckets, mentions

_metadata = MetaData()


@dataclass(frozen=True, slots=True)
class Shadow:
    """A stored table and its shadow.

    Attributes:
        keys: the primary key. columns: what is recomputed of a row; the stored row's other columns are left alone.
        whole: the shadow has every row, so that stored rows can be missing or surplus; else only rows to be changed.
        mine: which stored rows are meant.
        shown: columns of a stored row that tell people which one it is.
    """

    stored: Table
    shadow: Table
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    whole: bool = True
    mine: tuple[ColumnElement[bool], ...] = ()
    shown: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The stored table's name."""
        return str(self.stored.name)

    def same_row(self) -> ColumnElement[bool]:
        """Join condition: both rows have the same key."""
        return and_(*(self.stored.c[name] == self.shadow.c[name] for name in self.keys))

    def differs(self) -> ColumnElement[bool]:
        """Of two rows with the same key, whether a recomputed column differs."""
        return or_(*(self.stored.c[name].is_distinct_from(self.shadow.c[name]) for name in self.columns))


def _shadow(
    stored: Table,
    keys: tuple[str, ...],
    columns: tuple[str, ...],
    *,
    whole: bool = True,
    mine: tuple[ColumnElement[bool], ...] = (),
    shown: tuple[str, ...] = (),
) -> Shadow:
    shadow = Table(
        f"shadow_{stored.name}",
        _metadata,
        *(Column(name, stored.c[name].type, primary_key=True) for name in keys),
        *(Column(name, stored.c[name].type) for name in columns),
        prefixes=["TEMPORARY"],
        sqlite_with_rowid=False,
    )
    return Shadow(stored, shadow, keys, columns, whole, mine, shown)


MENTIONS = _shadow(mentions, ("id", "brand"), ("fold_tick", "weight"), whole=False, shown=("created_at",))
BUCKETS = _shadow(buckets, ("brand", "start", "source", "lang", "voice"), BUCKET_COUNTS)
AUTHOR_DAYS = _shadow(author_days, ("brand", "source", "author_id", "day"), DAY_SUMS)
AUTHORS = _shadow(authors, ("source", "author_id"), ("first_at", "last_at"))
BRAND_STATE = _shadow(
    brand_state,
    ("brand", "component"),
    ("version", "data"),
    whole=False,
    mine=(brand_state.c.component == days.NAME,),
)
SHADOWS = (MENTIONS, BUCKETS, AUTHOR_DAYS, AUTHORS, BRAND_STATE)
"""Every derived table. An author's handle, name and followers stand nowhere else and cannot be recomputed; how far a
brand is folded (`folded_until`) is what recomputation starts from."""


class Session:
    """One connection with empty shadow tables; the only one that sees them. Its transactions follow each other."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._sqlite = connection.dialect.name == "sqlite"

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """One moment of the store, which it cannot change; writers go on beside it. Shadow tables can be filled."""
        self._set(sqlite_begin="BEGIN", isolation_level="REPEATABLE READ", read_only=True)
        with self._connection.begin():
            yield self._connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that may write; each statement sees what others have committed."""
        self._set(sqlite_begin="BEGIN IMMEDIATE", isolation_level="READ COMMITTED", read_only=False)
        with self._connection.begin():
            yield self._connection

    def create(self) -> None:
        """Make the shadow tables."""
        self._set(sqlite_begin="BEGIN", isolation_level="READ COMMITTED", read_only=False)
        with self._connection.begin():
            _metadata.create_all(self._connection, checkfirst=False)

    def _set(self, *, sqlite_begin: str, isolation_level: Any, read_only: bool) -> None:
        if self._sqlite:
            self._connection.execution_options(begin=sqlite_begin)
        else:
            self._connection.execution_options(isolation_level=isolation_level, postgresql_readonly=read_only)


@contextmanager
def shadow_session(store: Store) -> Iterator[Session]:
    """Open a connection with shadow tables, which are gone at the end of the block.

    Raises:
        StoreUnavailable: as `Store.reading`.
    """
    with explained(store.place), store.engine.connect() as connection:
        try:
            if store.dialect == "sqlite":
                _temporary_tables(connection, "FILE")  # whatever the size of the store, memory stays as it is
            session = Session(connection)
            session.create()
            yield session
        finally:
            if store.dialect == "sqlite":
                _temporary_tables(connection, "MEMORY")
            else:
                connection.invalidate()  # the server drops them with the session


def _temporary_tables(connection: Connection, place: str) -> None:
    """Say where SQLite keeps temporary tables; those that there were are gone."""
    # Below SQLAlchemy, which would begin a transaction, in which SQLite refuses to do this.
    driver: Any = connection.connection.driver_connection
    driver.execute(f"PRAGMA temp_store = {place}").close()
