"""A chart as a slide of 1920 by 1080: its title, the chart, and below it what the figures rest on."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.charts import inks
from dashboards.charts.svg import drawing, element, text, wide

WIDTH, HEIGHT = 1920, 1080
_MARGIN = 80.0
_TITLE, _SUBTITLE, _CAPTION = 48.0, 30.0, 22.0
CHART_TOP, CHART_BOTTOM = 190.0, 950.0


@dataclass(frozen=True, slots=True)
class Caption:
    """What stands around a chart.

    Attributes:
        title: what the chart shows, or what it says.
        subtitle: brand and dates.
        notes: n, sources, completeness; what is not seen. Long ones are broken into lines.
    """

    title: str
    subtitle: str
    notes: Sequence[str]


def slide(chart: str, caption: Caption) -> str:
    """Place a drawing of this package, that was drawn 1,760 units wide and at most 760 tall, on a slide."""
    room = WIDTH - 2 * _MARGIN
    lines = [line for note in caption.notes for line in broken(note, _CAPTION, room)][:3]
    parts = [
        element("rect", width=WIDTH, height=HEIGHT, fill=inks.PAPER),
        *_lines(broken(caption.title, _TITLE, room)[:1], _MARGIN + 20, _TITLE, inks.INK, 600),
        *_lines(broken(caption.subtitle, _SUBTITLE, room)[:1], _MARGIN + 72, _SUBTITLE, inks.SOFT, 400),
        _placed(chart, room),
        *_lines(lines, HEIGHT - 92, _CAPTION, inks.SOFT, 400),
    ]
    return drawing(WIDTH, HEIGHT, caption.title, parts)


def broken(shown: str, size: float, room: float) -> list[str]:
    """Break a text into lines that fit; a word wider than a line is broken too.

    >>> broken("one two three", 10, 50)
    ['one two', 'three']
    """
    lines: list[str] = []
    for word in shown.split():
        if lines and wide(f"{lines[-1]} {word}", size) <= room:
            lines[-1] += f" {word}"
            continue
        rest = word
        while wide(rest, size) > room and len(rest) > 1:
            fits = max(1, int(room / size))
            lines.append(rest[:fits])
            rest = rest[fits:]
        lines.append(rest)
    return lines


def _placed(chart: str, room: float) -> str:
    """The drawing within the drawing; one that is less tall than its place stands at its top."""
    inner = chart.replace(
        "<svg ",
        f'<svg x="{_MARGIN:g}" y="{CHART_TOP:g}" width="{room:g}" '
        f'height="{CHART_BOTTOM - CHART_TOP:g}" preserveAspectRatio="xMidYMin meet" ',
        1,
    )
    return element("g", inner)


def _lines(lines: Sequence[str], y: float, size: float, ink: str, weight: int) -> list[str]:
    return [
        text(line, _MARGIN, y + place * size * 1.35, size, fill=ink, font_weight=weight)
        for place, line in enumerate(lines)
    ]
