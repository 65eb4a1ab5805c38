"""Charts that lie above each other on one stretch of time, whose slots can be pointed at and opened.

Every place in time is a share of the stretch, 0 at its start and 1 at its end. Parts are drawn in the order given;
what can be opened comes last, so that it lies on top.
"""

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dashboards.charts import inks
from dashboards.charts.frame import Plot, Size, Write, upright
from dashboards.charts.svg import FONT, element, text, wide, words

LEFT, RIGHT, TOP, BOTTOM = 4.6, 0.8, 1.6, 2.0
"""Margins in letters: the same for all, so that charts above each other share their time."""


@dataclass(frozen=True, slots=True)
class Interval:
    """The value of [start, end) with its interval."""

    start: float
    end: float
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Stack:
    """A bar over [start, end): its layers from zero upwards; a value below 0 hangs from zero instead."""

    start: float
    end: float
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class Cell:
    """A slot that tells its figures to the pointer and leads to what is behind them; no link: it only tells."""

    start: float
    end: float
    told: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Flag:
    """Something that happened or that somebody did; `until`: when it was over, or the end of the chart."""

    at: float
    until: float
    told: str
    link: str = ""
    kind: str = ""


def plot_of(size: Size, axis: Sequence[float]) -> Plot:
    """Give the inner rectangle of a chart of this size; `axis`: values of the upright axis, lowest first."""
    letters = size.letters
    right = size.width - RIGHT * letters
    return Plot(LEFT * letters, TOP * letters, right, size.height - BOTTOM * letters, axis[0], axis[-1])


def chart(
    size: Size,
    axis: Sequence[float],
    write: Write,
    times: Sequence[tuple[float, str]],
    parts: Iterable[str],
    *,
    label: str,
    class_: str,
) -> str:
    """Put a chart together.

    Args:
        write: writes a value of the upright axis. times: places and names below. label: what readers of screens hear.
    """
    plot = plot_of(size, axis)
    return element(
        "svg",
        *upright(plot, size, axis, write),
        *_times(plot, size, times),
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {size.width:g} {size.height:g}",
        role="group",
        aria_label=label,
        class_=class_,
        font_family=FONT,
    )


def _times(plot: Plot, size: Size, times: Sequence[tuple[float, str]]) -> list[str]:
    """Names of moments below the plot; where they would touch, some are left out evenly."""
    letters = size.letters
    room = max((wide(name, letters) for _, name in times), default=0) + letters * 0.6
    steps = [x_of(plot, one[0]) - x_of(plot, other[0]) for other, one in itertools.pairwise(times)]
    every = max(1, math.ceil(room / min(steps))) if steps and min(steps) > 0 else 1
    parts = []
    for place, name in times[::every]:
        x, half = x_of(plot, place), wide(name, letters) / 2
        middle = min(max(x, half), size.width - half)
        parts.append(
            element("line", class_="tick", x1=x, x2=x, y1=plot.bottom, y2=plot.bottom + letters / 3, stroke=inks.SOFT)
        )
        parts.append(
            text(
                *(name, middle, plot.bottom + letters * 1.5, letters),
                class_="soft",
                fill=inks.SOFT,
                text_anchor="middle",
            )
        )
    return parts


def x_of(plot: Plot, place: float) -> float:
    """Where a place in time stands."""
    return plot.left + min(max(place, 0.0), 1.0) * (plot.right - plot.left)


def shaded(plot: Plot, stretches: Iterable[tuple[float, float]], class_: str = "missed") -> list[str]:
    """Shade stretches of time."""
    return [_rect(plot, start, end, plot.top, plot.bottom, class_, inks.MISSED) for start, end in stretches]


def intervals(plot: Plot, found: Iterable[Interval]) -> list[str]:
    """Draw each value as a level line over its slot, within its interval: a mean of a slot is no curve."""
    parts = []
    for one in found:
        parts.append(_rect(plot, one.start, one.end, plot.y(one.high), plot.y(one.low), "band", inks.BAND))
        y = plot.y(one.value)
        edges = {"x1": x_of(plot, one.start), "x2": x_of(plot, one.end)}
        parts.append(element("line", class_="value", **edges, y1=y, y2=y, stroke=inks.BLUE, stroke_width=3))
    return parts


