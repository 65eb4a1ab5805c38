"""Many queries asked together: which match, by which clause, in which order."""

import subprocess
import sys

import pytest

from mentions.clock import EPOCH
from mentions.matching import Matcher, parse_query
from mentions.records import Author, Post
from tests.hostile import HOSTILE


def matcher(*queries: str) -> Matcher[str]:
    """A matcher whose names are the queries."""
    return Matcher([(query, parse_query(query)) for query in queries])


def post(text: str, **fields: object) -> Post:
    """A post by Ana."""
    given = {"source": "bluesky", "author": Author("did:plc:Ana", "Ana.Example"), **fields}
    return Post(native_id="1", text=text, created_at=EPOCH, received_at=EPOCH, **given)  # type: ignore[arg-type] # fields of Post


@pytest.mark.parametrize(
    ("query", "text", "clause"),
    [
        ("Lumbre", "lumbre", "Lumbre"),
        ('(lumbre OR "pan lumbre") NOT receta', "el pan lumbre", '"pan lumbre"'),
        ('(lumbre OR "pan lumbre") NOT receta', "la lumbre", "lumbre"),
        ("lumbre OR pan OR horno", "horno pan", "pan"),
        ("lumbre (pan OR horno)", "horno lumbre", "lumbre AND horno"),
        ("lumbre AND pan AND NOT receta", "pan lumbre", "lumbre AND pan"),
        ("lumbre OR (pan horno)", "pan horno lumbre", "pan AND horno"),
        ("(pan OR lumbre) NEAR/3 rico", "rico pan", "(pan OR lumbre) NEAR/3 rico"),
        ("lumbre (pan OR NOT horno)", "lumbre", "lumbre"),
        ("lumbre (pan OR NOT horno)", "lumbre pan", "lumbre AND pan"),
        ("lumbre NOT (pan NOT horno)", "lumbre pan horno", "lumbre AND horno"),
        ("(pan horno) OR (lumbre horno)", "pan horno lumbre", "pan AND horno"),
        ("“pan lumbre”", "pan lumbre", "“pan lumbre”"),
        ("LUMB* from:@ANA.example", "lumbrera", "LUMB* AND from:@ANA.example"),
    ],
)
def test_clause_is_the_most_specific_that_holds(query: str, text: str, clause: str) -> None:
    """Of alternatives the one with most words, then the first written; conditions joined; exclusions left out."""
    assert matcher(query).match(post(text)) == [(query, clause)]


def test_answers_come_in_the_order_of_the_queries() -> None:
    """One answer for each query that matches, in the order in which the queries were given."""
    queries = ["pan", "lumbre", "nubira", "pan OR lumbre", "pan lumbre", "horno"]

    found = matcher(*queries).match_text("lumbre pan")

    assert [name for name, _ in found] == ["pan", "lumbre", "pan OR lumbre", "pan lumbre"]


def test_queries_may_be_a_mapping() -> None:
    """Names and queries may come as a mapping; names may be anything hashable."""
    both = Matcher({1: parse_query("pan"), (2,): parse_query("lumbre")})

    assert both.match_text("pan lumbre") == [(1, "pan"), ((2,), "lumbre")]


def test_no_queries_match_nothing() -> None:
    """A matcher without queries answers with nothing."""
    assert Matcher({}).match(post("lumbre")) == []


SIBLINGS = [f"(zyzzyva OR comun{number}x) (comun{number} OR nunca) (hoy OR ayer)" for number in range(12)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("zyzzyva hoy comun3 comun7", [3, 7]),
        ("zyzzyva ayer nunca", list(range(12))),
        ("comun5x hoy nunca", [5]),
        ("zyzzyva comun3 comun7", []),
        ("zyzzyva hoy", []),
        ("hoy nunca", []),
    ],
)
def test_queries_under_one_rare_word_are_told_apart(text: str, found: list[int]) -> None:
    """Many queries that share their rarest word are each checked by their other conditions."""
    assert matcher(*SIBLINGS).match_text(text) == matcher(*(SIBLINGS[number] for number in found)).match_text(text)
    assert [name for name, _ in matcher(*SIBLINGS).match_text(text)] == [SIBLINGS[number] for number in found]


