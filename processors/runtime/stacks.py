"""Where the threads and tasks of this process stand: for the log of a worker that must end without an answer."""

import asyncio
import sys
import threading
import traceback
from types import FrameType

_FRAMES = 3
"""Innermost frames that are told of each."""


def standing_at(loop: asyncio.AbstractEventLoop | None) -> list[str]:
    """A line for each task of a loop, and for each thread: its name and its innermost frames. From any thread."""
    tasks = asyncio.all_tasks(loop) if loop is not None else set()
    lines = [f"task {task.get_name()}: {_told(task.get_stack())}" for task in tasks]
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    threads = [f"thread {names.get(ident, ident)}: {_frames(frame)}" for ident, frame in sys._current_frames().items()]
    return sorted(lines) + sorted(threads)


def _frames(frame: FrameType | None) -> str:
    return " < ".join(f"{f.name} {f.filename.rpartition('/')[2]}:{f.lineno}" for f in _last(frame))


def _last(frame: FrameType | None) -> list[traceback.FrameSummary]:
    return traceback.extract_stack(frame)[: -_FRAMES - 1 : -1]


def _told(stack: list[FrameType]) -> str:
    """A task holds its outermost frame first; of one that waits, there is only that."""
    return _frames(stack[-1]) if stack else "done"
