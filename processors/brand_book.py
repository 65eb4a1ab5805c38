"""Every version of every brand, by name and version: a hit is judged by the version that it was matched with."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain

from mentions.brands import Brand, BrandVersion
from mentions.layers import BrandLayer
from mentions.query_terms import account_key
from mentions.records import Author, Hit, Voice
from mentions.tokens import Tokens
from processors.aspects import DEFAULT, Aspects
from processors.brand_names import NameIndex, forms_of, names_of
from processors.flags import DEFAULT as DEFAULT_FLAGS
from processors.flags import Flags
from processors.sentiment.layer import fits
from processors.sentiment.target import Target
from processors.spam_lists import DEFAULT as DEFAULT_SPAM_LISTS
from processors.spam_lists import SpamLists

OWN = "own"
"""Why a post of an own account, whose words match no query, is a mention (`mentions.conversation`)."""
_WORD = re.compile(r"\w+")
_MEMO_LIMIT = 10_000
"""Targets that are remembered."""


@dataclass(frozen=True, slots=True)
class Voices:
    """Who speaks in a brand's name: `(source, id or handle)` in lower case, without `@`.

    Attributes:
        names: by which a text may speak of the brand.
        own_is_a_word: the query asks for the word `own`, so that a hit's `why` of this name may be that clause.
    """

    own: frozenset[tuple[str, str]]
    ambassadors: frozenset[tuple[str, str]]
    names: frozenset[str] = frozenset()
    own_is_a_word: bool = False

    @classmethod
    def of(cls, brand: Brand, ids: Mapping[str, str]) -> "Voices":
        """Read the accounts of a brand; `ids`: the network's id of an account that is given by handle."""
        return cls(
            frozenset(_names(brand.accounts, ids)),
            frozenset(_names(brand.ambassadors, ids)),
            names_of(brand.name, brand.query, brand.accounts),
            own_is_a_word=OWN in _WORD.findall(brand.query),
        )


@dataclass(frozen=True)
class BrandBook:
    """Pure look-up; made anew when brands change."""

    versions: Mapping[tuple[str, int], Voices] = field(default_factory=dict)
    names: NameIndex = field(default_factory=NameIndex)
    own_aspects: Mapping[tuple[str, int], Aspects] = field(default_factory=dict)
    """Of the versions that name some."""
    own_flags: Mapping[tuple[str, int], Flags] = field(default_factory=dict)
    """Of the versions that name watchwords or notable authors."""
    own_spam_lists: Mapping[tuple[str, int], SpamLists] = field(default_factory=dict)
    """Of the versions that allow or block something."""
    layers: Mapping[str, BrandLayer] = field(default_factory=dict)
    """By brand: what it is judged with now, whatever the version that a hit names."""

    @classmethod
    def of(
        cls,
        versions: Iterable[BrandVersion],
        ids: Mapping[str, str] | None = None,
        layers: Iterable[BrandLayer] = (),
    ) -> "BrandBook":
        """Index versions; `ids` as for `Voices.of`. The names of other brands are those of their latest versions."""
        entries = sorted(versions, key=_number)
        known = {(entry.brand.name, entry.version): entry.brand for entry in entries}
        latest = {entry.brand.name: entry for entry in entries}
        return cls(
            {key: Voices.of(brand, ids or {}) for key, brand in known.items()},
            NameIndex.of(entry.brand for entry in latest.values() if not entry.retired),
            {key: Aspects(brand.aspects) for key, brand in known.items() if brand.aspects},
            {key: Flags.of(brand, ids or {}) for key, brand in known.items() if _names_flags(brand)},
            {key: SpamLists.of(brand, ids or {}) for key, brand in known.items() if brand.allow or brand.block},
            {layer.brand: layer for layer in layers},
        )

    def holds(self, brand: str, version: int) -> bool:
        """Whether the version is in this book."""
        return (brand, version) in self.versions

    def layer(self, brand: str, engine_version: str) -> BrandLayer | None:
        """The layer that a brand is judged with by this engine; None: the engine alone."""
        found = self.layers.get(brand)
        return found if found is not None and fits(found, engine_version) else None

    def aspects(self, brand: str, version: int) -> Aspects:
        """What a version's mentions can be about: the defaults where it names no aspects of its own."""
        return self.own_aspects.get((brand, version), DEFAULT)

    def flags(self, brand: str, version: int) -> Flags:
        """What a version is alerted of at the first post: the defaults where it names nothing of its own."""
        return self.own_flags.get((brand, version), DEFAULT_FLAGS)

    def spam_lists(self, brand: str, version: int) -> SpamLists:
        """What a version allows and blocks."""
        return self.own_spam_lists.get((brand, version), DEFAULT_SPAM_LISTS)

    def targets(self, text: str, hits: Iterable[Hit]) -> list[Target]:
        """Whom the judgement for each hit is about: of the brand's names and the others', those that `text` may hold.

        Hits for which the text is to be read the same way have equal targets.

        Raises:
            KeyError: a version is not in this book; load a newer one.
        """
        words, known = self._vocabulary.intersection(Tokens(text).words), self._targets
        found = []
        for hit in hits:
            key = hit.brand, hit.query_version, words
            target = known.get(key)
            if target is None:
                target = self._target(*key)
                if len(known) >= _MEMO_LIMIT:
                    known.clear()
                known[key] = target
            found.append(target)
        return found

    def _target(self, brand: str, version: int, words: frozenset[str]) -> Target:
        own, index = self.versions[brand, version].names, self.names
        return index.target(brand, own, words, index.named(words))

    @cached_property
    def _vocabulary(self) -> frozenset[str]:
        """The words of all names: no other word of a text changes a target."""
        forms = chain.from_iterable([forms_of(voices.names) for voices in self.versions.values()])
        return frozenset().union(*[needed for needed, _ in chain(forms, *self.names.starts.values())])

    @cached_property
    def _targets(self) -> dict[tuple[str, int, frozenset[str]], Target]:
        """Those made so far, by brand, version and the words of names in a text."""
        return {}

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


def _number(entry: BrandVersion) -> int:
    return entry.version


def _names_flags(brand: Brand) -> bool:
    return bool(brand.watchwords or brand.notable or brand.notable_followers)


def _names(accounts: Iterable[str], ids: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for account in accounts:
        source, _, name = account.partition(":")
        yield source, account_key(name)
        if account in ids:
            yield source, account_key(ids[account])
