"""What the store promises of the work that people do on mentions, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from mentions.errors import UsageError
from processors.store.corrections import correct_mention, correct_text, corrections, text_key
from processors.store.opening import Store
from processors.store.reading import list_mentions
from processors.store.work import UNTOUCHED, Change, Work, add_note, change_work, work_history
from tests.store_rows import NOON, mention, put

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _two_mentions(store: Store) -> None:
    with store.writing() as connection:
        put(connection, mention("rss:1"), mention("rss:2", title="Pan", text=None))


def change(store: Store, event_id: str, who: str = "ana", id_: str = "rss:1", now: Any = NOON, **fields: Any) -> Work:
    """Change fields in a transaction of its own."""
    with store.writing() as connection:
        return change_work(connection, "lumbre", id_, Change(**fields), who=who, event_id=event_id, now=now)


def note(store: Store, event_id: str, text: str, id_: str = "rss:1") -> None:
    """Write a note in a transaction of its own."""
    with store.writing() as connection:
        add_note(connection, "lumbre", id_, text, who="ana", event_id=event_id, now=NOON)


def history(store: Store) -> list[tuple[str, Any, Any]]:
    """Return what happened to the first mention: what, before, after."""
    with store.reading() as connection:
        return [
            (
                event.what,
                event.before and msgspec.json.decode(event.before),
                event.after and msgspec.json.decode(event.after),
            )
            for event in work_history(connection, "lumbre", "rss:1")
        ]


def test_what_people_change_stands_beside_the_mention(store: Store) -> None:
    """Changed fields are shown with the mention, fields not named stay, and every change is logged with both values."""
    change(store, "e1", status="open", tags=("queja ", "pan", "queja"), priority=1)
    after = change(store, "e2", now=NOON + MINUTE, assignee="luis", relevant=False, relevant_why="a family name")
    assert after == Work(
        status="open",
        assignee="luis",
        tags=("pan", "queja"),
        priority=1,
        relevant=False,
        relevant_why="a family name",
        changed_at=NOON + MINUTE,
    )
    with store.reading() as connection:
        by_id = {entry.id: entry.work for entry in list_mentions(connection)}
    assert by_id == {"rss:1": after, "rss:2": None}
    assert history(store) == [
        ("priority", 0, 1),
        ("status", "new", "open"),
        ("tags", [], ["pan", "queja"]),
        ("assignee", None, "luis"),
        ("relevant", None, False),
        ("relevant_why", None, "a family name"),
    ]


def test_a_form_sent_twice_counts_once(store: Store) -> None:
    """The same event again changes nothing, even when somebody changed the field meanwhile."""
    change(store, "e1", status="open")
    change(store, "e2", status="answered")
    assert change(store, "e1", status="open").status == "answered"
    note(store, "n1", "called them")
    note(store, "n1", "called them")
    assert history(store) == [("status", "new", "open"), ("status", "open", "answered"), ("note", None, "called them")]


def test_events_whose_names_begin_alike_are_different(store: Store) -> None:
    """An event is known by its whole name, not by its beginning, whichever came first."""
    statuses = ["open", "waiting", "answered", "open", "ignored", "open"]
    for event_id, status in zip(["e1-", "e1", "e", "e1.5", "e10", "e1/"], statuses, strict=True):
        assert change(store, event_id, status=status).status == status


def test_what_does_not_change_is_not_logged(store: Store) -> None:
    """A field set to the value that it has leaves no event, and an untouched mention untouched."""
    assert change(store, "e1", status="new", tags=()) == UNTOUCHED
    assert history(store) == []
    with store.reading() as connection:
        assert [entry.work for entry in list_mentions(connection)] == [None, None]


def test_a_field_can_be_emptied(store: Store) -> None:
    """None and empty words take a value away."""
    change(store, "e1", assignee="luis", relevant=True)
    after = change(store, "e2", assignee="  ", relevant=None)
    assert (after.assignee, after.relevant) == (None, None)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"status": "done"}, r"found status 'done'; allowed: new, open, waiting, answered, answered_private, ignored"),
        ({"priority": 9}, r"found priority 9; allowed: 0 \(normal\), 1 \(high\), 2 \(urgent\)"),
        ({"tags": tuple(map(str, range(21)))}, "found 21 tags"),
        ({"tags": ("x" * 51,)}, "of 51 characters; allowed: 20 tags of 50"),
        ({"relevant_why": "x" * 10_001}, "found relevant_why of 10001 characters"),
    ],
)
def test_what_is_not_allowed_changes_nothing(store: Store, fields: dict[str, Any], message: str) -> None:
    """A value outside what is allowed is refused with what is, and no field of the change is written."""
    with pytest.raises(UsageError, match=message):
        change(store, "e1", **{"assignee": "luis", **fields})
    assert history(store) == []


def test_work_needs_a_mention(store: Store) -> None:
    """Work, notes and corrections on a mention that is not stored are refused."""
    with pytest.raises(UsageError, match="brand 'lumbre' has no mention 'rss:9'"):
        change(store, "e1", id_="rss:9", status="open")
    with pytest.raises(UsageError, match="no mention"):
        note(store, "n1", "x", id_="rss:9")
    with pytest.raises(UsageError, match="no mention"), store.writing() as connection:
        correct_mention(connection, "lumbre", "rss:9", "positive", who="ana", now=NOON)


def test_an_empty_note_is_refused(store: Store) -> None:
    """A note without words is refused."""
    with pytest.raises(UsageError, match="the note is empty"):
        note(store, "n1", " \n")


def test_words_may_hold_any_character(store: Store) -> None:
    """Notes, tags and names hold NUL and half characters as U+FFFD, and everything else as it was written."""
    note(store, "n1", "¡ay! \0 \ud800 😀 'quote' \"x\"")
    assert change(store, "e1", tags=("a\0",), who="\ud800").tags == ("a\ufffd",)
    assert history(store)[1] == ("note", None, "¡ay! \ufffd \ufffd 😀 'quote' \"x\"")


def test_people_at_the_same_time_lose_no_event(store: Store) -> None:
    """Changes of different fields by several people in the same moment are all kept, and logged in a chain."""

    def add(number: int) -> None:
        change(store, f"e{number:02}", who=f"p{number}", tags=(f"t{number}",), now=NOON + number * MINUTE)
        change(store, f"s{number:02}", who=f"p{number}", priority=number % 3)

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(add, range(12)))
    befores = [tuple(before) for what, before, _ in history(store) if what == "tags"]
    afters = [tuple(after) for what, _, after in history(store) if what == "tags"]
    assert len(set(afters)) == 12
    assert sorted([*befores, work_tags(store)]) == sorted([(), *afters])


def work_tags(store: Store) -> tuple[str, ...]:
    """Return the tags that stand beside the first mention now."""
    with store.reading() as connection:
        (work,) = [entry.work for entry in list_mentions(connection) if entry.id == "rss:1"]
    assert work is not None
    return work.tags


def test_a_correction_keeps_the_text_that_it_is_about(store: Store) -> None:
    """A correction holds the mention's title and text; a later one for the same text takes its place."""
    with store.writing() as connection:
        correct_mention(connection, "lumbre", "rss:1", "negative", who="ana", now=NOON)
        second = correct_mention(connection, "lumbre", "rss:1", "neutral", who="luis", now=NOON + MINUTE)
        titled = correct_mention(connection, "lumbre", "rss:2", "positive", who="ana", now=NOON)
        loose = correct_text(connection, "nubira", "vuelo tarde\0", "negative", who="ana", now=NOON)
    assert (second.text, titled.text) == ("El pan de Lumbre, rss:1", "Pan\n")
    assert loose.text_key == text_key("vuelo tarde\ufffd")
    with store.reading() as connection:
        assert corrections(connection) == [second, titled, loose]
        assert corrections(connection, ["nubira"]) == [loose]


def test_only_opinions_can_be_corrections(store: Store) -> None:
    """A person cannot correct a label to `unjudged` or to a word of their own."""
    for label in ("unjudged", "good", ""):
        with pytest.raises(UsageError, match="allowed: positive, neutral, negative"), store.writing() as connection:
            correct_text(connection, "lumbre", "x", label, who="ana", now=NOON)
    with pytest.raises(UsageError, match="the text is empty"), store.writing() as connection:
        correct_text(connection, "lumbre", " ", "positive", who="ana", now=NOON)
