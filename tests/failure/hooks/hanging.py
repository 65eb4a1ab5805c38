"""The second batch hangs, once: `ATALAYA_TEST_HANG` is `sleep` (the loop itself) or `await` (its task only).

`ATALAYA_TEST_HUNG` names the file that remembers since when, so that the next process does not hang.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path
from typing import Any

from processors.runtime.score_stage import ScoreStage
from processors.runtime.watch_stage import WatchStage

HANG, HUNG = os.environ["ATALAYA_TEST_HANG"], Path(os.environ["ATALAYA_TEST_HUNG"])
FOR_EVER = 600
_batches = count()


def _hanging(process: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    async def hanging(*args: Any) -> None:
        if next(_batches) == 1 and not HUNG.exists():
            HUNG.write_text(str(time.time()))
            if HANG == "sleep":
                time.sleep(FOR_EVER)  # which is the fault
            await asyncio.Event().wait()
        await process(*args)

    return hanging


ScoreStage.process, WatchStage.process = _hanging(ScoreStage.process), _hanging(WatchStage.process)  # type: ignore[method-assign]
