"""Writes `deploy/rules.yml` anew: `python -m dashboards.rules [ADDRESS OF THE RUNBOOK]`, from the repository's root."""

import sys
from argparse import ArgumentParser
from pathlib import Path

from dashboards.rules.rendering import RUNBOOK, rules_file

PLACE = Path("deploy") / "rules.yml"


def main(arguments: list[str]) -> None:
    """Write the file; alerts lead to the runbook at the address that is given, else to the page in the repository."""
    parser = ArgumentParser(prog="python -m dashboards.rules", description=main.__doc__)
    parser.add_argument("runbook", nargs="?", default=RUNBOOK, help="default: %(default)s")
    PLACE.write_text(rules_file(runbook=parser.parse_args(arguments).runbook), encoding="utf-8")
    print(f"written: {PLACE}")


if __name__ == "__main__":
    main(sys.argv[1:])
