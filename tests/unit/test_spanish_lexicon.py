import pytest

from mentions.folding import fold
from processors.sentiment.spanish_inflection import CLITICS, adjective_forms, noun_forms, verb_forms
from processors.sentiment.spanish_lexicon import FILES, expanded, read_file, read_spanish
from processors.sentiment.spanish_words import PHRASE_ROLES

ENTRIES = {name: read_file(name) for name in FILES}


def test_it_has_the_promised_size() -> None:
    """At least 2,500 base forms; at least 30,000 forms follow from them."""
    assert sum(map(len, ENTRIES.values())) >= 2_500
    assert len([entry for entries in ENTRIES.values() for entry in entries if entry.value]) >= 2_500
    assert len(read_spanish().forms) >= 30_000


@pytest.mark.parametrize("name", FILES)
def test_each_file_is_sorted_and_without_repetition(name: str) -> None:
    """Terms ascend, and no two are the same once accents are folded."""
    terms = [entry.term for entry in ENTRIES[name]]

    assert terms == sorted(terms)
    assert len(terms) == len({term if name == "emoji" else fold(term) for term in terms})


@pytest.mark.parametrize("name", FILES)
def test_each_value_is_in_range(name: str) -> None:
    """From -4 to 4; only exact words, phrases with a part to play and emoji may be 0."""
    assert all(-4.0 <= entry.value <= 4.0 for entry in ENTRIES[name])
    assert all(entry.value for entry in ENTRIES[name]) or name in ("words", "phrases")


def test_each_term_has_the_shape_of_its_file() -> None:
    """Verbs end in -ar, -er, -ir; phrases have several words, whose parts the rules know; all else has one."""
    assert all(fold(entry.term)[-2:] in ("ar", "er", "ir") for entry in ENTRIES["verbs"])
    assert all(" " in entry.term for entry in ENTRIES["phrases"])
    assert {entry.details for entry in ENTRIES["phrases"]} <= {"", *PHRASE_ROLES}
    assert not [e.term for name in FILES if name != "phrases" for e in ENTRIES[name] if " " in e.term]
    assert not [e.term for name in FILES if name != "emoji" for e in ENTRIES[name] if "_" in e.term]


def test_alternatives_are_multiplied() -> None:
    """A slash within a phrase stands for either word."""
    assert list(expanded("me tiene/tienen harto/harta")) == [
        "me tiene harto",
        "me tiene harta",
        "me tienen harto",
        "me tienen harta",
    ]


@pytest.mark.parametrize(
    ("infinitive", "changes", "forms"),
    [
        ("encantar", (), "encanto encantas encantais encante encantaron encantando encantada encantaria"),
        ("recomendar", ("ie",), "recomiendo recomendas recomienden recomende recomendado"),
        ("mentir", ("ie", "i"), "miento mentis mintio mintiendo mentimos mienta"),
        ("agradecer", (), "agradezco agradeceis agradecieron agradezcan"),
        ("destruir", (), "destruye destruyo destruyeron destruyendo"),
        ("proteger", (), "protejo protege protejan"),
        ("fracasar", (), "fracase fracasaste fracasasteis"),
        ("explicar", (), "explique explico expliqueis"),
        ("pagar", (), "pague pago paguen"),
        ("abrazar", (), "abrace abrazo abracen"),
    ],
)
def test_verbs_are_conjugated(infinitive: str, changes: tuple[str, ...], forms: str) -> None:
    """All persons, voseo included, in every tense of one word, spelled as Spanish spells them."""
    assert set(forms.split()) <= set(verb_forms(infinitive, changes))


def test_nouns_and_adjectives_are_inflected() -> None:
    """Gender, number and `-mente`."""
    assert {"ladron", "ladrones", "ladrona", "ladronas"} <= set(adjective_forms("ladron"))
    assert {"feliz", "felices", "felizmente"} <= set(adjective_forms("feliz"))
    assert {"rapido", "rapida", "rapidos", "rapidas", "rapidamente"} <= set(adjective_forms("rapido"))
    assert list(noun_forms("error")) == ["error", "errores"]
    assert list(noun_forms("crisis")) == ["crisis"]


def test_pronouns_are_taken_off_verbs_only() -> None:
    """Two pronouns come off an infinitive; a noun that ends like one stays whole."""
    lexicon = read_spanish()

    for clitic in CLITICS:
        assert lexicon.look_up(f"odiar{clitic}") == lexicon.look_up("odiar")
    assert lexicon.look_up("regalármelo") == lexicon.look_up("regalar")
    assert lexicon.look_up("robárnoslas") == lexicon.look_up("robar")
    assert lexicon.look_up("animales") is None or lexicon.look_up("animales") == lexicon.forms["animales"]
