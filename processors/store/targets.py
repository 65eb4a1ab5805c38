"""From what a person wrote as the store's address to which database is meant."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from mentions.errors import UsageError

Dialect = Literal["sqlite", "postgresql"]
ALLOWED = "sqlite:///FILE, a file's path, :memory:, or postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
_POSTGRES = ("postgresql", "postgres", "postgresql+psycopg")


@dataclass(frozen=True, slots=True)
class Target:
    """A database.

    Attributes:
        path: SQLite's file, or None for one in memory and for PostgreSQL.
        url: PostgreSQL's URL with its password: never shown. None for SQLite.
        place: how the database is named to people; no password, no options.
    """

    dialect: Dialect
    path: Path | None
    place: str
    url: URL | None = field(default=None, repr=False)


def target_of(address: str) -> Target:
    """Read a store's address. A relative path is relative to the current folder.

    Raises:
        UsageError: the address is none of `ALLOWED`.
    """
    scheme, colon_slashes, rest = address.partition("://")
    if address == ":memory:" or (scheme == "sqlite" and colon_slashes and rest in ("", "/:memory:")):
        return Target("sqlite", None, ":memory:")
    if not colon_slashes:
        return _file(address)
    if scheme == "sqlite":
        return _file(rest.removeprefix("/")) if rest.startswith("/") else _refuse("sqlite:// needs three slashes")
    if scheme in _POSTGRES:
        return _postgres(address)
    return _refuse(f"unknown kind of database {scheme!r}")


def _file(path: str) -> Target:
    if not path or "\0" in path:
        _refuse("no file is named")
    return Target("sqlite", Path(path).expanduser(), path)


def _postgres(address: str) -> Target:
    try:
        url = make_url(address).set(drivername="postgresql+psycopg")
    except (ArgumentError, ValueError):
        # The parser's own message quotes the address, password and all.
        return _refuse("the PostgreSQL URL cannot be read")
    if not url.database:
        return _refuse("the PostgreSQL URL names no database")
    shown = URL.create("postgresql", url.username, None, url.host, url.port, url.database)
    return Target("postgresql", None, shown.render_as_string(), url)


def _refuse(why: str) -> Target:
    msg = f"store: {why}; allowed: {ALLOWED}"
    raise UsageError(msg)
