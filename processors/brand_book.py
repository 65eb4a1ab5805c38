"""Every version of every brand, by name and version: a hit is judged by the version that it was matched with."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mentions.brands import Brand, BrandVersion
from mentions.records import Author, Voice


@dataclass(frozen=True, slots=True)
class Voices:
    """Who speaks in a brand's name: `(source, id or handle)` in lower case, without `@`."""

    own: frozenset[tuple[str, str]]
    ambassadors: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, brand: Brand) -> "Voices":
        """Read the accounts of a brand."""
        return cls(frozenset(map(_account, brand.accounts)), frozenset(map(_account, brand.ambassadors)))


@dataclass(frozen=True)
class BrandBook:
    """Pure look-up; made anew when brands change."""

    versions: Mapping[tuple[str, int], Voices] = field(default_factory=dict)

    @classmethod
    def of(cls, versions: Iterable[BrandVersion]) -> "BrandBook":
        """Index versions."""
        return cls({(entry.brand.name, entry.version): Voices.of(entry.brand) for entry in versions})

    def voice(self, brand: str, version: int, source: str, author: Author) -> Voice:
        """In whose voice an author speaks to a brand.

        Raises:
            KeyError: the version is not in this book; load a newer one.
        """
        voices = self.versions[brand, version]
        names = {(source, author.id.casefold())}
        if author.handle:
            names.add((source, author.handle.lstrip("@").casefold()))
        if not names.isdisjoint(voices.own):
            return "own"
        return "public" if names.isdisjoint(voices.ambassadors) else "ambassador"


def _account(text: str) -> tuple[str, str]:
    source, _, name = text.partition(":")
    return source, name.lstrip("@").casefold()
