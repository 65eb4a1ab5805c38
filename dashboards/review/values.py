"""What every section of a review is said in: both languages, periods, figures, sentences."""

from datetime import date, datetime
from typing import Literal

from msgspec import Struct

Lang = Literal["en", "es"]
LANGS: tuple[Lang, ...] = ("en", "es")
PeriodKind = Literal["week", "month", "quarter", "span"]
Unit = Literal["count", "share", "net", "days", "hours", "minutes", "score", "weight"]
"""What a figure's number is: `count` a whole number; `share` in [0, 1], shown as per cent; `net` in [-1, 1], shown as
signed per cent; `score` in [0, 1] with two digits; `weight` mentions with one digit; durations as they are named."""
Verdict = Literal["rose", "fell", "level", "unknown"]
"""Against the periods before: beyond what they make expect, within it, or nothing to compare with."""


class Text(Struct, frozen=True):
    """A sentence or a title in both languages; plain text, to be escaped."""

    en: str
    es: str

    def said(self, lang: Lang) -> str:
        """In one language."""
        return self.es if lang == "es" else self.en


class Period(Struct, frozen=True, kw_only=True):
    """A stretch of whole days in a time zone.

    Attributes:
        name: `2026-W47`, `2026-11`, `2026-Q4`, or `2026-11-16..2026-11-18`, both days inclusive.
        since, until: its instants, half-open, UTC. first_day, last_day: inclusive.
    """

    kind: PeriodKind
    name: str
    since: datetime
    until: datetime
    first_day: date
    last_day: date
    time_zone: str


class Earlier(Struct, frozen=True, kw_only=True):
    """One of the four periods before.

    Attributes:
        completeness: share that was seen of it; None: no source was ever heard.
        comparable: it had the same sources and enough of it was seen. `why_not`: what differs.
    """

    period: Period
    completeness: float | None
    comparable: bool
    why_not: Text | None = None


class Figure(Struct, frozen=True, kw_only=True):
    """A number that opens.

    Attributes:
        id: what `atalaya explain` takes: `review:BRAND/PERIOD/NAME`.
        value: None: it is not shown, and `note` says why.
        n: how many observations it rests on; None: it is itself a count.
        interval: 95 %; None: none is known.
        before: the same number in the four periods before, oldest first; None where that one is not comparable or it
            cannot be known.
        usual: mean of those that are known. low, high: between which the next one was to be expected (95 %).
        verdict: `rose` above `high`, `fell` below `low`, `level` in between; `unknown`: no period to compare with.
        good: which direction is good news, 1 up, -1 down, 0 neither.
        formula: how it is made.
    """

    id: str
    name: str
    title: Text
    unit: Unit
    value: float | None
    n: int | None = None
    interval: tuple[float, float] | None = None
    before: tuple[float | None, ...] = ()
    usual: float | None = None
    low: float | None = None
    high: float | None = None
    verdict: Verdict = "unknown"
    good: int = 0
    note: Text | None = None
    formula: Text


class Sentence(Struct, frozen=True, kw_only=True):
    """A sentence of the headline. `of`: ids of the figures, alerts or campaigns that it is built from."""

    text: Text
    of: tuple[str, ...] = ()
