"""The one switch between the engines."""

from collections.abc import Callable

from mentions.errors import UsageError
from processors.sentiment.base import Engine
from processors.sentiment.linear import open_atalaya
from processors.sentiment.rules_engine import open_rules
from processors.sentiment.transformers_engine import Device, open_transformers
from processors.sentiment.vader_engine import open_vader, open_vader_fixed

_OPENERS: dict[str, Callable[..., Engine]] = {
    "atalaya": open_atalaya,
    "rules": open_rules,
    "vader": open_vader,
    "vader-fixed": open_vader_fixed,
}

ENGINES = tuple(_OPENERS)
"""The engines that need nothing else."""
WITHOUT_PROBABILITIES = ("vader", "rules")
"""How the versions of those begin whose `p` are shares of a text's words."""
MODEL_ENGINE = "transformers"
"""The one that needs a model and an extra."""


def open_engine(
    name: str, *, every_language: bool = False, model: str | None = None, device: Device = "auto"
) -> Engine:
    """The engine of that name, ready to judge (20 to 200 ms; `transformers` takes seconds).

    Args:
        name: one of `ENGINES`, or `MODEL_ENGINE`.
        every_language: judge also what an engine cannot hear, as if it could.
        model, device: for `MODEL_ENGINE` alone (`open_transformers`).

    Raises:
        UsageError: there is no such engine, or what it needs is not installed.
    """
    if name == MODEL_ENGINE:
        return open_transformers(model, device)
    if name not in _OPENERS:
        raise UsageError(f"no sentiment engine {name!r}; there is {', '.join((*ENGINES, MODEL_ENGINE))}")
    return _OPENERS[name](every_language=every_language)
