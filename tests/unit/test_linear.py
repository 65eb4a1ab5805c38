"""The engine `atalaya`: its sum can be checked by hand, its answers are what a reader would say, most of the time."""

from math import exp
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from processors.sentiment import linear_model
from processors.sentiment.idioms import HEARD, Idioms
from processors.sentiment.linear import LinearEngine, open_atalaya
from processors.sentiment.linear_model import GRAM_MASK, Header, packed, unpacked
from processors.sentiment.linear_terms import gram_terms, hashed, joined, marked, rating
from processors.sentiment.pieces import Kind, Piece, cut
from processors.sentiment.repair import unescaped
from processors.sentiment.target import Target
from tests.golden_files import JUDGED, hard_cases, neutral

ENGINE = open_atalaya()
HEADER = Header(
    version="tiny-1",
    languages=("en",),
    sizes=(2, 1, 0),
    scales=(0.01, 0.01, 1.0),
    bias=(0.0, 0.0),
    rated_up=(0.0, 0.0),
    rated_down=(0.0, 0.0),
    compound=((0.0, 0.0),) * 4,  # type: ignore[arg-type] # four of them
    temperature=1.0,
)


def test_a_file_gives_back_what_was_written() -> None:
    """Keys, signed bytes and scales survive the file, each in its table."""
    words = {hashed("w:bread"): (-127, 127), hashed("w:stone"): (50, -1)}
    model = unpacked(packed(HEADER, (words, {7: (1, 2)}, {})))
    assert model.header == HEADER
    assert model.words[hashed("w:bread")] == pytest.approx((-1.27, 1.27))
    assert model.words[hashed("w:stone")] == pytest.approx((0.5, -0.01))
    assert model.grams.sums([7]) == pytest.approx((0.01, 0.02))
    assert model.grams.sums([7, 6, 7]) == pytest.approx((0.02, 0.04))
    assert model.pairs.sums([7]) == (0.0, 0.0)


def test_a_pair_is_found_by_the_sum_of_its_halves() -> None:
    """Sums below and above the number of places stand for the same place."""
    model = unpacked(packed(structs.replace(HEADER, sizes=(0, 0, 1)), ({}, {}, {7: (-3, 4)})))
    twice = model.pairs.twice()
    assert twice.sums([7 + 2]) == twice.sums([7 + 2 + GRAM_MASK + 1]) == model.pairs.sums([7]) == (-3.0, 4.0)
    assert twice.sums([2 * (GRAM_MASK + 1)]) == (0.0, 0.0)


def test_the_sum_can_be_checked_by_hand() -> None:
    """Two known words come to the sum of their weights over the root of the length, less neutral's lead."""
    words = {hashed("w:bread"): (-100, 100), hashed("w:stone"): (50, 0)}
    engine = LinearEngine(unpacked(packed(HEADER, (words, {7: (1, 2)}, {}))))
    (reading,) = engine.read_all([("bread stone", "en", None)])
    assert reading is not None
    scale = 2**-0.45
    assert reading.logits == pytest.approx((-0.5 * scale - 0.3, 0.0, 1.0 * scale - 0.3))
    found = engine.judge("bread stone", "en")
    below, above = exp(-0.5 * scale - 0.3), exp(scale - 0.3)
    assert found.p == pytest.approx(
        (below / (below + 1 + above), 1 / (below + 1 + above), above / (below + 1 + above)), abs=1e-4
    )
    assert [reason.term for reason in found.reasons] == ["bread", "stone"]


def test_a_text_is_cut_as_people_write() -> None:
    """Shouting, drawn-out words, laughter, marks, tags, handles and addresses are told apart."""
    assert cut("SOOOO") == (Piece("LONG", Kind.WORD), Piece("CAPS", Kind.WORD), Piece("soo", Kind.WORD))
    assert cut("jajajaja!!!") == (Piece("jaja", Kind.WORD), Piece("!!", Kind.END))
    assert [piece.form for piece in cut("#NoMeGusta")] == ["#nomegusta", "no", "me", "gusta"]
    assert cut("https://lumbre.example/a") == ()
    assert cut("@lumbre,") == (Piece("@lumbre", Kind.SILENT), Piece(",", Kind.STOP))
    assert cut("don’t") == (Piece("don't", Kind.NEGATOR),)
    assert [piece.form for piece in cut("bien👍🏽")] == ["bien", "👍"]


def pieces_of_text(text: str) -> list[Piece]:
    """The pieces of a text."""
    return [piece for chunk in text.split() for piece in cut(chunk)]


