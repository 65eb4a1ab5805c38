"""Spanish in the manner of VADER: our own lexicon, and rules for negation, degree, contrast and irony.

One pass over the words of a text, whose facts are worked out once per token and remembered; linear in its length.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import cast

from mentions.folding import fold
from processors.sentiment.lexicon import Lexicon
from processors.sentiment.outcome import Analysis
from processors.sentiment.repair import ENDINGS, PUNCTUATION, Emoji, is_handle, unescaped, without_addresses
from processors.sentiment.spanish_lexicon import Rated, SpanishLexicon, read_spanish
from processors.sentiment.spanish_scoring import weigh
from processors.sentiment.spanish_words import (
    AFTERWARDS,
    AMAZEMENT,
    BREAKS,
    BRIDGES,
    CONCESSIONS,
    CONTRASTS,
    DEGREES,
    IRONIC_SIGNS,
    MENDING,
    NEGATORS,
    NEVER,
    OPENERS,
    PHRASE_ROLES,
    SO,
    SWEARING,
    Group,
    SpanishWord,
)
from processors.sentiment.words import Memo, Word

_GLUED = re.compile(r"([,;!?)\]…/]|\.\.)(?=[^\W\d_])")
_CAMEL = re.compile(r"[A-ZÁÉÍÓÚÑ]?[a-záéíóúñü]+|[A-ZÁÉÍÓÚÑ]+(?![a-z])")
_LAUGHTER = re.compile(r"(?:[jh]+[aeiou]+){2,}[jh]*|a(?:[jh]+a+)+[jh]*|j{3,}|(?:xd+)+|l+o+l+")
_LONGER = re.compile(r"(.)\1\1+")
_IRONY = frozenset(("ironia", "sarcasmo"))
_QUOTES = '"“”«»'
_ENDINGS = frozenset(ENDINGS)
_PLAIN = SpanishWord()
_EDGE = SpanishWord(listed=True, ends=True)
_LONGEST_WORD = 60
_LAUGHS = 0.6
_KNOWN_WORDS = 50_000


class SpanishRules:
    """The rules over one lexicon."""

    def __init__(self, lexicon: SpanishLexicon | None = None) -> None:
        self._lexicon = lexicon = lexicon or read_spanish()
        self._emoji = Emoji(Lexicon({}, dict.fromkeys(lexicon.emoji, ""), {}, frozenset(), {}), lambda _: 0.0)
        self._emoji.values = lexicon.emoji
        self._groups = _grouped({term: _phrase(term, rated) for term, rated in lexicon.phrases.items()})
        self._roles = {
            *NEGATORS,
            *DEGREES,
            *AFTERWARDS,
            *CONTRASTS,
            *CONCESSIONS,
            *BREAKS,
            *BRIDGES,
            *SO,
            *MENDING,
            *_IRONY,
        }
        self._parts = {part for term in lexicon.phrases for part in term.split()}
        self._word = lru_cache(maxsize=_KNOWN_WORDS)(self._make_word)
        self._facts = cast(Callable[[str], SpanishWord], Memo(self._look).__getitem__)

    def analyse(self, text: str) -> Analysis:
        """Rate the words of `text`; linear in its length, whatever it is."""
        if "&" in text:
            text = unescaped(text)
        if "://" in text or "www." in text.lower():
            text = without_addresses(text)
        text = self._emoji.spaced(text)
        if _GLUED.search(text):
            text = _GLUED.sub(r"\1 ", text)
        words = [_EDGE, _EDGE, _EDGE, *map(self._facts, text.split()), _PLAIN, _PLAIN]
        places = [i for i, word in enumerate(words) if word.marked]
        found = _phrases(words, places)
        if found:
            words = _merged(words, found)
            places = [i for i, word in enumerate(words) if word.marked]
        hits = [i for i in places if words[i].scored]
        values = weigh(words, places, mixed=not text.isupper()) if hits else []
        return Analysis(text, cast(list[Word], words), hits, values)

    def _look(self, token: str) -> Word:
        """What the rules must know of a token as it was written."""
        bare = token.strip(PUNCTUATION)
        tail = token[len(token.rstrip(PUNCTUATION)) :]
        ends, asks = not _ENDINGS.isdisjoint(tail), "?" in tail
        pauses = ends or "," in tail or ")" in tail
        sign = self._sign(token)
        if sign is not None:
            return sign
        if is_handle(token) or not bare or len(bare) > _LONGEST_WORD:
            return self._word("", False, ends, pauses, asks, False)
        quoted = token[0] in _QUOTES and not set(_QUOTES).isdisjoint(tail)
        if token.startswith("#") and (value := self._hashtag(bare)):
            return SpanishWord(
                lower=fold(bare), value=value, listed=True, scored=True, marked=True, ends=ends, pauses=pauses
            )
        upper = len(bare) > 1 and bare.isupper()
        term = self._normal(fold(bare))
        if not self._is_known(term):
            return self._word("", False, ends, pauses, asks, False)
        return self._word(term, upper, ends, pauses, asks, quoted)

    def _is_known(self, term: str) -> bool:
        """Whether any rule or rating speaks of the word; the others share their facts."""
        return term in self._roles or term in self._parts or self._rated(term) is not None

    def _sign(self, token: str) -> SpanishWord | None:
        """An emoji or an emoticon, with or without marks behind it."""
        for form in (token, token.rstrip(ENDINGS + ",")):
            value = self._lexicon.emoji.get(form)
            if value is not None:
                return SpanishWord(
                    lower=form,
                    value=value,
                    listed=True,
                    scored=bool(value),
                    marked=True,
                    sign=True,
                    ironic=form in IRONIC_SIGNS,
                )
        return None

    def _normal(self, word: str) -> str:
        """One spelling for what is written in many: `nooo` is `no`, `jajajjaja` is `jaja`."""
        if _LAUGHTER.fullmatch(word):
            return "jaja"
        if _LONGER.search(word):
            short = _LONGER.sub(r"\1", word)
            if short in NEGATORS or short in DEGREES or short in CONTRASTS or short in self._parts:
                return short
        return word

    def _hashtag(self, tag: str) -> float:
        """The value of a tag: as one word, else what its capitals part."""
        found = self._lexicon.look_up(tag.lower())
        if found is not None:
            return found.value
        parts = [part.lower() for part in _CAMEL.findall(tag)]
        if len(parts) < 2:
            return 0.0
        rated = [found for part in parts if (found := self._lexicon.look_up(part))]
        total = sum(each.value for each in rated)
        return max(-4.0, min(4.0, -total if "no" in parts else total))

    def _make_word(self, term: str, upper: bool, ends: bool, pauses: bool, asks: bool, quoted: bool) -> SpanishWord:
        rated = self._rated(term)
        value = rated.value if rated else 0.0
        groups = self._groups.get(term, ())
        contrast = 1 if term in CONTRASTS else -1 if term in CONCESSIONS else 0
        reach, degree = NEGATORS.get(term, 0), DEGREES.get(term, 1.0)
        ironic = term in _IRONY
        return SpanishWord(
            lower=term if value or term in self._parts else "",
            value=value,
            listed=bool(value),
            scored=bool(value),
            upper=upper,
            ends=ends,
            pauses=pauses,
            asks=asks,
            groups=groups,
            is_noun=bool(rated and rated.is_noun),
            reach=reach,
            degree=degree,
            afterwards=term in AFTERWARDS,
            contrast=contrast,
            breaks=term in BREAKS,
            bridges=term in BRIDGES,
            swears=term in SWEARING,
            opens=term in OPENERS,
            quoted=quoted,
            ironic=ironic,
            never=term in NEVER,
            so=term in SO,
            amazes=term in AMAZEMENT,
            mends=term in MENDING,
            marked=bool(value or groups or contrast or reach or pauses or ironic or term in MENDING)
            or degree != 1.0
            or term in BREAKS,
        )

    def _rated(self, term: str) -> Rated | None:
        if not term or term in NEGATORS or (term in DEGREES and term not in self._lexicon.forms):
            return None
        return Rated(_LAUGHS) if term == "jaja" else self._lexicon.look_up(term)


def _phrase(term: str, rated: Rated) -> SpanishWord:
    """A phrase as one word; the parts it plays stand in the lexicon's third column."""
    word = SpanishWord(
        lower=term,
        value=rated.value,
        listed=bool(rated.value),
        scored=bool(rated.value),
        marked=True,
        opens=rated.value > 0 and term.startswith("que "),
        fixed=term.split()[0] in NEGATORS,
    )
    role = PHRASE_ROLES.get(rated.role)
    return replace(word, **role) if role else word


