"""What a text is about. All texts are invented."""

import pytest

from mentions.brands import Brand, BrandVersion
from mentions.records import Finding, Hit, Mention
from processors.aspects import ASPECTS, DEFAULT, Aspects
from processors.brand_book import BrandBook
from processors.scoring import judge
from processors.words import Words
from tests.playing import JUDGES, MORNING, NOW, a_post


def names(text: str, lang: str = "en", aspects: Aspects = DEFAULT) -> list[str]:
    """The aspects found in a text."""
    return [finding.name for finding in aspects.find(Words(text), lang)]


@pytest.mark.parametrize(
    ("lang", "text", "expected"),
    [
        ("en", "Way too expensive for a loaf", ["price"]),
        ("en", "Still no refund", ["billing"]),
        ("en", "My parcel never came", ["delivery"]),
        ("en", "The staff were lovely", ["service"]),
        ("en", "The website is down", ["app"]),
        ("en", "The battery is broken", ["quality"]),
        ("en", "My flight was cancelled", ["availability"]),
        ("en", "Two hours late", ["punctuality"]),
        ("en", "The charger overheats", ["quality", "safety"]),
        ("en", "Where are my points", ["loyalty"]),
        ("es", "Cuánto cuesta la hogaza", ["price"]),
        ("es", "Me habéis cobrado dos veces", ["billing"]),
        ("es", "El paquete no llega", ["delivery"]),
        ("es", "La tripulación, encantadora", ["service"]),
        ("es", "La aplicación se cierra", ["app"]),
        ("es", "Otra vez con retraso", ["punctuality"]),
        ("es", "Turrones agotados", ["availability"]),
        ("en", "Lumbre opens at nine", []),
    ],
)
def test_default_aspects_are_named_by_their_words(lang: str, text: str, expected: list[str]) -> None:
    """Each default aspect is found by English and Spanish words."""
    assert names(text, lang) == expected


def test_aspects_quote_the_words_that_named_them() -> None:
    """A finding holds the words as they were written, each once."""
    found = DEFAULT.find(Words("REFUND! A refund, I said, and a Refund"), "en")
    assert found == (Finding("billing", ("REFUND", "refund", "Refund")),)


def test_a_brand_adds_words_and_aspects_of_its_own() -> None:
    """Words go to the default aspect of that name or make a further one, behind the defaults, plural and all."""
    own = Aspects({"price": ["harina"], "gluten": ["sin gluten", "celíaco"]})
    assert names("Qué precio, y la harina, para un CELIACO", "es", own) == ["price", "gluten"]
    assert names("Pan sin gluten para celíacos", "es", own) == ["gluten"]
    assert own.find(Words("precio de la harina"), "es") == (Finding("price", ("precio", "harina")),)


def test_a_brand_takes_words_out_and_switches_aspects_off() -> None:
    """A word with `-` before it no longer counts, and an aspect with an empty list is not found."""
    own = Aspects({"price": ["-deal"], "loyalty": []})
    assert names("A deal, and points", "en", own) == []
    assert names("A cheap deal", "en", own) == ["price"]


def test_a_brands_own_words_are_looked_for_in_every_language() -> None:
    """Where the default words are not read, the brand's own still are."""
    own = Aspects({"fila": ["fila"]})
    assert names("O reembolso e a fila", "pt", own) == ["fila"]
    assert names("O preço, refund", "pt") == []


def test_no_brand_can_bring_in_what_is_nothing() -> None:
    """The section that takes words out of the lists is no aspect, whatever a brand calls its own."""
    assert "nothing" not in ASPECTS
    assert names("carry-on bag", "en", Aspects({"nothing": ["bread"]})) == []


def test_each_brand_is_judged_by_the_aspects_of_the_version_that_was_hit() -> None:
    """Of one post each brand has its own aspects, those of the version that matched, not of the latest."""
    brands = [
        (Brand(name="lumbre", query="lumbre"), 1),
        (Brand(name="lumbre", query="lumbre", aspects={"gluten": ("gluten",)}), 2),
        (Brand(name="nubira", query="nubira", aspects={"price": ()}), 1),
    ]
    book = BrandBook.of(
        BrandVersion(brand=brand, version=version, effective_from=MORNING, changed_at=MORNING, changed_by="t", why="t")
        for brand, version in brands
    )
    hits = (Hit("lumbre", 1, "lumbre"), Hit("lumbre", 2, "lumbre"), Hit("nubira", 1, "nubira"))
    post = a_post("1", text="lumbre y nubira: el precio del pan sin gluten. ¿Podéis mirarlo?")
    judged = judge(Mention(post, hits), book, JUDGES, NOW)
    assert [[finding.name for finding in mention.aspects] for mention in judged] == [["price"], ["price", "gluten"], []]
    assert all([finding.name for finding in mention.intents] == ["request"] for mention in judged)
