"""What forgetting means for text and names that others wrote. Pure."""

import re
from collections.abc import Iterable

ERASED_NAME = "[erased]"
_SHORTEST_NAME = 3
"""A name of one or two letters stands in too many words to be taken out of other people's texts."""


def without_names(text: str | None, handles: Iterable[str], names: Iterable[str]) -> str | None:
    """Take somebody's handles and display names out of another person's text.

    A handle goes with or without its `@`; of `ana@example.social` also `@ana`, as its own server shows it.

    >>> without_names("Hola @ana.example, gracias", ["ana.example"], [])
    'Hola [erased], gracias'
    """
    words = [word for handle in handles for word in _forms(handle.strip().lstrip("@"))]
    words += [re.escape(name.strip()) for name in names if len(name.strip()) >= _SHORTEST_NAME]
    if not text or not words:
        return text
    longest_first = sorted(words, key=len, reverse=True)
    return re.sub(rf"(?<!\w)(?:{'|'.join(longest_first)})(?!\w)", ERASED_NAME, text, flags=re.IGNORECASE)


def names_nobody(text: str, handles: Iterable[str], names: Iterable[str]) -> bool:
    """Whether a text holds none of somebody's handles and display names."""
    return without_names(text, handles, names) == text


def _forms(handle: str) -> list[str]:
    if not handle:
        return []
    at = "@?" if len(handle) >= _SHORTEST_NAME else "@"
    local = handle.partition("@")[0]
    return [at + re.escape(handle), *([f"@{re.escape(local)}"] if local and local != handle else [])]
