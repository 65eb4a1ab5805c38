"""A brand at a glance: a window's figures, how they went over it, and the alerts and campaigns that fell in it."""

from datetime import datetime, timedelta
from typing import Literal, get_args

from msgspec import Struct
from sqlalchemy import Connection

from mentions.clock import BUCKET, TICK, bucket_of
from processors.store.actions import Action, actions_between
from processors.store.alert_reading import AlertsWanted, StoredAlert, list_alerts
from processors.store.campaign_reading import CampaignsWanted, StoredCampaign, list_campaigns
from processors.store.series import Mark, Slot, last_mark, marks, net_slots, slots, tallies
from processors.store.summaries import BrandSummary, summary
from processors.store.timeliness import Timeliness, timeliness

Window = Literal["1h", "24h", "7d", "28d"]
WINDOWS: tuple[Window, ...] = get_args(Window)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
LENGTHS: dict[Window, timedelta] = {"1h": _HOUR, "24h": _DAY, "7d": 7 * _DAY, "28d": 28 * _DAY}
STEPS: dict[Window, timedelta] = {"1h": BUCKET, "24h": _HOUR / 2, "7d": 3 * _HOUR, "28d": 12 * _HOUR}
"""How long the slots of a window are: twelve for an hour, about fifty for the others."""
MARK_STEPS: dict[Window, timedelta] = {"1h": TICK, "24h": 3 * BUCKET, "7d": 2 * _HOUR, "28d": 8 * _HOUR}
"""Of each such stretch one mark is shown, the most surprising one."""
MOST_ALERTS, MOST_CAMPAIGNS, MOST_ACTIONS = 50, 5, 10


class Overview(Struct, frozen=True, kw_only=True):
    """One brand over [since, until), which ends with the running five minutes.

    Attributes:
        summary: volume, sentiment, sources and languages of the window, against the window before.
        slots: the window cut into equal slots. net: longer ones, for net sentiment over time (`series.net_slots`).
        marks: what spike detection saw. last_mark: the newest of all; None: the brand's negatives were never judged.
        alerts: opened in the window, or open now, last opened first, at most `MOST_ALERTS`.
        campaigns: opened in the window, the last ones. actions: of the team, those that run in it, first begun first.
    """

    window: Window
    since: datetime
    until: datetime
    summary: BrandSummary
    slots: list[Slot]
    net: list[Slot]
    marks: list[Mark]
    last_mark: Mark | None
    alerts: list[StoredAlert]
    campaigns: list[StoredCampaign]
    actions: list[Action]
    timeliness: Timeliness


def overview(connection: Connection, brand: str, window: Window, now: datetime) -> Overview:
    """Read a brand at a glance; the cost grows with the window, not with the store."""
    until = bucket_of(now) + BUCKET
    since = until - LENGTHS[window]
    counted = tallies(connection, brand, since, until, STEPS[window])
    (figures,) = summary(connection, since, until, brands=[brand]).brands
    return Overview(
        window=window,
        since=since,
        until=until,
        summary=figures,
        slots=slots(counted, STEPS[window]),
        net=net_slots(counted, STEPS[window]),
        marks=marks(connection, brand, since, until, MARK_STEPS[window]),
        last_mark=last_mark(connection, brand),
        alerts=_alerts(connection, brand, since),
        campaigns=list_campaigns(
            connection, CampaignsWanted(brands=(brand,), since=since, until=until), limit=MOST_CAMPAIGNS
        ),
        actions=actions_between(connection, since, until, [brand])[-MOST_ACTIONS:],
        timeliness=timeliness(connection, brand, now),
    )


def _alerts(connection: Connection, brand: str, since: datetime) -> list[StoredAlert]:
    """Those that are open are never crowded out by those that are over."""
    still_open = list_alerts(connection, AlertsWanted(brands=(brand,), open=True), limit=MOST_ALERTS)
    lately = list_alerts(connection, AlertsWanted(brands=(brand,), since=since), limit=MOST_ALERTS)
    found = {alert.id: alert for alert in (*still_open, *lately)}
    return sorted(found.values(), key=lambda alert: (alert.opened_at, alert.id), reverse=True)[:MOST_ALERTS]
