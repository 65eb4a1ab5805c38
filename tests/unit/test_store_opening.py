"""What a store in a file promises beyond the contract of every store."""

import re
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import TimeoutError as PoolTimeout

from mentions.errors import StoreUnavailable, UsageError
from processors.store.failures import explained
from processors.store.opening import open_store
from processors.store.schema import brand_state, drops, mentions

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
DROP = {"brand": "lumbre", "source": "bluesky", "reason": "duplicate", "count": 1}
STATE = {"component": "c", "version": 1, "rev": 1, "folded_until": 1, "data": b"x" * 100_000}


def mention(number: int, words: str) -> dict[str, object]:
    """Return a row of `mentions` without defaults left open."""
    return {
        "brand": "lumbre", "id": f"rss:{number}", "source": "rss", "kind": "post", "voice": "public", "text": words,
        "lang": "es", "created_at": NOON, "received_at": NOON, "stored_at": NOON, "fold_tick": 1, "why": "lumbre",
        "query_version": 1, "engine_version": "rules-1",
    }  # fmt: skip


def test_a_new_file_has_the_settings_that_keep_what_was_committed_and_remove_what_was_deleted(tmp_path: Path) -> None:
    """Every connection has WAL, full synchronisation, secure deletion and foreign keys."""
    with open_store(str(tmp_path / "s.sqlite")) as store, store.reading() as connection:
        found = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys", "busy_timeout", "temp_store")
        }
    assert found == {
        "journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "foreign_keys": 1, "busy_timeout": 5000,
        "temp_store": 2,
    }  # fmt: skip


@pytest.mark.parametrize("spelling", ["sqlite:///{}", "{}"])
def test_both_spellings_of_a_file_name_the_same_store(tmp_path: Path, spelling: str) -> None:
    """A URL and a plain path name the same file, whatever characters it holds."""
    path = tmp_path / "100% ñandú?#.sqlite"
    with open_store(str(path)) as store:
        identity = store.store_id
    with open_store(spelling.format(path)) as store:
        assert store.store_id == identity
        assert store.path == path
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_a_relative_path_is_relative_to_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`sqlite:///x.sqlite` lies in the current folder, and is still found after the process changed its folder."""
    monkeypatch.chdir(tmp_path)
    with open_store("sqlite:///x.sqlite") as store:
        monkeypatch.chdir("/")
        with store.reading() as first, store.reading() as second:
            assert first.execute(select(drops)).all() == second.execute(select(drops)).all() == []
    assert (tmp_path / "x.sqlite").exists()


@pytest.mark.parametrize("address", [":memory:", "sqlite://", "sqlite:///:memory:"])
def test_a_store_in_memory_is_shared_by_its_connections_and_by_nobody_else(address: str) -> None:
    """All connections of a store in memory see the same rows; another one in the same process sees none."""
    with open_store(address) as store, open_store(address) as other:
        with store.writing() as connection:
            connection.execute(insert(drops), DROP)
        with store.reading() as first, store.reading() as second:
            assert len(first.execute(select(drops)).all()) == len(second.execute(select(drops)).all()) == 1
        with other.reading() as connection:
            assert connection.execute(select(drops)).all() == []
        assert store.path is None


def test_an_open_writer_does_not_block_readers(tmp_path: Path) -> None:
    """While a writer has changed rows and not yet committed, readers go on and see the state before."""
    with open_store(str(tmp_path / "s.sqlite"), patience=timedelta(0)) as store, store.writing() as writer:
        writer.execute(insert(drops), DROP)
        with store.reading() as reader:
            assert reader.execute(select(drops)).all() == []


def test_a_writer_takes_the_lock_when_it_begins(tmp_path: Path) -> None:
    """A writing block is the one writer from its first line, before it wrote anything."""
    path = tmp_path / "s.sqlite"
    with open_store(str(path)) as store, store.writing():
        other = sqlite3.connect(path, timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("INSERT INTO drops VALUES ('', '', '', 1)")
        other.close()


def test_a_full_disk_is_unavailable_and_keeps_what_was_there(tmp_path: Path) -> None:
    """A store without space left says so in one sentence with what to do; what was committed before stays."""
    with open_store(str(tmp_path / "s.sqlite")) as store:
        with store.writing() as connection:
            connection.execute(insert(drops), DROP)

        def fill() -> None:
            with store.writing() as connection:
                connection.execute(text("PRAGMA max_page_count = 1"))
                connection.execute(insert(brand_state), [{"brand": str(n), **STATE} for n in range(10)])

        with pytest.raises(StoreUnavailable, match=r"s\.sqlite has no space left on its disk; free some space"):
            fill()
        with store.reading() as connection:
            assert len(connection.execute(select(drops)).all()) == 1


def test_connections_that_are_all_in_use_are_unavailable() -> None:
    """Waiting in vain for a free connection is `StoreUnavailable`."""
    with pytest.raises(StoreUnavailable, match="all its connections in use"), explained("x"):
        raise PoolTimeout


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """A file that is not an SQLite database is wrong usage, and is left as it was."""
    path = tmp_path / "notes.txt"
    path.write_text("not a database at all\n" * 100)
    with pytest.raises(UsageError, match=r"notes\.txt is not an SQLite database"):
        open_store(str(path))
    assert path.read_text() == "not a database at all\n" * 100


def test_an_sqlite_file_of_another_program_is_refused(tmp_path: Path) -> None:
    """An SQLite file with tables of another program is wrong usage, whatever the tables are called."""
    path = tmp_path / "outbox.sqlite"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE outbox (id INTEGER)")
    other.close()
    with pytest.raises(UsageError, match=r"another program .it has a table 'outbox'"):
        open_store(str(path))


def test_a_damaged_store_is_refused_with_what_can_be_done(tmp_path: Path) -> None:
    """A store with a broken page is no reason to try again: the sentence speaks of backups."""
    path = tmp_path / "s.sqlite"
    with open_store(str(path)) as store, store.writing() as connection:
        connection.execute(insert(brand_state), [{"brand": str(n), **STATE} for n in range(10)])
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(data)
    with pytest.raises(UsageError, match="is damaged; restore a backup"):
        open_store(str(path))


def test_a_mistyped_name_leaves_no_file(tmp_path: Path) -> None:
    """A verb that only reads refuses a file that is not there, and does not make it."""
    with pytest.raises(UsageError, match=r"there is no store .*x\.sqlite; `atalaya run`"):
        open_store(str(tmp_path / "x.sqlite"), create=False)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A store in a missing folder is wrong usage, and the folder to create is named."""
    with pytest.raises(UsageError, match=rf"create {re.escape(str(tmp_path))}/a/b first"):
        open_store(str(tmp_path / "a" / "b" / "x.sqlite"))


