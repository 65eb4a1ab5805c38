"""HTML as the plain text that a reader sees, and the addresses that it links to. Pure; never raises."""

import html
import re
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

MAX_HTML = 300_000
"""Characters of one item's HTML that are read: five long articles. Damaged markup can cost the square of it in time."""
MAX_LINKS = 100

_HIDDEN = frozenset({"script", "style", "template", "noscript"})
_blocks = re.compile(
    "address|article|aside|blockquote|br|dd|div|dl|dt|figcaption|figure|footer|h[1-6]|header|hr|li|main|nav|ol|p|pre"
    "|section|table|td|th|tr|ul"
)
_tag = re.compile(r"<[^<>]*>")
_spaces = re.compile(r"[ \t\r\f\v\u00a0]+")


class Plain(NamedTuple):
    """Text with one line per block, and absolute http(s) addresses in order, each once."""

    text: str
    links: tuple[str, ...]


def plain_text(markup: str, base: str = "") -> Plain:
    """Drop tags, scripts and styles; resolve entities; break lines where blocks end.

    Args:
        base: what relative links are relative to.
    """
    reader = _Reader()
    try:
        reader.feed(markup[:MAX_HTML])
        reader.close()
        parts = reader.parts
    except AssertionError:  # how html.parser reports a marked section (`<![...`) that it does not know
        parts = [html.unescape(_tag.sub(" ", markup[:MAX_HTML]))]
    resolved = (web_address(link, base) for link in reader.links)
    links = tuple(dict.fromkeys(link for link in resolved if link is not None))
    return Plain(tidy("".join(parts)), links[:MAX_LINKS])


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


class _Reader(HTMLParser):
    """Collects what is shown."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.links: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self._hidden += 1
        elif _blocks.fullmatch(tag):
            self.parts.append("\n")
        elif tag == "a":
            self.links += [value for name, value in attrs if name == "href" and value]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _HIDDEN:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        elif _blocks.fullmatch(tag):
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)
