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
        self._tails: dict[str, dict[str, list[_Tail]]] = {}
        for tag, phrases in tagged.items():
            for phrase in phrases:
                for parts in _read(phrase):
                    self._add(parts, tag)
        for seconds in self._tails.values():
            for tails in seconds.values():
                tails.sort(key=_length, reverse=True)

    def _add(self, parts: Sequence[tuple[str, ...]], tag: str) -> None:
        tail: _Tail = (tuple(frozenset() if ANY in part else frozenset(part) for part in parts[2:]), tag)
        for first, second in product(parts[0], parts[1] if len(parts) > 1 else (_ALONE,)):
            self._tails.setdefault(first, {}).setdefault(second, []).append(tail)

    def find(self, words: Sequence[str]) -> list[Match]:
        """The longest phrase at each place, from left to right; none overlap. Linear in the words."""
        found: list[Match] = []
        get, behind = self._tails.get, 0
        for start, word in enumerate(words):
            seconds = get(word)
            if seconds is None or start < behind:
                continue
            end, tags = _longest(seconds, words, start + 1)
            if tags:
                found.append((start, end, tuple(tags)))
                behind = end
        return found


def _longest(seconds: Mapping[str, list[_Tail]], words: Sequence[str], place: int) -> tuple[int, list[str]]:
    """Where the longest phrase ends that goes on at `place`, and all tags of phrases as long."""
    best, tags = place, [tag for _, tag in seconds.get(_ALONE, ())]
    left = len(words) - place - 1
    if left < 0:
        return best, tags
    for second in (words[place], ANY):
        for further, tag in seconds.get(second, ()):
            end = place + 1 + len(further)
            if end < best:
                break  # the longest come first
            if len(further) <= left and _stands(further, words, place + 1):
                if end > best:
                    best, tags = end, [tag]
                elif tag not in tags:
                    tags.append(tag)
    return best, tags


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
