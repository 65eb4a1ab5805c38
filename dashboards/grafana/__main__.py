"""Writes `dashboards/generated` anew: `python -m dashboards.grafana [FOLDER]`, from the repository's root."""

import sys
from pathlib import Path

from dashboards.grafana.building import PLACE, write


def main(arguments: list[str]) -> None:
    """Write every dashboard in both languages below a folder."""
    for path in write(Path(arguments[0]) if arguments else PLACE):
        print(f"written: {path}")


if __name__ == "__main__":
    main(sys.argv[1:])
