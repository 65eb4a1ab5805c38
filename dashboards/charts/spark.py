"""A figure against its own past in the space of a word: earlier values, the range to be expected, and the value now."""

from collections.abc import Sequence

from dashboards.charts import inks
from dashboards.charts.svg import drawing, element

WIDTH, HEIGHT = 116.0, 26.0
_PAD = 5.0


def spark(
    before: Sequence[float | None], value: float | None, band: tuple[float, float] | None, *, title: str
) -> str | None:
    """Draw the values before (oldest first, None where unknown), the expected range, and the value as a large dot.

    The scale is the figure's own: only the numbers beside it say how much. None: there is nothing to compare with.
    """
    known = [one for one in before if one is not None]
    if value is None or not (known or band):
        return None
    everything = [*known, value, *(band or ())]
    low, high = min(everything), max(everything)
    span = (high - low) or 1.0
    step = (WIDTH - 2 * _PAD) / max(1, len(before))

    def y(one: float) -> float:
        return HEIGHT - _PAD - (one - low) / span * (HEIGHT - 2 * _PAD) if high > low else HEIGHT / 2

    parts = []
    if band:
        top, bottom = y(band[1]), y(band[0])
        parts.append(
            element("rect", class_="band", x=0.0, y=top, width=WIDTH, height=max(1.0, bottom - top), fill=inks.BAND)
        )
    past = [(_PAD + place * step, y(one)) for place, one in enumerate(before) if one is not None]
    now = (_PAD + len(before) * step, y(value))
    line = " ".join(f"{x:.2f},{level:.2f}" for x, level in (*past, now))
    parts.append(element("polyline", points=line, fill="none", stroke=inks.SOFT, stroke_width=1.0))
    parts += [element("circle", cx=x, cy=level, r=2.0, fill=inks.SOFT) for x, level in past]
    parts.append(element("circle", class_="now", cx=now[0], cy=now[1], r=4.0, fill=inks.INK))
    return drawing(WIDTH, HEIGHT, title, parts)
