"""Intents and aspects of any text whatever."""

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mentions.records import LABELS, Reason, Sentiment
from processors.aspects import ASPECTS, DEFAULT, Aspects
from processors.intents import INTENTS, intents_of
from processors.words import Words

PIECES = "please help can you ? ¿ ! . , no not thanks gracias me podéis 3 horas &amp; @lumbre www. 😀 ’ __ | _ <"
texts = st.text(max_size=80) | st.lists(st.sampled_from(PIECES.split()), max_size=30).map(" ".join)
sentiments = st.builds(
    Sentiment,
    label=st.sampled_from(LABELS),
    score=st.floats(-1, 1),
    reasons=st.lists(st.builds(Reason, term=st.text(max_size=9), weight=st.floats(-4, 4)), max_size=3).map(tuple),
)


@settings(deadline=None)
@given(texts, st.sampled_from(["en", "es", "und", "pt", ""]), sentiments)
@example("?", "es", Sentiment("negative", -1.0))
@example("@", "en", Sentiment("negative", -1.0))
@example("¿ ?", "es", Sentiment("neutral", 0.0))
@example("so ?", "en", Sentiment("neutral", 0.0))
@example("\ud800 \0 ? &#xd800;", "en", Sentiment("neutral", 0.0))
def test_no_text_raises(text: str, lang: str, sentiment: Sentiment) -> None:
    """Any text has known intents and aspects in their order, each at most once, and the same ones every time."""
    words = Words(text)
    intents, aspects = intents_of(words, lang, sentiment), DEFAULT.find(words, lang)
    assert [finding.name for finding in intents] == [n for n in INTENTS if n in {finding.name for finding in intents}]
    assert [finding.name for finding in aspects] == [n for n in ASPECTS if n in {finding.name for finding in aspects}]
    assert all(finding.terms for finding in aspects)
    again = Words(text)
    assert (intents_of(again, lang, sentiment), DEFAULT.find(again, lang)) == (intents, aspects)


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=9), st.lists(st.text(max_size=20), max_size=3), max_size=3), texts)
@example({"price": ["-"]}, "-")
@example({"a": ["", "|", "_ _", "b|"]}, "b b b")
def test_no_aspects_of_a_brand_raise(own: dict[str, list[str]], text: str) -> None:
    """Whatever a brand names as aspects, they can be made and looked for."""
    Aspects(own).find(Words(text), "en")


@pytest.mark.parametrize("piece", ["please help ", "can you ", "?", "¿", "no ", "a?b!", "á", "so ", "@", "one _ "])
def test_cost_is_linear_in_the_length(piece: str) -> None:
    """Ten times the text costs about ten times as much, also when it repeats what rules begin with."""

    def cost(size: int) -> float:
        text = piece * size
        start = time.process_time()
        words = Words(text)
        intents_of(words, "und")
        DEFAULT.find(words, "und")
        return time.process_time() - start

    cost(2_000)
    small, large = min(cost(2_000) for _ in range(3)), min(cost(20_000) for _ in range(2))
    assert large < 40 * small + 0.05
