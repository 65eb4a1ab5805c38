"""Finds phrases of a fixed list in the words of a text: in one walk, whatever the length of the list. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
        self.given = [(parts, tag) for tag, phrases in tagged.items() for phrase in phrases for parts in _read(phrase)]
        self._tree = _Tree(self.given, tuple)

    def find(self, words: Sequence[str]) -> list[Match]:
        """The longest phrase at each place, from left to right; none overlap. Linear in the words."""
        found: list[Match] = []
        tree, padded, behind = self._tree, [*words, _END], 0
        for start, node in enumerate(map(tree.first.get, words)):
            if node is None or start < behind:
                continue
            if node.__class__ is tuple:
                node = tree.begin(words[start])
            tags, following, other = node
            end = place = start + 1
            while following:
                child = following.get(padded[place], other)
                if child is None:
                    break
                if child.__class__ is tuple:
                    child = tree.go_on(node, padded[place], place - start)
                node, place = child, place + 1
                ending, following, other = node
                if ending:
                    tags, end = ending, place
            if tags:
                found.append((start, end, tags))
                behind = end
        return found


class Together:
    """Several lists of phrases, all found in one walk.

    Most words begin some phrase, and few go on with their neighbour: so pairs of words are looked up, not single ones.

    Args:
        lists: each is found as if it were alone.
    """

    def __init__(self, lists: Sequence[Phrases]) -> None:
        given = [(parts, (at, tag)) for at, each in enumerate(lists) for parts, tag in each.given]
        self._nothing: list[list[Match]] = [[] for _ in lists]
        self._tree = _Tree(given, _by_list)
        alone = {word for parts, _ in given if len(parts) == 1 or ANY in parts[1] for word in parts[0]}
        pairs: dict[tuple[str, str], list[int]] = {}
        for number, (parts, _) in enumerate(given):
            for word in parts[0]:
                if word not in alone:
                    for second in parts[1]:
                        pairs.setdefault((word, second), []).append(number)
        self._alone: dict[str, Any] = {word: self._tree.first[word] for word in alone}
        self._pairs: dict[tuple[str, str], Any] = {pair: tuple(numbers) for pair, numbers in pairs.items()}

    def find(self, words: Sequence[str]) -> list[list[Match]]:
        """What `Phrases.find` gives for each list."""
        found: list[list[Match]] = list(map(list, self._nothing))
        padded = [*words, _END]
        alone, pairs = map(self._alone.get, words), map(self._pairs.get, zip(words, padded[1:], strict=True))
        for start, (node, two) in enumerate(zip(alone, pairs, strict=True)):
            place = start + 1
            if two is not None:
                node, place = two, start + 2
            elif node is None:
                continue
            if node.__class__ is tuple:
                node = self._begin(words[start:place])
            ending, following, other = node
            ends = ((place, ending),) if ending else ()
            while following:
                child = following.get(padded[place], other)
                if child is None:
                    break
                if child.__class__ is tuple:
                    child = self._tree.go_on(node, padded[place], place - start)
                node, place = child, place + 1
                ending, following, other = node
                if ending:
                    ends = ((place, ending), *ends)
            for end, ending in ends:  # the longest first: no other of its list can follow at this place
                for which, tags in ending:
                    matches = found[which]
                    if not matches or matches[-1][1] <= start:
                        matches.append((start, end, tags))
        return found

    def _begin(self, words: Sequence[str]) -> _Node:
        """Make the node behind one word or two, and keep it."""
        if len(words) == 1:
            made = self._alone[words[0]] = self._tree.node(self._alone[words[0]], 1)
        else:
            pair = words[0], words[1]
            made = self._pairs[pair] = self._tree.node(self._pairs[pair], 2)
        return made


def _by_list(tags: Iterable[tuple[int, str]]) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """Each list with its tags."""
    lists: dict[int, list[str]] = {}
    for at, tag in tags:
        lists.setdefault(at, []).append(tag)
    return tuple([(at, tuple(own)) for at, own in lists.items()])


class _Tree:
    """Phrases by their words, sorted as far as texts have come.

    Attributes:
        first: the nodes by the first word, or `_Begun`.

    Args:
        given: phrases as `_read` reads them, with their tags. told: what a node says of the tags that end there.
    """

    def __init__(
        self, given: Sequence[tuple[list[tuple[str, ...]], Any]], told: Callable[[Iterable[Any]], Any]
    ) -> None:
        self._places = [parts for parts, _ in given]
        self._tags = [tag for _, tag in given]
        self._told = told
        self.first: dict[str, Any] = self.node(range(len(given)), 0)[1]

    def begin(self, word: str) -> _Node:
        """Make the node behind a first word, and keep it."""
        made = self.first[word] = self.node(self.first[word], 1)
        return made

    def go_on(self, node: _Node, word: str, read: int) -> _Node:
        """Make the node behind `word`, and keep it."""
        _, following, other = node
        if word in following:
            following[word] = made = self.node(following[word], read + 1)
        else:
            node[2] = made = self.node(other, read + 1)
        return made

    def node(self, begun: Iterable[int], read: int) -> _Node:
        ending: dict[Any, None] = {}
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
        return [self._told(ending), nodes, tuple(any_) or None]


def _read(phrase: str) -> Iterator[list[tuple[str, ...]]]:
    """The places of a phrase, once with and once without each that may be missing."""
    parts = [tuple(part.split("|")) for part in phrase.split()]
    choices = [(given, ()) if "" in given else (given,) for given in parts]
    for chosen in product(*choices):
        places = [tuple(dict.fromkeys(filter(None, part))) for part in chosen if part]
        if places and all(places):
            yield places
