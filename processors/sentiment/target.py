"""Whom a judgement is about: one brand, told from the others that the same text may speak of."""

from typing import NamedTuple


class Target(NamedTuple):
    """One brand as a text may name it. All names are in lower case, without `@` and `#`; several words stand as typed.

    Attributes:
        own: the brand's names and accounts; they carry no sentiment of their own.
        others: names of the other tracked brands, competitors among them; what is said of them is not said of this one.
    """

    own: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
