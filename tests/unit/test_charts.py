"""Charts of counts and shares, and their pictures."""

import struct
import xml.etree.ElementTree as ET
import zlib

import pytest

from dashboards.charts.expectation import BandWords, Seen, against_band
from dashboards.charts.frame import NARROW, PAGE, SLIDE, Size
from dashboards.charts.png import png
from dashboards.charts.series import Mark
from dashboards.charts.shares import Share, share_bars
from dashboards.charts.slide import HEIGHT, WIDTH, Caption, slide
from tests.hostile import HOSTILE

SVG = "{http://www.w3.org/2000/svg}"
CALLED = BandWords("negatives", "above the usual", "usual range", "expected")
CAPTION = Caption("A title", "lumbre, 16 to 22 Nov 2026", ("n = 12", "heard: 97%"))
HOSTILE_NAMES = pytest.mark.parametrize("name", [text[:2_000] for text in HOSTILE.values()], ids=HOSTILE.keys())


def whole(value: float) -> str:
    """A number without more."""
    return f"{value:g}"


def against(*seen: Seen, name: str = "1", size: Size = PAGE) -> str:
    """A chart of counts with an alert in the first slot."""
    slots = [f"hour {place}" for place in range(len(seen))]
    return against_band(slots, seen, title="t", write=whole, called=CALLED, marks=[Mark(0, name)], size=size)


def written(drawn: str) -> list[str]:
    """What is written on a chart."""
    return [found.text or "" for found in ET.fromstring(drawn).iter(f"{SVG}text")]


def kinds(drawn: str, kind: str) -> list[ET.Element]:
    """The marks of a kind."""
    return [found for found in ET.fromstring(drawn).iter() if found.get("class") == kind]


def test_what_rises_above_the_band_is_marked() -> None:
    """A count above its band has the ink of negatives, one within it or not judged has not; holes part the band."""
    drawn = against(Seen(9, 2, 0, 5), Seen(5, 2, 0, 5), Seen(30), Seen(2, 2, 0, 5))
    assert len(kinds(drawn, "negative")) == 1
    assert len(kinds(drawn, "usual")) == 3
    assert len(kinds(drawn, "band")) == 2
    assert len(kinds(drawn, "sign")) == 1
    assert {"negatives", "above the usual", "usual range", "expected", "1"} <= set(written(drawn))


def test_bars_of_shares_are_in_proportion() -> None:
    """A bar is as long as its share, what was before is a stroke on the same scale, and each share is written."""
    drawn = share_bars(
        [Share("lumbre", 0.5, "50% (10)", 0.25, own=True), Share("nubira", 0.25, "25% (5)")], title="t", before="before"
    )
    (own,), (other,) = kinds(drawn, "own"), kinds(drawn, "other")
    assert float(own.get("width", "0")) == pytest.approx(2 * float(other.get("width", "0")), rel=1e-3)
    stroke = kinds(drawn, "before")[0]
    assert float(stroke.get("x1", "0")) == pytest.approx(
        float(own.get("x", "0")) + float(other.get("width", "0")), 1e-3
    )
    assert {"50% (10)", "25% (5)", "before"} <= set(written(drawn))


@pytest.mark.parametrize("size", [PAGE, NARROW, SLIDE])
def test_nothing_and_little_give_charts_too(size: Size) -> None:
    """Nothing counted, no brand, no source: a chart without marks, and no failure."""
    for drawn in (
        against(size=size),
        against(Seen(None), Seen(0, 0.2, 0, 1), size=size),
        share_bars([], title="t", size=size),
        share_bars([Share("lumbre", 0, "0%")], title="t", size=size),
    ):
        assert ET.fromstring(drawn).tag == f"{SVG}svg"
        assert "nan" not in drawn


@HOSTILE_NAMES
def test_hostile_names_stay_text(name: str) -> None:
    """Whatever a name holds, each chart and its slide are well-formed and hold the elements of harmless ones."""

    def drawn(name: str) -> list[str]:
        shares = share_bars([Share(name, 0.5, name, own=True)], title=name, before=name)
        return [
            against(Seen(3, 1, 0, 2), name=name),
            slide(shares, Caption(name, name, (name, name))),
        ]

    for hostile, harmless in zip(drawn(name), drawn("x"), strict=True):
        elements = {found.tag for found in ET.fromstring(hostile).iter()}
        assert elements <= {found.tag for found in ET.fromstring(harmless).iter()}
        assert "\u202e" not in hostile
        assert "\x00" not in hostile


def test_a_slide_is_a_picture_with_letters() -> None:
    """A slide becomes a PNG of 1920 by 1080 whose letters are drawn by the fonts that come along."""
    chart = share_bars([Share("lumbre", 1, "100%")], title="t", size=SLIDE)
    with_title, without = png(slide(chart, CAPTION), WIDTH), png(slide(chart, Caption("", "", ())), WIDTH)
    assert with_title[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", with_title[16:24]) == (WIDTH, HEIGHT)
    assert _ink(with_title) > _ink(without) + 5_000


def _ink(picture: bytes) -> int:
    """How many bytes of the picture are not those of white paper, as far as its filters tell."""
    data, place = b"", 8
    while place < len(picture):
        length, kind = struct.unpack(">I4s", picture[place : place + 8])
        if kind == b"IDAT":
            data += picture[place + 8 : place + 8 + length]
        place += 12 + length
    raw = zlib.decompress(data)
    return len(raw) - raw.count(b"\x00") - raw.count(b"\xff")
