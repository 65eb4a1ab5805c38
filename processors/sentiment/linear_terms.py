"""What the linear model knows a word by: itself, its character n-grams, its rating in the lexicons. Hashed with CRC-32.

A word's contribution is the sum of the weights of its terms, so that it can be worked out once per word, and be shown
as it is.
"""

from collections.abc import Callable, Sequence
from functools import cache
from zlib import crc32

from processors.sentiment.idioms import idioms_of
from processors.sentiment.lexicon import read_lexicon
from processors.sentiment.pieces import Kind, Piece, folded_form, has_sound
from processors.sentiment.repair import EMOJI_VALUES
from processors.sentiment.spanish_lexicon import read_spanish

SHORTEST, LONGEST = 2, 5
"""Characters of an n-gram, the blanks at the ends of a word included."""
GRAM_SCALE = 1.5
"""What all n-grams of a word weigh together against the word itself, before training; they share it as 1/sqrt(n)."""
REACH = 4
"""Words behind a negator that carry its mark, up to the end of their clause."""
MARK = "¬"
BEFORE_CONTRAST, AFTER_CONTRAST = 0.6, 1.4
FLIP = -0.74
"""What a negator multiplies a rating by: VADER's own."""
LENGTH_POWER = 0.45
"""A text's sum is divided by its number of pieces to this power."""

Term = tuple[int, float]


def hashed(name: str) -> int:
    """32 bits that stand for a term's name."""
    return crc32(name.encode(errors="replace"))


def pair_key(first: int, second: int) -> int:
    """32 bits for two neighbours, from theirs."""
    return (first * 0x9E3779B1 + second) & 0xFFFFFFFF


@cache
def _beginning(prefix: str) -> int:
    return crc32(prefix.encode())


def _grams(prefix: str, form: str) -> list[int]:
    """The hashed n-grams of a word with a blank at both ends; CRC-32 goes on from that of the prefix."""
    begun = _beginning(prefix)
    padded = f" {form} "
    size = len(padded)
    spans = [(i, i + n) for n in range(SHORTEST, LONGEST + 1) for i in range(size - n + 1)]
    if padded.isascii():
        data = padded.encode()
        return [crc32(data[i:j], begun) for i, j in spans]
    return [crc32(padded[i:j].encode(errors="replace"), begun) for i, j in spans]


def gram_terms(word: str) -> list[Term]:
    """The hashed n-grams of a word (marked or not) and what each counts: as it is written, and without accents."""
    mark, form = (MARK, word[1:]) if word[0] == MARK and len(word) > 1 else ("", word)
    if " " in form or not (form[0].isalpha() or (form[0] == "#" and len(form) > 1)):
        return []
    folded = folded_form(form)
    found = list[Term]()
    for prefix, spelling in (("f", folded),) if folded == form else (("f", folded), ("c", form)):
        hashes = _grams(f"{mark}{prefix}:", spelling)
        share = GRAM_SCALE / max(1, len(hashes)) ** 0.5
        found += [(place, share) for place in hashes]
    return found


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


def joined(pieces: Sequence[Piece], lexicon: str) -> Sequence[Piece]:
    """The pieces with each phrase of the lexicon as one."""
    spans = idioms_of(lexicon).find([folded_form(piece.form) for piece in pieces])
    if not spans:
        return pieces
    found, at = list[Piece](), 0
    for start, end, phrase in spans:
        found += [*pieces[at:start], Piece(phrase, Kind.WORD)]
        at = end
    return [*found, *pieces[at:]]


def marked(pieces: Sequence[Piece]) -> list[tuple[str, float]]:
    """The words and marks that sound in a text, those behind a negator marked, each with what its place counts."""
    last = max((i for i, piece in enumerate(pieces) if piece.kind is Kind.CONTRAST), default=-1)
    found, left = [], 0
    for i, piece in enumerate(pieces):
        if piece.kind is Kind.END:
            left = 0
        if not has_sound(piece):
            continue
        place = 1.0 if last < 0 else BEFORE_CONTRAST if i < last else AFTER_CONTRAST
        if piece.kind is Kind.NEGATOR:
            left = REACH
            found.append((piece.form, place))
        elif piece.kind is Kind.END or left == 0:
            found.append((piece.form, place))
        else:
            left -= 1
            found.append((MARK + piece.form, place))
    return found
