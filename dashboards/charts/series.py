"""Charts over time: stacked bars, and a line with the band of its uncertainty."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from dashboards.charts import inks
from dashboards.charts.frame import PAGE, Plot, Size, Write, apart, level, missed, ticks, upright
from dashboards.charts.svg import cut, drawing, element, text, wide, words


@dataclass(frozen=True, slots=True)
class Layer:
    """One colour of a stack of bars.

    Attributes:
        name: what it is, written beside it.
        values: one for each slot, 0 or more.
        ink: its colour.
        kind: the class of its marks, as `negative`.
    """

    name: str
    values: Sequence[float]
    ink: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a line, with its interval; a point without value leaves a hole."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened in a slot, drawn as an upright line with a short name."""

    place: float
    name: str
    kind: str = "alert"


def stacked_bars(
    slots: Sequence[str],
    layers: Sequence[Layer],
    *,
    title: str,
    write: Write,
    size: Size = PAGE,
    gaps: Collection[int] = (),
    marks: Sequence[Mark] = (),
    names: Sequence[str] | None = None,
    totals: bool = True,
) -> str:
    """Draw a bar for each slot, its layers stacked from the first (at zero) to the last, their names at the right.

    Args:
        slots: the names of the slots, oldest first; an empty one is not written.
        gaps: places of slots that were not heard whole; they are shaded.
        names: longer names of the slots for the pointer; else `slots`.
        totals: write each bar's sum above it, where there is room.
    """
    count = len(slots)
    sums = [sum(layer.values[place] for layer in layers) for place in range(count)]
    axis = ticks(max(sums, default=0))
    plot = _plot(size, [write(value) for value in axis], [layer.name for layer in layers], axis[0], axis[-1])
    parts = [*missed(plot, count, gaps), *upright(plot, size, axis, write), *level(plot, size, slots)]
    parts += [_bar(plot, size, place, count, layers, (names or slots)[place], write) for place in range(count)]
    parts.append(_base(plot))
    if totals:
        parts += _sums(plot, size, sums, write)
    parts += _marks(plot, size, marks, count)
    parts += _stack_names(plot, size, layers)
    return drawing(size.width, size.height, title, parts)


def line_with_band(
    slots: Sequence[str],
    points: Sequence[Point],
    *,
    title: str,
    write: Write,
    axis: Sequence[float],
    size: Size = PAGE,
    gaps: Collection[int] = (),
    marks: Sequence[Mark] = (),
    names: Sequence[str] | None = None,
    reference: tuple[float, str] | None = None,
    ends: tuple[str, str] | None = None,
    label: str = "",
) -> str:
    """Draw a line with the band of its interval; a lone point is a dot with whiskers.

    Args:
        axis: the values of the upright axis, lowest first; the whole of it is always shown.
        reference: a value to compare with and its name, drawn as a dashed line.
        ends: words at the upper and lower end of the axis, as "all positive", "all negative".
        label: the name of the line, written at its last value.
    """
    count = len(slots)
    right = [label, reference[1] if reference else "", *(ends or ())]
    plot = _plot(size, [write(value) for value in axis], right, axis[0], axis[-1])
    parts = [*missed(plot, count, gaps), *upright(plot, size, axis, write), *level(plot, size, slots)]
    for first, last in _stretches(points):
        parts += _stretch(plot, points, first, last, count)
    parts += [_dot(plot, place, count, point, (names or slots)[place], write) for place, point in enumerate(points)]
    if reference:
        y = plot.y(reference[0])
        parts.append(
            element(
                "line",
                class_="reference",
                x1=plot.left,
                x2=plot.right,
                y1=y,
                y2=y,
                stroke=inks.INK,
                stroke_width=size.letters / 9,
                stroke_dasharray=f"{size.letters / 2:g} {size.letters / 2:g}",
            )
        )
    parts += _marks(plot, size, marks, count)
    parts += _line_names(plot, size, points, label, reference, ends, write)
    return drawing(size.width, size.height, title, parts)


