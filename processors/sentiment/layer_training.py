"""Learning a brand's layer from labelled texts: multinomial logistic regression over the engine's logits.

NumPy is imported here and only here, and only while somebody trains. Everything is seeded: the same rows give the same
layer.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mentions.layers import Layer, Triple
from processors.sentiment.layer import Reading, apply_layer, terms_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

PENALTY = 16.0
"""L2 on a term's weights: of 2 to 40 the best for 50 to 1,000 labels, and flat from 10 to 24 (docs/corrections.md)."""
BALANCE = 0.7
"""Power of (n / 3 n_label) that a label's rows weigh: 0 as they come, 1 all labels alike. Flat from 0.5 to 0.9."""
SEEN_IN = 2
"""Labelled texts in which a term must stand: no word of one person's text alone is kept in a layer."""
TERMS = 2500
"""Kept at most, the heaviest; about 60 KiB of JSON."""
STEPS = 127
"""Weights are whole numbers up to this size."""
MIX = 1.0
"""How readily the engine's own logits are mixed anew, against `PENALTY`; the bias has 1."""
_ITERATIONS = 200
_MEMORY = 10


@dataclass(frozen=True, slots=True)
class Labelled:
    """One labelled text; `label`: 0 negative, 1 neutral, 2 positive."""

    reading: Reading
    label: int


def train_layer(rows: Sequence[Labelled], *, penalty: float = PENALTY, balance: float = BALANCE) -> Layer:
    """Learn a layer; that of no rows changes nothing."""
    import numpy as np

    if not rows:
        return Layer()
    vocabulary = _vocabulary(rows)
    design = _Design(rows, vocabulary)
    labels = np.array([row.label for row in rows])
    weights = _fit(design, labels, _row_weights(labels, balance), penalty)
    return _layer(weights, vocabulary)


def predict(layer: Layer, readings: Sequence[Reading]) -> list[int]:
    """The likeliest label of each text."""
    found = [apply_layer(layer, reading) for reading in readings]
    return [max(range(3), key=logits.__getitem__) for logits in found]


def _vocabulary(rows: Sequence[Labelled]) -> list[str]:
    seen = Counter(term for row in rows for term in set(terms_of(row.reading.tokens)))
    return sorted(term for term, times in seen.items() if times >= SEEN_IN)


class _Design:
    """The rows as numbers: sparse terms, and beside them a bias and the engine's centred logits."""

    def __init__(self, rows: Sequence[Labelled], vocabulary: Sequence[str]) -> None:
        import numpy as np

        place = {term: at for at, term in enumerate(vocabulary)}
        of_row, of_term, values = [], [], []
        for at, row in enumerate(rows):
            for term, times in Counter(terms_of(row.reading.tokens)).items():
                if term in place:
                    of_row.append(at)
                    of_term.append(place[term])
                    values.append(times)
        self.rows, self.terms = len(rows), len(vocabulary)
        self._of_row, self._of_term = np.array(of_row, dtype=np.intp), np.array(of_term, dtype=np.intp)
        self._values = np.array(values, dtype=np.float64)
        self.base = np.array([row.reading.logits for row in rows], dtype=np.float64)
        centred = self.base - self.base.mean(axis=1, keepdims=True)
        self.dense = np.column_stack([np.ones(len(rows)), MIX * centred])

    def logits(self, weights: "Floats") -> "Floats":
        """Three for each row; `weights`: one line of three for each term, then for bias and logits."""
        import numpy as np

        sums = [
            np.bincount(self._of_row, self._values * weights[self._of_term, label], self.rows) for label in range(3)
        ]
        return self.base + self.dense @ weights[self.terms :] + np.column_stack(sums)

    def gradient(self, errors: "Floats") -> "Floats":
        """What a change of each weight does to the loss, whose change by each logit is `errors`."""
        import numpy as np

        sums = [
            np.bincount(self._of_term, self._values * errors[self._of_row, label], self.terms) for label in range(3)
        ]
        return np.vstack([np.column_stack(sums), self.dense.T @ errors])


