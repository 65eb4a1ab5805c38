"""What the store tells of other brands at which the same rises, on both databases."""

from datetime import timedelta
from typing import Any

import pytest

from mentions.brands import Brand
from processors.store.alert_reading import StoredAlert
from processors.store.brands import add_version
from processors.store.opening import Store
from processors.store.sector import rising_elsewhere
from tests.store_rows import NOON, mention, put
from tests.telling import a_telling

MINUTE = timedelta(minutes=1)
OURS = a_telling().alert  # of nubira: it opened at noon, and its first term is 'retraso'


def told(store: Store, alert: StoredAlert = OURS) -> tuple[str, ...]:
    """The brands at which the same rises."""
    with store.reading() as connection:
        return rising_elsewhere(connection, alert)


def complain(store: Store, brand: str, authors: int = 3, minutes: int = -30, **fields: Any) -> None:
    """So many authors complain of the delay to a brand, so many minutes after noon."""
    common: dict[str, Any] = {"label": "negative", "score": -0.6, "text": "Otro RETRASO más, qué vergüenza"}
    rows = [
        mention(
            f"bluesky:{brand}{minutes}-{number}",
            **{"brand": brand, "author_id": f"did:{number}", "created_at": NOON + minutes * MINUTE, **common, **fields},
        )
        for number in range(authors)
    ]
    with store.writing() as connection:
        put(connection, *rows)


@pytest.fixture
def brands(store: Store) -> Store:
    """A store that knows nubira and three others."""
    with store.writing() as connection:
        for name in ("kolibri", "lumbre", "nubira", "pinar"):
            add_version(connection, Brand(name=name, query=name), who="test", why="test", now=NOON)
    return store


def test_the_same_at_two_other_brands_is_the_sector(brands: Store) -> None:
    """Three authors each who use a first term in negative posts of these hours: both brands are named."""
    complain(brands, "lumbre")
    assert told(brands) == ()
    complain(brands, "kolibri", minutes=40)
    assert told(brands) == ("kolibri", "lumbre")


@pytest.mark.parametrize(
    "fields",
    [
        {"authors": 2},
        {"label": "positive"},
        {"text": "Qué mal pan"},
        {"author_id": "did:one"},
        {"voice": "own"},
        {"author_id": None, "text": None},
        {"minutes": -200},
        {"minutes": 90},
    ],
)
def test_less_than_that_is_not(brands: Store, fields: dict[str, Any]) -> None:
    """Two authors or one, other words, praise, the brand's own voice, erased posts or another day tell nothing."""
    complain(brands, "kolibri")
    complain(brands, "lumbre", **fields)
    assert told(brands) == ()


def test_what_is_said_there_always_does_not_rise(brands: Store) -> None:
    """A brand of which as much was said in the hours before is no sign of anything."""
    complain(brands, "kolibri")
    complain(brands, "lumbre")
    complain(brands, "lumbre", authors=2, minutes=-200)
    assert told(brands) == ()


def test_posts_that_speak_of_both_are_not_counted_there(brands: Store) -> None:
    """Who compares nubira with lumbre speaks of nubira's trouble, not of lumbre's."""
    complain(brands, "kolibri")
    complain(brands, "lumbre")
    shared = [mention(f"bluesky:lumbre-30-{number}", brand="nubira", created_at=NOON) for number in range(3)]
    with brands.writing() as connection:
        put(connection, *shared)
    assert told(brands) == ()


def test_only_spikes_are_asked_for(brands: Store) -> None:
    """A campaign or a watchword is about its own posts, and an alert without terms about nothing that can be found."""
    complain(brands, "kolibri")
    complain(brands, "lumbre")
    assert told(brands, a_telling(kind="campaign").alert) == ()
    assert told(brands, a_telling(explanation={}).alert) == ()
    assert told(brands, a_telling(kind="volume_spike").alert) == ("kolibri", "lumbre")
