"""What the console answers under which address, besides the API."""

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, StreamingResponse
from starlette.staticfiles import StaticFiles

from dashboards.console.answering import checked, html, view_of
from dashboards.console.api import PREFIX
from dashboards.console.live import Live, PageName, read_mark
from dashboards.console.pages import Pages
from dashboards.console.selection import BadRequestError
from mentions.errors import AtalayaError
from processors.store.opening import Store
from processors.store.stored_brands import stored_brands

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""Prometheus' text exposition format."""
_STATIC = Path(__file__).parent / "static"
log = logging.getLogger(__name__)


def add_pages(app: FastAPI, pages: Pages) -> None:
    """The pages for people; each is made in a thread."""

    def home(request: Request) -> Response:
        return html(request, pages.home(view_of(request), request.query_params.get("before") or None))

    def funnel(request: Request) -> Response:
        return html(request, pages.funnel(view_of(request)))

    def sources(request: Request) -> Response:
        return html(request, pages.sources(view_of(request)))

    app.add_route("/", home)
    app.add_route("/funnel", funnel)
    app.add_route("/sources", sources)
    app.mount("/static", _Static(directory=_STATIC))


def add_live(app: FastAPI, live: Live, now: Callable[[], datetime]) -> None:
    """The stream of new mentions."""

    async def events(request: Request) -> Response:
        live.check_room()
        mark = request.headers.get("last-event-id") or request.query_params.get("after", "")
        page: PageName = "overview" if request.query_params.get("page") == "overview" else "live"
        stream = live.stream(checked(view_of(request, page)), read_mark(mark) or now())
        return StreamingResponse(stream, media_type="text/event-stream")

    app.add_route("/events", events)


def add_machines(app: FastAPI, store: Store, metrics_render: Callable[[], bytes]) -> None:
    """What Prometheus and supervisors ask."""

    def metrics(_request: Request) -> Response:
        return Response(metrics_render(), headers={"content-type": METRICS_TYPE})

    def healthz(_request: Request) -> Response:
        with store.reading() as connection:
            stored_brands(connection)
        return PlainTextResponse("ok\n")

    app.add_route("/metrics", metrics)
    app.add_route("/healthz", healthz)


def add_errors(app: FastAPI, pages: Pages) -> None:
    """What goes wrong, as a page for people and as JSON for programs."""

    def unavailable(request: Request, error: Exception) -> Response:
        log.warning("a page cannot be made now", extra={"path": request.url.path, "reason": str(error)})
        return _failed(request, 503, str(error), "unavailable", "unavailable_how", "reload", request.url.path)

    def wrong(request: Request, error: Exception) -> Response:
        return _failed(request, 400, str(error), "wrong", "", "not_found_how", "/")

    def other(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        reason = f"there is no {request.url.path}"
        return _failed(request, status, reason, "not_found", "", "not_found_how", "/")

    def _failed(
        request: Request, status: int, reason: str, title: str, sentence: str, way: str, target: str
    ) -> Response:
        if request.url.path.startswith(PREFIX):
            return JSONResponse({"error": reason}, status)
        if request.url.path in ("/events", "/healthz", "/metrics"):
            return PlainTextResponse(f"{reason}\n", status)
        view = view_of(request)
        s = pages.renderer.speech(view.lang)
        markup = pages.message(view, s(title), s(sentence) if sentence else reason, s(way), target)
        return html(request, markup, status)

    app.add_exception_handler(AtalayaError, unavailable)
    app.add_exception_handler(BadRequestError, wrong)
    app.add_exception_handler(HTTPException, other)


class _Static(StaticFiles):
    """The files of the pages; a browser keeps them and asks each time whether they changed."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type] # passed on as they came
        response.headers["cache-control"] = "no-cache"
        return response
