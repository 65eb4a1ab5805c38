"""Alerts and actions as annotations. Pure.

What they say is counted and named by Atalaya or written by the team, never by somebody in a post: what is deleted at
its source need not be looked for in Grafana.
"""

from collections.abc import Iterable, Iterator
from html import escape
from typing import Literal

from dashboards.grafana.port import Mark
from dashboards.grafana.rendering import TAG
from processors.notifying.messages import console_link
from processors.notifying.phrases import KINDS, SEVERITIES
from processors.store.actions import Action
from processors.store.alert_reading import StoredAlert

Lang = Literal["en", "es"]
_ACTIONS = {
    "open": ("action", "acción"),
    "done": ("action, done", "acción, hecha"),
    "dropped": ("action, dropped", "acción, abandonada"),
}


def alert_marks(alerts: Iterable[StoredAlert], lang: Lang, console: str | None) -> Iterator[Mark]:
    """An annotation for each alert, from when it opened to when it closed.

    Tags: `atalaya`, and `brand:`, `kind:`, `severity:` with its values; `atalaya-alert:ID` finds it again.

    Args:
        console: where the alert can be opened; None: the text leads nowhere.
    """
    for alert in alerts:
        yield Mark(
            own=f"atalaya-alert:{alert.id}",
            at=alert.opened_at,
            until=alert.closed_at,
            text=_text(alert, lang, console),
            tags=(TAG, f"brand:{alert.brand}", f"kind:{alert.kind}", f"severity:{alert.severity}"),
        )


def action_marks(actions: Iterable[Action], lang: Lang) -> Iterator[Mark]:
    """An annotation for each action, from when it began to when it was to end.

    Tags: `atalaya`, `kind:action`, and `brand:` and `state:` with its values; `atalaya-action:ID` finds it again.
    """
    for action in actions:
        state = _ACTIONS[action.state][0 if lang == "en" else 1]
        yield Mark(
            own=f"atalaya-action:{action.id}",
            at=action.since,
            until=action.until,
            text=escape(f"{action.brand} · {action.text} ({state})"),
            tags=(TAG, f"brand:{action.brand}", "kind:action", f"state:{action.state}"),
        )


def _text(alert: StoredAlert, lang: Lang, console: str | None) -> str:
    """What is shown, in HTML, as Grafana has it: brand, kind, severity, and a link."""
    number = 0 if lang == "en" else 1
    kind = KINDS.get(alert.kind, (alert.kind, alert.kind))[number]
    severity = SEVERITIES.get(alert.severity, (alert.severity, alert.severity))[number]
    said = escape(f"{alert.brand} · {kind} ({severity})")
    if console is None:
        return said
    return f'<a href="{escape(console_link(console, alert.id))}">{said}</a>'
