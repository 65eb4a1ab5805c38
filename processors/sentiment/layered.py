"""An engine and a brand's layer judge together. Any engine will do; one that shows its reading is corrected best."""

from collections.abc import Sequence
from typing import Protocol, TypeGuard

from mentions.layers import Layer
from mentions.records import Sentiment
from mentions.tokens import Tokens
from processors.sentiment.base import Asked, Engine
from processors.sentiment.layer import Reading, apply_layer, concluded, layer_reasons, spoken
from processors.sentiment.naming import vocabulary
from processors.sentiment.target import Target

_STRENGTH = 4.0
"""Logits per unit of score: an engine without logits is taken to mean 0.05, VADER's bound, by an even chance."""
_NEUTRAL = 0.05 * _STRENGTH - 1e-9
_MARK = "¬"
_REACH = 4
"""Words behind a negator that carry its mark, as in the engine `atalaya`."""
_NEGATORS = vocabulary(
    "not no never none nor neither cannot without nobody nothing hardly dont cant wont isnt wasnt didnt doesnt couldnt "
    "wouldnt aint t ni nunca jamas tampoco nada nadie sin nao nem pas ne jamais sans nicht kein keine nie non mai "
    "senza"
)


class ReadingEngine(Engine, Protocol):
    """An engine that shows how it read a text, and makes up its mind from logits that others may have changed."""

    def read_all(self, asked: Sequence[Asked]) -> Sequence[Reading | None]:
        """Each text as it was read; None: not a text that it can hear."""
        ...

    def conclude(self, reading: Reading, logits: tuple[float, float, float]) -> Sentiment:
        """The judgement that these logits come to, with the engine's own reasons."""
        ...


def shows_reading(engine: Engine) -> TypeGuard[ReadingEngine]:
    """Whether an engine is a `ReadingEngine`; `isinstance` of a protocol would cost as much as a judgement."""
    return hasattr(engine, "conclude")


def read(engine: Engine, text: str, lang: str, target: Target | None = None) -> Reading | None:
    """A text as a layer sees it; None: the engine cannot hear it, and then no layer can."""
    if shows_reading(engine):
        return engine.read_all([(text, lang, target)])[0]
    found = engine.judge(text, lang, target)
    return None if found.label == "unjudged" else _from_score(text, found, target)


def judge_layered(engine: Engine, layer: Layer, text: str, lang: str, target: Target | None = None) -> Sentiment:
    """What engine and layer say together; as the engine says where it cannot hear the text."""
    return judge_all_layered(engine, [layer], [(text, lang, target)])[0]


def judge_all_layered(engine: Engine, layers: Sequence[Layer], asked: Sequence[Asked]) -> list[Sentiment]:
    """The same for many texts, each with its layer."""
    if shows_reading(engine):
        return [
            engine.judge(*each) if reading is None else _from_reading(engine, layer, reading)
            for layer, each, reading in zip(layers, asked, engine.read_all(asked), strict=True)
        ]
    return [_over_score(engine, layer, *each) for layer, each in zip(layers, asked, strict=True)]


def _from_reading(engine: ReadingEngine, layer: Layer, reading: Reading) -> Sentiment:
    said = spoken(layer, reading)
    found = engine.conclude(reading, apply_layer(layer, reading, said))
    if found.label == "unjudged":
        return found
    return Sentiment(found.label, found.score, found.p, layer_reasons(layer, said, found.reasons))


def _over_score(engine: Engine, layer: Layer, text: str, lang: str, target: Target | None) -> Sentiment:
    found = engine.judge(text, lang, target)
    if found.label == "unjudged":
        return found
    reading = _from_score(text, found, target)
    said = spoken(layer, reading)
    return concluded(apply_layer(layer, reading, said), layer_reasons(layer, said, found.reasons))


def _from_score(text: str, found: Sentiment, target: Target | None) -> Reading:
    score = _STRENGTH * found.score
    return Reading(_marked(text, target), (-score, _NEUTRAL, score))


def _marked(text: str, target: Target | None) -> tuple[str, ...]:
    """The folded words of a text without names and handles, those behind a negator with its mark."""
    cut = Tokens(text)
    names = {*cut.handles(), *(target.own | target.others if target else ())}
    marked, left = [], 0
    for word in cut.words:
        if word in names:
            continue
        if word in _NEGATORS:
            left = _REACH
            marked.append(word)
        else:
            marked.append(_MARK + word if left > 0 else word)
            left -= 1
    return tuple(marked)
