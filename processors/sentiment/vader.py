"""vaderSentiment 3.3.2, value for value, in time that grows with the text's length and no faster.

vaderSentiment walks over all words again for every rated one (8,000 words: 2.9 s, 8,000 emoji: 28.6 s). Here each
token's facts come from a memo and the rules look at the three words before a rated word and the two behind it. Its bugs
are kept, since this engine is the reference; `vader_fixed` mends them.
"""

import re
import string
from collections.abc import Iterable
from heapq import heappop, heappush

from processors.sentiment.lexicon import Lexicon
from processors.sentiment.outcome import Analysis
from processors.sentiment.words import EDGE, PLAIN, Memo, Word

NEGATED = -0.74
CAPITALS = 0.733
DAMPED_SECOND, DAMPED_THIRD = 0.95, 0.9
"""What a booster two and three words before keeps of its force."""

_TURNERS = frozenset({"no", "so", "this", "least"})
_OTHER_ROLES = frozenset({"of", "or", "nor", "never", "without", "doubt", "at", "very", "kind", "but"})
_NOT = Word(negates=True, alters=True)


def character_class(characters: Iterable[str]) -> str:
    """A regular expression's class of these characters, written as ranges.

    `re` tests single literals above U+FFFF one after another (1,212 emoji: 75 us per text), ranges are few.
    """
    ranges: list[list[int]] = []
    for code in sorted(map(ord, characters)):
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges) + "]"


