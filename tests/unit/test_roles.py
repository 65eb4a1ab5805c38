"""Who is one of the public, a medium, paid or staff."""

import pytest

from mentions.brands import Brand
from processors.detection.roles import Listed, names_of, says_paid

LUMBRE = Brand(
    name="lumbre",
    query="lumbre",
    accounts=("bluesky:lumbre.example",),
    ambassadors=("bluesky:@Ines.example", "bluesky:did:vera"),
    notable=("bluesky:press.example", "link:news.example"),
)


@pytest.mark.parametrize(
    "text",
    [
        "El pan de Lumbre #ad",
        "Desayuno #Publi con @lumbre",
        "#PUBLICIDAD el mejor pan",
        "En colaboración con Lumbre, mi receta",
        "mi receta, en colaboración pagada con Lumbre",
        "Post patrocinado por Lumbre",
        "Paid partnership with Lumbre",
        "breakfast, sponsored by Lumbre #bread",
        "#sponsored",
        "Contenido patrocinado",
        "colaboración pagada: mi desayuno",
        "made in paid collaboration with Lumbre",
    ],
)
def test_a_text_says_that_it_was_paid_for(text: str) -> None:
    """The tags that advertising codes ask for, and the usual words, in both languages."""
    assert says_paid(text)


@pytest.mark.parametrize(
    "text",
    [
        "an #adventure with bread",
        "#adicta al pan de Lumbre",
        "I saw an ad of Lumbre",
        "la publicidad de Lumbre cansa",
        "gracias a Lumbre por colaborar con el barrio",
        "#publico y notorio",
        "a## #adx",
    ],
)
def test_a_text_that_only_speaks_of_advertising_does_not(text: str) -> None:
    """Words about advertising and longer tags are no declaration."""
    assert says_paid(text) is None


def test_accounts_are_found_by_handle_and_by_id() -> None:
    """Whatever form the brand gives; another network's account of that name is somebody else."""
    listed = Listed.of([LUMBRE])
    assert listed.is_own(names_of("bluesky", "did:1", "Lumbre.example"))
    assert listed.is_staff(names_of("bluesky", "did:2", "ines.example"))
    assert listed.is_staff(names_of("bluesky", "did:vera", None))
    assert not listed.is_staff(names_of("mastodon", "did:vera", "ines.example"))
    assert listed.medium(names_of("bluesky", "did:3", "press.example"), []) == "a notable account"


def test_a_medium_is_who_publishes_at_a_listed_host() -> None:
    """The host of its pages, or one below it; whoever is elsewhere is none."""
    listed = Listed.of([LUMBRE])
    assert listed.medium(names_of("rss", "x", None), ["local.news.example"]) == "publishes at news.example"
    assert listed.medium(names_of("rss", "x", None), ["fakenews.example", ""]) is None
