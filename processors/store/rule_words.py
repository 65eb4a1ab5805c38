"""The team's own word on a rule of social media optimisation, where nothing can be measured. Never derived."""

from collections.abc import Sequence
from datetime import date, datetime

from msgspec import Struct
from sqlalchemy import Connection, select

from mentions.codec import scrub
from mentions.errors import UsageError
from processors.store.actions import RULES, words
from processors.store.brands import history
from processors.store.schema import rule_words
from processors.store.upserts import insert

MOST_LETTERS = 2_000
_W = rule_words.c


class RuleWord(Struct, frozen=True, kw_only=True):
    """What somebody said of a rule. `day`: the day that it is about, in the brand's time zone."""

    rule: int
    day: date
    at: datetime
    who: str
    text: str


def say_of_rule(
    connection: Connection, brand: str, rule: int, text: str, *, day: date, who: str, event_id: str, now: datetime
) -> RuleWord:
    """Write down the team's word on a rule; the same `event_id` again writes nothing.

    Raises:
        UsageError: there is no such brand or rule, or the text is empty or too long.
    """
    history(connection, brand)  # raises for a brand that nobody defined
    if rule not in RULES:
        msg = f"rule: found {rule}; the rules have numbers from 1 to 16"
        raise UsageError(msg)
    said = RuleWord(rule=rule, day=day, at=now, who=scrub(who), text=words("text", text, MOST_LETTERS))
    row = {"rule": rule, "day": day.isoformat(), "at": now, "who": said.who, "text": said.text}
    statement = insert(connection, rule_words).on_conflict_do_nothing()
    connection.execute(statement, {"event_id": event_id, "brand": brand, **row})
    return said


def words_on_rules(connection: Connection, brand: str, first: date, last: date) -> dict[int, RuleWord]:
    """By rule, the last word about a day from `first` to `last`, both inclusive: of the latest day, then the latest."""
    return {said.rule: said for said in _said(connection, brand, first, last)}


def _said(connection: Connection, brand: str, first: date, last: date) -> Sequence[RuleWord]:
    mine = (_W.brand == brand, _W.day >= first.isoformat(), _W.day <= last.isoformat())
    rows = connection.execute(select(rule_words).where(*mine).order_by(_W.day, _W.at, _W.event_id))
    return [
        RuleWord(rule=row.rule, day=date.fromisoformat(row.day), at=row.at, who=row.who, text=row.text) for row in rows
    ]
