"""Notifiers that are killed at random moments tell everything, and repeat only what they were telling."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from mentions.clock import tick_of
from processors.detection.steps import AlertStep
from processors.notifying.routing import Route
from processors.store.alerting import take_steps
from processors.store.opening import Store, open_store
from processors.store.schema import deliveries
from tests.servers.sinks import HookSink, MailSink, hook_sink, mail_sink
from tests.store_rows import mention, put

ALERTS, KILLS, LEASE = 20, 8, 1.0
CHANNELS = (Route(channel="hook"), Route(channel="mail"))


def fill(store: Store) -> set[str]:
    """Let alerts open just now; the keys that must arrive."""
    now = datetime.now(UTC)
    tick = tick_of(now) - 1
    with store.writing() as connection:
        put(connection, mention("bluesky:1", created_at=now - timedelta(minutes=2)))
        steps = [
            AlertStep(
                step="open",
                kind="watchword",
                brand="lumbre",
                subject=f"list{number}",
                opened_tick=tick,
                tick=tick,
                severity="high",
                score=1.0,
                evidence={"terms": ["moho"], "posts": 1, "distinct_authors": 1, "mentions": ["bluesky:1"]},
            )
            for number in range(ALERTS)
        ]
        take_steps(
            connection, steps, channels=CHANNELS, explanations={}, historic_before=now - timedelta(hours=1), now=now
        )
    return {f"{step.alert_id}-1" for step in steps}


def waiting(store: Store) -> int:
    """How many deliveries have not left, as far as the store knows."""
    with store.reading() as connection:
        count = select(func.count()).select_from(deliveries).where(deliveries.c.state == "waiting")
        return int(connection.scalar(count) or 0)


@contextmanager
def nursery(store_url: str, hooks: HookSink, mails: MailSink, lease: float) -> Iterator["subprocess.Popen[str]"]:
    """What starts notifiers with leases of so many seconds."""
    command = [sys.executable, "-m", "tests.crash.notifying", store_url, hooks.url, str(mails.port), str(lease)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:
        try:
            yield process
        finally:
            process.kill()


def start(process: "subprocess.Popen[str]") -> int:
    """Start a notifier; its id."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("go\n")
    process.stdin.flush()
    return int(process.stdout.readline())


def wait_for(process: "subprocess.Popen[str]") -> None:
    """Return when the notifier is gone."""
    assert process.stdout is not None
    assert process.stdout.readline() == "gone\n"


def within(seconds: float, condition: Callable[[], bool]) -> None:
    """Wait for a condition, but no longer."""
    limit = time.monotonic() + seconds
    while not condition() and time.monotonic() < limit:
        time.sleep(0.005)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("seed", [1, 2])
def test_killed_notifiers_tell_everything(store_url: str, seed: int) -> None:
    """Whenever notifiers are killed, every message arrives; one twice only under its own key, once per kill at most."""
    moments = random.Random(seed)
    with open_store(store_url) as store, hook_sink() as hooks, mail_sink() as mails:
        expected = fill(store)
        with nursery(store_url, hooks, mails, LEASE) as process:
            for _ in range(KILLS):
                child = start(process)
                told = len(hooks.hooks) + len(mails.mails)
                within(10.0, lambda told=told: len(hooks.hooks) + len(mails.mails) > told or not waiting(store))
                time.sleep(moments.uniform(0.0, 0.05))
                with suppress(ProcessLookupError):  # it may just have told the last
                    os.kill(child, signal.SIGKILL)
                wait_for(process)
            while waiting(store):
                start(process)
                wait_for(process)
                time.sleep(LEASE / 4)  # what a killed one held is taken over after its lease
        for channel, keys in (("hook", hooks.keys()), ("mail", mails.keys())):
            arrived = Counter(key.removesuffix(f"-{channel}") for key in keys)
            assert arrived.keys() == expected
            assert sum(arrived.values()) <= ALERTS + KILLS


def test_two_notifiers_at_once_tell_everything_once(store_url: str) -> None:
    """Two processes that nobody kills share the messages: each arrives exactly once."""
    with open_store(store_url) as store, hook_sink() as hooks, mail_sink() as mails:
        expected = fill(store)
        with nursery(store_url, hooks, mails, 60) as one, nursery(store_url, hooks, mails, 60) as two:
            start(one)
            start(two)
            wait_for(one)
            wait_for(two)
        assert waiting(store) == 0
        for channel, keys in (("hook", hooks.keys()), ("mail", mails.keys())):
            assert Counter(keys) == Counter(f"{key}-{channel}" for key in expected)
        assert "moho" in str(mails.mails[0]["Subject"])
        assert "El pan de Lumbre" in mails.mails[0].get_content()
