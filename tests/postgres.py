"""A real PostgreSQL for the tests: one server for each test process, one fresh database for each test.

`ATALAYA_TEST_POSTGRES` names the maintenance database of a running server instead, by a URL whose user may create
databases.
"""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import URL, make_url

from processors.store.opening import open_store

OWNER: dict[str, Any] = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
"""The server refuses to run as root."""
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
INSTALLED = Path("/usr/lib/postgresql")  # where Debian puts its versions
STARTS_WITHIN = 30.0
STOPS_WITHIN = 15.0
MISSING = (
    "no PostgreSQL server binaries (initdb, postgres) in PATH or /usr/lib/postgresql/*/bin; "
    "install the package postgresql, or name a server by ATALAYA_TEST_POSTGRES"
)


class MissingServerError(Exception):
    """There is no server to be had on this machine; `str()` says what would help."""


class Server:
    """A running server, and the databases made on it."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self._made: list[str] = []
        self._template = self._new_name("template")
        self._create_template()

    def new_database(self) -> str:
        """Make a database that holds an empty store, without the facts of any; return its URL."""
        name = self._new_name("test")
        self.run(f'CREATE DATABASE "{name}" TEMPLATE "{self._template}"')
        return self._address(name)

    def empty_database(self, options: str = "") -> str:
        """Make a database without any table; return its URL."""
        name = self._new_name("empty")
        self.run(f'CREATE DATABASE "{name}" TEMPLATE template0 {options}')
        return self._address(name)

    def drop(self, address: str) -> None:
        """Drop a database, with whatever is still connected to it."""
        self.run(f'DROP DATABASE IF EXISTS "{make_url(address).database}" WITH (FORCE)')

    def close(self) -> None:
        """Drop every database that was made here and still exists."""
        for name in self._made:
            self.run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def run(self, statement: str) -> None:
        """Run one statement in the maintenance database."""
        address = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(address, autocommit=True, connect_timeout=5) as connection:
            connection.execute(statement)

    def _create_template(self) -> None:
        # Compared by a language, whose order is not that of bytes: what depends on the database's order must show.
        self.run(
            f'CREATE DATABASE "{self._template}" TEMPLATE template0 ENCODING UTF8 '
            "LOCALE 'C.UTF-8' LOCALE_PROVIDER icu ICU_LOCALE 'es'"
        )
        with open_store(self._address(self._template)) as store, store.writing() as connection:
            connection.exec_driver_sql("DELETE FROM meta")

    def _address(self, name: str) -> str:
        return self.url.set(drivername="postgresql", database=name).render_as_string(hide_password=False)

    def _new_name(self, kind: str) -> str:
        name = f"atalaya_{kind}_{os.getpid()}_{len(self._made)}"
        self._made.append(name)
        return name


@contextmanager
def serving() -> Iterator[Server]:
    """Start a server, or use the one that the environment names; stop what was started.

    Raises:
        MissingServerError: neither is possible here.
    """
    if address := os.environ.get("ATALAYA_TEST_POSTGRES"):
        server = Server(make_url(address))
        try:
            yield server
        finally:
            server.close()
        return
    with _started() as url:
        yield Server(url)


@contextmanager
def _started() -> Iterator[URL]:
    binaries = _binaries()
    # Not under pytest's folder, which only its own user may enter.
    folder = Path(tempfile.mkdtemp(prefix="atalaya-pg-"))
    try:
        if OWNER:
            shutil.chown(folder, OWNER["user"])
        data, port = folder / "data", _free_port()
        initdb = [f"{binaries}/initdb", "--auth=trust", "--username=app", "--encoding=UTF8", "--locale=C.UTF-8"]
        subprocess.run(
            [*initdb, "--no-sync", f"--pgdata={data}"],
            check=True,
            capture_output=True,
            timeout=STARTS_WITHIN,
            cwd="/",
            **OWNER,
        )
        settings = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "", "fsync": "off"}
        options = [part for item in settings.items() for part in ("-c", "=".join(map(str, item)))]
        command = [f"{binaries}/postgres", "-D", str(data), *options]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/", preexec_fn=_stop_with_parent, **OWNER)
        try:
            url = URL.create("postgresql", "app", None, "127.0.0.1", port, "postgres")
            _wait_until_ready(url, process, folder / "log")
            yield url
        finally:
            process.send_signal(signal.SIGINT)  # "fast": open sessions are cut
            process.wait(STOPS_WITHIN)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path:
    found = [Path(path).parent for path in [shutil.which("initdb")] if path]
    found += sorted(INSTALLED.glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    for folder in found:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise MissingServerError(MISSING)


def _stop_with_parent() -> None:
    """Have Linux stop the server when the tests are killed: nobody else would."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(url: URL, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while True:
        try:
            psycopg.connect(url.render_as_string(), connect_timeout=2).close()
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                msg = f"PostgreSQL did not start:\n{log.read_text(errors='replace')}"
                raise RuntimeError(msg) from error
            time.sleep(0.02)
        else:
            return
