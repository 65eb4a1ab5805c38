"""Shares of a whole side by side, each written at its bar: share of voice, sources, languages."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dashboards.charts import inks
from dashboards.charts.frame import PAGE, Size
from dashboards.charts.svg import cut, drawing, element, text, wide


@dataclass(frozen=True, slots=True)
class Share:
    """One bar.

    Attributes:
        share: 0 to 1.
        told: what is written at its end, as "42% (1,204)".
        before: the share of the time before, drawn as an upright stroke; None: not comparable.
        own: the bar that the page is about.
    """

    name: str
    share: float
    told: str
    before: float | None = None
    own: bool = False


def share_bars(shares: Sequence[Share], *, title: str, size: Size = PAGE, before: str = "") -> str:
    """Draw a bar for each share, from the first down; the axis is 0 to the greatest share, or to 1 where it is near.

    The drawing is as tall as its bars need; `size.height` is the most that it takes: then bars come closer.

    Args:
        before: what the upright strokes stand for, written below.
    """
    letters = size.letters
    foot = letters * 1.8 if before and any(one.before is not None for one in shares) else 0.0
    row = min(letters * 2.4, (size.height - foot) / max(1, len(shares)))
    size = replace(size, height=row * len(shares) + foot)
    names = min(1.08 * max((wide(one.name, letters) for one in shares), default=0) + letters, size.width * 0.34)
    told = 1.08 * max((wide(one.told, letters) for one in shares), default=0) + letters
    room = max(size.width - names - told, letters)
    most = max((value for one in shares for value in (one.share, one.before or 0)), default=1) or 1
    parts: list[str] = []
    for place, one in enumerate(shares):
        parts += _row(one, names, room / most, place * row, row, letters)
    if foot:
        parts += _foot(before, names, size, letters)
    return drawing(size.width, size.height, title, parts)


def _row(one: Share, left: float, scale: float, top: float, row: float, letters: float) -> list[str]:
    middle, thick = top + row / 2, min(letters * 1.35, row * 0.7)
    length = max(one.share * scale, 1.0 if one.share else 0.0)
    base, weight = middle + letters * 0.36, 600 if one.own else 400
    reach = max(length, (one.before or 0) * scale)
    parts = [
        text(
            *(cut(one.name, letters, left - letters * 0.6), left - letters * 0.6, base, letters),
            class_="ink",
            fill=inks.INK,
            text_anchor="end",
            font_weight=weight,
        ),
        element(
            "rect",
            class_="own" if one.own else "other",
            x=left,
            y=middle - thick / 2,
            width=length,
            height=thick,
            fill=inks.BLUE if one.own else inks.NEUTRAL,
        ),
        text(one.told, left + reach + letters * 0.5, base, letters, class_="ink", fill=inks.INK, font_weight=weight),
    ]
    if one.before is not None:
        x = left + one.before * scale
        parts.append(_stroke(x, middle, thick, letters))
    return parts


def _stroke(x: float, middle: float, thick: float, letters: float) -> str:
    return element(
        "line",
        class_="before",
        x1=x,
        x2=x,
        y1=middle - thick * 0.72,
        y2=middle + thick * 0.72,
        stroke=inks.INK,
        stroke_width=letters / 6,
    )


def _foot(before: str, left: float, size: Size, letters: float) -> list[str]:
    y = size.height - letters * 0.8
    shown = cut(before, letters, size.width - left - letters)
    return [
        _stroke(left + letters * 0.3, y, letters, letters),
        text(shown, left + letters * 0.9, y + letters * 0.36, letters, class_="soft", fill=inks.SOFT),
    ]
