"""The one switch between the engines."""

from collections.abc import Callable

from mentions.errors import UsageError
from processors.sentiment.base import Engine
from processors.sentiment.vader_engine import open_vader, open_vader_fixed

_OPENERS: dict[str, Callable[..., Engine]] = {"vader": open_vader, "vader-fixed": open_vader_fixed}

ENGINES = tuple(_OPENERS)
"""The names that `open_engine` takes."""


def open_engine(name: str, *, every_language: bool = False) -> Engine:
    """The engine of that name, ready to judge (20 to 150 ms).

    Args:
        name: one of `ENGINES`.
        every_language: judge also what an engine cannot hear, as if it could.

    Raises:
        UsageError: there is no such engine, or what it needs is not installed.
    """
    if name not in _OPENERS:
        raise UsageError(f"no sentiment engine {name!r}; there is {', '.join(ENGINES)}")
    return _OPENERS[name](every_language=every_language)
