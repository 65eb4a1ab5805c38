"""What one text comes to in the linear model, without NumPy, whose calls cost more than a short text's words.

The same numbers as `linear_sums` gives for many texts, to the last bit.
"""

from itertools import repeat
from math import sqrt

from mentions.layers import Triple
from mentions.records import Reason
from processors.sentiment.linear_model import Model, Weights
from processors.sentiment.linear_sums import LEAN, TELLING, Heard, Summed
from processors.sentiment.linear_terms import LENGTH_POWER
from processors.sentiment.outcome import REASONS
from processors.sentiment.sounds import SoundTable


class SingleSum:
    """The model's numbers, ready to sum up one text after the other."""

    def __init__(self, model: Model) -> None:
        header = model.header
        self._cooled, self._bias, self._compound = 1.0 / header.temperature, header.bias, header.compound
        self._pairs = model.pairs.twice()

    def of(self, text: Heard, table: SoundTable) -> Summed:
        """What the text comes to, as `linear_sums.Sums.all`."""
        negative = rating = strength = 0.0
        places, weights, behind, size = list[int](), dict[float, float](), 0.0, 0
        rows = table.rows()[list(text.sounds)].tolist()
        for (left, right, against, rated, adds, word), count in zip(rows, text.counts or repeat(1.0), strict=False):
            if not left:
                continue
            negative, rating, strength = negative + against * count, rating + rated * count, strength + adds * count
            weights[word] = weights.get(word, 0.0) + adds * count
            if size:
                places.append(int(behind + right))
            behind, size = left, size + 1
        scale = size**-LENGTH_POWER if size else 1.0
        from_pairs = self._pairs.sums(places)
        both = negative + from_pairs[0], negative + strength + from_pairs[1]
        logits = self._logits(both, rating, scale, text)
        return Summed(logits, _reasons(weights, scale * self._cooled * 1000, table), not size)

    def _logits(self, both: Weights, rating: float, scale: float, text: Heard) -> Triple:
        compound = rating / sqrt(rating * rating + 15.0)
        straight, up, down, none = self._compound
        side = up if compound > 0 else down if compound < 0 else none
        amount = abs(compound) if compound else 1.0
        negative, positive = (
            of * scale + self._bias[label] + compound * straight[label] + amount * side[label]
            for label, of in enumerate(both)
        )
        leaning = LEAN * text.lean
        return (
            negative * self._cooled - leaning - text.ahead,
            0.0,
            positive * self._cooled + leaning - text.ahead,
        )


def _reasons(weights: dict[float, float], thousands: float, table: SoundTable) -> tuple[Reason, ...]:
    """The strongest words; `weights`: of each, by its number, in the order of the text."""
    least = TELLING * max(map(abs, weights.values()), default=0.0)
    told = [(word, weight) for word, weight in weights.items() if abs(weight) >= least]
    told.sort(key=lambda each: abs(each[1]), reverse=True)
    return tuple(
        Reason(table.forms[int(word)], rounded / 1000)
        for word, weight in told[:REASONS]
        if (rounded := round(weight * thousands))
    )
