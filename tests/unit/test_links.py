import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from mentions.links import LONGEST, MOST_LINKS, addresses, canonical, links_of
from processors.arrival import link_rows
from processors.scoring import judge
from tests.playing import BOOK, JUDGES, NOW, a_mention, a_post


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("http://lumbre.example", "lumbre.example"),
        ("https://www.lumbre.example/", "lumbre.example"),
        ("https://Lumbre.example:443/Pan/", "lumbre.example/Pan"),
        ("https://lumbre.example/pan?id=3&utm_campaign=a&fbclid=b#top", "lumbre.example/pan?id=3"),
        ("https://peña.example/x", "xn--pea-8ma.example/x"),
    ],
)
def test_two_links_to_one_page_are_one(link: str, address: str) -> None:
    """Scheme, `www.`, port, final slash, fragment and tracking parameters do not make another page."""
    found = canonical(link)
    assert found is not None
    assert found[0] == address


@pytest.mark.parametrize(
    "link", ["", "lumbre", "mailto:ana@lumbre.example", "https://", "https://[x/", "ftp://a.example"]
)
def test_what_is_no_web_address_is_no_link(link: str) -> None:
    """Mail addresses, bare words and broken addresses are left out."""
    assert canonical(link) is None


@given(st.text(max_size=300))
def test_no_text_makes_links_fail(text: str) -> None:
    """Whatever stands in a text or among its links, links are found or not, and never raise."""
    post = a_post("1", text=text, links=(text, f"https://{text}"))
    assert len(links_of(post)) <= MOST_LINKS


def test_links_are_taken_from_the_text_too_once_each() -> None:
    """A link in the text counts like one that the network tells apart; the sign behind it is not part of it."""
    post = a_post("1", text="Mira https://lumbre.example/pan. ¡Ya!", links=("http://www.lumbre.example/pan",))
    assert links_of(post) == [("lumbre.example/pan", "lumbre.example")]
    assert links_of(a_post("1", links=(f"https://a.example/{'x' * LONGEST}",))) == []


def test_a_post_is_stored_with_all_its_links_as_written() -> None:
    """Links in the text join those that the network tells; the same page in another spelling does not come twice."""
    text = "https://lumbre.example/pan?utm_source=x y https://news.example/a"
    post = a_post("1", text=text, links=("http://www.lumbre.example/pan",))
    assert addresses(post) == ("http://www.lumbre.example/pan", "https://news.example/a")
    assert addresses(a_post("2", text="sin enlaces")) == ()


def test_own_posts_spread_nothing() -> None:
    """The brand's own links are not counted as others linking to it."""
    (said,) = judge(a_mention(a_post("1", links=("https://lumbre.example/pan",))), BOOK, JUDGES, NOW)
    assert [(row[1], row[3]) for row in link_rows([said])] == [("lumbre.example/pan", "lumbre.example")]
    assert link_rows([structs.replace(said, voice="own")]) == []
