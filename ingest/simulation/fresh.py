"""Keeps independent people from sounding alike: who happens to say what another has just said says it otherwise."""

import re
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from itertools import pairwise

from ingest.simulation.texts import Said

_TRIES = 5
_ALIKE = 0.25  # share of word pairs in common; some two fifths of the characters' 4-grams then are, too
_FEWEST = 6  # words; anyone may cheer or swear in the same three words
_WORD = re.compile(r"\w+")

_Pair = tuple[str, str]


class Recent:
    """What was said lately, by topic."""

    def __init__(self) -> None:
        self._topics = defaultdict[str, _Topic](_Topic)

    def unlike(self, topic: str, last: int, make: Callable[[], Said]) -> Said:
        """Make a text unlike the `last` ones on the topic; after some tries the least alike has to do."""
        recent = self._topics[topic]
        said, pairs = make(), frozenset[_Pair]()
        least = 2.0
        for attempt in range(_TRIES):
            tried = make() if attempt else said
            words = _WORD.findall(tried.text.lower())
            if len(words) < _FEWEST:
                return tried
            found = frozenset(pairwise(words))
            alike = recent.likeness(found)
            if alike < least:
                said, pairs, least = tried, found, alike
            if alike < _ALIKE:
                break
        recent.add(pairs, last)
        return said


class _Topic:
    """Word pairs of the last texts, each with the texts that hold it."""

    def __init__(self) -> None:
        self._texts = deque[tuple[int, frozenset[_Pair]]]()
        self._sizes: dict[int, int] = {}
        self._holders = defaultdict[_Pair, deque[int]](deque)
        self._next = 0

    def likeness(self, pairs: frozenset[_Pair]) -> float:
        """The greatest share of word pairs (Jaccard) that is common with one of the texts."""
        common = Counter[int]()
        for pair in pairs & self._holders.keys():
            common.update(self._holders[pair])
        return max((n / (len(pairs) + self._sizes[text] - n) for text, n in common.items()), default=0.0)

    def add(self, pairs: frozenset[_Pair], last: int) -> None:
        """Remember one more, and no more than the `last` ones."""
        for pair in pairs:
            self._holders[pair].append(self._next)
        self._sizes[self._next] = len(pairs)
        self._texts.append((self._next, pairs))
        self._next += 1
        if len(self._texts) > last:
            self._forget()

    def _forget(self) -> None:
        oldest, pairs = self._texts.popleft()
        del self._sizes[oldest]
        for pair in pairs:
            holders = self._holders[pair]
            holders.popleft()  # the oldest comes first everywhere
            if not holders:
                del self._holders[pair]
