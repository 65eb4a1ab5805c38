import pytest

from mentions.brands import Brand, BrandVersion
from mentions.records import Author
from processors.brand_book import BrandBook
from tests.playing import MORNING


def version(number: int, *accounts: str, ambassadors: tuple[str, ...] = ()) -> BrandVersion:
    """A version of lumbre with these accounts."""
    brand = Brand(name="lumbre", query="lumbre", accounts=accounts, ambassadors=ambassadors)
    return BrandVersion(
        brand=brand, version=number, effective_from=MORNING, changed_at=MORNING, changed_by="test", why="test"
    )


BOOK = BrandBook.of(
    [version(1, "bluesky:@Lumbre.Example", "bluesky:did:plc:abc"), version(2, ambassadors=("file:eva",))]
)


@pytest.mark.parametrize(
    ("author", "voice"),
    [
        (Author("x", handle="lumbre.example"), "own"),
        (Author("x", handle="@LUMBRE.example"), "own"),
        (Author("did:plc:abc"), "own"),
        (Author("DID:PLC:ABC", handle="other"), "own"),
        (Author("x", handle="otra.example"), "public"),
        (Author("x"), "public"),
    ],
)
def test_own_accounts_are_known_by_id_or_handle(author: Author, voice: str) -> None:
    """An account is the brand's by its id or its handle, whatever the case and with or without `@`."""
    assert BOOK.voice("lumbre", 1, "bluesky", author) == voice


def test_an_account_belongs_to_its_source() -> None:
    """The same handle on another source is somebody else."""
    assert BOOK.voice("lumbre", 1, "file", Author("x", handle="lumbre.example")) == "public"


def test_ambassadors_speak_for_themselves() -> None:
    """An ambassador is neither own nor public; who is in both lists is own."""
    assert BOOK.voice("lumbre", 2, "file", Author("Eva")) == "ambassador"
    both = BrandBook.of([version(1, "file:eva", ambassadors=("file:eva",))])
    assert both.voice("lumbre", 1, "file", Author("eva")) == "own"


def test_each_version_has_its_own_accounts() -> None:
    """A hit is judged by the version that it was matched with; an unknown one is a KeyError."""
    assert BOOK.voice("lumbre", 2, "bluesky", Author("did:plc:abc")) == "public"
    assert BOOK.holds("lumbre", 2)
    assert not BOOK.holds("lumbre", 3)
    with pytest.raises(KeyError):
        BOOK.voice("lumbre", 3, "bluesky", Author("x"))


@pytest.mark.parametrize(("query", "voice"), [("lumbre", "own"), ("lumbre OR own", "public")])
def test_an_account_that_ingest_recognised_is_the_brands(query: str, voice: str) -> None:
    """A hit whose reason is `own` is own, whatever ids the book knows, unless the query itself asks for that word."""
    brand = Brand(name="lumbre", query=query)
    one = BrandVersion(brand=brand, version=1, effective_from=MORNING, changed_at=MORNING, changed_by="t", why="t")
    assert BrandBook.of([one]).voice("lumbre", 1, "bluesky", Author("x"), "own") == voice
