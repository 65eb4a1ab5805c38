"""Who is told of a step, and when."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from processors.notifying.routing import Mute, Occasion, Planned, Quiet, Route, Told, plan

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NIGHT = Quiet(time(22), time(8), "Europe/Madrid")


def an_occasion(**fields: Any) -> Occasion:
    """The opening of a negative spike of lumbre."""
    values: dict[str, Any] = {
        "kind": "negative_spike", "brand": "lumbre", "subject": "", "severity": "high", "step": "open", "at": NOON,
    }  # fmt: skip
    return Occasion(**{**values, **fields})


def planned(
    route: Route, occasion: Occasion, *mutes: Mute, told: Told | None = None, now: datetime = NOON
) -> list[Planned]:
    """What one channel is told."""
    return plan(occasion, [route], mutes, {} if told is None else {route.channel: told}, now)


@pytest.mark.parametrize(
    ("route", "wanted"),
    [
        ({}, True),
        ({"min_severity": "high"}, True),
        ({"min_severity": "critical"}, False),
        ({"kinds": frozenset(("campaign",))}, False),
        ({"kinds": frozenset(("campaign", "negative_spike"))}, True),
        ({"brands": frozenset(("nubira",))}, False),
        ({"brands": frozenset(("lumbre",))}, True),
        ({"languages": frozenset(("en",))}, False),
        ({"languages": frozenset(("es", "en"))}, True),
    ],
)
def test_a_channel_hears_what_it_is_for(route: dict[str, Any], wanted: bool) -> None:
    """Severity, kind, brand and language decide, all of them together."""
    occasion = an_occasion(languages=frozenset(("es", "pt")))
    assert bool(planned(Route(channel="mail", **route), occasion)) is wanted


def test_a_language_that_is_not_known_excludes_nobody() -> None:
    """An alert without an explanation is told to channels of any language."""
    assert planned(Route(channel="mail", languages=frozenset(("es",))), an_occasion())


@pytest.mark.parametrize(
    ("mute", "silent"),
    [
        ({}, True),
        ({"brand": "lumbre"}, True),
        ({"brand": "nubira"}, False),
        ({"kind": "negative_spike"}, True),
        ({"kind": "campaign"}, False),
        ({"term": "Retraso"}, True),
        ({"term": "pan"}, False),
        ({"story": "bluesky:1"}, True),
        ({"story": "bluesky:2"}, False),
        ({"brand": "lumbre", "kind": "campaign"}, False),
        ({"until": NOON}, False),
    ],
)
def test_a_mute_silences_what_it_names_until_its_end(mute: dict[str, Any], silent: bool) -> None:
    """Brand, kind, term and story, those that are given; not at or after its end."""
    occasion = an_occasion(subject="bluesky:1", terms=frozenset(("retraso",)))
    (found,) = planned(Route(channel="mail"), occasion, Mute(**{"until": NOON + MINUTE, **mute}))
    assert found.state == ("muted" if silent else "waiting")


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("21:59", "21:59"),
        ("22:00", "08:00"),
        ("23:30", "08:00"),
        ("00:00", "08:00"),
        ("07:59", "08:00"),
        ("08:00", "08:00"),
        ("12:00", "12:00"),
    ],
)
def test_quiet_hours_hold_until_they_end(now: str, due: str) -> None:
    """What falls into them waits for their end, over midnight too; outside them nothing waits."""
    zone = timedelta(hours=1)  # Madrid in November
    moment = datetime.fromisoformat(f"2026-11-16T{now}+00:00") - zone
    (found,) = planned(Route(channel="mail", quiet=NIGHT), an_occasion(), now=moment)
    assert f"{found.due_at + zone:%H:%M}" == due
    assert moment <= found.due_at <= moment + timedelta(hours=10)


def test_quiet_hours_end_by_the_clock_on_the_wall() -> None:
    """In the night in which the clocks go back, they end at eight of the new time."""
    before = datetime(2026, 10, 24, 22, tzinfo=UTC)  # midnight in Madrid, summer time
    (found,) = planned(Route(channel="mail", quiet=NIGHT), an_occasion(), now=before)
    assert found.due_at == datetime(2026, 10, 25, 7, tzinfo=UTC)


def test_critical_alerts_wake() -> None:
    """An alert that is critical ignores quiet hours."""
    midnight = NOON + timedelta(hours=12)
    (found,) = planned(Route(channel="mail", quiet=NIGHT), an_occasion(severity="critical"), now=midnight)
    assert found.due_at == midnight


def test_nobody_hears_only_of_an_end() -> None:
    """The closing of an alert is told to those who heard of it."""
    closing = an_occasion(step="close", at=NOON + 60 * MINUTE)
    assert not planned(Route(channel="mail"), closing)
    assert planned(Route(channel="mail"), closing, told=Told(NOON, NOON))


def test_updates_keep_their_distance_by_both_clocks() -> None:
    """An update leaves when so much time has passed both for the alert and on the wall; other news at once."""
    route, told = Route(channel="mail", every=30 * MINUTE), Told(NOON, NOON)

    def says(step: str, event: int, wall: int) -> bool:
        return bool(
            planned(route, an_occasion(step=step, at=NOON + event * MINUTE), told=told, now=NOON + wall * MINUTE)
        )

    assert says("update", 30, 30)
    assert not says("update", 29, 60)
    assert not says("update", 60, 1)
    assert says("escalate", 1, 1)
    assert says("close", 1, 1)
