"""What a brand's own people taught an engine: a few weights that are added to what it says. Plain data."""

from datetime import datetime

from msgspec import Struct

Triple = tuple[float, float, float]
"""One number for each of negative, neutral, positive."""
BASE = 0
"""The version that stands for the engine alone."""
_NOTHING: Triple = (0.0, 0.0, 0.0)


class Layer(Struct, frozen=True, omit_defaults=True):
    """Weights over an engine's logits; those of `Layer()` change nothing (`processors.sentiment.layer`).

    Attributes:
        bias: added to the three logits.
        mix: for each of the engine's logits, less their mean, what it adds to the three.
        step: what a term's whole numbers are multiplied by.
        terms: by word, or pair of words with a blank between.
    """

    bias: Triple = _NOTHING
    mix: tuple[Triple, Triple, Triple] = (_NOTHING, _NOTHING, _NOTHING)
    step: float = 0.0
    terms: dict[str, tuple[int, int, int]] = {}


class BrandLayer(Struct, frozen=True, kw_only=True, tag_field="record", tag="layer.v1"):
    """Which layer a brand is judged with from now on. A record of the brands topic too; the last one counts.

    Attributes:
        version: 1, 2, ... in the order of training, of this brand; `BASE`: the engine alone.
        engine_version: of the engine that it was trained over; over another one it is not applied.
        changed_at: when this version was chosen; who chose it is in the store.
    """

    brand: str
    version: int
    engine_version: str
    changed_at: datetime
    layer: Layer = Layer()
