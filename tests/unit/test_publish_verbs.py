"""`atalaya dashboards publish` and `annotate` as somebody uses them, against a stand-in of Grafana."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dashboards.grafana.publishing import sources_of
from mentions.brands import Brand
from mentions.clock import tick_of
from mentions.settings import StoreSettings
from mentions.settings_grafana import GrafanaSettings
from mentions.settings_schema import Secret
from processors.detection.steps import AlertStep
from processors.store.actions import add_action, close_action
from processors.store.alerting import take_steps
from processors.store.brands import add_version
from processors.store.opening import open_store
from tests.servers.grafana import Fault, GrafanaStub, grafana_stub
from tests.store_rows import NOON
from tests.unit.test_cli import Call, call

__all__ = ["call"]
TITLES = ("Reputation live", "Brand", "Compare brands", "Weekly", "Pipeline health")


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[GrafanaStub]:
    """A Grafana that the environment names, with the token of an administrator."""
    with grafana_stub() as stub:
        monkeypatch.setenv("ATALAYA_GRAFANA_URL", stub.url)
        monkeypatch.setenv("ATALAYA_GRAFANA_TOKEN", "glsa_admin")
        yield stub


def publish(call: Call, *arguments: str) -> tuple[int, str, str]:
    """Call `dashboards publish`."""
    return call("dashboards", "publish", *arguments)


def test_published_twice_is_published_once(call: Call, stub: GrafanaStub, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first call makes data sources, folder and dashboards; the second writes nothing, and both say so."""
    monkeypatch.setenv("ATALAYA_GRAFANA_PROMETHEUS", "http://prometheus.example:9090/")
    monkeypatch.setenv("ATALAYA_STORE_URL", "postgresql://atalaya@db.example/mentions?sslmode=verify-full")
    monkeypatch.setenv("ATALAYA_STORE_PASSWORD", "owner-word")
    monkeypatch.setenv("ATALAYA_GRAFANA_STORE_PASSWORD", "reader-word")
    code, out, err = publish(call)
    assert (code, err) == (0, "")
    things = ["data source Atalaya (Prometheus)", "data source Atalaya (PostgreSQL)", "folder Atalaya"]
    things += [f"dashboard {title}" for title in TITLES]
    assert out.splitlines() == [*(f"created    {thing}" for thing in things), "8 created"]
    assert stub.datasources["prometheus"]["url"] == "http://prometheus.example:9090"
    store = stub.datasources["store"]
    assert (store["url"], store["user"], store["access"]) == ("db.example:5432", "reader", "proxy")
    assert store["jsonData"] == {"database": "mentions", "sslmode": "verify-full"}
    assert store["secureJsonData"] == {"password": "reader-word"}
    assert "owner-word" not in str(stub)
    writes = len(stub.writes)
    code, again, err = publish(call, "--diff")
    assert (code, err) == (0, "")
    assert again.splitlines() == [*(f"unchanged  {thing}" for thing in things), "8 unchanged; nothing was written"]
    assert len(stub.writes) == writes
    assert "word" not in out + again


def test_a_dry_run_says_what_would_be(call: Call, stub: GrafanaStub) -> None:
    """`--dry-run` writes nothing; what the configuration leaves out is said, and is no failure."""
    code, out, err = publish(call, "--dry-run", "--lang", "es")
    assert code == 0
    assert out.splitlines()[0] == "would be created folder Atalaya (español)"
    assert out.splitlines()[-1] == "6 would be created"
    assert err.splitlines() == [
        "note: no prometheus in [grafana]: dashboards take Grafana's own data source of that type",
        "note: the store is SQLite, which Grafana cannot read: tables of posts stay empty",
    ]
    assert stub.writes == []


