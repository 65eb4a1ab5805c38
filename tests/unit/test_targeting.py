import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.sentiment.target import Target
from processors.sentiment.targeting import WHOLE, Focus, focus

LUMBRE = Target(frozenset({"lumbre", "lumbre movil", "lumbre.example"}), frozenset({"nubira", "kolibri air"}))
NUBIRA = Target(frozenset({"nubira"}), frozenset({"lumbre"}))
_WORDS = "lumbre nubira but . , ? better than que mejor unlike from to a de x no más é".split()  # noqa: SIM905
_TOKEN = re.compile(r"[@#]?\w+(?:['’.]\w+)*|[^\w\s]")


def tokens_of(text: str) -> list[str]:
    """Words and punctuation in lower case; handles and hashtags with their sign."""
    return _TOKEN.findall(text.lower())


def read(text: str, target: Target = LUMBRE) -> Focus:
    """The focus of a text."""
    return focus(tokens_of(text), target)


def weight(text: str, word: str, target: Target = LUMBRE) -> float:
    """What one word of the text counts; negative when it counts with the opposite sign."""
    tokens, found = tokens_of(text), read(text, target)
    place = tokens.index(word)
    size = 1.0 if found.weights is None else found.weights[place]
    return -size if place in found.flip else size


@pytest.mark.parametrize("text", ["good phone, bad screen", "nubirania is far", "¡Qué bien!", ""])
def test_a_text_without_names_counts_whole(text: str) -> None:
    """Where no brand is named, every word counts as it stands; so it does without a target."""
    assert read(text) is WHOLE
    assert focus(tokens_of(text), None) is WHOLE
    assert focus(tokens_of(text), Target()) is WHOLE


@pytest.mark.parametrize(
    "name",
    [
        "lumbre",
        "Lumbre",
        "LÚMBRE",
        "@lumbre",
        "#lumbre",
        "lumbre's",
        "lumbre’s",
        "lumbre móvil",
        "#LumbreMovil",
        "@lumbre_movil",
        "lumbre-movil",
        "@lumbre.example",
        "lumbre movil's",
    ],
)
def test_the_brands_own_names_count_nothing(name: str) -> None:
    """A name is masked in every form it takes in posts, and nothing else is."""
    found = read(f"great {name} phones")
    assert found.weights is not None
    assert (found.weights[0], found.weights[-1]) == (1.0, 1.0)
    assert set(found.weights[1:-1]) - {1.0} == {0.0}
    assert sum(found.weights) == 2.0


@pytest.mark.parametrize("text", ["lumbres sucks", "alumbre sucks", "movil sucks", "kolibri sucks"])
def test_what_only_looks_like_a_name_counts(text: str) -> None:
    """Other words that hold a name, and a part of a name of several words, are no names."""
    assert read(text) is WHOLE


@pytest.mark.parametrize(
    ("text", "mine", "theirs"),
    [
        ("I love lumbre but nubira sucks", "love", "sucks"),
        ("nubira sucks. lumbre is great", "great", "sucks"),
        ("lumbre is great and nubira is awful", "great", "awful"),
        ("me encanta lumbre, en cambio nubira es un asco", "encanta", "asco"),
        ("lumbre va genial, mientras que nubira falla", "genial", "falla"),
        ("Great flight with Lumbre! Kolibri Air lost my bag", "great", "lost"),
        ("aunque nubira es mala, lumbre me gusta", "gusta", "mala"),
    ],
)
def test_what_is_said_of_another_brand_does_not_count(text: str, mine: str, theirs: str) -> None:
    """A clause about another brand counts next to nothing, one about this brand whole."""
    assert (weight(text, mine), weight(text, theirs)) == (1.0, pytest.approx(0.05))


def test_the_same_text_is_read_for_each_brand() -> None:
    """What counts for one brand does not for the other, and the other way round."""
    text = "I love lumbre but nubira sucks"
    assert (weight(text, "love", NUBIRA), weight(text, "sucks", NUBIRA)) == (pytest.approx(0.05), 1.0)


def test_a_sentence_without_a_name_is_about_the_brand_named_last() -> None:
    """Behind a clause about others, a clause without name counts less than behind one about this brand.

    Where this brand is not named at all, only what names others is not about it.
    """
    assert weight("nubira lost my bag. never again", "again") == 1.0
    assert weight("lumbre is near. nubira lost my bag. never again", "again") == pytest.approx(0.6)
    assert weight("nubira is far. lumbre lost my bag. never again", "again") == 1.0


