"""docker-compose.yml keeps its rules: what a service must have, what its environment may say, what must agree."""

import re
import tomllib
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml

from mentions.settings import Settings, env_names, parse
from mentions.settings_reading import OTHER_NAMES
from tests import compose

ROOT = compose.ROOT
SERVICES = compose.services()
PLATFORM = {"kafka", "postgres", "prometheus", "alertmanager", "grafana"}
ONE_SHOT = {"topics"}
PUBLISHED = {"serve": 8080, "prometheus": 9090, "alertmanager": 9093, "grafana": 3000}
CONFIGURATION = [
    *(compose.FILE, compose.ENV_EXAMPLE, ROOT / "Dockerfile", ROOT / ".dockerignore"),
    *(path for path in sorted((ROOT / "deploy").rglob("*")) if path.is_file()),
]
every = pytest.mark.parametrize("name", SERVICES)
each_of_ours = pytest.mark.parametrize("name", compose.ours())


def settings(name: str) -> Settings:
    """What a service of ours makes of its environment and of the configuration that is mounted by default."""
    document = (ROOT / compose.env_example()["CONFIG_FILE"]).read_bytes()
    return parse(document, compose.environment(name), read_secret=lambda path: f"the word in {path}")


def scraped() -> dict[str, set[str]]:
    """Job -> the addresses, host:port, that Prometheus asks."""
    jobs = yaml.safe_load((ROOT / "deploy" / "prometheus.yml").read_text(encoding="utf-8"))["scrape_configs"]
    return {
        job["job_name"]: {
            *(address for found in job.get("static_configs", []) for address in found["targets"]),
            *(f"{host}:{found['port']}" for found in job.get("dns_sd_configs", []) for host in found["names"]),
        }
        for job in jobs
    }


def test_what_runs() -> None:
    """The file has the platform, a one-shot that makes the topics, and each process of the distributed runtime."""
    assert PLATFORM | set(compose.ours()) == set(SERVICES)
    assert {name: compose.command(name)[1:] for name in compose.ours()} == {
        "topics": ["topics", "ensure"],
        "ingest": ["ingest"],
        "score": ["work", "score"],
        "watch": ["work", "watch"],
        "serve": ["serve"],
    }
    assert {name for name, service in SERVICES.items() if service["deploy"].get("replicas") == 2} == {"score", "watch"}


# --- what every service has ---


@every
def test_a_service_is_confined(name: str) -> None:
    """Every service runs as somebody who is not root, without capabilities, on a read-only file system."""
    service = SERVICES[name]

    assert re.fullmatch(r"[1-9]\d*:\d+|appuser", str(service["user"]))
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert "privileged" not in service
    assert "no-new-privileges:true" in service["security_opt"]


@every
def test_a_service_is_bounded_and_brought_back(name: str) -> None:
    """Every service has a memory limit, bounded logs, a restart policy, and the profile `core`."""
    service = SERVICES[name]

    assert re.fullmatch(r"\d+[mg]", service["deploy"]["resources"]["limits"]["memory"])
    assert service["logging"]["driver"] == "json-file"
    assert set(service["logging"]["options"]) == {"max-size", "max-file"}
    assert service["restart"] == ("on-failure:10" if name in ONE_SHOT else "unless-stopped")
    assert service["profiles"] == ["core"]
    assert "container_name" not in service, "replicas could not share it"


@every
def test_an_image_is_pinned(name: str) -> None:
    """Every image has a version of its own, never `latest` nor a moving major one."""
    image, _, tag = SERVICES[name]["image"].partition(":")

    assert image
    assert re.match(r"v?\d+\.\d+", tag)


@every
def test_a_service_is_watched(name: str) -> None:
    """Every service but the one-shot has a health check, given time to start and asked again before it counts."""
    check = SERVICES[name]["healthcheck"]

    if name in ONE_SHOT:
        assert check == {"disable": True}
        return
    assert check["test"][0] in ("CMD", "CMD-SHELL")
    assert {"interval", "timeout", "retries", "start_period"} <= set(check)


@each_of_ours
def test_our_processes_are_given_time_to_drain(name: str) -> None:
    """A stop waits longer than the 30 s that a process may take, and its signal reaches the process."""
    assert int(SERVICES[name]["stop_grace_period"].removesuffix("s")) > 30
    assert SERVICES[name]["init"] is True


@every
def test_a_port_is_published_to_this_machine_only(name: str) -> None:
    """What is published binds 127.0.0.1, and only where a person looks; no replica fights for a port."""
    ports = SERVICES[name].get("ports", [])
    wanted = PUBLISHED.get(name)

    assert ports == ([f"127.0.0.1:{wanted}:{wanted}"] if wanted else [])
    assert not (ports and SERVICES[name]["deploy"].get("replicas"))


