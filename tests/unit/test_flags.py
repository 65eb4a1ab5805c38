from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentions.brands import Brand
from mentions.records import Author
from processors.flags import DEFAULT, NOTABLE, WATCHWORDS, Flags
from processors.words import Words
from tests.playing import a_post

SERIOUS = {
    "safety": (
        "My son got food poisoning from the cream cake at lumbre",
        "The oven caught fire at lumbre",
        "Found broken glass in my bread, lumbre",
        "Mi madre acabó en urgencias por la tarta de lumbre",
        "Intoxicación alimentaria después de comer en lumbre",
        "Había una cucaracha en la barra de lumbre",
        "Trozos de cristal en el pan de lumbre",
    ),
    "legal": (
        "My lawyer will call lumbre on Monday",
        "We are suing lumbre",
        "Voy a poner una denuncia a lumbre",
        "Os voy a denunciar a consumo",
        "Lumbre, condenada por el juzgado: el juez condena a pagar",
    ),
    "data": (
        "lumbre had a data breach and says nothing",
        "My account was hacked at lumbre",
        "Me han filtrado los datos de lumbre: filtrados mis datos",
        "En la app de lumbre veo los datos de otra persona",
    ),
    "minors": (
        "A child hurt in the lumbre shop",
        "Lumbre vende alcohol a menores",
        "Un niño herido en la puerta de lumbre",
    ),
}
HARMLESS = (
    "The new cake is on fire today",
    "Una explosión de sabor, lumbre",
    "Casi me muero de risa con el anuncio de lumbre",
    "Child friendly café with a kids menu",
    "Hay mucha demanda de empleo en lumbre",
    "I recall that lumbre was cheaper",
    "Tres horas de cola en lumbre, horrible",
    "The worst bread ever, give me my money back",
    "He pedido la hoja de reclamaciones en lumbre",
    "Qué rata de biblioteca el panadero",
)
OWN: Mapping[str, tuple[str, ...]] = {"safety": ("moho", "-cucaracha"), "recall": ("retirada total",), "legal": ()}


def names(text: str, flags: Flags = DEFAULT, **fields: object) -> list[str]:
    """The lists that a text is on."""
    return [found.name for found in flags.find(Words(text), a_post("1", text=text, **fields))]


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in SERIOUS.items() for text in texts])
def test_what_is_serious_is_on_its_list(name: str, text: str) -> None:
    """Danger, law, data and minors are told in Spanish and in English, with the words that say so."""
    assert name in names(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_figures_of_speech_and_plain_complaints_are_on_none(text: str) -> None:
    """Praise that burns, laughter that kills and ordinary anger wake nobody."""
    assert names(text) == []


def test_a_brand_adds_takes_out_and_switches_off() -> None:
    """Its own words join a list or make one; with a minus a word goes; an empty list is off."""
    flags = Flags(OWN)
    assert names("Pan con moho", flags) == ["safety"]
    assert names("Vi una cucaracha", flags) == []
    assert names("Anuncian la retirada total", flags) == ["recall"]
    assert names("Voy a poner una denuncia", flags) == []


def test_a_notable_author_is_told_by_account_followers_or_medium() -> None:
    """A listed account by handle or by the id behind it, a reach over the limit, a link to a listed medium."""
    brand = Brand(
        name="lumbre",
        query="lumbre",
        notable=("bluesky:press.example", "link:news.example"),
        notable_followers=50_000,
    )
    flags = Flags.of(brand, {"bluesky:press.example": "did:plc:press"})
    press, known = Author("x", handle="Press.example"), Author("did:plc:press")
    assert names("hola lumbre", flags, author=press) == names("hola lumbre", flags, author=known) == [NOTABLE]
    (found,) = flags.find(Words("hola"), a_post("1", author=Author("y", followers=50_000)))
    assert found.terms == ("followers 50000",)
    (found,) = flags.find(Words("hola"), a_post("1", links=("https://www.news.example/a",)))
    assert found.terms == ("link news.example",)
    assert names("hola", flags, author=Author("z", followers=49_999)) == []
    assert names("hola", DEFAULT, author=Author("z", followers=10**9)) == []


@given(st.text(max_size=200))
def test_no_text_makes_it_fail(text: str) -> None:
    """Whatever is written, lists are found or not, in one order and each once."""
    found = names(text)
    assert found == [name for name in WATCHWORDS if name in found]
