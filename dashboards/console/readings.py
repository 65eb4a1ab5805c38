"""What the pages and the API ask of the store, each page in one transaction: its figures and its list agree."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection

from dashboards.console import volume
from dashboards.console.selection import BadRequestError, Selection, read_moment
from dashboards.console.slow import Slow
from dashboards.console.words import Lang
from mentions.brands import Brand
from mentions.clock import BUCKET, bucket_of
from mentions.errors import UsageError
from processors.notifying.messages import Telling
from processors.notifying.telling import Voice, posts_named, telling
from processors.store.alert_reading import AlertsWanted, StoredAlert, StoredStep, find_alert, list_alerts, lives_of
from processors.store.coverage import SourceRow, sources
from processors.store.funnel import FunnelRow, funnel
from processors.store.opening import Store
from processors.store.overview import Overview, Window, overview
from processors.store.people import PeopleWanted, Person, list_people
from processors.store.reading import Position, Shown, StoredMention, Wanted, arrived, find_mentions, list_mentions
from processors.store.series import Mark, marks
from processors.store.summaries import Summary, summary

WINDOW = timedelta(hours=24)
PAGE = 50
PEOPLE, PEOPLE_EVERY = 5, timedelta(hours=1)
"""Whom to thank changes by the day, and takes 17 s to know of 200,000 authors."""
MOST_POSTS = 6
"""Posts that show an alert."""
AROUND = timedelta(hours=12)
"""How much before an alert its chart begins."""
_CHOICES = timedelta(days=7)
"""What is offered to filter by is what came within a week; more would read a large part of the store for each page."""


class MainFigures(Struct, frozen=True):
    """The last 24 hours, to the end of the running bucket; `hours` by brand as `volume.by_hour` gives them."""

    summary: Summary
    hours: dict[str, list[tuple[int, int]]]
    sources: list[SourceRow]


class Home(Struct, frozen=True):
    """The first page. `older`: the cursor behind its last mention; None: there is nothing behind it."""

    figures: MainFigures
    mentions: list[StoredMention]
    older: str | None
    sources: list[str]
    languages: list[str]


class Glance(Struct, frozen=True):
    """A brand at a glance; `lives`: the steps of its alerts, by id. `people`: whom to thank; None: not known yet."""

    overview: Overview
    lives: dict[str, list[StoredStep]]
    people: list[Person] | None


class OneAlert(Struct, frozen=True):
    """An alert with its life, what is told of it now, posts that show it, and what spike detection saw around it."""

    telling: Telling
    posts: list[StoredMention]
    marks: list[Mark]


class Readings:
    """Threads may share it."""

    def __init__(self, store: Store, brands: Callable[[], Sequence[Brand]], now: Callable[[], datetime]) -> None:
        self._store, self._brands, self._now = store, brands, now
        self._people = Slow(self._thanks, PEOPLE_EVERY)

    def glance(self, brand: str, window: Window) -> Glance:
        """Read a brand at a glance."""
        with self._store.reading() as connection:
            found = overview(connection, brand, window, self._now())
            lives = lives_of(connection, [alert.id for alert in found.alerts])
        return Glance(found, lives, self._people.get(brand, self._now()))

    def alerts(self, wanted: AlertsWanted, most: int) -> tuple[list[StoredAlert], dict[str, list[StoredStep]]]:
        """Read alerts, the last opened first, and the steps of each."""
        with self._store.reading() as connection:
            found = list_alerts(connection, wanted, limit=most)
            return found, lives_of(connection, [alert.id for alert in found])

    def alert(self, id_: str, lang: Lang) -> OneAlert:
        """Read an alert.

        Raises:
            UsageError: there is none with this id, or several begin so.
        """
        with self._store.reading() as connection:
            alert = find_alert(connection, id_)
            steps = lives_of(connection, [alert.id])[alert.id]
            told = telling(connection, alert, steps, steps[-1], [], Voice(lang=lang), self._now())
            named = dict.fromkeys(posts_named(alert))
            posts = [post for id_ in list(named)[:MOST_POSTS] for post in find_mentions(connection, id_, alert.brand)]
            end = min((alert.closed_at or self._now()) + AROUND / 2, self._now())
            return OneAlert(told, posts, marks(connection, alert.brand, alert.opened_at - AROUND, end, BUCKET))

    def _thanks(self, brand: str) -> list[Person]:
        """Whom to thank; it takes all days of all authors to know."""
        with self._store.reading() as connection:
            wanted = PeopleWanted(brands=(brand,), until=self._now(), role="public")
            return list_people(connection, wanted, limit=PEOPLE)

    def home(self, selection: Selection, before: str | None) -> Home:
        """Read the first page.

        Raises:
            BadRequestError: `before` is no cursor. StoreUnavailable: not now.
        """
        with self._store.reading() as connection:
            names = self._names()
            mentions, older = page(connection, wanted_of(selection), PAGE, before)
            sources, languages = volume.sources_and_languages(connection, names, self._now() - _CHOICES)
            return Home(self._figures(connection), mentions, older, sources, languages)

    def figures(self) -> MainFigures:
        """Read the figures alone."""
        with self._store.reading() as connection:
            return self._figures(connection)

    def sources(self) -> list[SourceRow]:
        """Read how the sources did in the last 24 hours."""
        with self._store.reading() as connection:
            return sources(connection, *self._window())

    def funnel(self) -> list[FunnelRow]:
        """Read the way from the sources to the watched brands in the last 24 hours."""
        with self._store.reading() as connection:
            return funnel(connection, *self._window(), brands=self._names())

    def arrived(self, shown: Shown, most: int) -> tuple[list[StoredMention], Shown]:
        """Read what was stored since `shown`."""
        with self._store.reading() as connection:
            return arrived(connection, shown, limit=most)

    def _figures(self, connection: Connection) -> MainFigures:
        since, until = self._window()
        names = self._names()
        hours = {name: volume.by_hour(connection, name, until, WINDOW // volume.HOUR) for name in names}
        return MainFigures(summary(connection, since, until, brands=names), hours, sources(connection, since, until))

    def _names(self) -> list[str]:
        return [brand.name for brand in self._brands()]

    def _window(self) -> tuple[datetime, datetime]:
        until = bucket_of(self._now()) + BUCKET
        return until - WINDOW, until


def wanted_of(selection: Selection, since: datetime | None = None, until: datetime | None = None) -> Wanted:
    """Ask the store for what somebody selected; an empty part asks for anything."""
    return Wanted(
        brand=selection.brand or None,
        label=selection.label or None,
        lang=selection.language or None,
        source=selection.source or None,
        intent=selection.intent or None,
        aspect=selection.aspect or None,
        voice=selection.voice or None,
        since=since or read_moment(selection.since),
        until=until or read_moment(selection.until),
    )


def page(
    connection: Connection, wanted: Wanted, limit: int, before: str | None
) -> tuple[list[StoredMention], str | None]:
    """Read one page of mentions, newest first, and the cursor of the next; None: this is the last.

    Raises:
        BadRequestError: `before` is no cursor.
    """
    found = list_mentions(connection, wanted, limit=limit + 1, after=_position(before) if before else None)
    older = Position.of(found[limit - 1]).cursor() if len(found) > limit else None
    return found[:limit], older


def _position(cursor: str) -> Position:
    try:
        position = Position.read(cursor)
    except UsageError as error:
        raise BadRequestError(str(error)) from error
    if position.created_at.tzinfo is None:
        msg = f"found {cursor[:60]!r} as the place to go on from; give a cursor as it was returned"
        raise BadRequestError(msg)
    return position
