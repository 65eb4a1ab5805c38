"""SQL of alerts: what the detectors tell becomes alerts, their steps, and deliveries to be, in the folding transaction.

A step that is there already changes nothing, so that a stretch of ticks that is folded again leaves the same rows.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, select, update

from mentions.clock import tick_start
from mentions.records import AlertKind
from processors.detection.steps import AlertStep
from processors.notifying.routing import ORDER, Mute, Occasion, Route, State, Told, plan
from processors.store.chunks import chunks
from processors.store.schema import alert_steps, alerts, deliveries, mutes
from processors.store.upserts import insert

Routing = Sequence[Route]
LASTING: frozenset[AlertKind] = frozenset(("negative_spike", "volume_spike", "campaign", "silence"))
"""Kinds that say that something goes on. The others say that something was posted; hours later that is no news."""


@dataclass(slots=True)
class _Delivery:
    """A row of `deliveries`; `new`: not written yet."""

    number: int
    step: str
    state: State
    due_at: datetime
    new: bool = False
    overtaken: bool = False


@dataclass(slots=True)
class _Life:
    """An alert with its steps and deliveries; what is new of them is still to be written."""

    row: dict[str, Any]
    known: bool
    steps: list[dict[str, Any]] = field(default_factory=list)
    seen: dict[tuple[str, datetime], int] = field(default_factory=dict)
    told: dict[str, list[_Delivery]] = field(default_factory=dict)
    changed: bool = False

    def last_told(self) -> dict[str, Told]:
        """By channel, the last step that it was told or is being told."""
        at = {number: moment for (_, moment), number in self.seen.items()}
        last = {
            channel: max((d for d in rows if d.state != "muted"), key=lambda d: d.number, default=None)
            for channel, rows in self.told.items()
        }
        return {channel: Told(at[d.number], d.due_at) for channel, d in last.items() if d is not None}


def take_steps(
    connection: Connection,
    steps: Sequence[AlertStep],
    *,
    channels: Routing,
    explanations: Mapping[str, Mapping[str, object]],
    historic_before: datetime,
    now: datetime,
) -> None:
    """Write what the detectors said, and what is to be told of it.

    Args:
        steps: in the order of their ticks, as far as they belong to one alert.
        channels: who wants to hear what.
        explanations: by alert id, for those that have a new one; the others keep theirs.
        historic_before: an alert that opened before it is stored and not delivered; when a later step comes that is
            not before it, and the alert is still open, it is delivered then.
        now: the runtime's clock.
    """
    if not steps:
        return
    lives = _load(connection, {step.alert_id for step in steps})
    muted = active_mutes(connection, now)
    for step in steps:
        explanation = explanations.get(step.alert_id)
        life = lives.get(step.alert_id)
        if life is None:
            life = lives[step.alert_id] = _Life(_opened(step, historic_before), known=False)
        if not _add_step(life, step, explanation):
            continue
        if life.row["historic"] and (step.step == "close" or _end(step.tick) < historic_before):
            continue
        life.row["historic"] = False
        _tell(life, step.step, channels, muted, now)
    _write(connection, lives)


def deliver_caught_up(
    connection: Connection,
    folded: Mapping[str, int],
    *,
    channels: Routing,
    historic_before: datetime,
    now: datetime,
) -> list[str]:
    """Deliver, once, the historic alerts that are still open now that their brands are folded up to the present.

    Args:
        folded: by brand, its last folded tick.

    Returns:
        The ids of the alerts that are told.
    """
    present = sorted(brand for brand, tick in folded.items() if _end(tick) >= historic_before)
    found: list[str] = []
    for some in chunks(present):
        found += connection.scalars(
            select(alerts.c.id)
            .where(
                alerts.c.brand.in_(some),
                alerts.c.historic,
                alerts.c.closed_at.is_(None),
                alerts.c.kind.in_(sorted(LASTING)),
            )
            .order_by(alerts.c.id)
        )
    if not found:
        return []
    lives = _load(connection, set(found))
    muted = active_mutes(connection, now)
    for life in lives.values():
        life.row["historic"] = False
        life.changed = True
        _tell(life, "open", channels, muted, now)
    _write(connection, lives)
    return found


def active_mutes(connection: Connection, now: datetime) -> list[Mute]:
    """The mutes that have not ended."""
    rows = connection.execute(select(mutes).where(mutes.c.until > now).order_by(mutes.c.mute_id))
    return [Mute(until=r.until, brand=r.brand, kind=r.kind, term=r.term, story=r.story) for r in rows]


def occasion_of(row: Mapping[str, Any], step: str, at: datetime) -> Occasion:
    """What routing sees of an alert's row, with its JSON columns read or not."""
    explanation, evidence = _read(row["explanation"]), _read(row["evidence"])
    return msgspec.convert(
        {
            **{name: row[name] for name in ("kind", "brand", "subject", "severity")},
            "step": step,
            "at": at,
            "terms": [*_names(explanation.get("terms"), "term"), *_names(evidence.get("terms"), "term")],
            "languages": _names(explanation.get("languages"), "language"),
        },
        Occasion,
    )


def _read(value: Any) -> Mapping[str, Any]:
    read: Mapping[str, Any] = msgspec.json.decode(value) if isinstance(value, str) else value
    return read


def _names(found: object, key: str) -> list[str]:
    """The names in a list of objects or of words, or in an object whose keys they are."""
    entries: Iterable[object] = found if isinstance(found, list | tuple | Mapping) else ()
    names = (entry.get(key) if isinstance(entry, Mapping) else entry for entry in entries)
    return [name.casefold() for name in names if isinstance(name, str)]