class Vader:
    """The reference engine's rules over one lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._idioms = lexicon.idioms
        self._long_boosters = {words: boost for words, boost in lexicon.boosters.items() if " " in words}
        self._in_idioms = frozenset(part for words in [*self._idioms, *self._long_boosters] for part in words.split())
        roles = {*lexicon.values, *lexicon.boosters, *lexicon.negators, *self._in_idioms, *_TURNERS, *_OTHER_ROLES}
        self._lower = {lower: self._word(lexicon, lower, upper=False) for lower in roles}
        self._upper = {lower: self._word(lexicon, lower, upper=True) for lower in roles}
        # Emoji of several code points are never found: vaderSentiment looks at one character at a time.
        self._spelled = {emoji: " " + words for emoji, words in lexicon.emoji.items() if len(emoji) == 1}
        self._emoji = re.compile(character_class(self._spelled))
        self._facts = Memo(self._look).__getitem__

    def analyse(self, text: str) -> Analysis:
        """Rate the words of `text`."""
        if not text.isascii():
            text = self._emoji.sub(lambda match: self._spelled[match[0]], text)
        tokens = text.split()
        words = [EDGE, EDGE, EDGE, *map(self._facts, tokens), PLAIN, PLAIN]
        hits = [i for i, word in enumerate(words) if word.scored]
        if not hits:
            return Analysis(text, words, hits, [])
        # Asked only about a word in capitals, so one that is not makes the text mixed.
        mixed = not text.isupper() or not all(map(str.isupper, tokens))
        values = [
            self._value(words, i, mixed)
            if words[i].altered or words[i - 1].alters or words[i - 2].alters or words[i - 3].alters
            else words[i].value
            for i in hits
        ]
        if "but" in text.lower():
            _contrast(words, hits, values)
        return Analysis(text, words, hits, values)

    def _word(self, lexicon: Lexicon, lower: str, upper: bool) -> Word:
        listed, boost = lower in lexicon.values, lexicon.boosters.get(lower, 0.0)
        negates = lower in lexicon.negators or "n't" in lower
        in_idiom = lower in self._in_idioms
        return Word(
            lower=lower,
            value=lexicon.values.get(lower, 0.0),
            listed=listed,
            scored=listed and not boost,
            upper=upper,
            boost=boost,
            negates=negates,
            alters=bool(boost) or negates or in_idiom or lower in _TURNERS,
            altered=upper or in_idiom or lower in ("no", "kind"),
            in_idiom=in_idiom,
        )

    def _look(self, token: str) -> Word:
        stripped = token.strip(string.punctuation)
        if len(stripped) <= 2:  # taken for an emoticon
            stripped = token
        lower = stripped.lower()
        word = self._lower.get(lower)
        if word is None:
            return _NOT if "n't" in lower else PLAIN
        return self._upper[lower] if stripped.isupper() else word

    def _value(self, words: list[Word], i: int, mixed: bool) -> float:
        word, first, second, third = words[i], words[i - 1], words[i - 2], words[i - 3]
        if word.lower == "kind" and words[i + 1].lower == "of":
            return 0.0
        value = capitalised(word, own_value(word, words[i + 1], first, second, third), mixed)
        if not first.listed:
            value = boosted(value, first, 1.0, mixed)
            if first.negates:
                value *= NEGATED
        if not second.listed:
            value = boosted(value, second, DAMPED_SECOND, mixed)
            value *= _turn_second(first.lower, second)
        if not third.listed:
            value = boosted(value, third, DAMPED_THIRD, mixed)
            value *= _turn_third(first.lower, second.lower, third)
            if word.in_idiom or first.in_idiom or second.in_idiom:
                value = self._idiom(value, words, i)
        if first.lower == "least" and second.lower not in ("at", "very"):
            value *= NEGATED
        return value

    def _idiom(self, value: float, words: list[Word], i: int) -> float:
        third, second, first, word, after, last = [near.lower for near in words[i - 3 : i + 3]]
        three, far, near = f"{third} {second} {first}", f"{third} {second}", f"{second} {first}"
        for phrase in (f"{first} {word}", f"{near} {word}", near, three, far):
            if phrase in self._idioms:
                value = self._idioms[phrase]
                break
        for phrase in (f"{word} {after}", f"{word} {after} {last}"):
            value = self._idioms.get(phrase, value)
        for phrase in (three, far, near):
            value += self._long_boosters.get(phrase, 0.0)
        return value


def own_value(word: Word, after: Word, first: Word, second: Word, third: Word) -> float:
    """The value of `word` once `no` is heard: a `no` before turns it; as `no` it is nothing before a listed word."""
    if first.lower == "no" or second.lower == "no" or (third.lower == "no" and first.lower in ("or", "nor")):
        return word.value * NEGATED
    return 0.0 if word.lower == "no" and after.listed else word.value


def capitalised(word: Word, value: float, mixed: bool) -> float:
    """The value of a word that stands in capitals among others that do not."""
    if mixed and word.upper:
        return value + CAPITALS if value > 0 else value - CAPITALS
    return value


def boosted(value: float, booster: Word, damping: float, mixed: bool) -> float:
    """The value after one word before it, which may be no booster."""
    boost = booster.boost
    if not boost:
        return value
    if value < 0:
        boost = -boost
    if mixed and booster.upper:
        boost = boost + CAPITALS if value > 0 else boost - CAPITALS
    return value + boost * damping


def _turn_second(first: str, second: Word) -> float:
    if second.lower == "never" and first in ("so", "this"):
        return 1.25
    if second.lower == "without" and first == "doubt":
        return 1.0
    return NEGATED if second.negates else 1.0


def _turn_third(first: str, second: str, third: Word) -> float:
    # `never` binds to the first alternative alone, as `and` binds before `or` in the original.
    if first in ("so", "this") or (third.lower == "never" and second in ("so", "this")):
        return 1.25
    if third.lower == "without" and "doubt" in (first, second):
        return 1.0
    return NEGATED if third.negates else 1.0


def _contrast(words: list[Word], hits: list[int], values: list[float]) -> None:
    """Halve what stands before the first "but" and add half to what follows, in place.

    The original looks each value up by the value, not by its place, and so changes the first equal one instead, perhaps
    twice. The heaps find that first one without a search.
    """
    but = next((i for i, word in enumerate(words) if word.lower == "but"), None)
    if but is None:
        return
    places: dict[float, list[int]] = {}
    for place, value in enumerate(values):
        places.setdefault(value, []).append(place)
    for turn in range(len(values)):
        value = values[turn]
        if value:
            place = heappop(places[value])
            values[place] = value * (0.5 if hits[place] < but else 1.5)
            heappush(places.setdefault(values[place], []), place)
