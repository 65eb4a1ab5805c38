"""What the pages and the API ask of the store, each page in one transaction: its figures and its list agree."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection

from dashboards.console import volume
from dashboards.console.selection import Selection
from mentions.brands import Brand
from mentions.clock import BUCKET, bucket_of
from mentions.errors import UsageError
from processors.store.coverage import SourceRow, sources
from processors.store.funnel import FunnelRow, funnel
from processors.store.opening import Store
from processors.store.reading import Position, Shown, StoredMention, Wanted, arrived, list_mentions
from processors.store.summaries import Summary, summary

WINDOW = timedelta(hours=24)
PAGE = 50
_CHOICES = timedelta(days=7)
"""What is offered to filter by is what came within a week; more would read a large part of the store for each page."""


class BadRequestError(UsageError):
    """What was asked for cannot be meant; the sentence says what would be right."""


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


class Readings:
    """Threads may share it."""

    def __init__(self, store: Store, brands: Callable[[], Sequence[Brand]], now: Callable[[], datetime]) -> None:
        self._store, self._brands, self._now = store, brands, now

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
        since=since,
        until=until,
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
