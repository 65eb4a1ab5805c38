"""How often each detector is right about the invented world, whose truth is known.

    python -m benchmarks.world [--seeds 5] [--from 1] [--days 14] [--volume 1]

Each seed's world is played through the embedded run into a store of its own, as the demo does. What was alerted is laid
beside what happened: `hit` are stories that were found, `missed` those that were not, `false` alerts for which there
is no story. Nothing of a detector was chosen on these worlds, and nothing of the worlds on a detector's misses.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from atalaya.embedded import EmbeddedRun, Plan
from benchmarks.harness import environment, table
from ingest.simulation.brands import DEMO_BRANDS
from ingest.simulation.events import Event
from ingest.simulation.world import World
from ingest.sources.simulated import SimulatedSource
from mentions.records import Post
from mentions.settings import OutboxSettings, Settings, StoreSettings
from processors.store.alert_reading import AlertsWanted, StoredAlert, list_alerts
from processors.store.opening import open_store
from processors.store.people import PeopleWanted, Person, list_people

CRISES: Mapping[str, tuple[str, frozenset[str]]] = {
    "allergy": ("lumbre", frozenset(("galletas", "galleta", "cookies", "cookie", "avellana", "hazelnut", "alergia"))),
    "strike": ("nubira", frozenset(("huelga", "strike"))),
}
"""Their brand, and the words that name the cause."""
SLOW_BURN = ("prices", "lumbre", frozenset(("precios", "precio", "subida", "prices", "price")))
CALM: Mapping[str, str] = {"launch": "lumbre", "giveaway": "lumbre", "outage": "nubira", "flights": "nubira"}
"""What must open no negative spike; the outage is looked at for both brands."""
CAMPAIGNS = ("flights", "bots")
FRIENDS = frozenset(("evangelist", "quiet_fan", "lapsed_fan"))
UNTIL = datetime(2026, 11, 16, 10, 17, tzinfo=UTC)
"""Where the histories end."""
AFTERMATH = timedelta(hours=2)
OUTAGE = timedelta(minutes=40)


@dataclass(frozen=True, slots=True)
class Story:
    """When a story was on, and its brand's posts in it, by id without the source."""

    begin: datetime
    end: datetime
    posts: frozenset[str]

    def during(self, alert: StoredAlert) -> bool:
        """Whether an alert opened in it, or shortly after its last post."""
        return self.begin <= alert.opened_at <= self.end + AFTERMATH


@dataclass(slots=True)
class Played:
    """A world and what was found in it.

    Attributes:
        stories: by name. roles: by author, the kinds of stories that they wrote. seconds: of CPU.
    """

    stories: dict[str, Story]
    roles: dict[str, set[str]]
    alerts: list[StoredAlert]
    evangelists: list[Person]
    seconds: float


def play(seed: int, days: int, volume: float, folder: Path) -> Played:
    """Play a world into a store in a folder, and read what was found."""
    url = f"sqlite:///{folder}/world.sqlite"
    settings = Settings(store=StoreSettings(url=url), outbox=OutboxSettings(path=str(folder / "outbox.sqlite")))
    source = SimulatedSource(seed=seed, days=days, until=UNTIL, live=False, live_crisis=False, volume=volume)
    plan = Plan(settings=settings, sources=[source], brands=DEMO_BRANDS, max_delay={}, finite=True)
    begin = time.process_time()
    asyncio.run(EmbeddedRun(plan).run())
    seconds = time.process_time() - begin
    events = list(World(seed, UNTIL - timedelta(days=days), days, volume=volume).events())
    with open_store(url) as store, store.reading() as connection:
        alerts = list_alerts(connection, AlertsWanted(), limit=10_000)
        brands = tuple(brand.name for brand in DEMO_BRANDS)
        people = list_people(connection, PeopleWanted(brands=brands, until=UNTIL), limit=1_000)
    return Played(stories_of(events), roles_of(events), alerts[::-1], people, seconds)


def stories_of(events: Sequence[Event]) -> dict[str, Story]:
    """When each story was on."""
    found = dict[str, Story]()
    for event in events:
        post = event.item.native_id if isinstance(event.item, Post) else ""
        begin = event.at if post else event.at - OUTAGE
        known = found.get(event.truth.story, Story(begin, begin, frozenset()))
        found[event.truth.story] = Story(known.begin, event.at, known.posts | {post})
    return found


def roles_of(events: Sequence[Event]) -> dict[str, set[str]]:
    """Which stories each author wrote in."""
    roles = dict[str, set[str]]()
    for event in events:
        if isinstance(event.item, Post):
            roles.setdefault(event.item.author.id, set()).add(event.truth.story)
    return roles


@dataclass(slots=True)
class Score:
    """Counts over all seeds."""

    hit: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    false: Counter[str] = field(default_factory=Counter)
    explained: Counter[str] = field(default_factory=Counter)
    delays: dict[str, list[float]] = field(default_factory=dict)
    listed: Counter[str] = field(default_factory=Counter)
    friends: int = 0
    first: int = 0
    notes: list[str] = field(default_factory=list)


