"""Finds phrases of a fixed list in the words of a text: in one walk, whatever the length of the list. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import resources
from itertools import product
from typing import Any

ANY = "_"
"""In a phrase: any one word."""
_END = ""
"""What stands behind the last word of a text; no word is empty."""

Match = tuple[int, int, tuple[str, ...]]
"""First word, the word behind the last, tags."""
_Begun = tuple[int, ...]
"""Numbers of the phrases that fit what was read so far."""
_Node = list[Any]
"""The same, sorted: the tags of those that end here, those that go on by their next word, those that go on with any.
Each of those is again a node, or as long as no text has come so far, `_Begun`: all nodes together are 100,000."""


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
        given = [(parts, tag) for tag, phrases in tagged.items() for phrase in phrases for parts in _read(phrase)]
        self._places = [parts for parts, _ in given]
        self._tags = [tag for _, tag in given]
        self._first: dict[str, Any] = self._node(range(len(given)), 0)[1]

    def find(self, words: Sequence[str]) -> list[Match]:
        """The longest phrase at each place, from left to right; none overlap. Linear in the words."""
        found: list[Match] = []
        padded, behind = [*words, _END], 0
        for start, node in enumerate(map(self._first.get, words)):
            if node is None or start < behind:
                continue
            if node.__class__ is tuple:
                node = self._first[words[start]] = self._node(node, 1)
            tags, following, other = node
            end = place = start + 1
            while following:
                child = following.get(padded[place], other)
                if child is None:
                    break
                if child.__class__ is tuple:
                    child = self._sorted(node, padded[place], place - start)
                node, place = child, place + 1
                ending, following, other = node
                if ending:
                    tags, end = ending, place
            if tags:
                found.append((start, end, tags))
                behind = end
        return found

    def _sorted(self, node: _Node, word: str, read: int) -> _Node:
        """Make the node behind `word`, and keep it."""
        _, following, other = node
        if word in following:
            following[word] = made = self._node(following[word], read + 1)
        else:
            node[2] = made = self._node(other, read + 1)
        return made

    def _node(self, begun: Iterable[int], read: int) -> _Node:
        ending: dict[str, None] = {}
        following: dict[str, list[int]] = {}
        any_: list[int] = []
        for number in begun:
            places = self._places[number]
            if len(places) == read:
                ending[self._tags[number]] = None
            elif ANY in places[read]:
                any_.append(number)
            else:
                for word in places[read]:
                    following.setdefault(word, []).append(number)
        nodes: dict[str, _Begun | None] = {word: tuple(sorted([*n, *any_])) for word, n in following.items()}
        if any_:
            nodes[_END] = None  # what goes on with any word does not go on behind the text
        return [tuple(ending), nodes, tuple(any_) or None]


def _read(phrase: str) -> Iterator[list[tuple[str, ...]]]:
    """The places of a phrase, once with and once without each that may be missing."""
    parts = [tuple(part.split("|")) for part in phrase.split()]
    choices = [(given, ()) if "" in given else (given,) for given in parts]
    for chosen in product(*choices):
        places = [tuple(dict.fromkeys(filter(None, part))) for part in chosen if part]
        if places and all(places):
            yield places
