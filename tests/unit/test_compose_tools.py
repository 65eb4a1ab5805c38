"""What the real tools say of docker-compose.yml and the files that it mounts."""

import base64
import hashlib
import hmac
import json
import os
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import yaml
from sqlalchemy import URL

from processors.store.opening import open_store
from tests import compose
from tests.kafka import SCRIPT as KAFKA
from tests.postgres import MissingServerError, serving

ROOT = compose.ROOT
CHECK = str(ROOT / "tools" / "compose-check.sh")
DEADLINE = 280.0  # the checker is built once: 40 s on two idle cores
WORDS = {"store_password": "it's \\a\" $HOME `date`", "reader_password": "lee; DROP TABLE mentions --"}
"""As awkward as a password may be."""


def tool(name: str, package: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of Debian's programs; the test is skipped where it is missing."""
    if not shutil.which(name):
        pytest.skip(f"no {name} in PATH; install the package {package}")
    return subprocess.run([name, *arguments], capture_output=True, text=True, timeout=60, check=False)


def checked(file: Path) -> subprocess.CompletedProcess[str]:
    """What Compose's own library says of a file."""
    if not shutil.which("go"):
        pytest.skip("no go in PATH; install Go 1.24 or newer, in which the checker of compose files is written")
    command = ["sh", CHECK, str(file), str(compose.ENV_EXAMPLE)]
    return subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=False)


# --- Compose ---


def test_compose_itself_reads_the_file() -> None:
    """Compose's library takes the file, and reads of each service the same command and environment as our helper."""
    done = checked(compose.FILE)

    assert done.returncode == 0, done.stderr
    assert not done.stderr.replace("Building the checker", "").count("warning")
    services = json.loads(done.stdout)["services"]
    assert services.keys() == compose.services().keys()
    for name in compose.ours():
        assert services[name]["command"] == compose.command(name)[1:]
        assert services[name]["environment"] == compose.environment(name)


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("restart: unless-stopped", "restrat: unless-stopped", "restrat"),
        ("interval: 15s", "interval: soon", "invalid duration"),
        ("memory: 1g", "memory: much", "invalid size"),
        ("secrets: [store_password]", "secrets: [stored_password]", "undefined secret"),
        ("outbox:/var/lib", "outbux:/var/lib", "undefined volume"),
        ("[inside, outside]", "[inside, outsied]", "undefined network"),
        ("topics: {condition", "topcis: {condition", "undefined service"),
        ("${CONFIG_FILE:?", "${CONFIGURATION:?", "required variable"),
    ],
)
def test_compose_finds_mistakes(right: str, wrong: str, said: str, tmp_path: Path) -> None:
    """A misspelt key, name, size, duration or variable does not pass."""
    text = compose.FILE.read_text(encoding="utf-8")
    assert right in text
    (tmp_path / "bad.yml").write_text(text.replace(right, wrong), encoding="utf-8")

    done = checked(tmp_path / "bad.yml")

    assert done.returncode == 1
    assert said in done.stderr


# --- Prometheus and Alertmanager ---


def test_prometheus_takes_its_configuration() -> None:
    """`promtool` finds nothing wrong with what is mounted into Prometheus."""
    done = tool("promtool", "prometheus", "check", "config", str(ROOT / "deploy" / "prometheus.yml"))

    assert done.returncode == 0, done.stdout + done.stderr


def test_alertmanager_takes_its_configuration() -> None:
    """`amtool` finds nothing wrong with what is mounted into Alertmanager: receivers without a way to anybody yet."""
    done = tool("amtool", "prometheus-alertmanager", "check-config", str(ROOT / "deploy" / "alertmanager.yml"))

    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 receivers" in done.stdout


# --- Kafka ---


