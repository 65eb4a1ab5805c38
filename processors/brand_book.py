"""Every version of every brand, by name and version: a hit is judged by the version that it was matched with."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from mentions.brands import Brand, BrandVersion
from mentions.query_terms import account_key
from mentions.records import Author, Voice

OWN = "own"
"""Why a post of an own account, whose words match no query, is a mention (`mentions.conversation`)."""
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Voices:
    """Who speaks in a brand's name: `(source, id or handle)` in lower case, without `@`.

    Attributes:
        own_is_a_word: the query asks for the word `own`, so that a hit's `why` of this name may be that clause.
    """

    own: frozenset[tuple[str, str]]
    ambassadors: frozenset[tuple[str, str]]
    own_is_a_word: bool = False

    @classmethod
    def of(cls, brand: Brand, ids: Mapping[str, str]) -> "Voices":
        """Read the accounts of a brand; `ids`: the network's id of an account that is given by handle."""
        return cls(
            frozenset(_names(brand.accounts, ids)),
            frozenset(_names(brand.ambassadors, ids)),
            own_is_a_word=OWN in _WORD.findall(brand.query),
        )


@dataclass(frozen=True)
class BrandBook:
    """Pure look-up; made anew when brands change."""

    versions: Mapping[tuple[str, int], Voices] = field(default_factory=dict)

    @classmethod
    def of(cls, versions: Iterable[BrandVersion], ids: Mapping[str, str] | None = None) -> "BrandBook":
        """Index versions; `ids` as for `Voices.of`."""
        return cls({(entry.brand.name, entry.version): Voices.of(entry.brand, ids or {}) for entry in versions})

    def holds(self, brand: str, version: int) -> bool:
        """Whether the version is in this book."""
        return (brand, version) in self.versions

    def voice(self, brand: str, version: int, source: str, author: Author, why: str = "") -> Voice:
        """In whose voice an author speaks to a brand.

        Args:
            why: that of the hit. Where it says `own`, ingest has recognised the account, perhaps by an id that this
                book has not heard of yet.

        Raises:
            KeyError: the version is not in this book; load a newer one.
        """
        voices = self.versions[brand, version]
        if why == OWN and not voices.own_is_a_word:
            return "own"
        names = {(source, account_key(author.id))}
        if author.handle:
            names.add((source, account_key(author.handle)))
        if not names.isdisjoint(voices.own):
            return "own"
        return "public" if names.isdisjoint(voices.ambassadors) else "ambassador"


def _names(accounts: Iterable[str], ids: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for account in accounts:
        source, _, name = account.partition(":")
        yield source, account_key(name)
        if account in ids:
            yield source, account_key(ids[account])