def test_a_hand_in_grafana_is_shown_and_stays(call: Call, stub: GrafanaStub) -> None:
    """What somebody saved is EDITED, shown by `--diff`, exit 1; the rest is published; `--force` writes over it."""
    publish(call)
    stub.saved_by_hand("atalaya-live-en", title="Mine", refresh="5s")
    stub.folders["atalaya-en"]["title"] = "Old"
    code, out, err = publish(call, "--diff")
    assert code == 1
    assert "changed    folder Atalaya\n           title: it was Old\n" in out
    assert (
        "EDITED     dashboard Reputation live: somebody saved it in Grafana: version 2, published was 1\n"
        '           title: "Mine" -> "Reputation live"\n'
        '           refresh: "5s" -> "30s"\n'
    ) in out
    assert out.endswith("1 changed, 4 unchanged, 1 edited\n")
    assert "--force overwrites it" in err
    assert stub.dashboards["atalaya-live-en"]["dashboard"]["title"] == "Mine"
    assert publish(call, "--force")[0] == 0
    assert publish(call)[1].endswith("6 unchanged; nothing was written\n")


def test_a_long_difference_is_cut(call: Call, stub: GrafanaStub) -> None:
    """Of a dashboard that was emptied by hand a dozen lines are shown, and how many more there are."""
    publish(call)
    stub.saved_by_hand("atalaya-live-en", panels=[])
    out = publish(call, "--diff")[1]
    assert out.count('panel "') == 12
    assert " more\n" in out


def test_one_refusal_holds_up_nothing_else(call: Call, stub: GrafanaStub) -> None:
    """A dashboard that Grafana refuses is told with the reason and exit 1; the others are published."""
    refusal = {"message": "A dashboard with the same name in the folder already exists", "status": "name-exists"}
    stub.faults = [None, None, None, None, Fault(412, body=refusal)]
    code, out, _ = publish(call)
    assert code == 1
    assert 'REFUSED    the dashboard "Reputation live": another one of this name is in the folder' in out
    assert out.endswith("5 created, 1 refused\n")
    assert len(stub.dashboards) == 4


def test_what_is_no_dashboard_of_ours_any_more_is_named(call: Call, stub: GrafanaStub) -> None:
    """A dashboard of an earlier edition stays in the folder, and is named for somebody to delete."""
    publish(call)
    stub.dashboards["atalaya-old-en"] = {**stub.dashboards["atalaya-live-en"], "id": 50}
    code, out, _ = publish(call)
    assert code == 0
    assert "kept       dashboard Reputation live: no dashboard of this version; delete it\n" in out


