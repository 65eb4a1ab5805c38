"""Nothing is skipped in silence where it matters."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import postgres

SKIPPING = """
import pytest

def test_that_skips():
    pytest.skip("no such thing here")

@pytest.mark.xfail(strict=True, reason="declared gap")
def test_that_is_known_to_fail():
    assert False
"""


@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
def test_with_ci_a_skipped_test_fails_the_run(tmp_path: Path, ci: str, code: int) -> None:
    """With CI=true a skipped test, not a declared gap, fails the run and tells its reason."""
    (tmp_path / "test_it.py").write_text(SKIPPING, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-ra",
        "-p",
        "tests.conftest",
        "-p",
        "no:cacheprovider",
        "test_it.py",
    ]
    env = {**os.environ, "CI": ci, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    assert "no such thing here" in done.stdout
    assert ("1 failed, 1 xfailed" if ci else "1 skipped, 1 xfailed") in done.stdout


def test_a_machine_without_postgresql_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where there are no server binaries, the reason names the package and the variable that would help."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("ATALAYA_TEST_POSTGRES", raising=False)
    monkeypatch.setattr(postgres, "INSTALLED", tmp_path)
    with (
        pytest.raises(postgres.MissingServerError, match="install the package postgresql, or name a server"),
        postgres.serving(),
    ):
        pass
