"""What the linear model knows a word by: itself, its character n-grams, its rating in the lexicons. Hashed with CRC-32.

A word's contribution is the sum of the weights of its terms, so that it can be worked out once per word, and be shown
as it is.
"""

from collections.abc import Callable, Sequence
from functools import cache
from hashlib import sha256
from itertools import repeat
from typing import TypeVar
from zlib import crc32

from processors.sentiment.idioms import Span, idioms_of, roles_of_phrases
from processors.sentiment.lexicon import VADER_VERSION, read_lexicon
from processors.sentiment.pieces import Kind, Piece, folded_form
from processors.sentiment.repair import EMOJI_VALUES
from processors.sentiment.spanish_lexicon import read_spanish

SHORTEST, LONGEST = 2, 5
"""Characters of an n-gram, the blanks at the ends of a word included."""
GRAM_SCALE = 1.5
"""What all n-grams of a word weigh together against the word itself, before training; they share it as 1/sqrt(n)."""
REACH = 4
"""Words behind a negator that carry its mark, up to the end of their clause."""
MARK = "¬"
BAD = -0.5
"""Rating from which down a word is bad: a negator that reaches one says nothing itself."""
TWICE_IS_NOT = frozenset(("en",))
"""Lexicons whose language takes `not` and a bad word for good. In Spanish, two negatives are one."""
BEFORE_CONTRAST, AFTER_CONTRAST = 0.6, 1.4
FLIP = -0.74
"""What a negator multiplies a rating by: VADER's own."""
LENGTH_POWER = 0.45
"""A text's sum is divided by its number of pieces to this power."""

_KINDS = {"not": Kind.NEGATOR, "but": Kind.CONTRAST, "though": Kind.CONCESSION}
_STOP, _END, _WORD, _NEGATOR = int(Kind.STOP), int(Kind.END), int(Kind.WORD), int(Kind.NEGATOR)
Term = tuple[int, float]
T = TypeVar("T")


def hashed(name: str) -> int:
    """32 bits that stand for a term's name."""
    return crc32(name.encode(errors="replace"))


def pair_key(first: int, second: int) -> int:
    """32 bits for two neighbours, from theirs."""
    return (first * 0x9E3779B1 + second) & 0xFFFFFFFF


@cache
def _beginning(prefix: str) -> int:
    return crc32(prefix.encode())


@cache
def _spans(size: int) -> list[slice]:
    return [slice(i, i + n) for n in range(SHORTEST, LONGEST + 1) for i in range(size - n + 1)]


def _grams(prefix: str, form: str) -> list[int]:
    """The hashed n-grams of a word with a blank at both ends; CRC-32 goes on from that of the prefix."""
    padded = f" {form} "
    spans, begun = _spans(len(padded)), repeat(_beginning(prefix))
    if padded.isascii():
        return list(map(crc32, map(padded.encode().__getitem__, spans), begun))
    return [crc32(padded[span].encode(errors="replace"), start) for span, start in zip(spans, begun, strict=False)]


def spellings(word: str) -> list[tuple[float, list[int]]]:
    """The hashed n-grams of a word (marked or not) without accents, and as it is written; before each what one counts.

    None of what is no word.
    """
    mark, form = (MARK, word[1:]) if word[0] == MARK and len(word) > 1 else ("", word)
    if " " in form or not (form[0].isalpha() or (form[0] == "#" and len(form) > 1)):
        return []
    folded = folded_form(form)
    found = (
        [_grams(f"{mark}f:", folded)] if folded == form else [_grams(f"{mark}f:", folded), _grams(f"{mark}c:", form)]
    )
    return [(GRAM_SCALE / max(1, len(hashes)) ** 0.5, hashes) for hashes in found]


def gram_terms(word: str) -> list[Term]:
    """The hashed n-grams of a word (marked or not) and what each counts: as it is written, and without accents."""
    return [(place, share) for share, hashes in spellings(word) for place in hashes]


@cache
def _signs() -> dict[str, float]:
    """Emoji and emoticons, which say the same in every language."""
    english = {form: value for form, value in read_lexicon().values.items() if not any(map(str.isalnum, form))}
    return english | read_spanish().emoji | {sign: value for sign, value in EMOJI_VALUES.items() if value}


def _english(form: str) -> float:
    return read_lexicon().values.get(form, 0.0)


def _spanish(form: str) -> float:
    found = read_spanish().look_up(form)
    return found.value if found else 0.0


_RATES: dict[str, Callable[[str], float]] = {"en": _english, "es": _spanish}


def lexicons_digest() -> str:
    """Changes with every rating and phrase that can change what a word adds; VADER's words are pinned by version."""
    phrases, roles = sorted(idioms_of("en").values.items()), sorted(roles_of_phrases().items())
    return sha256(f"{VADER_VERSION} {read_spanish().digest} {phrases} {roles} {EMOJI_VALUES}".encode()).hexdigest()


