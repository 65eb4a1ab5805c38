"""Phrases that make sentences: rules in text files, expanded at random."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple, TypeVar

T = TypeVar("T")
Random = Callable[[], float]
"""A number in [0, 1): `random.Random(seed).random`, the one method whose numbers every Python version repeats."""

Case = Literal["", "^", "_"]

_SLOT = re.compile(r"\{([\^_]?)([\w.]+)(\??)\}")
_WEIGHT = re.compile(r"(\d+)x ")
_FILES = {
    "es": ("es_common", "es_people", "es_crises", "es_lumbre", "es_nubira", "es_world"),
    "en": ("en_common", "en_people", "en_crises", "en_lumbre", "en_nubira", "en_world"),
    "other": ("others",),
    "names": ("names",),
}
_CONTRACTIONS = {"es": ((" a el ", " al "), (" de el ", " del "))}


class _Slot(NamedTuple):
    rule: str
    case: Case
    optional: bool


_Alternative = tuple[str | _Slot, ...]


class Grammar:
    """Rules with their alternatives. `phrases/es_common.txt` tells the notation."""

    def __init__(self, text: str, contractions: Iterable[tuple[str, str]] = ()) -> None:
        self._rules: Mapping[str, tuple[_Alternative, ...]] = _parse(text)
        self._contractions = tuple(contractions)
        wanted = {part.rule for rule in self._rules.values() for way in rule for part in way if isinstance(part, _Slot)}
        if unknown := wanted - self._rules.keys():
            raise ValueError(f"phrases use rules that are not there: {', '.join(sorted(unknown))}")

    def __contains__(self, rule: str) -> bool:
        return rule in self._rules

    def rules(self, prefix: str) -> tuple[str, ...]:
        """Names of the rules that begin with `prefix`, sorted."""
        return tuple(sorted(name for name in self._rules if name.startswith(prefix)))

    def expand(self, rule: str, random: Random) -> str:
        """Make one text of `rule`."""
        text = self._expand(rule, random)
        for apart, joined in self._contractions:
            if apart in text:
                text = text.replace(apart, joined)
        return text

    def _expand(self, rule: str, random: Random) -> str:
        parts = []
        for part in pick(self._rules[rule], random):
            if isinstance(part, str):
                parts.append(part)
            elif not part.optional or random() < 0.5:
                parts.append(_cased(self._expand(part.rule, random), part.case))
        return "".join(parts)


def pick(choices: tuple[T, ...], random: Random) -> T:
    """Choose one, each as likely as the others."""
    return choices[int(random() * len(choices))]


@cache
def grammar(language: str) -> Grammar:
    """The phrases of `es`, `en`, `other` or `names`; in the last two, rules begin with the language."""
    folder = files("ingest.simulation") / "phrases"
    text = "\n".join((folder / f"{name}.txt").read_text("utf-8") for name in _FILES[language])
    return Grammar(text, _CONTRACTIONS.get(language, ()))


def _parse(text: str) -> dict[str, tuple[_Alternative, ...]]:
    rules: dict[str, list[_Alternative]] = {}
    current: list[_Alternative] = []
    for line in text.splitlines():
        if line.startswith("= "):
            current = rules.setdefault(line[2:], [])
        elif line and not line.startswith("# "):
            weight = _WEIGHT.match(line)
            way = _alternative(line[weight.end() :] if weight else line)
            current += [way] * (int(weight[1]) if weight else 1)
    return {name: tuple(ways) for name, ways in rules.items()}


def _alternative(line: str) -> _Alternative:
    parts: list[str | _Slot] = []
    end = 0
    for found in _SLOT.finditer(line):
        if found.start() > end:
            parts.append(line[end : found.start()])
        parts.append(_Slot(found[2], found[1], bool(found[3])))  # type: ignore[arg-type] # the pattern allows no other
        end = found.end()
    if end < len(line):
        parts.append(line[end:])
    return tuple(parts)


def _cased(text: str, case: Case) -> str:
    if case == "^":
        return text[:1].upper() + text[1:]
    if case == "_":
        start = 1 if text[:1] in "¿¡" else 0
        return text[:start] + text[start : start + 1].lower() + text[start + 1 :]
    return text
