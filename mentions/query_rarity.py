"""How rare a term is, as far as can be told without a text: it decides under which term a query is indexed.

A wrong guess costs time, never a match.
"""

from collections.abc import Mapping

from mentions.query_terms import Field, Term
from mentions.tokens import is_word

# Mean share of texts that hold a given word of 1, 2, ... letters; counted on 27,405 public posts in six languages.
_BY_LENGTH = (0.02, 0.004, 0.001, 0.0006, 0.0003, 0.0002)
_LONG_WORD = 0.0001
_STOP_WORD = 0.05
_SYMBOL = 0.001
_STEM_BEGINS = 5
"""Words that a stem is taken to begin."""
_BY_FIELD = {"from": 0.000001, "domain": 0.00001, "source": 0.2, "lang": 0.5}

# The words of at least 2 % of those posts that are Spanish or English.
_COMMON = """
    a al an and are as at be but by can con de del do el en es for from get have i if in is it just la las lo los me mi
    my no not now of on or out por que se so su te that the this to un una was we what will with y you your
"""
_STOP_WORDS = frozenset(_COMMON.split())


class Rarity:
    """Expected share of texts that hold a term.

    Args:
        frequency: how often each folded word occurs in a sample of texts; without it, length and stop words decide.
    """

    def __init__(self, frequency: Mapping[str, int] | None = None) -> None:
        self._frequency = frequency or None
        self._total = 1 + sum(frequency.values()) if frequency else 1
        self._shares: dict[str, float] = {}

    def share(self, term: Term | Field) -> float:
        """Above 0; a sum or a comparison of two of them is meaningful, the value itself is rough."""
        share = self._shares.get(term.key)
        if share is None:
            share = self._shares[term.key] = self._share(term)
        return share

    def _share(self, term: Term | Field) -> float:
        if isinstance(term, Field):
            return _BY_FIELD[term.name]
        tokens = zip(term.tokens, term.stems, strict=True)
        return min(self.of_word(token) * (_STEM_BEGINS if stem else 1) for token, stem in tokens)

    def of_word(self, word: str) -> float:
        """The share of one token."""
        if self._frequency is not None:
            return (self._frequency.get(word, 0) + 0.1) / self._total
        if word in _STOP_WORDS:
            return _STOP_WORD
        if not is_word(word):
            return _SYMBOL
        return _BY_LENGTH[len(word) - 1] if len(word) <= len(_BY_LENGTH) else _LONG_WORD
