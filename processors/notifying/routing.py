"""Who is told of a step of an alert, and when. Pure: no clock, no SQL; docs/alerts.md says it to people."""

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from mentions.records import AlertKind, Severity
from processors.detection.steps import Step

State = Literal["waiting", "sent", "failed", "muted", "held back"]
"""Of a delivery. Held back: a later step of the same alert told everything before this one had left."""
ORDER: Mapping[str, int] = {"info": 0, "warn": 1, "high": 2, "critical": 3}
"""Severities, least first."""


class Quiet(Struct, frozen=True):
    """Hours in which a channel hears of nothing but critical alerts; may pass midnight.

    Attributes:
        zone: IANA name.
    """

    start: time
    end: time
    zone: str

    def until(self, now: datetime) -> datetime | None:
        """When the quiet hours that hold `now` end; None: none do."""
        local = now.astimezone(ZoneInfo(self.zone))
        moment = local.time()
        if self.start <= self.end:
            inside = self.start <= moment < self.end
        else:
            inside = moment >= self.start or moment < self.end
        if not inside:
            return None
        day = local.date() + timedelta(days=1 if moment >= self.end else 0)
        return datetime.combine(day, self.end, local.tzinfo).astimezone(now.tzinfo)


class Route(Struct, frozen=True, kw_only=True):
    """What one channel wants to hear.

    Attributes:
        min_severity: of the highest that the alert has had. kinds, brands: none: all.
        languages: of the mentions that explain the alert, any of them; none: all.
        every: an alert that goes on is told of no more often than this; news of it at once.
    """

    channel: str
    min_severity: Severity = "warn"
    kinds: frozenset[str] = frozenset()
    brands: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    quiet: Quiet | None = None
    every: timedelta = timedelta(minutes=30)


class Mute(Struct, frozen=True, kw_only=True):
    """What is not to be told until then; a field that is None fits all."""

    until: datetime
    brand: str | None = None
    kind: str | None = None
    term: str | None = None
    story: str | None = None


class Occasion(Struct, frozen=True, kw_only=True):
    """A step of an alert as routing sees it.

    Attributes:
        subject: the story. severity: the highest so far. at: end of the step's tick.
        terms, languages: of the alert's explanation, casefolded.
    """

    kind: AlertKind
    brand: str
    subject: str
    severity: Severity
    step: Step
    at: datetime
    terms: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()


class Told(Struct, frozen=True):
    """What a channel was told last of an alert: of which step, and when that was to leave."""

    at: datetime
    due_at: datetime


class Planned(Struct, frozen=True):
    """A delivery to be."""

    channel: str
    state: State
    due_at: datetime


def plan(
    occasion: Occasion,
    routing: Iterable[Route],
    mutes: Iterable[Mute],
    told: Mapping[str, Told],
    now: datetime,
) -> list[Planned]:
    """Say which channels hear of a step.

    A channel that has heard nothing of an alert hears of it with its next step, be it for a mute that has ended or for
    a severity that was too low before; but nobody hears only that something is over.

    Args:
        told: by channel, what it was told last of this alert; channels that heard nothing are absent.
    """
    muted = is_muted(occasion, mutes, now)
    return [
        Planned(route.channel, "muted" if muted else "waiting", _due(route, occasion, now))
        for route in routing
        if wants(route, occasion) and _is_news(route, occasion, told.get(route.channel), now)
    ]


def wants(route: Route, occasion: Occasion) -> bool:
    """Whether a channel is for such alerts at all."""
    return (
        ORDER[occasion.severity] >= ORDER[route.min_severity]
        and (not route.kinds or occasion.kind in route.kinds)
        and (not route.brands or occasion.brand in route.brands)
        and (not route.languages or not occasion.languages or bool(route.languages & occasion.languages))
    )


def is_muted(occasion: Occasion, mutes: Iterable[Mute], now: datetime) -> bool:
    """Whether some mute that has not ended fits."""
    return any(_fits(mute, occasion) for mute in mutes if now < mute.until)


def _fits(mute: Mute, occasion: Occasion) -> bool:
    return (
        mute.brand in (None, occasion.brand)
        and mute.kind in (None, occasion.kind)
        and mute.story in (None, occasion.subject)
        and (mute.term is None or mute.term.casefold() in occasion.terms)
    )


def _is_news(route: Route, occasion: Occasion, told: Told | None, now: datetime) -> bool:
    if told is None:
        return occasion.step != "close"
    if occasion.step != "update" or told.due_at > now:  # what is held back is overtaken by what is known since
        return True
    # by both clocks: in catch-up hours of an alert pass in a second
    return min(occasion.at - told.at, now - told.due_at) >= route.every


def _due(route: Route, occasion: Occasion, now: datetime) -> datetime:
    if route.quiet is None or occasion.severity == "critical":
        return now
    return route.quiet.until(now) or now