def _row_weights(labels: "NDArray[np.intp]", balance: float) -> "Floats":
    import numpy as np

    counts = np.maximum(np.bincount(labels, minlength=3), 1)
    weights: Floats = ((len(labels) / (3 * counts)) ** balance)[labels]
    weights /= weights.mean()
    return weights


def _fit(design: _Design, labels: "NDArray[np.intp]", row_weights: "Floats", penalty: float) -> "Floats":
    import numpy as np

    truth = np.eye(3)[labels]

    def loss(flat: "Floats") -> "tuple[float, Floats]":
        weights = flat.reshape(-1, 3)
        logits = design.logits(weights)
        logits = logits - logits.max(axis=1, keepdims=True)
        odds = np.exp(logits)
        whole = odds.sum(axis=1)
        misfit = row_weights * (np.log(whole) - (logits * truth).sum(axis=1))
        errors = (odds / whole[:, None] - truth) * row_weights[:, None]
        gradient = design.gradient(errors) + penalty * weights
        return float(misfit.sum() + penalty / 2 * (flat @ flat)), gradient.ravel()

    return minimised(loss, np.zeros((design.terms + design.dense.shape[1]) * 3)).reshape(-1, 3)


def minimised(loss: "Callable[[Floats], tuple[float, Floats]]", start: "Floats") -> "Floats":
    """Where a smooth, convex loss is least (L-BFGS with halved steps); `loss` gives value and gradient."""
    point, (value, slope) = start, loss(start)
    moves: list[tuple[Any, Any, float]] = []
    for _ in range(_ITERATIONS):
        direction = _direction(slope, moves)
        step, descent = 1.0 if moves else min(1.0, 1.0 / (abs(slope).sum() or 1.0)), float(slope @ direction)
        if descent > -1e-9 * max(1.0, abs(value)):
            break
        while True:
            there = point + step * direction
            new_value, new_slope = loss(there)
            if new_value <= value + 1e-4 * step * descent or step < 1e-10:
                break
            step /= 2
        moved, turned = there - point, new_slope - slope
        if (curve := float(moved @ turned)) > 1e-12:
            moves = [*moves, (moved, turned, 1 / curve)][-_MEMORY:]
        point, value, slope = there, new_value, new_slope
    return point


def _direction(slope: "Floats", moves: Sequence[tuple[Any, Any, float]]) -> "Floats":
    direction, shares = -slope, []
    for moved, turned, curve in reversed(moves):
        share = curve * float(moved @ direction)
        shares.append(share)
        direction = direction - share * turned
    if moves:
        moved, turned, curve = moves[-1]
        direction = direction / (curve * float(turned @ turned))
    for (moved, turned, curve), share in zip(moves, reversed(shares), strict=True):
        direction = direction + (share - curve * float(turned @ direction)) * moved
    return direction


def _layer(weights: "Floats", vocabulary: Sequence[str]) -> Layer:
    """Weights as whole numbers, the light ones left out. What is common to the three logits changes nothing."""
    import numpy as np

    weights = weights - weights.mean(axis=1, keepdims=True)
    terms, dense = weights[: len(vocabulary)], weights[len(vocabulary) :]
    sizes = np.abs(terms).max(axis=1) if len(terms) else np.zeros(0)
    step = float(sizes.max()) / STEPS if sizes.any() else 0.0
    kept = [at for at in np.argsort(-sizes, kind="stable")[:TERMS] if step and sizes[at] >= step / 2]
    whole = {vocabulary[at]: _whole(terms[at], step) for at in sorted(kept)}
    mix = MIX * dense[1:]
    return Layer(
        bias=_triple(dense[0]), mix=(_triple(mix[0]), _triple(mix[1]), _triple(mix[2])), step=step, terms=whole
    )


def _triple(line: Any) -> Triple:
    return round(float(line[0]), 6), round(float(line[1]), 6), round(float(line[2]), 6)


def _whole(line: Any, step: float) -> tuple[int, int, int]:
    return round(float(line[0]) / step), round(float(line[1]) / step), round(float(line[2]) / step)
