"""Readers of `tests/golden`: invented posts with what any reader would say of them.

All were written by hand before an engine saw them, and none is changed to suit one. What is wrong in them is corrected
here and the figures are published anew.
"""

from pathlib import Path
from typing import Literal, NamedTuple

GOLDEN = Path(__file__).parent / "golden"

JUDGED = ("en", "es")
"""Languages with `neutral_LANGUAGE.txt` and `hard_LANGUAGE.tsv`."""

NEIGHBOURS = ("ca", "gl", "eu")
"""Languages with `neighbours_LANGUAGE.txt`: each could be taken for Spanish."""

KINDS = ("negation", "contrast", "idiom", "comparison", "emoji")

NEUTRAL, TRAPS, HARD_OF_A_KIND = 300, 45, 40
"""Lines of a neutral file, how many of them (the last) hold words that look charged, and hard cases of each kind."""

_HEADER = "kind\texpected\ttarget\tothers\ttext"


class HardCase(NamedTuple):
    """A post whose sign is clear to a reader and hard for a list of words.

    `target` is the brand judged and `others` the one it is compared with, both empty where no brand is asked about.
    """

    kind: str
    expected: Literal["positive", "negative"]
    target: str
    others: str
    text: str


def neutral(language: str) -> list[str]:
    """The factual sentences of `language`; the last `TRAPS` hold negated negatives and words that look charged."""
    return _lines(f"neutral_{language}.txt")


def hard_cases(language: str) -> list[HardCase]:
    """The hard cases of `language`, by kind. Raises ValueError for a row that is none."""
    header, *rows = _lines(f"hard_{language}.tsv")
    if header != _HEADER:
        raise ValueError(f"hard_{language}.tsv: its first line is {header!r}; write {_HEADER!r}")
    return [_hard_case(f"hard_{language}.tsv:{number}", row) for number, row in enumerate(rows, start=2)]


def neighbours(language: str) -> list[str]:
    """Posts in a language that stands near Spanish."""
    return _lines(f"neighbours_{language}.txt")


def _hard_case(where: str, row: str) -> HardCase:
    kind, expected, target, others, text = row.split("\t")
    if kind not in KINDS:
        raise ValueError(f"{where}: the kind is {kind!r}; write one of {', '.join(KINDS)}")
    if expected == "positive":
        return HardCase(kind, "positive", target, others, text)
    if expected == "negative":
        return HardCase(kind, "negative", target, others, text)
    raise ValueError(f"{where}: {expected!r} is expected; write positive or negative")


def _lines(name: str) -> list[str]:
    return (GOLDEN / name).read_text("utf-8").splitlines()
