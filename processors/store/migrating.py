"""Which revision a database has, and how it gets this build's.

Alembic is imported only where a store of an older build must change: its import alone takes as long as all the rest of
opening. A new store is created from the metadata and stamped; a test proves that the migrations build the same.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sqlalchemy import Connection, String, inspect, text
from sqlalchemy.schema import SchemaItem

from mentions.errors import UsageError
from processors.store.schema import metadata
from processors.store.types import Instant

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0007"
"""The revision that this build reads and writes; a test proves that it is Alembic's head."""
SCRIPTS = Path(__file__).parent / "migrations"
_LOCK = 0x6174616C  # any number that no other user of the database takes for an advisory lock


def revision_of(connection: Connection) -> str | None:
    """Read the revision that the database is stamped with; None when it is not a store."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def bring_to_head(connection: Connection, place: str) -> None:
    """Create the tables, or migrate them from an older revision; nothing when they are there. In one transaction.

    Raises:
        UsageError: the database belongs to a newer build or to another program; it was not changed.
    """
    if connection.dialect.name == "postgresql":
        # Two processes that open a new store at once would both create it.
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    revision = revision_of(connection)
    if revision is None:
        _create(connection, place)
    elif revision != HEAD:
        _migrate(connection, revision, place)


def alembic_config(connection: Connection) -> "Config":
    """Alembic's configuration for this package's scripts on an open connection; there is no alembic.ini."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("file_template", "r%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def exists_here(dialect: str) -> Callable[..., bool]:
    """Make Alembic's `include_object`: leaves out what the schema keeps to another database (`info["only"]`)."""

    def include(item: SchemaItem, _name: str | None, _kind: str, _reflected: bool, _other: SchemaItem | None) -> bool:
        return bool(item.info.get("only", dialect) == dialect)

    return include


def render_type(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Write our column types by their names in a new migration, as Alembic's `render_item`."""
    if kind == "type" and isinstance(item, Instant):
        return "Instant()"
    return "Key" if kind == "type" and type(item) is String else False


def _create(connection: Connection, place: str) -> None:
    present = set(inspect(connection).get_table_names())
    # In PostgreSQL a store may share its database, but an SQLite file is a store or is not.
    foreign = present if connection.dialect.name == "sqlite" else present & set(metadata.tables)
    if foreign:
        msg = f"{place} is a database of another program (it has a table {min(foreign)!r}); name another one"
        raise UsageError(msg)
    metadata.create_all(connection, checkfirst=False)
    connection.execute(
        text(
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL CONSTRAINT alembic_version_pkc PRIMARY KEY)"
        )
    )
    connection.execute(text("INSERT INTO alembic_version (version_num) VALUES (:head)"), {"head": HEAD})


def _migrate(connection: Connection, revision: str, place: str) -> None:
    from alembic import command
    from alembic.script import ScriptDirectory

    config = alembic_config(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision not in known:
        msg = (
            f"the store {place} has revision {revision}, but this build knows revisions up to {HEAD}: "
            "it was written by a newer build; install that one"
        )
        raise UsageError(msg)
    command.upgrade(config, "head")
