"""The weights of the linear model: how they lie in their file, and what a word comes to.

The file is LZMA over one line of JSON (`Header`) and five arrays: keys of words, of n-grams and of pairs (unsigned, 32
bits, little end first), then two signed bytes for each key in the same order. A weight is such a byte times its table's
scale; the first of two speaks for negative over neutral, the second for positive over neutral.
"""

import lzma
import sys
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib import resources

import msgspec
from msgspec import Struct

from processors.sentiment.linear_terms import hashed, lexicons_digest, rating, spellings

FILE = "atalaya_weights.xz"
GRAM_MASK = (1 << 20) - 1
"""N-grams and pairs were hashed into so many places when they were learnt."""
Weights = tuple[float, float]
_ZERO = 128


class Header(Struct, frozen=True):
    """What the file says of itself.

    Attributes:
        version: of the engine's rules. languages: those that it was trained in.
        sizes, scales: of the tables words, grams and pairs.
        bias: of negative and positive over neutral. rated_up, rated_down: per unit of a rating above or below 0.
        compound: of the ratings' compound c: c, its positive part, its negative part, and whether it is 0.
        temperature: what logits are divided by, so that a probability of 0.7 is right seven times in ten.
        trained_on: name -> SHA-256 of each file.
    """

    version: str
    languages: tuple[str, ...]
    sizes: tuple[int, int, int]
    scales: tuple[float, float, float]
    bias: Weights
    rated_up: Weights
    rated_down: Weights
    compound: tuple[Weights, Weights, Weights, Weights]
    temperature: float
    trained_on: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Places:
    """Two weights for each hashed place. Bytes side by side, for a table of objects would not fit a processor's cache.

    Attributes:
        negative, positive: by place, 128 more than the weight in units of `scale`.
    """

    negative: bytes
    positive: bytes
    scale: float

    def sums(self, places: Sequence[int]) -> Weights:
        """What the weights of some places come to."""
        zero, scale = _ZERO * len(places), self.scale
        against, in_favour = sum(map(self.negative.__getitem__, places)), sum(map(self.positive.__getitem__, places))
        return (against - zero) * scale, (in_favour - zero) * scale

    def twice(self) -> "Places":
        """The same for the sums of two numbers from 1 to 2^20, without taking the rest: place i stands at i + 2."""
        begin = bytes((_ZERO, _ZERO))
        return Places(begin + self.negative * 2, begin + self.positive * 2, self.scale)


@dataclass(frozen=True, slots=True)
class Model:
    """The weights, ready to be looked up.

    Attributes:
        version: names the weights and the lexicons that rate beside them.
        words: key of a word -> its weights with those of its n-grams. grams, pairs: the weights of each place.
    """

    version: str
    header: Header
    words: Mapping[int, Weights]
    grams: Places
    pairs: Places

    def base(self, word: str) -> Weights:
        """What a word or mark adds, its rating left aside."""
        known = self.words.get(hashed("w:" + word))
        if known is not None:
            return known
        negative = positive = 0.0
        for share, hashes in spellings(word):
            against, in_favour = self.grams.sums([each & GRAM_MASK for each in hashes])
            negative += share * against
            positive += share * in_favour
        return negative, positive

    def contribution(self, word: str, lexicon: str) -> tuple[float, float, float]:
        """What a word adds in a language of that lexicon, and its rating there."""
        negative, positive = self.base(word)
        rated = rating(word, lexicon)
        if rated:
            per = self.header.rated_up if rated > 0 else self.header.rated_down
            negative += abs(rated) * per[0]
            positive += abs(rated) * per[1]
        return negative, positive, rated


def packed(header: Header, tables: tuple[Mapping[int, tuple[int, int]], ...]) -> bytes:
    """Write a model; `tables`: words, grams and pairs, each key -> two signed bytes."""
    keys, values = array("I"), array("b")
    for table in tables:
        for key in sorted(table):
            keys.append(key)
            values.extend(table[key])
    if sys.byteorder == "big":
        keys.byteswap()
    whole = msgspec.json.encode(header) + b"\n" + keys.tobytes() + values.tobytes()
    return lzma.compress(whole, preset=9)


def unpacked(data: bytes) -> Model:
    """Read what `packed` wrote."""
    line, _, rest = lzma.decompress(data).partition(b"\n")
    header = msgspec.json.decode(line, type=Header)
    count = sum(header.sizes)
    keys, values = array("I"), array("b")
    keys.frombytes(rest[: 4 * count])
    values.frombytes(rest[4 * count :])
    if sys.byteorder == "big":
        keys.byteswap()
    words, grams, _ = header.sizes
    ends = (0, words, words + grams, count)
    first, second = values[0::2], values[1::2]
    known = [byte * header.scales[0] for byte in (*range(128), *range(-128, 0))]
    weights = zip(map(known.__getitem__, first[:words]), map(known.__getitem__, second[:words]), strict=True)
    tables = [
        Places(_spread(keys[start:end], first[start:end]), _spread(keys[start:end], second[start:end]), scale)
        for start, end, scale in zip(ends[1:], ends[2:], header.scales[1:], strict=False)
    ]
    ratings = sha256(data + lexicons_digest().encode()).hexdigest()[:8]
    return Model(f"{header.version}.{ratings}", header, dict(zip(keys[:words], weights, strict=True)), *tables)


def _spread(places: Sequence[int], weights: Sequence[int]) -> bytes:
    spread = bytearray((_ZERO,)) * (GRAM_MASK + 1)
    for place, weight in zip(places, weights, strict=True):
        spread[place] = weight + _ZERO
    return bytes(spread)


def read_model() -> Model:
    """The weights that come with the package (about 0.1 s)."""
    return unpacked(resources.files("processors.sentiment").joinpath(FILE).read_bytes())
