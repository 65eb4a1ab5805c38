"""`atalaya alerts` and `atalaya notify`: what people and scripts do with alerts."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mentions.clock import tick_of
from processors.detection.steps import AlertStep
from processors.notifying.routing import Route
from processors.store.alerting import take_steps
from processors.store.opening import open_store
from tests.servers.sinks import hook_sink
from tests.store_rows import NOON, mention, put
from tests.unit.test_cli import Call, call

__all__ = ["call"]
STORE = ("--store", "s.sqlite")
WHY = {
    "terms": [{"term": "retraso", "excess": 31.0}],
    "mentions": ["bluesky:1", "bluesky:gone"],
    "sources": {"bluesky": 40},
    "largest_cluster_share": 0.05,
}


def a_step(step: str, minutes: int = 0, **fields: Any) -> AlertStep:
    """A step of a negative spike of lumbre that opened at noon."""
    opened = tick_of(NOON)
    values: dict[str, Any] = {
        "kind": "negative_spike", "brand": "lumbre", "opened_tick": opened, "tick": opened + minutes,
        "severity": "high", "score": 3.4, "evidence": {"negatives": 41, "expected_negatives": 6.2},
    }  # fmt: skip
    return AlertStep(step=step, **{**values, **fields})  # type: ignore[arg-type] # one of the four


@pytest.fixture
def alert(call: Call, tmp_path: Path) -> str:
    """The id of a stored alert that is over; another one, of a watchword, goes on."""
    steps = [a_step("open"), a_step("escalate", 10, severity="critical"), a_step("close", 60)]
    steps.append(a_step("open", 5, kind="watchword", subject="safety", opened_tick=tick_of(NOON) + 5, severity="warn"))
    with open_store(str(tmp_path / "s.sqlite")) as store, store.writing() as connection:
        put(connection, mention("bluesky:1", url="https://bsky.example/1"))
        for step in steps:
            now = NOON + timedelta(minutes=step.tick - tick_of(NOON) + 1)
            take_steps(
                connection,
                [step],
                channels=[Route(channel="mail")],
                explanations={steps[0].alert_id: WHY},
                historic_before=NOON - timedelta(hours=1),
                now=now,
            )
    return steps[0].alert_id


def read(call: Call, *arguments: str) -> Any:
    """The JSON that a verb writes."""
    code, out, err = call(*arguments, *STORE, "--json")
    assert code == 0, err
    return json.loads(out)


def test_alerts_are_listed_as_documented(call: Call, alert: str) -> None:
    """`alerts --json` gives each alert with evidence, explanation and deliveries, the last opened first."""
    found = read(call, "alerts")
    assert [one["kind"] for one in found] == ["watchword", "negative_spike"]
    spike = found[1]
    documented = {"id", "kind", "brand", "severity", "opened_at", "closed_at", "score", "evidence", "explanation"}
    assert spike.keys() >= documented | {"deliveries"}
    assert (spike["id"], spike["brand"], spike["severity"]) == (alert, "lumbre", "critical")
    assert (spike["opened_at"], spike["closed_at"]) == ("2026-11-16T12:01:00Z", "2026-11-16T13:01:00Z")
    assert spike["evidence"]["negatives"] == 41
    assert spike["explanation"] == WHY
    assert [one["channel"] for one in spike["deliveries"]] == ["mail"] * 3
    assert spike["deliveries"][0].keys() >= {"channel", "at", "ok"}


@pytest.mark.parametrize(
    ("arguments", "kinds"),
    [
        (("--open",), ["watchword"]),
        (("--kind", "negative_spike"), ["negative_spike"]),
        (("--brand", "nubira"), []),
        (("--since", "2026-11-16T12:05Z"), ["watchword"]),
        (("--until", "2026-11-16T12:05Z"), ["negative_spike"]),
        (("--limit", "1"), ["watchword"]),
    ],
)
def test_lists_are_narrowed(call: Call, alert: str, arguments: tuple[str, ...], kinds: list[str]) -> None:
    """Each option leaves out what it does not ask for."""
    assert [one["kind"] for one in read(call, "alerts", *arguments)] == kinds


def test_a_list_for_people_names_state_and_id(call: Call, alert: str) -> None:
    """Without `--json`: a table, with the id that the other verbs take."""
    code, out, _ = call("alerts", *STORE)
    assert code == 0
    assert alert in out
    assert "closed 11-16 13:01" in out


def test_an_alert_is_shown_as_people_are_told_it(call: Call, alert: str) -> None:
    """`alerts show` gives the message, in either language, each step, and who was told."""
    code, out, _ = call("alerts", "show", alert[:6], "--lang", "es", *STORE)
    assert code == 0
    assert "cerrada" in out
    assert out.count("mail (waiting)") == 3
    code, out, _ = call("alerts", "show", read(call, "alerts", "--open")[0]["id"], *STORE)
    assert "serious words" in out


def test_alerts_export_to_spreadsheets(call: Call, alert: str) -> None:
    """`--csv` has a heading for every column, in Spanish too."""
    code, out, _ = call("alerts", "--csv", "--lang", "es", *STORE)
    assert code == 0
    assert out.splitlines()[0].removeprefix("\ufeff").startswith("Id;Marca;Tipo;Gravedad;Abierta (UTC);Cerrada (UTC)")
    assert len(out.splitlines()) == 3


def test_people_acknowledge_note_and_rate(call: Call, alert: str) -> None:
    """What people say stands beside the alert; the last rating counts; the share of useful ones is shown."""
    assert call("alerts", "ack", alert, *STORE)[0] == 0
    assert call("alerts", "note", alert, "the supplier was told", *STORE)[0] == 0
    assert call("alerts", "rate", alert, "false", *STORE)[0] == 0
    code, out, err = call("alerts", "rate", alert, "useful", *STORE)
    assert (code, out.strip()) == (0, f"{alert}: useful")
    assert "1 of 1 rated alerts were useful (100%)" in err
    (_, spike) = read(call, "alerts")
    assert spike["rating"] == "useful"
    assert spike["acknowledged_at"]
    assert [one["text"] for one in spike["notes"]] == ["the supplier was told"]
    by_kind = read(call, "alerts", "precision")
    assert [(one["kind"], one["rated"], one["precision"]) for one in by_kind] == [
        ("negative_spike", 1, 1.0),
        ("all", 1, 1.0),
    ]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("ack", "ffff"), "there is no alert 'ffff'; `atalaya alerts` lists them"),
        (("ack", ""), "'' "),
        (("rate", "{alert}", "good"), "found 'good'; an alert was one of useful, false, late"),
        (("note", "{alert}", " "), "found a note of 0 characters"),
    ],
)
def test_what_is_wrong_is_said(call: Call, alert: str, arguments: tuple[str, ...], says: str) -> None:
    """A wrong id, rating or note is refused with what would be right."""
    code, _, err = call("alerts", *(word.format(alert=alert) for word in arguments), *STORE)
    assert code == 2
    assert says.strip() in err


def configure(tmp_path: Path, *channels: str) -> None:
    """Write a configuration with channels."""
    (tmp_path / "atalaya.toml").write_text("\n".join(channels), encoding="utf-8")


CHANNEL = (
    '[[channel]]\ntype = "mail"\nto = ["ana@lumbre.example"]\nsender = "a@lumbre.example"\nhost = "mail.example"\n'
)


def test_a_preview_shows_what_present_channels_would_have_heard(call: Call, alert: str, tmp_path: Path) -> None:
    """Each channel by its own rules: severities, kinds, quiet hours, in which only the last word of a night is left."""
    configure(
        tmp_path,
        CHANNEL + 'name = "all"',
        CHANNEL + 'name = "words"\nkinds = ["watchword"]',
        CHANNEL + 'name = "grave"\nmin_severity = "critical"',
        CHANNEL + 'name = "asleep"\nkinds = ["watchword"]\nquiet_from = "12:00"\nquiet_until = "15:00"',
    )
    found = read(call, "alerts", "preview", "--since", "2026-11-16")
    told: dict[str, list[str]] = {}
    for one in found:
        told.setdefault(one["channel"], []).append(f"{one['at'][11:16]} {one['kind']} {one['step']}")
    assert told == {
        "all": [
            "12:01 negative_spike open",
            "12:06 watchword open",
            "12:11 negative_spike escalate",
            "13:01 negative_spike close",
        ],
        "words": ["12:06 watchword open"],
        "grave": ["12:11 negative_spike escalate", "13:01 negative_spike close"],
        "asleep": ["15:00 watchword open"],
    }
    code, _, err = call("alerts", "preview", "--since", "2026-11-16", "--until", "2026-11-18", *STORE)
    assert (code, "all: 4 messages in 2 days (2.0 a day)" in err) == (0, True)


def test_a_mute_is_set_listed_and_ended(call: Call, alert: str) -> None:
    """`mute` and `notify mute` are one; a mute has an end, a reason, and can be ended early."""
    assert (
        call("notify", "mute", "--brand", "lumbre", "--term", "Retraso", "--for", "12h", "--why", "known", *STORE)[0]
        == 0
    )
    assert call("mute", "--kind", "campaign", "--until", "2999-01-01", *STORE)[0] == 0
    first, second = read(call, "notify", "mutes")
    assert (first["brand"], first["term"], first["why"]) == ("lumbre", "retraso", "known")
    assert (second["kind"], second["until"]) == ("campaign", "2999-01-01T00:00:00Z")
    assert call("notify", "unmute", first["mute_id"], *STORE)[0] == 0
    assert [one["mute_id"] for one in read(call, "notify", "mutes")] == [second["mute_id"]]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--brand", "lumbre"), "say for how long"),
        (("--for", "12h"), "say what: --brand, --kind, --term or --story"),
        (("--brand", "lumbre", "--until", "2020-01-01"), "would have ended"),
        (("--kind", "spike", "--for", "12h"), "found kind 'spike'; alerts are of negative_spike"),
        (("--brand", "lumbre", "--for", "soon"), "soon"),
        (("--brand", "lumbre", "--for", "2020-01-01"), "write a span"),
    ],
)
def test_a_mute_says_what_and_how_long(call: Call, alert: str, arguments: tuple[str, ...], says: str) -> None:
    """Without an end or without what it is about there is no mute."""
    code, _, err = call("mute", *arguments, *STORE)
    assert code == 2
    assert says in err


def test_each_channel_is_tested(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`notify test` sends through each channel and says of each whether it was taken; one failure is exit code 1."""
    with hook_sink() as hooks:
        configure(tmp_path, '[[channel]]\ntype = "webhook"\nname = "hook"\nlanguage = "es"')
        monkeypatch.setenv("ATALAYA_CHANNEL_HOOK_URL", hooks.url)
        assert call("notify", "test")[:2] == (0, "hook: sent\n")
        assert "No ha pasado nada" in hooks.hooks[0].body.decode()
        hooks.answer = 403
        assert call("notify", "test")[:2] == (1, "hook: NOT sent: the webhook answered 403\n")
        assert call("notify", "test", "--channel", "mail")[0] == 2


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "channel my-hook: channel.url: it is missing; set ATALAYA_CHANNEL_MY_HOOK_URL, or write url ="),
        (
            "hook.example/hunter2",
            "channel.url: what it names is no such address; give the whole address, with its https",
        ),
        ("ftp://hunter2", "channel.url: what it names is no such address; give the whole address, with its https"),
        ("file:gone.txt", 'channel.url: cannot read "file:gone.txt"'),
    ],
)
def test_an_address_that_cannot_be_used_is_told(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, says: str
) -> None:
    """What sends says which secret is missing or wrong, and does not repeat it; what does not send never asks."""
    configure(tmp_path, '[[channel]]\ntype = "webhook"\nname = "my-hook"')
    monkeypatch.setenv("ATALAYA_CHANNEL_MY_HOOK_URL", url)
    code, out, err = call("notify", "test")
    assert code == 1
    assert says in out
    assert "hunter2" not in out + err
    assert call("brands", "list", "--store", "new.sqlite")[0] == 2  # for there is no such store, not for the secret


def test_without_channels_there_is_nothing_to_test(call: Call, tmp_path: Path) -> None:
    """The answer says what to write."""
    code, _, err = call("notify", "test")
    assert (code, "write a [[channel]] in atalaya.toml" in err) == (2, True)


def test_doctor_looks_at_the_channels(call: Call, alert: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`doctor` says of each channel whether it answers, and whether people were not told lately."""
    with hook_sink() as hooks:
        monkeypatch.setenv("ATALAYA_CHANNEL_HOOK_URL", hooks.url)
        configure(tmp_path, '[store]\nurl = "other.sqlite"', '[[channel]]\ntype = "webhook"\nname = "hook"')
        assert f"hook: 127.0.0.1 answers at port {hooks.port}" in "".join(call("doctor")[1:])
        configure(tmp_path, '[store]\nurl = "s.sqlite"', '[[channel]]\ntype = "webhook"\nname = "hook"')
        assert "4 messages wait for more than 5 minutes" in "".join(call("doctor")[1:])
    assert "the webhook's host cannot be reached" in "".join(call("doctor")[1:])
