"""Our own Spanish lexicon: base forms with values in the files below `spanish/`, and every form that follows from them.

The values were given by hand, copied from no list. Each file holds lines of a term, a value in [-4, 4] and, where the
forms are not regular, a third column; sorted by term. 0 marks a word that would otherwise be taken for another's form.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256
from importlib import resources
from itertools import product

from mentions.folding import fold
from processors.sentiment.spanish_inflection import (
    adjective_forms,
    noun_forms,
    superlative_forms,
    verb_forms,
    without_clitics,
    without_diminutive,
)

FILES = ("emoji", "words", "adjectives", "verbs", "nouns", "phrases")
"""Where a form follows from two entries, the entry of the earlier file counts."""

_ELONGATED = re.compile(r"(.)\1\1+")
_DOUBLED = re.compile(r"(.)\1+")
_STRESSED = 1.2
_DIMINISHED_KEEPS = 0.8
_SHORTEST_DERIVED = 5
"""Of shorter words too many look as if they were derived."""


@dataclass(frozen=True)
class Entry:
    """One line of a file. `details` is its third column."""

    term: str
    value: float
    details: str = ""


@dataclass(frozen=True)
class Rated:
    """A form with its value.

    Attributes:
        is_noun: a thing or event, not what is said of one. role: of a phrase, see `spanish_words.PHRASE_ROLES`.
    """

    value: float
    is_noun: bool = False
    role: str = ""


@dataclass(frozen=True)
class SpanishLexicon:
    """All forms, without accents.

    Attributes:
        forms: of one word. verbs: those of them to which pronouns may be attached.
        phrases: of several words, separated by single blanks. emoji: without variants and skins.
        digest: 8 hexadecimal digits that change with any file.
    """

    forms: dict[str, Rated]
    verbs: dict[str, Rated]
    phrases: dict[str, Rated]
    emoji: dict[str, float]
    digest: str

    def look_up(self, word: str) -> Rated | None:
        """The value of one word in lower case, accented or not; None if nothing that it derives from is rated."""
        word = fold(word)
        found = self._derived(word)
        if found is None and _ELONGATED.search(word):
            # Two of a letter may be right (llueve, leer), one mostly is.
            found = self._derived(_ELONGATED.sub(r"\1\1", word)) or self._derived(_ELONGATED.sub(r"\1", word))
            found = found or self._derived(_DOUBLED.sub(r"\1", word))
            if found is not None:
                return Rated(max(-4.0, min(4.0, found.value * _STRESSED)), found.is_noun)
        return found

    def _derived(self, word: str) -> Rated | None:
        found = self.forms.get(word)
        if found is not None or len(word) < _SHORTEST_DERIVED:
            return found
        for rest in without_clitics(word):
            if rest in self.verbs:
                return self.verbs[rest]
        for rest in without_diminutive(word):
            if rest in self.forms:
                found = self.forms[rest]
                return Rated(found.value * _DIMINISHED_KEEPS, found.is_noun)
        return None


def read_file(name: str) -> list[Entry]:
    """The entries of one file, in its order."""
    return [_entry(line) for line in _text(name).splitlines() if line]


def _text(name: str) -> str:
    return resources.files("processors.sentiment").joinpath("spanish", f"{name}.tsv").read_text(encoding="utf-8")


def _entry(line: str) -> Entry:
    term, value, *details = line.split("\t")
    return Entry(term, float(value), *details)


@cache
def read_spanish() -> SpanishLexicon:
    """Read all files and derive the forms; the same object at every call (about 150 ms the first time)."""
    forms: dict[str, Rated] = {}
    verbs: dict[str, Rated] = {}
    for entry in read_file("words"):
        forms[fold(entry.term)] = Rated(entry.value, entry.details == "noun")
    for entry in read_file("adjectives"):
        term = fold(entry.term)
        _add(forms, superlative_forms(term), Rated(max(-4.0, min(4.0, entry.value * _STRESSED))))
        _add(forms, adjective_forms(term), Rated(entry.value))
    for entry in read_file("verbs"):
        made = list(verb_forms(fold(entry.term), tuple(fold(entry.details).split())))
        _add(forms, made, Rated(entry.value))
        _add(verbs, made, Rated(entry.value))
    for entry in read_file("nouns"):
        _add(forms, noun_forms(fold(entry.term)), Rated(entry.value, is_noun=True))
    phrases = {
        phrase: Rated(entry.value, role=entry.details)
        for entry in read_file("phrases")
        for phrase in expanded(fold(entry.term))
    }
    emoji = {entry.term: entry.value for entry in read_file("emoji")}
    digest = sha256("\n".join(map(_text, FILES)).encode()).hexdigest()[:8]
    return SpanishLexicon(forms, verbs, phrases, emoji, digest)


def _add(forms: dict[str, Rated], made: Iterable[str], rated: Rated) -> None:
    for form in made:
        forms.setdefault(form, rated)


def expanded(phrase: str) -> Iterator[str]:
    """`me tiene/tienen harto/harta` -> its four readings."""
    return map(" ".join, product(*(word.split("/") for word in phrase.split())))


@lru_cache(maxsize=100_000)
def valence(word: str) -> float:
    """The value of one word in lower case, in [-4, 4], by itself: nothing before it counts; 0.0 when it is unrated."""
    lexicon = read_spanish()
    if word in lexicon.emoji:
        return lexicon.emoji[word]
    found = lexicon.look_up(word)
    return found.value if found else 0.0
