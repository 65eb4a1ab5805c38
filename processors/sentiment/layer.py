"""A brand's layer over an engine: z = base + bias + mix x base + sum of the terms' weights. Pure.

A layer speaks through words that people can read, so that its part of a judgement is explained like the engine's own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp

from mentions.layers import BrandLayer, Layer, Triple
from mentions.records import Label, Reason, Sentiment

REASONS = 8
"""As many as a person reads (`processors.sentiment.outcome.REASONS`)."""
LABELS: tuple[Label, Label, Label] = ("negative", "neutral", "positive")
"""In the order of every triple."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as an engine read it, before it makes up its mind.

    Attributes:
        tokens: in the order of the text, folded; a word behind a negator with its mark. Names and links are not among
            them.
        logits: of negative, neutral, positive; only their differences mean something.
    """

    tokens: tuple[str, ...]
    logits: Triple


def terms_of(tokens: Sequence[str]) -> Iterator[str]:
    """The words of a text, and every two that stand side by side, as often as they do."""
    yield from tokens
    yield from map(" ".join, pairwise(tokens))


def apply_layer(layer: Layer, reading: Reading) -> Triple:
    """The logits that engine and layer agree on; the engine's own where the layer says nothing."""
    weights, base = layer.terms, reading.logits
    negative = neutral = positive = 0
    for term in terms_of(reading.tokens):
        found = weights.get(term)
        if found is not None:
            negative, neutral, positive = negative + found[0], neutral + found[1], positive + found[2]
    size, mean = layer.step, sum(base) / 3
    a, b, c = base[0] - mean, base[1] - mean, base[2] - mean
    (from_a, from_b, from_c), bias = layer.mix, layer.bias
    return (
        base[0] + bias[0] + a * from_a[0] + b * from_b[0] + c * from_c[0] + size * negative,
        base[1] + bias[1] + a * from_a[1] + b * from_b[1] + c * from_c[1] + size * neutral,
        base[2] + bias[2] + a * from_a[2] + b * from_b[2] + c * from_c[2] + size * positive,
    )


def layer_reasons(layer: Layer, reading: Reading, before: Sequence[Reason]) -> tuple[Reason, ...]:
    """The engine's reasons with the layer's weights added: positive less negative, strongest first, 3 decimals."""
    weights = {reason.term: reason.weight for reason in before}
    for term in terms_of(reading.tokens):
        found = layer.terms.get(term)
        if found is not None:
            weights[term] = weights.get(term, 0.0) + layer.step * (found[2] - found[0])
    kept = [Reason(term, round(weight, 3)) for term, weight in weights.items() if round(weight, 3)]
    return tuple(sorted(kept, key=lambda reason: -abs(reason.weight))[:REASONS])


def concluded(logits: Triple, reasons: tuple[Reason, ...]) -> Sentiment:
    """What three logits say: the likeliest label; score: likelihood of positive less that of negative."""
    top = max(logits)
    odds = [exp(logit - top) for logit in logits]
    negative, neutral, positive = (round(part / sum(odds), 4) for part in odds)
    label = LABELS[max(range(3), key=logits.__getitem__)]
    return Sentiment(label, round(positive - negative, 4), (negative, neutral, positive), reasons)


def layered_version(engine_version: str, brand: str, version: int) -> str:
    """How a judgement with a layer names what it was made by: `atalaya-1+lumbre.3`."""
    return f"{engine_version}+{brand}.{version}"


def fits(chosen: BrandLayer, engine_version: str) -> bool:
    """Whether a layer may be applied: it was trained over this very engine, and is more than the engine alone."""
    return bool(chosen.version) and chosen.engine_version == engine_version
