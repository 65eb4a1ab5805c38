"""The frame of a chart: its size, its plot, its axes. Pure arithmetic and strokes."""

import itertools
import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from dashboards.charts import inks
from dashboards.charts.svg import element, text, wide

Write = Callable[[float], str]
"""How a language writes a number."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large a chart is, in its own units, and how large its letters are."""

    width: float
    height: float
    letters: float


PAGE = Size(720, 250, 12)
"""Across an A4 page or a screen: letters come out at about 9 points."""
NARROW = Size(360, 230, 12)
"""Across a phone."""
SLIDE = Size(1760, 720, 27)
"""Within a picture of 1920 by 1080."""


@dataclass(frozen=True, slots=True)
class Plot:
    """The inner rectangle of a chart, with the scale of its upright axis.

    Attributes:
        low, high: the values at its lower and upper edge; `low < high`.
    """

    left: float
    top: float
    right: float
    bottom: float
    low: float
    high: float

    @property
    def height(self) -> float:
        """How tall the plot is."""
        return self.bottom - self.top

    def y(self, value: float) -> float:
        """Where a value stands; what lies outside the axis is held at its edge."""
        held = min(max(value, self.low), self.high)
        return self.bottom - (held - self.low) / (self.high - self.low) * (self.bottom - self.top)

    def slot(self, place: float, count: int) -> float:
        """The middle of slot `place` of `count` equal slots."""
        return self.left + (place + 0.5) * (self.right - self.left) / max(1, count)

    def step(self, count: int) -> float:
        """How wide one of `count` slots is."""
        return (self.right - self.left) / max(1, count)


def ticks(high: float, at_most: int = 5) -> list[float]:
    """Round values from 0 up to at least `high`, at most `at_most` steps apart by 1, 2 or 5 times a power of ten.

    >>> ticks(87)
    [0, 20, 40, 60, 80, 100]
    >>> ticks(0)
    [0, 1]
    """
    if high <= 0:
        return [0, 1]
    raw = high / at_most
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(nice * power for nice in (1, 2, 5, 10) if nice * power >= raw * (1 - 1e-9))
    step = max(1.0, step) if high >= 1 else step
    return [round(place * step, 10) for place in range(math.ceil(high / step - 1e-9) + 1)]


def upright(plot: Plot, size: Size, values: Sequence[float], write: Write) -> list[str]:
    """Draw the lines and numbers of the upright axis; zero is drawn darker."""
    parts = []
    for value in values:
        y = plot.y(value)
        ink = inks.SOFT if value == 0 else inks.GRID
        parts.append(
            element(
                "line", class_="zero" if value == 0 else "grid", x1=plot.left, x2=plot.right, y1=y, y2=y, stroke=ink
            )
        )
        parts.append(
            text(
                *(write(value), plot.left - size.letters * 0.5, y + size.letters * 0.35, size.letters),
                class_="soft",
                fill=inks.SOFT,
                text_anchor="end",
            )
        )
    return parts


def level(plot: Plot, size: Size, slots: Sequence[str]) -> list[str]:
    """Write the names of the slots below; where they would touch, some are left out evenly. Empty names are none."""
    named = [place for place, name in enumerate(slots) if name]
    every = next((every for every in range(1, len(named)) if _fit(plot, size, slots, named[::every])), len(named) or 1)
    letters, y = size.letters, plot.bottom + size.letters * 1.45
    return [
        text(
            slots[place],
            _held(plot, size, slots, place),
            y,
            letters,
            class_="soft",
            fill=inks.SOFT,
            text_anchor="middle",
        )
        for place in named[::every]
    ]


def _held(plot: Plot, size: Size, slots: Sequence[str], place: int) -> float:
    """The middle of a slot's name: below the slot, and not outside the drawing."""
    half = wide(slots[place], size.letters) / 2
    return max(half, min(plot.slot(place, len(slots)), size.width - half))


def _fit(plot: Plot, size: Size, slots: Sequence[str], named: Sequence[int]) -> bool:
    """Tell whether these names stand side by side with a letter's room between them."""
    halves = [wide(slots[place], size.letters) / 2 for place in named]
    middles = [_held(plot, size, slots, place) for place in named]
    return all(
        right - left >= a + b + size.letters * 0.6
        for (left, right), (a, b) in zip(itertools.pairwise(middles), itertools.pairwise(halves), strict=True)
    )


def missed(plot: Plot, slots: int, places: Collection[int]) -> list[str]:
    """Shade the slots that were not heard whole."""
    step = plot.step(slots)
    return [
        element(
            "rect",
            class_="missed",
            x=plot.left + place * step,
            y=plot.top,
            width=step,
            height=plot.bottom - plot.top,
            fill=inks.MISSED,
        )
        for place in sorted(places)
    ]


def apart(wanted: Sequence[float], least: float, low: float, high: float) -> list[float]:
    """Move places on a line so that neighbours are at least `least` apart, as near to what was wanted as may be.

    Args:
        wanted: in any order; the answer keeps theirs.
        low, high: nothing leaves this stretch, unless there is no room.
    """
    order = sorted(range(len(wanted)), key=lambda place: wanted[place])
    put = [0.0] * len(wanted)
    floor = low
    for place in order:
        put[place] = floor = max(wanted[place], floor)
        floor += least
    ceiling = high
    for place in reversed(order):
        put[place] = ceiling = min(put[place], ceiling)
        ceiling -= least
    return put
