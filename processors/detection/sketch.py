"""A small sketch of a text, by which near-duplicates are found: MinHash of what stays when spammers vary a text.

Two sketches agree in about as many of their 64 slots as the texts share of their character 4-grams (Jaccard). Every
step is arithmetic on whole numbers of fixed width, so that a sketch is the same on every machine.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from mentions.folding import fold

VERSION = 1
"""First byte of every sketch. Sketches of different versions are never compared."""
SLOTS = 64
LENGTH = 1 + 2 * SLOTS
"""Bytes of a sketch that is not empty."""
SHORTEST = 30
"""Characters of a normalised text below which too many honest posts are alike (a thank-you, a question)."""
LONGEST = 2_000
"""Characters of a text that are looked at."""

Slots = NDArray[np.uint16]
Numbers = NDArray[np.uint32]

_GRAM = 4
_SLOT, _LETTER = np.dtype("<u2"), np.dtype("<u4")
_SEED = np.frombuffer(b"".join(sha256(b"sketch 1, %d" % n).digest() for n in range(SLOTS)), "<u4").astype(np.uint32)
# Odd numbers: multiplying by one permutes the numbers of 32 bits.
_PLACES = _SEED[:_GRAM] | np.uint32(1)
_PERMUTATIONS = _SEED[_GRAM : _GRAM + SLOTS] | np.uint32(1)
_MIX = np.uint32(0x85EBCA6B)  # of MurmurHash3's finaliser
_HALF, _THIRD = np.uint32(16), np.uint32(13)
_WORTHWHILE, _AT_ONCE = 10, 256
"""Texts from which on drawing together is cheaper, and how many are: with more, they would leave the cache."""

_QUOTED = re.compile(r'"[\s@]{0,3}(?<=@)\w[^"]*"?')  # quoting an account: its words, not the author's
_REPOSTED = re.compile(r'rt(?<!\wrt)[\s:"]{0,3}@\w.*', re.DOTALL)
_ADDRESS = re.compile(r"https?://\S+")
_BARE_ADDRESS = re.compile(r"www\.\S+")
_HANDLE = re.compile(r"@\w+")
_KEPT = re.compile(r"[\w#]+")
_NUMBER = re.compile(r"\d+")
_LATIN = bytes(48 if n in b"0123456789" else n if _KEPT.match(chr(n)) else 32 for n in range(256))
"""What becomes of a byte of Latin-1; of its digits only these ten are left by folding."""


def normalised(text: str) -> str:
    """What is compared: case, accents, addresses, handles, signs and quoted posts are off, every number is 0.

    >>> normalised("¡SORTEO! Gana 500 € en https://nubira.example/x @ana #Nubira")
    'sorteo gana 0 en #nubira'
    """
    text = fold(text[:LONGEST])
    if "@" in text:
        if "rt" in text:
            text = _REPOSTED.sub(" ", text)
        if '"' in text:
            text = _QUOTED.sub(" ", text)
        text = _HANDLE.sub(" ", text)
    if "http" in text:
        text = _ADDRESS.sub(" ", text)
    if "www." in text:
        text = _BARE_ADDRESS.sub(" ", text)
    try:
        raw = text.encode("latin-1")
    except UnicodeEncodeError:
        return _NUMBER.sub("0", " ".join(_KEPT.findall(text)))
    raw = b" ".join(raw.translate(_LATIN).split())  # the same, and many times as fast
    while b"00" in raw:
        raw = raw.replace(b"00", b"0")
    return raw.decode("latin-1")


def sketch(text: str) -> bytes:
    """The sketch of a text: LENGTH bytes; none when fewer than SHORTEST characters are left to compare."""
    kept = normalised(text)
    if len(kept) < SHORTEST:
        return b""
    grams = _mixed(_grams(kept))
    return bytes((VERSION,)) + _stored(np.minimum.reduce(grams[:, None] * _PERMUTATIONS))


def sketches(texts: Sequence[str]) -> list[bytes]:
    """The sketch of each text, as `sketch` makes it. Of many texts at once each costs a third."""
    if len(texts) < _WORTHWHILE:
        return list(map(sketch, texts))
    found = [b""] * len(texts)
    kept = [(place, text) for place, text in enumerate(map(normalised, texts)) if len(text) >= SHORTEST]
    for at in range(0, len(kept), _AT_ONCE):
        places, compared = zip(*kept[at : at + _AT_ONCE], strict=True)
        for place, drawn in zip(places, _drawn(compared), strict=True):
            found[place] = drawn
    return found


def _drawn(texts: Sequence[str]) -> Iterator[bytes]:
    """The sketches of normalised texts, none of them shorter than a 4-gram."""
    ends = np.cumsum(np.fromiter(map(len, texts), np.intp, len(texts)))
    within = np.ones(ends[-1], bool)
    for before_end in range(1, _GRAM):
        within[ends - before_end] = False  # a 4-gram that begins here would reach into the next text
    grams = _mixed(_grams("".join(texts))[within[: 1 - _GRAM]])
    begins = np.concatenate(([0], ends[:-1])) - (_GRAM - 1) * np.arange(len(texts))
    least, permuted = np.empty((SLOTS, len(texts)), np.uint32), np.empty_like(grams)
    for slot, permutation in enumerate(_PERMUTATIONS):
        np.multiply(grams, permutation, out=permuted)
        np.minimum.reduceat(permuted, begins, out=least[slot])
    head, stored = bytes((VERSION,)), _stored(least.T)
    return (head + stored[at : at + 2 * SLOTS] for at in range(0, len(stored), 2 * SLOTS))


def _grams(text: str) -> Numbers:
    """A number for each 4-gram of a text, modulo 2^32."""
    letters = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), _LETTER)
    return np.convolve(letters, _PLACES, "valid")


def _mixed(grams: Numbers) -> Numbers:
    grams ^= grams >> _HALF
    grams *= _MIX
    grams ^= grams >> _THIRD
    return grams


def _stored(least: Numbers) -> bytes:
    return least.astype(_SLOT).tobytes()


def is_known(data: bytes) -> bool:
    """Whether it is a sketch, and of this version."""
    return len(data) == LENGTH and data[0] == VERSION


def slots(data: bytes) -> Slots | None:
    """The slots of a sketch; None for no sketch, and for one of another version."""
    return np.frombuffer(data, _SLOT, SLOTS, 1) if is_known(data) else None


def slots_of_all(sketches: Iterable[bytes]) -> Slots:
    """The slots of sketches of this version (`is_known`), a row for each."""
    return np.frombuffer(b"".join(sketches), np.uint8).reshape(-1, LENGTH)[:, 1:].copy().view(_SLOT)


def agreement(one: bytes, other: bytes) -> float:
    """Share of the slots that two sketches share, in [0, 1]: about the Jaccard index of their texts; 0 without both."""
    first, second = slots(one), slots(other)
    if first is None or second is None:
        return 0.0
    return float(np.count_nonzero(first == second)) / SLOTS
