"""What strangers wrote is cut and linked without changing it or trusting it."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.console.texts import LEAD, LONGEST, Piece, element_id, lead, link, pieces
from mentions.records import Reason
from tests.hostile import HOSTILE


def marked(text: str, *reasons: Reason) -> list[tuple[str, str]]:
    """The marked pieces of a text."""
    return [(piece.text, piece.pull) for piece in pieces(text, reasons) if piece.pull]


@given(st.text(max_size=200), st.lists(st.builds(Reason, st.text(max_size=8), st.floats(-4, 4)), max_size=5))
def test_the_pieces_of_a_text_are_the_text(text: str, reasons: list[Reason]) -> None:
    """However a text is cut, its pieces joined are the text, to the last character."""
    assert "".join(piece.text for piece in pieces(text, reasons)) == text


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_text_breaks_the_cutting(text: str) -> None:
    """Every hostile text is cut without an error and without a change, up to the length that is shown."""
    first, rest = lead(text)
    reasons = (Reason("good", 1.9), Reason("fed up", -1.0), Reason("!", 0.3), Reason("👍", 1.0))
    joined = "".join(piece.text for part in (first, rest) for piece in pieces(part, reasons))
    assert joined == (text if len(text) <= LONGEST else f"{text[:LONGEST]}…")


def test_words_that_decided_are_marked_by_their_pull() -> None:
    """A word that raised the score pulls up, one that lowered it down, whatever its case."""
    assert marked("GREAT bread, awful queue", Reason("great", 3.1), Reason("awful", -2.0)) == [
        ("GREAT", "up"),
        ("awful", "down"),
    ]


def test_only_whole_words_are_marked() -> None:
    """A reason's word inside a longer word is not marked."""
    assert marked("The bad badge", Reason("bad", -2.5)) == [("bad", "down")]


def test_spelling_differences_do_not_hide_a_word() -> None:
    """Curly apostrophes and runs of blanks are found as the engine read them."""
    assert marked("I don’t  care, can’t\nstand it", Reason("don't", -1.0), Reason("can't stand", -2.0)) == [
        ("don’t", "down"),
        ("can’t\nstand", "down"),
    ]


def test_marks_and_missing_words_mark_nothing() -> None:
    """Reasons that are no words of the text, such as exclamation marks or features, leave it in one piece."""
    assert pieces("Nice!!", (Reason("!", 0.6), Reason("length", 0.1))) == [Piece("Nice!!")]


def test_long_texts_are_cut_between_words() -> None:
    """A text somewhat longer than a post is whole; a longer one is cut at a blank before the limit, nothing lost."""
    text = "palabra " * 200
    first, rest = lead(text)
    assert len(first) <= LEAD
    assert first.endswith("palabra")
    assert first + rest == text
    assert lead("a" * LEAD) == ("a" * LEAD, "")


@pytest.mark.parametrize(
    "address",
    [
        "https://social.example/p/1?x=1#y",
        "http://127.0.0.1:8080/",
        "HTTPS://social.example/",
        "https://münchen.example/ä",
    ],
)
def test_web_addresses_become_links(address: str) -> None:
    """An http or https address with a host is passed on as it is."""
    assert link(address) == address


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        " https://social.example/",
        "java\nscript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "//social.example/",
        "https:social.example",
        "https://",
        "https:\\\\social.example",
        "ftp://social.example/",
        "file:///etc/hostname",
        "http://[::1",
        "social.example",
    ],
)
def test_nothing_else_becomes_a_link(address: str | None) -> None:
    """Scripts, data, other schemes, addresses without host or with blanks are never links."""
    assert link(address) is None


@given(st.text(), st.text())
def test_names_on_the_page_are_plain(brand: str, mention_id: str) -> None:
    """Whatever the ids, the name is one that HTML, CSS and scripts take as it is."""
    name = element_id(brand, mention_id)
    assert name.startswith("m-")
    assert set(name) <= set(string.ascii_lowercase + string.digits + "-")


def test_different_mentions_have_different_names() -> None:
    """Brand and id are told apart even where they run together."""
    assert element_id("ab", "c") != element_id("a", "bc")
