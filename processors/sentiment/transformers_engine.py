"""Engine `transformers`: a fine-tuned model of three classes, such as XLM-T, from a folder or a hub. An extra.

The only file that imports `torch` and `transformers`, and only when the engine is opened: both are large and slow to
load.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from mentions.errors import UsageError
from mentions.records import Label, Sentiment
from processors.sentiment.base import Asked
from processors.sentiment.target import Target

Device = Literal["auto", "cpu", "cuda", "mps"]
BATCH = 32
"""Texts that a model sees at once; longer batches gain little on a CPU."""
LONGEST = 2_000
"""Characters of a text that are read; a post has fewer."""
MOST_TOKENS = 512
"""What XLM-R was trained to read, less its two own tokens, is the least that such models take."""

_LABELS: tuple[Label, Label, Label] = ("negative", "neutral", "positive")
_NAMES = {"neg": 0, "negative": 0, "neu": 1, "neutral": 1, "pos": 2, "positive": 2}
_NUMBERS = {"label_0": 0, "label_1": 1, "label_2": 2}
_HANDLE, _ADDRESS = re.compile(r"(?<!\w)@\w[\w.-]*"), re.compile(r"https?://\S+|www\.\S+")
_NEUTRAL = Sentiment(label="neutral", score=0.0, p=(0.0, 1.0, 0.0))


class TransformersEngine:
    """A judge of texts in every language that its model has learnt; a text's own language is not asked for.

    `p` are the model's probabilities, `score` is positive less negative. There are no reasons: such a model has none
    that a person could read. A text without anything to read is neutral.
    """

    def __init__(self, version: str, model: Any, tokenizer: Any, device: str, order: tuple[int, int, int]) -> None:
        self.version = version
        self._model, self._tokenizer, self._device, self._order = model, tokenizer, device, order
        self._most = _most_tokens(model.config, tokenizer)

    def judge(self, text: str, lang: str, target: Target | None = None) -> Sentiment:
        """Judge one text; many are judged faster by `judge_all`. Neither `lang` nor `target` changes anything."""
        return self.judge_all([(text, lang, target)])[0]

    def judge_all(self, asked: Sequence[Asked]) -> list[Sentiment]:
        """Judge texts in batches of those of about the same length, each text once; the answers come in their order."""
        texts = list(dict.fromkeys(text for text, _, _ in asked))
        judged = dict(zip(texts, self._judged(texts), strict=True))
        return [judged[text] for text, _, _ in asked]

    def _judged(self, texts: Sequence[str]) -> list[Sentiment]:
        prepared = [_prepared(text) for text in texts]
        found = [_NEUTRAL] * len(texts)
        by_length = sorted((i for i, text in enumerate(prepared) if text), key=lambda i: len(prepared[i]))
        for places in _batches(by_length):
            for place, p in zip(places, self._probabilities([prepared[i] for i in places]), strict=True):
                found[place] = _sentiment(p)
        return found

    def _probabilities(self, texts: list[str]) -> Iterator[tuple[float, float, float]]:
        import torch

        given = self._tokenizer(texts, padding=True, truncation=True, max_length=self._most, return_tensors="pt")
        with torch.inference_mode():
            logits = self._model(**given.to(self._device)).logits.float()
        for row in logits.softmax(dim=-1).cpu().tolist():
            negative, neutral, positive = (row[i] for i in self._order)
            yield negative, neutral, positive


def open_transformers(model: str | None, device: Device = "auto") -> TransformersEngine:
    """Load a model; seconds to minutes.

    Args:
        model: a folder, or a name on the hub (which needs the network once).
        device: `auto` takes a graphics card if there is one.

    Raises:
        UsageError: the extra is not installed, there is no such model or device, or the model has other classes.
    """
    if not model:
        raise UsageError("the engine transformers needs a model: model in [sentiment], a folder or a name on the hub")
    torch, transformers = _libraries()
    place = _device(torch, device)
    if _is_path(model) and not (Path(model) / "config.json").is_file():
        raise UsageError(f"no model in {model}: a folder with config.json, weights and tokenizer was expected")
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(model)
        config = transformers.AutoConfig.from_pretrained(model)
        order = class_order(config.id2label)
        loaded = transformers.AutoModelForSequenceClassification.from_pretrained(model, config=config)
    except UsageError as error:
        raise UsageError(f"the model {model} cannot judge sentiment: {error}") from None
    except Exception as error:  # the libraries raise what they like: OSError, ValueError, KeyError, their own
        raise UsageError(f"the model {model} cannot be loaded: {_first_line(error)}") from error
    loaded.eval().to(place)
    version = f"transformers-{Path(model).name}-{_digest(loaded, tokenizer, order)}"
    return TransformersEngine(version, loaded, tokenizer, place, order)


def class_order(id2label: Mapping[int, str]) -> tuple[int, int, int]:
    """The columns of negative, neutral and positive among a model's classes.

    Names count in any order; `LABEL_0` to `LABEL_2` are taken as XLM-T means them: negative, neutral, positive.

    Raises:
        UsageError: the classes are others.
    """
    labels = {int(column): str(label).strip().lower() for column, label in id2label.items()}
    for names in (_NAMES, _NUMBERS):
        columns = {names[label]: column for column, label in labels.items() if label in names}
        if len(labels) == len(columns) == 3:
            return columns[0], columns[1], columns[2]
    given = ", ".join(str(id2label[column]) for column in id2label)
    raise UsageError(f"its classes are {given or 'none'}; negative, neutral and positive were expected")


def _libraries() -> tuple[Any, Any]:
    try:
        import torch
        import transformers
    except ImportError as error:
        raise UsageError(
            f"the engine transformers needs the extra of that name ({error}): pip install 'atalaya[transformers]'"
        ) from None
    return torch, transformers


def _device(torch: Any, device: Device) -> str:
    has = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if device == "auto":
        return next(name for name in ("cuda", "mps", "cpu") if has[name])
    if not has[device]:
        there = " and ".join(name for name, present in has.items() if present)
        raise UsageError(f"device {device} in [sentiment] is not there or not usable; there is {there}")
    return device


def _is_path(model: str) -> bool:
    """A name on the hub is `owner/model` or `model`; whatever exists here is taken from here."""
    return Path(model).exists() or model.startswith((".", "/", "~")) or model.count("/") > 1 or "\\" in model


def _digest(model: Any, tokenizer: Any, order: tuple[int, int, int]) -> str:
    """Of all that can change an answer: weights, vocabulary, classes."""
    digest = hashlib.sha256(json.dumps([order, sorted(tokenizer.get_vocab().items())]).encode())
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().float().numpy().tobytes())
    return digest.hexdigest()[:12]


def _most_tokens(config: Any, tokenizer: Any) -> int:
    """RoBERTa counts places from its padding on, so that two fewer tokens than places fit."""
    places = getattr(config, "max_position_embeddings", None) or MOST_TOKENS + 2
    return int(max(1, min(MOST_TOKENS, places - 2, tokenizer.model_max_length)))


def _prepared(text: str) -> str:
    """As XLM-T's texts were: handles and addresses without their names, cut to what a post has."""
    return _ADDRESS.sub("http", _HANDLE.sub("@user", text[:LONGEST])).strip()


def _batches(places: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(places), BATCH):
        yield places[start : start + BATCH]


def _sentiment(p: tuple[float, float, float]) -> Sentiment:
    negative, neutral, positive = (round(share, 4) for share in p)
    label = _LABELS[max(range(3), key=lambda i: p[i])]
    return Sentiment(label, round(p[2] - p[0], 4), (negative, neutral, positive))


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).strip().split("\n", 1)[0]
