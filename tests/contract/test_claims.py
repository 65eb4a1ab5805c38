"""What the store promises of deliveries on their way, on both databases."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from sqlalchemy import insert, select

from processors.notifying import claims
from processors.notifying.claims import Claim
from processors.store import schema
from processors.store.opening import Store
from tests.store_rows import NOON

SECOND = timedelta(seconds=1)
LEASE = 60 * SECOND


def due(store: Store, *alerts: str, channel: str = "mail", at: datetime = NOON) -> None:
    """Let the opening of some alerts wait for a channel."""
    with store.writing() as connection:
        rows = [
            {"alert": a, "number": 1, "channel": channel, "state": "waiting", "due_at": at, "attempts": 0}
            for a in alerts
        ]
        connection.execute(insert(schema.deliveries), rows)


def take(store: Store, who: str, now: datetime = NOON, channel: str = "mail", limit: int = 1) -> list[Claim]:
    """Claim in a transaction of its own."""
    with store.writing() as connection:
        return claims.claim(connection, channel, who, now, LEASE, limit=limit)


def fail(store: Store, mine: Claim, now: datetime = NOON, who: str = "one", error: str = "busy", **more: bool) -> bool:
    """Say that it did not leave."""
    with store.writing() as connection:
        return claims.mark_failed(connection, mine, who, now, error, **more)


def sent(store: Store, mine: Claim, now: datetime = NOON) -> None:
    """Say that it left."""
    with store.writing() as connection:
        claims.mark_sent(connection, mine, now)


def state(store: Store, alert: str = "a") -> tuple[str, int, str | None]:
    """How a delivery stands: state, attempts, error."""
    d = schema.deliveries.c
    with store.reading() as connection:
        row = connection.execute(select(d.state, d.attempts, d.error).where(d.alert == alert)).one()
    return (row.state, row.attempts, row.error)


def test_a_claim_is_nobody_elses_until_its_lease_ends(store: Store) -> None:
    """While a lease holds nobody else gets the delivery; when it has ended, anybody does, under the same key."""
    due(store, "a")
    (mine,) = take(store, "one")
    assert mine.key == "a-1-mail"
    assert take(store, "two", NOON + LEASE - SECOND) == []
    (theirs,) = take(store, "two", NOON + LEASE)
    assert (theirs.key, theirs.attempts) == (mine.key, 2)


def test_what_was_sent_is_sent_no_more(store: Store) -> None:
    """A delivery that has left is never due again, whoever marked it and whoever had the lease by then."""
    due(store, "a")
    (mine,) = take(store, "one")
    (theirs,) = take(store, "two", NOON + LEASE)
    sent(store, mine, NOON + LEASE + SECOND)
    assert not fail(store, theirs, NOON + 2 * LEASE, who="two")
    assert take(store, "three", NOON + 100 * LEASE) == []
    assert state(store) == ("sent", 2, None)


def test_only_what_is_due_and_for_this_channel(store: Store) -> None:
    """What is to leave later, or by another channel, is left alone; the longest due comes first."""
    due(store, "late", at=NOON + SECOND)
    due(store, "other", channel="team")
    due(store, "b", at=NOON - SECOND)
    due(store, "a")
    assert [mine.alert for mine in take(store, "one", limit=10)] == ["b", "a"]
    with store.reading() as connection:
        assert not claims.anything_due(connection, "mail", NOON)
        assert claims.anything_due(connection, "mail", NOON + SECOND)
        assert claims.anything_due(connection, "mail", NOON + LEASE)


def test_tries_come_ever_more_rarely_and_end(store: Store) -> None:
    """After each failure the next try waits twice as long, at most a quarter of an hour; after twenty it ends."""
    due(store, "a")
    now, waits = NOON, []
    for _ in range(claims.ATTEMPTS):
        (mine,) = take(store, "one", now)
        if fail(store, mine, now, error="the mail server answered 451"):
            break
        with store.reading() as connection:
            due_at = connection.scalar(select(schema.deliveries.c.due_at))
        assert due_at is not None
        assert take(store, "one", due_at - SECOND) == []
        waits.append((due_at - now) // SECOND)
        now = due_at
    assert waits[:5] == [5, 10, 20, 40, 80]
    assert waits == sorted(waits)
    assert waits[-1] == 900
    assert len(waits) == claims.ATTEMPTS - 1
    assert state(store) == ("failed", claims.ATTEMPTS, "the mail server answered 451")


def test_what_will_never_be_taken_is_given_up_at_once(store: Store) -> None:
    """A refusal for good ends the tries; its reason is kept."""
    due(store, "a")
    (mine,) = take(store, "one")
    assert fail(store, mine, error="no", for_good=True)
    assert state(store) == ("failed", 1, "no")


def test_two_notifiers_share_the_work(store: Store) -> None:
    """Two that claim at once never get the same delivery, and together they get all."""
    names = [f"{number:03}" for number in range(60)]
    due(store, *names)
    together = threading.Barrier(2)

    def work(who: str) -> list[str]:
        together.wait(10)
        found = []
        while mine := take(store, who):
            found += [claim.alert for claim in mine]
        return found

    with ThreadPoolExecutor(2) as pool:
        taken = [alert for found in pool.map(work, ("one", "two")) for alert in found]
    assert Counter(taken) == Counter(names)


def test_messages_for_channels_that_are_gone(store: Store) -> None:
    """What a channel that nobody configures any more was to be told is given up after a day, with the reason."""
    due(store, "a", channel="gone")
    due(store, "b")
    day = timedelta(days=1)
    with store.writing() as connection:
        assert claims.give_up_strangers(connection, ["mail"], NOON + day - SECOND) == 0
        assert claims.give_up_strangers(connection, ["mail"], NOON + day) == 1
    assert state(store)[::2] == ("failed", "no channel of this name is configured")
    assert state(store, "b")[0] == "waiting"
