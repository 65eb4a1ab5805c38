import pytest

from processors.sentiment.engines import open_engine
from processors.sentiment.focusing import COMPARISON, DOUBT_BAND, FocusedEngine, focused_text
from processors.sentiment.target import Target
from processors.sentiment.targeting import TARGETING
from processors.sentiment.vader_engine import open_vader_fixed

LUMBRE = Target(frozenset({"lumbre"}), frozenset({"nubira"}))
NUBIRA = Target(frozenset({"nubira"}), frozenset({"lumbre"}))


def label_of(score: float) -> str:
    """As VADER's authors say."""
    return "positive" if score >= 0.05 else "negative" if score <= -0.05 else "neutral"


ENGINE = FocusedEngine(open_vader_fixed(), label_of)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["Great phone!!!  So good :)", "", "¡Qué\nbien! \U0001f600"])
def test_a_text_without_names_is_not_touched(text: str) -> None:
    """Nothing is taken out where no brand is named."""
    assert focused_text(text, LUMBRE) == text
    assert ENGINE.judge(text, "en", LUMBRE) == open_vader_fixed().judge(text, "en")


def test_names_and_what_is_said_of_others_are_taken_out() -> None:
    """What is left are the words about the brand, as they were written."""
    text = "I LOVE @Lumbre's bread!!! But Nubira is awful"
    assert focused_text(text, LUMBRE).split() == ["I", "LOVE", "bread!!!"]
    assert focused_text(text, NUBIRA).split() == ["But", "is", "awful"]


@pytest.mark.parametrize(
    ("text", "lumbre", "nubira"),
    [
        ("I love lumbre but nubira is awful", "positive", "negative"),
        ("lumbre is great and nubira is terrible", "positive", "negative"),
        ("lumbre is far better than nubira", "positive", "negative"),
        ("nubira is worse than lumbre", "positive", "negative"),
        ("switched from nubira to lumbre", "positive", "negative"),
        ("unlike nubira, lumbre is great", "positive", "negative"),
        ("is lumbre any good?", "neutral", "neutral"),
    ],
)
def test_each_brand_gets_its_own_judgement(text: str, lumbre: str, nubira: str) -> None:
    """One text, two brands, two labels."""
    assert (ENGINE.judge(text, "en", LUMBRE).label, ENGINE.judge(text, "en", NUBIRA).label) == (lumbre, nubira)


def test_a_comparison_is_a_reason() -> None:
    """What a comparison added stands among the reasons; there are no shares that would contradict the score."""
    found = ENGINE.judge("switched from nubira to lumbre", "en", LUMBRE)
    assert (found.reasons[0].term, found.p) == (COMPARISON, None)
    assert found.score == found.reasons[0].weight


def test_the_switch_opens_rules_with_targets() -> None:
    """The engine `rules` judges each brand in English and in Spanish; without a target it judges the whole text."""
    rules = open_engine("rules")
    text = "me encanta lumbre, en cambio nubira es un asco"
    assert [rules.judge(text, "es", target).label for target in (LUMBRE, NUBIRA)] == ["positive", "negative"]
    assert rules.judge("is lumbre any good?", "en").label == "positive"
    assert rules.judge("is lumbre any good?", "en", LUMBRE).label == "neutral"
    assert rules.version.endswith(f"-t{TARGETING}")


def test_strong_words_stand_in_doubt_too() -> None:
    """Doubt brings a score nearer to 0; beyond the band it keeps its label."""
    asked = ENGINE.judge("is lumbre really the most horrible, disgusting, terrible bakery?", "en", LUMBRE)
    assert asked.label == "negative"
    assert asked.score < -DOUBT_BAND


def test_what_the_engine_cannot_hear_stays_unjudged() -> None:
    """A comparison makes no judgement of a language that the engine does not know."""
    assert ENGINE.judge("lumbre es mejor que nubira", "es", LUMBRE).label == "unjudged"
