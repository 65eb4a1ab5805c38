"""Opening a store: the only door to its database."""

import hashlib
import secrets
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine, select, text

from mentions.errors import UsageError
from processors.store.engines import PATIENCE, engine_for, reading_engine
from processors.store.failures import explained
from processors.store.migrating import HEAD, bring_to_head, revision_of
from processors.store.schema import meta
from processors.store.targets import Dialect, Target, target_of
from processors.store.upserts import insert

_STORE_ID, _AUTHOR_KEY = "store_id", "author_key"


class Store:
    """An open store. Threads may share it; close it, or use it as a context manager.

    Attributes:
        engine: for what the two transactions below cannot do. Its own transactions are a writer's.
        store_id: names this database for ever; copied with it.
        place: how the store is named to people; never a password.
    """

    def __init__(self, engine: Engine, target: Target, facts: dict[str, str]) -> None:
        self.engine = engine
        self.dialect: Dialect = target.dialect
        self.place = target.place
        self.path: Path | None = target.path
        self.store_id = facts[_STORE_ID]
        self._reading = reading_engine(engine)
        self._key = bytes.fromhex(facts[_AUTHOR_KEY])
        self._begun_hash = lru_cache(maxsize=256)(self._begin_hash)

    def __repr__(self) -> str:
        return f"Store({self.place!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that may write: committed at the end of the block, rolled back when it raises.

        SQLite has one writer: another one waits, 5 s at most. Open no transaction inside another.

        Raises:
            StoreUnavailable: locked, full or unreachable; nothing of the block was kept.
        """
        with explained(self.place), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One transaction that only reads; all its statements see the same moment.

        Raises:
            StoreUnavailable: unreachable, or locked (only a store in memory can be).
        """
        with explained(self.place), self._reading.begin() as connection:
            yield connection

    def author_key(self, source: str, author_id: str) -> str:
        """Stable name of an author that does not tell who it is: 32 hex digits, different in every store."""
        return self._keyed_hash(b"author", source, author_id)

    def erased_id(self, source: str, native_id: str) -> str:
        """Name the id that a mention has once erased: `erased:` and 32 hex digits."""
        return f"erased:{self._keyed_hash(b'post', source, native_id)}"

    def overwrite_deleted(self) -> bool:
        """Make earlier deletions physical, as far as the database can; takes a moment, for use after erasing.

        SQLite: empties the WAL, after which no file of the store holds the deleted bytes; False when a reader kept it
        from doing so. PostgreSQL: VACUUM frees the dead rows, whose pages later rows overwrite.
        """
        with explained(self.place):
            if self.dialect == "postgresql":
                with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.execute(text("VACUUM mentions, authors"))
                return True
            return _empty_wal(self.engine)

    def close(self) -> None:
        """Close every connection. Closing twice is harmless."""
        self.engine.dispose()

    def _keyed_hash(self, purpose: bytes, source: str, id_: str) -> str:
        digest = self._begun_hash(purpose, source).copy()
        digest.update(_framed(id_))
        return digest.hexdigest()

    def _begin_hash(self, purpose: bytes, source: str) -> "hashlib.blake2b":
        """What all hashes of a source begin with; there are few sources, and several hashes for each mention."""
        return hashlib.blake2b(_framed(source), digest_size=16, key=self._key, person=purpose)


def _framed(part: str) -> bytes:
    """A part of what is hashed, told from the next one by its length."""
    data = part.encode(errors="surrogatepass")
    return len(data).to_bytes(8, "big") + data


def open_store(address: str, *, create: bool = True, patience: timedelta = PATIENCE) -> Store:
    """Open a store; a new one gets its tables, an older build's is migrated first.

    Args:
        address: `sqlite:///FILE`, a file's path, `:memory:` (gone when closed), or a PostgreSQL URL.
        create: False for verbs that only read: a mistyped name must not leave an empty store behind.
        patience: how long a writer waits for another one.

    Raises:
        UsageError: the address is wrong, the database is not a store, or a newer build's; it was not changed.
        StoreUnavailable: locked, full, or unreachable.
    """
    target = target_of(address)
    if target.path is not None:
        _check_file(target.path, create=create)
    engine = engine_for(target, patience)
    try:
        with explained(target.place):
            facts = _facts(engine) or _prepared(engine, target.place, create=create)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine, target, facts)


def _empty_wal(engine: Engine) -> bool:
    # Below SQLAlchemy, which would begin a transaction, in which SQLite refuses to do this.
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        busy = [row[0] for row in cursor.fetchall()]
        cursor.close()
    finally:
        connection.close()
    return busy == [0]


def _check_file(path: Path, *, create: bool) -> None:
    if path.is_dir():
        msg = f"the store {path} is a folder; name a file in it"
        raise UsageError(msg)
    if path.exists():
        return
    if not create:
        msg = f"there is no store {path}; `atalaya run` or `atalaya replay` makes one"
        raise UsageError(msg)
    if not path.parent.is_dir():
        msg = f"the folder of the store {path} does not exist; create {path.parent} first"
        raise UsageError(msg)


def _facts(engine: Engine) -> dict[str, str] | None:
    """Read the table `meta`; None when the store is not at this build's revision."""
    with reading_engine(engine).begin() as connection:
        if revision_of(connection) != HEAD:
            return None
        return _read_facts(connection)


def _prepared(engine: Engine, place: str, *, create: bool) -> dict[str, str]:
    with engine.begin() as connection:
        if not create and revision_of(connection) is None:
            msg = f"the database {place} is not a store; `atalaya run` or `atalaya replay` makes one"
            raise UsageError(msg)
        bring_to_head(connection, place)
        connection.execute(
            insert(connection, meta).on_conflict_do_nothing(),
            [
                {"key": _STORE_ID, "value": str(uuid.uuid4())},
                {"key": _AUTHOR_KEY, "value": secrets.token_hex(32)},
            ],
        )
        return _read_facts(connection)


def _read_facts(connection: Connection) -> dict[str, str]:
    return {row.key: row.value for row in connection.execute(select(meta.c.key, meta.c.value))}
