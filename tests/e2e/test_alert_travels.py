"""A negative spike on its whole way out of Atalaya: detector, store, metric, rule, Alertmanager, webhook.

WATCH folds invented posts into a store, `serve` shows what the store knows, a real Prometheus asks it every second by
the rules that `deploy/` ships, and a real Alertmanager routes by the file that `deploy/` ships, with a webhook as the
receiver of `brands`. Only waiting is shortened: rules of reputation need not last, and groups are told after
seconds.
"""

import asyncio
import json
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from atalaya import serving
from dashboards.rules.catalogue import GROUPS
from dashboards.rules.rendering import rules_file
from mentions.records import Author, Event, Gap, Mention
from mentions.settings import ServerSettings, Settings, StoreSettings
from mentions.settings_streaming import MetricsSettings
from processors.store.opening import open_store
from processors.ticks import TimeRules
from tests.playing import Player, a_beat, a_mention, a_post, add_brands, at
from tests.prometheus import (
    DEADLINE,
    Alertmanager,
    MissingPrometheusError,
    Prometheus,
    alertmanager,
    at_once,
    prometheus,
)
from tests.servers.sinks import HookSink, hook_sink

DEPLOY = Path(__file__).parents[2] / "deploy"
LEARNT = 49 * 3600
"""Seconds after nine: a brand is scored once two days are learnt, and an hour more."""
SOURCES = {"lumbre": "bluesky", "nubira": "mastodon"}
RUNBOOK = "https://atalaya.example/runbook.html"
BADLY = {"lumbre": 6, "nubira": 3}
"""Every how many posts one is negative: of nubira six at once are a small spike, of lumbre 24 are a crisis."""
Labels = Mapping[str, str]


@dataclass(frozen=True)
class Told:
    """One notification about one alert."""

    status: str
    labels: Labels
    annotations: Labels


@dataclass
class StoppedClock:
    """A `mentions.clock.Clock` that says what a test sets."""

    moment: datetime

    def now(self) -> datetime:
        """That moment."""
        return self.moment

    async def sleep(self, seconds: float) -> None:
        """Wait in real time."""
        await asyncio.sleep(seconds)


