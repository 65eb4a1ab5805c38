"""What the store promises of the team's own log: actions, how they ended, its word on rules; on both databases."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from mentions.brands import Brand
from mentions.errors import UsageError
from processors.store.actions import Action, actions_between, add_action, close_action, find_action, list_actions
from processors.store.brands import add_version
from processors.store.opening import Store
from processors.store.rule_words import say_of_rule, words_on_rules

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _two_brands(store: Store) -> None:
    with store.writing() as connection:
        for name in ("lumbre", "nubira"):
            add_version(connection, Brand(name=name, query=name), who="t", why="", now=MONDAY)


def add(store: Store, id_: str, first: int = 0, days: int = 7, brand: str = "lumbre", **fields: Any) -> Action:
    """Add an action that begins so many days after Monday."""
    window = (MONDAY + first * DAY, MONDAY + (first + days) * DAY)
    given = {"text": f"action {id_}", "indicator": "net_sentiment", "who": "ana", "now": MONDAY, **fields}
    with store.writing() as connection:
        return add_action(connection, brand, given.pop("text"), window, given.pop("indicator"), action_id=id_, **given)


def close(store: Store, id_: str, outcome: str, event_id: str, word: str | None = None, day: int = 8) -> Action:
    """Close an action so many days after Monday."""
    with store.writing() as connection:
        return close_action(connection, id_, outcome, word, who="leo", event_id=event_id, now=MONDAY + day * DAY)


def test_an_action_is_kept_as_it_was_written(store: Store) -> None:
    """Its words on one line, its window, its indicator, its rules once each; it is open."""
    made = add(store, "a1", text="  campaign\n Navidad ", rules=(13, 8, 13))
    assert (made.text, made.since, made.until) == ("campaign Navidad", MONDAY, MONDAY + 7 * DAY)
    assert (made.indicator, made.rules, made.state, made.closed_at) == ("net_sentiment", (8, 13), "open", None)
    assert add(store, "a1", text="another") == made
    with store.reading() as connection:
        assert find_action(connection, "a") == made


def test_the_last_word_on_how_an_action_ended_counts(store: Store) -> None:
    """Closing appends; a correction is later, and the same event twice counts once."""
    add(store, "a1")
    assert close(store, "a1", "dropped", "e1", "no time").state == "dropped"
    fixed = close(store, "a1", "done", "e2", day=9)
    assert (fixed.state, fixed.closed_by, fixed.closed_at, fixed.word) == ("done", "leo", MONDAY + 9 * DAY, None)
    assert close(store, "a1", "dropped", "e1").state == "done"


def test_actions_between_two_moments_are_those_that_run_then(store: Store) -> None:
    """Half-open on both sides, first begun first, of the brands asked for."""
    for id_, first, days in (("before", -7, 7), ("into", -1, 2), ("within", 2, 1), ("after", 7, 3)):
        add(store, id_, first, days)
    add(store, "other", 3, 1, brand="nubira")
    with store.reading() as connection:
        week = actions_between(connection, MONDAY, MONDAY + 7 * DAY)
        assert [one.id for one in week] == ["into", "within", "other"]
        mine = actions_between(connection, MONDAY, MONDAY + 7 * DAY, ["lumbre"])
        assert [one.id for one in mine] == ["into", "within"]
        assert actions_between(connection, MONDAY, MONDAY + 7 * DAY, []) == []


def test_a_list_begins_with_what_began_last(store: Store) -> None:
    """Of every brand or of one; the open ones alone where that is asked."""
    add(store, "a1")
    add(store, "a2", 1)
    add(store, "a3", 2, brand="nubira")
    close(store, "a2", "done", "e1")
    with store.reading() as connection:
        assert [one.id for one in list_actions(connection)] == ["a3", "a2", "a1"]
        assert [one.id for one in list_actions(connection, ["lumbre"], open_only=True)] == ["a1"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"brand": "kolibri"}, "kolibri"),
        ({"text": " \n"}, "text: found 0 characters; write 1 to 200"),
        ({"text": "x" * 201}, "text: found 201 characters"),
        ({"days": 0}, "to: found 2026-11-16 00:00, from 2026-11-16 00:00; an action ends after it begins"),
        ({"rules": (17,)}, "rule: found 17; the rules have numbers from 1 to 16"),
    ],
)
def test_what_is_wrong_is_named_and_not_written(store: Store, fields: dict[str, Any], said: str) -> None:
    """The sentence names the field, what was found, and what would be right."""
    with pytest.raises(UsageError, match=said):
        add(store, "a1", **fields)
    with store.reading() as connection:
        assert list_actions(connection) == []


def test_only_an_action_that_is_there_can_end_and_in_two_ways(store: Store) -> None:
    """An unknown id, a beginning that several have, and another outcome are refused."""
    add(store, "a1")
    add(store, "a2")
    for id_, outcome, said in (("b", "done", "no action 'b'"), ("a", "done", "several actions begin with 'a'")):
        with pytest.raises(UsageError, match=said):
            close(store, id_, outcome, "e1")
    with pytest.raises(UsageError, match="outcome: found 'won'; an action ends done or dropped"):
        close(store, "a1", "won", "e1")


def test_the_word_on_a_rule_is_that_of_the_latest_day(store: Store) -> None:
    """Of the days asked for the latest, of one day what was said last; each with who and when."""
    with store.writing() as connection:
        for number, (rule, day, text) in enumerate(
            [(6, 18, "first"), (6, 18, "second"), (6, 17, "later said, of a day before"), (2, 23, "next week")]
        ):
            say_of_rule(
                connection, "lumbre", rule, text, day=date(2026, 11, day), who="ana", event_id=f"w{number}",
                now=MONDAY + number * DAY,
            )  # fmt: skip
        with pytest.raises(UsageError, match="rule: found 0; the rules have numbers from 1 to 16"):
            say_of_rule(connection, "lumbre", 0, "x", day=date(2026, 11, 18), who="ana", event_id="w9", now=MONDAY)
        found = words_on_rules(connection, "lumbre", date(2026, 11, 16), date(2026, 11, 22))
    assert list(found) == [6]
    assert (found[6].text, found[6].day, found[6].who, found[6].at) == (
        "second", date(2026, 11, 18), "ana", MONDAY + DAY,
    )  # fmt: skip