def test_the_image_of_kafka_understands_its_environment(tmp_path: Path) -> None:
    """The image's own program makes of the environment a broker's settings with which a data folder can be formatted.

    It finds an empty folder for its configuration, as in the container, and puts our file of logging there.
    """
    where = subprocess.run(["sh", KAFKA, "where"], capture_output=True, text=True, timeout=60, check=False)
    if where.returncode:
        pytest.skip(where.stderr.strip())
    for name in ("defaults", "final", "data"):
        (tmp_path / name).mkdir()
    ours = (ROOT / "deploy" / "kafka" / "log4j2.yaml").read_text(encoding="utf-8")
    for name in ("log4j2.yaml", "tools-log4j2.yaml"):
        (tmp_path / "defaults" / name).write_text(ours.replace("STDOUT", "THEIRS"))
    given = compose.environment("kafka")
    environment = {
        **{name: value.replace("/var/lib/kafka/data", str(tmp_path / "data")) for name, value in given.items()},
        "CLUSTER_ID": "AAAAAAAAAAAAAAAAAAAAAA",
        "PATH": os.environ["PATH"],
    }
    wrapper = ["java", "-cp", f"{where.stdout.strip()}/lib/*", "kafka.docker.KafkaDockerWrapper", "setup"]
    folders = ["--default-configs-dir", "defaults", "--mounted-configs-dir", str(ROOT / "deploy" / "kafka")]

    command = [*wrapper, *folders, "--final-configs-dir", "final"]
    done = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "data" / "meta.properties").exists()
    settings = (tmp_path / "final" / "server.properties").read_text().splitlines()
    assert "auto.create.topics.enable=false" in settings
    assert not [line for line in settings if line.startswith(("heap", "extra"))]
    logging = yaml.safe_load((tmp_path / "final" / "log4j2.yaml").read_text())["Configuration"]
    assert logging["Appenders"] == yaml.safe_load(ours)["Configuration"]["Appenders"]


# --- PostgreSQL ---


@pytest.fixture
def prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[URL]:
    """The address of a server on which the mounted script has run as the image runs it."""
    if not shutil.which("psql"):
        pytest.skip("no psql in PATH; install the package postgresql-client")
    monkeypatch.delenv("ATALAYA_TEST_POSTGRES", raising=False)  # no roles are made on a server that others use
    for name, word in WORDS.items():
        (tmp_path / name).write_text(f"{word}\n", encoding="utf-8")
    try:
        with serving() as server:
            url = server.url
            environment = {
                **{"PATH": os.environ["PATH"], "FOLDER": str(tmp_path), "POSTGRES_USER": str(url.username)},
                **{"PGHOST": str(url.host), "PGPORT": str(url.port)},
            }
            script = [str(ROOT / "deploy" / "postgres" / "roles.sh")]
            done = subprocess.run(script, env=environment, capture_output=True, text=True, timeout=60, check=False)
            assert done.returncode == 0, done.stderr
            assert done.stdout == ""
            yield url
    except MissingServerError as error:
        pytest.skip(str(error))


def address(server: URL, user: str, database: str = "atalaya") -> str:
    """Where `user` finds a database."""
    return server.set(drivername="postgresql", username=user, database=database).render_as_string()


def is_password(verifier: str, word: str) -> bool:
    """Whether what PostgreSQL keeps of a password (RFC 5803) is that of `word`."""
    iterations, salt, stored, _ = re.fullmatch(r"SCRAM-SHA-256\$(\d+):(.+)\$(.+):(.+)", verifier).groups()  # type: ignore[union-attr]
    salted = hashlib.pbkdf2_hmac("sha256", word.encode(), base64.b64decode(salt), int(iterations))
    return hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest() == base64.b64decode(stored)


@pytest.mark.postgres
def test_the_database_is_made_for_two_users_who_are_no_administrators(prepared: URL) -> None:
    """`atalaya` owns the store and opens it; `reader` reads all of it and can change nothing; each has its password."""
    with psycopg.connect(address(prepared, "app", "postgres")) as administrator:
        rows = administrator.execute(
            "SELECT rolname, rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls OR rolreplication, rolpassword "
            "FROM pg_authid WHERE rolname IN ('atalaya', 'reader') ORDER BY rolname"
        ).fetchall()
    assert [(name, powerful) for name, powerful, _ in rows] == [("atalaya", False), ("reader", False)]
    assert is_password(rows[0][2], WORDS["store_password"])
    assert is_password(rows[1][2], WORDS["reader_password"])

    open_store(address(prepared, "atalaya")).close()

    with psycopg.connect(address(prepared, "reader"), autocommit=True) as reader:
        assert reader.execute("SELECT count(*) FROM mentions").fetchone() == (0,)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            reader.execute("DELETE FROM mentions")
        reader.execute("SET default_transaction_read_only = off")
        for statement in ("DELETE FROM mentions", "CREATE TABLE mine (n int)", "DROP TABLE mentions"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(statement)


def test_the_script_can_be_run() -> None:
    """The image runs the script as it stands: it is executable."""
    assert (ROOT / "deploy" / "postgres" / "roles.sh").stat().st_mode & stat.S_IXOTH