@dataclass
class World:
    """The whole way, running."""

    player: Player
    clock: StoppedClock
    prometheus: Prometheus
    alertmanager: Alertmanager
    hooks: HookSink
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(1_000_000)))

    def said(self, brand: str, seconds: float, mood: str) -> Mention:
        """A post by an author of its own; no two share their words, so that none is a copy."""
        number = next(self.numbers)
        text = f"{brand} {mood} {_words(number)}"
        post = a_post(f"p{number}", seconds, text, author=Author(f"a{number}"), source=SOURCES[brand])
        return a_mention(post, brand)

    def play(self, until: float, *records: Event, missed: Gap | None = None) -> None:
        """Fold records and all minutes before `until`; `missed`: what the source of nubira did not see."""
        gaps = () if missed is None else (missed,)
        beats = (a_beat(until), a_beat(until, source=SOURCES["nubira"], gaps=gaps))
        self.clock.moment = at(until)
        self.player.play(*records, *beats, now=at(until))

    def learn(self) -> None:
        """Two days in which each brand is spoken of every 20 minutes, so often badly as `BADLY` says."""
        self.play(
            LEARNT,
            *(
                self.said(brand, 1200 * turn + 1, "pan" if turn % every else "mal")
                for turn in range(LEARNT // 1200)
                for brand, every in BADLY.items()
            ),
        )

    def told(self, alert: str, brand: str) -> list[Told]:
        """What the webhook was told of an alert of a brand, in order."""
        alerts = [one for hook in self.hooks.hooks for one in json.loads(hook.body)["alerts"]]
        return [
            Told(one["status"], one["labels"], one["annotations"])
            for one in alerts
            if (one["labels"]["alertname"], one["labels"].get("brand")) == (alert, brand)
        ]

    def held(self, **labels: str) -> list[Mapping[str, Any]]:
        """What Alertmanager holds with these labels."""
        return [one for one in self.alertmanager.alerts() if labels.items() <= one["labels"].items()]


def _words(number: int) -> str:
    draw = random.Random(number)
    return " ".join("".join(draw.choices("bcdefghiklnoprstu", k=6)) for _ in range(8))


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for something that must come."""
    limit = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < limit, f"after {DEADLINE:.0f} s still not: {what}"
        time.sleep(0.05)


def shipped_rules() -> str:
    """What `deploy/rules.yml` says, of brands at once; of machines only what lasts, for no worker sends beats here."""
    return rules_file(
        (group for each in GROUPS for group in ([each] if each.name == "atalaya_machines" else at_once([each]))),
        runbook=RUNBOOK,
    )


def shipped_routes(hook: str) -> str:
    """`deploy/alertmanager.yml` as an operator completes it for `brands`, and with waits of seconds."""
    configuration = yaml.safe_load((DEPLOY / "alertmanager.yml").read_text(encoding="utf-8"))
    configuration["route"] |= {"group_wait": "2s", "group_interval": "1s"}
    (brands,) = (receiver for receiver in configuration["receivers"] if receiver["name"] == "brands")
    brands["webhook_configs"] = [{"url": hook}]
    return str(yaml.safe_dump(configuration))


@contextmanager
def served(address: str, clock: StoppedClock) -> Iterator[str]:
    """Run `serve` over a store, in a thread; host and port of its console."""
    settings = Settings(
        store=StoreSettings(url=address), server=ServerSettings(port=0), metrics=MetricsSettings(port=0)
    )
    loop, listening, ports = asyncio.new_event_loop(), threading.Event(), list[int]()

    def ready(port: int) -> None:
        ports.append(port)
        listening.set()

    run = serving.ServeRun(settings, clock=clock, ready=ready)
    thread = threading.Thread(target=lambda: loop.run_until_complete(run.run()))
    thread.start()
    try:
        assert listening.wait(DEADLINE), "serve does not answer"
        yield f"127.0.0.1:{ports[0]}"
    finally:
        loop.call_soon_threadsafe(run.stop)
        thread.join(DEADLINE)
        loop.close()


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The whole way over a store that has learnt what is usual; skipped where there is no Prometheus."""
    monkeypatch.setattr(serving, "FIGURES_EVERY", 0.5)
    clock = StoppedClock(at(0))
    address = f"sqlite:///{tmp_path}/store.sqlite"
    with ExitStack() as stack:
        store = stack.enter_context(open_store(address))
        add_brands(store)
        hooks = stack.enter_context(hook_sink())
        try:
            alerting = stack.enter_context(alertmanager(shipped_routes(hooks.url)))
            jobs = {"atalaya": [stack.enter_context(served(address, clock))]}
            asked = stack.enter_context(prometheus(jobs, rules=shipped_rules(), alerting=alerting))
        except MissingPrometheusError as error:
            pytest.skip(str(error))
        made = World(Player(store, TimeRules(timedelta(seconds=30))), clock, asked, alerting, hooks)
        made.learn()
        asked.until('atalaya_spike_state{brand="lumbre",state="learning"} == 1')
        yield made


def test_a_negative_spike_travels_to_the_webhook(world: World) -> None:
    """A spike that the detector finds is told once as firing, with its labels and both languages, and once as resolved
    when the detector closes it. A lesser one of the same brand is held back; so is a small one of a brand whose source
    is missing, until it is back.
    """
    crisis, quiet = LEARNT + 400, LEARNT + 3 * 3600

    world.play(crisis, *(world.said("lumbre", LEARNT + 10 * n, "mal") for n in range(1, 25)))
    until(lambda: bool(world.told("NegativeSpike", "lumbre")), "the spike is told")
    (firing,) = world.told("NegativeSpike", "lumbre")
    assert firing.status == "firing"
    assert firing.labels == {
        "alertname": "NegativeSpike",
        "brand": "lumbre",
        "severity": "critical",
        "area": "reputation",
    }
    assert firing.annotations == {
        "summary": "lumbre: far more negative posts than usual (critical); 24 in the last hour, 1 expected.",
        "summary_es": "lumbre: muchos más mensajes negativos de lo habitual (critical); 24 en la última hora, "
        "se esperaban 1.",
        "runbook_url": f"{RUNBOOK}#negativespike",
    }

    lesser = {**firing.labels, "severity": "warn"}  # as a process tells that has not heard yet how it rose
    world.alertmanager.post("/api/v2/alerts", [{"labels": lesser}])
    assert inhibitor(world, lesser) == firing.labels
    world.alertmanager.post("/api/v2/alerts", [{"labels": lesser, "endsAt": datetime.now(UTC).isoformat()}])
    until(lambda: not world.held(**lesser), "the lesser one has ended")

    gap = Gap(at(crisis + 500), at(crisis + 1400), "the connection broke")
    world.play(crisis + 1400, *(world.said("nubira", crisis + 10 * n, "mal") for n in range(1, 7)), missed=gap)
    small = {**firing.labels, "brand": "nubira", "severity": "warn"}
    assert inhibitor(world, small)["alertname"] == "BrandPartlyUnseen"
    until(lambda: bool(world.told("BrandPartlyUnseen", "nubira")), "the cause is told")
    assert world.told("NegativeSpike", "nubira") == []
    world.play(crisis + 2400)
    until(lambda: bool(world.told("NegativeSpike", "nubira")), "with the source back the small one is told")

    world.play(quiet)
    for labels in (firing.labels, small):
        assert ended(world, labels["brand"]) == [("firing", labels), ("resolved", labels)]


def ended(world: World, brand: str) -> list[tuple[str, Labels]]:
    """What was told of a brand's spike, once more than its beginning was told."""
    until(lambda: len(world.told("NegativeSpike", brand)) > 1, f"the end is told: {brand}")
    return [(one.status, one.labels) for one in world.told("NegativeSpike", brand)]


def inhibitor(world: World, labels: Labels) -> Labels:
    """Labels of the alert that holds this one back, once it is held back."""

    def by() -> list[str]:
        return [source for one in world.held(**labels) for source in one["status"]["inhibitedBy"]]

    until(lambda: bool(by()), f"held back: {labels}")
    (source,) = by()
    (found,) = (one for one in world.alertmanager.alerts() if one["fingerprint"] == source)
    return dict(found["labels"])
