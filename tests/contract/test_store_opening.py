"""What opening a store promises, on both databases."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError

from mentions.errors import StoreUnavailable, UsageError
from processors.store.engines import STOPPED_AFTER
from processors.store.migrating import HEAD
from processors.store.opening import Store, open_store
from processors.store.schema import drops, meta, metadata, progress
from tests.postgres import Server

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
DROP = {"brand": "lumbre", "source": "bluesky", "reason": "duplicate", "count": 1}


def count_drops(store: Store) -> int:
    """Count the rows of a table in a transaction of its own."""
    with store.reading() as connection:
        return connection.execute(select(func.count()).select_from(drops)).scalar_one()


def write_drop(store: Store) -> None:
    """Write the same row as every other caller."""
    with store.writing() as connection:
        connection.execute(insert(drops), DROP)


def test_a_new_store_has_every_table_and_is_stamped_with_this_builds_revision(store: Store) -> None:
    """A new store has every table and is stamped with this build's revision."""
    with store.reading() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == HEAD
        for table in metadata.sorted_tables:
            expected = 2 if table is meta else 0
            assert connection.execute(select(func.count()).select_from(table)).scalar_one() == expected, table.name


def test_a_store_keeps_its_identity_and_its_hashes(store_url: str) -> None:
    """Opening a store again finds the same identity, the same author keys and the same erased ids."""

    def names() -> tuple[str, str, str]:
        with open_store(store_url) as store:
            return store.store_id, store.author_key("bluesky", "did:1"), store.erased_id("bluesky", "at://1")

    assert names() == names()


def test_the_author_key_is_32_hex_digits_that_no_other_store_shares(store: Store) -> None:
    """Two stores give the same author different keys, so that a key alone never tells who it is."""
    key = store.author_key("bluesky", "did:1")
    assert len(bytes.fromhex(key)) == 16
    with open_store(":memory:") as other:
        assert other.author_key("bluesky", "did:1") != key
        assert other.store_id != store.store_id


def test_different_authors_and_posts_never_share_a_key(store: Store) -> None:
    """Source and id are told apart in a key, and an author's key differs from that of a post with the same id."""
    assert store.author_key("ab", "c") != store.author_key("a", "bc")
    assert store.erased_id("ab", "c") != store.erased_id("a", "bc")
    assert store.erased_id("a", "b") != f"erased:{store.author_key('a', 'b')}"
    assert store.erased_id("a", "b").startswith("erased:")


def test_a_store_shows_neither_its_key_nor_a_password(store: Store) -> None:
    """Nothing that is printed of a store holds the key of its hashes."""
    with store.reading() as connection:
        key = connection.execute(select(meta.c.value).where(meta.c.key == "author_key")).scalar_one()
    assert len(bytes.fromhex(key)) == 32
    assert key not in repr(store)
    assert key not in repr(store.engine)


def test_a_writing_block_commits_as_a_whole(store: Store) -> None:
    """What a writing block wrote is there after it, and other transactions see none of it before."""
    with store.writing() as connection:
        connection.execute(insert(drops), DROP)
        if store.path or store.dialect == "postgresql":
            assert count_drops(store) == 0
    assert count_drops(store) == 1


def test_a_writing_block_that_raises_leaves_nothing(store: Store) -> None:
    """A writing block that raises leaves nothing behind, and its error is handed on as it was."""

    def fail() -> None:
        with store.writing() as connection:
            connection.execute(insert(drops), DROP)
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        fail()
    assert count_drops(store) == 0


def test_defects_of_ours_are_not_hidden(store: Store) -> None:
    """A broken constraint is no unavailable store: it comes out as what it is, without the values of its rows."""
    with pytest.raises(IntegrityError) as caught, store.writing() as connection:
        connection.execute(insert(drops), [{**DROP, "count": 987_654}, DROP])
    assert "INSERT INTO drops" in str(caught.value)
    assert "987654" not in str(caught.value)


def test_a_reading_block_sees_one_moment(store: Store) -> None:
    """Statements of one reading block agree with each other although a writer commits between them."""
    with store.reading() as reader:
        before = reader.execute(select(func.count()).select_from(drops)).scalar_one()
        with store.writing() as writer:
            writer.execute(insert(drops), DROP)
        assert reader.execute(select(func.count()).select_from(drops)).scalar_one() == before == 0
    assert count_drops(store) == 1


def test_deleted_rows_can_be_overwritten_between_transactions(store: Store) -> None:
    """`overwrite_deleted` finishes on each database and leaves what was not deleted."""
    with store.writing() as connection:
        connection.execute(insert(drops), [DROP, {**DROP, "brand": "nubira"}])
    with store.writing() as connection:
        connection.execute(drops.delete().where(drops.c.brand == "nubira"))
    assert store.overwrite_deleted()
    assert count_drops(store) == 1


def test_writers_wait_for_each_other(store: Store) -> None:
    """Writers in many threads that read before they write lose no update and never fail."""
    with store.writing() as connection:
        connection.execute(insert(progress), {"log_id": "log", "topic": "t", "partition": 0, "offset": 0})

    def add_one(_: int) -> None:
        with store.writing() as connection:
            offset = connection.execute(select(progress.c.offset).with_for_update()).scalar_one()
            connection.execute(progress.update().values(offset=offset + 1))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(add_one, range(40)))
    with store.reading() as connection:
        assert connection.execute(select(progress.c.offset)).scalar_one() == 40


