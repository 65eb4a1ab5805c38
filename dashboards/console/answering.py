"""From a request to what it asks for, and from markup to an answer."""

from fastapi import Request, Response
from starlette.responses import HTMLResponse

from dashboards.console.live import PageName, View
from dashboards.console.pages import Pages
from dashboards.console.selection import read_moment, selection_of
from dashboards.console.speech import choose_lang
from dashboards.console.words import LANGS
from processors.store.overview import WINDOWS, Window

_COOKIE = "atalaya_lang"
_YEAR = 365 * 24 * 3600


def view_of(request: Request, page: PageName = "live") -> View:
    """Read what a request wants to see; what is no window of the overview is its usual one."""
    query = request.query_params
    lang = choose_lang(query.get("lang"), request.cookies.get(_COOKIE), request.headers.get("accept-language", ""))
    window: Window = next((window for window in WINDOWS if window == query.get("window")), "24h")
    return View(lang, selection_of(query), page, window, query.get("count") == "weighted")


def checked(view: View) -> View:
    """Pass a view on whose times can be read.

    Raises:
        BadRequestError: they cannot.
    """
    read_moment(view.selection.since)
    read_moment(view.selection.until)
    return view


def html(request: Request, markup: str, status: int = 200) -> Response:
    """Answer with a page; a language that was asked for is kept."""
    # A text may hold half of a surrogate pair, which no encoding can carry.
    response = HTMLResponse(markup.encode(errors="replace"), status)
    wish = request.query_params.get("lang")
    if wish in LANGS:
        response.set_cookie(_COOKIE, wish, max_age=_YEAR, httponly=True, samesite="strict")
    return response


def no_such_page(
    request: Request, pages: Pages, title: str, way: str, target: str, sentence: str = "not_found", status: int = 404
) -> Response:
    """Answer with one sentence and one way on; `title`, `way`, `sentence` are keys of words."""
    view = view_of(request)
    s = pages.renderer.speech(view.lang)
    return html(request, pages.message(view, s(title), s(sentence), s(way), target), status)
