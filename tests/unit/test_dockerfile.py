"""The Dockerfile makes of this repository what docker-compose.yml runs; checked without an engine."""

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests import compose

ROOT = compose.ROOT
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
UV = Path(sys.executable).with_name("uv")


def instructions() -> list[tuple[str, str]]:
    """Each instruction with its words, lines joined, comments left out."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#")).replace("\\\n", " ")
    return [(word, rest.strip()) for word, rest in re.findall(r"^([A-Z]+) +(.*)$", lines, re.MULTILINE)]


def stage(number: int) -> list[tuple[str, str]]:
    """The instructions of one stage, its FROM first."""
    found = instructions()
    starts = [place for place, (word, _) in enumerate(found) if word == "FROM"] + [len(found)]
    return found[starts[number] : starts[number + 1]]


def copied() -> list[str]:
    """What is copied from the repository."""
    sources = [shlex.split(rest)[:-1] for word, rest in stage(0) if word == "COPY"]
    return [source for group in sources for source in group]


def said(number: int, word: str) -> list[str]:
    """What one kind of instruction says in a stage."""
    return [rest for kind, rest in stage(number) if kind == word]


def test_only_what_exists_is_copied() -> None:
    """Each path that is copied is in the repository, and .dockerignore lets exactly these into the build."""
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}

    assert [path for path in copied() if not (ROOT / path).exists()] == []
    assert set(copied()) == let_in
    assert "*" in (ROOT / ".dockerignore").read_text().splitlines()


def test_the_package_is_copied_whole() -> None:
    """Every package of the wheel, and each file that the package's description names, goes into the build."""
    named = {*PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]}
    named |= {PROJECT["project"]["readme"], *PROJECT["project"]["license-files"], "pyproject.toml", "requirements.lock"}

    assert set(copied()) == named


def test_the_lock_is_installed_by_its_hashes() -> None:
    """Packages come by the lock's versions and hashes only, and nothing is resolved behind them."""
    installs = [step.strip() for run in said(0, "RUN") for step in run.split("&&") if "uv pip" in step]

    assert [step for step in installs if "sync" in step] == [
        "uv pip sync -q --require-hashes --constraint requirements.lock runtime.txt"
    ]
    assert [step for step in installs if " install " in step] == ["uv pip install -q --no-deps ."]


@pytest.mark.skipif(not UV.exists(), reason="no uv beside this Python; `make test` installs it")
def test_what_the_lock_does_not_know_stops_the_build(tmp_path: Path) -> None:
    """A package without a hash in the lock is refused."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    at = lock.index("\njinja2==")
    end = lock.index("\n    # via", at)
    (tmp_path / "runtime.txt").write_text(lock[at:end].split()[0] + "\n")
    (tmp_path / "without.lock").write_text(lock[:at] + lock[end:])
    sync = [str(UV), "pip", "sync", "-q", "--offline", "--dry-run", "--python", sys.executable]
    command = [*sync, "--require-hashes", "--constraint", "without.lock", "runtime.txt"]

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 2
    assert "must have a hash" in done.stderr


def test_the_image_holds_no_tools_of_its_making() -> None:
    """The final stage begins anew, takes the finished environment, and has neither pip nor uv nor a compiler."""
    assert re.fullmatch(r"python:3\.\d+-slim", said(1, "FROM")[0])
    assert said(0, "FROM")[0].startswith(said(1, "FROM")[0].removesuffix("-slim")), "one version of Python and system"
    assert said(1, "COPY") == ["--from=builder /opt/atalaya /opt/atalaya"]
    (run,) = said(1, "RUN")
    assert "pip uninstall --yes" in run
    assert "apt-get" not in run


def test_the_image_runs_as_the_user_of_the_compose_file() -> None:
    """The image's user is the one of docker-compose.yml, and owns the only folder that is written."""
    users = {compose.services()[name]["user"] for name in compose.ours()}

    assert set(said(1, "USER")) == users == {"10001:10001"}
    (run,) = said(1, "RUN")
    assert "--uid 10001" in run
    assert "install --directory --owner=atalaya --group=atalaya --mode=0750 /var/lib/atalaya" in run
    assert said(1, "VOLUME") == [], "every container would get a volume, also those that write nothing"


def test_the_image_starts_the_program() -> None:
    """The entry point is the program that pyproject.toml installs, with the version that the label says."""
    assert said(1, "ENTRYPOINT") == [f'["{compose.ENTRYPOINT}"]']
    assert compose.ENTRYPOINT in PROJECT["project"]["scripts"]
    assert f'version="{PROJECT["project"]["version"]}"' in " ".join(said(1, "LABEL"))
    version = said(1, "FROM")[0].removeprefix("python:").removesuffix("-slim")
    assert f"Programming Language :: Python :: {version}" in PROJECT["project"]["classifiers"]


def test_the_image_writes_no_bytecode() -> None:
    """Bytecode is compiled at the build, so that a start on a read-only file system costs nothing."""
    assert any("compileall" in run for run in said(0, "RUN"))
    assert "PYTHONDONTWRITEBYTECODE=1" in said(1, "ENV")[0]


def test_no_host_is_named() -> None:
    """Images and packages come from wherever the machine has them: no file names a host for them."""
    for path in (ROOT / "Dockerfile", compose.FILE):
        text = path.read_text(encoding="utf-8")
        images = re.findall(r"^(?:FROM|\s+image:) (\S+)", text, re.MULTILINE)
        assert images
        assert [image for image in images if re.match(r"[^/]*[.:][^/]*/", image)] == []
        assert "index-url" not in text
