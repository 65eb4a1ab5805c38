"""What folding makes equal and what tokens a text is cut into."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentions.folding import fold
from mentions.tokens import Tokens
from tests.hostile import HOSTILE

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)
"""Lone surrogates too."""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("LUMBRE", "lumbre"),
        ("Café", "cafe"),
        ("cafe\u0301", "cafe"),
        ("Ｌｕｍｂｒｅ", "lumbre"),
        ("𝐋𝐮𝐦𝐛𝐫𝐞", "lumbre"),
        ("lum\u00adbre", "lumbre"),
        ("lum\u200dbre", "lumbre"),
        ("\u2066lumbre\u2069", "lumbre"),
        ("Straße", "STRASSE"),
        ("IŞIK", "ışık"),
        ("İZMİR", "izmir"),
        ("Łódź", "lodz"),
        ("Ørsted", "orsted"),
        ("œuvre", "oeuvre"),
        ("an\u0303o", "año"),
        ("AN\u0303O", "AÑO"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("ёлка", "елка"),
        ("и\u0306", "Й"),
        ("السَّلام", "السلام"),
        ("ｶﾞ", "ガ"),
        ("か\u3099", "が"),
        ("\u1112\u1161\u11ab", "한"),
        ("❤️", "❤"),
        ("👍🏽", "👍"),
        ("l’obrador", "L'OBRADOR"),
        ("coca–lumbre", "coca-lumbre"),
        ("“pan”", '"pan"'),
    ],
)
def test_spellings_of_the_same_text_fold_alike(one: str, other: str) -> None:
    """Case, accents, width, decomposition, invisible characters and typography make no difference."""
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"), [("año", "ano"), ("an\u0303o", "ano"), ("й", "и"), ("が", "か"), ("👍", "👎"), ("प्रेम", "परम")]
)
def test_different_letters_stay_different(one: str, other: str) -> None:
    """What a reader takes for another letter is not folded away."""
    assert fold(one) != fold(other)


@given(ANY_TEXT)
def test_folding_twice_changes_nothing(text: str) -> None:
    """A folded text is its own folding."""
    assert fold(text) == fold(fold(text))


def test_trade_mark_sign_is_no_letter() -> None:
    """A brand with a sign behind it is still that word."""
    assert Tokens("Lumbre™").words == ["lumbre"]
    assert Tokens("Lumbre®").words == ["lumbre"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("¡El PAÑO de l'obrador_2!", ["el", "paño", "de", "l", "obrador_2"]),
        ("Lumbreの新作", ["lumbre", "の", "新", "作"]),
        ("한국어", ["한", "국", "어"]),
        ("ดี", ["ด", "ี"]),
        ("प्रेम कि", ["प्रेम", "कि"]),
        ("🔥🔥", ["🔥", "🔥"]),
        ("👩🏽\u200d🚀!", ["👩\u200d🚀"]),
        ("🇪🇸🇫🇷", ["🇪🇸", "🇫🇷"]),
        ("🇪", ["🇪"]),
        ("🏴\U000e0067\U000e0062\U000e007f🏴", ["🏴\U000e0067\U000e0062\U000e007f", "🏴"]),
        ("1️⃣ ½", ["1", "1", "2"]),
        ("a\x00b\ud800c", ["a", "b", "c"]),
        ("a\u200bb", ["a", "b"]),
        ("\U0001fae9", ["\U0001fae9"]),  # an emoji of 2024
        ("— … • → █ ●", []),
    ],
)
def test_text_is_cut_into_words_emoji_and_single_characters(text: str, words: list[str]) -> None:
    """Words end where no letter, digit or _ follows; emoji stay whole; scripts without spaces go one by one."""
    assert words == Tokens(text).words


@given(ANY_TEXT)
def test_tokens_and_gaps_make_the_text(text: str) -> None:
    """Gaps and tokens in turn are the folded text between two spaces, however it was cut."""
    tokens = Tokens(text)

    parts = [part for pair in zip(tokens.gaps, [*tokens.words, ""], strict=True) for part in pair]

    assert f" {tokens.folded} " == "".join(parts)


@given(st.lists(st.sampled_from(["pan", "año", "新", "🔥", "b"]), max_size=120))
def test_places_are_where_the_token_stands(words: list[str]) -> None:
    """Every place of a token is found, in short texts and in long ones."""
    tokens = Tokens(" ".join(words))

    for word in (*words, "none"):
        assert [place for place, other in enumerate(words) if other == word] == tokens.places(word)


@pytest.mark.parametrize(
    ("text", "tagged"),
    [
        ("@lumbre", ["@lumbre"]),
        (".@Lumbre's #pan, $nbra", ["@lumbre", "#pan", "$nbra"]),
        ("@@lumbre", ["@lumbre"]),
        ("＠lumbre ＃pan", ["@lumbre", "#pan"]),
        ("👍@lumbre", ["@lumbre"]),
        ("さん@lumbreさん", ["@lumbre"]),
        ("a@lumbre ñ#pan", []),
        ("@ lumbre", []),
        ("#panパン #パン", []),
        ("@lumbre_x", ["@lumbre_x"]),
    ],
)
def test_tagged_words_have_a_sigil_and_no_word_before_it(text: str, tagged: list[str]) -> None:
    """A handle, tag or ticker is a word directly behind its sigil; a hashtag only when it is that word as a whole."""
    assert tagged == Tokens(text).tagged()


@pytest.mark.parametrize(
    ("text", "handles"),
    [
        ("@lumbre.", ["lumbre"]),
        ("@Lumbre.Example, hola", ["lumbre.example"]),
        ("@lumbre@social.example's", ["lumbre@social.example"]),
        ("@pan-lumbre-", ["pan-lumbre"]),
        ("ana@lumbre.example", []),
        ("(@lumbre)@nubira", ["lumbre", "nubira"]),
        ("@lumbreさん", ["lumbre"]),
    ],
)
def test_handles_are_whole(text: str, handles: list[str]) -> None:
    """A handle includes its dots, hyphens and server, and no punctuation that ends the sentence."""
    assert handles == Tokens(text).handles()


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_cut(text: str) -> None:
    """No text is too odd or too long to be cut into tokens and gaps."""
    tokens = Tokens(text)

    assert len(tokens.words) + 1 == len(tokens.gaps)
    assert fold(tokens.folded) == tokens.folded
    assert tokens.tagged() is not None
    assert tokens.handles() is not None
