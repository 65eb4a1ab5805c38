"""Publishes the review of the last week when its day and hour have come, and sends it; in `run` and `serve`."""

import math
import re
from collections.abc import Callable, Coroutine, Iterator, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from atalaya.metrics import Metrics
from atalaya.notifying import sender_of
from atalaya.sources import max_delays
from atalaya.tasks import every
from dashboards.review.building import build
from dashboards.review.gathering import gather
from dashboards.review.model import BY_SCHEDULE, Review
from dashboards.review.periods import last_week, named
from dashboards.review.publishing import publish
from dashboards.review.values import Lang
from dashboards.review.voice import Voice
from mentions import metric_names as names
from mentions.errors import AtalayaError
from mentions.settings import Settings
from mentions.settings_review import ReviewSettings
from processors.notifying.messages import Message
from processors.notifying.sending import Parcel, Sender
from processors.store.brands import current
from processors.store.facts import fact, set_fact
from processors.store.opening import Store
from processors.store.reviews import last_published, published

EVERY = 60.0
"""Seconds between looks."""
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SENT = "review_sent/"


class Reviewing:
    """Looks when it is told to. Several processes may share a store: a week is published once.

    Args:
        zone: of the day and hour, where the settings name none.
        ways: by channel, its sender and language; only those of the settings are used.
    """

    def __init__(
        self,
        store: Store,
        metrics: Metrics,
        settings: ReviewSettings,
        ways: Mapping[str, tuple[Sender, Lang]],
        *,
        zone: str,
        now: Callable[[], datetime],
        max_delay: Mapping[str, timedelta],
    ) -> None:
        self._store, self._metrics, self._settings, self._now = store, metrics, settings, now
        self._zone, self._delays = settings.time_zone or zone, max_delay
        self._ways = {name: way for name, way in ways.items() if name in settings.channels}

    def look(self) -> None:
        """Publish what is due, send what was not sent, and show when a review was published last.

        Raises:
            AtalayaError: the store or a channel cannot be used now; the next look tries again.
        """
        with self._store.reading() as connection:
            at = last_published(connection)
        self._metrics.set(names.REVIEW_LAST_SUCCESS, math.nan if at is None else at.timestamp())
        if self._settings.weekday == "never":
            return
        for brand, zone in self._brands():
            self._review(brand, zone)

    def _brands(self) -> Iterator[tuple[str, str]]:
        with self._store.reading() as connection:
            entries = [entry.brand for entry in current(connection)]
        wanted = self._settings.brands
        for brand in entries:
            if brand.name in wanted or (not wanted and brand.role == "own"):
                yield brand.name, brand.time_zone

    def _review(self, brand: str, zone: str) -> None:
        now = self._now()
        week = last_week(now, zone)
        if now < due_at(self._settings, self._zone, now) or now < week.until:
            week = named(_before(week.name, zone), zone)
        with self._store.reading() as connection:
            frozen = published(connection, brand, week.name)
            if frozen is not None and not self._unsent(frozen.brand, week.name):
                return
            made = build(gather(connection, brand, week, max_delay=self._delays))
        if frozen is None:
            if now - week.until > timedelta(days=7) or not made.figure("mentions").value:
                return
            with self._store.writing() as connection:
                publish(connection, made, who=BY_SCHEDULE, now=now)
            self._metrics.set(names.REVIEW_LAST_SUCCESS, now.timestamp())
        self._send(made, now)

    def _unsent(self, brand: str, week: str) -> list[str]:
        with self._store.reading() as connection:
            return [name for name in self._ways if fact(connection, f"{_SENT}{brand}/{week}/{name}") is None]

    def _send(self, made: Review, now: datetime) -> None:
        """At least once: what a crash leaves unmarked leaves again, under the same key."""
        failed: AtalayaError | None = None
        for channel in self._unsent(made.brand, made.period.name):
            sender, lang = self._ways[channel]
            try:
                sender.send(parcel_of(made, channel, lang, now))
            except AtalayaError as error:
                failed = error  # the others are told all the same
                continue
            with self._store.writing() as connection:
                set_fact(connection, f"{_SENT}{made.brand}/{made.period.name}/{channel}", f"{now:%Y-%m-%dT%H:%M:%SZ}")
        if failed is not None:
            raise failed


def due_at(settings: ReviewSettings, zone: str, now: datetime) -> datetime:
    """When, in the calendar week of `now`, the review is due."""
    local = now.astimezone(ZoneInfo(zone))
    day = local.date() + timedelta(days=_DAYS.index(settings.weekday) - local.weekday())
    return datetime(day.year, day.month, day.day, settings.hour, tzinfo=ZoneInfo(zone)).astimezone(now.tzinfo)


def parcel_of(made: Review, channel: str, lang: Lang, now: datetime) -> Parcel:
    """The message: the sentences of the headline and the main figures; it names nobody."""
    voice = Voice(lang, made.period)
    title = f"{made.brand} · {voice.of_period('review')} {made.period.name}"
    sentences = [sentence.text.said(lang) for sentence in made.headline]
    figures = [
        f"{one.title.said(lang)}: {voice.value(one.unit, one.value)}" for one in made.figures if one.value is not None
    ]
    how = f"atalaya review --brand {made.brand} --week {made.period.name} --lang {lang} -o review.html"
    body = "\n".join([*sentences, "", *figures, "", how])
    key = re.sub(r"[^a-z0-9_-]", "-", f"review-{made.brand}-{made.period.name}-{channel}".lower())
    return Parcel(message=Message(title, body), key=key, thread=key, at=now)


def _before(week: str, zone: str) -> str:
    from dashboards.review.periods import before

    return before(named(week, zone)).name


def review_chores(
    settings: Settings, store: Store, metrics: Metrics, now: Callable[[], datetime]
) -> Iterator[Coroutine[None, None, None]]:
    """The schedule as a task.

    Raises:
        SettingsError: a channel's address cannot be used.
    """
    named_ones = [channel for channel in settings.channels if channel.name in settings.review.channels]
    ways: dict[str, tuple[Sender, Lang]] = {one.name: (sender_of(one), one.language) for one in named_ones}
    reviewing = Reviewing(
        store,
        metrics,
        settings.review,
        ways,
        zone=settings.time.time_zone,
        now=now,
        max_delay=max_delays(settings.sources),
    )
    yield every(EVERY, reviewing.look, "publishing reviews")