def _end(tick: int) -> datetime:
    return tick_start(tick + 1)


def _opened(step: AlertStep, historic_before: datetime) -> dict[str, Any]:
    opened = _end(step.opened_tick)
    return {
        "id": step.alert_id,
        "kind": step.kind,
        "brand": step.brand,
        "subject": step.subject,
        "severity": step.severity,
        "opened_at": opened,
        "updated_at": opened,
        "closed_at": None,
        "score": step.score,
        "historic": opened < historic_before,
        "evidence": "{}",
        "explanation": "{}",
    }


def _add_step(life: _Life, step: AlertStep, explanation: Mapping[str, object] | None) -> bool:
    """Let an alert live on; False: it had this step already."""
    at = _end(step.tick)
    if (step.step, at) in life.seen:
        return False
    number = max(life.seen.values(), default=0) + 1
    life.seen[step.step, at] = number
    evidence = _json(step.evidence)
    life.steps.append(
        {
            "alert": step.alert_id,
            "number": number,
            "step": step.step,
            "at": at,
            "severity": step.severity,
            "score": step.score,
            "evidence": evidence,
        }
    )
    row = life.row
    row["severity"] = max(row["severity"], step.severity, key=lambda severity: ORDER[severity])
    row["score"] = max(row["score"], step.score)
    row["updated_at"] = max(row["updated_at"], at)
    row["evidence"] = evidence
    if explanation is not None:
        row["explanation"] = _json(explanation)
    if step.step == "close":
        row["closed_at"] = at
    life.changed = True
    return True


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _tell(life: _Life, step: str, channels: Routing, muted: Collection[Mute], now: datetime) -> None:
    """Plan who hears of an alert's last step; what that step overtakes stays unsaid."""
    (_, at), number = max(life.seen.items(), key=lambda entry: entry[1])
    occasion = occasion_of(life.row, step, at)
    for planned in plan(occasion, channels, muted, life.last_told(), now):
        rows = life.told.setdefault(planned.channel, [])
        first = min((row.number for row in rows if row.state != "muted"), default=number)
        for earlier in rows:
            if planned.state == "waiting" and _is_overtaken(earlier, first, now):
                earlier.state, earlier.overtaken = "held back", not earlier.new
        rows.append(_Delivery(number, step, planned.state, planned.due_at, new=True))


def _is_overtaken(earlier: _Delivery, first: int, now: datetime) -> bool:
    """Whether what waits need not be said any more: quiet hours hold it, it has just been planned, or is no news.

    News that is due is not overtaken: somebody may be sending it. `first`: the step that the channel heard first.
    """
    if earlier.state != "waiting":
        return False
    return earlier.new or earlier.due_at > now or (earlier.step == "update" and earlier.number > first)


def _load(connection: Connection, ids: Collection[str]) -> dict[str, _Life]:
    lives: dict[str, _Life] = {}
    for some in chunks(sorted(ids)):
        for row in connection.execute(select(alerts).where(alerts.c.id.in_(some))):
            lives[row.id] = _Life(dict(row._mapping), known=True)
        steps = select(alert_steps.c.alert, alert_steps.c.number, alert_steps.c.step, alert_steps.c.at)
        names: dict[tuple[str, int], str] = {}
        for alert, number, step, at in connection.execute(steps.where(alert_steps.c.alert.in_(some))):
            lives[alert].seen[step, at] = number
            names[alert, number] = step
        for row in connection.execute(select(deliveries).where(deliveries.c.alert.in_(some))):
            step = names.get((row.alert, row.number))
            if step is not None:  # else the alert is derived anew, and what was told of it is not told again
                delivery = _Delivery(row.number, step, row.state, row.due_at)
                lives[row.alert].told.setdefault(row.channel, []).append(delivery)
    return lives


def _write(connection: Connection, lives: Mapping[str, _Life]) -> None:
    changed = [life for life in lives.values() if life.changed]
    new = [life.row for life in changed if not life.known]
    if new:
        connection.execute(insert(connection, alerts), new)
    for life in changed:
        if life.known:
            connection.execute(update(alerts).where(alerts.c.id == life.row["id"]).values(life.row))
    steps = [step for life in changed for step in life.steps]
    if steps:
        connection.execute(insert(connection, alert_steps), steps)
    _write_deliveries(connection, changed)


def _write_deliveries(connection: Connection, lives: Iterable[_Life]) -> None:
    rows = []
    for life in lives:
        for channel, told in life.told.items():
            for delivery in told:
                if delivery.overtaken:
                    _hold_back(connection, life.row["id"], delivery.number, channel)
                if delivery.new:
                    rows.append(
                        {
                            "alert": life.row["id"],
                            "number": delivery.number,
                            "channel": channel,
                            "state": delivery.state,
                            "due_at": delivery.due_at,
                            "attempts": 0,
                        }
                    )
    if rows:
        # a step that is told again has its delivery already
        connection.execute(insert(connection, deliveries).on_conflict_do_nothing(), rows)


def _hold_back(connection: Connection, alert: str, number: int, channel: str) -> None:
    """Unless somebody has begun to send it."""
    connection.execute(
        update(deliveries)
        .where(
            deliveries.c.alert == alert,
            deliveries.c.number == number,
            deliveries.c.channel == channel,
            deliveries.c.state == "waiting",
            deliveries.c.attempts == 0,
        )
        .values(state="held back")
    )
