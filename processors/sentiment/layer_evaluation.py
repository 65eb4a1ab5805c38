"""What a layer would be worth: macro-F1 without and with it, on texts that it was not trained on. Seeded."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from processors.sentiment.layer import LABELS
from processors.sentiment.layer_training import Labelled, predict, train_layer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Places = NDArray[np.intp]

ENOUGH = 50
"""Labels from which on a layer is worth the trouble."""
ENOUGH_OF_EACH = 5
"""As many of each label: with fewer no fold can tell whether the layer hears them."""
FOLDS = 10
REPEATS = 3
"""Cross-validations, each with folds drawn anew; their answers are averaged."""
RESAMPLES = 1000
TOLERATED = -1.0
"""Points of macro-F1 that the low end of the interval may reach: that much is noise."""
SENSIBLE = 45.0
"""Macro-F1 that labels must be predicted with at least: guessing reaches 33, and labels at random 30 to 38."""
_SEED = 20_260


class Evaluation(Struct, frozen=True, kw_only=True):
    """What cross-validation says. Figures of F1 are in per cent.

    Attributes:
        labels: how many of negative, neutral, positive.
        before, after: macro-F1 of the engine alone and with the layer. before_each, after_each: F1 by label.
        gain: `after` less `before`. low, high: between them it lies by a paired bootstrap, nine times in ten.
        missing: how many labels more are needed for a layer, by label; under "any": whatever they are.
    """

    labels: dict[str, int]
    before: float
    after: float
    before_each: dict[str, float]
    after_each: dict[str, float]
    gain: float
    low: float
    high: float
    missing: dict[str, int]

    @property
    def passes(self) -> bool:
        """Whether the layer may be switched on: labels enough, a gain, and no loss beyond noise."""
        return not self.missing and self.gain > 0 and self.low >= TOLERATED and self.after >= SENSIBLE


def missing_labels(labels: Sequence[int]) -> dict[str, int]:
    """How many labels more a layer needs: of each that is scarce, and of any beyond these; empty: none."""
    short = {name: ENOUGH_OF_EACH - labels.count(at) for at, name in enumerate(LABELS)}
    missing: dict[str, int] = {name: count for name, count in short.items() if count > 0}
    if (others := ENOUGH - len(labels) - sum(missing.values())) > 0:
        missing["any"] = others
    return missing


def evaluate(rows: Sequence[Labelled], tell: Callable[[int, int], None] = lambda _done, _all: None) -> Evaluation:
    """Cross-validate; the same rows in the same order give the same figures.

    Args:
        tell: told how many trainings of how many are done.

    Raises:
        ValueError: no rows.
    """
    import numpy as np

    if not rows:
        msg = "there is nothing to evaluate on"
        raise ValueError(msg)
    random = np.random.default_rng(_SEED)
    truth = np.array([row.label for row in rows])
    before = np.array([max(range(3), key=row.reading.logits.__getitem__) for row in rows])
    afters = []
    for repeat in range(REPEATS):
        folds = _stratified(truth, random)
        after = np.empty_like(truth)
        for fold in range(FOLDS):
            layer = train_layer([row for row, of in zip(rows, folds, strict=True) if of != fold])
            held = np.flatnonzero(folds == fold)
            after[held] = predict(layer, [rows[at].reading for at in held.tolist()])
            tell(repeat * FOLDS + fold + 1, REPEATS * FOLDS)
        afters.append(after)
    present = sorted(set(truth.tolist()))
    low, high = _interval(truth, before, afters, present, random)
    before_each = _f1(truth, before)
    after_each = np.mean([_f1(truth, after) for after in afters], axis=0)
    figures = float(before_each[present].mean()), float(after_each[present].mean())
    return Evaluation(
        labels={name: int((truth == at).sum()) for at, name in enumerate(LABELS)},
        before=round(figures[0], 2),
        after=round(figures[1], 2),
        before_each={name: round(float(before_each[at]), 2) for at, name in enumerate(LABELS)},
        after_each={name: round(float(after_each[at]), 2) for at, name in enumerate(LABELS)},
        gain=round(figures[1] - figures[0], 2),
        low=round(low, 2),
        high=round(high, 2),
        missing=missing_labels(truth.tolist()),
    )


def _stratified(truth: "Places", random: "np.random.Generator") -> "Places":
    """A fold for each row; each fold has its share of every label."""
    import numpy as np

    folds = np.empty_like(truth)
    begun = 0
    for label in range(3):
        places = random.permutation(np.flatnonzero(truth == label))
        folds[places] = (begun + np.arange(len(places))) % FOLDS
        begun += len(places)
    return folds


def _interval(
    truth: "Places", before: "Places", afters: "Sequence[Places]", present: Sequence[int], random: "np.random.Generator"
) -> tuple[float, float]:
    """The 5th and 95th of a hundred gains, over texts drawn again and again."""
    import numpy as np

    gains = []
    for _ in range(RESAMPLES):
        drawn = random.integers(0, len(truth), len(truth))
        one = _f1(truth[drawn], before[drawn])[present].mean()
        other = np.mean([_f1(truth[drawn], after[drawn])[present].mean() for after in afters])
        gains.append(other - one)
    low, high = np.percentile(gains, (5, 95))
    return float(low), float(high)


def _f1(truth: "Places", found: "Places") -> "NDArray[np.float64]":
    """By label, in per cent."""
    import numpy as np

    cells = np.bincount(truth * 3 + found, minlength=9).reshape(3, 3)
    both = cells.sum(axis=0) + cells.sum(axis=1)
    scores: NDArray[np.float64] = 200.0 * np.diag(cells) / np.maximum(both, 1)
    return scores
