"""The migrations, the metadata and the constant that names the head agree, on both databases."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, Index, Integer, MetaData, Table, create_engine, insert, inspect, text

from processors.store import migrating, opening
from processors.store.engines import engine_for
from processors.store.migrating import HEAD, alembic_config, exists_here, revision_of
from processors.store.opening import Store, open_store
from processors.store.schema import drops, metadata
from processors.store.targets import target_of
from tests.postgres import Server


@pytest.fixture
def empty(request: pytest.FixtureRequest, store_url: str) -> Iterator[Connection]:
    """A transaction on a database without any table."""
    if store_url.startswith("postgresql"):
        server: Server = request.getfixturevalue("postgres")
        address = server.empty_database().replace("postgresql:", "postgresql+psycopg:")
    else:
        address = store_url
    engine = create_engine(address)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def differences(connection: Connection, schema: MetaData = metadata) -> list[object]:
    """Return what Alembic would change to make the database what `schema` says."""
    include = exists_here(connection.dialect.name)
    context = MigrationContext.configure(connection, opts={"include_object": include, "compare_type": True})
    return list(compare_metadata(context, schema))


def described(connection: Connection) -> set[tuple[object, ...]]:
    """Return all that the database itself says of its columns, keys and indexes, in its own words."""
    if connection.dialect.name == "sqlite":
        columns = """
            SELECT t.name, c.name, c.type, c."notnull", c.pk FROM sqlite_master t, pragma_table_info(t.name) c
            WHERE t.type = 'table'
        """
        indexes = "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'index'"
    else:
        columns = """
            SELECT table_name, column_name, data_type, is_nullable, collation_name FROM information_schema.columns
            WHERE table_schema = 'public'
        """
        indexes = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    return {tuple(row) for query in (columns, indexes) for row in connection.execute(text(query))}


def test_the_head_that_opening_compares_with_is_alembics(empty: Connection) -> None:
    """The constant `HEAD`, by which opening decides without Alembic, is Alembic's one head."""
    assert ScriptDirectory.from_config(alembic_config(empty)).get_heads() == [HEAD]


def test_a_migrated_database_is_what_the_metadata_says(empty: Connection) -> None:
    """After all migrations Alembic finds no difference between the database and the metadata."""
    command.upgrade(alembic_config(empty), "head")
    assert differences(empty) == []


def test_a_created_database_is_what_the_metadata_says(store: Store) -> None:
    """Neither does it find one in a store that was created without migrating."""
    with store.engine.connect() as connection:
        assert differences(connection) == []


def test_the_comparison_sees_a_difference(store: Store) -> None:
    """The comparison that the two tests above rely on does see a missing table and a missing index."""
    other = MetaData()
    Table("extra", other, Column("a", Integer), Index("ix_extra_a", "a"))
    with store.engine.connect() as connection:
        kinds = {difference[0] for difference in differences(connection, other) if isinstance(difference, tuple)}
    assert {"add_table", "remove_table", "remove_index"} <= kinds


def test_creating_and_migrating_give_the_same_database(empty: Connection, store: Store) -> None:
    """A created store and a migrated one do not differ in any column, key, collation or index."""
    command.upgrade(alembic_config(empty), "head")
    with store.engine.connect() as created:
        assert described(empty) == described(created)


NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{head}"


def upgrade():
    with op.batch_alter_table("drops") as drops:
        drops.add_column(sa.Column("seen_at", sa.Integer()))
    {failure}
"""


@pytest.fixture
def next_build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    """Turn this build into the next one, whose further migration ends in the given statement."""

    def turn(failure: str = "") -> None:
        scripts = tmp_path / "100% migrations"
        shutil.copytree(migrating.SCRIPTS, scripts, dirs_exist_ok=True)
        source = NEXT.format(revision="next", head=HEAD, failure=failure)
        (scripts / "versions" / "next.py").write_text(source, encoding="utf-8")
        monkeypatch.setattr(migrating, "SCRIPTS", scripts)
        for module in (migrating, opening):
            monkeypatch.setattr(module, "HEAD", "next")

    return turn


def test_an_older_store_is_migrated_by_opening_it(store_url: str, next_build: Callable[[str], None]) -> None:
    """The next build brings a store of this one to its own revision, keeps what it holds, and does so once."""
    with open_store(store_url) as store, store.writing() as connection:
        connection.execute(insert(drops), {"brand": "", "source": "rss", "reason": "corrupt", "count": 7})
        identity = store.store_id
    next_build("")
    for _ in range(2):
        with open_store(store_url) as store, store.reading() as connection:
            assert connection.execute(text("SELECT count, seen_at FROM drops")).all() == [(7, None)]
            assert revision_of(connection) == "next"
            assert store.store_id == identity


def test_a_migration_that_fails_changes_nothing(store_url: str, next_build: Callable[[str], None]) -> None:
    """A migration that fails in its middle leaves the store as it was, with its old revision."""
    open_store(store_url).close()
    next_build("raise ArithmeticError('in the middle')")
    with pytest.raises(ArithmeticError, match="in the middle"):
        open_store(store_url)
    target = target_of(store_url)
    engine = engine_for(target)
    with engine.connect() as connection:
        assert revision_of(connection) == HEAD
        assert "seen_at" not in {column["name"] for column in inspect(connection).get_columns("drops")}
    engine.dispose()


def test_created_at_has_a_brin_index_in_postgresql(postgres: Server) -> None:
    """PostgreSQL finds old mentions by a BRIN index on their event time."""
    with open_store(postgres.new_database()) as store, store.reading() as connection:
        assert any("USING brin (created_at)" in str(row) for row in described(connection))