def heard(text: str, lang: str) -> list[str]:
    """The words that count in a text."""
    return [word for word, _ in marked(joined(pieces_of_text(text), lang), lang)]


def test_negation_ends_with_its_clause() -> None:
    """Up to four words behind a negator are marked, none behind a comma, and no emoji."""
    assert heard("not nice at all, love it", "en") == ["not", "¬nice", "¬at", "¬all", "love", "it"]
    assert heard("still no router 😾 again", "en") == ["still", "no", "¬router", "😾", "again"]


def test_a_bad_word_that_is_denied_takes_the_negator_with_it() -> None:
    """`not a bad coffee` marks the bad word alone, in English; in Spanish two negatives are one."""
    assert heard("not a bad coffee here", "en") == ["a", "¬bad", "coffee", "here"]
    assert heard("no parece horrible", "es") == ["no", "¬parece", "¬horrible"]
    assert ENGINE.judge("You won't regret buying this one.", "en").score > 0


def test_phrases_may_deny_and_contrast() -> None:
    """`lack of` and `used to` are negators, but not where someone is used to something."""
    assert heard("a total lack of care", "en") == ["a", "total", "lack of", "¬care"]
    assert heard("used to love it", "en") == ["used to", "¬love", "¬it"]
    assert heard("i'm used to love it", "en") == ["i'm used to", "love", "it"]
    assert heard("una falta de interés", "es") == ["una", "falta de", "¬interés"]


@pytest.mark.parametrize(
    ("text", "less", "more"),
    [
        ("nice bread, but awful service", "nice", "awful"),
        ("nice bread, although awful service", "nice", "awful"),
        ("although nice bread, awful service", "nice", "awful"),
        ("nice bread. awful service though", "nice", "awful"),
        ("in spite of nice bread, awful service", "nice", "awful"),
    ],
)
def test_what_a_contrast_leads_to_counts_more(text: str, less: str, more: str) -> None:
    """Behind `but` and `although`; where `although` comes first, behind its clause; where `though` ends, in its own."""
    counts = dict(marked(joined(pieces_of_text(text), "en"), "en"))
    assert counts[less] < 1 < counts[more]


def test_a_phrase_is_one_word() -> None:
    """`fed up` and `de puta madre` are pieces of their own, with a rating; the longest phrase counts."""
    english = joined([piece for chunk in ("so", "fed", "up!") for piece in cut(chunk)], "en")
    assert [piece.form for piece in english] == ["so", "fed up", "!"]
    spanish = joined([piece for chunk in ("está", "de", "puta", "madre") for piece in cut(chunk)], "es")
    assert [piece.form for piece in spanish] == ["está", "de puta madre"]
    assert rating("fed up", "en") < 0 < rating("de puta madre", "es")
    assert Idioms({"a b": 1.0, "a b c": 2.0}).find(["x", "a", "b", "c", "a", "b"]) == [(1, 4, "a b c"), (4, 6, "a b")]


def test_the_english_phrases_are_well_formed() -> None:
    """Each of our own has several words, a value in [-4, 4], and stands once, in order."""
    lines = (Path(linear_model.__file__).parent / "english" / "idioms.tsv").read_text("utf-8").splitlines()
    terms = [line.split("\t")[0] for line in lines]
    assert terms == sorted(set(terms))
    assert all(" " in term and term == term.lower() for term in terms)
    assert all(-4 <= float(line.split("\t")[1]) <= 4 for line in lines)
    assert all(line.split("\t")[2] in HEARD for line in lines if line.count("\t") > 1)


def test_a_rating_needs_its_language() -> None:
    """The German article is no English verb; emoji are rated in every language; a negator turns a rating."""
    assert rating("die", "en") < 0 == rating("die", "")
    assert rating("👍", "") > 0
    assert rating("¬genial", "es") < 0 < rating("genial", "es")


def test_accents_do_not_hide_a_word() -> None:
    """A word without its accents shares the n-grams of the word with them."""
    assert {place for place, _ in gram_terms("decepcion")} <= {place for place, _ in gram_terms("decepción")}


@pytest.mark.parametrize(
    ("lang", "text", "label"),
    [
        ("en", "I love this bakery, thank you!", "positive"),
        ("en", "Worst customer service ever, still waiting", "negative"),
        ("es", "Me encanta el pan de Lumbre, gracias", "positive"),
        ("es", "No me gusta nada, qué decepción", "negative"),
        ("pt", "Adorei o atendimento, muito obrigado", "positive"),
        ("fr", "Quelle honte, service nul", "negative"),
        ("de", "Ich liebe dieses Brot, danke", "positive"),
        ("it", "Che schifo, pessimo servizio", "negative"),
    ],
)
def test_plain_words_are_understood(lang: str, text: str, label: str) -> None:
    """What any speaker understands is judged so in each of the six languages."""
    assert ENGINE.judge(text, lang).label == label