def stacks(plot: Plot, found: Iterable[Stack], kinds: Sequence[tuple[str, str]]) -> list[str]:
    """Draw bars; `kinds`: class and ink of each layer, the lowest first."""
    parts = []
    for stack in found:
        base = 0.0
        gap = (stack.end - stack.start) * 0.12
        for value, (kind, ink) in zip(stack.values, kinds, strict=True):
            if value < 0:
                parts.append(_rect(plot, stack.start + gap, stack.end - gap, plot.y(0), plot.y(value), kind, ink))
            elif value > 0:
                top = plot.y(base + value)
                parts.append(_rect(plot, stack.start + gap, stack.end - gap, top, plot.y(base), kind, ink))
                base += value
    return parts


def band(plot: Plot, edges: Sequence[tuple[float, float, float]], class_: str = "band") -> str:
    """Fill what lies between a low and a high value over time: (place, low, high); of fewer than two nothing."""
    if len(edges) < 2:
        return ""
    upper = [(place, high) for place, _, high in edges]
    lower = [(place, low) for place, low, _ in reversed(edges)]
    return element("polygon", class_=class_, points=_points(plot, upper + lower), fill=inks.BAND)


def line(plot: Plot, points: Sequence[tuple[float, float]], class_: str, ink: str, dashes: str | None = None) -> str:
    """Draw a line through (place, value); of none nothing."""
    if not points:
        return ""
    return element(
        "polyline",
        class_=class_,
        points=_points(plot, points),
        fill="none",
        stroke=ink,
        stroke_width=2,
        stroke_linejoin="round",
        stroke_dasharray=dashes,
    )


def cells(plot: Plot, found: Iterable[Cell]) -> list[str]:
    """Make slots that tell and lead; a keyboard passes them over, because a table beside the chart has them all."""
    parts = []
    for cell in found:
        title = element("title", words(cell.told))
        area = element(
            "rect",
            title,
            class_="cell",
            x=x_of(plot, cell.start),
            y=plot.top,
            width=max(0.0, x_of(plot, cell.end) - x_of(plot, cell.start)),
            height=plot.height,
            fill="transparent",
        )
        parts.append(element("a", area, href=cell.link, tabindex="-1") if cell.link else area)
    return parts


def flags(plot: Plot, size: Size, found: Iterable[Flag]) -> list[str]:
    """Mark what happened by a line from its beginning with a pennant on top, and a bar as long as it lasted."""
    parts, half = [], size.letters * 0.5
    for flag in found:
        x, end = x_of(plot, flag.at), x_of(plot, flag.until)
        top = plot.top - size.letters * 1.3
        drawn = [
            element("title", words(flag.told)),
            element("line", x1=x, x2=x, y1=top, y2=plot.bottom, stroke=inks.INK, stroke_dasharray="3 3"),
            element("rect", x=x, y=top + half - 1.5, width=max(0.0, end - x), height=3, fill=inks.INK),
            element(
                "path", d=f"M{x:.2f} {top:.2f}l{half * 2.2:.2f} {half:.2f}l{-half * 2.2:.2f} {half:.2f}z", fill=inks.INK
            ),
        ]
        parts.append(element("a", *drawn, href=flag.link, class_=f"flag {flag.kind}".strip(), aria_label=flag.told))
    return parts


def spans(plot: Plot, size: Size, found: Iterable[Flag]) -> list[str]:
    """Mark what somebody did by a bar along the foot of the plot, with a square where it began."""
    parts, side = [], size.letters * 0.7
    for one in found:
        x, end = x_of(plot, one.at), x_of(plot, one.until)
        drawn = [
            element("title", words(one.told)),
            element("rect", x=x, y=plot.bottom - 2, width=max(0.0, end - x), height=4, fill=inks.SOFT),
        ]
        if 0 <= one.at <= 1:
            drawn.append(
                element("rect", x=x, y=plot.bottom - side / 2, width=side, height=side, fill=inks.SOFT, stroke="none")
            )
        parts.append(element("g", *drawn, class_="span", role="img", aria_label=one.told))
    return parts


def _points(plot: Plot, points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x_of(plot, place):.2f},{plot.y(value):.2f}" for place, value in points)


def _rect(plot: Plot, start: float, end: float, top: float, bottom: float, class_: str, ink: str) -> str:
    x = x_of(plot, start)
    return element(
        "rect", class_=class_, x=x, y=top, width=max(0.0, x_of(plot, end) - x), height=max(0.0, bottom - top), fill=ink
    )
