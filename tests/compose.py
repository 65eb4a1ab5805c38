"""What docker-compose.yml gives to each service: read as Compose reads it, and adapted to a run without containers.

A process of ours is started natively with exactly the file's environment:

    environment = native_environment("watch", {
        "kafka:9092": broker.servers, "postgres:5432": "127.0.0.1:5433", "0.0.0.0": "127.0.0.1", "9108": "0",
        "/run/secrets": str(secrets), "/etc/atalaya": str(ROOT / "deploy"), "/var/lib/atalaya": str(tmp_path),
    })
    subprocess.Popen(native_command("watch"), env={"PATH": os.environ["PATH"], **environment})

`serve` listens on every address here too, unless ATALAYA_SERVER_PUBLISHED is set to false afterwards.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
FILE = ROOT / "docker-compose.yml"
ENV_EXAMPLE = ROOT / ".env.example"
ENTRYPOINT = "atalaya"
IMAGE = "atalaya:"
"""What the name of our own image begins with."""
_INSIDE = ("/run/secrets", "/etc/atalaya", "/var/lib/atalaya")
_VARIABLE = re.compile(r"\$(?:\$|\{(?P<name>\w+)(?P<rest>[^}]*)\})")


@cache
def project() -> Mapping[str, Any]:
    """The file, its variables filled in as `.env.example` has them. Not to be changed."""
    return {key: _filled(value) for key, value in yaml.safe_load(FILE.read_text(encoding="utf-8")).items()}


def services() -> Mapping[str, Mapping[str, Any]]:
    """Every service, by name."""
    found: Mapping[str, Mapping[str, Any]] = project()["services"]
    return found


def ours() -> list[str]:
    """Names of the services that run Atalaya."""
    return [name for name, service in services().items() if service["image"].startswith(IMAGE)]


def command(service: str) -> list[str]:
    """What runs in a service of ours, beginning with `atalaya`."""
    return [ENTRYPOINT, *services()[service]["command"]]


def native_command(service: str) -> list[str]:
    """The same, run by the interpreter that runs the tests."""
    return [sys.executable, "-c", "from atalaya.cli import main; main()", *command(service)[1:]]


def environment(service: str) -> dict[str, str]:
    """What the file sets in a service, as it stands there."""
    return dict(services()[service].get("environment", {}))


def native_environment(service: str, replacements: Mapping[str, str]) -> dict[str, str]:
    """The environment that the file gives to a service of ours, for a run on this machine.

    Args:
        replacements: what is written in the values -> what stands for it here, such as "kafka:9092" -> "127.0.0.1:9192"
            or "/run/secrets" -> a folder with the secrets' files. The longest is replaced first; those of other
            services do no harm.

    Raises:
        ValueError: a value still names something that is only in the containers.
    """
    pattern = re.compile("|".join(map(re.escape, sorted(replacements, key=len, reverse=True))) or r"(?!)")
    native = {
        name: pattern.sub(lambda found: replacements[found[0]], value) for name, value in environment(service).items()
    }
    for name, value in native.items():
        left = [place for place in _INSIDE if _begins(value, place)]
        left += [host for host in services() if re.search(rf"(^|[@/,]){host}:\d", value)]
        if left:
            msg = f"{service}: {name}={value} still names {left[0]}; say what stands for it here"
            raise ValueError(msg)
    return native


def variables() -> set[str]:
    """The variables that the file asks for."""
    text = FILE.read_text(encoding="utf-8")
    return {found["name"] for found in _VARIABLE.finditer(text) if found["name"]}


def env_example() -> dict[str, str]:
    """What `.env.example` sets."""
    lines = ENV_EXAMPLE.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def mounts(service: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Each mount of a service: what (a path or a volume's name), where, and whether it can be written."""
    for mount in service.get("volumes", []):
        if isinstance(mount, str):
            source, target, *mode = mount.split(":")
            yield source, target, mode != ["ro"]
        else:
            yield mount["source"], mount["target"], not mount.get("read_only", False)


def _begins(value: str, place: str) -> bool:
    return value.removeprefix("file:").removeprefix("sqlite:///").startswith(place)


def _filled(value: Any) -> Any:
    match value:
        case dict():
            return {key: _filled(item) for key, item in value.items()}
        case list():
            return [_filled(item) for item in value]
        case str():
            return _VARIABLE.sub(lambda found: env_example().get(found["name"], "") if found["name"] else "$", value)
    return value