@pytest.mark.parametrize(
    "text",
    [
        "lumbre is far better than nubira",
        "Lumbre is cheaper than Nubira",
        "nubira is worse than lumbre",
        "lumbre is not worse than nubira",
        "nubira is not better than lumbre",
        "switched from nubira to lumbre",
        "just moved to lumbre from nubira",
        "lumbre > nubira",
        "nubira < lumbre",
        "I prefer lumbre to nubira",
        "lumbre beats nubira",
        "lumbre over nubira any day",
        "I would take lumbre rather than nubira",
        "lumbre is more reliable than nubira",
        "nubira is more expensive than lumbre",
        "lumbre es mejor que nubira",
        "mejor lumbre que nubira",
        "nubira es peor que lumbre",
        "me cambio de nubira a lumbre",
        "me he pasado de nubira a lumbre",
        "prefiero lumbre a nubira",
        "lumbre le da mil vueltas a nubira",
        "lumbre es más barata que nubira",
        "nubira es menos fiable que lumbre",
        "lumbre supera a nubira",
    ],
)
def test_a_comparison_is_good_for_one_and_bad_for_the_other(text: str) -> None:
    """Who wins a comparison leans to the good, who loses it to the bad; its own words count no second time."""
    assert (read(text).lean, read(text, NUBIRA).lean) == (1, -1)
    words = set(tokens_of(text)) & {"better", "worse", "mejor", "peor", "cheaper", "prefer", "beats"}
    assert all(weight(text, word) == weight(text, word, NUBIRA) == 0.0 for word in words)


@pytest.mark.parametrize("text", ["unlike nubira, lumbre works great", "lumbre, nada que ver con nubira, great"])
def test_a_contrast_turns_the_words_for_the_other(text: str) -> None:
    """What is said of one brand in contrast to another counts for the other with the opposite sign."""
    assert weight(text, "great") == 1.0
    assert weight(text, "great", NUBIRA) == -0.5


@pytest.mark.parametrize("text", ["lumbre, nubira and kolibri air are great", "great: lumbre and nubira"])
def test_brands_in_a_list_share_what_is_said(text: str) -> None:
    """Names one after the other are a list: what is said of them counts for each."""
    assert weight(text, "great") >= 0.6
    assert weight(text, "great", NUBIRA) >= 0.6


@pytest.mark.parametrize("text", ["lumbre and nubira are better than ever", "nubira and lumbre: mejor imposible"])
def test_both_praised_is_no_comparison(text: str) -> None:
    """Two brands named side by side are not compared."""
    assert read(text).lean == read(text, NUBIRA).lean == 0


@pytest.mark.parametrize(
    "text",
    ["is lumbre any good?", "según juan, lumbre es mala", "Juan says that lumbre is bad", "¿merece la pena lumbre?"],
)
def test_doubt_pulls_to_neutral(text: str) -> None:
    """A question for opinions and what somebody else said count less."""
    assert 0 < read(text).damp < 1


@pytest.mark.parametrize("text", ["why is lumbre so slow?", "¿por qué lumbre es tan lenta?", "lumbre is bad"])
def test_a_complaint_in_the_form_of_a_question_counts_whole(text: str) -> None:
    """`why is it so slow?` is no doubt."""
    assert read(text).damp == 1.0


@given(st.lists(st.sampled_from(_WORDS)))
def test_any_tokens_are_weighed(tokens: list[str]) -> None:
    """There is one weight in [0, 1] for each token, lean is -1, 0 or 1, and a name never counts."""
    for target in (LUMBRE, NUBIRA):
        found = focus(tokens, target)
        weights = found.weights or (1.0,) * len(tokens)
        assert len(weights) == len(tokens)
        assert all(0 <= weight <= 1 for weight in weights)
        assert found.flip <= set(range(len(tokens)))
        assert found.lean in (-1, 0, 1)
        assert 0 < found.damp <= 1
        assert all(weights[i] == 0 for i, token in enumerate(tokens) if token in ("lumbre", "nubira"))


def test_a_hostile_text_costs_no_more_than_its_length() -> None:
    """Eight thousand names of two brands are weighed in well under a second, and count nothing."""
    start = time.process_time()
    found = focus(["lumbre", "nubira", ".", "bad"] * 4_000, LUMBRE)
    assert time.process_time() - start < 0.5
    assert found.weights is not None
    assert set(found.weights[::4]) == set(found.weights[1::4]) == {0.0}
    start = time.process_time()
    focus(["lumbre", "nubira", ".", "bad"] * 250, LUMBRE)
    assert time.process_time() - start < 0.5