def test_a_folder_is_not_a_store(tmp_path: Path) -> None:
    """A folder given as the store is refused as such."""
    with pytest.raises(UsageError, match="is a folder"):
        open_store(str(tmp_path))


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("mysql://u:s3cret@h/db", "unknown kind of database 'mysql'"),
        ("sqlite://x.sqlite", "three slashes"),
        ("", "no file is named"),
        ("sqlite:///", "no file is named"),
        ("postgresql://u:s3cret@h:port/db", "cannot be read"),
        ("postgresql://u:s3cret@h", "names no database"),
    ],
)
def test_a_wrong_address_is_refused_with_what_is_allowed(address: str, why: str) -> None:
    """A wrong address is told apart by its reason, with what would be right, and without its password."""
    with pytest.raises(UsageError, match=why) as caught:
        open_store(address)
    assert "sqlite:///FILE" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_erased_words_stay_in_no_file(tmp_path: Path) -> None:
    """After erasing and `overwrite_deleted` no byte of the erased text is left in any file of the store."""
    path = tmp_path / "s.sqlite"
    with open_store(str(path)) as store:
        with store.writing() as connection:
            connection.execute(insert(mentions), [mention(n, f"palabra{n}borrada " * 40) for n in range(300)])
        with store.writing() as connection:
            connection.execute(update(mentions).values(text=None))
        assert any(b"borrada" in file.read_bytes() for file in tmp_path.iterdir())
        assert store.overwrite_deleted()
        assert not any(b"borrada" in file.read_bytes() for file in tmp_path.iterdir())


def test_a_reader_that_keeps_erased_words_alive_is_reported(tmp_path: Path) -> None:
    """While a reader still sees the time before, `overwrite_deleted` says that it could not finish."""
    with open_store(str(tmp_path / "s.sqlite"), patience=timedelta(seconds=0.1)) as store:
        with store.writing() as connection:
            connection.execute(insert(mentions), mention(1, "palabra borrada"))
        with store.reading() as reader:
            reader.execute(select(mentions.c.id)).all()
            with store.writing() as connection:
                connection.execute(update(mentions).values(text=None))
            assert not store.overwrite_deleted()
        assert store.overwrite_deleted()


def test_opening_a_store_does_not_import_alembic(tmp_path: Path) -> None:
    """Neither a new store nor one at the head costs the import of Alembic."""
    code = """
import sys
from processors.store.opening import open_store
for _ in range(2):
    open_store(sys.argv[1]).close()
sys.exit("alembic" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "s.sqlite")], timeout=60, check=False)
    assert done.returncode == 0


def test_a_file_that_may_not_be_written_is_unavailable(tmp_path: Path) -> None:
    """A store that this user may not write is `StoreUnavailable`, naming permissions."""
    path = tmp_path / "s.sqlite"
    open_store(str(path)).close()
    with open_store(str(path)) as store:

        def write() -> None:
            with store.writing() as connection:
                connection.execute(text("PRAGMA query_only = ON"))
                connection.execute(insert(drops), DROP)

        with pytest.raises(StoreUnavailable, match="may not be written; check the permissions"):
            write()
