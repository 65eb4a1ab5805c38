"""What a person should hear, once, about an input that was read."""

from collections import Counter
from dataclasses import dataclass, field

_MOST_NAMES = 100  # an input with a new field name on every line must not fill the memory
_OTHERS = "(others)"


@dataclass(slots=True)
class Notes:
    """Collects while an input is read.

    Attributes:
        unknown: fields that posts have no place for, with the number of records that had them.
        warnings: whole sentences, each once, in the order in which they came up.
    """

    unknown: Counter[str] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)

    def unknown_field(self, name: str) -> None:
        """Count a field that was kept out; beyond 100 names they are counted together."""
        known = name in self.unknown or len(self.unknown) < _MOST_NAMES
        self.unknown[name if known else _OTHERS] += 1

    def warn(self, sentence: str) -> None:
        """Remember a warning unless the same one has been given."""
        if sentence not in self.warnings:
            self.warnings.append(sentence)
