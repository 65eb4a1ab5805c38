"""Writes `dashboards/generated` anew: `python -m dashboards.grafana [FOLDER]`, from the repository's root."""

import sys
from argparse import ArgumentParser
from pathlib import Path

from dashboards.grafana.building import PLACE, write


def main(arguments: list[str]) -> None:
    """Write every dashboard in both languages below a folder."""
    parser = ArgumentParser(prog="python -m dashboards.grafana", description=main.__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=PLACE, help="default: %(default)s")
    for path in write(parser.parse_args(arguments).folder):
        print(f"written: {path}")


if __name__ == "__main__":
    main(sys.argv[1:])
