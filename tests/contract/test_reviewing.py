"""The schedule of the review: published once, sent until it is taken, under one key."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from atalaya.metrics import Metrics
from atalaya.reviewing import Reviewing, due_at
from mentions.brands import Brand
from mentions.settings_review import ReviewSettings
from processors.notifying.sending import NotSent, Parcel
from processors.store.brands import add_version
from processors.store.opening import Store
from processors.store.reviews import published
from tests.store_rows import mention, put

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Desk:
    """People who take what they are sent when they are there."""

    def __init__(self) -> None:
        self.there, self.got = False, list[Parcel]()

    def send(self, parcel: Parcel) -> None:
        """Take it, or not."""
        if not self.there:
            raise NotSent("nobody is there")
        self.got.append(parcel)

    def check(self) -> str:
        """Unused."""
        return ""


def test_a_week_is_published_when_due_and_sent_until_it_is_taken(store: Store) -> None:
    """Not before its hour; once; a channel that refuses is tried again under the same key, and told once."""
    with store.writing() as connection:
        add_version(connection, Brand(name="lumbre", query="lumbre"), who="t", why="", now=MONDAY)
        put(connection, mention("bluesky:1", created_at=MONDAY - 30 * HOUR))
    desk, now = Desk(), [MONDAY + 6 * HOUR]
    metrics = Metrics(("es",), stored=True)
    settings = ReviewSettings(channels=("desk",))
    options: dict[str, Any] = {"zone": "UTC", "now": lambda: now[0], "max_delay": {}}
    reviewing = Reviewing(store, metrics, settings, {"desk": (desk, "es"), "other": (desk, "en")}, **options)
    reviewing.look()
    with store.reading() as connection:
        assert published(connection, "lumbre", "2026-W47") is None
    now[0] = MONDAY + 7 * HOUR
    with pytest.raises(NotSent):
        reviewing.look()
    with store.reading() as connection:
        frozen = published(connection, "lumbre", "2026-W47")
    assert frozen is not None
    assert frozen.figures["mentions"] == 1
    desk.there = True
    reviewing.look()
    reviewing.look()
    assert [parcel.key for parcel in desk.got] == ["review-lumbre-2026-w47-desk"]
    assert "Revisión semanal 2026-W47" in desk.got[0].message.title


def test_day_and_hour_are_those_of_the_zone() -> None:
    """Seven o'clock on Monday in Mexico is later than in Madrid, and summer time moves it by an hour."""
    settings = ReviewSettings()
    assert due_at(settings, "Europe/Madrid", MONDAY + HOUR) == MONDAY + 6 * HOUR
    assert due_at(settings, "America/Mexico_City", MONDAY + 12 * HOUR) == MONDAY + 13 * HOUR
    assert due_at(settings, "Europe/Madrid", datetime(2026, 7, 6, 9, tzinfo=UTC)) == datetime(2026, 7, 6, 5, tzinfo=UTC)
