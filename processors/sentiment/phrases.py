"""Several words that count as one: idioms, and the lexicon's entries that hold a blank. For `vader-fixed`."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from processors.sentiment.words import Phrase, Word


def find_phrases(terms: Mapping[str, Word]) -> dict[str, tuple[Phrase, ...]]:
    """The phrases, longest first, by the word that gives each away: its longest, which is mostly its rarest."""
    phrases: dict[str, tuple[Phrase, ...]] = {}
    for term in sorted(terms, key=lambda term: (-len(term), term)):
        parts = tuple(term.split())
        sign = max(parts, key=len)
        phrases[sign] = (*phrases.get(sign, ()), Phrase(parts, parts.index(sign), terms[term]))
    return phrases


def merged(words: list[Word]) -> list[Word]:
    """The words with each phrase as one; what stands in two phrases belongs to the first."""
    merged: list[Word] = []
    taken = 0
    for i, word in enumerate(words):
        for phrase in word.phrases:
            start, stop = i - phrase.offset, i - phrase.offset + len(phrase.parts)
            parts = words[start:stop]
            if start >= taken and _stands(phrase, parts):
                merged += words[taken:start]
                merged.append(_as_written(phrase.word, all(part.upper for part in parts), parts[-1].ends))
                taken = stop
                break
    return merged + words[taken:]


def _stands(phrase: Phrase, words: list[Word]) -> bool:
    return tuple([word.lower for word in words]) == phrase.parts and not any(word.ends for word in words[:-1])


@lru_cache(maxsize=256)  # a phrase has four forms
def _as_written(whole: Word, upper: bool, ends: bool) -> Word:
    return replace(whole, upper=upper, altered=whole.altered or upper, ends=ends)
