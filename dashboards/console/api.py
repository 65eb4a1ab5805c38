"""The JSON API, version 1: the store's own readings, as the console shows them. Times are RFC 3339 in UTC."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, HTTPException, Path, Query, Response
from msgspec import Struct
from pydantic import AwareDatetime

from dashboards.console.readings import WINDOW, page, wanted_of
from dashboards.console.selection import BadRequestError, Selection
from mentions.errors import UsageError
from mentions.records import AlertKind, Label
from processors.intents import Intent
from processors.store.alert_reading import AlertsWanted, StoredAlert, StoredStep, find_alert, list_alerts, steps_of
from processors.store.coverage import SourceRow, sources
from processors.store.funnel import FunnelRow, funnel
from processors.store.opening import Store
from processors.store.overview import Overview, Window, overview
from processors.store.reading import StoredMention
from processors.store.summaries import Summary, summary

PREFIX = "/api/v1"
LONGEST = timedelta(days=400)
"""The longest window of a summary: a year against the year before, and one request must not hold the store for long."""
_FIRST, _LAST = datetime(1971, 1, 1, tzinfo=UTC), datetime(9998, 1, 1, tzinfo=UTC)

Since = Annotated[AwareDatetime | None, Query(description="From when, inclusive: 2026-11-16T09:00:00Z.")]
Until = Annotated[AwareDatetime | None, Query(description="Up to when, exclusive; default: now.")]
Name = Annotated[str | None, Query(max_length=200)]


class MentionPage(Struct, frozen=True):
    """Mentions, newest first. `next`: the cursor of the next page, or null when this is the last."""

    mentions: list[StoredMention]
    next: str | None


class SourceList(Struct, frozen=True):
    """Every shard of every source that was ever heard, over [since, until)."""

    since: datetime
    until: datetime
    sources: list[SourceRow]


class FunnelList(Struct, frozen=True):
    """The way from each source to each brand, over [since, until)."""

    since: datetime
    until: datetime
    funnel: list[FunnelRow]


class AlertList(Struct, frozen=True):
    """Alerts, the last opened first."""

    alerts: list[StoredAlert]


class AlertLife(Struct, frozen=True):
    """One alert and every step of its life, first step first."""

    alert: StoredAlert
    steps: list[StoredStep]


_ANSWERS = (MentionPage, Summary, SourceList, FunnelList, Overview, AlertList, AlertLife)


def router(store: Store, now: Callable[[], datetime]) -> APIRouter:
    """Make the routes; they run in threads."""
    api = APIRouter(prefix=PREFIX)

    @api.get("/mentions", **_answers(MentionPage))
    def get_mentions(
        brand: Name = None,
        label: Label | None = None,
        language: Annotated[str | None, Query(max_length=20, description="ISO 639-1, or und.")] = None,
        source: Name = None,
        intent: Intent | None = None,
        aspect: Annotated[str | None, Query(max_length=40, description="A default one, or one of the brand's.")] = None,
        since: Since = None,
        until: Until = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        cursor: Annotated[str | None, Query(max_length=2000, description="`next` of the page before.")] = None,
    ) -> Response:
        """Stored mentions, newest first, in pages."""
        selection = Selection(brand or "", label or "", language or "", source or "", intent or "", aspect or "")
        with store.reading() as connection:
            return _json(MentionPage(*page(connection, wanted_of(selection, since, until), limit, cursor)))

    @api.get("/summary", **_answers(Summary))
    def get_summary(
        brand: Annotated[
            list[str] | None, Query(max_length=100, description="May be given again; default: all.")
        ] = None,
        since: Since = None,
        until: Until = None,
    ) -> Response:
        """Volume and net sentiment of brands, against the period before; default: the last 24 hours."""
        with store.reading() as connection:
            return _json(summary(connection, *_window(since, until, now()), brands=brand))

    @api.get("/sources", **_answers(SourceList))
    def get_sources(since: Since = None, until: Until = None) -> Response:
        """How the sources did; default: the last 24 hours."""
        window = _window(since, until, now())
        with store.reading() as connection:
            return _json(SourceList(*window, sources(connection, *window)))

    @api.get("/funnel", **_answers(FunnelList))
    def get_funnel(brand: Name = None, source: Name = None, since: Since = None, until: Until = None) -> Response:
        """Why so few mentions, or none: seen, matched, dropped by reason, stored; default: the last 24 hours."""
        window = _window(since, until, now())
        with store.reading() as connection:
            rows = funnel(connection, *window, brands=[brand] if brand else None, source=source)
            return _json(FunnelList(*window, rows))

    @api.get("/overview", **_answers(Overview))
    def get_overview(brand: Annotated[str, Query(max_length=200)], window: Window = "24h") -> Response:
        """A brand at a glance: its figures and how they went over the window, which ends with the running minutes."""
        with store.reading() as connection:
            return _json(overview(connection, brand, window, now()))

    @api.get("/alerts", **_answers(AlertList))
    def get_alerts(
        brand: Name = None,
        kind: AlertKind | None = None,
        open_: Annotated[
            bool | None, Query(alias="open", description="Only those that go on, or that are over.")
        ] = None,
        since: Since = None,
        until: Until = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> Response:
        """Alerts, the last opened first; opened in [since, until)."""
        wanted = AlertsWanted(brands=(brand,) if brand else None, kind=kind, open=open_, since=since, until=until)
        with store.reading() as connection:
            return _json(AlertList(list_alerts(connection, wanted, limit=limit)))

    @api.get("/alerts/{id}", **_answers(AlertLife))
    def get_alert(id: Annotated[str, Path(max_length=100)]) -> Response:  # noqa: A002 # as the address calls it
        """One alert, by its id or the beginning of it that no other has."""
        with store.reading() as connection:
            try:
                alert = find_alert(connection, id)
            except UsageError as error:
                raise HTTPException(404, str(error)) from error
            return _json(AlertLife(alert, steps_of(connection, alert.id)))

    return api


def schemas() -> dict[str, Any]:
    """The JSON schemas of all answers, by name, for the OpenAPI document."""
    _, components = msgspec.json.schema_components(_ANSWERS, ref_template="#/components/schemas/{name}")
    return components


def _answers(kind: type[Struct]) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{kind.__name__}"}
    return {"responses": {200: {"content": {"application/json": {"schema": schema}}}}, "response_class": Response}


def _json(value: Struct) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")


def _window(since: datetime | None, until: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    """The window asked for; [until - 24 h, until) without a beginning."""
    end = (until or now).astimezone(UTC)
    start = since.astimezone(UTC) if since else end - WINDOW
    if not _FIRST <= start < end <= _LAST:
        msg = (
            f"found since {start.isoformat()} and until {end.isoformat()}; since must be the earlier one, from 1971 on"
        )
        raise BadRequestError(msg)
    if end - start > LONGEST:
        msg = f"found a window of {(end - start).days} days; at most {LONGEST.days} are read at once"
        raise BadRequestError(msg)
    return start, end