def test_links_lead_to_the_console_that_people_reach(
    call: Call, stub: GrafanaStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `public_url` of [notify], panels lead there; without, to this machine, as the files do."""
    publish(call)
    monkeypatch.setenv("ATALAYA_NOTIFY_PUBLIC_URL", "https://console.example/")
    out = publish(call, "--diff")[1]
    assert 'variable "console", query: "http://127.0.0.1:8080" -> "https://console.example"\n' in out
    variables = stub.dashboards["atalaya-live-en"]["dashboard"]["templating"]["list"]
    assert next(one for one in variables if one["name"] == "console")["current"]["value"] == "https://console.example"


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("ATALAYA_GRAFANA_URL", "", "grafana.url: it is missing; write the address of Grafana below [grafana]"),
        ("ATALAYA_GRAFANA_TOKEN", "", "grafana.token: it is missing; set ATALAYA_GRAFANA_TOKEN to the token of a"),
        ("ATALAYA_GRAFANA_TOKEN", "glsa_old", "does not accept the token (Invalid API key)"),
        ("ATALAYA_GRAFANA_ORGANISATION", "2", "is of another organisation than 2"),
        ("ATALAYA_GRAFANA_TOKEN", "file:nowhere", "grafana.token: cannot read"),
    ],
)
@pytest.mark.parametrize("verb", ["publish", "annotate"])
def test_what_is_wrong_is_said_before_anything(
    call: Call,
    stub: GrafanaStub,
    alerts: list[str],
    monkeypatch: pytest.MonkeyPatch,
    verb: str,
    variable: str,
    value: str,
    said: str,
) -> None:
    """Each mistake in the configuration is one sentence and exit 2, and nothing was written."""
    monkeypatch.setenv(variable, value)
    code, out, err = call(*(ANNOTATE if verb == "annotate" else ("dashboards", "publish")))
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
    assert stub.writes == []


def test_a_password_that_cannot_be_read_stops_everything(
    call: Call, stub: GrafanaStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reader's password is looked for before the first thing is written."""
    monkeypatch.setenv("ATALAYA_GRAFANA_PROMETHEUS", "http://prometheus.example:9090")
    monkeypatch.setenv("ATALAYA_STORE_URL", "postgresql://atalaya@db.example/mentions")
    monkeypatch.setenv("ATALAYA_GRAFANA_STORE_PASSWORD", "file:nowhere")
    code, out, err = publish(call)
    assert (code, out, stub.asked) == (2, "", [])
    assert "grafana.store_password: cannot read" in err


def test_an_answer_that_does_not_come_is_waited_for(call: Call, stub: GrafanaStub) -> None:
    """One failure of Grafana is told on the side and passes."""
    stub.faults = [Fault(503, body={"message": "starting"})]
    code, out, err = publish(call)
    assert (code, out.splitlines()[-1]) == (0, "6 created")
    assert f"Grafana at {stub.url} cannot now: it answers 503 (starting) to GET /api/search; try 2 of 5 in" in err


@pytest.mark.parametrize("after", [1, 4])
def test_killed_half_way_and_called_again(call: Call, stub: GrafanaStub, tmp_path: Path, after: int) -> None:
    """However far a call came before it was killed, the next one does the rest, and the one after that nothing."""
    reached, let_go = threading.Event(), threading.Event()

    def hold(asked: str) -> None:
        if len(stub.writes) == after and not asked.startswith("GET"):
            reached.set()
            let_go.wait(20)

    stub.meanwhile = hold
    command = [sys.executable, "-c", "from atalaya.cli import main; main()", "dashboards", "publish"]
    with subprocess.Popen(command, cwd=tmp_path, env=os.environ, stdout=subprocess.DEVNULL) as process:
        assert reached.wait(20)
        process.kill()
    let_go.set()
    code, out, _ = publish(call)
    assert (code, out.splitlines()[-1]) == (0, f"{6 - after} created, {after} unchanged")
    assert publish(call)[1].splitlines()[-1] == "6 unchanged; nothing was written"
    assert (len(stub.folders), len(stub.dashboards), stub.numbers) == (1, 5, 6)


# --- annotations ---


@pytest.fixture
def alerts(call: Call, tmp_path: Path) -> list[str]:
    """The ids of two stored alerts of lumbre: a spike that is over, and serious words that go on."""
    opened = tick_of(NOON)
    shared: dict[str, Any] = {"brand": "lumbre", "opened_tick": opened, "score": 3.4, "evidence": {"negatives": 41}}
    spike: dict[str, Any] = {**shared, "kind": "negative_spike", "severity": "high"}
    steps = [
        AlertStep(step="open", tick=opened, **spike),
        AlertStep(step="close", tick=opened + 60, **spike),
        AlertStep(step="open", tick=opened, kind="watchword", subject="safety", severity="critical", **shared),
    ]
    with open_store(str(tmp_path / "s.sqlite")) as store, store.writing() as connection:
        for step in steps:
            take_steps(connection, [step], channels=[], explanations={}, historic_before=NOON, now=NOON)
    return [steps[0].alert_id, steps[2].alert_id]


ANNOTATE = ("dashboards", "annotate", "--store", "s.sqlite", "--since", "2026-11-16")


def test_alerts_stand_once(call: Call, stub: GrafanaStub, alerts: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each alert is an annotation from opening to closing, with its tags and a link; the second call writes nothing."""
    monkeypatch.setenv("ATALAYA_NOTIFY_PUBLIC_URL", "https://console.example")
    code, out, _ = call(*ANNOTATE)
    assert (code, out.splitlines()[-1]) == (0, "2 created")
    spike = next(one for one in stub.annotations if f"atalaya-alert:{alerts[0]}" in one["tags"])
    assert spike["tags"][1:] == ["atalaya", "brand:lumbre", "kind:negative_spike", "severity:high"]
    assert spike["timeEnd"] - spike["time"] == timedelta(hours=1) // timedelta(milliseconds=1)
    assert spike["text"] == (f'<a href="https://console.example/alerts/{alerts[0]}">lumbre · negative spike (high)</a>')
    words = next(one for one in stub.annotations if f"atalaya-alert:{alerts[1]}" in one["tags"])
    assert words["timeEnd"] == words["time"]
    writes = len(stub.writes)
    assert call(*ANNOTATE)[1].splitlines()[-1] == "2 unchanged; nothing was written"
    assert len(stub.writes) == writes


def test_which_alerts_become_annotations(call: Call, stub: GrafanaStub, alerts: list[str]) -> None:
    """By brand, those open since then, in both languages; a dry run writes nothing; of none, that is said."""
    assert call(*ANNOTATE, "--brand", "kolibri")[1] == "nothing to publish; nothing was written\n"
    closed = call(*ANNOTATE[:-1], "2026-11-16T13:01Z", "--dry-run")[1]
    later = call(*ANNOTATE[:-1], "2026-11-16T13:02Z", "--dry-run")[1]
    assert (closed.splitlines()[-1], later.splitlines()[-1]) == ("2 would be created", "1 would be created")
    assert call(*ANNOTATE, "--dry-run")[1].splitlines()[-1] == "2 would be created"
    assert stub.writes == []
    call(*ANNOTATE, "--lang", "es")
    assert sorted(one["text"] for one in stub.annotations) == [
        "lumbre · palabras graves (crítica)",
        "lumbre · pico de negativas (alta)",
    ]


def test_actions_stand_beside_alerts(call: Call, stub: GrafanaStub, tmp_path: Path) -> None:
    """An action that ran since is a span, what the team wrote is shown as text, and its end changes it once."""
    with open_store(str(tmp_path / "s.sqlite")) as store, store.writing() as connection:
        add_version(connection, Brand(name="lumbre", query="lumbre"), who="t", why="", now=NOON)
        for name, first in (("a1", 0), ("before", -9), ("later", 40_000)):
            days = (NOON + timedelta(days=first), NOON + timedelta(days=first + 7))
            words = "<b>answer</b> in 2 h"
            add_action(connection, "lumbre", words, days, "net_sentiment", who="ana", action_id=name, now=NOON)
    assert call(*ANNOTATE)[1].splitlines()[-1] == "1 created"
    (one,) = stub.annotations
    assert one["text"] == "lumbre · &lt;b&gt;answer&lt;/b&gt; in 2 h (action)"
    assert one["tags"] == ["atalaya-action:a1", "atalaya", "brand:lumbre", "kind:action", "state:open"]
    assert one["timeEnd"] - one["time"] == timedelta(days=7) // timedelta(milliseconds=1)
    with open_store(str(tmp_path / "s.sqlite")) as store, store.writing() as connection:
        close_action(connection, "a1", "done", None, who="ana", event_id="e1", now=NOON)
    assert call(*ANNOTATE)[1].splitlines()[-1] == "1 changed"
    assert call(*ANNOTATE)[1].splitlines()[-1] == "1 unchanged; nothing was written"
    assert stub.annotations[0]["text"].endswith("(action, done)")
    assert stub.annotations[0]["tags"][-1] == "state:done"


# --- what the configuration makes of data sources ---


@pytest.mark.parametrize(
    ("url", "host", "address", "mode"),
    [
        ("postgresql://a@postgres:5433/atalaya", None, "postgres:5433", "disable"),
        ("postgresql://a@127.0.0.1/atalaya", None, "127.0.0.1:5432", "disable"),
        ("postgresql://a@[::1]/atalaya", None, "[::1]:5432", "disable"),
        ("postgresql://a@db.example/atalaya", None, "db.example:5432", "require"),
        ("postgresql://a@127.0.0.1/atalaya", "db.example:6432", "db.example:6432", "require"),
        ("postgresql://a@db.example/atalaya?sslmode=disable", None, "db.example:5432", "disable"),
        ("postgresql://a@db.example/atalaya?sslmode=prefer", None, "db.example:5432", "require"),
    ],
)
def test_the_store_as_grafana_reaches_it(url: str, host: str | None, address: str, mode: str) -> None:
    """Host, database and encryption are the store's, unless said otherwise; without encryption only near by."""
    grafana = GrafanaSettings(store_host=host, store_password=Secret("x"))
    (source,), left = sources_of(grafana, StoreSettings(url=url, password=Secret("owner")))
    assert (source.address, source.options["sslmode"], source.options["database"]) == (address, mode, "atalaya")
    assert (source.user, source.password, len(left)) == ("reader", Secret("x"), 1)
