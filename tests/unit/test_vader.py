import time
from functools import cache

import pytest
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from mentions.errors import UsageError
from processors.sentiment.engines import ENGINES, open_engine
from processors.sentiment.lexicon import VADER_VERSION, check_version, read_lexicon
from processors.sentiment.outcome import REASONS
from processors.sentiment.vader_engine import VaderEngine, open_vader, open_vader_fixed
from processors.sentiment.words import MEMO_LONGEST, MEMO_TOKENS, PLAIN, Memo
from tests.hostile import HOSTILE

VADERS = ("vader", "vader-fixed")

TEXTS = (
    "",
    "   ",
    "Lumbre",
    "The bread at Lumbre is good.",
    "The bread at Lumbre is VERY GOOD!!!",
    "THE BREAD AT LUMBRE IS VERY GOOD!!!",
    "I don't like Nubira, not at all",
    "Never so happy with a phone; never this good, never been good",
    "Without a doubt the best crew. Without doubt great. Without any doubt great. Without doubt a great one",
    "The least helpful desk, at least friendly, very least good. least good",
    "No good, no, no great or fine nor nice. There is no doubt, no problem",
    "kind of good, sort of bad, just enough nice, the kind of thing I like",
    "The crew was great but the delay was awful, but the crew was great but late",
    "good good but good good",
    "yeah right, that croissant is the shit, the bomb, a kiss of death to die for at the bus stop",
    "my beating heart is bad ass and badass",
    "🙂 great 😀😀 ❤️ ❤good 💔! 🆙 🔛",
    "What? Really? So bad?? Why???? :( :D XD ;) <3",
    "It isn't really so very good as they say",
    "hardly good, barely bad, rarely late, seldom sad, despite the praise",
)

BUGS = {
    "I don’t like it": 0.3612,
    "great…": 0.0,
    "“great”": 0.0,
    "No": -0.296,
    "No!": 0.0,
    "❤": 0.6369,
    "❤️": 0.0,
    "😀good": 0.3612,
    "👍": 0.0,
    "🔥": -0.34,
    "the shit": -0.5574,
    "this is the shit": 0.6124,
    "to die for": -0.5994,
    "fed up": 0.0,
    "nobody likes it": 0.4215,
    "hardly good": 0.3832,
    "good http://x.y/?a=1&b=??": 0.533,
}


@pytest.fixture(scope="module")
def vader() -> VaderEngine:
    """The engine under test."""
    return open_vader()


@pytest.fixture(scope="module")
def reference() -> SentimentIntensityAnalyzer:
    """VaderSentiment itself."""
    return SentimentIntensityAnalyzer()


@pytest.mark.parametrize("text", TEXTS)
def test_all_four_numbers_are_those_of_vadersentiment(
    text: str, vader: VaderEngine, reference: SentimentIntensityAnalyzer
) -> None:
    """The four numbers are those of vaderSentiment, one text for each of its rules."""
    assert reference.polarity_scores(text) == vader.polarity_scores(text)


@pytest.mark.parametrize(("text", "compound"), BUGS.items())
def test_the_reference_keeps_its_bugs(text: str, compound: float, vader: VaderEngine) -> None:
    """What vaderSentiment gets wrong, the reference engine gets wrong in the same way."""
    assert compound == vader.polarity_scores(text)["compound"]


@pytest.mark.parametrize(
    ("text", "label", "score"),
    [
        ("The bread at Lumbre is good", "positive", 0.4404),
        ("The bread at Lumbre is awful", "negative", -0.4588),
        ("The bread at Lumbre", "neutral", 0.0),
        ("", "neutral", 0.0),
    ],
)
def test_the_label_follows_the_compound(text: str, label: str, score: float, vader: VaderEngine) -> None:
    """A text is positive from a compound of 0.05 up, negative from -0.05 down, and its score is the compound."""
    found = vader.judge(text, "en")

    assert (label, score) == (found.label, found.score)


def test_a_compound_on_the_bound_is_not_neutral(vader: VaderEngine) -> None:
    """The bounds of +-0.05 belong to positive and negative."""
    found = {
        text: vader.judge(text, "en") for text in ("number", "no number", "collapses good", "good bad great awful")
    }

    for sentiment in found.values():
        expected = "positive" if sentiment.score >= 0.05 else "negative" if sentiment.score <= -0.05 else "neutral"
        assert expected == sentiment.label


@pytest.mark.parametrize("text", TEXTS)
def test_the_shares_are_vaders_and_add_up_to_one(text: str, vader: VaderEngine) -> None:
    """`p` holds VADER's neg, neu and pos; they add up to 1 but for rounding, also for a text without words."""
    scores, p = vader.polarity_scores(text), vader.judge(text, "en").p

    assert p is not None
    assert sum(p) == pytest.approx(1.0, abs=0.0011)
    assert p == ((scores["neg"], scores["neu"], scores["pos"]) if text.strip() else (0.0, 1.0, 0.0))


@pytest.mark.parametrize("text", TEXTS)
def test_the_reasons_add_up_to_the_score(text: str, vader: VaderEngine) -> None:
    """The weights of the reasons add up to the sum whose normal form is the score, so they explain all of it."""
    found = vader.judge(text, "en")
    total = sum(reason.weight for reason in found.reasons)

    assert found.score == pytest.approx(total / (total * total + 15) ** 0.5, abs=0.002)


