"""Names of brands among the tokens of a text: with or without a sigil, as one word or several, with a possessive."""

import re
from collections.abc import Iterable, Sequence

from mentions.folding import fold

Span = tuple[int, int]
"""From the first token up to, not with, the last."""

_WORD = re.compile(r"[^\W_]+")
_SIGILS = ("", "@", "#", "$")
_POSSESSIVES = ("", "'s", "'", "s'")
_BETWEEN = frozenset(("-", ".", "_", "&", "'", "+"))
"""What may stand between two words of a name and is a token of its own."""


def vocabulary(words: str) -> frozenset[str]:
    """A set of words from a text that lists them."""
    return frozenset(words.split())


class Names:
    """A set of names, ready to be looked for among folded tokens.

    Attributes:
        singles: every form of one token. firsts: the first token of those of several words, with the rest of them.
    """

    __slots__ = ("_all", "firsts", "singles")

    def __init__(self, names: Iterable[str]) -> None:
        singles, self.firsts = set[str](), dict[str, list[tuple[str, ...]]]()
        for name in names:
            name = fold(name)
            singles.update(_forms(name))
            words = tuple(_WORD.findall(name))
            if len(words) > 1:
                for join in ("", "_", "-", "."):
                    singles.update(_forms(join.join(words)))
                for sigil in _SIGILS:
                    self.firsts.setdefault(sigil + words[0], []).append(words[1:])
        self.singles = frozenset(singles)
        self._all = self.singles | self.firsts.keys()

    def may_be_in(self, tokens: Sequence[str]) -> bool:
        """Whether `spans` could find any; cheap."""
        return not self._all.isdisjoint(tokens)

    def spans(self, tokens: Sequence[str]) -> list[Span]:
        """Where the names stand, ascending; the longest where several begin."""
        found: list[Span] = []
        behind, names = 0, self._all
        for place in [at for at, token in enumerate(tokens) if token in names]:
            if place < behind:
                continue
            token = tokens[place]
            end = place + 1 if token in self.singles else place
            for rest in self.firsts.get(token, ()):
                end = max(end, _end_of(rest, tokens, place + 1))
            if end > place:
                found.append((place, end))
                behind = end
        return found


def _forms(name: str) -> Iterable[str]:
    return (sigil + name + ending for sigil in _SIGILS for ending in _POSSESSIVES)


def _end_of(rest: tuple[str, ...], tokens: Sequence[str], place: int) -> int:
    """Behind the last word of a name whose first word was found, or 0."""
    for count, word in enumerate(rest, 1):
        while place < len(tokens) and tokens[place] in _BETWEEN:
            place += 1
        if place == len(tokens):
            return 0
        token = tokens[place]
        if token != word and not (count == len(rest) and token in _last_forms(word)):
            return 0
        place += 1
    return place


def _last_forms(word: str) -> tuple[str, ...]:
    return tuple(word + ending for ending in _POSSESSIVES)
