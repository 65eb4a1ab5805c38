import random
import re

import pytest

from ingest.simulation.grammar import Grammar, grammar, pick


def draws(seed: int = 1) -> "random.Random":
    """A seeded source of draws."""
    return random.Random(seed)


def test_rules_expand_with_cases_options_and_contractions() -> None:
    """Slots are filled, capitalised or lowered as asked, left out now and then, and joined as the language does."""
    made = Grammar(
        "= a\n{^who} va a {who}{mark?}\n= who\nel Pan\n= mark\n!\n= low\npero {_a}\n= ask\ny {_q}\n= q\n¿Qué?",
        ((" a el ", " al "),),
    )
    random = draws().random
    assert {made.expand("a", random) for _ in range(50)} == {"El Pan va al Pan", "El Pan va al Pan!"}
    assert made.expand("low", random).startswith("pero el Pan")
    assert made.expand("ask", random) == "y ¿qué?"


def test_weights_make_an_alternative_likelier() -> None:
    """An alternative with `9x ` comes about nine times as often."""
    made = Grammar("= a\n9x often\nrarely")
    random = draws().random
    often = sum(made.expand("a", random) == "often" for _ in range(1_000))
    assert 860 < often < 940


def test_a_slot_without_its_rule_is_refused() -> None:
    """A phrase that uses a rule nobody wrote is found when it is read, not when it is first drawn."""
    with pytest.raises(ValueError, match=r"nowhere"):
        Grammar("= a\n{nowhere}")


@pytest.mark.parametrize("language", ["es", "en", "other", "names"])
def test_every_phrase_is_well_formed(language: str) -> None:
    """No expansion has a brace, a double space or word, or a space before a full stop; none is too long."""
    phrases = grammar(language)
    random = draws().random
    for rule in phrases.rules(""):
        for _ in range(60):
            text = phrases.expand(rule, random)
            assert text
            assert not set("{}") & set(text), (rule, text)
            assert "  " not in text, (rule, text)
            assert " ." not in text, (rule, text)
            assert not re.search(r"\b([^\W\d]+) \1\b", text, re.IGNORECASE), (rule, text)
            assert len(text) <= 300, (rule, text)


@pytest.mark.parametrize("language", ["es", "en"])
def test_both_languages_have_much_to_say(language: str) -> None:
    """A thousand positive, neutral and negative texts about each brand are nearly all different."""
    phrases = grammar(language)
    random = draws().random
    for brand in ("lumbre", "nubira"):
        for label in ("positive", "neutral", "negative"):
            texts = {phrases.expand(f"{brand}.{label}", random) for _ in range(1_000)}
            assert len(texts) > (300 if label == "neutral" else 600), (brand, label, len(texts))


def test_choosing_reaches_first_and_last() -> None:
    """The draw's ends choose the first and the last alternative."""
    assert pick(("a", "b", "c"), lambda: 0.0) == "a"
    assert pick(("a", "b", "c"), lambda: 0.999_999) == "c"
