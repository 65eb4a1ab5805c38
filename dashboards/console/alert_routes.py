"""The addresses of the overview and of alerts, and what people send from there."""

import secrets
from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote, unquote

from fastapi import FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from dashboards.console.answering import html, no_such_page, view_of
from dashboards.console.forms import MAX_BODY, Seals, fields_of, is_from_here
from dashboards.console.overview_pages import Form, OverviewPages
from mentions.errors import UsageError
from processors.store.alert_words import acknowledge, note_alert, rate
from processors.store.opening import Store

_VISITOR, _NAME = "atalaya_form", "atalaya_name"
_YEAR = 365 * 24 * 3600
_LONGEST_NAME = 80
NOBODY = "console"
"""Who says something without a name."""


def add_overview(app: FastAPI, pages: OverviewPages) -> None:
    """The overview and the list of alerts."""

    def overview(request: Request) -> Response:
        return html(request, pages.overview(view_of(request, "overview")))

    def alerts(request: Request) -> Response:
        query = request.query_params
        return html(request, pages.alerts(view_of(request, "alerts"), query.get("kind", ""), query.get("state", "")))

    app.add_route("/overview", overview)
    app.add_route("/alerts", alerts)


def add_alert(app: FastAPI, pages: OverviewPages, store: Store, now: Callable[[], datetime]) -> None:
    """One alert, and what people say of it. Nothing else of the console changes anything."""
    seals = Seals()

    def alert(request: Request) -> Response:
        return _shown(request, request.path_params["id"])

    def _shown(request: Request, id_: str, trouble: str = "", status: int = 200) -> Response:
        visitor = seals.visitor(request.cookies.get(_VISITOR))
        form = Form(seals.of(visitor), secrets.token_hex(16), unquote(request.cookies.get(_NAME, "")))
        try:
            markup = pages.alert(view_of(request, "alerts"), id_, form, trouble)
        except UsageError:
            return no_such_page(request, pages.pages, "alert_unknown", "alerts_back", "/alerts")
        response = html(request, markup, status)
        response.set_cookie(_VISITOR, visitor, httponly=True, samesite="strict")
        return response

    async def say(request: Request) -> Response:
        id_ = request.path_params["id"]
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY:
                return await run_in_threadpool(_shown, request, id_, f"more than {MAX_BODY} bytes", 413)
        return await run_in_threadpool(_take, request, id_, body)

    def _take(request: Request, id_: str, body: bytes) -> Response:
        try:
            sent = fields_of(body)
        except ValueError:
            sent = {}
        if not is_from_here(request.headers) or not seals.holds(request.cookies.get(_VISITOR), sent.get("seal", "")):
            return no_such_page(request, pages.pages, "say_stale", "say_back", f"/alerts/{quote(id_, safe='')}",
                                "say_stale_how", 403)  # fmt: skip
        who = " ".join(sent.get("who", "").split())[:_LONGEST_NAME]
        try:
            _write(id_, sent, who or NOBODY)
        except UsageError as error:
            return _shown(request, id_, str(error), 400)
        response = RedirectResponse(f"/alerts/{quote(id_, safe='')}#say", 303)
        response.set_cookie(_NAME, quote(who), max_age=_YEAR, httponly=True, samesite="strict")
        return response

    def _write(id_: str, sent: dict[str, str], who: str) -> None:
        event_id, what, at = sent.get("event_id", "")[:64] or secrets.token_hex(16), sent.get("what", ""), now()
        with store.writing() as connection:
            if what == "ack":
                acknowledge(connection, id_, who=who, event_id=event_id, now=at)
            elif what == "note":
                note_alert(connection, id_, sent.get("text", ""), who=who, event_id=event_id, now=at)
            else:
                rate(connection, id_, what, who=who, event_id=event_id, now=at)

    app.add_route("/alerts/{id}", alert)
    app.add_route("/alerts/{id}/say", say, methods=["POST"])
