"""A layer over an engine: what it adds, how it is learned, and when it may be used."""

from collections.abc import Sequence

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentions.layers import Layer
from mentions.records import Label, Reason, Sentiment
from processors.sentiment.base import Asked
from processors.sentiment.engines import open_engine
from processors.sentiment.layer import LABELS, Reading, apply_layer, concluded, layer_reasons, spoken, terms_of
from processors.sentiment.layer_evaluation import evaluate, missing_labels
from processors.sentiment.layer_training import TERMS, Labelled, minimised, predict, train_layer
from processors.sentiment.layered import judge_layered, read
from processors.sentiment.target import Target

numbers = st.floats(-20, 20, allow_nan=False)
readings = st.builds(
    Reading, st.lists(st.sampled_from(["pan", "¬bueno", "masa"]), max_size=6).map(tuple), st.tuples(*[numbers] * 3)
)
FIXED = open_engine("vader-fixed")


def rows(count: int, seed: int = 1, noise: float = 0.0) -> list[Labelled]:
    """Texts whose middle word decides, and which the engine takes for neutral."""
    random = np.random.default_rng(seed)
    found = []
    for number in range(count):
        label = int(random.integers(3))
        word = ("cruda", "abierta", "crujiente")[label]
        said = label if random.random() >= noise else int(random.integers(3))
        found.append(Labelled(Reading(("la", f"masa{number % 7}", word, "hoy"), (0.0, 0.5, 0.0)), said))
    return found


@given(readings)
def test_a_layer_of_nothing_changes_nothing(reading: Reading) -> None:
    """An empty layer leaves the engine's logits as they are, exactly."""
    assert apply_layer(Layer(), reading) == reading.logits


@given(readings, st.tuples(*[numbers] * 3))
def test_what_is_added_to_all_logits_changes_no_judgement(reading: Reading, bias: tuple[float, float, float]) -> None:
    """Only differences between logits mean something, also through a layer."""
    layer = Layer(bias=bias, mix=((0.1, 0, 0), (0, 0.2, 0), (0, 0, -0.3)), step=0.1, terms={"pan": (1, -2, 3)})
    shifted = Reading(reading.tokens, (reading.logits[0] + 3, reading.logits[1] + 3, reading.logits[2] + 3))
    expected = [logit + 3 for logit in apply_layer(layer, reading)]
    assert apply_layer(layer, shifted) == pytest.approx(expected)


def test_a_term_counts_as_often_as_it_stands() -> None:
    """Words and pairs add their whole numbers times the step; bias and mix add theirs; all else adds nothing."""
    layer = Layer(
        bias=(0.0, 0.0, 1.0),
        mix=((0.5, 0.0, 0.0), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0)),
        step=0.5,
        terms={"pan": (0, 0, 2), "pan duro": (3, 0, -1)},
    )
    reading = Reading(("pan", "pan", "duro"), (3.0, 0.0, 0.0))
    assert list(terms_of(reading.tokens)) == ["pan", "pan", "duro", "pan pan", "pan duro"]
    assert apply_layer(layer, reading) == pytest.approx((3.0 + 0.5 * 2 + 1.5, 0.0, 1.0 + 2 * 1.0 - 0.5))
    reasons = [(reason.term, reason.weight) for reason in layer_reasons(layer, spoken(layer, reading), ())]
    assert reasons == [("pan", 2.0), ("pan duro", -2.0)]


@given(st.tuples(*[numbers] * 3))
def test_logits_conclude_in_probabilities(logits: tuple[float, float, float]) -> None:
    """Probabilities add up to 1 within 1e-3, the score lies in [-1, 1], and the label is one of the likeliest."""
    found = concluded(logits, ())
    assert found.p is not None
    assert sum(found.p) == pytest.approx(1, abs=1e-3)
    assert -1 <= found.score <= 1
    assert logits[LABELS.index(found.label)] == max(logits)  # type: ignore[arg-type] # it is never unjudged


def test_a_layer_learns_the_words_that_the_engine_lacks() -> None:
    """From 90 labels it tells texts apart that the engine takes for neutral; the same rows give the same layer."""
    layer, unseen = train_layer(rows(90)), rows(60, seed=2)
    found = predict(layer, [row.reading for row in unseen])
    assert sum(one == row.label for one, row in zip(found, unseen, strict=True)) >= 57
    assert predict(Layer(), [row.reading for row in unseen]) == [1] * 60
    assert train_layer(rows(90)) == layer


def test_no_word_of_one_text_alone_is_kept() -> None:
    """A term that stands in one labelled text only is no part of a layer, whatever it says."""
    secret = Labelled(Reading(("ana", "perez", "ana"), (0.0, 0.5, 0.0)), 0)
    assert not {"ana", "perez"} & {word for term in train_layer([*rows(60), secret]).terms for word in term.split()}


