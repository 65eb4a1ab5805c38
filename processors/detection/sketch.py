"""A small sketch of a text, by which near-duplicates are found: MinHash of what stays when spammers vary a text.

Two sketches agree in about as many of their 64 slots as the texts share of their character 4-grams (Jaccard). Every
step is arithmetic on whole numbers of fixed width, so that a sketch is the same on every machine.
"""

import re
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
_SEED = np.frombuffer(b"".join(sha256(b"sketch 1, %d" % n).digest() for n in range(SLOTS)), "<u4").astype(np.uint32)
# Odd numbers: multiplying by one permutes the numbers of 32 bits.
_PLACES = _SEED[:_GRAM] | np.uint32(1)
_PERMUTATIONS = _SEED[_GRAM : _GRAM + SLOTS] | np.uint32(1)
_OFFSETS = _SEED[_GRAM + SLOTS : _GRAM + 2 * SLOTS]
_MIX = np.uint32(0x85EBCA6B)  # of MurmurHash3's finaliser
_HALF, _THIRD = np.uint32(16), np.uint32(13)

_QUOTED = re.compile(r'"[\s@]{0,3}(?<=@)\w[^"]*"?')  # quoting an account: its words, not the author's
_REPOSTED = re.compile(r'(?<!\w)rt[\s:"]{0,3}@\w.*', re.DOTALL)
_ADDRESS = re.compile(r"https?://\S+")
_BARE_ADDRESS = re.compile(r"www\.\S+")
_HANDLE = re.compile(r"@\w+")
_KEPT = re.compile(r"[\w#]+")
_NUMBER = re.compile(r"\d+")


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
    return _NUMBER.sub("0", " ".join(_KEPT.findall(text)))


def sketch(text: str) -> bytes:
    """The sketch of a text: LENGTH bytes; none when fewer than SHORTEST characters are left to compare."""
    kept = normalised(text)
    if len(kept) < SHORTEST:
        return b""
    letters = np.frombuffer(kept.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint32, copy=False)
    grams = np.convolve(letters, _PLACES, "valid")  # a number per 4-gram, modulo 2^32
    grams ^= grams >> _HALF
    grams *= _MIX
    grams ^= grams >> _THIRD
    least = (grams[:, None] * _PERMUTATIONS + _OFFSETS).min(axis=0)
    stored: bytes = least.astype("<u2").tobytes()
    return bytes((VERSION,)) + stored


def slots(data: bytes) -> Slots | None:
    """The slots of a sketch; None for no sketch, and for one of another version."""
    if len(data) != LENGTH or data[0] != VERSION:
        return None
    return np.frombuffer(data, "<u2", SLOTS, 1).astype(np.uint16, copy=False)


def agreement(one: bytes, other: bytes) -> float:
    """Share of the slots that two sketches share, in [0, 1]: about the Jaccard index of their texts; 0 without both."""
    first, second = slots(one), slots(other)
    if first is None or second is None:
        return 0.0
    return float(np.count_nonzero(first == second)) / SLOTS
