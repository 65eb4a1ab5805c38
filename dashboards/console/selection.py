"""Which mentions somebody wants to see, as the address says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

NAMES = ("brand", "label", "language", "source")


@dataclass(frozen=True, slots=True)
class Selection:
    """Each part narrows; an empty one does not."""

    brand: str = ""
    label: str = ""
    language: str = ""
    source: str = ""

    @property
    def any(self) -> bool:
        """Whether anything is narrowed."""
        return self != ALL

    def __getitem__(self, name: str) -> str:
        return str(getattr(self, name))

    def query(self, **more: str) -> str:
        """Write it as the query of an address, without the empty parts; `?` included, empty when nothing is narrowed.

        >>> Selection(brand="lumbre").query(before="x")
        '?brand=lumbre&before=x'
        """
        parts = {name: self[name] for name in NAMES} | more
        query = urlencode({name: value for name, value in parts.items() if value})
        return f"?{query}" if query else ""

    def takes(self, brand: str, label: str | None, language: str, source: str) -> bool:
        """Whether a mention is wanted."""
        return all(
            not wanted or wanted == found
            for wanted, found in (
                (self.brand, brand),
                (self.label, label),
                (self.language, language),
                (self.source, source),
            )
        )


ALL = Selection()


def selection_of(query: Mapping[str, str]) -> Selection:
    """Read it from the query of an address."""
    return Selection(**{name: query.get(name, "") for name in NAMES})
