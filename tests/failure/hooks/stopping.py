"""The second batch waits a moment inside its transaction, so that a test can stop the process there.

`ATALAYA_TEST_PLACE`: `before` its first statement, or `behind` its last. The database undoes a transaction that lies
idle for `ATALAYA_TEST_IDLE` seconds.
"""

import os
import sys
import time
from datetime import timedelta
from itertools import count
from typing import Any

from processors.store import engines
from processors.watch import Watch

PLACE = os.environ["ATALAYA_TEST_PLACE"]
MOMENT = 1.5
engines.STOPPED_AFTER = timedelta(seconds=float(os.environ["ATALAYA_TEST_IDLE"]))
_run = Watch._run
_batches = count()


def _stopping(*args: Any) -> None:
    second = next(_batches) == 1
    if second and PLACE == "before":
        _linger()
    _run(*args)
    if second and PLACE == "behind":
        _linger()


def _linger() -> None:
    print("lingering", file=sys.stderr, flush=True)
    time.sleep(MOMENT)


Watch._run = _stopping  # type: ignore[method-assign]
