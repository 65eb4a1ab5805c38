"""SVG written element by element. Every text and attribute is escaped here, whoever wrote it."""

import re
from collections.abc import Iterable
from html import escape

FONT = "Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif"
_UNSHOWN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff0-\uffff\ud800-\udfff]"
)
"""What XML forbids or what turns the direction of everything behind it; one name may not undo a whole line."""
_BLANKS = re.compile("[ \t\n]+")
_NARROW = frozenset("iljtfrI.,:;'|!()[]{}1 /\N{NARROW NO-BREAK SPACE}\N{NO-BREAK SPACE}")
_WIDE = frozenset("mwMW%@\N{EM DASH}\N{HORIZONTAL ELLIPSIS}")


def plain(shown: str) -> str:
    r"""Take out of a text what cannot be drawn or would reorder its neighbours; blanks and line ends become one blank.

    >>> plain("a\u202eb\x00 \n c")
    'ab c'
    """
    return _BLANKS.sub(" ", _UNSHOWN.sub("", shown)).strip()


def element(name: str, /, *children: str, **attributes: object) -> str:
    """Write one element; `class_` becomes class, `_` in a name becomes `-`, None leaves an attribute out.

    Args:
        children: elements already written, or texts already escaped by `words`.

    >>> element("rect", x=1.0, stroke_width=2.25, class_='"')
    '<rect x="1" stroke-width="2.25" class="&quot;"/>'
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    inner = "".join(children)
    return f"<{name}{written}>{inner}</{name}>" if inner else f"<{name}{written}/>"


def words(shown: str) -> str:
    """Escape a text for the inside of an element."""
    return escape(plain(shown), quote=False)


def text(shown: str, x: float, y: float, size: float, **attributes: object) -> str:
    """Write a line of text with its base line at (x, y)."""
    return element("text", words(shown), x=x, y=y, font_size=size, **attributes)


def drawing(width: float, height: float, title: str, parts: Iterable[str]) -> str:
    """Write a whole drawing, `width` by `height` units, that readers of screens know by its title."""
    return element(
        "svg",
        element("title", words(title)),
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_value(width)} {_value(height)}",
        role="img",
        font_family=FONT,
    )


def wide(shown: str, size: float) -> float:
    """Estimate how wide a text will be; rather too wide than too narrow."""
    return size * sum(_advance(letter) for letter in shown)


def cut(shown: str, size: float, room: float) -> str:
    """Cut a text so that it fits in so many units, with an ellipsis where something is missing."""
    shown = plain(shown)
    if wide(shown, size) <= room:
        return shown
    kept, used = [], wide("\N{HORIZONTAL ELLIPSIS}", size)
    for letter in shown:
        used += size * _advance(letter)
        if used > room:
            break
        kept.append(letter)
    return "".join(kept).rstrip() + "\N{HORIZONTAL ELLIPSIS}"


def _advance(letter: str) -> float:
    if letter in _NARROW:
        return 0.36
    if letter in _WIDE:
        return 0.95
    if letter > "\u2e80":
        return 1.05
    return 0.7 if letter.isupper() else 0.6


def _value(value: object) -> str:
    if isinstance(value, float):
        shown = f"{value:.2f}".rstrip("0").rstrip(".")
        return "0" if shown == "-0" else shown
    return escape(plain(str(value)))