@pytest.mark.parametrize("lang", JUDGED)
def test_neutral_stays_neutral(lang: str) -> None:
    """Of 300 factual sentences at least 90 % are judged neutral."""
    found = [ENGINE.judge(text, lang).label for text in neutral(lang)]
    assert found.count("neutral") >= 0.9 * len(found)


@pytest.mark.parametrize(("lang", "least"), [("en", 0.85), ("es", 0.85)])
def test_hard_cases_lean_the_right_way(lang: str, least: float) -> None:
    """Of 200 hard cases of a language 85 % lean the right way."""
    right = 0
    for case in hard_cases(lang):
        names = [frozenset([name.lower()]) if name else frozenset[str]() for name in (case.target, case.others)]
        found = ENGINE.judge(case.text, lang, Target(*names))
        right += (found.score > 0) == (case.expected == "positive")
    assert right >= least * 200


def test_a_brand_has_no_sentiment_of_its_own() -> None:
    """The name of the target changes nothing, whatever it is called."""
    awful, lovely = (
        ENGINE.judge(f"{name} opens at nine", "en", Target(frozenset([name]))) for name in ("awful", "lovely")
    )
    assert awful.score == lovely.score


def test_a_comparison_is_good_for_one_and_bad_for_the_other() -> None:
    """`X is far better than Y` is positive for X and negative for Y."""
    text, x, y = "Lumbre is far better than Nubira", frozenset(["lumbre"]), frozenset(["nubira"])
    assert ENGINE.judge(text, "en", Target(x, y)).label == "positive"
    assert ENGINE.judge(text, "en", Target(y, x)).label == "negative"


def test_training_and_judging_read_alike() -> None:
    """The words that an engine adds up are those that it was trained on: phrases joined, negated ones marked."""
    for lang in JUDGED:
        for text in neutral(lang)[:50] + [case.text for case in hard_cases(lang)]:
            pieces = [piece for chunk in unescaped(text).split() for piece in cut(chunk)]
            (reading,) = ENGINE.read_all([(text, lang, None)])
            assert reading is not None
            counts = reading.counts or [1.0] * len(reading.tokens)
            assert list(zip(reading.tokens, counts, strict=True)) == marked(joined(pieces, lang), lang)


def test_the_version_names_weights_and_lexicons() -> None:
    """Other weights have another version: a judgement tells what it was made by."""
    first, second = (unpacked(packed(HEADER, ({1: (step, 2), 3: (4, 5)}, {7: (1, 2)}, {}))) for step in (1, 2))
    assert first.version != second.version
    assert ENGINE.version.startswith("atalaya-2.")


def test_only_telling_words_are_reasons() -> None:
    """A word that weighs less than a fifth of the strongest is no reason."""
    words = {hashed("w:bread"): (-100, 100), hashed("w:stone"): (50, 0), hashed("w:of"): (10, -10)}
    header = structs.replace(HEADER, sizes=(3, 1, 0))
    engine = LinearEngine(unpacked(packed(header, (words, {7: (1, 2)}, {}))))
    assert [reason.term for reason in engine.judge("bread of stone", "en").reasons] == ["bread", "stone"]


def test_what_it_cannot_hear_is_unjudged() -> None:
    """A text in another language is unjudged; a text without words is neutral."""
    assert ENGINE.judge("Bikain, eskerrik asko!", "eu").label == "unjudged"
    assert ENGINE.judge("https://lumbre.example", "en").label == "neutral"


def test_the_longest_text_has_an_answer() -> None:
    """A word said a million times is as sure as can be, and no overflow."""
    assert ENGINE.judge("awful " * 1_000_000, "en").score == -1.0


@given(text=st.text(max_size=200), lang=st.sampled_from(["en", "es", "de", "und"]))
def test_no_text_raises(text: str, lang: str) -> None:
    """Whatever the text, there is an answer; the same again; probabilities add up to 1."""
    found = ENGINE.judge(text, lang)
    assert found == ENGINE.judge(text, lang)
    assert found.p is None or sum(found.p) == pytest.approx(1, abs=1e-3)
    assert -1 <= found.score <= 1


def test_the_weights_are_small() -> None:
    """The file that ships stays under a million bytes."""
    from importlib import resources

    assert len(resources.files("processors.sentiment").joinpath(linear_model.FILE).read_bytes()) < 1_000_000
