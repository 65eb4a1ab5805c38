"""What forgetting means for text and names that others wrote. Pure."""

import re
from collections.abc import Iterable

ERASED_NAME = "[erased]"
_SHORTEST_NAME = 3
"""A display name of one or two letters stands in too many words to be taken out of other people's texts."""


def without_names(text: str | None, handles: Iterable[str], names: Iterable[str]) -> str | None:
    """Take somebody's handles and display names out of another person's text.

    >>> without_names("Hola @ana.example, gracias", ["ana.example"], [])
    'Hola [erased], gracias'
    """
    if not text:
        return text
    words = [rf"@?{re.escape(handle.lstrip('@'))}" for handle in handles if handle.strip("@")]
    words += [re.escape(name) for name in names if len(name) >= _SHORTEST_NAME]
    if not words:
        return text
    longest_first = sorted(words, key=len, reverse=True)
    return re.sub(rf"(?<!\w)(?:{'|'.join(longest_first)})(?!\w)", ERASED_NAME, text, flags=re.IGNORECASE)