def test_the_reasons_come_strongest_first(vader: VaderEngine) -> None:
    """At most eight reasons, the heaviest first, each word once, with the sign of what it did."""
    text = "good, awful, great, bad, nice, ugly, happy, sad, lovely, good: not kind!"

    reasons = vader.judge(text, "en").reasons

    assert len(reasons) == REASONS
    sizes = [abs(reason.weight) for reason in reasons]
    assert sizes == sorted(sizes, reverse=True)
    assert len({reason.term for reason in reasons}) == REASONS
    assert {"good": 3.8, "great": 3.1}.items() <= {reason.term: reason.weight for reason in reasons}.items()


def test_marks_are_a_reason_of_their_own(vader: VaderEngine) -> None:
    """What exclamation and question marks add is told apart from the words, with the sign of the text."""
    assert [(reason.term, reason.weight) for reason in vader.judge("awful! What? When?? Why?", "en").reasons] == [
        ("awful", -2.0),
        ("!?", -1.252),
    ]


@pytest.mark.parametrize("lang", ["es", "und", "EN", "en-GB", ""])
@pytest.mark.parametrize("name", VADERS)
def test_other_languages_are_unjudged(name: str, lang: str) -> None:
    """Only `en` is judged; for the rest the engines say that they cannot hear it."""
    found = open_engine(name).judge("good", lang)

    assert (found.label, found.score, found.p, found.reasons) == ("unjudged", 0.0, None, ())


@pytest.mark.parametrize("name", VADERS)
def test_every_language_can_be_asked_for(name: str) -> None:
    """With `every_language` a text is judged as if it were English, whatever its language."""
    found = open_engine(name, every_language=True).judge("good", "es")

    assert (found.label, found.score) == ("positive", 0.4404)


def test_an_unknown_engine_is_refused_with_the_names_that_exist() -> None:
    """Asking for an engine that does not exist names those that do."""
    with pytest.raises(UsageError, match=f"no sentiment engine 'vadre'; there is {', '.join(ENGINES)}"):
        open_engine("vadre")

    assert set(VADERS) <= set(ENGINES)


def test_the_version_names_engine_and_lexicon() -> None:
    """The version tells the two engines apart and names the release they rest on."""
    assert [open_engine(name).version for name in VADERS] == ["vader-3.3.2", "vader-fixed-3.3.2+2"]


def test_another_vadersentiment_is_refused() -> None:
    """A lexicon of another release would be another engine under the same name, so it is refused by both versions."""
    check_version(VADER_VERSION)
    with pytest.raises(UsageError, match=r"vaderSentiment 3\.3\.1 is installed; .* needs 3\.3\.2"):
        check_version("3.3.1")


def test_the_lexicon_is_the_packages(reference: SentimentIntensityAnalyzer) -> None:
    """Words and emoji are read as vaderSentiment's own analyser reads them."""
    lexicon = read_lexicon()

    assert reference.lexicon == lexicon.values
    assert reference.emojis == lexicon.emoji


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("name", VADERS)
def test_no_text_is_too_hostile(name: str, text: str) -> None:
    """Every text is judged, within the ranges that a judgement promises."""
    found = open_engine_once(name).judge(text, "en")

    assert -1 <= found.score <= 1
    assert found.p is not None
    assert all(0 <= share <= 1 for share in found.p)
    assert len(found.reasons) <= REASONS
    assert all(len(reason.term) <= 40 for reason in found.reasons)


@pytest.mark.parametrize(
    "text",
    [
        "this good thing is not really great " * 1_143,
        "😀" * 8_000,
        "good " * 7_999 + "but good",
        "GOOD great " * 4_000 + "but GOOD",
        "fed up to die for the shit " * 1_143,
        "good😡" * 4_000,
    ],
    ids=["words", "emoji", "but", "capitals", "phrases", "emoji glued"],
)
@pytest.mark.parametrize("name", VADERS)
def test_eight_thousand_words_take_less_than_50_ms(name: str, text: str) -> None:
    """No text costs time that grows with the square of its length (vaderSentiment: 2.9 s, 28.6 s for emoji)."""
    engine = open_engine_once(name)

    assert min(cpu_ms(engine, text) for _ in range(5)) < 50


def cpu_ms(engine: VaderEngine, text: str) -> float:
    """What one judgement costs."""
    start = time.process_time()
    engine.judge(text, "en")
    return (time.process_time() - start) * 1000


@cache
def open_engine_once(name: str) -> VaderEngine:
    """One engine for all tests that only judge."""
    return open_vader() if name == "vader" else open_vader_fixed()


def test_the_memo_is_bounded() -> None:
    """A memo never holds more than 200,000 tokens, and none that is huge, so memory stays bounded."""
    memo = Memo(lambda _: PLAIN)
    for number in range(MEMO_TOKENS + 1):
        assert memo[str(number)] is PLAIN
    assert memo["x" * (MEMO_LONGEST + 1)] is PLAIN

    assert list(memo) == [str(MEMO_TOKENS)]
