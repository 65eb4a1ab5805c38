"""What the author of a text wants. All texts are invented."""

import pytest

from mentions.records import Reason, Sentiment
from processors.intents import INTENTS, NOT_JUDGED, intents_of
from processors.words import Words

ANGRY = Sentiment("negative", -0.6, None, (Reason("gone", -1.2), Reason("nice", 0.3)))


def names(text: str, lang: str = "en", sentiment: Sentiment = NOT_JUDGED) -> set[str]:
    """The intents found in a text."""
    return {finding.name for finding in intents_of(Words(text), lang, sentiment)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@lumbre what time do you open tomorrow?", {"question"}),
        ("Does anyone know if Lumbre ships to Oviedo", {"question"}),
        ("Can you tell me if the bread is vegan?", {"question"}),
        ("How do you lose a pilot???", {"complaint"}),
        ("Worst bakery in town", {"complaint"}),
        ("The bread was not good", {"complaint"}),
        ("Can you call me back please", {"request"}),
        ("please bring back the cinnamon buns", {"request"}),
        ("Thinking of getting the Kolibri 9", {"purchase"}),
        ("Which plan should I take?", {"question", "purchase"}),
        ("Trying to order a cake for Sunday", {"purchase"}),
        ("I had to buy a new phone, they sold the last one", set()),
        ("I just want to go home", set()),
        ("I never want to buy a Kolibri", set()),
        ("Thank you so much @lumbre!", {"praise"}),
        ("Amazing croissants", {"praise"}),
        ("My app won't open since the update", {"support"}),
        ("So far no reply about my parcel", {"support"}),
        ("Still in Lima until Sunday", set()),
        ("Bakers who like to help", set()),
        ("Can you help me? I can't log in", {"request", "support"}),
        ("Lumbre opens a shop in Valencia", set()),
        ("Flying to Lima with Nubira ✈️", set()),
        ("", set()),
    ],
)
def test_english_texts_say_what_their_authors_want(text: str, expected: set[str]) -> None:
    """Questions, complaints, requests, purchases, praise and need of help are told apart, and plain news has none."""
    assert names(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("¿A qué hora abrís mañana?", {"question"}),
        ("alguien sabe si Lumbre abre el domingo", {"question"}),
        ("¿Los puntos caducan?", {"question"}),
        ("¿En serio? ¿Cómo se puede ser tan inútil?", {"complaint"}),
        ("Qué vergüenza de atención", {"complaint"}),
        ("Publicidad engañosa", {"complaint"}),
        ("Devolvedme el dinero", {"request"}),
        ("¿Podéis mirar mi reserva?", {"request"}),
        ("Devuélvanme mi plata", {"request"}),
        ("Quiero comprar el Kolibri 9", {"purchase"}),
        ("Mil gracias por todo", {"praise"}),
        ("Qué rico está el pan", {"praise"}),
        ("No me llega el código de la app", {"support"}),
        ("No tengo queja de Nubira", set()),
        ("Vuelo sin incidencias, ya en casa", set()),
    ],
)
def test_spanish_texts_say_what_their_authors_want(text: str, expected: set[str]) -> None:
    """The same in Spanish, from Spain and from Latin America."""
    assert names(text, "es") == expected


def test_intents_come_in_their_order_with_the_words_that_decided() -> None:
    """Several intents hold at once; each quotes the text as it was written, at most four times."""
    text = "Ridiculous!! Two hours late. Pathetic, useless, awful, stupid. Can you PLEASE refund me?"
    found = intents_of(Words(text), "en")
    assert [finding.name for finding in found] == [name for name in INTENTS if name in ("complaint", "request")]
    assert found[0].terms[0] == "Ridiculous"
    assert len(found[0].terms) == 4
    assert all(word in text for finding in found for term in finding.terms for word in term.split())


@pytest.mark.parametrize(
    ("text", "praise"),
    [
        ("When do you open? Thanks", False),
        ("Thanks for nothing", False),
        ("Thanks for losing my bag", False),
        ("Rude staff. thanks", False),
        ("Thanks for the quick answer! When do you open?", True),
        ("Great bread but rude staff", True),
    ],
)
def test_thanks_that_are_only_polite_or_ironic_are_no_praise(text: str, praise: bool) -> None:
    """The politeness that ends a question and the thanks of somebody who complains are not taken at their word."""
    assert ("praise" in names(text)) == praise


def test_an_angry_text_that_asks_for_nothing_is_a_complaint() -> None:
    """Without a word of the rules, the engine's negative words are told as the reason; news about others are none."""
    (found,) = intents_of(Words("So my place was simply gone"), "en", ANGRY)
    assert (found.name, found.terms) == ("complaint", ("gone",))
    assert names("Nubira shares fall in Lima", "en", ANGRY) == set()


def test_a_cause_alone_is_a_complaint_only_where_nothing_is_asked_for() -> None:
    """A delay that is only mentioned in a question is none, unless the text is angry."""
    assert names("Is flight 12 delayed?") == {"question"}
    assert names("Flight 12 delayed again") == {"complaint"}
    assert "complaint" in names("Is flight 12 delayed?", "en", ANGRY)


def test_languages_without_rules_have_no_intents_and_unknown_ones_are_read_as_both() -> None:
    """A Portuguese text has none; one of an undetermined language is read as English and as Spanish."""
    assert names("Muito obrigado, gracias", "pt") == set()
    assert names("thanks!", "und") == names("gracias", "und") == {"praise"}