def lexicon_of(lang: str) -> str:
    """Which lexicon rates the words of a language: `en`, `es`, or "" where only signs are rated."""
    return lang if lang in _RATES else ""


def rating(word: str, lexicon: str) -> float:
    """What a lexicon says of a word, in [-4, 4]; of a marked one the opposite, weakened; 0 of what it does not know."""
    mark, form = (FLIP, word[1:]) if word[0] == MARK and len(word) > 1 else (1.0, word)
    signs = _signs()
    if form in signs:
        return mark * signs[form]
    if " " in form:
        return mark * idioms_of(lexicon).values.get(form, 0.0)
    rate = _RATES.get(lexicon)
    return mark * rate(form) if rate and form[0].isalpha() else 0.0


def joined(pieces: Sequence[Piece], lexicon: str) -> list[Piece]:
    """The pieces with each phrase of the lexicon as one."""
    spans = idioms_of(lexicon).find([folded_form(piece.form) for piece in pieces])
    return replaced(pieces, spans, phrase_piece)


def phrase_piece(phrase: str) -> Piece:
    """A phrase as one piece; some turn what is behind them (`lack of`, `even though`)."""
    return Piece(phrase, _KINDS.get(roles_of_phrases().get(phrase, ""), Kind.WORD))


def replaced(items: Sequence[T], spans: Sequence[Span], one: Callable[[str], T]) -> list[T]:
    """The items with one in place of each span."""
    found, at = list[T](), 0
    for start, end, phrase in spans:
        found += items[at:start]
        found.append(one(phrase))
        at = end
    found += items[at:]
    return found


def reached(kinds: Sequence[int], ratings: Sequence[float] | None = None) -> tuple[list[int], list[int]]:
    """The places of the pieces that a negator reaches, and those of negators that say nothing themselves.

    A negator reaches the next `REACH` that sound, up to the end of their clause.

    Args:
        ratings: of each piece, where a negator that reaches a bad word marks that word alone and is spent: `not bad` is
            no complaint. None: no negator is spent (`TWICE_IS_NOT`).
    """
    found, spent, left, negator, first = list[int](), list[int](), 0, 0, 0
    if _NEGATOR not in kinds:
        return found, spent
    start = kinds.index(_NEGATOR)
    for i, kind in enumerate(kinds[start:], start):
        if kind == _NEGATOR:
            left, negator, first = REACH, i, len(found)
        elif left and kind >= _WORD:
            found.append(i)
            left -= 1
            if ratings is not None and ratings[i] <= BAD:
                found[first:] = [i]
                spent.append(negator)
                left = 0
        elif _STOP <= kind <= _END:
            left = 0
    return found, spent


def place_counts(kinds: Sequence[int]) -> list[float]:
    """What each place of a text counts: what stands before its last word of contrast less, what follows more.

    `Although a, b` says b, and so do `a, although b` and `a. b, though`.
    """
    if Kind.CONTRAST in kinds:
        before = _last(kinds, Kind.CONTRAST)
    elif Kind.CONCESSION in kinds:
        before = _conceded(kinds, _last(kinds, Kind.CONCESSION))
    else:
        return [1.0] * len(kinds)
    return [BEFORE_CONTRAST] * before + [AFTER_CONTRAST] * (len(kinds) - before)


def _last(kinds: Sequence[int], kind: Kind) -> int:
    return len(kinds) - 1 - kinds[::-1].index(kind)


def _conceded(kinds: Sequence[int], place: int) -> int:
    """Where what decides begins in a text whose last word of concession stands at `place`."""
    ends = [i for i, kind in enumerate(kinds) if kind in (_STOP, _END)]
    if all(kind in (_STOP, _END) for kind in kinds[place + 1 :]):
        return max((i for i in ends if i < place), default=0)
    if max(kinds[:place], default=0) <= _END:
        return next((i for i in ends if i > place), 0)
    return place


def marked(pieces: Sequence[Piece], lexicon: str) -> list[tuple[str, float]]:
    """The words and marks that sound in a text, those behind a negator marked, each with what its place counts."""
    words, kinds = [piece.form for piece in pieces], [piece.kind for piece in pieces]
    ratings = [rating(word, lexicon) for word in words] if lexicon in TWICE_IS_NOT and Kind.NEGATOR in kinds else None
    places, spent = reached(kinds, ratings)
    for i in places:
        words[i] = MARK + words[i]
    counts = place_counts(kinds)
    return [(words[i], counts[i]) for i, piece in enumerate(pieces) if piece.has_sound and i not in spent]
