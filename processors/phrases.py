"""Finds phrases of a fixed list in the words of a text: in one walk, whatever the length of the list. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import resources
from itertools import product

ANY = "_"
"""In a phrase: any one word."""
_ALONE = ""
"""In place of a second word, which never is empty: the phrase is one word."""

Match = tuple[int, int, tuple[str, ...]]
"""First word, the word behind the last, tags."""
_Tail = tuple[tuple[frozenset[str], ...], str]
"""What may stand at each further place (an empty set: any word), and the tag."""
_Begun = tuple[tuple[str, ...], dict[str, list[_Tail]], list[_Tail] | None]
"""Behind a first word: the tags if it stands alone, what follows by the second word, and behind any second word."""


def read_list(name: str) -> dict[str, list[str]]:
    """Read a list of this package: `[tag]`, then phrases one a line; lines with `#` before them are remarks."""
    text = resources.files("processors").joinpath("lists", f"{name}.txt").read_text(encoding="utf-8")
    sections: dict[str, list[str]] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("["):
            current = sections.setdefault(line.strip("[]"), [])
        elif not line.startswith("#"):
            current.append(line)
    return sections


class Phrases:
    """Phrases by what they stand for.

    Args:
        tagged: phrases by tag. `a|b` is either word, `a|` that word or none, `_` any one word. Words are as
            `processors.words.Words` folds them.
    """

    def __init__(self, tagged: Mapping[str, Iterable[str]]) -> None:
        tails: dict[str, dict[str, list[_Tail]]] = {}
        for tag, phrases in tagged.items():
            for phrase in phrases:
                for parts in _read(phrase):
                    _add(tails, parts, tag)
        self._begun = {first: _begun(seconds) for first, seconds in tails.items()}

    def find(self, words: Sequence[str]) -> list[Match]:
        """The longest phrase at each place, from left to right; none overlap. Linear in the words."""
        found: list[Match] = []
        get, behind = self._begun.get, 0
        padded = [*words, _ALONE]
        for start, word in enumerate(words):
            begun = get(word)
            if begun is None or start < behind:
                continue
            alone, seconds, wild = begun
            tails = seconds.get(padded[start + 1])
            if tails is None and wild is None:
                end, tags = start + 1, alone
            else:
                end, tags = _longest(alone, (tails or (), wild or ()), words, start + 1)
            if tags:
                found.append((start, end, tags))
                behind = end
        return found


def _add(tails: dict[str, dict[str, list[_Tail]]], parts: Sequence[tuple[str, ...]], tag: str) -> None:
    tail: _Tail = (tuple(frozenset() if ANY in part else frozenset(part) for part in parts[2:]), tag)
    for first, second in product(parts[0], parts[1] if len(parts) > 1 else (_ALONE,)):
        tails.setdefault(first, {}).setdefault(second, []).append(tail)


def _begun(seconds: dict[str, list[_Tail]]) -> _Begun:
    alone = tuple(dict.fromkeys(tag for _, tag in seconds.pop(_ALONE, ())))
    sorted_ = {second: sorted(tails, key=_length, reverse=True) for second, tails in seconds.items()}
    return alone, sorted_, sorted_.pop(ANY, None)


def _longest(
    alone: tuple[str, ...], choices: Iterable[Sequence[_Tail]], words: Sequence[str], place: int
) -> tuple[int, tuple[str, ...]]:
    """Where the longest phrase ends that goes on at `place` with one of `choices`; all tags of phrases as long."""
    best, tags = place, list(alone)
    left = len(words) - place - 1
    for tails in choices:
        for further, tag in tails:
            end = place + 1 + len(further)
            if end < best:
                break  # the longest come first
            if len(further) <= left and _stands(further, words, place + 1):
                if end > best:
                    best, tags = end, [tag]
                elif tag not in tags:
                    tags.append(tag)
    return best, tuple(tags)


def _stands(further: Sequence[frozenset[str]], words: Sequence[str], place: int) -> bool:
    for number, allowed in enumerate(further):  # noqa: SIM110 # a generator costs more than all the rest
        if allowed and words[place + number] not in allowed:
            return False
    return True


def _length(tail: _Tail) -> int:
    return len(tail[0])


def _read(phrase: str) -> Iterator[list[tuple[str, ...]]]:
    """The places of a phrase, once with and once without each that may be missing."""
    parts = [tuple(part.split("|")) for part in phrase.split()]
    choices = [(given, ()) if "" in given else (given,) for given in parts]
    for chosen in product(*choices):
        places = [tuple(dict.fromkeys(filter(None, part))) for part in chosen if part]
        if places and all(places):
            yield places