def _grouped(phrases: dict[str, SpanishWord]) -> dict[str, tuple[Group, ...]]:
    """The phrases by the word that gives each away, its longest; of those, the groups of the longest phrases first."""
    groups: dict[str, dict[tuple[int, int], dict[tuple[str, ...], SpanishWord]]] = {}
    for term, word in phrases.items():
        parts = tuple(term.split())
        sign = max(parts, key=_telling)
        shape = (-len(parts), parts.index(sign))
        groups.setdefault(sign, {}).setdefault(shape, {})[parts] = word
    return {
        sign: tuple(_group(offset, -size, words) for (size, offset), words in sorted(shapes.items(), key=_shape))
        for sign, shapes in groups.items()
    }


def _telling(part: str) -> tuple[bool, int]:
    """Long words are rare; those of grammar are not."""
    return part not in BRIDGES and part not in NEGATORS and part not in DEGREES and part not in BREAKS, len(part)


def _group(offset: int, size: int, words: dict[tuple[str, ...], SpanishWord]) -> Group:
    beside = -1 if offset else 1
    return Group(offset, size, beside, frozenset(parts[offset + beside] for parts in words), words)


def _shape(item: tuple[tuple[int, int], object]) -> tuple[int, int]:
    return item[0]


def _phrases(words: list[SpanishWord], places: list[int]) -> list[tuple[int, int, SpanishWord]]:
    """Where phrases stand: start, stop, what it is; ascending. What stands in two phrases belongs to the longer."""
    found: list[tuple[int, int, SpanishWord]] = []
    for i in places:
        for group in words[i].groups:
            if words[i + group.beside].lower in group.near:
                start = i - group.offset
                stop = start + group.size
                whole = group.words.get(tuple([part.lower for part in words[start:stop]]))
                if whole is not None and not any(part.ends for part in words[start : stop - 1]):
                    _add(found, (start, stop, whole))
                    break
    return found


def _add(found: list[tuple[int, int, SpanishWord]], phrase: tuple[int, int, SpanishWord]) -> None:
    if found and phrase[0] < found[-1][1]:
        if phrase[1] - phrase[0] <= found[-1][1] - found[-1][0] or (len(found) > 1 and phrase[0] < found[-2][1]):
            return
        found.pop()
    found.append(phrase)


def _merged(words: list[SpanishWord], found: list[tuple[int, int, SpanishWord]]) -> list[SpanishWord]:
    """The words with each phrase as one."""
    merged: list[SpanishWord] = []
    taken = 0
    for start, stop, whole in found:
        last = words[stop - 1]
        merged += words[taken:start]
        upper = any(part.upper for part in words[start:stop])
        merged.append(_as_written(whole, upper, last.ends, last.pauses, last.asks) if last.pauses or upper else whole)
        taken = stop
    merged += words[taken:]
    return merged


@lru_cache(maxsize=8192)
def _as_written(whole: SpanishWord, upper: bool, ends: bool, pauses: bool, asks: bool) -> SpanishWord:
    """A phrase with capitals in it, or a mark behind it."""
    return replace(whole, upper=upper, ends=ends, pauses=pauses, asks=asks)
