"""The review in a real Chromium: nothing runs, nothing is fetched, it fits phones and paper."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboards.review.html import render
from dashboards.review.model import Review
from tests.browser.chromium import Tab, browsing, program
from tests.hostile import HOSTILE
from tests.review_scenes import SCENES, hostile

pytestmark = pytest.mark.skipif(program() is None, reason="there is no Chromium (apt-get install chromium)")

WORST = ("markup", "direction overrides", "a word of one megabyte", "zalgo")
OVERFLOW = "document.documentElement.scrollWidth - innerWidth"


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    """An open browser."""
    with browsing(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened


def shown(tab: Tab, folder: Path, review: Review, lang: str = "es", *, board: bool = False) -> None:
    """Open a review from its file, as people do."""
    file = folder / "review.html"
    file.write_text(render(review, lang, board=board), encoding="utf-8")
    tab.trouble.clear()
    tab.open(file.as_uri())


def printed(tab: Tab) -> bytes:
    """The page as the browser prints it."""
    answer = tab.call("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
    return base64.b64decode(answer["data"])


@pytest.mark.parametrize("name", WORST)
def test_hostile_words_run_nothing_and_break_nothing(name: str, tab: Tab, tmp_path: Path) -> None:
    """In every text and name at once, hostile words are words: no script, no refusal, no width beyond the phone's."""
    tab.size(390, 844)
    shown(tab, tmp_path, hostile(HOSTILE[name][:2_000]))
    assert tab.trouble == []
    assert tab.evaluate(OVERFLOW) <= 0
    assert tab.evaluate("document.querySelectorAll('script, img, iframe').length") == 0
    assert tab.evaluate("[...document.links].every(one => one.protocol === 'https:' && one.rel.includes('noopener'))")


@pytest.mark.parametrize("scene", ["example", "three", "nothing", "crisis", "long", "quarter"])
def test_it_fits_a_phone_and_a_desk(scene: str, tab: Tab, tmp_path: Path) -> None:
    """On a phone and on a desk nothing is wider than the window, and each chart is shown once, with legible letters."""
    shown(tab, tmp_path, SCENES[scene]())
    for width in (360, 1200):
        tab.size(width, 900)
        assert tab.evaluate(OVERFLOW) <= 0
        assert tab.evaluate(
            "[...document.querySelectorAll('.chart')].every(one => "
            "[...one.querySelectorAll('svg')].filter(svg => svg.checkVisibility()).length === 1)"
        )
        letters = tab.evaluate(
            "Math.min(99, ...[...document.querySelectorAll('.chart svg text')].filter(one => one.checkVisibility())"
            ".map(one => one.getBoundingClientRect().height))"
        )
        assert letters >= 9
    assert tab.trouble == []


def test_its_own_letters_come_along(tab: Tab, tmp_path: Path) -> None:
    """The policy of the page lets its style and its fonts in, and nothing else: the letters are Inter everywhere."""
    shown(tab, tmp_path, SCENES["example"]())
    assert tab.evaluate("document.fonts.ready.then(() => document.fonts.check('600 16px Inter'))")
    assert tab.evaluate("[...document.fonts].every(one => one.status === 'loaded')")
    assert tab.evaluate("getComputedStyle(document.querySelector('.tiles')).display") == "grid"


@pytest.mark.parametrize(("scene", "lang"), [*((scene, "es") for scene in SCENES), ("crisis", "en"), ("long", "en")])
def test_the_board_gets_one_page(scene: str, lang: str, tab: Tab, tmp_path: Path) -> None:
    """Whatever the week was, the board's version prints on one page of A4, the whole one on more."""
    shown(tab, tmp_path, SCENES[scene](), lang, board=True)
    pdf = printed(tab)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    assert re.search(rb"/MediaBox\s*\[0 0 59[45][\d.]* 84[12][\d.]*\]", pdf)
