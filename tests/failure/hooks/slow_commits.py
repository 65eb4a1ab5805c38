"""Every commit of a writer takes two seconds while the file exists that `ATALAYA_TEST_WHILE` names."""

import os
import time
from pathlib import Path

from sqlalchemy import Connection, Engine, event

WHILE = Path(os.environ["ATALAYA_TEST_WHILE"])
SECONDS = 2.0


@event.listens_for(Engine, "commit")
def _slowly(connection: Connection) -> None:
    options = connection.get_execution_options()
    reads = options.get("postgresql_readonly") or options.get("begin") == "BEGIN"
    if WHILE.exists() and not reads:
        time.sleep(SECONDS)
