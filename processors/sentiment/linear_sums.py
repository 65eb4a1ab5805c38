"""What many texts come to at once in the linear model: their sounds are looked up and summed side by side, in C.

Sums run from a text's first sound to its last, one after the other, so that a text comes to the same number to the last
bit whatever stands beside it.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mentions.layers import Triple
from mentions.records import Reason
from processors.sentiment.linear_model import Model
from processors.sentiment.linear_terms import LENGTH_POWER
from processors.sentiment.outcome import REASONS
from processors.sentiment.sounds import LEFT, NEGATIVE, RATING, RIGHT, STRENGTH, WORD, SoundTable

LEAN = 1.2
"""Logits that a comparison adds to the side that wins it, and takes from the other."""
TELLING = 0.2
"""Share of the strongest word's weight from which another is a reason: a card that marks every "de" tells nothing."""
_NO_PLACES = 128
Floats = NDArray[np.float64]
Whole = NDArray[np.intp]


class Heard(NamedTuple):
    """A text that is ready to be summed up.

    Attributes:
        sounds: their numbers, in order; phrases joined, negated and silenced ones in their places.
        counts: what each counts, by its place and the target; None: all 1.
        lean: of a comparison, -1 to 1. ahead: logits that neutral is ahead.
    """

    sounds: Sequence[int]
    counts: Sequence[float] | None
    lean: float
    ahead: float


class Summed(NamedTuple):
    """Logits of negative, neutral, positive, and the words that decided. `is_empty`: nothing in it says anything."""

    logits: Triple
    reasons: tuple[Reason, ...]
    is_empty: bool


class Sums:
    """The model's numbers, ready to sum texts up."""

    def __init__(self, model: Model) -> None:
        header, pairs = model.header, model.pairs.twice()
        self._cooled, self._bias, self._compound = 1.0 / header.temperature, header.bias, header.compound
        self._pairs = [np.frombuffer(side, np.uint8) for side in (pairs.negative, pairs.positive)]
        self._pair_scale = pairs.scale
        self._scales = np.ones(1)

    def all(self, texts: Sequence[Heard], table: SoundTable) -> list[Summed]:
        """What each of the texts comes to; reasons are its strongest words, at most `REASONS`, 3 decimals.

        Reasons say what a word adds to positive over negative, strongest first; those that weigh less than `TELLING` of
        the strongest are left out.
        """
        count = len(texts)
        owners, rows = _looked_up(texts, table)
        said = rows[:, LEFT].nonzero()[0]
        spoken, speakers = rows[said], owners[said]
        negative, rated, strength = (
            _summed(speakers, spoken[:, column], count) for column in (NEGATIVE, RATING, STRENGTH)
        )
        positive = negative + strength
        for_negative, for_positive = self._of_pairs(spoken, speakers, count)
        sizes = np.bincount(speakers, minlength=count)
        scales = self._scale(sizes)
        lean, ahead = (np.array(column, float) for column in list(zip(*texts, strict=True))[2:])
        logits = self._logits(negative + for_negative, positive + for_positive, rated, scales)
        leaning = LEAN * lean
        against = (logits[0] * self._cooled - leaning - ahead).tolist()
        in_favour = (logits[1] * self._cooled + leaning - ahead).tolist()
        reasons = _reasons(spoken, speakers, scales * self._cooled * 1000, table, count)
        return [
            Summed((a, 0.0, b), told, not size)
            for a, b, told, size in zip(against, in_favour, reasons, sizes.tolist(), strict=True)
        ]

    def _of_pairs(self, spoken: Floats, speakers: Whole, count: int) -> tuple[Floats, Floats]:
        """What the pairs of neighbours come to, for each side."""
        same = speakers[1:] == speakers[:-1]
        places = (spoken[:-1, LEFT] + spoken[1:, RIGHT])[same].astype(np.intp)
        owners = speakers[1:][same]
        zero = _NO_PLACES * np.bincount(owners, minlength=count)
        negative, positive = (_summed(owners, side[places], count) - zero for side in self._pairs)
        return negative * self._pair_scale, positive * self._pair_scale

    def _scale(self, sizes: Whole) -> Floats:
        """What sums over so many pieces are multiplied by. Powers by Python: NumPy's may differ in the last bit."""
        most = int(sizes.max(initial=0))
        if most >= len(self._scales):
            self._scales = np.array([1.0, *(size**-LENGTH_POWER for size in range(1, 2 * most))])
        scales: Floats = self._scales[sizes]
        return scales

    def _logits(self, negative: Floats, positive: Floats, rated: Floats, scales: Floats) -> tuple[Floats, Floats]:
        """Of negative and positive over neutral, before they are cooled."""
        compound = rated / np.sqrt(rated * rated + 15.0)
        straight, up, down, none = self._compound
        amount = np.where(compound == 0, 1.0, np.abs(compound))
        sides: list[Floats] = [
            np.where(compound > 0, up[label], np.where(compound < 0, down[label], none[label])) for label in (0, 1)
        ]
        bias = self._bias
        negative = negative * scales + bias[0] + compound * straight[0] + amount * sides[0]
        positive = positive * scales + bias[1] + compound * straight[1] + amount * sides[1]
        return negative, positive


