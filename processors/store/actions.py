"""What the team does for a brand, and how it ended. Never derived; both tables only grow.

An action runs in [since, until) and names the figure of the review that it is meant to move, so that a review can say
what followed. How it ended is an event: the last one counts, and those before it stay.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal, get_args

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, select

from mentions.codec import scrub
from mentions.errors import UsageError
from processors.store.brands import history
from processors.store.schema import action_events, actions
from processors.store.upserts import insert

Outcome = Literal["done", "dropped"]
State = Literal["open", "done", "dropped"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
RULES = range(1, 17)
"""The numbers of the rules of social media optimisation."""
MOST_LETTERS, MOST_CLOSING = 200, 2_000
"""Of an action's text, which stands in charts and lists, and of its closing word."""
_A, _E = actions.c, action_events.c


class Action(Struct, frozen=True, kw_only=True):
    """What the team does, as it stands.

    Attributes:
        since, until: half-open. indicator: the figure of the review that it is for. rules: 1 to 16, ascending.
        closed_at, closed_by, word: of the last event; None while it is open (`word` also where nothing was written).
    """

    id: str
    brand: str
    text: str
    since: datetime
    until: datetime
    indicator: str
    rules: tuple[int, ...]
    added_at: datetime
    added_by: str
    state: State = "open"
    closed_at: datetime | None = None
    closed_by: str | None = None
    word: str | None = None


def add_action(
    connection: Connection,
    brand: str,
    text: str,
    window: tuple[datetime, datetime],
    indicator: str,
    *,
    rules: Iterable[int] = (),
    who: str,
    action_id: str,
    now: datetime,
) -> Action:
    """Write down an action; the same `action_id` again writes nothing.

    Args:
        window: when it runs, half-open. indicator: taken as it is; who calls knows the review's figures.

    Raises:
        UsageError: there is no such brand, the text is empty or too long, the window is empty, or a rule is none.
    """
    history(connection, brand)  # raises for a brand that nobody defined
    served = sorted(set(rules))
    if served and not {*served} <= {*RULES}:
        msg = f"rule: found {next(rule for rule in served if rule not in RULES)}; the rules have numbers from 1 to 16"
        raise UsageError(msg)
    since, until = window
    if until <= since:
        msg = f"to: found {until:%Y-%m-%d %H:%M}, from {since:%Y-%m-%d %H:%M}; an action ends after it begins"
        raise UsageError(msg)
    row = {
        "id": action_id,
        "brand": brand,
        "text": words("text", text, MOST_LETTERS),
        "since": since,
        "until": until,
        "indicator": indicator,
        "rules": msgspec.json.encode(served).decode(),
        "added_at": now,
        "added_by": scrub(who),
    }
    connection.execute(insert(connection, actions).on_conflict_do_nothing(), row)
    return find_action(connection, action_id)


def close_action(
    connection: Connection, id_: str, outcome: str, word: str | None, *, who: str, event_id: str, now: datetime
) -> Action:
    """Write down how an action ended. Closing it again corrects that; the same `event_id` again writes nothing.

    Raises:
        UsageError: there is no such action or outcome, or the closing word is empty or too long.
    """
    if outcome not in OUTCOMES:
        msg = f"outcome: found {outcome!r}; an action ends {' or '.join(OUTCOMES)}"
        raise UsageError(msg)
    action = find_action(connection, id_)
    text = None if word is None else words("note", word, MOST_CLOSING)
    row = {"event_id": event_id, "action": action.id, "at": now, "who": scrub(who), "what": outcome, "text": text}
    connection.execute(insert(connection, action_events).on_conflict_do_nothing(), row)
    return find_action(connection, action.id)


def find_action(connection: Connection, id_: str) -> Action:
    """Read one action by its id, or by the beginning of it that no other has.

    Raises:
        UsageError: there is none, or several.
    """
    found = _read(connection, [_A.id == id_]) or _read(connection, [_A.id.startswith(id_, autoescape=True)])
    if len(found) != 1 or not id_:
        many = "several actions begin with" if found else "there is no action"
        msg = f"{many} {id_!r}; `atalaya action list` shows them"
        raise UsageError(msg)
    return found[0]


def list_actions(
    connection: Connection, brands: Sequence[str] | None = None, *, open_only: bool = False
) -> list[Action]:
    """Read actions, those that began last first; `brands` None: of every brand."""
    where = [] if brands is None else [_A.brand.in_(brands)]
    found = [one for one in _read(connection, where) if one.state == "open" or not open_only]
    return sorted(found, key=lambda one: (-one.since.timestamp(), one.id))


def actions_between(
    connection: Connection, since: datetime, until: datetime, brands: Sequence[str] | None = None
) -> list[Action]:
    """Read the actions that run at some moment of [since, until), first begun first; `brands` None: of every brand."""
    where = [_A.since < until, _A.until > since]
    return _read(connection, where if brands is None else [*where, _A.brand.in_(brands)])


def words(field: str, text: str, most: int) -> str:
    """What a person wrote, on one line.

    Raises:
        UsageError: nothing, or more than `most` characters.
    """
    clean = " ".join(scrub(text).split())
    if not 0 < len(clean) <= most:
        msg = f"{field}: found {len(clean)} characters; write 1 to {most}"
        raise UsageError(msg)
    return clean


def _read(connection: Connection, where: Sequence[ColumnElement[bool]]) -> list[Action]:
    rows = connection.execute(select(actions).where(*where).order_by(_A.since, _A.id)).mappings().all()
    ends = _ends(connection, where) if rows else {}
    return [
        Action(**{**row, "rules": tuple(msgspec.json.decode(row["rules"])), **ends.get(row["id"], {})}) for row in rows
    ]


def _ends(connection: Connection, where: Sequence[ColumnElement[bool]]) -> dict[str, dict[str, Any]]:
    """By action, its last event."""
    query = select(action_events).join(actions, _A.id == _E.action).where(*where).order_by(_E.at, _E.event_id)
    return {
        row.action: {"state": row.what, "closed_at": row.at, "closed_by": row.who, "word": row.text}
        for row in connection.execute(query)
    }
