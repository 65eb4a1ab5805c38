"""From a step in the store to a message in a sink, on both databases."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import select, update

from mentions.brands import Brand
from mentions.clock import tick_of
from mentions.errors import StoreUnavailable
from processors.detection.steps import AlertStep
from processors.notifying import claims
from processors.notifying.claims import not_told
from processors.notifying.notifier import Notifier, Way
from processors.notifying.routing import Route
from processors.notifying.sending import Parcel, WebhookSender
from processors.notifying.telling import Voice
from processors.store import schema
from processors.store.alerting import take_steps
from processors.store.brands import add_version
from processors.store.opening import Store
from tests.servers.sinks import HookSink, hook_sink
from tests.store_rows import NOON, mention, person, put, put_people

MINUTE = timedelta(minutes=1)


@pytest.fixture
def hooks() -> Iterator[HookSink]:
    """A web server that takes hooks."""
    with hook_sink() as sink:
        yield sink


class Machine:
    """A store with a channel, and a notifier whose clock the test drives."""

    def __init__(self, store: Store, hooks: HookSink) -> None:
        self.store, self.now = store, NOON + 2 * MINUTE
        self.waits: list[float | None] = []
        way = Way(WebhookSender(hooks.url), Voice(public_url="https://atalaya.example"))
        self.notifier = Notifier(store, {"hook": way}, who="me", now=lambda: self.now, observe=self.waits.append)

    def take(self, step: str, minutes: int = 0, **fields: Any) -> None:
        """Let a detector tell a step of a negative spike."""
        self.now = NOON + (minutes + 2) * MINUTE
        opened = tick_of(NOON)
        values: dict[str, Any] = {"severity": "high", "score": 3.0, "evidence": {"negatives": 10.0 + minutes}, **fields}
        told = AlertStep(
            step=step,  # type: ignore[arg-type] # one of the four
            kind="negative_spike",
            brand="lumbre",
            opened_tick=opened,
            tick=opened + minutes,
            **values,
        )
        why = {told.alert_id: {"terms": [{"term": "moho"}], "mentions": ["bluesky:1", "bluesky:2", "bluesky:3"]}}
        with self.store.writing() as connection:
            take_steps(
                connection,
                [told],
                channels=[Route(channel="hook")],
                explanations=why,
                historic_before=self.now - 60 * MINUTE,
                now=self.now,
            )

    def tell(self) -> int:
        """Let the notifier send what is due."""
        return self.notifier.tell("hook")

    def deliveries(self) -> list[tuple[str, int, str | None, datetime]]:
        """State, attempts, error, when due: by step."""
        d = schema.deliveries.c
        with self.store.reading() as connection:
            rows = connection.execute(select(d.state, d.attempts, d.error, d.due_at).order_by(d.number))
            return [(row.state, row.attempts, row.error, row.due_at) for row in rows]


@pytest.fixture
def machine(store: Store, hooks: HookSink) -> Machine:
    """A machine over a store with three posts."""
    with store.writing() as connection:
        put(connection, mention("bluesky:1", text="Hay moho en el pan", url="https://bsky.example/1"))
        put(connection, mention("bluesky:2", text="Moho otra vez", url="https://bsky.example/2"))
        put_people(connection, person())
    return Machine(store, hooks)


def body(hooks: HookSink, at: int = -1) -> dict[str, Any]:
    """What a hook brought."""
    found: dict[str, Any] = msgspec.json.decode(hooks.hooks[at].body)
    return found


def test_a_step_becomes_a_message(machine: Machine, hooks: HookSink) -> None:
    """A step's message arrives once, with cause, quotes, links, and the alert itself for programs."""
    machine.take("open")
    assert (machine.tell(), machine.tell()) == (1, 0)
    (hook,) = hooks.hooks
    told = body(hooks)
    assert hook.headers["idempotency-key"] == f"{told['alert']['id']}-1-hook"
    assert "moho" in told["title"]
    for fact in ("10 negative posts", "Hay moho en el pan", "ana.example", "https://bsky.example/1"):
        assert fact in told["body"]
    assert "https://atalaya.example/alerts/" in told["body"]
    assert told["alert"]["evidence"] == {"negatives": 10.0}
    assert told["alert"]["step"] == {"number": 1, "step": "open", "severity": "high"}
    assert "deliveries" not in told["alert"]
    assert machine.waits == [0.0]


def test_times_are_the_brands_unless_the_channel_has_its_own(machine: Machine, hooks: HookSink) -> None:
    """Without a zone of the channel's own, a message tells the time by the brand's clock."""
    with machine.store.writing() as connection:
        brand = Brand(name="lumbre", query="lumbre", time_zone="Europe/Madrid")
        add_version(connection, brand, who="ana", why="", now=NOON)
    machine.take("open")
    machine.tell()
    assert "Opened: 13:01, 1 min ago (Europe/Madrid)." in body(hooks)["body"]


def test_text_that_was_deleted_meanwhile_is_not_sent(machine: Machine, hooks: HookSink) -> None:
    """Quotes are read when the message leaves: what was erased, or is gone, says so and nothing else."""
    machine.take("open")
    with machine.store.writing() as connection:
        erased = {"text": None, "title": None, "url": None, "author_id": None, "erased_at": NOON}
        connection.execute(update(schema.mentions).where(schema.mentions.c.id == "bluesky:1").values(**erased))
    machine.tell()
    told = body(hooks)["body"]
    assert "Hay moho" not in told
    assert "bsky.example/1" not in told
    assert told.count("(deleted at its source)") == 2  # the third was never there
    assert "Moho otra vez" in told


