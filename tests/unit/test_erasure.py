import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.erasure import ERASED_NAME, names_nobody, without_names


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Hola @ana.example, gracias", "Hola [erased], gracias"),
        ("Hola ANA.EXAMPLE", "Hola [erased]"),
        ("Gracias, Ana Ruiz. Ana, un saludo", "Gracias, [erased]. Ana, un saludo"),
        ("(@ana.example)", "([erased])"),
        ("https://social.example/@ana.example/1", "https://social.example/[erased]/1"),
        ("banana.example y ana.examples", "banana.example y ana.examples"),
        ("sin nombre", "sin nombre"),
        ("", ""),
        (None, None),
    ],
)
def test_handles_and_names_are_taken_out_of_others_texts(text: str | None, left: str | None) -> None:
    """Whole handles and display names go, in any case and with or without `@`; parts of other words stay."""
    assert without_names(text, ["ana.example"], ["Ana Ruiz"]) == left


def test_a_handle_with_a_server_goes_in_its_short_form_too() -> None:
    """On its own server `ana@social.example` is shown as `@ana`; the bare word is left, it may be any."""
    assert without_names("@ana y @ana@social.example, ana", ["ana@social.example"], []) == "[erased] y [erased], ana"


def test_very_short_names_stay() -> None:
    """A name of two letters stands in too many texts; as a handle it goes where an `@` tells it."""
    assert without_names("al Al @al", ["al"], ["Al"]) == "al Al [erased]"


def test_names_that_look_like_patterns_are_taken_literally() -> None:
    """Names are words, not patterns."""
    assert without_names("Ana (la de .*) dijo ana x", [], ["Ana (la de .*)"]) == f"{ERASED_NAME} dijo ana x"


@pytest.mark.parametrize(("handles", "names"), [([], []), (["@", " "], ["", " a "])])
def test_nothing_to_take_out_changes_nothing(handles: list[str], names: list[str]) -> None:
    """Empty handles and names match nothing."""
    assert without_names("Hola @ana, a todos", handles, names) == "Hola @ana, a todos"


@given(st.text(max_size=40), st.text(max_size=8), st.text(max_size=8))
def test_any_words_are_taken_out_once_and_for_all(text: str, handle: str, name: str) -> None:
    """It never raises, and what is left names nobody any more."""
    left = without_names(text, [handle], [name])
    assert left is not None
    assert ERASED_NAME.casefold() in left.casefold() or names_nobody(left, [handle], [name])
