"""Matching against a direct evaluation: random queries, random posts, over an alphabet of the cases that go wrong."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from msgspec import structs

from mentions.brands import Brand
from mentions.clock import EPOCH
from mentions.conversation import BrandMatcher, author_of_at_uri
from mentions.errors import QueryError
from mentions.matching import Matcher, operator_hint, parse_query
from mentions.records import Author, Post
from tests.strategies import posts

W = "[a-z0-9ñ_]"
CONTINUOUS = "新作の"
EMOJI = "🔥👍❤"
TOKEN = f"{W}+|[{CONTINUOUS}]|[{EMOJI}]"
BETWEEN = f"(?:(?!{TOKEN}).)*"

PIECES = (
    *("pan", "Pán", "PAN", "lumbre", "Lumbre", "lumbrera", "ano", "año", "an\u0303o", "h", "m", "no", "or"),
    *("新", "作", "の", "🔥", "👍", "👍🏽", "❤️"),
    *(
        " ",
        " ",
        " ",
        "  ",
        "\n",
        "-",
        "–",
        "&",
        " & ",
        "@",
        "＠",
        "#",
        "$",
        ".",
        "'",
        "’",
        "+",
        "!",
        "\u00ad",
        "\x00",
        "_",
    ),
    "https://www.lumbre.example/pan ",
)
texts = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


def plain(text: str) -> str:
    """A second folding, for the characters of `PIECES` only."""
    text = text.lower().replace("n\u0303", "ñ").replace("\u00ad", "").replace("\U0001f3fd", "").replace("\ufe0f", "")
    return text.translate(str.maketrans("á–＠’", "a-@'"))


@dataclass(frozen=True)
class Part:
    """A piece of a query: how it is written, and whether a post has it."""

    written: str
    holds: Callable[[Post], bool]


def has(pattern: str) -> Callable[[Post], bool]:
    """Whether the pattern is in the folded text."""
    compiled = re.compile(pattern, re.DOTALL)
    return lambda post: compiled.search(plain(post.full_text)) is not None


def word(letters: str) -> str:
    """The pattern of a whole word."""
    return f"(?<!{W}){letters}(?!{W})"


# Terms that can also stand on a side of NEAR: written, and the patterns of its tokens.
SEQUENCES: dict[str, tuple[str, ...]] = {
    "pan": ("pan",),
    "LUMBRE": ("lumbre",),
    "año": ("año",),
    "ano": ("ano",),
    "lumb*": (f"lumb{W}*",),
    "or": ("or",),
    "🔥": ("🔥",),
    "👍": ("👍",),
    "新": ("新",),
    '"pan lumbre"': ("pan", "lumbre"),
    '"pan pan"': ("pan", "pan"),
    '"lumb* 新"': (f"lumb{W}*", "新"),
    '"h m pan"': ("h", "m", "pan"),
}
OTHERS = {
    "新作": "新作",
    "作の新": "作の新",
    "🔥🔥": "🔥🔥",
    "@lumbre": f"(?<!{W})@lumbre(?!{W})",
    "#pan": f"(?<!{W})#pan(?!{W}|[{CONTINUOUS}])",
    "#lumb*": f"(?<!{W})#lumb",
    "#新": f"(?<!{W})#新(?!{W}|[{CONTINUOUS}])",
    "$pan": rf"(?<!{W})\$pan(?!{W})",
    "h&m": rf"(?<!{W})h\s*&\s*m(?!{W})",
    "pan-lumbre": rf"(?<!{W})pan(?:\s*-\s*|\s+)lumbre(?!{W})",
    "pan.lumbre": rf"(?<!{W})pan\.lumbre(?!{W})",
    "h'm": rf"(?<!{W})h'm(?!{W})",
    "pan+": rf"(?<!{W})pan\+",
    "@pan.lumbre": rf"(?<!{W})@pan\.lumbre(?!{W})",
}
FIELDS = (
    Part("from:@Ana", lambda post: post.author.handle == "ana"),
    Part("source:rss", lambda post: post.source == "rss"),
    Part("lang:es", lambda post: post.lang in ("es", "es-MX")),
    Part(
        "domain:lumbre.example", lambda post: bool(post.links) or "https://www.lumbre.example/" in plain(post.full_text)
    ),
)


def sequence(tokens: tuple[str, ...]) -> str:
    """The pattern of tokens side by side, whatever stands between."""
    return BETWEEN.join(word(token) if re.match(W, token) else token for token in tokens)


def places(tokens: tuple[str, ...], text: str) -> list[tuple[int, int]]:
    """First and last token of each place where the tokens stand side by side."""
    words = re.findall(TOKEN, plain(text))
    width = len(tokens)
    return [
        (start, start + width - 1)
        for start in range(len(words) - width + 1)
        if all(re.fullmatch(token, words[start + offset]) for offset, token in enumerate(tokens))
    ]


def near(sides: tuple[list[str], list[str]], distance: int) -> Part:
    """Both sides, at most `distance` tokens apart and not overlapping."""

    def holds(post: Post) -> bool:
        left, right = ([place for term in side for place in places(SEQUENCES[term], post.full_text)] for side in sides)
        apart = (max(b[0] - a[1], a[0] - b[1]) for a in left for b in right)
        return any(1 <= tokens <= distance for tokens in apart)

    written = [f"({' OR '.join(side)})" if len(side) > 1 else side[0] for side in sides]
    return Part(f"{written[0]} NEAR/{distance} {written[1]}", holds)


sides = st.lists(st.sampled_from(sorted(SEQUENCES)), min_size=1, max_size=3)
leaves = (
    st.sampled_from([Part(written, has(sequence(tokens))) for written, tokens in SEQUENCES.items()])
    | st.sampled_from([Part(written, has(pattern)) for written, pattern in OTHERS.items()])
    | st.sampled_from(FIELDS)
    | st.builds(near, st.tuples(sides, sides), st.integers(1, 4))
)


def both(parts: list[Part]) -> Part:
    """All of them; the operator is written every other time."""
    glue = " AND " if len(parts) % 2 else " "
    return Part(glue.join(f"({part.written})" for part in parts), lambda post: all(part.holds(post) for part in parts))


def either(parts: list[Part]) -> Part:
    """One of them."""
    return Part(
        " OR ".join(f"({part.written})" for part in parts), lambda post: any(part.holds(post) for part in parts)
    )


def opposite(part: Part) -> Part:
    """The rest."""
    return Part(f"NOT ({part.written})", lambda post: not part.holds(post))


def compounds(inner: st.SearchStrategy[Part]) -> st.SearchStrategy[Part]:
    """Larger parts out of smaller ones."""
    several = st.lists(inner, min_size=2, max_size=4)
    return several.map(both) | several.map(either) | inner.map(opposite)


parts = st.recursive(leaves, compounds, max_leaves=6)
some_posts = st.builds(
    lambda text, title, handle, source, lang, links: Post(
        source=source,
        native_id="1",
        author=Author("a1", handle),
        title=title,
        text=text,
        created_at=EPOCH,
        received_at=EPOCH,
        lang=lang,
        links=links,
    ),
    texts,
    st.none() | texts,
    st.sampled_from([None, "ana", "anabel"]),
    st.sampled_from(["file", "rss"]),
    st.sampled_from([None, "es", "es-MX", "en", "und"]),
    st.sampled_from([(), (), ("https://shop.lumbre.example/1",)]),
)


def readable(part: Part) -> bool:
    """Whether the query is one that is not refused."""
    try:
        parse_query(part.written)
    except QueryError:
        return False
    return True


# Whole queries take long to draw on a busy machine; that is no defect of theirs.
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(parts, min_size=1, max_size=8), st.lists(some_posts, min_size=1, max_size=4))
def test_index_finds_what_direct_evaluation_finds(queries: list[Part], found_in: list[Post]) -> None:
    """All queries together match exactly the posts that each of them, evaluated by itself, matches, in their order."""
    queries = [query for query in queries if readable(query)]
    assume(queries)
    matcher = Matcher(enumerate(parse_query(query.written) for query in queries))

    for post in found_in:
        expected = [number for number, query in enumerate(queries) if query.holds(post)]

        assert expected == [number for number, _ in matcher.match(post)]


@given(parts.filter(readable), some_posts)
def test_clause_is_a_query_that_the_post_matches(query: Part, post: Post) -> None:
    """The reason given for a match is itself a query, the post matches it, and it is its own reason."""
    for _, clause in Matcher([(0, parse_query(query.written))]).match(post):
        assert Matcher([(0, parse_query(clause))]).match(post) == [(0, clause)]


@given(st.lists(parts.filter(readable), min_size=1, max_size=6), some_posts, st.dictionaries(texts, st.integers(0, 9)))
def test_neither_company_nor_frequency_changes_an_answer(
    queries: list[Part], post: Post, frequency: dict[str, int]
) -> None:
    """A query gives the same answer alone, among others, and whatever is known of the frequency of words."""
    together = Matcher(enumerate(parse_query(query.written) for query in queries), frequency).match(post)
    alone = [Matcher([(number, parse_query(query.written))]).match(post) for number, query in enumerate(queries)]

    assert together == [answer for answers in alone for answer in answers]


SYNTAX = (
    *("(", ")", '"', "“", "»", "AND", "OR", "NOT", "NEAR", "NEAR/2", "NEAR/x", "a", "lumbre", "lu*", "*", "-", "新"),
    *(
        "from:",
        "from:ana",
        "lang:es",
        "domain:",
        "x.example",
        "source:rss",
        "site:x",
        "@",
        "#",
        ":",
        "🔥",
        "'",
        "\ud800",
    ),
    *(" ", " ", " ", "\n", "&", "|"),
)
any_text = st.text(st.characters(exclude_categories=()))


@settings(max_examples=300)
@given(any_text | st.lists(st.sampled_from(SYNTAX)).map("".join) | st.lists(st.sampled_from(SYNTAX)).map(" ".join))
def test_any_text_is_a_query_or_a_query_error(text: str) -> None:
    """Reading a query never fails otherwise, and what can be read can be searched for and shown."""
    assert operator_hint(text) is None or "did you mean" in str(operator_hint(text))
    try:
        query = parse_query(text)
    except QueryError as error:
        shown = error
    else:
        Matcher([(0, query)]).match_text(text)
        return
    assert 0 <= shown.position <= len(text)
    assert len(str(shown).splitlines()) == 3


QUERIES = {
    "lumbre": "lumb* OR 新 OR 🔥 OR (a NEAR/3 b)",
    "nubira": "from:ana OR (domain:a.example NOT lang:es) OR source:rss",
}


@given(any_text, posts, st.lists(any_text, max_size=2), any_text)
def test_no_post_stops_the_matcher(text: str, post: Post, links: list[str], native_id: str) -> None:
    """Any text, author, language, link and id is answered, with brands that are watched and each at most once."""
    brands = [
        (Brand(name=name, query=query, accounts=("bluesky:a", "rss:b")), 1) for name, query in sorted(QUERIES.items())
    ]
    matcher = BrandMatcher(brands, {"bluesky": author_of_at_uri, "rss": author_of_at_uri})
    odd = structs.replace(post, text=text, links=tuple(links), in_reply_to=native_id, quoted_id=f"at://did:{text}")

    hits = [hit.brand for hit in matcher.hits(odd, lambda above: [above, "lumbre"])]

    assert hits == sorted(set(hits) & QUERIES.keys())
