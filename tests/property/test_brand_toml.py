"""Brands survive their way through a file."""

import tomllib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mentions.brand_toml import brands_from_toml, brands_to_toml
from mentions.brands import Brand
from mentions.codec import scrub
from mentions.errors import SettingsError

names = st.from_regex(r"\A[a-z0-9][a-z0-9_-]{0,12}\Z").filter(lambda name: name != "other")
accounts = st.lists(
    st.from_regex(r"\A[a-z0-9][a-z0-9_.-]{0,5}:[^\s\0]{1,8}\Z").filter(lambda text: text == scrub(text)), max_size=3
).map(tuple)
characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")  # what databases can hold
brands = st.builds(
    Brand,
    name=names,
    query=st.text(characters, min_size=1).filter(lambda text: text.strip() != ""),
    accounts=accounts,
    ambassadors=accounts,
    role=st.sampled_from(["own", "competitor", "sector"]),
    time_zone=st.sampled_from(["UTC", "Europe/Madrid", "Asia/Kathmandu"]),
    aspects=st.dictionaries(
        st.from_regex(r"\A[a-zñ😀.'\" ]{1,9}\Z").filter(lambda text: text.strip() == text),
        st.lists(st.from_regex(r"\A-?[a-zñé😀][a-z ]{0,9}\Z"), max_size=3).map(tuple),
        max_size=2,
    ),
)
ODD = Brand(
    name="lumbre", query='"pan de lumbre" OR \\d "\t\x1f\x7f\u2028\r\n \'\'\' """ #x = [1]', accounts=("rss:ñ😀",)
)


@given(st.lists(brands, min_size=1, max_size=4, unique_by=lambda brand: brand.name))
@example([ODD])
def test_what_is_exported_is_imported_again(given_brands: list[Brand]) -> None:
    """Any brands, whatever characters their queries and accounts hold, are read back as they were written."""
    assert brands_from_toml(brands_to_toml(given_brands).encode(), "brands.toml") == given_brands


@given(st.text(alphabet=st.characters(categories=["Cs", "Ll", "Cc"]), min_size=1))
def test_every_text_gives_a_document_that_any_reader_of_toml_reads(query: str) -> None:
    """Lone surrogates, which no file can hold, become U+FFFD; everything else stays."""
    document = tomllib.loads(brands_to_toml([Brand(name="lumbre", query=query)]).encode().decode())
    assert document["brand"][0]["query"] == scrub(query)


def test_an_export_shows_the_keys_that_people_change_and_leaves_out_empty_lists() -> None:
    """An export holds name, query, role and time zone always, and lists only where they hold something."""
    brand = Brand(name="lumbre", query="lumbre", ambassadors=("bluesky:ana.example",))
    assert brands_to_toml([brand]) == (
        '[[brand]]\nname = "lumbre"\nquery = "lumbre"\nambassadors = ["bluesky:ana.example"]\n'
        'role = "own"\ntime_zone = "UTC"\n'
    )


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (
            '[[brand]]\nname = "lumbre"\nquery = "x"\nrole = "rival"',
            r'b\.toml:4: brand\.role: found "rival"; .*"own" or',
        ),
        ('[[brand]]\nname = "Lum bre"\nquery = "x"', r'b\.toml:2: brand\.name: found "Lum bre"; write'),
        ('[[brand]]\nname = "lumbre"', r"b\.toml:1: brand\.query: .*missing; write a query"),
        ('[[brand]]\nname = "lumbre"\nquery = "x"\nqurey = "y"', r"b\.toml:4: brand\.qurey: .*did you mean query"),
        ('[store]\nurl = "x"', r"b\.toml:1: store: this is no brand; write \[\[brand\]\]"),
        ("", r"b\.toml: no brand stands here"),
        ('[[brand]]\nname = "lumbre', r"b\.toml:2: this is not TOML"),
    ],
)
def test_a_wrong_document_is_refused_by_line_key_and_what_would_be_right(document: str, message: str) -> None:
    """What is wrong with a document of brands is told by line, key, what was found and what is allowed."""
    with pytest.raises(SettingsError, match=message):
        brands_from_toml(document.encode(), "b.toml")
