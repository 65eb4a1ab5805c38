"""Processes that end with the tests, however these end: a killed test run must leave nothing behind (Linux)."""

import ctypes
import signal
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_LIBC = ctypes.CDLL(None)
# Linux ends a process with the *thread* that started it, and who starts one may not live long: this thread does.
_STARTER = ThreadPoolExecutor(1, "lifeline")


def popen(command: Sequence[str], **options: Any) -> subprocess.Popen[bytes]:
    """`subprocess.Popen`, of a process that Linux kills when this one has ended."""
    return _STARTER.submit(subprocess.Popen, list(command), preexec_fn=end_with_parent, **options).result()


def end_with_parent() -> None:
    """Have Linux kill the calling process when the thread that is its parent ends; what it forks lives on."""
    if sys.platform == "linux":
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def runs(process: int) -> bool:
    """Whether a process still runs; one that has ended stays in Linux' table until its parent takes note of it.

    Of an orphan that is the first process of the machine, which may take seconds.
    """
    try:
        told = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return told.rpartition(")")[2].split()[0] not in ("Z", "X")
