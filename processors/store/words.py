"""Text as both databases can hold it."""

from mentions.codec import scrub


def storable(text: str) -> str:
    """Replace by U+FFFD what no UTF-8 holds (lone surrogates) and what PostgreSQL refuses in text (NUL)."""
    return scrub(text).replace("\0", "\ufffd")
