"""What people say of alerts: acknowledged, notes, ratings; and what they want silence about. Never derived."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import get_args

from msgspec import Struct
from sqlalchemy import Connection, and_, func, select, update

from mentions.codec import scrub
from mentions.errors import UsageError
from mentions.records import AlertKind
from processors.store.alert_reading import AlertsWanted, Rating, StoredAlert, find_alert, list_alerts
from processors.store.schema import alert_events, alerts, mutes
from processors.store.types import Instant
from processors.store.upserts import insert

RATINGS: tuple[Rating, ...] = get_args(Rating)
MAX_TEXT = 10_000
_EVERYTHING = 1_000_000


class StoredMute(Struct, frozen=True, kw_only=True):
    """What is not to be told until then; a field that is None fits all."""

    mute_id: str
    brand: str | None
    kind: str | None
    term: str | None
    story: str | None
    until: datetime
    at: datetime
    who: str
    why: str


class Precision(Struct, frozen=True):
    """How people found alerts; `useful` of `rated`."""

    kind: str
    alerts: int
    rated: int
    useful: int
    false: int
    late: int

    @property
    def share(self) -> float | None:
        """Useful ones among those rated; None: nobody has rated any."""
        return self.useful / self.rated if self.rated else None


class Acknowledged(Struct, frozen=True):
    """Of the alerts of a window: how many there were, and after how many minutes those acknowledged were, ascending."""

    alerts: int = 0
    minutes: tuple[float, ...] = ()


def acknowledge(connection: Connection, id_: str, *, who: str, event_id: str, now: datetime) -> StoredAlert:
    """Say that somebody has seen an alert and looks after it; the first one counts.

    Args:
        id_: of the alert, or the beginning of it. event_id: the same one again changes nothing.

    Raises:
        UsageError: there is no such alert.
    """
    return _say(connection, id_, "acknowledged", None, who, event_id, now)


def note_alert(connection: Connection, id_: str, text: str, *, who: str, event_id: str, now: datetime) -> StoredAlert:
    """Write a note beside an alert.

    Raises:
        UsageError: there is no such alert, or the note is empty or too long.
    """
    text = scrub(text).strip()
    if not 0 < len(text) <= MAX_TEXT:
        msg = f"found a note of {len(text)} characters; allowed: 1 to {MAX_TEXT}"
        raise UsageError(msg)
    return _say(connection, id_, "note", text, who, event_id, now)


def rate(connection: Connection, id_: str, rating: str, *, who: str, event_id: str, now: datetime) -> StoredAlert:
    """Say what an alert was worth: `useful`, `false` (nothing was the matter) or `late`; the last word counts.

    Raises:
        UsageError: there is no such alert, or no such rating.
    """
    if rating not in RATINGS:
        msg = f"found {rating!r}; an alert was one of {', '.join(RATINGS)}"
        raise UsageError(msg)
    return _say(connection, id_, "rated", rating, who, event_id, now)


def _say(
    connection: Connection, id_: str, what: str, text: str | None, who: str, event_id: str, now: datetime
) -> StoredAlert:
    alert = find_alert(connection, id_)
    row = {"event_id": event_id, "alert": alert.id, "at": now, "who": scrub(who), "what": what, "text": text}
    connection.execute(insert(connection, alert_events).on_conflict_do_nothing(), row)
    return find_alert(connection, alert.id)


def acknowledged(connection: Connection, brand: str, since: datetime, until: datetime) -> Acknowledged:
    """Read the alerts that opened in [since, until), without historic ones, and when they were seen, if before then."""
    a, e = alerts.c, alert_events.c
    first = func.min(e.at, type_=Instant()).label("first")
    said = and_(e.alert == a.id, e.what == "acknowledged", e.at < until)
    mine = (a.brand == brand, a.opened_at >= since, a.opened_at < until, a.historic.is_(False))
    query = select(a.opened_at, first).select_from(alerts.outerjoin(alert_events, said)).where(*mine)
    rows = connection.execute(query.group_by(a.id, a.opened_at)).all()
    waits = (max(row.first - row.opened_at, timedelta(0)) for row in rows if row.first is not None)
    return Acknowledged(len(rows), tuple(sorted(wait / timedelta(minutes=1) for wait in waits)))


def precision(connection: Connection, wanted: AlertsWanted) -> list[Precision]:
    """How people found the alerts of each kind that was rated, and at last `all` of them."""
    found = list_alerts(connection, wanted, limit=_EVERYTHING)
    kinds = [kind for kind in get_args(AlertKind) if any(a.rating for a in found if a.kind == kind)]
    each = [_precision(kind, [alert for alert in found if alert.kind == kind]) for kind in kinds]
    return [*each, _precision("all", found)]


def _precision(kind: str, found: Iterable[StoredAlert]) -> Precision:
    ratings = [alert.rating for alert in found]
    counts: Mapping[str, int] = {rating: ratings.count(rating) for rating in RATINGS}
    return Precision(kind, len(ratings), sum(counts.values()), counts["useful"], counts["false"], counts["late"])


# --- silence ---


def mute(
    connection: Connection,
    *,
    mute_id: str,
    until: datetime,
    who: str,
    why: str,
    now: datetime,
    brand: str | None = None,
    kind: str | None = None,
    term: str | None = None,
    story: str | None = None,
) -> None:
    """Tell nobody of alerts that fit all that is given, until then. They are stored and shown all the same.

    Args:
        story: the subject of an alert (`alerts show`). mute_id: the same one again changes nothing.

    Raises:
        UsageError: the end is past, or there is no such kind.
    """
    if until <= now:
        msg = f"a mute until {until:%Y-%m-%d %H:%M} UTC would have ended; name a time to come"
        raise UsageError(msg)
    if kind is not None and kind not in get_args(AlertKind):
        msg = f"found kind {kind!r}; alerts are of {', '.join(get_args(AlertKind))}"
        raise UsageError(msg)
    what = {"brand": brand, "kind": kind, "term": term and term.casefold(), "story": story}
    row = {"mute_id": mute_id, **what, "until": until, "at": now, "who": scrub(who), "why": scrub(why)}
    connection.execute(insert(connection, mutes).on_conflict_do_nothing(), row)


def list_mutes(connection: Connection, now: datetime) -> list[StoredMute]:
    """The mutes that have not ended, the next to end first."""
    rows = connection.execute(select(mutes).where(mutes.c.until > now).order_by(mutes.c.until, mutes.c.mute_id))
    return [StoredMute(**row._asdict()) for row in rows]


def unmute(connection: Connection, mute_id: str, now: datetime) -> None:
    """End a mute now.

    Raises:
        UsageError: none of those that go on has this id.
    """
    ended = connection.execute(update(mutes).where(mutes.c.mute_id == mute_id, mutes.c.until > now).values(until=now))
    if not ended.rowcount:
        msg = f"no mute {mute_id!r} goes on; `atalaya notify mutes` lists them"
        raise UsageError(msg)
