import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from processors.sentiment.lexicon import read_lexicon
from processors.sentiment.outcome import to_3_decimals, to_4_decimals
from processors.sentiment.vader_engine import VaderEngine, open_vader, open_vader_fixed

RULE_WORDS = (
    "but never so this without doubt least at very kind of sort just enough no or nor not the shit bomb bad ass badass"
    " to die for kiss death yeah right bus stop beating heart fed up can't stand nobody hardly don't n't isn’t a x"
)
MARKS = ("", "", "", "!", "?", ".", ",", "...", "…", "!?!?", "'s", ")", "”")
EMOJI = (*tuple("😀❤💔👍🔥😶🆙"), "❤️", "👍🏽", "👩\u200d❤️\u200d💋\u200d👨", ":)", ":D", "D:", "O_o")
BLANKS = (" ", " ", " ", "  ", "\n", "\u00a0", "\u2009", "")


RATED = tuple(sorted([*read_lexicon().values, *read_lexicon().boosters, *read_lexicon().negators]))


@pytest.fixture(scope="module")
def reference() -> SentimentIntensityAnalyzer:
    """VaderSentiment itself."""
    return SentimentIntensityAnalyzer()


@pytest.fixture(scope="module")
def engines() -> dict[str, VaderEngine]:
    """Both engines, opened once."""
    return {"vader": open_vader(), "vader-fixed": open_vader_fixed()}


def dense_texts() -> st.SearchStrategy[str]:
    """Texts of up to 14 words, most of which some rule speaks of."""
    words = st.one_of(st.sampled_from(RULE_WORDS.split()), st.sampled_from(EMOJI), st.sampled_from(RATED))
    cased = st.builds(lambda word, change: change(word), words, st.sampled_from((str, str, str.upper, str.title)))
    tokens = st.builds("{}{}{}".format, cased, st.sampled_from(MARKS), st.sampled_from(BLANKS))
    return st.lists(tokens, max_size=14).map("".join)


def adversarial_texts(count: int, seed: int) -> list[str]:
    """The same, drawn by a generator that needs no shrinking, so that thousands take seconds."""
    draw = random.Random(seed)
    words = RULE_WORDS.split()

    def token() -> str:
        word = draw.choice(words) if draw.random() < 0.6 else draw.choice(draw.choice((EMOJI, RATED)))
        word = word.upper() if draw.random() < 0.1 else word
        return word + draw.choice(MARKS) + draw.choice(BLANKS)

    return ["".join(token() for _ in range(draw.randint(0, 14))) for _ in range(count)]


@settings(deadline=None)  # here and below: a busy machine is no failure
@given(text=dense_texts())
def test_the_engine_equals_vadersentiment_where_rules_meet(
    text: str, reference: SentimentIntensityAnalyzer, engines: dict[str, VaderEngine]
) -> None:
    """All four numbers are those of vaderSentiment on texts full of negators, boosters, idioms, capitals and emoji."""
    assert reference.polarity_scores(text) == engines["vader"].polarity_scores(text)


@settings(deadline=None)
@given(text=st.text(max_size=60))
def test_the_engine_equals_vadersentiment_on_any_text(
    text: str, reference: SentimentIntensityAnalyzer, engines: dict[str, VaderEngine]
) -> None:
    """All four numbers are those of vaderSentiment on any sequence of code points."""
    assert reference.polarity_scores(text) == engines["vader"].polarity_scores(text)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_engine_equals_vadersentiment_on_thousands_of_adversarial_texts(
    seed: int, reference: SentimentIntensityAnalyzer, engines: dict[str, VaderEngine]
) -> None:
    """All four numbers are those of vaderSentiment on three times 2,000 random texts in which every rule is at work."""
    texts = adversarial_texts(2_000, seed)

    assert [text for text in texts if reference.polarity_scores(text) != engines["vader"].polarity_scores(text)] == []


@settings(deadline=None)
@given(text=st.one_of(dense_texts(), st.text(max_size=60)), name=st.sampled_from(["vader", "vader-fixed"]))
def test_every_judgement_keeps_its_promises(text: str, name: str, engines: dict[str, VaderEngine]) -> None:
    """Score in [-1, 1], the label that goes with it, shares that add up to 1, reasons that add up to the score."""
    found = engines[name].judge(text, "en")
    total = sum(reason.weight for reason in found.reasons)

    assert found.label == ("positive" if found.score >= 0.05 else "negative" if found.score <= -0.05 else "neutral")
    assert found.p is not None
    assert sum(found.p) == pytest.approx(1.0, abs=0.0011)
    assert len(found.reasons) == 8 or found.score == pytest.approx(total / (total * total + 15) ** 0.5, abs=0.003)


def test_a_judgement_depends_on_the_text_alone(engines: dict[str, VaderEngine]) -> None:
    """The memo changes nothing: an engine that has judged thousands of texts judges like a fresh one."""
    texts = adversarial_texts(500, seed=4)
    for engine, fresh in zip(engines.values(), (open_vader(), open_vader_fixed()), strict=True):
        for text in texts:
            engine.judge(text, "en")

        assert [engine.judge(text, "en") for text in texts] == [fresh.judge(text, "en") for text in reversed(texts)][
            ::-1
        ]


@given(st.one_of(st.floats(0, 1), st.integers(0, 2_000).map(lambda n: n / 2_000)))
def test_shares_are_rounded_as_round_does(share: float) -> None:
    """The fast rounding of shares gives exactly what `round` gives, ties included."""
    assert round(share, 3) == to_3_decimals(share)


@given(st.one_of(st.floats(-1, 1), st.integers(-20_000, 20_000).map(lambda n: n / 20_000)))
def test_compounds_are_rounded_as_round_does(compound: float) -> None:
    """The fast rounding of compounds gives exactly what `round` gives, ties included."""
    assert round(compound, 4) == to_4_decimals(compound)
