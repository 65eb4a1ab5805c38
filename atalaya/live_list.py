"""The live list in the terminal: one line per judged mention, never more than people can read."""

import shutil
import sys
import time
from collections.abc import Callable
from typing import TextIO

from mentions.records import Label, ScoredMention
from processors.report import BatchReport

SIGNS: dict[Label, str] = {"positive": "+", "neutral": "·", "negative": "-", "unjudged": "?"}
"""Told apart by sign first; colour only helps."""
_COLOURS: dict[Label, str] = {"positive": "34", "neutral": "2", "negative": "33", "unjudged": "2"}
_PER_SECOND = 8
_NARROW, _WIDE = 60, 160


class LiveList:
    """Prints new mentions to `out`, at most a few a second; the rest is summed up in one line.

    Args:
        seconds: a monotonic clock.
    """

    def __init__(self, out: TextIO | None = None, seconds: Callable[[], float] = time.monotonic) -> None:
        self._out, self._seconds = out or sys.stdout, seconds
        self._colours = self._out.isatty()
        self._second, self._printed, self._skipped = -1, 0, 0

    def show(self, report: BatchReport) -> None:
        """Print what a batch brought."""
        for mention in report.new:
            self._show(mention)
        if report.new:
            self._out.flush()

    def _show(self, mention: ScoredMention) -> None:
        second = int(self._seconds())
        if second != self._second:
            if self._skipped:
                self._out.write(f"        ... and {self._skipped:,} more; all of them are in the console\n")
            self._second, self._printed, self._skipped = second, 0, 0
        if self._printed >= _PER_SECOND:
            self._skipped += 1
            return
        self._printed += 1
        self._out.write(self._line(mention) + "\n")

    def _line(self, mention: ScoredMention) -> str:
        post, label = mention.post, mention.sentiment.label
        who = post.author.handle or post.author.name or post.author.id
        own = "" if mention.voice == "public" else f" ({mention.voice})"
        head = (
            f"{post.created_at:%d %b %H:%M}  {SIGNS[label]} {mention.brand:<10.10} {post.source:<9.9} {mention.lang:<3}"
        )
        width = min(max(shutil.get_terminal_size().columns, _NARROW), _WIDE)
        line = f"{head} {printable(who)}{own}: {printable(post.full_text)}"
        line = line if len(line) <= width else f"{line[: width - 1]}…"
        return f"\033[{_COLOURS[label]}m{line}\033[0m" if self._colours else line


def printable(text: str) -> str:
    """Text on one line, without what would move a terminal's cursor or change its colours."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
