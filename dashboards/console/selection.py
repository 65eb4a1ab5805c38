"""Which mentions somebody wants to see, as the address says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from processors.store.reading import StoredMention

NAMES = ("brand", "label", "language", "source", "intent", "aspect")


@dataclass(frozen=True, slots=True)
class Selection:
    """Each part narrows; an empty one does not."""

    brand: str = ""
    label: str = ""
    language: str = ""
    source: str = ""
    intent: str = ""
    aspect: str = ""

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

    def takes(self, mention: StoredMention) -> bool:
        """Whether a mention is wanted; one of several intents or aspects is enough."""
        return all(
            not wanted or wanted in found
            for wanted, found in (
                (self.brand, (mention.brand,)),
                (self.label, (mention.label,)),
                (self.language, (mention.lang,)),
                (self.source, (mention.source,)),
                (self.intent, [finding.name for finding in mention.intents]),
                (self.aspect, [finding.name for finding in mention.aspects]),
            )
        )


ALL = Selection()


def selection_of(query: Mapping[str, str]) -> Selection:
    """Read it from the query of an address."""
    return Selection(**{name: query.get(name, "") for name in NAMES})
