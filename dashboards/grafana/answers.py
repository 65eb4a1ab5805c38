"""What comes of asking, whoever answers."""

import re

from msgspec import Struct

from dashboards.grafana.excuses import excuse_of
from dashboards.grafana.questions import Question


class Answer(Struct, frozen=True, kw_only=True):
    """What came of one question.

    Attributes:
        board, panel, line: its place, as in `Question`. asked: its text as it was sent.
        error: what was said against it, with the place in the text where that is known; None: nothing.
        found: how many series or rows came. may_be_empty: why nothing need come; None: something must.
        needless: it is excused for good, and something came.
    """

    board: str
    panel: str
    line: str
    asked: str
    error: str | None
    found: int
    may_be_empty: str | None
    needless: bool

    @property
    def ok(self) -> bool:
        """Whether it was answered as it should be."""
        return self.error is None and (self.found > 0 or self.may_be_empty is not None)


def answer(question: Question, asked: str, *, error: str | None = None, found: int = 0) -> Answer:
    """Put an answer beside its question."""
    excuse = excuse_of(question)
    return Answer(
        board=question.board,
        panel=question.panel,
        line=question.line,
        asked=asked,
        error=error,
        found=found,
        may_be_empty=question.may_be_empty or (excuse.why if excuse else None),
        needless=excuse is not None and not excuse.by_chance and found > 0,
    )


def left_open(text: str) -> str | None:
    """What of Grafana's variables nothing was filled in for, as an error; None: nothing is left."""
    left = re.search(r"\$(?:__\w+|\{[^}]*\}|[a-zA-Z]\w*)", text)
    if left is None:
        return None
    return f"nothing is known to fill in for {left[0]} at character {left.start() + 1}"
