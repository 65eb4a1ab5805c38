"""What benchmarks share: where they ran, their data folder, their tables."""

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


def arguments(doc: str | None) -> argparse.ArgumentParser:
    """A parser with `--data`."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of recorded data (its README names the parts)")
    return parser


def need(path: Path) -> Path:
    """`path`, or an end that says what is missing."""
    if not path.exists():
        sys.exit(f"missing data: {path}; name the folder that holds it with --data")
    return path


def environment() -> None:
    """Print commit and machine, without which a figure means nothing."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    dirty = subprocess.run(["git", "status", "--porcelain"], capture_output=True, text=True, check=False).stdout
    state = "+changes" if dirty else ""
    print(
        f"commit {commit.stdout.strip() or '?'}{state}; Python {platform.python_version()}; {os.cpu_count()} cores; "
        f"{_processor()}\n"
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else ():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a Markdown table."""
    print(f"| {' | '.join(heads)} |")
    print(f"|{'---|' * len(heads)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")
