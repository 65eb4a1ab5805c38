"""Writes `deploy/rules.yml` anew: `python -m dashboards.rules [ADDRESS OF THE RUNBOOK]`, from the repository's root."""

import sys
from pathlib import Path

from dashboards.rules.rendering import RUNBOOK, rules_file

PLACE = Path("deploy") / "rules.yml"


def main(arguments: list[str]) -> None:
    """Write the file; alerts lead to the runbook at the address that is given, else to the page in the repository."""
    PLACE.write_text(rules_file(runbook=arguments[0] if arguments else RUNBOOK), encoding="utf-8")
    print(f"written: {PLACE}")


if __name__ == "__main__":
    main(sys.argv[1:])
