"""A brand's layer over an engine: z = base + bias + mix x base + sum of the terms' weights. Pure.

A layer speaks through words that people can read, so that its part of a judgement is explained like the engine's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp

from mentions.layers import BrandLayer, Layer, Triple
from mentions.records import Label, Reason, Sentiment
from processors.sentiment.outcome import REASONS, to_4_decimals

LABELS: tuple[Label, Label, Label] = ("negative", "neutral", "positive")
"""In the order of every triple."""
Spoken = tuple[str, tuple[int, int, int]]
_LIGHT = 0.0005
"""Below it a reason's weight would be shown as 0."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as an engine read it, before it makes up its mind.

    Attributes:
        tokens: in the order of the text, as the engine's reasons spell them; a word behind a negator with its mark.
            Names and links are not among them.
        logits: of negative, neutral, positive; only their differences mean something.
    """

    tokens: tuple[str, ...]
    logits: Triple


def terms_of(tokens: Sequence[str]) -> list[str]:
    """The words of a text, and every two that stand side by side, as often as they do."""
    return [*tokens, *map(" ".join, pairwise(tokens))]


def spoken(layer: Layer, reading: Reading) -> list[Spoken]:
    """The terms of a text that a layer has weights for, as often as they stand, each with its whole numbers."""
    weights = layer.terms
    return [(term, weights[term]) for term in terms_of(reading.tokens) if term in weights]


def apply_layer(layer: Layer, reading: Reading, said: Sequence[Spoken] | None = None) -> Triple:
    """The logits that engine and layer agree on; the engine's own where the layer says nothing.

    Args:
        said: `spoken` of the same, where it is known already.
    """
    base, size = reading.logits, layer.step
    negative = neutral = positive = 0
    for _, found in spoken(layer, reading) if said is None else said:
        negative, neutral, positive = negative + found[0], neutral + found[1], positive + found[2]
    mean = (base[0] + base[1] + base[2]) / 3
    a, b, c = base[0] - mean, base[1] - mean, base[2] - mean
    (from_a, from_b, from_c), bias = layer.mix, layer.bias
    return (
        base[0] + bias[0] + a * from_a[0] + b * from_b[0] + c * from_c[0] + size * negative,
        base[1] + bias[1] + a * from_a[1] + b * from_b[1] + c * from_c[1] + size * neutral,
        base[2] + bias[2] + a * from_a[2] + b * from_b[2] + c * from_c[2] + size * positive,
    )


def layer_reasons(layer: Layer, said: Sequence[Spoken], before: Sequence[Reason]) -> tuple[Reason, ...]:
    """The engine's reasons with the layer's weights added: positive less negative, strongest first, 3 decimals."""
    weights = {reason.term: reason.weight for reason in before}
    size = layer.step
    for term, found in said:
        weights[term] = weights.get(term, 0.0) + size * (found[2] - found[0])
    strongest = sorted(weights.items(), key=_strength, reverse=True)[:REASONS]
    return tuple([Reason(term, round(weight, 3)) for term, weight in strongest if abs(weight) >= _LIGHT])


def _strength(reason: tuple[str, float]) -> float:
    return abs(reason[1])


def likelihoods(logits: Triple) -> Triple:
    """Softmax: how likely each label is; they add up to 1."""
    best = max(logits)  # taken off, so that no text of ten thousand words is too much for exp
    negative, neutral, positive = exp(logits[0] - best), exp(logits[1] - best), exp(logits[2] - best)
    whole = negative + neutral + positive
    return negative / whole, neutral / whole, positive / whole


def concluded(logits: Triple, reasons: tuple[Reason, ...]) -> Sentiment:
    """What three logits say: the likeliest label; score: likelihood of positive less that of negative."""
    negative, neutral, positive = likelihoods(logits)
    label, score = LABELS[logits.index(max(logits))], to_4_decimals(positive - negative)
    return Sentiment(label, score, (round(negative, 4), round(neutral, 4), round(positive, 4)), reasons)


def layered_version(engine_version: str, brand: str, version: int) -> str:
    """How a judgement with a layer names what it was made by: `atalaya-1+lumbre.3`."""
    return f"{engine_version}+{brand}.{version}"


def fits(chosen: BrandLayer, engine_version: str) -> bool:
    """Whether a layer may be applied: it was trained over this very engine, and is more than the engine alone."""
    return bool(chosen.version) and chosen.engine_version == engine_version
