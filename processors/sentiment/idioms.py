"""Phrases that say together what their words do not: `fed up`, `de puta madre`. Found in a text as pieces of one."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from itertools import pairwise

from processors.sentiment.lexicon import read_lexicon
from processors.sentiment.spanish_lexicon import read_spanish

Span = tuple[int, int, str]
"""Where a phrase begins and ends among the words of a text, and its words with single blanks."""


class Idioms:
    """Phrases with their values in [-4, 4]; 0: the phrase is plain although its words look charged.

    Args:
        values: two words or more in lower case without accents, parted by single blanks.
    """

    def __init__(self, values: Mapping[str, float]) -> None:
        self.values = dict(values)
        self._starts = dict[tuple[str, str], list[tuple[str, ...]]]()
        for phrase in sorted(values, key=len, reverse=True):
            parts = tuple(phrase.split(" "))
            self._starts.setdefault((parts[0], parts[1]), []).append(parts)

    def find(self, words: Sequence[str]) -> list[Span]:
        """The phrases of a text, the longest first where two begin at one word; they do not overlap."""
        if self._starts.keys().isdisjoint(pairwise(words)):
            return []
        found, end = list[Span](), 0
        for i, two in enumerate(pairwise(words)):
            if two in self._starts and i >= end:
                for parts in self._starts[two]:
                    if tuple(words[i : i + len(parts)]) == parts:
                        end = i + len(parts)
                        found.append((i, end, " ".join(parts)))
                        break
        return found


@cache
def idioms_of(lexicon: str) -> Idioms:
    """The phrases of a lexicon (`en`, `es`; any other has none)."""
    if lexicon == "en":
        lines = resources.files("processors.sentiment").joinpath("english/idioms.tsv").read_text("utf-8").splitlines()
        own = {term: float(value) for term, value in (line.split("\t") for line in lines)}
        return Idioms({term: value for term, value in read_lexicon().idioms.items() if " " in term} | own)
    if lexicon == "es":
        return Idioms({term: found.value for term, found in read_spanish().phrases.items() if not found.role})
    return Idioms({})
