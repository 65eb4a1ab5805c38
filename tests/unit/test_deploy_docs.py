"""docs/deploy.md tells the truth, as far as that can be checked without an engine."""

import ast
import configparser
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import URL

from mentions.metric_names import METRICS
from mentions.settings import env_names, parse
from mentions.settings_reading import OTHER_NAMES
from processors.store.opening import open_store
from processors.store.schema import labels, metadata, progress
from tests import compose
from tests.postgres import MissingServerError, serving

ROOT = compose.ROOT
PAGE = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
ROOMS = ("mentions", "ingest", "processors", "dashboards", "atalaya")
BLOCKS = re.findall(r"^ *```(\w*)\n(.*?)^ *```$", PAGE, re.DOTALL | re.MULTILINE)
TROUBLE = PAGE[PAGE.index("\n### Kafka\n") : PAGE.index("\n### Is it keeping up?")]
NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)
KEPT = {
    "action_events",
    "actions",
    "alert_events",
    "author_events",
    "deliveries",
    "mutes",
    "meta",
    "tombstones",
    "brands",
    "mention_work",
    "work_events",
    "labels",
    "label_events",
    "layers",
    "layer_choices",
    "reviews",
    "rule_words",
}
"""What a replay from zero leaves as it is: the store's identity, what was deleted, what people wrote and were told."""


def commands() -> list[str]:
    """Every line that is to be typed, from blocks and from the text."""
    lines = [line.strip() for kind, text in BLOCKS if not kind for line in text.splitlines()]
    return [*lines, *re.findall(r"`(docker compose [^`]+)`", PAGE)]


def sentences() -> list[str]:
    """All words that the program can say: the constants of its source, with `…` for what is filled in."""
    found = []
    for path in (file for room in ROOMS for file in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value.replace("%s", "…"))
            elif isinstance(node, ast.JoinedStr):
                parts = (str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
                found.append("".join(parts))
    return [" ".join(said.split()).strip(" ,;") for said in found]


SAID = sentences()
WHOLE = "\n".join(SAID)
PATTERNS = [
    re.compile(".+".join(map(re.escape, said.split("…"))))
    for said in set(SAID)
    if "…" in said and len(said.replace("…", "")) > 10
]
MESSAGES = sorted(
    quoted
    for quoted in {a or b for a, b in re.findall(r"``(.+?) ?``|`([^`]+)`", TROUBLE)}
    # keys, commands, topics, tables
    if not re.match(r"\[|docker |mentions\.|max_|stuck_|security_|refused$|atalaya_|the brokers$", quoted)
)


@pytest.mark.parametrize("message", MESSAGES)
def test_what_a_process_says_is_what_it_says(message: str) -> None:
    """Every message of the tables at the top is one of the program's, apart from what varies."""
    parts = [part.strip(" ;") for part in message.split("…")]

    assert [part for part in parts if part not in WHOLE and not any(p.fullmatch(part) for p in PATTERNS)] == []


def test_variables_and_metrics_exist() -> None:
    """Every ATALAYA_ variable and every metric that is named exists."""
    names = set(re.findall(r"\bATALAYA_[A-Z_]+[A-Z]\b", PAGE))
    metrics = set(re.findall(r"\batalaya_[a-z_]+\b", PAGE))

    assert names <= {*env_names(), *OTHER_NAMES}
    assert metrics <= {metric.name for metric in METRICS}


def test_services_and_volumes_that_are_named_exist() -> None:
    """Each `docker compose` command names services of the file, and every volume is listed."""
    takes_services = {"exec", "logs", "restart", "stop", "start", "run", "build", "up"}
    for command in (line for line in commands() if line.startswith("docker compose")):
        for single in re.split(r" && |; ", command.partition(" #")[0]):
            words = shlex.split(single)
            if words[:2] != ["docker", "compose"] or "$name" in words:
                continue
            verb, *rest = words[2:]
            if verb not in takes_services:
                assert verb in ("ps", "down", "--profile"), single
                continue
            plain = [word for word in rest if not word.startswith("-") and "=" not in word and word != "15m"]
            named = plain[:1] if verb in ("exec", "run") else plain
            assert set(named) <= set(compose.services()), single
    (listed,) = re.findall(r"Data are in the volumes (.+)\.\n", PAGE)
    assert set(re.findall(r"`(\w+)`", listed)) == set(compose.project()["volumes"])


def test_ports_agree() -> None:
    """The ports of the page are those of docker-compose.yml and of the settings given there."""
    (table,) = re.findall(r"\| port \| who \| bound to \|\n\|.*\n((?:\|.*\n)+)", PAGE)
    named = set(map(int, re.findall(r"\d{4}", "".join(line.split("|")[1] for line in table.splitlines()))))
    published = {int(port.split(":")[1]) for s in compose.services().values() for port in s.get("ports", [])}
    given = compose.environment("watch")

    assert published <= named
    assert named - published == {int(given["ATALAYA_METRICS_PORT"]), 9092, 5432}
    assert given["ATALAYA_KAFKA_SERVERS"].endswith(":9092")
    assert ":5432/" in given["ATALAYA_STORE_URL"]
    assert set(map(int, re.findall(r"<http://127\.0\.0\.1:(\d+)>", PAGE))) <= published


def test_the_memory_that_is_named_holds_the_limits() -> None:
    """The machine that the page asks for has room for the limits of all services."""
    (gigabytes,) = re.findall(r"up to (\d+) GB of memory", PAGE)
    units = {"m": 1, "g": 1024}
    limits = [
        int(service["deploy"].get("replicas", 1)) * int(limit[:-1]) * units[limit[-1]]
        for service in compose.services().values()
        for limit in [service["deploy"]["resources"]["limits"]["memory"]]
    ]

    assert (int(gigabytes) - 1) * 1024 < sum(limits) <= int(gigabytes) * 1024


@pytest.mark.parametrize("block", [text for kind, text in BLOCKS if kind == "toml"])
def test_every_configuration_is_valid(block: str) -> None:
    """Each TOML block can be copied into a file and is read."""
    parse(block.encode(), {}, read_secret=lambda path: "x")


def test_the_unit_is_one_that_the_settings_take() -> None:
    """The unit's environment, as systemd would give it, is read; its process drains before it is killed."""
    (text,) = (text for kind, text in BLOCKS if kind == "ini")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.read_string("\n".join(line for line in lines if not line.startswith("Environment=")))
    given = " ".join(line.removeprefix("Environment=") for line in lines if line.startswith("Environment="))
    environment = dict(word.split("=", 1) for word in given.replace("%i", "1").replace("%d", "/cred").split())

    found = parse(b"", environment, read_secret=lambda path: path)

    assert found.metrics.port == 9121
    assert found.store.password is not None
    assert found.store.password.reveal() == "/cred/store_password"
    assert unit["Service"]["LoadCredential"].startswith("store_password:")
    assert int(unit["Service"]["TimeoutStopSec"]) > 30


def test_links_lead_somewhere() -> None:
    """Every relative link leads to a file, every other to a heading of the page."""
    headings = {
        re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)
    }
    for target in re.findall(r"\]\(([^)]+)\)", PAGE):
        path, _, anchor = target.partition("#")
        assert not path or (ROOT / "docs" / path).exists(), target
        assert path or anchor in headings, target