def test_a_layer_stays_small() -> None:
    """However many words were labelled, it holds at most so many terms, in less than 64 KiB of JSON."""
    random = np.random.default_rng(3)
    words = [f"palabra{number}" for number in range(5_000)]
    many = [Labelled(Reading(tuple(random.choice(words, 30)), (0.0, 0.1, 0.0)), n % 3) for n in range(1_500)]
    layer = train_layer(many)
    assert len(layer.terms) <= TERMS
    assert len(msgspec.json.encode(layer)) < 2**17
    assert msgspec.json.decode(msgspec.json.encode(layer), type=Layer) == layer


def test_the_minimum_of_a_known_function_is_found() -> None:
    """A stretched, turned bowl of twenty dimensions is followed to its bottom."""
    scales, bottom = np.geomspace(1, 1_000, 20), np.arange(20.0)

    def bowl(point: np.ndarray) -> tuple[float, np.ndarray]:
        return float((scales * (point - bottom) ** 2).sum()), 2 * scales * (point - bottom)

    assert minimised(bowl, np.zeros(20)) == pytest.approx(bottom, abs=1e-2)


def test_what_helps_passes_and_what_is_noise_does_not() -> None:
    """Clear labels gain and pass; labels at random do not, and neither do those that the engine hears as well."""
    clear, random = evaluate(rows(90)), evaluate(rows(90, noise=1.0))
    assert clear.passes
    assert clear.after > 90 > clear.before
    assert clear.low <= clear.gain <= clear.high
    assert not random.passes
    heard = [Labelled(Reading(row.reading.tokens, _sure(row.label)), row.label) for row in rows(90)]
    assert not evaluate(heard).passes


def _sure(label: int) -> tuple[float, float, float]:
    logits = [0.0, 0.0, 0.0]
    logits[label] = 6.0
    return logits[0], logits[1], logits[2]


@pytest.mark.parametrize(
    ("labels", "missing"),
    [
        ([], {"negative": 5, "neutral": 5, "positive": 5, "any": 35}),
        ([0] * 60, {"neutral": 5, "positive": 5}),
        ([0] * 20 + [1] * 20 + [2] * 4, {"positive": 1, "any": 5}),
        ([0] * 20 + [1] * 20 + [2] * 10, {}),
    ],
)
def test_missing_labels_are_counted(labels: list[int], missing: dict[str, int]) -> None:
    """Five of each are needed and fifty in all; what is missing of each counts towards the fifty."""
    assert missing_labels(labels) == missing


@pytest.mark.parametrize(
    ("text", "label"), [("the bread is great", "positive"), ("it opens at eight", "neutral"), ("awful", "negative")]
)
def test_an_engine_without_logits_is_corrected_through_its_score(text: str, label: Label) -> None:
    """An empty layer leaves VADER's label; a layer's word turns it; what the engine cannot hear stays unjudged."""
    assert judge_layered(FIXED, Layer(), text, "en").label == label
    turned = Layer(step=1.0, terms={"bread": (30, 0, -30), "eight": (30, 0, -30)})
    assert judge_layered(FIXED, turned, text, "en").label == "negative"
    assert judge_layered(FIXED, turned, text, "es").label == "unjudged"


def test_names_handles_and_negated_words_are_read_as_such() -> None:
    """The brand's names and people's handles are no words of a layer; a word behind a negator is another word."""
    reading = read(FIXED, "@ana not Lumbre bread today", "en", Target(own=frozenset({"lumbre"})))
    assert reading is not None
    assert reading.tokens == ("not", "¬bread", "¬today")


class Reader:
    """An engine that shows its reading; it doubts what leads by less than 1."""

    version = "reader-1"

    def read_all(self, asked: Sequence[Asked]) -> list[Reading | None]:
        """Any text but Spanish ones; `pan` is a little good."""
        words = [tuple(text.split()) for text, _, _ in asked]
        readings = [Reading(each, (0.0, 0.0, 2.0 * each.count("pan"))) for each in words]
        return [None if lang == "es" else reading for (_, lang, _), reading in zip(asked, readings, strict=True)]

    def conclude(self, reading: Reading, logits: tuple[float, float, float]) -> Sentiment:
        """The likeliest label, if it leads."""
        *_, second, first = sorted(logits)
        if first - second < 1:
            return Sentiment("unjudged", 0.0, None)
        return concluded(logits, (Reason("pan", 2.0),))

    def judge(self, text: str, lang: str, target: Target | None = None) -> Sentiment:
        """By itself."""
        reading = self.read_all([(text, lang, target)])[0]
        return Sentiment("unjudged", 0.0) if reading is None else self.conclude(reading, reading.logits)


def test_an_engine_that_shows_its_reading_makes_up_its_own_mind() -> None:
    """The layer changes the logits, the engine concludes from them, and its doubt stays its own."""
    engine, layer = Reader(), Layer(step=1.0, terms={"duro": (3, 0, -3)})
    assert judge_layered(engine, Layer(), "pan duro", "en") == engine.judge("pan duro", "en")
    turned = judge_layered(engine, layer, "pan duro", "en")
    assert (turned.label, turned.reasons) == ("negative", (Reason("duro", -6.0), Reason("pan", 2.0)))
    assert judge_layered(engine, layer, "nada", "en").label == "unjudged"
    assert judge_layered(engine, layer, "pan duro", "es").label == "unjudged"
    assert read(engine, "pan duro", "es") is None
