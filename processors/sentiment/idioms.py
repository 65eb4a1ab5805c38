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

    Attributes:
        starts: phrases by their first two words, the longest first. firsts, seconds: these words.
    """

    def __init__(self, values: Mapping[str, float]) -> None:
        self.values = dict(values)
        self.starts = dict[tuple[str, str], list[tuple[str, ...]]]()
        for phrase in sorted(values, key=len, reverse=True):
            parts = tuple(phrase.split(" "))
            self.starts.setdefault((parts[0], parts[1]), []).append(parts)
        self.firsts = frozenset(first for first, _ in self.starts)
        self.seconds = frozenset(second for _, second in self.starts)

    def find(self, words: Sequence[str]) -> list[Span]:
        """The phrases of a text, the longest first where two begin at one word; they do not overlap."""
        if self.starts.keys().isdisjoint(pairwise(words)):
            return []
        found, end = list[Span](), 0
        for i, two in enumerate(pairwise(words)):
            if two in self.starts and i >= end:
                for parts in self.starts[two]:
                    if tuple(words[i : i + len(parts)]) == parts:
                        end = i + len(parts)
                        found.append((i, end, " ".join(parts)))
                        break
        return found


HEARD = frozenset(("not", "but", "though"))
"""Roles of phrases that the linear model knows: a negator, a word of contrast, one of concession."""


@cache
def roles_of_phrases() -> dict[str, str]:
    """Phrase -> its role among `HEARD`, of both lexicons."""
    english = {row[0]: row[2] for row in _english() if len(row) > 2}
    return english | {phrase: found.role for phrase, found in read_spanish().phrases.items() if found.role in HEARD}


@cache
def idioms_of(lexicon: str) -> Idioms:
    """The phrases of a lexicon (`en`, `es`; any other has none)."""
    if lexicon == "en":
        own = {row[0]: float(row[1]) for row in _english()}
        return Idioms({term: value for term, value in read_lexicon().idioms.items() if " " in term} | own)
    if lexicon == "es":
        known = read_spanish().phrases.items()
        return Idioms({term: found.value for term, found in known if not found.role or found.role in HEARD})
    return Idioms({})


@cache
def _english() -> list[list[str]]:
    lines = resources.files("processors.sentiment").joinpath("english/idioms.tsv").read_text("utf-8").splitlines()
    return [line.split("\t") for line in lines]
