"""The review as a page: whole, in both languages, harmless, and the same for the same review."""

import re
from html.parser import HTMLParser

import pytest

from dashboards.review import page_words
from dashboards.review.html import clean, css_string, page_link, render
from dashboards.review.model import Review
from dashboards.review.pictures import chart_files, pictures
from dashboards.review.voice import Voice
from tests.hostile import HOSTILE
from tests.review_scenes import SCENES, hostile
from tests.reviews import example_review

BOTH = pytest.mark.parametrize("lang", ["en", "es"])
ORDER = ["changed", "figures", "rivals", "alerts", "terms", "people", "spam", "actions", "quality"]
ORDER += ["scorecard", "formulas"]
_ALONE = {"meta", "link", "br", "hr", "img", "input"}
_LOADS = {"src", "srcset", "xlink:href", "action", "data", "poster", "background", "style", "ping", "formaction"}


class Page(HTMLParser):
    """What a page holds: elements, attributes, links, ids and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.links: list[dict[str, str | None]] = []
        self.headings: list[str] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        self.elements.add(tag)
        self.attributes += attrs
        if tag == "a":
            self.links.append(dict(attrs))
        if tag == "h2":
            self.headings += [value or "" for key, value in attrs if key == "id"]
        if tag not in _ALONE:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """An element ends; it is the last that began."""
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element without content."""
        self.elements.add(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        """Text, but for the style sheet."""
        if self.open and self.open[-1] != "style":
            self.text.append(data)


@pytest.fixture(scope="module")
def harmless() -> Page:
    """A page whose every word is a plain link."""
    return Page(render(hostile("https://a.example/x"), "es"))


@BOTH
@pytest.mark.parametrize("board", [False, True])
@pytest.mark.parametrize("scene", SCENES)
def test_every_week_gives_a_whole_page(scene: str, board: bool, lang: str) -> None:
    """Full, quiet, hostile or empty: each review gives a well-formed page that asks for nothing from anywhere."""
    page = Page(render(SCENES[scene](), lang, board=board))
    assert page.open == []
    assert not page.elements & {"script", "img", "iframe", "object", "link", "form", "base", "audio", "video"}
    assert not [key for key, _ in page.attributes if key.startswith("on") or key in _LOADS]
    for link in page.links:
        assert (link["href"] or "").startswith(("https://", "http://"))
        assert "noopener" in (link["rel"] or "")


@BOTH
def test_sections_have_their_order(lang: str) -> None:
    """What changed comes first, then figures, rivals, alerts, terms, people, spam, quality; the rules are an annex."""
    assert Page(render(example_review(), lang)).headings == ORDER


@BOTH
def test_figures_are_written_with_their_uncertainty(lang: str) -> None:
    """A figure stands with its interval, n, usual range, verdict, and the id by which it opens."""
    review = example_review()
    said = re.sub("[ \n]+", " ", " ".join(Page(render(review, lang)).text))
    net = ("−12%", "−19% to −5%", "+10% to +32%", "▼ below the usual")
    if lang == "es":
        net = ("−12\u202f%", "−19\u202f% a −5\u202f%", "+10\u202f% a +32\u202f%", "▼ por debajo de lo habitual")
    for words in (*net, "702", "review:lumbre/2026-W47/net_sentiment", "atalaya explain 56a5d562345d6b66"):
        assert words in said
    for figure in (*review.figures, *review.people, *review.spam, *review.quality.figures):
        assert figure.id in said


def test_what_is_not_shown_says_why() -> None:
    """A figure without value gives its reason, and so does a period that is not compared."""
    said = " ".join(Page(render(example_review(), "en")).text)
    assert "name its accounts" in said
    assert "only 20% of it was seen" in said
    assert "Facebook, Instagram" in said


@pytest.mark.parametrize("text", [text[:1_000] for text in HOSTILE.values()], ids=HOSTILE.keys())
def test_hostile_words_are_words(text: str, harmless: Page) -> None:
    """Whatever stands in every text and name of a review, its page has the elements of a harmless one."""
    page = render(hostile(text), "es")
    page.encode()
    found = Page(page)
    assert found.open == []
    assert found.elements <= harmless.elements
    assert {key for key, _ in found.attributes} <= {key for key, _ in harmless.attributes}
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069]", page)
    assert page.count("<style>") == page.count("</style>") == 1


def test_no_link_leads_where_a_stranger_wants() -> None:
    """`javascript:` and its like are shown as text; addresses without scheme get https."""
    assert [page_link(url) for url in ("javascript:alert(1)", "x", "a.example:99999", "data:text/html,x")] == [None] * 4
    assert page_link("lumbre.example/a?b") == "https://lumbre.example/a?b"
    assert not [link for link in Page(render(example_review(), "en")).links if "script" in (link["href"] or "")]


def test_a_brand_cannot_write_style() -> None:
    """A brand's name in the foot of the pages is a CSS string, whatever it holds."""
    assert css_string('"}</style>a') == '"\\22 \\7d \\3c \\2f style\\3e a"'
    assert clean("a\u202eb\ud800") == "ab"


def test_the_same_review_gives_the_same_page() -> None:
    """The page is a function of the review: rendered twice it is the same, to the byte."""
    assert render(example_review(), "es") == render(example_review(), "es")


def test_a_language_that_is_not_spoken_is_refused() -> None:
    """Another language than en and es is a sentence, no half-translated page."""
    with pytest.raises(ValueError, match="en or es"):
        render(example_review(), "fr")


def test_every_word_is_there_in_both_languages() -> None:
    """Each entry has English and Spanish with the same blanks to fill."""
    for key, (english, spanish) in page_words.WORDS.items():
        assert english, key
        assert spanish, key
        blanks = [sorted(set(re.findall(r"{(\w+)}", words))) for words in (english, spanish)]
        assert blanks[0] == blanks[1], key
        assert english.count("|") == spanish.count("|"), key


@BOTH
@pytest.mark.parametrize("scene", ["example", "quiet", "three", "month", "quarter"])
def test_charts_say_what_they_rest_on(scene: str, lang: str) -> None:
    """Each chart names n, dates, time zone, sources and how much was heard."""
    review: Review = SCENES[scene]()
    voice = Voice("es" if lang == "es" else "en", review.period)
    for picture in pictures(review, voice):
        told = picture.notes[0]
        assert re.match(r"[\d.,]+ ", told), told
        for part in (voice.days(review.period), "Europe/Madrid", "Bluesky", voice.share(0.964)):
            assert part in told


def test_each_chart_is_also_a_picture() -> None:
    """The charts of a review are given as PNG files of 1920 by 1080, named in their order."""
    files = chart_files(example_review(), "es")
    assert list(files) == [
        *("1-daily.png", "2-net.png", "3-band.png", "4-voice.png", "5-sources.png", "6-languages.png"),
    ]
    for picture in files.values():
        assert picture[16:24] == (1920).to_bytes(4, "big") + (1080).to_bytes(4, "big")
