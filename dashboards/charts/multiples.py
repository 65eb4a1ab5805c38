"""Many small charts on one scale: the same bars for each source or language, so that they can be compared at sight."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.charts import inks
from dashboards.charts.frame import PAGE, Size, Write
from dashboards.charts.series import Layer
from dashboards.charts.svg import cut, drawing, element, text, wide, words


@dataclass(frozen=True, slots=True)
class Small:
    """One small chart: its name, what is written beside the name, its layers from the base line up."""

    name: str
    told: str
    layers: Sequence[Layer]


def multiples(
    slots: Sequence[str],
    smalls: Sequence[Small],
    *,
    title: str,
    write: Write,
    size: Size = PAGE,
    peak: str = "{}",
) -> str:
    """Draw small charts in rows, all on the scale of the greatest bar, whose height is written once, in its chart.

    The drawing is as tall as its rows need; they are less tall where `size.height` is little, down to 7.5 letters each.

    Args:
        slots: the names of the slots; the first and the last are written below each chart.
        peak: how the greatest bar is told, as "at most {} a day".
    """
    letters = size.letters
    columns = max(1, min(len(smalls), 4, int(size.width // (letters * 14))))
    rows = math.ceil(len(smalls) / columns)
    gap = letters * 2
    width = (size.width - gap * (columns - 1)) / columns
    height = min(letters * 10.5, max(size.height / max(1, rows), letters * 7.5))
    highest = max((value for small in smalls for value in _sums(small)), default=0.0)
    parts: list[str] = []
    told = False
    for place, small in enumerate(smalls):
        row, column = divmod(place, columns)
        tall = not told and highest > 0 and max(_sums(small), default=0) == highest
        told = told or tall
        parts += _small(
            small,
            slots,
            column * (width + gap),
            row * height,
            width,
            height,
            letters,
            highest,
            write,
            peak if tall else "",
        )
    return drawing(size.width, height * rows, title, parts)


def _sums(small: Small) -> list[float]:
    return [sum(values) for values in zip(*(layer.values for layer in small.layers), strict=True)]


def _small(
    small: Small,
    slots: Sequence[str],
    left: float,
    top: float,
    width: float,
    height: float,
    letters: float,
    highest: float,
    write: Write,
    peak: str,
) -> list[str]:
    beside = wide(small.told, letters) + letters
    base, ceiling = top + height - letters * 2.2, top + letters * 2.9
    scale = (base - ceiling) / (highest or 1)
    parts = [
        text(
            *(cut(small.name, letters, width - beside), left, top + letters * 1.1, letters),
            class_="ink",
            fill=inks.INK,
            font_weight=600,
        ),
        text(small.told, left + width, top + letters * 1.1, letters, class_="soft", fill=inks.SOFT, text_anchor="end"),
        element("line", class_="zero", x1=left, x2=left + width, y1=base, y2=base, stroke=inks.SOFT),
    ]
    sums = _sums(small)
    step = width / max(1, len(slots))
    for place, name in enumerate(slots):
        parts.append(_bar(small.layers, place, name, left + place * step, step, base, scale, write))
    if peak:
        place = sums.index(highest)
        x = min(max(left + (place + 0.5) * step, left), left + width)
        told = peak.format(write(highest))
        half = wide(told, letters) / 2
        x = min(max(x, left + half), left + width - half)
        parts.append(
            text(told, x, ceiling - letters * 0.3, letters, class_="soft", fill=inks.SOFT, text_anchor="middle")
        )
    if slots:
        y = base + letters * 1.3
        parts.append(text(slots[0], left, y, letters, class_="soft", fill=inks.SOFT))
        parts.append(text(slots[-1], left + width, y, letters, class_="soft", fill=inks.SOFT, text_anchor="end"))
    return parts


def _bar(
    layers: Sequence[Layer], place: int, name: str, x: float, step: float, base: float, scale: float, write: Write
) -> str:
    parts, told = [], [name]
    for layer in layers:
        value = layer.values[place]
        told.append(f"{layer.name}: {write(value)}")
        if value > 0:
            base -= value * scale
            parts.append(
                element(
                    "rect",
                    class_=layer.kind or None,
                    x=x + step * 0.1,
                    y=base,
                    width=step * 0.8,
                    height=value * scale,
                    fill=layer.ink,
                )
            )
    return element("g", element("title", words("; ".join(told))), *parts)