def test_a_writer_that_waits_too_long_is_told_that_the_store_is_locked(store_url: str) -> None:
    """A store that another writer keeps locked is `StoreUnavailable`, named, with what to do; nothing was kept."""
    with open_store(store_url, patience=timedelta(seconds=0.2)) as store:
        with store.writing() as first:
            first.execute(insert(drops), DROP)
            with pytest.raises(StoreUnavailable, match="is locked by another process; try again") as caught:
                write_drop(store)
            assert store.place in str(caught.value)
        assert count_drops(store) == 1


OPENING = """
import sys
from processors.store.opening import open_store
print("ready", flush=True)
sys.stdin.readline()
with open_store(sys.argv[1]) as store:
    print(store.store_id)
"""


def test_processes_that_open_a_new_store_at_once_agree(request: pytest.FixtureRequest, store_url: str) -> None:
    """Three processes that open the same new store in the same moment all succeed and find one identity."""
    if store_url.startswith("postgresql"):
        store_url = request.getfixturevalue("postgres").empty_database()
    command = [sys.executable, "-c", OPENING, store_url]
    workers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("\n")
        worker.stdin.flush()
    answers = [worker.communicate(timeout=60) for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0, 0], answers
    assert len({out for out, _ in answers}) == 1


def test_a_newer_store_is_refused_and_left_alone(store_url: str) -> None:
    """A store that a newer build wrote is refused with both revisions named, and is not changed."""
    with open_store(store_url) as store, store.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(insert(drops), DROP)
        same = store
    with pytest.raises(UsageError, match=rf"revision 9999.*revisions up to {HEAD}.*newer build"):
        open_store(store_url)
    with same.engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "9999"
        assert connection.execute(select(func.count()).select_from(drops)).scalar_one() == 1
    same.close()


def test_a_database_of_another_program_is_refused_and_left_alone(
    request: pytest.FixtureRequest, store_url: str
) -> None:
    """A database with a table of our name but without our stamp is refused by name, and is not changed."""
    if store_url.startswith("postgresql"):
        store_url = request.getfixturevalue("postgres").empty_database()
    with open_store(store_url) as store:
        with store.writing() as connection:
            connection.execute(text("DROP TABLE alembic_version"))
        with pytest.raises(UsageError, match=r"another program .it has a table '[a-z_]+'"):
            open_store(store_url)
        assert count_drops(store) == 0


def test_a_reading_verb_does_not_make_a_store(postgres: Server) -> None:
    """With `create=False` a PostgreSQL database without a store is refused and stays without tables."""
    address = postgres.empty_database()
    with pytest.raises(UsageError, match="is not a store"):
        open_store(address, create=False)
    with open_store(address) as store:
        assert store.store_id


def test_a_server_that_is_not_there_is_unavailable_and_the_password_is_not_told() -> None:
    """An unreachable PostgreSQL is `StoreUnavailable`; the sentence names the server, never the password."""
    with pytest.raises(StoreUnavailable, match=r"postgresql://app@127\.0\.0\.1:1/db cannot be reached") as caught:
        open_store("postgresql://app:s3cret@127.0.0.1:1/db?application_name=hidden")
    assert "s3cret" not in str(caught.value)
    assert "hidden" not in str(caught.value)


def test_a_server_that_goes_away_is_unavailable_and_found_again(postgres: Server) -> None:
    """A connection that the server cut is `StoreUnavailable`; the next transaction works."""
    address = postgres.new_database()
    with open_store(address) as store:

        def be_cut_off() -> None:
            with store.writing() as connection:
                connection.execute(insert(drops), DROP)
                database = store.engine.url.database
                postgres.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'")
                connection.execute(select(func.count()).select_from(drops))

        with pytest.raises(StoreUnavailable, match=r"is stopping or starting|cannot be reached"):
            be_cut_off()
        assert count_drops(store) == 0
    postgres.drop(address)


@pytest.mark.postgres
@pytest.mark.parametrize("goes_on", ["with a statement", "with the commit"])
def test_a_worker_that_was_stopped_in_a_transaction_holds_nothing_for_ever(postgres: Server, goes_on: str) -> None:
    """PostgreSQL undoes a transaction that lies idle; who wakes up is told that the store is to be tried again."""
    address = postgres.new_database()
    with open_store(address, patience=timedelta(seconds=3)) as store:
        with store.reading() as connection:
            asked = connection.execute(text("SHOW idle_in_transaction_session_timeout")).scalar_one()
            assert asked == f"{STOPPED_AFTER.total_seconds():.0f}s"

        def stopped() -> None:
            with store.writing() as connection:
                connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = '100ms'"))
                connection.execute(insert(drops), DROP)
                write_drop(store)  # waits for the row, until the server has undone the first of the two
                if goes_on == "with a statement":
                    connection.execute(select(drops))

        with pytest.raises(StoreUnavailable, match="lay idle too long"):
            stopped()
        assert count_drops(store) == 1
        with store.writing() as connection:  # the broken connection is not handed out again
            connection.execute(drops.delete())
    postgres.drop(address)