def _plot(size: Size, numbers: Sequence[str], names: Sequence[str], low: float, high: float) -> Plot:
    """The inner rectangle: as much room at the left as its numbers take, at the right as its names, at most a third."""
    left = max((wide(number, size.letters) for number in numbers), default=0) + size.letters
    right = min(max((wide(name, size.letters) for name in names), default=0) + size.letters * 1.6, size.width / 3)
    return Plot(left, size.letters * 1.9, size.width - right, size.height - size.letters * 2.2, low, high)


def _bar(plot: Plot, size: Size, place: int, count: int, layers: Sequence[Layer], name: str, write: Write) -> str:
    step = plot.step(count)
    width = max(step * 0.72, step - 14)
    x, base, parts = plot.slot(place, count) - width / 2, 0.0, []
    inside = all(wide(write(value), size.letters) <= width * 0.95 for layer in layers for value in layer.values)
    told = [name]
    for layer in layers:
        value = layer.values[place]
        told.append(f"{layer.name}: {write(value)}")
        if value <= 0:
            continue
        top = plot.y(base + value)
        parts.append(
            element(
                "rect",
                class_=layer.kind or None,
                x=x,
                y=top,
                width=width,
                height=plot.y(base) - top,
                fill=layer.ink,
                stroke=inks.PAPER,
                stroke_width=min(1.0, width / 8),
            )
        )
        if inside and plot.y(base) - top >= size.letters * 1.35:
            parts.append(_within(write(value), x + width / 2, (top + plot.y(base)) / 2, size, layer.ink))
        base += value
    return element("g", element("title", words("; ".join(told))), *parts)


def _within(shown: str, x: float, middle: float, size: Size, ink: str) -> str:
    """A number within a bar, in the ink that stands out best on it."""
    letters = size.letters * 0.92
    on = inks.PAPER if ink == inks.BLUE else inks.BLACK
    return text(shown, x, middle + letters * 0.36, letters, class_="within", fill=on, text_anchor="middle")


def _base(plot: Plot) -> str:
    """The line on which bars stand, above their edges."""
    y = plot.y(0)
    return element("line", class_="zero", x1=plot.left, x2=plot.right, y1=y, y2=y, stroke=inks.SOFT)


def _sums(plot: Plot, size: Size, sums: Sequence[float], write: Write) -> list[str]:
    letters = size.letters
    if max((wide(write(value), letters) for value in sums), default=0) > plot.step(len(sums)) * 1.05:
        return []
    return [
        text(
            *(write(value), plot.slot(place, len(sums)), plot.y(value) - letters * 0.4, letters),
            class_="ink",
            fill=inks.INK,
            text_anchor="middle",
            font_weight=600,
        )
        for place, value in enumerate(sums)
    ]


def _stack_names(plot: Plot, size: Size, layers: Sequence[Layer]) -> list[str]:
    """The layers' names beside the last bar that has any, each at the height of its layer, none on another."""
    count = len(layers[0].values) if layers else 0
    shown = [place for place in range(count) if any(layer.values[place] > 0 for layer in layers)]
    last = shown[-1] if shown else None
    wanted, base = [], 0.0
    for layer in layers:
        value = layer.values[last] if last is not None else 0.0
        wanted.append(plot.y(base + value / 2))
        base += value
    letters, x = size.letters, plot.right + size.letters * 0.4
    # The first layer lies lowest, and so does its name, also where layers have no height.
    wanted = [y - place * 1e-3 for place, y in enumerate(wanted)]
    parts = []
    for layer, y in zip(layers, apart(wanted, letters * 1.25, plot.top, plot.bottom), strict=True):
        swatch = letters * 0.62
        parts.append(
            element(
                "rect", class_=layer.kind or None, x=x, y=y - swatch / 2, width=swatch, height=swatch, fill=layer.ink
            )
        )
        parts.append(
            text(
                *(cut(layer.name, letters, size.width - x - letters), x + letters * 0.95, y + letters * 0.36, letters),
                class_="ink",
                fill=inks.INK,
            )
        )
    return parts


def _stretches(points: Sequence[Point]) -> list[tuple[int, int]]:
    """Where the line runs without a hole: first and last place of each stretch."""
    found: list[tuple[int, int]] = []
    for place, point in enumerate(points):
        if point.value is None:
            continue
        if found and found[-1][1] == place - 1:
            found[-1] = (found[-1][0], place)
        else:
            found.append((place, place))
    return found


