"""What the query language understands, and how it says that it does not."""

import pytest

from mentions.errors import QueryError
from mentions.matching import Matcher, operator_hint, parse_query
from mentions.query import MAX_DEPTH, MAX_DISTANCE, MAX_LENGTH, MAX_TERMS
from mentions.query_tree import terms


def finds(query: str, text: str) -> bool:
    """Whether the query finds the text."""
    return bool(Matcher([(0, parse_query(query))]).match_text(text))


def terms_of(query: str) -> set[str]:
    """The keys of everything that the query looks for."""
    return {term.key for term in terms(parse_query(query).node)}


def refusal(query: str) -> QueryError:
    """The error that the query is refused with."""
    with pytest.raises(QueryError) as error:
        parse_query(query)
    return error.value


@pytest.mark.parametrize(
    ("query", "same"),
    [
        ("a b", "a AND b"),
        ("a OR b c", "a OR (b AND c)"),
        ("a b OR c", "(a AND b) OR c"),
        ("NOT a b c", "(NOT a) AND b AND c"),
        ("NOT NOT a", "a"),
        ("c NOT (a OR b)", "c NOT a NOT b"),
        ("c NOT (a b)", "c (NOT a OR NOT b)"),
        ("c NOT (a NOT b)", "c (NOT a OR b)"),
        ("c NOT a NEAR/2 b", "c NOT (a NEAR/2 b)"),
        ("((a))", "a"),
        ("（a OR b） c", "(a OR b) c"),
        ("“a b”", '"a b"'),
        ("«a b»", '"a b"'),
        ("„a b“", '"a b"'),
        ('"a"', "a"),
        ("a\n\tb", "a b"),
        ("FROM:ana", "from:ana"),
        ('from:"@ana"', "from:ana"),
        ("domain:LUMBRE.example.", "domain:lumbre.example"),
        ("domain:peña.example", "domain:xn--pea-8ma.example"),
    ],
)
def test_two_ways_to_write_one_query(query: str, same: str) -> None:
    """Precedence, typography and double negation: both ways find the same among all texts over a, b and c."""
    texts = [" ".join(word for bit, word in enumerate("abc") if mask >> bit & 1) for mask in range(8)]

    assert [finds(same, text) for text in texts] == [finds(query, text) for text in texts]
    assert terms_of(query) == terms_of(same)


@pytest.mark.parametrize(
    ("query", "position", "message"),
    [
        ("", 0, "empty"),
        (" \n ", 0, "empty"),
        ("lumbre OR", 7, "OR needs a term behind it"),
        ("OR lumbre", 0, "OR needs a term before it"),
        ("lumbre AND OR pan", 7, "AND needs a term behind it"),
        ("lumbre NOT", 7, "NOT needs a term behind it"),
        ("(OR lumbre)", 1, "OR needs a term before it"),
        ("(lumbre", 0, "never closed"),
        ("pan (lumbre (horno)", 4, "never closed"),
        ("pan (", 4, "never closed"),
        ("lumbre)", 6, "closes nothing"),
        (")", 0, "closes nothing"),
        ("pan ()", 4, "nothing between"),
        ('pan "lumbre', 4, "never closed"),
        ('from:"ana', 5, "never closed"),
        ("pan »", 4, "closes nothing"),
        ('pan ""', 4, "nothing to look for"),
        ("pan ?!", 4, "nothing to look for"),
        ("pan @", 4, "nothing to look for"),
        ("pan || lumbre", 4, "write OR"),
        ("pan & lumbre", 4, "write AND"),
        ("pan -lumbre", 4, "write NOT lumbre"),
        ("'pan lumbre'", 0, "double quotes"),
        ("pan *", 4, "nothing to look for"),
        ("pan l*", 4, "at least 2 letters"),
        ("pan coca-l*", 4, "at least 2 letters"),
        ("pan lu*bre", 4, "a star can only end a word"),
        ("pan *bre", 4, "a star can only end a word"),
        ("pan lumb**", 4, "a star can only end a word"),
        ('pan "lu*bre"', 4, "a star can only end a word"),
        ("pan 🔥*", 4, "an emoji has no beginnings"),
        ("lumbre NEAR pan", 7, "say how near"),
        ("lumbre NEAR/ pan", 7, "say how near"),
        ("lumbre NEAR/0 pan", 7, "say how near"),
        ("lumbre NEAR/١ pan", 7, "say how near"),
        (f"lumbre NEAR/{MAX_DISTANCE + 1} pan", 7, "say how near"),
        ("lumbre NEAR/2", 7, "needs a term behind it"),
        ("lumbre NEAR/2 NOT pan", 7, "needs a term behind it"),
        ("lumbre NEAR/2 (pan horno)", 14, "NEAR stands between"),
        ("lumbre NEAR/2 from:ana", 14, "NEAR stands between"),
        ("(a OR (b c)) NEAR/2 pan", 0, "NEAR stands between"),
        ("a NEAR/2 b NEAR/2 c", 11, "NEAR has two sides"),
        ("pan site:lumbre.example", 4, "write domain:"),
        ("pan https://lumbre.example", 4, "write domain:"),
        ("pan re:lumbre", 4, "the fields are from:, domain:, lang:, source:"),
        ("pan from:", 4, "needs a value"),
        ("pan from:@", 4, "needs a value"),
        ('pan from:" "', 4, "needs a value"),
        ("pan from:an*", 4, "takes no star"),
        ("pan lang:español", 4, "no language code"),
        ("pan lang:es-ES", 4, "no language code"),
        ("pan lang:und", 4, "write NOT lang:es"),
        ("pan domain:lumbre", 4, "no host name"),
        ("pan domain:https://lumbre.example/pan", 4, "no host name"),
        ("pan domain:" + "a." * 200 + "example", 4, "no host name"),
        ("NOT lumbre", 0, "NOT alone"),
        ("NOT (lumbre pan)", 0, "NOT alone"),
        ("pan OR NOT lumbre", 7, "NOT alone"),
        ("pan OR (horno OR (NOT lumbre NOT cal))", 18, "NOT alone"),
        ("NOT (lumbre NEAR/2 pan)", 0, "NOT alone"),
        ("lang:es", 0, "lang: alone"),
        ("pan OR lang:es NOT lumbre", 7, "lang: alone"),
        ("lang:es (lang:pt OR lang:gl)", 0, "lang: alone"),
    ],
)
def test_error_says_what_and_where(query: str, position: int, message: str) -> None:
    """Each mistake is refused with its reason and with its place."""
    error = refusal(query)

    assert message in error.message
    assert position == error.position


