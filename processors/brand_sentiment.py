"""The sentiment towards each brand of each mention: the engine is asked for all at once, once for each way to read.

Brands that a text names alike get one and the same judgement; a brand with a layer of corrections gets its own.
"""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from mentions.layers import BrandLayer
from mentions.records import Sentiment
from processors.sentiment.base import Asked, Engine, JudgesTogether
from processors.sentiment.layered import judge_all_layered
from processors.sentiment.target import Target


class Heard(NamedTuple):
    """A text and, for each brand that it mentions, whom the judgement is about and the brand's layer if it has one."""

    text: str
    lang: str
    targets: Sequence[Target]
    layers: Sequence[BrandLayer | None]


def sentiments(engine: Engine, mentions: Sequence[Heard]) -> list[list[Sentiment]]:
    """One judgement for each brand of each mention, in their order."""
    asked, layers, places = list[Asked](), list[BrandLayer | None](), list[list[int]]()
    for text, lang, targets, own in mentions:
        if len(targets) == 1:  # which is most often so
            places.append([len(asked)])
            asked.append((text, lang, targets[0]))
            layers.append(own[0])
            continue
        known, here = dict[tuple[Target, str], int](), list[int]()
        for target, layer in zip(targets, own, strict=True):
            place = known.setdefault((target, layer.brand if layer else ""), len(asked))
            if place == len(asked):
                asked.append((text, lang, target))
                layers.append(layer)
            here.append(place)
        places.append(here)
    judged = _judged(engine, asked, layers)
    return [[judged[place] for place in here] for here in places]


def _judged(engine: Engine, asked: Sequence[Asked], layers: Sequence[BrandLayer | None]) -> list[Sentiment]:
    judge_all = engine.judge_all if isinstance(engine, JudgesTogether) else partial(_one_by_one, engine)
    if not any(layers):
        return judge_all(asked)
    plain = [each for each, layer in zip(asked, layers, strict=True) if layer is None]
    corrected = [(layer.layer, each) for each, layer in zip(asked, layers, strict=True) if layer]
    of_plain = iter(judge_all(plain))
    of_corrected = iter(judge_all_layered(engine, *zip(*corrected, strict=True)))
    return [next(of_plain if layer is None else of_corrected) for layer in layers]


def _one_by_one(engine: Engine, asked: Sequence[Asked]) -> list[Sentiment]:
    return [engine.judge(*each) for each in asked]
