import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.sentiment.engines import open_engine
from processors.sentiment.outcome import outcome
from processors.sentiment.rules_engine import RulesEngine
from processors.sentiment.spanish_lexicon import read_spanish, valence
from processors.sentiment.spanish_rules import SpanishRules
from tests.hostile import HOSTILE

RULES = SpanishRules()
ENGINE = RulesEngine()

PRAISE = (
    "Me encanta el pan de Lumbre",
    "el servicio es buenísimo, riquísimo todo",
    "No me decepcionó, al contrario",
    "no podría estar más contenta",
    "Qué pan de puta madre",
    "esta app es una puta maravilla",
    "Kolibri la rompe, está bárbara",
    "Qué chévere la tienda nueva",
    "Está bien padre el local",
    "No tengo ninguna queja",
    "Es caro pero me encanta",
    "Aunque es caro, me encanta",
    "buenííísimo",
    "BUENISIMO",
    "No dejen de probar el pan, es delicioso",
    "Tenés que probarlo, te va a encantar",
    "Vale la pena",
    "jajaja me encanta 😍",
    "#MeEncanta",
    "Me solucionaron el problema en cinco minutos",
    "Problema resuelto, gracias",
)
BLAME = (
    "No me gusta nada",
    "no me gusta nada, qué decepción",
    "Nunca vi una atención tan mala",
    "nadie me ayudó con esto",
    "Gracias por nada",
    "Claro que sí, campeón",
    "Genial, otra vez un desastre",
    "Qué servicio excelente (ironía)",
    "Es bonito pero se rompe y es un asco",
    "Me tienen harta",
    "ODIO esperar",
    "odiarlo es poco",
    "Una mierda de servicio",
    "poco útil",
    "un servicio de la patada",
    "mentís y engañáis a la gente",
    "No sirve",
    "Increíble que sigan sin contestar",
    "Está bien caro",
    "No solucionan el problema",
    "Me han tomado el pelo",
    "Bravo, me habéis cobrado dos veces 🙃",
    'Su "excelente" servicio',
)
FACTS = (
    "vuelo sin incidencias",
    "no hay retraso",
    "sin problemas",
    "no está mal",
    "no pasa nada",
    "Ni fu ni fa",
    "No es malo",
    "Lumbre abre a las nueve",
    "La nueva app ya está lista",
    "seguro de coche",
    "¿A qué hora sale el autobús?",
    "@feliz_ana @genial",
    "",
)


@pytest.mark.parametrize("text", PRAISE)
def test_praise_is_praise(text: str) -> None:
    """Idioms, slang of both sides of the ocean, denied blame and conceded faults come out positive."""
    assert ENGINE.judge(text, "es").label == "positive"


@pytest.mark.parametrize("text", BLAME)
def test_blame_is_blame(text: str) -> None:
    """Denied praise, double negation, irony and insults come out negative."""
    assert ENGINE.judge(text, "es").label == "negative"


@pytest.mark.parametrize("text", FACTS)
def test_facts_are_neutral(text: str) -> None:
    """What is as it should be, what is merely new or big, and the words of a name say nothing."""
    assert ENGINE.judge(text, "es").label == "neutral"


@pytest.mark.parametrize(
    ("form", "base"),
    [
        ("encantame", "encantar"),
        ("odiarlo", "odiar"),
        ("mentís", "mentir"),
        ("mintió", "mentir"),
        ("mintiendo", "mentir"),
        ("recomiendo", "recomendar"),
        ("agradezco", "agradecer"),
        ("ladronas", "ladrón"),
        ("felices", "feliz"),
        ("decepcion", "decepción"),
        ("problemas", "problema"),
        ("horriblemente", "horrible"),
    ],
)
def test_a_form_has_the_value_of_its_base(form: str, base: str) -> None:
    """Conjugation with voseo, pronouns, gender, number and missing accents change no value."""
    assert valence(form) == valence(base) != 0.0


def test_ñ_is_a_letter_of_its_own() -> None:
    """Accents may be missing; a tilde may not."""
    assert valence("cariño") > 0.0
    assert valence("carino") == 0.0


def test_superlatives_and_diminutives_differ_in_strength() -> None:
    """`-ísimo` and a drawn out vowel say more than the word, `-ito` less."""
    assert valence("malísimo") < valence("malo") < valence("malito") < 0.0
    assert valence("lindísimo") > valence("lindo") > valence("lindito") > 0.0
    assert valence("horrrrible") < valence("horrible")


