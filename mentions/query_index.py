"""Which of many terms a text has: one look-up per token, whatever the number of terms."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import chain

from mentions.query_rarity import Rarity
from mentions.query_terms import MIN_STEM, Term
from mentions.query_tree import Near
from mentions.tokens import Tokens


class FoundTerms:
    """What a text has of the terms of an index.

    Attributes:
        keys: the keys of every term that it has, and its other words besides.
        starts: those of `keys` that a query may be indexed under.
    """

    __slots__ = ("_text", "keys", "starts")

    def __init__(self, text: Tokens, keys: set[str], starts: set[str]) -> None:
        self._text, self.keys, self.starts = text, keys, starts

    def near(self, node: Near) -> bool:
        """Whether both sides of `node` stand near each other, not overlapping, in either order."""
        left, right = self._ends(node.left), self._ends(node.right)
        return _follows(left, right, node.distance) or _follows(right, left, node.distance)

    def _ends(self, terms: tuple[Term, ...]) -> tuple[list[int], list[int]]:
        """First tokens and last tokens of every place of every term; the first ascend."""
        if len(terms) == 1 and terms[0].is_single and not terms[0].lead:
            places = self._text.places(terms[0].tokens[0])
            return places, places
        spans = sorted(span for term in terms if term.key in self.keys for span in term.spans(self._text))
        return [start for start, _ in spans], [end for _, end in spans]


def _follows(before: tuple[list[int], list[int]], after: tuple[list[int], list[int]], distance: int) -> bool:
    """Whether a place of `after` begins at most `distance` tokens behind the end of one of `before`."""
    starts = after[0]
    for end in before[1]:
        place = bisect_right(starts, end)
        if place < len(starts) and starts[place] - end <= distance:
            return True
    return False


class _Neighbours:
    """The phrases that are looked at where one token stands: by the token behind it, before it, or in any case."""

    __slots__ = ("after", "always", "before")

    def __init__(self) -> None:
        self.after: dict[str, list[Term]] = {}
        self.before: dict[str, list[Term]] = {}
        self.always: list[Term] = []

    def candidates(self, text: Tokens, token: str) -> Iterable[Term]:
        """The phrases that may be in `text`, each once."""
        if not self.after and not self.before:
            return self.always
        words, places = text.words, text.places(token)
        behind = {words[place + 1] for place in places if place + 1 < len(words)} & self.after.keys()
        ahead = {words[place - 1] for place in places if place} & self.before.keys()
        beside = [self.after[word] for word in behind] + [self.before[word] for word in ahead]
        return chain(self.always, *beside)


class TermIndex:
    """A dictionary of terms.

    Single words answer by themselves; a phrase is looked at only where its rarest token stands beside its neighbour;
    a prefix is found by the lengths of the prefixes that begin with the same two letters.
    """

    def __init__(self, rarity: Rarity) -> None:
        self._rarity = rarity
        self._starts: set[str] = set()
        self._tags: set[str] = set()
        self._stems: set[str] = set()
        self._stem_lengths: dict[str, set[int]] = {}
        self._phrases: set[str] = set()
        self._neighbours: dict[str, _Neighbours] = {}

    def start_at(self, keys: Iterable[str]) -> None:
        """Report these keys, of terms that were added or of fields, in `FoundTerms.starts`."""
        self._starts.update(keys)

    def add(self, term: Term) -> None:
        """Look for `term` from now on."""
        if term.is_stem:
            self._add_stem(term.tokens[0])
        elif not term.is_single:
            self._add_phrase(term)
        elif term.lead:
            self._tags.add(term.key)
            self._starts.add(term.tokens[0])

    def _add_stem(self, stem: str) -> str:
        self._stems.add(stem)
        self._stem_lengths.setdefault(stem[:MIN_STEM], set()).add(len(stem))
        return f"{stem}*"

    def _add_phrase(self, term: Term) -> None:
        if term.key in self._phrases:
            return
        self._phrases.add(term.key)
        tokens, stems = term.tokens, term.stems
        whole = [place for place, stem in enumerate(stems) if not stem]
        if not whole:
            self._neighbours_of(self._add_stem(tokens[0])).always.append(term)
            return
        place = min(whole, key=lambda place: self._rarity.of_word(tokens[place]))
        neighbours = self._neighbours_of(tokens[place])
        if place + 1 < len(tokens) and not stems[place + 1]:
            neighbours.after.setdefault(tokens[place + 1], []).append(term)
        elif place and not stems[place - 1]:
            neighbours.before.setdefault(tokens[place - 1], []).append(term)
        else:
            neighbours.always.append(term)

    def _neighbours_of(self, key: str) -> _Neighbours:
        self._starts.add(key)
        return self._neighbours.setdefault(key, _Neighbours())

    def find(self, text: Tokens, facts: set[str]) -> FoundTerms | None:
        """What `text` has; `facts` are keys of fields, taken as found. None when no query can match."""
        starts = self._starts.intersection(text.words)
        if self._stems:
            starts.update(self._stems_in(text))
        if facts:
            starts |= self._starts & facts
        if not starts:
            return None
        keys = starts.union(text.words, facts)
        found = self._composed(text, starts)
        if found:
            keys |= found
            starts |= found
        return FoundTerms(text, keys, starts)

    def _composed(self, text: Tokens, starts: set[str]) -> set[str]:
        """The keys of the tagged words and phrases that `text` has."""
        found = self._tags.intersection(text.tagged()) if self._tags else set()
        if self._neighbours:
            found.update(self._phrases_in(text, starts))
        return found

    def _stems_in(self, text: Tokens) -> Iterator[str]:
        for word in text.words:
            for length in self._stem_lengths.get(word[:MIN_STEM], ()):
                if word[:length] in self._stems:
                    yield f"{word[:length]}*"

    def _phrases_in(self, text: Tokens, starts: set[str]) -> Iterator[str]:
        for key in starts:
            neighbours = self._neighbours.get(key)
            if neighbours is not None:
                yield from (term.key for term in neighbours.candidates(text, key) if term.found(text))
