"""The README tells the truth: each of its commands works, in both languages."""

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ATALAYA = ".venv/bin/atalaya"


def commands(readme: str) -> list[list[str]]:
    """The command lines of a README, without what stands behind a `#`."""
    lines = (ROOT / readme).read_text(encoding="utf-8").splitlines()
    return [shlex.split(line, comments=True) for line in lines if line.startswith((ATALAYA, "make "))]


def test_every_command_of_the_readme_works(tmp_path: Path) -> None:
    """Followed from top to bottom in an empty folder, each command ends with 0; `doctor` may find no network.

    Those of the Spanish one are the same, as the next test shows.
    """
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    targets = (ROOT / "Makefile").read_text()
    for words in commands("README.md"):
        if words[0] == "make":
            assert f"\n{words[1]}:" in targets
            continue
        command = [sys.executable, "-c", "from atalaya.cli import main; main()", *words[1:]]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
        allowed = (0, 1) if words[1] == "doctor" else (0,)
        assert done.returncode in allowed, (words, done.stderr)


def test_both_languages_show_the_same_commands() -> None:
    """What the English README tells to type, the Spanish one tells too."""
    assert commands("README.md") == commands("README.es.md")


@pytest.mark.parametrize("document", ["README.md", "README.es.md", "CONTRIBUTING.md", *(f"docs/{n}" for n in (
    "architecture.md", "invariants.md", "glossary.md", "gotchas.md", "decisions.md", "benchmarks.md", "topics.md",
    "deploy.md", "corrections.md"))])  # fmt: skip
def test_links_lead_somewhere(document: str) -> None:
    """Every relative link of a document leads to a file that is there."""
    path = ROOT / document
    text = path.read_text(encoding="utf-8")
    targets = [part.split(")")[0] for part in text.split("](")[1:]]
    missing = [t for t in targets if "://" not in t and not (path.parent / t.split("#")[0]).exists()]
    assert not missing
