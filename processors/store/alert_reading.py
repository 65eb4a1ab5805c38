"""Reading alerts: lists newest first, what was told of them, what people said of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, or_, select
from sqlalchemy.sql.elements import ColumnElement

from mentions.errors import UsageError
from mentions.records import AlertKind, Severity
from processors.detection.steps import Step
from processors.notifying.routing import State
from processors.store.chunks import chunks
from processors.store.schema import alert_events, alert_steps, alerts, deliveries

Rating = Literal["useful", "false", "late"]


class AlertsWanted(Struct, frozen=True, kw_only=True):
    """Which alerts; None: any. Opened in [since, until); open at some moment of `open_from` or later."""

    brands: tuple[str, ...] | None = None
    kind: str | None = None
    open: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    open_from: datetime | None = None


class ToldTo(Struct, frozen=True, kw_only=True):
    """One delivery.

    Attributes:
        at: when it left, or is to leave. ok: True when it left, False when it was given up, None while it is neither.
    """

    channel: str
    at: datetime
    ok: bool | None
    step: int
    state: State
    error: str | None = None


class AlertNote(Struct, frozen=True):
    """What a person wrote beside an alert."""

    at: datetime
    who: str
    text: str


class StoredStep(Struct, frozen=True, kw_only=True):
    """A step in the life of an alert, as it was."""

    number: int
    step: Step
    at: datetime
    severity: Severity
    score: float
    evidence: dict[str, Any]


class StoredAlert(Struct, frozen=True, kw_only=True):
    """An alert as people and programs read it.

    Attributes:
        severity, score: the highest so far. historic: opened long before it was seen; nobody was told.
        rating: the last one given.
    """

    id: str
    kind: AlertKind
    brand: str
    subject: str
    severity: Severity
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    score: float
    historic: bool
    evidence: dict[str, Any]
    explanation: dict[str, Any]
    deliveries: tuple[ToldTo, ...] = ()
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    rating: Rating | None = None
    notes: tuple[AlertNote, ...] = ()


def list_alerts(connection: Connection, wanted: AlertsWanted, *, limit: int = 100) -> list[StoredAlert]:
    """Read alerts, the last opened first, at most `limit`."""
    where: list[ColumnElement[bool]] = [alerts.c.brand.in_(wanted.brands)] if wanted.brands is not None else []
    where += [alerts.c.kind == wanted.kind] if wanted.kind is not None else []
    where += [alerts.c.opened_at >= wanted.since] if wanted.since is not None else []
    where += [alerts.c.opened_at < wanted.until] if wanted.until is not None else []
    if wanted.open_from is not None:
        where.append(or_(alerts.c.closed_at.is_(None), alerts.c.closed_at >= wanted.open_from))
    if wanted.open is not None:
        where.append(alerts.c.closed_at.is_(None) if wanted.open else alerts.c.closed_at.is_not(None))
    newest = select(alerts).where(*where).order_by(alerts.c.opened_at.desc(), alerts.c.id).limit(limit)
    return _whole(connection, [row._asdict() for row in connection.execute(newest)])


def find_alert(connection: Connection, id_: str) -> StoredAlert:
    """Read one alert by its id, or by the beginning of it that no other has.

    Raises:
        UsageError: there is none, or several.
    """
    rows = [row._asdict() for row in connection.execute(select(alerts).where(alerts.c.id == id_))]
    if not rows:
        beginning = alerts.c.id.startswith(id_, autoescape=True)
        rows = [row._asdict() for row in connection.execute(select(alerts).where(beginning).limit(2))]
    if len(rows) != 1 or not id_:
        many = "several alerts begin with" if rows else "there is no alert"
        msg = f"{many} {id_!r}; `atalaya alerts` lists them with their ids"
        raise UsageError(msg)
    return _whole(connection, rows)[0]


def steps_of(connection: Connection, alert: str) -> list[StoredStep]:
    """The life of an alert, first step first."""
    return lives_of(connection, [alert])[alert]


def lives_of(connection: Connection, ids: Sequence[str]) -> dict[str, list[StoredStep]]:
    """The lives of several alerts, first step first, by id."""
    lives: dict[str, list[StoredStep]] = {id_: [] for id_ in ids}
    for some in chunks(list(lives)):
        rows = select(alert_steps).where(alert_steps.c.alert.in_(some)).order_by(alert_steps.c.number)
        for row in connection.execute(rows):
            lives[row.alert].append(_step(row))
    return lives


def _step(row: Any) -> StoredStep:
    return StoredStep(
        number=row.number,
        step=row.step,
        at=row.at,
        severity=row.severity,
        score=row.score,
        evidence=msgspec.json.decode(row.evidence),
    )


def _whole(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[StoredAlert]:
    said: dict[str, dict[str, Any]] = {row["id"]: {"deliveries": [], "notes": []} for row in rows}
    for some in chunks(list(said)):
        found = select(deliveries).where(deliveries.c.alert.in_(some))
        for row in connection.execute(found.order_by(deliveries.c.number, deliveries.c.channel)):
            said[row.alert]["deliveries"].append(_told(row))
        events = select(alert_events).where(alert_events.c.alert.in_(some))
        for row in connection.execute(events.order_by(alert_events.c.at, alert_events.c.event_id)):
            _take_event(said[row.alert], row)
    return [_alert(row, said[row["id"]]) for row in rows]


def _told(row: Any) -> ToldTo:
    ok = {"sent": True, "failed": False}.get(row.state)
    at = row.sent_at or row.due_at
    return ToldTo(channel=row.channel, at=at, ok=ok, step=row.number, state=row.state, error=row.error)


def _take_event(said: dict[str, Any], row: Any) -> None:
    if row.what == "acknowledged":
        said.setdefault("acknowledged_at", row.at)
        said.setdefault("acknowledged_by", row.who)
    elif row.what == "rated":
        said["rating"] = row.text
    elif row.what == "note":
        said["notes"].append(AlertNote(row.at, row.who, row.text))


def _alert(row: Mapping[str, Any], said: Mapping[str, Any]) -> StoredAlert:
    read = {name: msgspec.json.decode(row[name]) for name in ("evidence", "explanation")}
    lists = {name: tuple(said[name]) for name in ("deliveries", "notes")}
    return StoredAlert(**{**row, **read, **said, **lists})
