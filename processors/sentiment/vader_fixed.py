"""VADER with its bugs mended: the same lexicon and numbers, and rules that do what they were meant to do.

Each line: what 3.3.2 does -> what this engine does.

Tokens
* `don’t`: a curly apostrophe hides the negation -> apostrophes are made straight
* `great…`, `“great”`, `¡great!`: only ASCII punctuation is stripped -> all is; dashes and `…` part words
* `No!`: up to two letters keep their punctuation -> what is no emoticon is stripped, as is the stop behind one (`:).`)
* `O_o`: entries in capitals are unreachable -> a token is looked up as it is written first
* `D:`, `D=` are read as the laughing `d:`, `d=` -> they keep the first of their two ratings, which is horror

Emoji
* `❤️`, `👍🏽`: none of several code points is known -> variants and skins are dropped; joined ones are looked up whole,
  then in parts
* `😀good`: no blank after an emoji -> one on both sides
* `😶 good`: its description negates the neighbour ("without mouth") -> an emoji is one word, worth its description
* 👍 💯 🙏 😡 👎 🙄 🤮 💩 🔥 😭 💔: the description misses the meaning -> values of our own, `repair.EMOJI_VALUES`

Phrases
* `the shit`, `to die for`: idioms from the fourth word on, beside a rated word -> a phrase is one word, anywhere
* `not the shit`: an idiom undoes negation -> it is negated and boosted like a word
* `fed up`, `can't stand`: entries with a blank are unreachable -> phrases too
* `kind of bad`: lowers any value, from the fourth word on -> a dampener like the others, anywhere

Negation
* `isn't quite so good`: `so` or `this` cancels the negator three back -> only `never so` and `never this` do
* `nobody likes it`, `hardly good`: do not negate -> they do; `barely`, `scarcely` too
* `It isn't. Good!`: negators reach over a full stop -> not over `. ! ? ; :`, and `no` over no mark. They do reach over
  a comma: VADER's own "not smart, handsome, nor funny" counts on it

The rest
* `x but y`: acts on the first equal value, for the first `but` only -> by place; what stands before a `but` is halved,
  what stands behind one gains half, what stands between two both
* `http://x.y/?a=1&b=??`: marks of addresses are counted -> addresses are taken out first
* `@united`, `.@happy_ana`: the words of a name are rated -> a handle says nothing (macro-F1 on recorded mentions of six
  airlines, one of them called United: 46.0 to 51.7)
* `&#39;`, `&lt;3`: entities stay -> they are resolved, once
* None, bytes, int: `TypeError` -> the types admit `str` alone; nothing is checked at run time
"""

from functools import cache

from processors.sentiment.lexicon import Lexicon
from processors.sentiment.outcome import Analysis
from processors.sentiment.phrases import find_phrases, merged
from processors.sentiment.repair import ENDINGS, PUNCTUATION, Emoji, is_handle, straight, unescaped, without_addresses
from processors.sentiment.vader import (
    DAMPED_SECOND,
    DAMPED_THIRD,
    NEGATED,
    Vader,
    boosted,
    capitalised,
    own_value,
)
from processors.sentiment.words import EDGE, PLAIN, Memo, Phrase, Word

_NEGATORS = frozenset({"nobody", "noone", "hardly", "barely", "scarcely"})
_CORRECTED = {"D:": -2.9, "D=": -3.0}
_MORE_PHRASES = {"cant stand": -2.0, "cannot stand": -2.0}
"""Spellings of `can't stand`."""

_ROLES = frozenset({"no", "or", "nor", "so", "this", "doubt", "at", "very", "but", "least"})
_ENDINGS = frozenset(ENDINGS)
_PLAIN_END = Word(ends=True)
_NOT = Word(negates=True, alters=True)
_NOT_END = Word(negates=True, alters=True, ends=True)


