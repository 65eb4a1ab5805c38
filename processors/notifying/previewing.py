"""What present channels would have been told of stored alerts. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from mentions.records import AlertKind, Severity
from processors.detection.steps import Step
from processors.notifying.routing import ORDER, Occasion, Route, Told, plan
from processors.store.alert_reading import StoredAlert, StoredStep


class WouldTell(Struct, frozen=True, kw_only=True):
    """A message that would have left."""

    at: datetime
    channel: str
    brand: str
    kind: AlertKind
    severity: Severity
    step: Step
    alert: str


def preview(
    alert: StoredAlert, steps: Sequence[StoredStep], occasion: Occasion, routes: Iterable[Route]
) -> list[WouldTell]:
    """Follow one alert through its life; mutes are left out, and every step is taken to have been told in its minute.

    Args:
        occasion: of the alert; its step, time and severity are those of each step in turn.
    """
    told: dict[str, Told] = {}
    found: dict[str, list[WouldTell]] = {}
    severity = steps[0].severity if steps else alert.severity
    routes = tuple(routes)
    for step in steps:
        severity = max(severity, step.severity, key=lambda one: ORDER[one])
        here = Occasion(
            kind=occasion.kind,
            brand=occasion.brand,
            subject=occasion.subject,
            severity=severity,
            step=step.step,
            at=step.at,
            terms=occasion.terms,
            languages=occasion.languages,
        )
        for planned in plan(here, routes, (), told, step.at):
            messages = found.setdefault(planned.channel, [])
            if messages and messages[-1].at > step.at:  # quiet hours hold it: this one tells all
                messages.pop()
            told[planned.channel] = Told(step.at, planned.due_at)
            messages.append(
                WouldTell(
                    at=planned.due_at,
                    channel=planned.channel,
                    brand=alert.brand,
                    kind=alert.kind,
                    severity=severity,
                    step=step.step,
                    alert=alert.id,
                )
            )
    return sorted((one for messages in found.values() for one in messages), key=lambda one: (one.at, one.channel))
