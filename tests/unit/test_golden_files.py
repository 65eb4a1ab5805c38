"""The golden files hold what their readers promise."""

from collections import Counter

import pytest

from tests.golden_files import (
    HARD_OF_A_KIND,
    JUDGED,
    KINDS,
    NEIGHBOURS,
    NEUTRAL,
    TRAPS,
    hard_cases,
    neighbours,
    neutral,
)

BRANDS = {"lumbre", "nubira", "kolibri"}


@pytest.mark.parametrize("language", JUDGED)
def test_neutral_sentences_are_many_different_and_of_many_lengths(language: str) -> None:
    """A neutral file holds 300 different sentences of 4 to 40 words, a tenth of them longer than 20."""
    sentences = neutral(language)
    lengths = [len(sentence.split()) for sentence in sentences]
    assert len(sentences) == len({sentence.casefold() for sentence in sentences}) == NEUTRAL
    assert TRAPS <= 0.15 * NEUTRAL
    assert all(4 <= length <= 40 for length in lengths)
    assert sum(length > 20 for length in lengths) >= NEUTRAL / 10


@pytest.mark.parametrize("language", JUDGED)
def test_hard_cases_are_forty_of_each_kind(language: str) -> None:
    """A hard file holds 40 cases of each kind, each (text, target) once."""
    cases = hard_cases(language)
    assert Counter(case.kind for case in cases) == dict.fromkeys(KINDS, HARD_OF_A_KIND)
    assert len({(case.text, case.target) for case in cases}) == len(cases)


@pytest.mark.parametrize("language", JUDGED)
@pytest.mark.parametrize("kind", KINDS)
def test_hard_cases_have_both_signs(language: str, kind: str) -> None:
    """In no kind does one sign make up more than two thirds, so that always saying it earns little."""
    signs = Counter(case.expected for case in hard_cases(language) if case.kind == kind)
    assert max(signs.values()) <= HARD_OF_A_KIND * 2 / 3


@pytest.mark.parametrize("language", JUDGED)
def test_only_comparisons_name_a_target_and_it_stands_in_the_text(language: str) -> None:
    """A target and the brand beside it are invented brands that the text names; other kinds have none."""
    for case in hard_cases(language):
        named = {name for name in (case.target, case.others) if name}
        assert bool(case.target) == (case.kind == "comparison"), case
        assert case.target != case.others or not case.target, case
        assert named <= {brand for brand in BRANDS if brand in case.text.lower()}, case


@pytest.mark.parametrize("language", JUDGED)
def test_half_of_the_comparisons_are_asked_for_both_brands(language: str) -> None:
    """Ten sentences are asked about twice, once for each brand, with opposite signs."""
    comparisons = [case for case in hard_cases(language) if case.kind == "comparison"]
    asked_twice = [text for text, times in Counter(case.text for case in comparisons).items() if times == 2]
    assert len(asked_twice) == HARD_OF_A_KIND / 4
    for text in asked_twice:
        one, other = (case for case in comparisons if case.text == text)
        assert {one.expected, other.expected} == {"positive", "negative"}, text
        assert (one.target, one.others) == (other.others, other.target), text


@pytest.mark.parametrize("language", NEIGHBOURS)
def test_neighbours_are_sixty_or_more_short_and_long(language: str) -> None:
    """A neighbour's file holds at least 60 different posts, some under 30 characters and some over 120."""
    posts = neighbours(language)
    assert len(posts) == len(set(posts)) >= 60
    assert min(map(len, posts)) < 30
    assert max(map(len, posts)) > 120
