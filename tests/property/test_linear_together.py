"""The engine `atalaya` judges many texts at once: none of them notices the others."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.sentiment import hearing
from processors.sentiment.base import Asked
from processors.sentiment.hearing import MANY
from processors.sentiment.linear import LinearEngine, open_atalaya
from processors.sentiment.target import Target

SAID = """
not never but although lack of fed up even though love awful great bread ! ? !? , . 😀 ❤️ GREAT soooo 12 #goodbread
no nunca pero aunque de puta madre me encanta horrible genial pan ¡ jajaja lumbre @lumbre nubira better worse than
mejor peor que dicen https://lumbre.example &amp; œuvre
"""
WORDS = SAID.split()
TARGETS = (None, Target(frozenset(["lumbre"])), Target(frozenset(["lumbre"]), frozenset(["nubira", "awful bread"])))


@pytest.fixture(scope="module")
def engine() -> LinearEngine:
    """It, opened once."""
    return open_atalaya()


def asked() -> st.SearchStrategy[list[Asked]]:
    """Up to nine texts, some of them empty, in languages that it hears and one that it does not, about one or none."""
    texts = st.lists(st.sampled_from(WORDS) | st.text(max_size=4), max_size=14).map(" ".join)
    return st.lists(st.tuples(texts, st.sampled_from(("en", "es", "fr", "eu")), st.sampled_from(TARGETS)), max_size=9)


@settings(deadline=None)
@given(asked())
def test_texts_are_judged_together_as_each_alone(engine: LinearEngine, several: list[Asked]) -> None:
    """Judgements and readings of a batch, small or large, are those of its texts one by one, to the last bit."""
    judged = [engine.judge(*each) for each in several]
    readings = [engine.read_all([each])[0] for each in several]
    for times in (1, MANY):
        assert engine.judge_all(several * times) == judged * times
        assert engine.read_all(several * times) == readings * times


@settings(deadline=None)
@given(asked())
def test_a_reading_concludes_as_the_engine_judges(engine: LinearEngine, several: list[Asked]) -> None:
    """From its own logits a reading comes to the judgement that the engine gives."""
    for each, reading in zip(several, engine.read_all(several), strict=True):
        if reading is not None:
            assert engine.conclude(reading, reading.logits) == engine.judge(*each)


def test_what_is_forgotten_is_heard_anew(engine: LinearEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that may remember next to nothing judges like one that remembers all, in batches of any size."""
    texts = [" ".join(WORDS[at::step]) + f" word{at}" for step in range(1, 12) for at in range(step)]
    several: list[Asked] = [(text, lang, TARGETS[2]) for text in texts for lang in ("en", "es")]
    before = engine.judge_all(several)
    monkeypatch.setattr(hearing, "MEMO_TOKENS", 20)
    forgetful = open_atalaya()
    assert [found for at in range(0, len(several), 7) for found in forgetful.judge_all(several[at : at + 7])] == before
    assert len(forgetful._ears["en"].table) < 200


def test_more_sounds_than_there_was_room_for_are_found_again(engine: LinearEngine) -> None:
    """The table of sounds grows: ten thousand new words between two judgements of a text change nothing."""
    text = "I do not love this bread, but the coffee is great!"
    before = engine.judge(text, "en")
    engine.judge_all([(f"w{number}x", "en", None) for number in range(10_000)])
    assert engine.judge(text, "en") == before