@pytest.mark.parametrize("word", ["nuevo", "listo", "grande", "seguro", "mesa", "xyz", "", "no", "muy", "."])
def test_a_word_that_says_nothing_is_worth_nothing(word: str) -> None:
    """Unrated words are 0."""
    assert valence(word) == 0.0


def test_degree_is_heard() -> None:
    """`muy` and `mucho` strengthen, `un poco` weakens, before or behind the word."""
    weights = [
        _sum(text) for text in ("me gusta un poco menos", "es bueno", "es muy bueno", "me gusta", "me gusta mucho")
    ]

    assert weights[1] < weights[2]
    assert weights[3] < weights[4]
    assert _sum("es un poco lento") > _sum("es lento") > _sum("es muy lento")


def test_a_negation_ends_with_its_clause() -> None:
    """A negator turns nothing behind a comma or a full stop."""
    assert _sum("no, me encanta") > 0 > _sum("no me encanta")
    assert _sum("No lo sé. Me encanta") > 0


def test_capitals_and_marks_strengthen() -> None:
    """A word in capitals among others, and exclamation marks, weigh more."""
    assert _sum("me ENCANTA esto") > _sum("me encanta esto")
    assert ENGINE.judge("me gusta!!!", "es").score > ENGINE.judge("me gusta", "es").score


def test_the_engine_hears_english_and_spanish_only() -> None:
    """Each language by its own rules; any other is unjudged."""
    engine = open_engine("rules")

    assert engine.judge("I love it", "en").label == "positive"
    assert engine.judge("Me encanta", "es").label == "positive"
    assert engine.judge("Ich liebe es", "de").label == "unjudged"
    assert engine.judge("me encanta", "und").label == "unjudged"


def test_the_version_names_rules_and_lexicon() -> None:
    """A changed word list is another version."""
    assert open_engine("rules").version.startswith("rules-3.3.2+2-es")
    assert read_spanish().digest in open_engine("rules").version


def test_reasons_name_the_words() -> None:
    """The strongest words stand first, with what they weigh where they stand."""
    first, second = ENGINE.judge("No me gusta el pan, es asqueroso", "es").reasons

    assert (first.term, second.term) == ("asqueroso", "no me gusta")
    assert first.weight < second.weight < 0


RULED = "no ni nunca sin nada muy poco pero aunque y bueno malo encanta odio puto genial, mierda! jajaja ¿no? 🙃 😍 :("
PHRASES = ("qué bien", "(ironía)", "un montón", "de puta madre", "me gusta mucho", "no me gusta nada", "ya no puedo")
WORDS = st.sampled_from((*RULED.split(), *PHRASES))


@settings(deadline=None)
@given(st.one_of(st.text(max_size=80), st.lists(WORDS, max_size=25).map(" ".join)))
def test_no_text_raises(text: str) -> None:
    """Any text gets a score in [-1, 1], with one value per rated word."""
    analysis = RULES.analyse(text)

    assert len(analysis.hits) == len(analysis.values)
    assert -1.0 <= outcome(analysis).compound <= 1.0


@settings(deadline=None)
@given(st.text(max_size=30))
def test_every_word_has_a_value_in_range(word: str) -> None:
    """The value of any string is in [-4, 4]."""
    assert -4.0 <= valence(word.lower()) <= 4.0


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_texts_do_no_harm(text: str) -> None:
    """Each hostile text is judged."""
    assert ENGINE.judge(text, "es").label


@pytest.mark.parametrize(
    "unit", ["no me gusta nada ", "muy bueno pero malo ", "😍", "no ", "me tiene harto, ", "a", "jaja", "¿bueno? "]
)
def test_cost_is_linear(unit: str) -> None:
    """Eight times the text takes at most 24 times the time, whatever is repeated."""
    short, long = (min(_seconds(unit * count) for _ in range(3)) for count in (1_000, 8_000))

    assert long < 24 * max(short, 0.0005)


def _seconds(text: str) -> float:
    start = time.process_time()
    RULES.analyse(text)
    return time.process_time() - start


def _sum(text: str) -> float:
    return sum(RULES.analyse(text).values)
