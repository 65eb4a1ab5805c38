"""Runs every benchmark, one after the other."""

import subprocess
import sys

from benchmarks.harness import arguments, environment

NAMES = (
    "matching",
    "parsing",
    "sentiment",
    "target",
    "corrections",
    "language",
    "campaigns",
    "pipeline",
    "sending",
    "spikes",
)

if __name__ == "__main__":
    data = arguments(__doc__).parse_args().data
    environment()
    for name in NAMES:
        print(f"\n## {name}\n", flush=True)
        subprocess.run([sys.executable, "-m", f"benchmarks.{name}", "--data", str(data)], check=True)
