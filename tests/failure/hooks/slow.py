"""Every batch takes `ATALAYA_TEST_PAUSE` seconds longer: half before its work is safe, half before it is said to be.

WATCH pauses inside its transaction and behind it, SCORE before it sends and behind the last acknowledgement.
"""

import asyncio
import os
import time
from typing import Any

from processors.runtime.score_stage import ScoreStage
from processors.watch import Watch

PAUSE = float(os.environ["ATALAYA_TEST_PAUSE"]) / 2
_run, _process, _score = Watch._run, Watch.process, ScoreStage.process


def _slow_run(*args: Any) -> None:
    _run(*args)
    time.sleep(PAUSE)


def _slow_process(*args: Any) -> Any:
    report = _process(*args)
    time.sleep(PAUSE)
    return report


async def _slow_score(*args: Any) -> None:
    await asyncio.sleep(PAUSE)
    await _score(*args)
    await asyncio.sleep(PAUSE)


Watch._run, Watch.process, ScoreStage.process = _slow_run, _slow_process, _slow_score  # type: ignore[method-assign]
