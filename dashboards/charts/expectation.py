"""Counts against what was expected: a column for each slot, the band of the usual behind it, alerts above."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from dashboards.charts import inks
from dashboards.charts.frame import PAGE, Plot, Size, Write, apart, level, missed, ticks, upright
from dashboards.charts.series import Mark
from dashboards.charts.svg import cut, drawing, element, text, wide, words


@dataclass(frozen=True, slots=True)
class Seen:
    """One slot: what was counted, and what was usual.

    Attributes:
        count: what was counted; None: not known.
        expected, low, high: what was expected and the band of the usual; None: not judged then.
    """

    count: float | None
    expected: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class BandWords:
    """What the parts of the chart are called, as "negatives", "above the usual", "usual range", "expected"."""

    within: str
    above: str
    band: str
    expected: str


def against_band(
    slots: Sequence[str],
    seen: Sequence[Seen],
    *,
    title: str,
    write: Write,
    called: BandWords,
    size: Size = PAGE,
    gaps: Collection[int] = (),
    marks: Sequence[Mark] = (),
    names: Sequence[str] | None = None,
) -> str:
    """Draw counts against their expectation; what rises above the band is darker, and says so beside the chart.

    Args:
        slots: the names of the slots, oldest first; an empty one is not written.
        marks: alerts, drawn as pointed signs on the upper edge with their names.
    """
    count = len(slots)
    highest = max((value for one in seen for value in (one.count, one.high) if value is not None), default=0.0)
    axis = ticks(highest)
    letters = size.letters
    left = max(wide(write(value), letters) for value in axis) + letters
    labels = (called.within, called.above, called.band, called.expected)
    right = min(max(wide(name, letters) for name in labels) + letters * 1.6, size.width / 3)
    plot = Plot(left, letters * 2.4, size.width - right, size.height - letters * 2.2, axis[0], axis[-1])
    parts = [*missed(plot, count, gaps), *_bands(plot, seen), *upright(plot, size, axis, write)]
    parts += [_column(plot, place, count, one, (names or slots)[place], write) for place, one in enumerate(seen)]
    parts += [*level(plot, size, slots), *_signs(plot, size, marks, count), *_names(plot, size, called)]
    return drawing(size.width, size.height, title, parts)


def above(one: Seen) -> bool:
    """Tell whether a slot's count lies above its band."""
    return one.count is not None and one.high is not None and one.count > one.high


def _bands(plot: Plot, seen: Sequence[Seen]) -> list[str]:
    """The band, slot by slot in steps, as it holds for each slot by itself; the expected count as a line in it."""
    step, count = plot.step(len(seen)), len(seen)
    parts = []
    for first, last in _judged(seen):
        upper, lower, middle = [], [], []
        for place in range(first, last + 1):
            one, x = seen[place], plot.slot(place, count)
            for edge in (x - step / 2, x + step / 2):
                upper.append(f"{edge:.2f},{plot.y(one.high or 0):.2f}")
                lower.append(f"{edge:.2f},{plot.y(one.low or 0):.2f}")
                middle.append(f"{edge:.2f},{plot.y(one.expected or 0):.2f}")
        parts.append(element("polygon", class_="band", points=" ".join(upper + lower[::-1]), fill=inks.BAND))
        parts.append(
            element(
                "polyline",
                class_="expected",
                points=" ".join(middle),
                fill="none",
                stroke=inks.BLUE,
                stroke_width=plot.height / 130,
            )
        )
    return parts


def _judged(seen: Sequence[Seen]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for place, one in enumerate(seen):
        if one.high is None:
            continue
        if found and found[-1][1] == place - 1:
            found[-1] = (found[-1][0], place)
        else:
            found.append((place, place))
    return found


def _column(plot: Plot, place: int, count: int, one: Seen, name: str, write: Write) -> str:
    if not one.count:
        return ""
    step, top = plot.step(count), plot.y(one.count)
    width = step * 0.8 if step > 3 else step
    told = f"{name}: {write(one.count)}"
    if one.low is not None and one.high is not None:
        told += f" ({write(one.low)}\N{EN DASH}{write(one.high)})"
    kind, ink = ("negative", inks.NEGATIVE) if above(one) else ("usual", inks.SOFT)
    return element(
        "rect",
        element("title", words(told)),
        class_=kind,
        x=plot.slot(place, count) - width / 2,
        y=top,
        width=width,
        height=plot.bottom - top,
        fill=ink,
    )


def _signs(plot: Plot, size: Size, marks: Sequence[Mark], count: int) -> list[str]:
    """A sign for each alert, pointing down at its slot; names stand beside where there is room."""
    letters, parts = size.letters, []
    free = plot.left
    for mark in sorted(marks, key=lambda mark: mark.place):
        x, y, half = plot.slot(mark.place, count), plot.top - letters * 0.4, letters * 0.45
        corners = f"{x - half:.2f},{y - half * 1.6:.2f} {x + half:.2f},{y - half * 1.6:.2f} {x:.2f},{y:.2f}"
        parts.append(
            element("polygon", element("title", words(mark.name)), class_="sign", points=corners, fill=inks.INK)
        )
        parts.append(
            element(
                "line",
                class_="mark",
                x1=x,
                x2=x,
                y1=y,
                y2=plot.bottom,
                stroke=inks.INK,
                stroke_width=letters / 14,
                stroke_dasharray=f"{letters / 4:g} {letters / 4:g}",
            )
        )
        width = wide(mark.name, letters)
        start = x + half * 1.6 if x + half * 1.6 + width <= size.width else x - half * 1.6 - width
        if start >= free:
            parts.append(text(mark.name, start, y - half * 0.3, letters, class_="ink", fill=inks.INK))
            free = start + width + letters * 1.4
    return parts


def _names(plot: Plot, size: Size, called: BandWords) -> list[str]:
    letters, x = size.letters, plot.right + size.letters * 0.5
    side = letters * 0.62
    rows = (
        (called.above, inks.NEGATIVE, side),
        (called.within, inks.SOFT, side),
        (called.band, inks.BAND, side),
        (called.expected, inks.BLUE, letters / 6),
    )
    wanted = [plot.top + letters * (0.6 + 1.5 * place) for place in range(len(rows))]
    parts = []
    for (name, ink, thick), y in zip(rows, apart(wanted, letters * 1.4, plot.top, plot.bottom), strict=True):
        parts.append(element("rect", x=x, y=y - thick / 2, width=side, height=thick, fill=ink))
        shown = cut(name, letters, size.width - x - letters)
        parts.append(text(shown, x + letters * 0.95, y + letters * 0.36, letters, class_="ink", fill=inks.INK))
    return parts
