"""The console as one application. No globals; time, brands, health and metrics are handed in."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from dashboards.console import api
from dashboards.console.alert_routes import add_alert, add_overview
from dashboards.console.guard import Guard
from dashboards.console.live import Live
from dashboards.console.overview_pages import OverviewPages, Sights
from dashboards.console.pages import Pages
from dashboards.console.readings import Readings
from dashboards.console.rendering import Renderer
from dashboards.console.routes import add_errors, add_live, add_machines, add_pages
from dashboards.console.values import Status
from mentions.brands import Brand, BrandVersion
from processors.store.opening import Store


def create_app(
    *,
    store: Store,
    metrics_render: Callable[[], bytes],
    brands: Callable[[], Sequence[BrandVersion]],
    now: Callable[[], datetime],
    status: Callable[[], Status] = Status,
) -> FastAPI:
    """Make the console over an open store, to be served by `dashboards.console.serving.serve`.

    The callables are asked for every page, from threads, and must be quick.

    Args:
        metrics_render: all metrics in Prometheus' text format.
        brands: those that are watched now, in the order in which they are shown; none: the console says how to begin.
        now: aware UTC.
        status: how sources and pipeline are; without it the console tells what the store knows.
    """

    def watched() -> list[Brand]:
        return [entry.brand for entry in brands()]

    renderer = Renderer(watched, now)
    pages = Pages(readings=Readings(store, watched, now), renderer=renderer, brands=watched, now=now, status=status)
    overview = OverviewPages(pages)
    live = Live(Sights(pages, overview), now)

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        looking = asyncio.create_task(live.run())
        yield
        looking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await looking

    app = FastAPI(
        title="Atalaya",
        summary="What is said about your brands, as the console shows it.",
        version="1",
        openapi_url=f"{api.PREFIX}/openapi.json",
        docs_url=None,  # its page would load scripts of another host
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.live = live
    app.add_middleware(Guard)
    app.include_router(api.router(store, now))
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign] # FastAPI's own way to extend its document
    add_pages(app, pages)
    add_overview(app, overview)
    add_alert(app, overview, store, now)
    add_live(app, live, now)
    add_machines(app, store, metrics_render)
    add_errors(app, pages)
    return app


def _openapi(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with the schemas of the answers, which FastAPI cannot know: they are no pydantic models."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, summary=app.summary, version=app.version, routes=app.routes)
        document.setdefault("components", {}).setdefault("schemas", {}).update(api.schemas())
        app.openapi_schema = document
    return app.openapi_schema
