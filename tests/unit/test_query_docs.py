"""The user's guide to the query language, example by example."""

import re
from pathlib import Path

import pytest

from mentions.clock import EPOCH
from mentions.errors import QueryError
from mentions.matching import Matcher, parse_query
from mentions.query import MAX_DEPTH, MAX_LENGTH, MAX_TERMS
from mentions.records import Author, Post

GUIDE = (Path(__file__).parents[2] / "docs" / "query.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[list[str]]:
    """The lines of each fenced block of a kind."""
    return [found.splitlines() for found in re.findall(rf"^```{kind}\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)]


FOUND = [(block[0], line) for block in blocks("query") for line in block[1:]]
WHY = [tuple(block) for block in blocks("why")]
REFUSED = [tuple(block) for block in blocks("refused")]


def as_post(line: str) -> Post:
    """`[from=ana lang=es] text` with what stands in brackets as the post's fields."""
    fields, text = re.fullmatch(r"(?:\[(.*?)\] )?(.*)", line).groups()  # type: ignore[union-attr] # always matches
    given = dict(field.split("=", 1) for field in (fields or "").split())
    return Post(
        source=given.pop("source", "file"),
        native_id="1",
        author=Author(id="a1", handle=given.pop("from", None)),
        text=text,
        created_at=EPOCH,
        received_at=EPOCH,
        lang=given.pop("lang", None),
        links=tuple(given[key] for key in given),
    )


@pytest.mark.parametrize(("query", "line"), FOUND)
def test_example_is_found_or_not_as_the_guide_says(query: str, line: str) -> None:
    """A text marked + is found by its query and one marked - is not."""
    found = Matcher([(0, parse_query(query))]).match(as_post(line[2:]))

    assert {"+": True, "-": False}[line[0]] == bool(found)


@pytest.mark.parametrize(("query", "text", "clause"), WHY)
def test_clause_is_the_one_that_the_guide_says(query: str, text: str, clause: str) -> None:
    """The reason for a match is the clause in the guide."""
    assert [(0, clause)] == Matcher([(0, parse_query(query))]).match_text(text.removeprefix("> "))


@pytest.mark.parametrize(("query", "reason"), REFUSED)
def test_refusal_gives_the_reason_of_the_guide(query: str, reason: str) -> None:
    """A query that the guide calls refused is refused, for that reason."""
    with pytest.raises(QueryError) as error:
        parse_query(query)

    assert reason == error.value.message


def test_guide_has_examples_of_each_kind() -> None:
    """The checks above have something to check."""
    assert len(FOUND) > 80
    assert len(WHY) > 1
    assert len(REFUSED) > 5


def test_every_row_of_the_first_table_is_a_query() -> None:
    """What the table tells people to write can be written."""
    rows = re.findall(r"^\| (`.*?) \|", GUIDE, re.MULTILINE)
    queries = [query for row in rows[: rows.index("`own`")] for query in re.findall("`(.*?)`", row)]

    for query in queries:
        parse_query(query if query != "lang:es" else f"lumbre {query}")

    assert len(queries) > 12


def test_limits_of_the_guide_are_those_of_the_parser() -> None:
    """The limits are written as they are."""
    assert f"{MAX_LENGTH:,} characters, {MAX_TERMS:,} terms and {MAX_DEPTH} parentheses" in GUIDE
