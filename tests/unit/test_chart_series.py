"""Charts over time: what is drawn is what was given, whoever named it."""

import xml.etree.ElementTree as ET
from typing import Any

import pytest

from dashboards.charts import inks
from dashboards.charts.frame import NARROW, PAGE, SLIDE, Size, apart, ticks
from dashboards.charts.series import Layer, Mark, Point, line_with_band, stacked_bars
from tests.hostile import HOSTILE

SVG = "{http://www.w3.org/2000/svg}"
AXIS = (-1.0, -0.5, 0.0, 0.5, 1.0)


def whole(value: float) -> str:
    """A number without more."""
    return f"{value:g}"


def bars(*values: int, size: Size = PAGE, **more: Any) -> ET.Element:
    """A chart of two equal layers."""
    layers = [Layer("negative", values, inks.NEGATIVE, "negative"), Layer("rest", values, inks.NEUTRAL)]
    slots = [f"day {place}" for place in range(len(values))]
    return ET.fromstring(stacked_bars(slots, layers, title="Bars", write=whole, size=size, **more))


def line(*points: Point, **more: Any) -> ET.Element:
    """A chart of one line on the whole axis."""
    slots = [f"day {place}" for place in range(len(points))]
    return ET.fromstring(line_with_band(slots, points, title="Line", write=whole, axis=AXIS, **more))


def rects(drawn: ET.Element, kind: str) -> list[ET.Element]:
    """The rectangles of a kind that belong to bars; the last one is the swatch beside the name."""
    return [rect for group in drawn.iter(f"{SVG}g") for rect in group.iter(f"{SVG}rect") if rect.get("class") == kind]


def texts(drawn: ET.Element) -> list[str]:
    """What is written on a chart, in its order."""
    return [found.text or "" for found in drawn.iter(f"{SVG}text")]


def test_a_bar_is_as_tall_as_its_value() -> None:
    """Bars begin at zero and have heights in proportion to their values; none is drawn for 0."""
    tall, low = (float(rect.get("height", "0")) for rect in rects(bars(40, 0, 10), "negative"))
    assert tall == pytest.approx(4 * low, rel=1e-3)


@pytest.mark.parametrize("size", [PAGE, NARROW, SLIDE])
def test_sums_and_names_are_written(size: Size) -> None:
    """Each bar's sum stands above it, the layers' names beside, and the days below, at any size."""
    said = texts(bars(40, 5, size=size))
    assert {"80", "10", "negative", "rest", "day 0", "day 1"} <= set(said)


def test_what_was_not_heard_is_shaded() -> None:
    """A slot that was not heard whole is shaded, whether there is a bar or not."""
    drawn = bars(3, 0, 3, gaps=[1, 2])
    assert sum(rect.get("class") == "missed" for rect in drawn.iter(f"{SVG}rect")) == 2


def test_a_hole_in_the_line_is_a_hole() -> None:
    """Where a value is unknown the line stops and goes on behind; nothing is drawn across."""
    drawn = line(Point(0.1, 0, 0.2), Point(0.2, 0.1, 0.3), Point(None), Point(-0.5, -0.7, -0.2))
    assert len(list(drawn.iter(f"{SVG}polyline"))) == 2
    assert len(list(drawn.iter(f"{SVG}circle"))) == 3
    assert sum(found.get("class") == "band" for found in drawn.iter(f"{SVG}polygon")) == 1
    assert sum(found.get("class") == "whisker" for found in drawn.iter(f"{SVG}line")) == 1


def test_nothing_is_drawn_of_nothing() -> None:
    """No slot, no mention and no value at all still give a chart with its axis."""
    assert "0" in texts(bars())
    assert "0" in texts(bars(0, 0))
    assert texts(line(Point(None), Point(None), label="net"))[:5] == ["-1", "-0.5", "0", "0.5", "1"]


@pytest.mark.parametrize("text", [text[:5_000] for text in HOSTILE.values()], ids=HOSTILE.keys())
def test_hostile_names_stay_text(text: str) -> None:
    """Whatever a name holds, the drawing is well-formed, holds the same elements, and turns no line around."""
    harmless = bars(1, 2, marks=[Mark(1, "x")])
    layers = [Layer(text, (1, 2), inks.BLUE), Layer("rest", (1, 2), inks.NEUTRAL)]
    written = stacked_bars([text, "day"], layers, title=text, write=whole, marks=[Mark(1, text)])
    drawn = ET.fromstring(written)
    assert {found.tag for found in drawn.iter()} == {found.tag for found in harmless.iter()}
    assert not any(key.startswith("on") or "href" in key for found in drawn.iter() for key in found.attrib)
    assert "\u202e" not in written
    written.encode()


@pytest.mark.parametrize(("high", "step"), [(0, 1), (1, 1), (3, 1), (87, 20), (100, 20), (101, 50), (12_345, 5_000)])
def test_axes_have_round_steps(high: float, step: float) -> None:
    """An axis begins at 0, ends at or above the greatest value, and its steps are 1, 2 or 5 times a power of ten."""
    values = ticks(high)
    assert values[0] == 0
    assert values[-1] >= high
    assert values[1] - values[0] == step


def test_names_never_lie_on_each_other() -> None:
    """Places that are wanted twice are parted, in order, within their stretch."""
    put = apart([50, 50, 99, 0], 10, 0, 100)
    assert put == [50, 60, 99, 0]
    assert apart([100, 100, 100], 10, 0, 100) == [80, 90, 100]
