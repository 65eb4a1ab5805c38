import pytest

from mentions.brands import Brand, BrandVersion
from mentions.records import Hit
from processors.brand_book import BrandBook
from processors.brand_names import names_of
from processors.sentiment.target import Target
from tests.playing import MORNING


def version(name: str, query: str, number: int = 1, *accounts: str, retired: bool = False) -> BrandVersion:
    """A version of a brand."""
    brand = Brand(name=name, query=query, accounts=accounts)
    return BrandVersion(
        brand=brand,
        version=number,
        effective_from=MORNING,
        changed_at=MORNING,
        changed_by="test",
        why="test",
        retired=retired,
    )


BOOK = BrandBook.of(
    [
        version("lumbre", "lumbre OR llama"),
        version("lumbre", 'lumbre OR "lumbre móvil" OR red', 2, "bluesky:@lumbre.example"),
        version("nubira", "nubira OR red", 1),
        version("kolibri-air", '"kolibri air" NOT hummingbird', 1),
        version("fin", "brasero", retired=True),
    ]
)


def target(text: str, brand: str = "lumbre", number: int = 2) -> Target:
    """Whom a judgement of the text is about."""
    return BOOK.targets(text, [Hit(brand, number, "")])[0]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("lumbre", {"lumbre"}),
        ('Lumbre OR "Lumbre Móvil" OR #lumbre', {"lumbre", "lumbre movil"}),
        ("lumbre NOT (fuego OR llama)", {"lumbre"}),
        ("lumbre (fibra OR movil)", {"lumbre"}),
        ("(fibra OR movil) AND (lumbre OR lmbr)", {"lumbre", "lmbr"}),
        ("lmbr AND fibra", {"lumbre", "lmbr"}),
        ("fibra NEAR/3 lumbre", {"lumbre"}),
        ("lumbre OR domain:lumbre.example OR lang:es lumbre", {"lumbre"}),
        ("@lumbre_es OR lumbrera*", {"lumbre", "lumbre_es", "lumbrera"}),
        ("lumbre OR (", {"lumbre"}),
    ],
)
def test_a_brands_names_are_what_its_query_looks_for(query: str, names: set[str]) -> None:
    """Names are the words that stand for the brand; conditions beside it, exclusions and fields are none."""
    assert names_of("lumbre", query, ()) == names


def test_accounts_are_names() -> None:
    """A handle is a name, without `@`; the network's own id is none."""
    assert names_of("lumbre", "lumbre", ("bluesky:@Lumbre.Example", "bluesky:did:plc:abc")) == {
        "lumbre",
        "lumbre.example",
    }


def test_a_target_holds_the_names_that_the_text_may_hold() -> None:
    """Own names are of the version that was hit; others of the latest versions, without those that both have."""
    assert target("Lumbre y Nubira, red caída") == Target(frozenset({"lumbre", "red"}), frozenset({"nubira"}))
    assert target("lumbre, llama, red", number=1) == Target(frozenset({"lumbre", "llama"}), frozenset({"red"}))
    assert target("#KolibriAir mejor que @lumbre.example") == Target(
        frozenset({"lumbre", "lumbre.example"}), frozenset({"kolibri air"})
    )


@pytest.mark.parametrize("text", ["qué bien", "kolibri sin más", "un brasero"])
def test_a_text_that_names_nobody_has_an_empty_target(text: str) -> None:
    """Neither a part of a name nor the name of a retired brand makes a target."""
    assert target(text) == Target()


def test_hits_that_are_read_the_same_have_equal_targets() -> None:
    """Where a text names no brand, all hits share one target."""
    hits = [Hit("lumbre", 2, "reply_to_mention"), Hit("nubira", 1, "reply_to_mention")]
    assert len(set(BOOK.targets("gracias", hits))) == 1
    assert len(set(BOOK.targets("gracias lumbre", hits))) == 2