class VaderFixed:
    """The mended rules over one lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        strict = Vader(lexicon)
        self._emoji = Emoji(lexicon, lambda description: sum(strict.analyse(description).values))
        self._values = lexicon.values | lexicon.idioms | _CORRECTED | _MORE_PHRASES | self._emoji.values
        self._negators = lexicon.negators | _NEGATORS
        self._boosters = {term: boost for term, boost in lexicon.boosters.items() if term not in _NEGATORS}
        terms = {*self._values, *self._negators, *self._boosters}
        self._phrases: dict[str, tuple[Phrase, ...]] = {}
        self._phrases = find_phrases(
            {term: self._make_word(term, upper=False, ends=False) for term in terms if " " in term}
        )
        parts = {part for phrases in self._phrases.values() for phrase in phrases for part in phrase.parts}
        self._known = terms | parts | _ROLES
        self._word = cache(self._make_word)
        self._facts = Memo(self._look).__getitem__

    def analyse(self, text: str) -> Analysis:
        """Rate the words of the mended `text`."""
        if "&" in text:
            text = unescaped(text)
        if "://" in text or "www." in text.lower():
            text = without_addresses(text)
        text = self._emoji.spaced(text)
        tokens = text.split()
        words = [EDGE, EDGE, EDGE, *map(self._facts, tokens), PLAIN, PLAIN]
        hits = [i for i, word in enumerate(words) if word.marked]
        if any(words[i].phrases for i in hits):
            words = merged(words)
            hits = [i for i, word in enumerate(words) if word.scored]
        if not hits:
            return Analysis(text, words, hits, [])
        mixed = not text.isupper() or not all(map(str.isupper, tokens))
        values = [
            _value(words, i, mixed)
            if words[i].altered or words[i - 1].alters or words[i - 2].alters or words[i - 3].alters
            else words[i].value
            for i in hits
        ]
        if "but" in text.lower():
            values = _contrasted(words, hits, values)
        return Analysis(text, words, hits, values)

    def _make_word(self, term: str, upper: bool, ends: bool) -> Word:
        value, boost = self._values.get(term, 0.0), self._boosters.get(term, 0.0)
        negates = term in self._negators or ("n't" in term and not value)
        phrases = self._phrases.get(term, ())
        return Word(
            lower=term,
            value=value,
            listed=bool(value),
            scored=bool(value),
            upper=upper,
            boost=boost,
            negates=negates,
            alters=bool(boost) or negates or term in ("no", "least"),
            altered=upper or term == "no",
            ends=ends,
            phrases=phrases,
            marked=bool(value or phrases),
        )

    def _look(self, token: str) -> Word:
        token = straight(token)
        tail = token[len(token.rstrip(PUNCTUATION)) :]
        ends = not _ENDINGS.isdisjoint(tail)
        if is_handle(token):
            return _PLAIN_END if ends else PLAIN
        for form in (token, token.rstrip(ENDINGS), token.strip(PUNCTUATION)):
            for term in (form, form.lower()):
                if term in self._known:
                    stops = form != token and (ends or term == "no")
                    return self._word(term, form.isupper(), stops)
        if "n't" in token.lower():
            return _NOT_END if ends else _NOT
        return _PLAIN_END if ends else PLAIN


def _value(words: list[Word], i: int, mixed: bool) -> float:
    word, after = words[i], words[i + 1]
    first, second, third = _within_sentence(words[i - 1], words[i - 2], words[i - 3])
    if word.ends:
        after = PLAIN
    value = capitalised(word, own_value(word, after, first, second, third), mixed)
    if not first.listed:
        value = boosted(value, first, 1.0, mixed)
        if first.negates:
            value *= NEGATED
    if not second.listed:
        value = boosted(value, second, DAMPED_SECOND, mixed) * _turn(first, second)
    if not third.listed:
        value = boosted(value, third, DAMPED_THIRD, mixed) * _turn(first, third, second)
    if first.lower == "least" and second.lower not in ("at", "very"):
        value *= NEGATED
    return value


def _within_sentence(first: Word, second: Word, third: Word) -> tuple[Word, Word, Word]:
    """The three words before, nearest first, up to the end of the sentence before."""
    if first.ends:
        return EDGE, EDGE, EDGE
    if second.ends:
        return first, EDGE, EDGE
    return first, second, EDGE if third.ends else third


def _turn(first: Word, negator: Word, between: Word = PLAIN) -> float:
    """What a word two or three before multiplies the value by; `between` stands between it and `first`."""
    if not negator.negates:
        return 1.0
    near = (first.lower, between.lower)
    if negator.lower == "never" and ("so" in near or "this" in near):
        return 1.25
    if negator.lower == "without" and "doubt" in near:
        return 1.0
    return NEGATED


def _contrasted(words: list[Word], hits: list[int], values: list[float]) -> list[float]:
    """The values after every "but": half if one follows, half as much again if one went before."""
    places = [i for i, word in enumerate(words) if word.lower == "but"]
    if not places:
        return values
    return [
        value * (0.5 if i < places[-1] else 1.0) * (1.5 if i > places[0] else 1.0)
        for i, value in zip(hits, values, strict=True)
    ]