def judge(played: Played, score: Score, seed: int) -> None:
    """Lay the alerts beside the truth."""
    spikes = [alert for alert in played.alerts if alert.kind == "negative_spike"]
    explained = {*CRISES, SLOW_BURN[0]}
    for name, (brand, words) in (*CRISES.items(), (SLOW_BURN[0], SLOW_BURN[1:])):
        if story := played.stories.get(name):
            _crisis(score, name, [a for a in spikes if a.brand == brand and story.during(a)], story, words)
    for alert in spikes:
        if not any(_about(alert, played, name) for name in explained):
            story_name = next((name for name in CALM if _calm(alert, played, name)), "any other time")
            score.false[f"negative spike, {story_name}"] += 1
            score.notes.append(f"seed {seed}: {alert.brand} {alert.opened_at:%d %H:%M}, {story_name}: {terms(alert)}")
    _campaigns(played, score, seed)
    for alert in played.alerts:
        if alert.kind not in ("negative_spike", "campaign"):
            score.notes.append(f"seed {seed}: {alert.kind} {alert.brand} {alert.subject} {alert.opened_at:%d %H:%M}")
    friends = {author for author, roles in played.roles.items() if roles & FRIENDS}
    score.friends += len(friends)
    score.first += sum(person.author in friends for person in played.evangelists[: len(friends)])
    for person in played.evangelists:
        roles = played.roles[person.author]
        role = next((r for r in (*sorted(FRIENDS), "parrot", "one_day_fan", "bots", "ambassador") if r in roles), "")
        score.listed[role or "the public"] += 1


def _crisis(score: Score, name: str, found: list[StoredAlert], story: Story, words: Collection[str]) -> None:
    if not found:
        score.missed[name] += 1
        return
    first = found[0]
    score.hit[name] += 1
    score.delays.setdefault(name, []).append((first.opened_at - story.begin).total_seconds() / 60)
    score.explained[name] += any(set(term.split()) & set(words) for term in terms(first)[:3])


def _about(alert: StoredAlert, played: Played, name: str) -> bool:
    story = played.stories.get(name)
    brand = CRISES[name][0] if name in CRISES else SLOW_BURN[1]
    return story is not None and alert.brand == brand and story.during(alert)


def _calm(alert: StoredAlert, played: Played, name: str) -> bool:
    story = played.stories.get(name)
    return story is not None and story.during(alert) and (name == "outage" or CALM[name] == alert.brand)


def _campaigns(played: Played, score: Score, seed: int) -> None:
    """A campaign belongs to a story when it opened in it for its brand and links or copies as it does."""
    campaigns = [alert for alert in played.alerts if alert.kind == "campaign"]
    stories = {name: story for name in CAMPAIGNS if (story := played.stories.get(name))}
    for name, story in stories.items():
        brand = "nubira" if name == "flights" else "lumbre"
        found = [a for a in campaigns if a.brand == brand and story.during(a)]
        score.hit[f"campaign: {name}"] += bool(found)
        score.missed[f"campaign: {name}"] += not found
        if found:
            delay = (found[0].opened_at - story.begin).total_seconds() / 60
            score.delays.setdefault(f"campaign: {name}", []).append(delay)
            campaigns.remove(found[0])
    score.false["campaign"] += len(campaigns)
    score.notes += [f"seed {seed}: campaign {a.brand} {a.opened_at:%d %H:%M}: {a.evidence}" for a in campaigns]


def terms(alert: StoredAlert) -> list[str]:
    """What the alert is explained with, the strongest first."""
    found: list[dict[str, Any]] = alert.explanation.get("terms", [])
    return [str(term["term"]) for term in found]


def report(score: Score, weeks: float) -> None:
    """Print what was counted."""
    rows = []
    for name in (*CRISES, SLOW_BURN[0], *(f"campaign: {name}" for name in CAMPAIGNS)):
        told = f"{score.explained[name]}/{score.hit[name]}" if not name.startswith("campaign") else "-"
        delays = score.delays.get(name, [])
        delay = f"{statistics.median(delays):.0f} (to {max(delays):.0f})" if delays else "-"
        rows.append([name, str(score.hit[name]), str(score.missed[name]), delay, told])
    table(["story", "found", "missed", "minutes from its first post", "cause in the first 3 terms"], rows)
    for name, count in sorted(score.false.items()):
        print(f"false: {name}: {count} ({count / weeks:.2f} per brand and week)")
    listed = sum(score.listed.values())
    right = sum(score.listed[role] for role in FRIENDS)
    print(f"evangelists: {score.first} of the first {score.friends} are (as many as there are, seed by seed);")
    print(f"{right} of {listed} listed are, {right} of {score.friends} are listed: {dict(score.listed.most_common())}")
    for note in score.notes:
        print(note)


def main() -> None:
    """Play and report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--from", type=int, default=1, dest="first")
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--volume", type=float, default=1.0)
    options = parser.parse_args()
    environment()
    score, seconds = Score(), 0.0
    for seed in range(options.first, options.first + options.seeds):
        with tempfile.TemporaryDirectory() as folder:
            played = play(seed, options.days, options.volume, Path(folder))
        judge(played, score, seed)
        seconds += played.seconds
    print(f"{options.seeds} worlds of {options.days} days, {seconds:.0f} s of CPU")
    report(score, options.seeds * options.days / 7 * len(DEMO_BRANDS))


if __name__ == "__main__":
    main()
