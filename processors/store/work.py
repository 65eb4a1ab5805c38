"""What people make of mentions: status, assignee, tags, priority, relevance, notes. Never derived, never recomputed.

Every change of a field is a row of `work_events`, which only grows; `mention_work` holds where a mention stands now.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal, get_args

import msgspec
from msgspec import UNSET, Struct, UnsetType
from sqlalchemy import Connection, Row, and_, or_, select

from mentions.codec import scrub
from mentions.errors import UsageError
from processors.store.schema import mention_work, mentions, work_events
from processors.store.upserts import insert

Status = Literal["new", "open", "waiting", "answered", "answered_private", "ignored"]
STATUSES: tuple[Status, ...] = get_args(Status)
PRIORITIES: Mapping[int, str] = {0: "normal", 1: "high", 2: "urgent"}
MAX_TAGS, MAX_TAG, MAX_TEXT = 20, 50, 10_000
"""Characters and counts that a person may write; more is a mistake or an attack."""

WORK_COLUMNS = tuple(column for column in mention_work.c if column.name not in ("brand", "id"))


class Work(Struct, frozen=True, kw_only=True):
    """Where a mention stands with the people who look after it; `changed_at` None: nobody has touched it."""

    status: Status = "new"
    assignee: str | None = None
    tags: tuple[str, ...] = ()
    priority: int = 0
    relevant: bool | None = None
    relevant_why: str | None = None
    changed_at: datetime | None = None


UNTOUCHED = Work()


class Change(Struct, frozen=True, kw_only=True):
    """The fields to change; UNSET ones stay as they are."""

    status: Status | UnsetType = UNSET
    assignee: str | UnsetType | None = UNSET
    tags: tuple[str, ...] | UnsetType = UNSET
    priority: int | UnsetType = UNSET
    relevant: bool | UnsetType | None = UNSET
    relevant_why: str | UnsetType | None = UNSET


class WorkEvent(Struct, frozen=True, kw_only=True):
    """One change of one field, or a note. `before` and `after` are JSON values; of a note only `after`, its text."""

    event_id: str
    brand: str
    id: str
    at: datetime
    who: str
    what: str
    before: msgspec.Raw | None
    after: msgspec.Raw | None


def change_work(
    connection: Connection, brand: str, id_: str, change: Change, *, who: str, event_id: str, now: datetime
) -> Work:
    """Change fields of a mention's work and log what changed; a field that already has its value is not logged.

    Args:
        event_id: names this change for ever (a UUID of the caller's): the same one again changes nothing, so that a
            form sent twice counts once.

    Raises:
        UsageError: there is no such mention, or a value is not allowed; nothing was changed.
    """
    wanted = _checked(change)
    before = _lock(connection, brand, id_)
    changed = {name: value for name, value in wanted.items() if value != getattr(before, name)}
    events = [
        _event(f"{event_id}/{name}", brand, id_, now, who, name, getattr(before, name), value)
        for name, value in changed.items()
    ]
    if not changed or not _log(connection, event_id, events):
        return before
    after = msgspec.structs.replace(before, **changed, changed_at=now)
    row = {**msgspec.structs.asdict(after), "tags": _json(after.tags)}
    statement = insert(connection, mention_work)
    statement = statement.on_conflict_do_update(index_elements=["brand", "id"], set_=row)
    connection.execute(statement, {"brand": brand, "id": id_, **row})
    return after


def add_note(
    connection: Connection, brand: str, id_: str, text: str, *, who: str, event_id: str, now: datetime
) -> None:
    """Write a note beside a mention; the same `event_id` again writes nothing.

    Raises:
        UsageError: there is no such mention, or the note is empty or too long.
    """
    text = _text("note", text)
    if not text:
        msg = "the note is empty; write something"
        raise UsageError(msg)
    _lock(connection, brand, id_)
    _log(connection, event_id, [_event(event_id, brand, id_, now, who, "note", None, text)])


def work_history(connection: Connection, brand: str, id_: str) -> list[WorkEvent]:
    """Read everything that people did with a mention, oldest first."""
    rows = connection.execute(
        select(work_events)
        .where(work_events.c.brand == brand, work_events.c.id == id_)
        .order_by(work_events.c.at, work_events.c.event_id)
    )
    return [
        WorkEvent(
            event_id=row.event_id,
            brand=row.brand,
            id=row.id,
            at=row.at,
            who=row.who,
            what=row.what,
            before=_raw(row.before),
            after=_raw(row.after),
        )
        for row in rows
    ]


def work_of(row: Row[Any]) -> Work | None:
    """Read the columns `WORK_COLUMNS` of a joined row; None: nobody has touched the mention."""
    if row.status is None:
        return None
    return Work(
        status=row.status,
        assignee=row.assignee,
        tags=msgspec.json.decode(row.tags, type=tuple[str, ...]),
        priority=row.priority,
        relevant=row.relevant,
        relevant_why=row.relevant_why,
        changed_at=row.changed_at,
    )


def _lock(connection: Connection, brand: str, id_: str) -> Work:
    """Read where a mention stands, and keep others from changing it until this transaction ends."""
    mention = select(mentions.c.id).where(mentions.c.brand == brand, mentions.c.id == id_).with_for_update()
    if connection.execute(mention).first() is None:
        msg = f"brand {brand!r} has no mention {id_!r}"
        raise UsageError(msg)
    row = connection.execute(
        select(*WORK_COLUMNS).where(mention_work.c.brand == brand, mention_work.c.id == id_)
    ).first()
    return (row and work_of(row)) or UNTOUCHED


def _log(connection: Connection, event_id: str, events: Iterable[dict[str, object]]) -> bool:
    """Write events; False when this `event_id` had been here before, whatever it changed then."""
    column = work_events.c.event_id
    fields = and_(column >= f"{event_id}/", column < f"{event_id}0")  # "0" is the character behind "/"
    if connection.execute(select(column).where(or_(column == event_id, fields)).limit(1)).first() is not None:
        return False
    connection.execute(insert(connection, work_events), list(events))
    return True


def _event(
    event_id: str, brand: str, id_: str, at: datetime, who: str, what: str, before: object, after: object
) -> dict[str, object]:
    key = {"event_id": event_id, "brand": brand, "id": id_, "at": at, "who": scrub(who), "what": what}
    return {**key, "before": _json(before), "after": _json(after)}


def _checked(change: Change) -> dict[str, Any]:
    wanted = {name: value for name, value in msgspec.structs.asdict(change).items() if value is not UNSET}
    if wanted.get("status", "new") not in STATUSES:
        msg = f"found status {wanted['status']!r}; allowed: {', '.join(STATUSES)}"
        raise UsageError(msg)
    if wanted.get("priority", 0) not in PRIORITIES:
        allowed = ", ".join(f"{number} ({name})" for number, name in PRIORITIES.items())
        msg = f"found priority {wanted['priority']!r}; allowed: {allowed}"
        raise UsageError(msg)
    for name in ("assignee", "relevant_why"):
        if wanted.get(name) is not None:
            wanted[name] = _text(name, wanted[name]) or None
    if "tags" in wanted:
        wanted["tags"] = _tags(wanted["tags"])
    return wanted


def _tags(tags: Iterable[str]) -> tuple[str, ...]:
    clean = sorted({tag for given in tags if (tag := " ".join(scrub(given).split()))})
    if len(clean) > MAX_TAGS or any(len(tag) > MAX_TAG for tag in clean):
        msg = f"found {len(clean)} tags, the longest of {max(map(len, clean))} characters; allowed: "
        msg += f"{MAX_TAGS} tags of {MAX_TAG} characters"
        raise UsageError(msg)
    return tuple(clean)


def _text(name: str, text: str) -> str:
    text = scrub(text).strip()
    if len(text) > MAX_TEXT:
        msg = f"found {name} of {len(text)} characters; allowed: {MAX_TEXT}"
        raise UsageError(msg)
    return text


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _raw(text: str | None) -> msgspec.Raw | None:
    return None if text is None else msgspec.Raw(text.encode())
