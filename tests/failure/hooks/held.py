"""The first batch is held for `ATALAYA_TEST_HOLD` seconds, and says so.

WATCH holds it inside its transaction, SCORE when all of it was delivered and nothing acknowledged.
"""

import asyncio
import os
import sys
import time
from itertools import count
from typing import Any

from processors.runtime.score_stage import ScoreStage
from processors.watch import Watch

HOLD = float(os.environ["ATALAYA_TEST_HOLD"])
_run, _score = Watch._run, ScoreStage.process
_batches = count()


def _held() -> bool:
    first = next(_batches) == 0
    if first:
        print("held", file=sys.stderr, flush=True)
    return first


def _held_run(*args: Any) -> None:
    _run(*args)
    if _held():
        time.sleep(HOLD)


async def _held_score(*args: Any) -> None:
    await _score(*args)
    if _held():
        await asyncio.sleep(HOLD)


Watch._run, ScoreStage.process = _held_run, _held_score  # type: ignore[method-assign]
