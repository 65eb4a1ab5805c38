"""Numbers of evidence in words: how much, how long, which share. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from processors.notifying.phrases import Lang, say

_DAY = timedelta(days=1)


def stretch(evidence: Mapping[str, Any]) -> timedelta | None:
    """How much time the evidence is about."""
    window = evidence.get("window")
    ends = window if isinstance(window, list) else [evidence.get("first_at"), evidence.get("last_at")]
    try:
        start, end = (datetime.fromisoformat(str(moment)) for moment in ends)
        return end - start
    except (TypeError, ValueError):
        return None


def objects(found: object) -> Sequence[Mapping[str, Any]]:
    """The objects of a JSON list; of anything else none."""
    return [entry for entry in found if isinstance(entry, Mapping)] if isinstance(found, list) else []


def amount(found: Mapping[str, Any], *keys: str) -> float | None:
    """The first of some numbers that is there; of a list its length."""
    for key in keys:
        value = found.get(key)
        if isinstance(value, list):
            return len(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value
    return None


def number(value: float, lang: Lang) -> str:
    """A number as the language writes it: whole, or below ten with one digit."""
    shown = f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"
    return shown.translate(str.maketrans(",.", ".,")) if lang == "es" else shown


def percent(share: float, lang: Lang) -> str:
    """A share in [0, 1] as whole per cent."""
    return f"{share:.0%}".replace("%", " %") if lang == "es" else f"{share:.0%}"


def counted(what: str, n: float, lang: Lang) -> str:
    """So many of what the phrases count: `negatives`, `posts`, `authors`."""
    return say(lang, f"{what}_1" if n == 1 else f"{what}_n", n=number(n, lang))


def span_told(span: timedelta, lang: Lang) -> str:
    """A stretch of time in minutes, hours or days."""
    minutes = round(span / timedelta(minutes=1))
    hours, rest = divmod(minutes, 60)
    if span >= _DAY:
        return say(lang, "days", d=hours // 24, h=hours % 24)
    return say(lang, "hours", h=hours, m=rest) if hours else say(lang, "minutes", n=minutes)
