"""The labelled texts that `train_sentiment` learns from, out of the folder of recorded data."""

import html
import re
import sys
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

LANGUAGES = {"en": "english", "es": "spanish", "pt": "portuguese", "fr": "french", "de": "german", "it": "italian"}
SEED = 7
_ADDRESS = re.compile(r"https?://\S+|www\.\S+|\bhttp\b")
_HANDLE = re.compile(r"@\w+")


@dataclass
class Texts:
    """Labelled texts: label 0 negative, 1 neutral, 2 positive; `lang`, and `group` that shares a weight."""

    texts: list[str] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    langs: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)

    def add(self, text: str, label: int, lang: str, group: str) -> None:
        """Add one."""
        self.texts.append(text)
        self.labels.append(label)
        self.langs.append(lang)
        self.groups.append(group)

    def picked(self, places: Iterable[int]) -> "Texts":
        """Those at these places."""
        found = Texts()
        for i in places:
            found.add(self.texts[i], self.labels[i], self.langs[i], self.groups[i])
        return found


def key(text: str) -> str:
    """What two copies of a tweet have in common."""
    plain = _HANDLE.sub("", _ADDRESS.sub("", html.unescape(text).lower()))
    return re.sub(r"[^\w]+|_", "", unicodedata.normalize("NFKD", plain))


def need(path: Path) -> Path:
    """The path, if it is there."""
    if not path.exists():
        sys.exit(f"{path} is missing: --data must name the folder that holds sentiment/xlmt and sentiment/semeval")
    return path


def lines(path: Path) -> list[str]:
    """Lines parted by line feeds alone: some texts hold other line breaks."""
    with need(path).open(encoding="utf-8", newline="\n") as file:
        return [line.rstrip("\r\n") for line in file]


def umsab(data: Path, lang: str, split: str) -> list[tuple[str, int]]:
    """One language's tweets of a split."""
    folder = data / "sentiment" / "xlmt" / LANGUAGES[lang]
    labels = [int(line) for line in lines(folder / f"{split}_labels.txt") if line]
    return list(zip(lines(folder / f"{split}_text.txt"), labels, strict=True))


def semeval(data: Path) -> list[tuple[str, int]]:
    """English tweets of SemEval 2013 to 2016."""
    rows = (line.split("\t", 1) for line in lines(data / "sentiment" / "semeval" / "train.tsv"))
    return [(text, int(label)) for label, text in rows]


def training(data: Path) -> Texts:
    """All training texts, each once, none that stands in a validation set."""
    held = {key(text) for lang in LANGUAGES for text, _ in umsab(data, lang, "val")}
    found = Texts()
    for lang in LANGUAGES:
        for text, label in umsab(data, lang, "train"):
            _add_new(found, held, text, label, lang, lang)
    for text, label in semeval(data):
        _add_new(found, held, text, label, "en", "semeval")
    return found


def _add_new(found: Texts, seen: set[str], text: str, label: int, lang: str, group: str) -> None:
    name = key(text)
    if name not in seen:
        seen.add(name)
        found.add(text, label, lang, group)


def without(texts: Texts, left_out: Iterable[str]) -> Texts:
    """The texts that are no copy of one that is left out."""
    names = {key(text) for text in left_out}
    return texts.picked(i for i, text in enumerate(texts.texts) if key(text) not in names)


def validation(data: Path) -> Texts:
    """The validation sets of all languages."""
    found = Texts()
    for lang in LANGUAGES:
        for text, label in umsab(data, lang, "val"):
            found.add(text, label, lang, lang)
    return found


def held_back(texts: Texts) -> tuple[Texts, Texts]:
    """Training texts with an eighth of each group held back."""
    chance = np.random.default_rng(SEED)
    back = set(np.flatnonzero(chance.random(len(texts.texts)) < 0.125).tolist())
    every = range(len(texts.texts))
    return texts.picked(i for i in every if i not in back), texts.picked(sorted(back))


def files(data: Path) -> list[Path]:
    """What is trained on."""
    folders = [data / "sentiment" / "xlmt" / name for name in LANGUAGES.values()]
    texts = [folder / f"train_{kind}.txt" for folder in folders for kind in ("text", "labels")]
    return [*texts, data / "sentiment" / "semeval" / "train.tsv"]
