"""HTML as the plain text that a reader sees, and the addresses that it links to. Pure; never raises.

The standard library's parser is not used: on unclosed tags it takes the square of their number in time (measured with
CPython 3.11: 50 s for 40 kB of `<a `). Here no expression can look across a `<`, so that all of it is linear.
"""

import html
import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

MAX_HTML = 300_000
"""Characters of one item's HTML that are read: five long articles."""
MAX_LINKS = 100

_HIDDEN = frozenset({"script", "style", "template", "noscript"})
_blocks = re.compile(
    "address|article|aside|blockquote|br|dd|div|dl|dt|figcaption|figure|footer|h[1-6]|header|hr|li|main|nav|ol|p|pre"
    "|section|table|td|th|tr|ul"
)
_markup = re.compile(
    r"""(?P<comment><!--)
    | <(?P<end>/?)(?P<name>[A-Za-z][^\s/<>]*+)(?P<rest>(?:[^<>"']|"[^"<]*+"|'[^'<]*+')*+)>  # quotes may hold a `>`
    | <(?P<end2>/?)(?P<name2>[A-Za-z][^\s/<>]*+)(?P<rest2>[^<>]*+)>                         # a quote was not closed
    | <[!?][^<>]*+>
    """,
    re.VERBOSE,
)
_href = re.compile(r"""(?<![^\s"'/])href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_spaces = re.compile(r"[ \t\r\f\v\u00a0]+")


class Plain(NamedTuple):
    """Text with one line per block, and absolute http(s) addresses in order, each once."""

    text: str
    links: tuple[str, ...]


class _Tag(NamedTuple):
    name: str
    end: bool
    rest: str


def plain_text(markup: str, base: str = "") -> Plain:
    """Drop tags, comments, scripts and styles; resolve entities; break lines where blocks end.

    Args:
        base: what relative links are relative to.
    """
    parts: list[str] = []
    links: dict[str, None] = {}
    hidden = ""
    for piece in _pieces(markup[:MAX_HTML]):
        if isinstance(piece, str):
            parts += [] if hidden else [_unescape(piece)]
        elif hidden:
            hidden = "" if piece.end and piece.name == hidden else hidden
        elif piece.name in _HIDDEN:
            hidden = "" if piece.end or piece.rest.endswith("/") else piece.name
        elif _blocks.fullmatch(piece.name):
            parts.append("\n")
        elif piece.name == "a" and (link := _link(piece.rest, base)):
            links[link] = None
    return Plain(tidy("".join(parts)), tuple(links)[:MAX_LINKS])


def tidy(text: str) -> str:
    """Runs of spaces become one; empty lines and spaces at line ends go."""
    lines = (_spaces.sub(" ", line).strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def web_address(link: str, base: str = "") -> str | None:
    """The absolute http(s) address of a link; None when it has none."""
    if not (link := link.strip()):
        return None
    try:
        absolute = urljoin(base, link)
        parts = urlsplit(absolute)
    except ValueError:
        return None
    return absolute if parts.scheme in ("http", "https") and parts.netloc else None


def _pieces(markup: str) -> Iterator[str | _Tag]:
    """Text as it stands and tags, in order. A `<` that begins no tag is text; an open comment hides what follows."""
    at = 0
    while match := _markup.search(markup, at):
        if match.start() > at:
            yield markup[at : match.start()]
        at = match.end()
        if match["comment"]:
            end = markup.find("-->", at)
            if end < 0:
                return
            at = end + 3
        elif name := match["name"] or match["name2"]:
            yield _Tag(name.lower(), bool(match["end"] or match["end2"]), match["rest"] or match["rest2"] or "")
    yield markup[at:]


def _link(attributes: str, base: str) -> str | None:
    found = _href.search(attributes)
    return web_address(_unescape(found[1] or found[2] or found[3] or ""), base) if found else None


def _unescape(text: str) -> str:
    try:
        return html.unescape(text)
    except ValueError:  # a character reference of more than 4,300 digits
        return text