@every
def test_the_way_out_is_closed_to_who_needs_none(name: str) -> None:
    """Kafka, the database and the workers can reach nothing outside; who is published or reads the network can."""
    networks = set(SERVICES[name]["networks"])

    assert "inside" in networks
    assert ("outside" in networks) == (name in PUBLISHED or name == "ingest")
    assert compose.project()["networks"]["inside"] == {"internal": True}


# --- order ---


@each_of_ours
def test_nothing_begins_before_the_topics_are_there(name: str) -> None:
    """The topics are made when Kafka is well; every other process of ours waits until they are made."""
    needs = {other: need["condition"] for other, need in SERVICES[name]["depends_on"].items()}

    if name == "topics":
        assert needs == {"kafka": "service_healthy"}
        return
    assert needs.pop("topics") == "service_completed_successfully"
    assert needs == ({"postgres": "service_healthy"} if name in ("watch", "serve") else {})


def test_only_our_verb_makes_topics() -> None:
    """Kafka makes no topic by itself, which would have the wrong number of partitions."""
    assert compose.environment("kafka")["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"


# --- environment ---


@each_of_ours
def test_every_name_is_known_and_every_value_is_taken(name: str) -> None:
    """Every ATALAYA_ variable is one of the settings', and the settings take all of them, with the configuration."""
    given = compose.environment(name)

    assert given.keys() <= {*env_names(), *OTHER_NAMES}
    assert settings(name).kafka.servers == ("kafka:9092",)


@each_of_ours
def test_each_process_has_what_it_needs_and_no_more(name: str) -> None:
    """Only `watch` and `serve` know the store and its password; only `ingest` has a place to write; none else."""
    service, found = SERVICES[name], settings(name)
    with_store = name in ("watch", "serve")

    assert found.store.url.startswith("postgresql://") == with_store
    assert (found.store.password is not None) == with_store
    assert service.get("secrets", []) == (["store_password"] if with_store else [])
    written = [target for _, target, writable in compose.mounts(service) if writable]
    assert written == (["/var/lib/atalaya"] if name == "ingest" else [])
    assert found.metrics.host == "0.0.0.0"


def test_the_outbox_lies_on_its_volume() -> None:
    """What was received and not yet sent outlives the container of `ingest`."""
    volumes = {target: source for source, target, _ in compose.mounts(SERVICES["ingest"])}

    assert volumes[str(PurePosixPath(settings("ingest").outbox.path).parent)] == "outbox"


def test_only_the_console_listens_for_people() -> None:
    """`serve` listens on every address of its container, at the port that is published; nobody else does."""
    assert [name for name in compose.ours() if settings(name).server.published] == ["serve"]
    assert settings("serve").server.port == PUBLISHED["serve"]


@each_of_ours
def test_secrets_are_where_the_environment_says(name: str) -> None:
    """Each `file:` names a secret of that very service."""
    files = [value for value in compose.environment(name).values() if value.startswith("file:")]

    assert files == [f"file:/run/secrets/{secret}" for secret in SERVICES[name].get("secrets", [])]


def test_the_configuration_leaves_the_rest_to_the_file() -> None:
    """The mounted configuration says what to watch, and nothing that the environment says."""
    path = ROOT / compose.env_example()["CONFIG_FILE"]

    assert set(tomllib.loads(path.read_text(encoding="utf-8"))) == {"brand", "source"}


# --- what must agree ---


def test_variables_are_documented_and_used() -> None:
    """Every variable of the file stands in .env.example behind a comment, and every one there is used, or Compose's."""
    text = compose.ENV_EXAMPLE.read_text(encoding="utf-8")
    blocks = [block for block in text.split("\n\n") if "=" in block]

    assert compose.variables() | {"COMPOSE_PROFILES"} == compose.env_example().keys()
    assert compose.env_example()["COMPOSE_PROFILES"] == "core"
    assert not [name for name in compose.variables() if name.startswith("ATALAYA_")], "the program would refuse it"
    assert all(block.startswith("#") and block.count("\n") >= 1 for block in blocks)


def test_mounted_files_exist() -> None:
    """Everything mounted from the repository is there, and mounted read-only."""
    bound = [m for service in SERVICES.values() for m in compose.mounts(service) if m[0].startswith(".")]

    assert bound
    assert [source for source, _, _ in bound if not (ROOT / source).exists()] == []
    assert [source for source, _, writable in bound if writable] == []


def test_everything_named_is_defined_and_everything_defined_is_used() -> None:
    """Services, networks, volumes and secrets: what is named exists, and nothing is left over."""
    project = compose.project()

    def named(key: str) -> set[str]:
        return {entry for service in SERVICES.values() for entry in service.get(key, [])}

    volumes = {source for service in SERVICES.values() for source, _, _ in compose.mounts(service)}
    assert named("depends_on") <= set(SERVICES)
    assert named("networks") == set(project["networks"])
    assert named("secrets") == set(project["secrets"])
    assert {name for name in volumes if not name.startswith(".")} == set(project["volumes"])


def test_prometheus_asks_every_process() -> None:
    """Each long-running process of ours is a job at the port where it shows its metrics; replicas are found by name."""
    jobs = scraped()
    running = [name for name in compose.ours() if name not in ONE_SHOT]

    assert {job: found for job, found in jobs.items() if job != "prometheus"} == {
        name: {f"{name}:{settings(name).metrics.port}"} for name in running
    }
    for name in running:
        assert f'127.0.0.1", {settings(name).metrics.port}' in SERVICES[name]["healthcheck"]["test"][-1]


def test_hosts_that_are_named_are_services() -> None:
    """Prometheus, its alerts and Grafana's data sources name services that exist, at the ports where these listen."""
    prometheus = (ROOT / "deploy" / "prometheus.yml").read_text(encoding="utf-8")
    sources = yaml.safe_load(
        (ROOT / "deploy" / "grafana" / "provisioning" / "datasources" / "datasources.yml").read_text(encoding="utf-8")
    )["datasources"]

    assert "targets: [alertmanager:9093]" in prometheus
    assert {source["uid"]: source["url"] for source in sources} == {
        "prometheus": "http://prometheus:9090",
        "store": "postgres:5432",
    }
    (store,) = (source for source in sources if source["uid"] == "store")
    assert store["secureJsonData"]["password"] == "$__file{/run/secrets/reader_password}"
    assert "reader_password" in SERVICES["grafana"]["secrets"]


def test_kafka_is_where_it_says_it_is() -> None:
    """The broker tells its clients the address that ours are given."""
    kafka = compose.environment("kafka")

    assert kafka["KAFKA_ADVERTISED_LISTENERS"] == f"PLAINTEXT://{settings('ingest').kafka.servers[0]}"
    assert kafka["KAFKA_LOG_DIRS"] in [target for _, target, _ in compose.mounts(SERVICES["kafka"])]
    tested = (ROOT / "tools" / "kafka" / "pom.xml").read_text(encoding="utf-8")
    assert f"<kafka.version>{SERVICES['kafka']['image'].partition(':')[2]}</kafka.version>" in tested


def test_our_image_has_the_version_of_the_package() -> None:
    """The tag of our image is the version of the program."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

    assert {SERVICES[name]["image"] for name in compose.ours()} == {f"{compose.IMAGE}{project['project']['version']}"}


# --- secrets ---


def words_in_clear(text: str) -> list[str]:
    """Values of what is called a password, a secret, a token or a key, where they are not the name of a file."""
    called = r"(?i)(?:passw|secret|token|api_?key)\w*[\"']?(?::|[ \t]*=)[ \t]*[\"']?(?!\?)([^\s\"'].*)"
    file = re.compile(r"\./secrets/|(file:)?/run/secrets/|\$__file\{/run/secrets/|\[\w+_password\b")
    with_password = re.findall(r"://[^\s/:@]+:[^\s/@]+@", text)
    return [value for value in re.findall(called, text) if not file.match(value)] + with_password


@pytest.mark.parametrize("path", CONFIGURATION, ids=lambda path: path.name)
def test_no_secret_stands_in_a_file(path: Path) -> None:
    """Wherever a password or a key is spoken of, a file is named, and no address holds a password."""
    assert words_in_clear(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "line",
    [
        "POSTGRES_PASSWORD: hunter2",
        'GF_SECURITY_ADMIN_PASSWORD: "admin"',
        "STORE_PASSWORD=hunter2",
        "  auth_token: abcdef",
        "ATALAYA_STORE_URL: postgresql://atalaya:hunter2@postgres/atalaya",
    ],
)
def test_a_secret_would_be_found(line: str) -> None:
    """The look for secrets sees the ways in which one would be written."""
    assert words_in_clear(line)


def test_secrets_come_from_files_that_are_never_committed() -> None:
    """Every secret is a file below secrets/, which git and the image's build leave out; so is .env."""
    files = [secret["file"] for secret in compose.project()["secrets"].values()]

    assert all(file.startswith("./secrets/") for file in files)
    assert {"/secrets/", "/.env"} <= set((ROOT / ".gitignore").read_text(encoding="utf-8").splitlines())
    assert "secrets" not in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
