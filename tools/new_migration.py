"""Write the next migration after a change of processors/store/schema.py.

    .venv/bin/python tools/new_migration.py 'add links'

Read what it wrote, add by hand what it cannot see (parts for one database only, moved data), and set `HEAD` in
processors/store/migrating.py. The contract tests compare the result with the schema on both databases.
"""

import subprocess
import sys
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from processors.store.migrating import alembic_config


def main(what: str) -> None:
    """Compare the schema with what the present migrations build, and write the difference."""
    with create_engine("sqlite://").connect() as connection:
        config = alembic_config(connection)
        heads = ScriptDirectory.from_config(config).get_heads()
        number = int(heads[0]) + 1 if heads else 1
        command.upgrade(config, "heads")
        script = command.revision(config, what, autogenerate=True, rev_id=f"{number:04}")
    if script is None or isinstance(script, list):
        sys.exit("nothing was written")
    path = Path(script.path)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "# ###" not in line), encoding="utf-8")
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", str(path)], check=True)
    print(path)


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]) or sys.exit("say what changed: tools/new_migration.py 'add links'"))
