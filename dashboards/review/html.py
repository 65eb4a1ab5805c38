"""A review as one HTML file: no script, no request to anywhere, fonts and charts within; prints on A4.

Everything that strangers wrote is escaped by Jinja2's autoescape and freed of what turns or tears the text around it.
The page's own policy (a `Content-Security-Policy` in its head) lets nothing in but its own style and fonts, by hash.
"""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from dashboards import charts
from dashboards.charts.frame import NARROW, PAGE, Size
from dashboards.charts.spark import spark
from dashboards.console.texts import code, link
from dashboards.review.model import Review
from dashboards.review.pictures import pictures
from dashboards.review.values import Figure, Lang
from dashboards.review.voice import Voice, utc

_TEMPLATES = Path(__file__).parent / "templates"
_FONTS = Path(charts.__file__).parent / "fonts"
_TILES = ("mentions", "net_sentiment", "negative_share", "share_of_voice", "stories", "response_share")
_SEVEREST = ("critical", "high", "warn", "info")
_TEXT_MOST = 420
_TORN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]")
"""Control characters, halves of characters, and marks that turn the direction of what follows."""
_MARKS = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{3})"
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
"""More than three marks on a letter: they would lie on the lines above and below."""


def render(review: Review, lang: str, *, board: bool = False) -> str:
    """Write a review as an HTML page.

    Args:
        lang: `en` or `es`.
        board: on one A4 page: the sentences, the main figures, two charts, the alerts.

    Returns:
        The page; the same review gives the same page, to the byte. It can be encoded as UTF-8, whatever is in it.

    Raises:
        ValueError: no such language.
    """
    if lang not in ("en", "es"):
        msg = f"A review speaks en or es, not {lang!r}."
        raise ValueError(msg)
    spoken: Lang = "es" if lang == "es" else "en"
    voice = Voice(spoken, review.period)
    style = _style(review, board=board)
    drawn = {picture.name: picture for picture in pictures(review, voice)}
    numbered = list(enumerate(review.alerts, 1))
    values: dict[str, Any] = {
        "r": review,
        "v": voice,
        "lang": spoken,
        "style": Markup(style),  # noqa: S704 # our own sheet; what a stranger named in it is escaped for CSS
        "policy": _policy(style),
        "charts": drawn,
        "tiles": _tiles(review),
        "numbered": numbered,
        "worst": sorted(numbered, key=lambda one: _SEVEREST.index(one[1].severity))[:3],
        "chart_size": _board_size(review, spoken, len(drawn.keys() & {"daily", "net"})),
    }
    return _environment().get_template("board.html" if board else "review.html").render(values)


def css_string(text: str) -> str:
    r"""Write a text as a CSS string; whatever is no letter, digit or blank is written as its number.

    >>> css_string('a"b')
    '"a\\22 b"'
    """
    inner = "".join(
        letter if letter == " " or (letter.isascii() and letter.isalnum()) else f"\\{ord(letter):x} "
        for letter in clean(text).replace("\n", " ")
    )
    return f'"{inner}"'


def clean(value: Any) -> Any:
    """Take out of a text what would tear or turn the page around it; anything else is left as it is."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return _MARKS.sub(r"\1", _TORN.sub("", value))


def shortened(text: str, most: int = _TEXT_MOST) -> str:
    """Cut a long text at a blank, with an ellipsis.

    >>> shortened("one two three", 8)
    'one two…'
    """
    if len(text) <= most:
        return text
    cut = text.rfind(" ", most // 2, most)
    return text[: most if cut < 0 else cut].rstrip() + "\N{HORIZONTAL ELLIPSIS}"


def page_link(url: str) -> str | None:
    """The address of a page that is known without its scheme; None where a browser would not understand it.

    >>> page_link("lumbre.example/a"), page_link("javascript:alert(1)")
    ('https://lumbre.example/a', None)
    """
    found = link(url if url.startswith(("http://", "https://")) else f"https://{url}")
    try:
        parts = urlsplit(found or "")
        known = bool(parts.hostname and "." in parts.hostname) and (parts.port or 0) >= 0
    except ValueError:
        return None
    return found if known else None


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        finalize=clean,
    )
    made.filters |= {
        "code": lambda sentence: code(clean(sentence)),
        "link": link,
        "page_link": page_link,
        "shortened": shortened,
        "utc": utc,
    }
    made.globals |= {"svg": _svg, "spark": _spark, "PAGE": PAGE, "NARROW": NARROW}
    return made


def _svg(drawn: str) -> Markup:
    return Markup(drawn)  # noqa: S704 # drawn by dashboards.charts, which escapes what it writes


def _spark(figure: Figure, title: str) -> Markup:
    band = None if figure.low is None or figure.high is None else (figure.low, figure.high)
    return _svg(spark(figure.before, figure.value, band, title=title) or "")


def _tiles(review: Review) -> list[Figure]:
    """The four figures that head the page: the first of `_TILES` that are shown; without any, the first of all."""
    by_name = {figure.name: figure for figure in review.figures}
    found = [by_name[name] for name in _TILES if name in by_name]
    shown = [figure for figure in found if figure.value is not None]
    return [figure for figure in found if figure in shown[:4] or figure.name == "net_sentiment"][:4] or list(
        review.figures[:4]
    )


def _board_size(review: Review, lang: Lang, charts: int) -> Size:
    """The size of a board's chart: as tall as its page has room for, beside its sentences, alerts and names."""
    lines = sum(1 + len(one.text.said(lang)[:180]) // 88 for one in review.headline[:5])
    lines += 2 * (len(review.brand[:90]) // 30)
    alerts = sum(2 + len(one.cause.said(lang)[:120]) // 46 for one in review.alerts[:3])
    rivals = sum(1 + 2 * (len(row.brand) > 20) for row in review.brands[:5])
    room = 520 - 19 * lines - 17 * max(alerts, rivals)
    return Size(720, min(260.0, max(130.0, room / max(1, charts))), 12)


def _style(review: Review, *, board: bool) -> str:
    foot = css_string(f"{shortened(review.brand, 60)} - {review.period.name}")
    sheet = (_TEMPLATES / "review.css").read_text(encoding="utf-8")
    margins = (
        "@page { @bottom-left { content: none; } @bottom-right { content: none; } }"
        if board
        else f"""@page {{
  @bottom-left {{ content: {foot}; font: 8pt Inter, sans-serif; color: #53606E; }}
  @bottom-right {{ content: counter(page) " / " counter(pages); font: 8pt Inter, sans-serif; color: #53606E; }}
}}"""
    )
    return f"{_faces()}\n{sheet}\n{margins}\n"


@cache
def _faces() -> str:
    faces = []
    for weight, name in ((400, "Regular"), (600, "SemiBold")):
        data = base64.b64encode((_FONTS / f"Inter-{name}.woff2").read_bytes()).decode()
        faces.append(
            f"@font-face {{ font-family: Inter; font-weight: {weight}; "
            f'src: url("data:font/woff2;base64,{data}") format("woff2"); }}'
        )
    return "\n".join(faces)


def _policy(style: str) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; font-src data:; base-uri 'none'; form-action 'none'"
