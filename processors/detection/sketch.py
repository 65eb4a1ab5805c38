"""A small sketch of a text, by which near-duplicates are found: MinHash of what stays when spammers vary a text.

Two sketches agree in about as many of their 64 slots as the texts share of their character 4-grams (Jaccard). Every
step is arithmetic on whole numbers of fixed width, so that a sketch is the same on every machine.
"""

import re
from collections.abc import Iterable
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

_GRAM = 4
_SLOT, _LETTER = np.dtype("<u2"), np.dtype("<u4")
_SEED = np.frombuffer(b"".join(sha256(b"sketch 1, %d" % n).digest() for n in range(SLOTS)), "<u4").astype(np.uint32)
# Odd numbers: multiplying by one permutes the numbers of 32 bits.
_PLACES = _SEED[:_GRAM] | np.uint32(1)
_PERMUTATIONS = _SEED[_GRAM : _GRAM + SLOTS] | np.uint32(1)
_MIX = np.uint32(0x85EBCA6B)  # of MurmurHash3's finaliser
_HALF, _THIRD = np.uint32(16), np.uint32(13)

_QUOTED = re.compile(r'"[\s@]{0,3}(?<=@)\w[^"]*"?')  # quoting an account: its words, not the author's
_REPOSTED = re.compile(r'(?<!\w)rt[\s:"]{0,3}@\w.*', re.DOTALL)
_ADDRESS = re.compile(r"https?://\S+")
_BARE_ADDRESS = re.compile(r"www\.\S+")
_HANDLE = re.compile(r"@\w+")
_KEPT = re.compile(r"[\w#]+")
_NUMBER = re.compile(r"\d+")
_ASCII = {n: "0" if chr(n).isdigit() else chr(n) if chr(n).isalpha() or chr(n) in "_#" else " " for n in range(128)}


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
    if not text.isascii():
        return _NUMBER.sub("0", " ".join(_KEPT.findall(text)))
    text = " ".join(text.translate(_ASCII).split())  # the same, and three times as fast
    while "00" in text:
        text = text.replace("00", "0")
    return text


def sketch(text: str) -> bytes:
    """The sketch of a text: LENGTH bytes; none when fewer than SHORTEST characters are left to compare."""
    kept = normalised(text)
    if len(kept) < SHORTEST:
        return b""
    letters = np.frombuffer(kept.encode("utf-32-le", "surrogatepass"), _LETTER)
    grams = np.convolve(letters, _PLACES, "valid")  # a number per 4-gram, modulo 2^32
    grams ^= grams >> _HALF
    grams *= _MIX
    grams ^= grams >> _THIRD
    least = np.minimum.reduce(grams[:, None] * _PERMUTATIONS)
    stored: bytes = least.astype(_SLOT).tobytes()
    return bytes((VERSION,)) + stored


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
