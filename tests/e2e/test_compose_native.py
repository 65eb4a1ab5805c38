"""What docker-compose.yml starts, started here with exactly the environment that the file gives: it works together."""

import os
import shutil
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from mentions.errors import StoreUnavailable, UsageError
from processors.store import schema
from processors.store.opening import open_store
from tests import compose
from tests.distributed import Process, wait_until
from tests.kafka import Broker
from tests.postgres import Server

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]


def free_port() -> int:
    """A port that nobody has now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class Machine:
    """Runs services of the file on this machine."""

    def __init__(self, broker: Broker, database: str, folder: Path) -> None:
        self._folder, self._processes = folder, []
        secrets, config, data = folder / "secrets", folder / "etc", folder / "data"
        for made in (secrets, config, data):
            made.mkdir()
        (secrets / "store_password").write_text("unused\n")
        shutil.copy(compose.ROOT / "deploy" / "atalaya.toml", config / "atalaya.toml")
        with (config / "atalaya.toml").open("a") as more:
            more.write("days = 1\n")  # of the invented world, whose fortnight of history would keep all services busy
        self.address = database
        self._replacements = {
            "kafka:9092": broker.servers,
            "postgresql://atalaya@postgres:5432/atalaya": database,
            "/run/secrets": str(secrets),
            "/etc/atalaya": str(config),
            "/var/lib/atalaya": str(data),
            "0.0.0.0": "127.0.0.1",
        }

    def start(self, service: str) -> tuple[Process, dict[str, int]]:
        """Start one container's process; the ports that it was given instead of its own."""
        ports = {"9108": free_port(), "8080": free_port()}
        environment = compose.native_environment(
            service, {**self._replacements, **{port: str(taken) for port, taken in ports.items()}}
        )
        log = self._folder / f"{service}{len(self._processes)}.log"
        clean = {key: value for key, value in os.environ.items() if not key.startswith("ATALAYA_")}
        with log.open("wb") as out:
            popen = subprocess.Popen(
                compose.native_command(service), stdout=out, stderr=out, cwd=self._folder, env={**clean, **environment}
            )
        process = Process(service, popen, log)
        self._processes.append(process)
        return process, ports

    def close(self) -> None:
        """End what runs."""
        for process in self._processes:
            if process.running():
                process.kill()


@pytest.fixture
def machine(kafka: Broker, postgres: Server, tmp_path: Path) -> Iterator[Machine]:
    """A broker and a database for the services of the file."""
    address = postgres.new_database()
    machine = Machine(kafka, address, tmp_path)
    try:
        yield machine
    finally:
        machine.close()
        postgres.drop(address)


def answer(port: int, path: str) -> tuple[int, str]:
    """Status and body of one address; 0 while nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as found:
            return found.status, found.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, ""
    except OSError:
        return 0, ""


def count(address: str) -> int:
    """How many mentions are stored."""
    try:
        with open_store(address, create=False) as store, store.reading() as connection:
            return connection.execute(select(func.count()).select_from(schema.mentions)).scalar() or 0
    except (StoreUnavailable, UsageError):  # not there yet
        return 0


def test_the_services_of_the_file_work_together(machine: Machine) -> None:
    """Topics are made; then ingest, two of each worker and serve bring the invented posts into the store, healthy."""
    topics, _ = machine.start("topics")
    assert topics.ended() == 0, topics.words()
    running = [machine.start(service) for service in ("serve", "ingest", "score", "score", "watch", "watch")]

    wait_until(lambda: count(machine.address) > 300, "mentions are stored", 120)
    for process, ports in running:
        wait_until(lambda port=ports["9108"]: answer(port, "/healthz")[0] == 200, f"{process.name} is healthy")
        assert "atalaya_build_info" in answer(ports["9108"], "/metrics")[1]
        assert process.running()
    status, page = answer(running[0][1]["8080"], "/")
    assert status == 200
    assert "lumbre" in page

    for process, _ in reversed(running):
        assert process.stop(45) == 0, process.words()