# --- the commands that touch the store, run as they stand ---


def typed(start: str) -> str:
    """The one command of the page that begins with `start` behind `docker compose exec -T postgres`."""
    (found,) = {line for line in commands() if line.startswith(f"docker compose exec -T postgres {start}")}
    return found.removeprefix("docker compose exec -T postgres ").replace("--username=postgres", "--username=app")


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[URL]:
    """A server on which the mounted script has run, and a store in its database."""
    if not shutil.which("pg_dump"):
        pytest.skip("no pg_dump in PATH; install the package postgresql-client")
    monkeypatch.delenv("ATALAYA_TEST_POSTGRES", raising=False)  # no roles are made on a server that others use
    for name in ("store_password", "reader_password"):
        (tmp_path / name).write_text("word")
    try:
        with serving() as started:
            monkeypatch.setenv("PGHOST", str(started.url.host))
            monkeypatch.setenv("PGPORT", str(started.url.port))
            environment = {**os.environ, "FOLDER": str(tmp_path), "POSTGRES_USER": str(started.url.username)}
            script = str(ROOT / "deploy" / "postgres" / "roles.sh")
            subprocess.run([script], env=environment, check=True, timeout=60)
            with open_store(address(started.url, "atalaya")) as store, store.writing() as connection:
                label = {"brand": "lumbre", "text_key": "x:1", "label": "positive", "at": NOW, "who": "ana"}
                connection.execute(labels.insert().values(label))
                connection.execute(progress.insert().values(log_id="a", topic="b", partition=0, offset=7))
            yield started.url
    except MissingServerError as error:
        pytest.skip(str(error))


def address(server: URL, user: str) -> str:
    """Where `user` finds the store."""
    return server.set(drivername="postgresql", username=user, database="atalaya").render_as_string()


def count(server: URL, table: str) -> int:
    """Rows of a table, as `reader` sees them."""
    with psycopg.connect(address(server, "reader")) as connection:
        (found,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone() or (0,)
        return int(found)


def in_shell(command: str, folder: Path) -> None:
    """Run a line as a person would."""
    subprocess.run(command, shell=True, cwd=folder, check=True, timeout=60)


@pytest.mark.postgres
def test_a_backup_is_restored_with_its_owner_and_its_reader(server: URL, tmp_path: Path) -> None:
    """The commands bring back what was there, `atalaya`'s own and readable by `reader`, and nothing since."""
    in_shell(typed("pg_dump --username=postgres --format=custom atalaya >atalaya.dump"), tmp_path)
    with psycopg.connect(address(server, "atalaya")) as connection:
        connection.execute("DELETE FROM labels")
        connection.execute("CREATE TABLE since (n int)")

    in_shell(typed("pg_restore"), tmp_path)

    assert count(server, "labels") == 1
    with psycopg.connect(address(server, "app")) as administrator:
        owners = administrator.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")
        assert owners.fetchall() == [("atalaya",)]
        (public,) = administrator.execute("SELECT has_database_privilege('public', 'atalaya', 'connect')").fetchone()  # type: ignore[misc]
        assert public is False
    with pytest.raises(psycopg.errors.UndefinedTable):
        count(server, "since")
    open_store(address(server, "atalaya")).close()


@pytest.mark.postgres
def test_from_zero_empties_what_is_derived_and_nothing_else(server: URL, tmp_path: Path) -> None:
    """The command names every table but those that hold identity, deletions and what people wrote; progress is gone."""
    command = typed("psql")
    (named,) = re.findall(r"TRUNCATE ([\w, ]+)", command)
    assert set(named.split(", ")) | KEPT == set(metadata.tables)
    assert not set(named.split(", ")) & KEPT

    in_shell(command, tmp_path)

    assert count(server, "progress") == 0
    assert count(server, "labels") == 1
