"""`atalaya serve` as a process tells people of what others fold into its store, also when it is killed between."""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from mentions.clock import tick_of
from processors.detection.steps import AlertStep
from processors.notifying.routing import Route
from processors.store.alerting import take_steps
from processors.store.opening import Store, open_store
from processors.store.schema import deliveries
from tests.servers.sinks import HookSink, MailSink, hook_sink, mail_sink
from tests.store_rows import mention, put

CONFIG = """
[store]
url = "store.sqlite"
[[channel]]
type = "webhook"
name = "hook"
url = "file:hook.txt"
[[channel]]
type = "mail"
name = "mail"
language = "es"
to = ["ana@lumbre.example"]
sender = "atalaya@lumbre.example"
host = "127.0.0.1"
port = {port}
security = "none"
"""
CHANNELS = (Route(channel="hook"), Route(channel="mail"))
DEADLINE = 60.0


def within(condition: Callable[[], bool], what: str) -> None:
    """Wait for something that must come."""
    limit = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < limit, what
        time.sleep(0.02)


@contextmanager
def serving(folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """`atalaya serve` in a folder; killed, not asked to end."""
    command = [sys.executable, "-c", "from atalaya.cli import main; main()", "serve", "--port", "0"]
    with (folder / "serve.log").open("ab") as log, subprocess.Popen(command, cwd=folder, stderr=log) as process:
        try:
            yield process
        finally:
            process.kill()


def open_alert(store: Store, number: int) -> str:
    """Fold an alert that opened in the last minute; its id."""
    now = datetime.now(UTC)
    tick = tick_of(now) - 1
    step = AlertStep(
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
    with store.writing() as connection:
        take_steps(
            connection, [step], channels=CHANNELS, explanations={}, historic_before=now - timedelta(hours=1), now=now
        )
    return step.alert_id


@pytest.fixture
def sinks(tmp_path: Path) -> Iterator[tuple[HookSink, MailSink]]:
    """Both ends, named in a configuration."""
    with hook_sink() as hooks, mail_sink() as mails:
        (tmp_path / "atalaya.toml").write_text(CONFIG.format(port=mails.port))
        (tmp_path / "hook.txt").write_text(f"{hooks.url}\n")
        yield hooks, mails


def test_serve_tells_people_and_goes_on_after_a_kill(sinks: tuple[HookSink, MailSink], tmp_path: Path) -> None:
    """Alerts that are folded while `serve` runs leave within seconds by mail and hook; what was folded while it lay
    killed leaves after its start; each under one key.
    """
    hooks, mails = sinks
    with open_store(str(tmp_path / "store.sqlite")) as store:
        with store.writing() as connection:
            put(connection, mention("bluesky:1", created_at=datetime.now(UTC), text="Hay moho en el pan"))
        told = [open_alert(store, 0)]
        with serving(tmp_path):
            within(lambda: len(hooks.hooks) == len(mails.mails) == 1, "the first is told")
            told += [open_alert(store, number) for number in range(1, 6)]
            within(lambda: all(state == "sent" for state, *_ in rows(store)), "all are told")
        told.append(open_alert(store, 6))
        with serving(tmp_path):
            within(lambda: len(hooks.hooks) == len(mails.mails) == 7, "what was folded meanwhile is told")
            within(lambda: all(state == "sent" for state, *_ in rows(store)), "all are marked")
        waits = [sent - due for _, sent, due in rows(store)[:12] if sent is not None]
    assert Counter(hooks.keys()) == Counter(f"{alert}-1-hook" for alert in told)
    assert Counter(mails.keys()) == Counter(f"{alert}-1-mail" for alert in told)
    assert "palabras graves (alta): moho" in str(mails.mails[0]["Subject"])
    assert "«Hay moho en el pan»" in mails.mails[0].get_content()
    assert sorted(waits)[-3] < timedelta(seconds=15)  # but for the first of each channel, which waited for the start


def rows(store: Store) -> list[tuple[str, datetime | None, datetime]]:
    """State, when sent and when due of each delivery."""
    d = deliveries.c
    with store.reading() as connection:
        return [tuple(row) for row in connection.execute(select(d.state, d.sent_at, d.due_at).order_by(d.due_at))]