def test_a_later_message_says_what_changed_since_the_one_before(machine: Machine, hooks: HookSink) -> None:
    """Against what this channel was told, not against what the detector said between."""
    machine.take("open")
    machine.tell()
    machine.take("update", 5)
    machine.take("escalate", 9, severity="critical")
    machine.tell()
    assert "severity critical, was high; 19 negatives, was 10." in body(hooks)["body"]
    machine.take("close", 70)
    machine.tell()
    assert "after 1 h 10 min. At its peak 80 negatives" in body(hooks)["body"]
    assert len(hooks.hooks) == 3


def test_a_sink_that_fails_is_tried_again(machine: Machine, hooks: HookSink) -> None:
    """A failure is kept with its reason, waits, and ends when the sink takes the message, under the same key."""
    machine.take("open")
    hooks.answer = 503
    assert machine.tell() == 0
    ((state, attempts, error, due_at),) = machine.deliveries()
    assert (state, attempts, error) == ("waiting", 1, "the webhook answered 503")
    assert due_at == machine.now + timedelta(seconds=5)
    hooks.answer = 200
    assert machine.tell() == 0
    machine.now = due_at
    assert machine.tell() == 1
    assert machine.deliveries()[0][:3] == ("sent", 2, None)


def test_what_waits_for_a_dead_sink_is_told_by_its_last_update(machine: Machine, hooks: HookSink) -> None:
    """News stays in line however long a sink is away; of updates that nobody has tried to send only the last."""
    hooks.answer = 503
    machine.take("open")
    machine.tell()
    for minutes in (40, 80, 120):
        machine.take("update", minutes)
    machine.take("escalate", 125, severity="critical")
    assert [state for state, *_ in machine.deliveries()] == [
        "waiting",
        "held back",
        "held back",
        "held back",
        "waiting",
    ]
    hooks.answer = 200
    machine.now += 60 * MINUTE
    assert machine.tell() == 2
    keys = hooks.keys()
    assert [key.split("-")[1] for key in keys] == ["1", "5"]


def test_a_message_that_cannot_be_made_stops_no_other(machine: Machine, hooks: HookSink) -> None:
    """Whatever is wrong with one alert, the others are told."""
    machine.take("open")
    with machine.store.writing() as connection:
        connection.execute(update(schema.alert_steps).values(evidence="no json"))
        row = {"alert": "0" * 16, "number": 1, "channel": "hook", "state": "waiting", "due_at": NOON, "attempts": 0}
        connection.execute(schema.deliveries.insert(), row)
    machine.take("escalate", 5, severity="critical")
    assert machine.tell() == 0  # the alert's own steps are all read
    states = [(state, attempts) for state, attempts, *_ in machine.deliveries()]
    assert states == [("waiting", 1)] * 3
    with machine.store.writing() as connection:
        connection.execute(update(schema.alert_steps).values(evidence="{}"))
    machine.now += MINUTE
    assert machine.tell() == 2


def test_a_store_that_is_away_for_a_moment_makes_no_message_leave_twice(
    machine: Machine, hooks: HookSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What has left while the store could not be told is marked as soon as it can be."""
    machine.take("open")

    def away(*_: object) -> None:
        raise StoreUnavailable("the store is locked")

    with monkeypatch.context() as patched:
        patched.setattr(claims, "mark_sent", away)
        for _ in range(2):
            with pytest.raises(StoreUnavailable):
                machine.tell()
    assert machine.deliveries()[0][0] == "waiting"
    assert machine.tell() == 0
    assert machine.deliveries()[0][0] == "sent"
    assert len(hooks.hooks) == 1


class SlowSender:
    """Takes a message once it may."""

    def __init__(self) -> None:
        self.began, self.may = threading.Event(), threading.Event()
        self.sent: list[str] = []

    def send(self, parcel: Parcel) -> None:
        """Wait until the test lets it go."""
        self.began.set()
        assert self.may.wait(10)
        self.sent.append(parcel.key)

    def check(self) -> str:
        """Nothing to look at."""
        return ""


def test_a_stop_lets_what_is_leaving_leave(machine: Machine) -> None:
    """A stopping notifier marks the message that it is sending, and begins no other."""
    machine.take("open")
    machine.take("escalate", 5, severity="critical")
    sender = SlowSender()
    notifier = Notifier(machine.store, {"hook": Way(sender, Voice())}, who="me", now=lambda: machine.now)
    with ThreadPoolExecutor(2) as pool:
        telling = pool.submit(notifier.tell, "hook")
        assert sender.began.wait(10)
        stopping = pool.submit(notifier.stop)
        time.sleep(0.05)
        assert not stopping.done()
        sender.may.set()
        stopping.result(10)
        assert telling.result(10) == 1
    assert [state for state, *_ in machine.deliveries()] == ["sent", "waiting"]
    assert notifier.tell("hook") == 0


def test_people_who_were_not_told_are_missed(machine: Machine, hooks: HookSink) -> None:
    """What has waited long, and what was given up lately, is counted; what is just leaving is not."""

    def missed(now: datetime) -> tuple[int, int]:
        with machine.store.reading() as connection:
            return not_told(connection, now - timedelta(days=7), now)

    machine.take("open")
    assert missed(machine.now + 5 * MINUTE) == (0, 0)
    assert missed(machine.now + 6 * MINUTE) == (1, 0)
    with machine.store.writing() as connection:
        connection.execute(update(schema.deliveries).values(state="failed"))
    assert missed(machine.now + 6 * MINUTE) == (0, 1)
    assert missed(machine.now + timedelta(days=8)) == (0, 0)