def _stretch(plot: Plot, points: Sequence[Point], first: int, last: int, count: int) -> list[str]:
    places = range(first, last + 1)
    held = [(plot.slot(place, count), points[place]) for place in places]
    parts = []
    if all(point.low is not None and point.high is not None for _, point in held):
        upper = [f"{x:.2f},{plot.y(point.high or 0):.2f}" for x, point in held]
        lower = [f"{x:.2f},{plot.y(point.low or 0):.2f}" for x, point in reversed(held)]
        if len(held) > 1:
            parts.append(element("polygon", class_="band", points=" ".join(upper + lower), fill=inks.BAND))
        else:
            x, point = held[0]
            parts.append(
                element(
                    "line",
                    class_="whisker",
                    x1=x,
                    x2=x,
                    y1=plot.y(point.high or 0),
                    y2=plot.y(point.low or 0),
                    stroke=inks.BAND,
                    stroke_width=plot.step(count) * 0.25,
                )
            )
    line = " ".join(f"{x:.2f},{plot.y(point.value or 0):.2f}" for x, point in held)
    parts.append(
        element(
            "polyline",
            class_="line",
            points=line,
            fill="none",
            stroke=inks.BLUE,
            stroke_width=plot.height / 80,
            stroke_linejoin="round",
        )
    )
    return parts


def _dot(plot: Plot, place: int, count: int, point: Point, name: str, write: Write) -> str:
    if point.value is None:
        return ""
    told = f"{name}: {write(point.value)}"
    if point.low is not None and point.high is not None:
        told += f" ({write(point.low)} \N{HORIZONTAL ELLIPSIS} {write(point.high)})"
    radius = min(plot.height / 50, plot.step(count) / 3)
    return element(
        "circle",
        element("title", words(told)),
        class_="dot",
        cx=plot.slot(place, count),
        cy=plot.y(point.value),
        r=radius,
        fill=inks.BLUE,
    )


def _marks(plot: Plot, size: Size, marks: Sequence[Mark], count: int) -> list[str]:
    """Upright lines with their names on top, in two rows where they would touch; a third row is never needed."""
    parts: list[str] = []
    free = plot.left
    for mark in sorted(marks, key=lambda mark: mark.place):
        x, letters = plot.slot(mark.place, count), size.letters
        parts.append(
            element(
                "line",
                class_=f"mark {mark.kind}",
                x1=x,
                x2=x,
                y1=plot.top - letters * 0.4,
                y2=plot.bottom,
                stroke=inks.INK,
                stroke_width=letters / 9,
                stroke_dasharray=f"{letters / 4:g} {letters / 4:g}",
            )
        )
        width = wide(mark.name, letters)
        start = min(max(x - width / 2, plot.left), plot.right - width)
        if start < free:
            continue
        parts.append(text(mark.name, start, plot.top - letters * 0.7, letters, class_="ink", fill=inks.INK))
        free = start + width + letters
    return parts


def _line_names(
    plot: Plot,
    size: Size,
    points: Sequence[Point],
    label: str,
    reference: tuple[float, str] | None,
    ends: tuple[str, str] | None,
    write: Write,
) -> list[str]:
    letters, x = size.letters, plot.right + size.letters * 0.4
    last = next((point.value for point in reversed(points) if point.value is not None), None)
    wanted: list[tuple[float, str, str]] = []
    if label and last is not None:
        wanted.append((plot.y(last), label, inks.BLUE))
    if reference:
        wanted.append((plot.y(reference[0]), reference[1], inks.INK))
    if ends:
        wanted += [(plot.top, ends[0], inks.SOFT), (plot.bottom, ends[1], inks.SOFT)]
    places = apart([y for y, _, _ in wanted], letters * 1.25, plot.top, plot.bottom)
    return [
        text(cut(name, letters, size.width - x), x, y + letters * 0.36, letters, fill=ink)
        for y, (_, name, ink) in zip(places, wanted, strict=True)
    ]