@pytest.mark.parametrize(
    ("query", "fields", "found"),
    [
        ("from:ana.example", {}, True),
        ("from:@ANA.example", {}, True),
        ("from:did:plc:ana", {}, True),
        ("from:ana", {}, False),
        ("from:ana.example", {"author": Author("x")}, False),
        ("from:ana", {"author": Author("1", "@ana")}, True),
        ("source:Bluesky", {}, True),
        ("source:blue", {}, False),
        ("pan lang:es", {"lang": "es"}, True),
        ("pan lang:ES", {"lang": "es_MX"}, True),
        ("pan lang:es", {"lang": "est"}, False),
        ("pan lang:es", {}, False),
        ("pan lang:es", {"lang": ""}, False),
        ("pan NOT lang:es", {}, True),
        ("pan NOT lang:es", {"lang": "und"}, True),
        ("pan NOT lang:es", {"lang": "es-ES"}, False),
        ("lang:es source:bluesky", {"lang": "es"}, True),
        ("domain:lumbre.example", {"links": ("https://tienda.lumbre.example/pan",)}, True),
        ("domain:lumbre.example", {"links": ("https://sinlumbre.example/",)}, False),
        ("domain:lumbre.example", {"url": "https://lumbre.example/1"}, False),
        ("domain:lumbre.example OR pan", {"links": ("https://lumbre.example",)}, True),
        ("nubira", {"title": "Nubira"}, True),
        ("from:ana.example NOT pan", {}, False),
        ("from:ana.example NOT lumbre", {}, True),
    ],
)
def test_fields_of_the_post_are_conditions(query: str, fields: dict[str, object], found: bool) -> None:
    """Author, source, language, links and title of a post decide as its text does."""
    assert found == bool(matcher(query).match(post("pan", **fields)))


def test_bare_text_has_addresses_and_no_other_fields() -> None:
    """A text alone can match `domain:`; it has no author, source or language."""
    fields = matcher("from:ana", "source:file", "pan lang:es", "domain:lumbre.example", "pan NOT lang:es")

    found = fields.match_text("pan https://lumbre.example")

    assert [name for name, _ in found] == ["domain:lumbre.example", "pan NOT lang:es"]


def test_frequency_changes_no_answer() -> None:
    """What is known of the frequency of words decides where a query is indexed and nothing else."""
    queries = ["pan (lumbre OR horno) NOT receta", '"pan lumbre" OR nubira', "lumb* pan", "a NEAR/2 pan"]
    texts = ["pan lumbre", "horno a pan", "receta pan lumbre", "nubira", "lumbrera pan", "a x pan"]
    frequencies = [{"pan": 100}, {"lumbre": 100}, {"horno": 1, "pan": 3, "lumbre": 2, "a": 50}, {}]

    for frequency in frequencies:
        informed = Matcher([(query, parse_query(query)) for query in queries], frequency)
        for text in texts:
            assert matcher(*queries).match_text(text) == informed.match_text(text)


_HASHED = """
from mentions.matching import Matcher, parse_query
queries = ["pan OR lumbre OR horno", "(pan OR lumbre) (horno OR rico)", '"pan rico" OR "horno lumbre"', "pa* OR ho*"]
print(Matcher([(query, parse_query(query)) for query in queries]).match_text("pan rico horno lumbre"))
"""


def test_answers_do_not_depend_on_the_order_of_sets() -> None:
    """Python hashes strings differently in every process; clauses and their order stay the same."""
    outputs = {
        subprocess.run(
            [sys.executable, "-c", _HASHED],
            env={"PYTHONHASHSEED": str(seed)},
            capture_output=True,
            check=True,
            timeout=60,
        ).stdout
        for seed in range(4)
    }

    assert len(outputs) == 1
    assert b"pan" in outputs.pop()


HOSTILE_QUERIES = (
    "good",
    '"good good"',
    "go*",
    "@good",
    "#good",
    '"#go* go*"',
    "good NEAR/3 (service OR but)",
    "(good OR bad) NOT (really OR 新作)",
    "😀 OR 😀😀",
    "👩 OR 好",
    "domain:a.example",
    "a.b OR a+b OR c++",
    "from:ana NOT good",
)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_matched(text: str) -> None:
    """No text is too odd or too long to be asked every kind of query."""
    found = matcher(*HOSTILE_QUERIES).match(post(text, title=text[:100], lang=text[:10], links=(text[:1000],)))

    assert {name for name, _ in found} <= set(HOSTILE_QUERIES)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_between_words_hides_none(text: str) -> None:
    """A word set apart by spaces is found whatever else the text holds."""
    assert matcher("lumbre").match_text(f"{text} Lumbre {text}") == [("lumbre", "lumbre")]