def test_caret_stands_under_the_mistake() -> None:
    """The query is shown on one line, whatever lines it had, with the caret under the place."""
    shown = str(refusal("lumbre\n\tOR nubira\x00 OR )")).splitlines()

    assert shown[1] == "  lumbre  OR nubira  OR )"
    assert shown[2].index("^") == shown[1].index("OR )")


def test_long_query_is_not_shown_whole() -> None:
    """The error about the length does not repeat the whole length."""
    error = refusal("lumbre " * MAX_LENGTH)

    assert f"at most {MAX_LENGTH}" in error.message
    assert len(str(error)) < 300


@pytest.mark.parametrize(
    ("query", "allowed"),
    [
        ("a" * MAX_LENGTH, True),
        ("a" * (MAX_LENGTH + 1), False),
        ("a " * MAX_TERMS, True),
        ("a " * (MAX_TERMS + 1), False),
        ("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH, True),
        ("(" * (MAX_DEPTH + 1) + "a" + ")" * (MAX_DEPTH + 1), False),
        ("(a) " * (MAX_DEPTH + 1), True),
        ("NOT " * (MAX_LENGTH // 5 // 2 * 2) + "a", True),
        (f"a NEAR/{MAX_DISTANCE} b", True),
        ("(" * 10_000, False),
    ],
)
def test_limits_are_where_they_are_said_to_be(query: str, allowed: bool) -> None:
    """At a limit a query is read; one beyond it is refused with a QueryError, never with a RecursionError."""
    if allowed:
        assert query == parse_query(query).text
    else:
        refusal(query)


@pytest.mark.parametrize(
    ("query", "operator"),
    [
        ("lumbre o nubira", "OR"),
        ("lumbre or nubira", "OR"),
        ("lumbre Y nubira", "AND"),
        ('"pan lumbre" and (nubira OR tren)', "AND"),
        ("lumbre not receta", "NOT"),
        ("(lumbre OR pan) o horno", "OR"),
    ],
)
def test_bare_operator_word_asks_what_was_meant(query: str, operator: str) -> None:
    """A lower-case operator between terms is pointed at, with the operator that it looks like."""
    hint = operator_hint(query)

    assert hint is not None
    assert f"did you mean {operator}?" in hint


@pytest.mark.parametrize(
    "query", ["lumbre OR nubira", '"pan o lumbre"', "o lumbre", "lumbre y", "(o)", "lumbre OR o OR y", '"', "", "#o #y"]
)
def test_no_question_where_nothing_is_doubtful(query: str) -> None:
    """Upper-case operators, quoted words, words that join nothing and broken queries raise no question."""
    assert operator_hint(query) is None


def test_lower_case_operators_are_words() -> None:
    """`or` is looked for like any other word."""
    assert finds("lumbre or pan", "lumbre pan or")
    assert not finds("lumbre or pan", "lumbre pan")


def test_queries_with_the_same_text_are_equal() -> None:
    """A query is a value."""
    assert parse_query("lumbre OR pan") == parse_query("lumbre OR pan")
    assert parse_query("lumbre") != parse_query("pan")