def _summed(owners: Whole, numbers: NDArray[Any], count: int) -> Floats:
    """The numbers added up by owner, each in its order."""
    return np.bincount(owners, numbers, count).astype(np.float64, copy=False)


def _looked_up(texts: Sequence[Heard], table: SoundTable) -> tuple[Whole, Floats]:
    """Of each sound of all texts, whose it is and its row, times what it counts there."""
    lengths = [len(text.sounds) for text in texts]
    owners = np.repeat(np.arange(len(texts)), lengths)
    numbers = np.array([number for text in texts for number in text.sounds], np.intp)
    rows: Floats = table.rows()[numbers]
    start = 0
    for text, length in zip(texts, lengths, strict=True):
        if text.counts is not None:
            rows[start : start + length, NEGATIVE : STRENGTH + 1] *= np.array(text.counts)[:, None]
        start += length
    return owners, rows


def _reasons(
    spoken: Floats, speakers: Whole, thousands: Floats, table: SoundTable, count: int
) -> list[tuple[Reason, ...]]:
    """The strongest words of each text; one that stands several times is one reason."""
    if not len(speakers):
        return [()] * count
    keys = speakers * len(table) + spoken[:, WORD].astype(np.intp)
    order = keys.argsort(kind="stable")
    ordered = keys[order]
    is_new = _changes(ordered)
    first, words = order[is_new], ordered[is_new]
    weights = np.bincount(is_new.cumsum() - 1, spoken[order, STRENGTH])
    owners, sizes = words // len(table), np.abs(weights)
    is_first = _changes(owners)
    strongest = np.maximum.reduceat(sizes, is_first.nonzero()[0])
    told = (sizes >= (TELLING * strongest)[is_first.cumsum() - 1]).nonzero()[0]
    told = told[np.lexsort((first[told], -sizes[told], owners[told]))]
    owners = owners[told]
    rounded = np.rint(weights[told] * thousands[owners])
    rank = np.arange(len(told)) - owners.searchsorted(owners)
    kept = ((rank < REASONS) & (rounded != 0)).nonzero()[0]
    forms = map(table.forms.__getitem__, (words[told[kept]] % len(table)).tolist())
    reasons = list(map(Reason, forms, (rounded[kept] / 1000).tolist()))
    ends = owners[kept].searchsorted(np.arange(count + 1)).tolist()
    return [tuple(reasons[begin:end]) for begin, end in pairwise(ends)]


def _changes(numbers: Whole) -> NDArray[np.bool_]:
    """Whether each differs from the one before; the first does."""
    found = np.ones(len(numbers), bool)
    np.not_equal(numbers[1:], numbers[:-1], out=found[1:])
    return found
