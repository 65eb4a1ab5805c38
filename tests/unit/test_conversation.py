"""Which brands a post belongs to, by query and by conversation."""

import pytest

from mentions.brands import Brand
from mentions.clock import EPOCH
from mentions.conversation import BrandMatcher, author_of_at_uri
from mentions.errors import QueryError, UsageError
from mentions.records import Author, Hit, Post

LUMBRE_DID = "did:plc:lumbre"
LUMBRE_POST = f"at://{LUMBRE_DID}/app.bsky.feed.post/1"
OTHER_POST = "at://did:plc:ana/app.bsky.feed.post/2"

LUMBRE = Brand(
    name="lumbre",
    query='lumbre OR "pan lumbre"',
    accounts=("bluesky:@Casa.Example", "mastodon:casa@social.example", "file:77"),
)
NUBIRA = Brand(name="nubira", query="nubira", accounts=("bluesky:nubira.example",))
MATCHER = BrandMatcher(
    [(NUBIRA, 2), (LUMBRE, 5)],
    authors={"bluesky": author_of_at_uri},
    ids={"bluesky:@Casa.Example": LUMBRE_DID},
)


def post(text: str = "hola", **fields: object) -> Post:
    """A post on Bluesky by Ana."""
    given = {"source": "bluesky", "author": Author("did:plc:ana", "ana.example"), **fields}
    return Post(native_id="1", text=text, created_at=EPOCH, received_at=EPOCH, **given)  # type: ignore[arg-type] # fields of Post


def lumbre(why: str) -> tuple[Hit, ...]:
    """A hit of Lumbre alone."""
    return (Hit("lumbre", 5, why),)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"author": Author("x", "casa.example")}, "own"),
        ({"author": Author("x", "@CASA.example")}, "own"),
        ({"author": Author(LUMBRE_DID)}, "own"),
        ({"source": "file", "author": Author("77")}, "own"),
        ({"source": "mastodon", "author": Author("9", "casa@social.example")}, "own"),
        ({"in_reply_to": LUMBRE_POST}, "reply_to_own"),
        ({"in_reply_to": OTHER_POST, "root_id": LUMBRE_POST}, "reply_to_own"),
        ({"quoted_id": LUMBRE_POST}, "quotes_own"),
        ({"text": "gracias @casa.example!"}, "tags_own"),
        ({"title": "@casa.example"}, "tags_own"),
        ({"source": "mastodon", "text": "@Casa@social.example hola"}, "tags_own"),
        ({"in_reply_to": "seen"}, "reply_to_mention"),
        ({"root_id": "seen"}, "reply_to_mention"),
    ],
)
def test_post_in_the_conversation_belongs_to_the_brand(fields: dict[str, object], why: str) -> None:
    """Own posts, replies to, quotes and tags of an own account, and replies to a seen mention belong to the brand."""
    given = dict(fields)

    assert lumbre(why) == MATCHER.hits(post(str(given.pop("text", "hola")), **given), {"seen": ("lumbre",)}.get)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"author": Author("x", "ana")},
        {"source": "mastodon", "author": Author("x", "casa.example")},
        {"in_reply_to": OTHER_POST},
        {"quoted_id": OTHER_POST},
        {"in_reply_to": "at://casa.example/app.bsky.feed.post/1"},
        {"source": "file", "in_reply_to": LUMBRE_POST},
        {"text": "@casa.example.net"},
        {"text": "ana@casa.example"},
        {"text": "casa.example", "source": "file", "author": Author("1", None)},
        {"source": "mastodon", "text": "@casa.example"},
        {"source": "mastodon", "text": "@casa@other.example"},
        {"quoted_id": "seen"},
    ],
)
def test_post_outside_the_conversation_belongs_to_nobody(fields: dict[str, object]) -> None:
    """Other accounts, other sources, longer handles and quotes of a mention do not make a conversation."""
    nameless = BrandMatcher(
        [(Brand(name="lumbre", query="zyzzyva", accounts=LUMBRE.accounts), 5)],
        authors={"bluesky": author_of_at_uri},
        ids={"bluesky:@Casa.Example": LUMBRE_DID},
    )
    given = dict(fields)

    assert nameless.hits(post(str(given.pop("text", "hola")), **given), {"seen": ("lumbre",)}.get) == ()


def test_query_gives_the_reason_before_any_rule() -> None:
    """A post that matches the query and belongs to the conversation is there once, by its clause."""
    own = post("pan lumbre, @casa.example", author=Author(LUMBRE_DID), in_reply_to=LUMBRE_POST)

    assert lumbre('"pan lumbre"') == MATCHER.hits(own)


def test_first_rule_that_holds_gives_the_reason() -> None:
    """Own before reply, reply before quote, quote before tag, tag before a reply to a mention."""
    seen = {LUMBRE_POST: ("lumbre",)}.get
    whole = {"in_reply_to": LUMBRE_POST, "quoted_id": LUMBRE_POST}

    assert lumbre("own") == MATCHER.hits(post("@nadie", author=Author(LUMBRE_DID), **whole), seen)
    assert lumbre("reply_to_own") == MATCHER.hits(post(**whole), seen)
    assert MATCHER.hits(post("@nubira.example", quoted_id=LUMBRE_POST), seen) == (
        Hit("lumbre", 5, "quotes_own"),
        Hit("nubira", 2, "nubira"),
    )


def test_post_may_belong_to_several_brands() -> None:
    """There is one hit for each brand, by name, with the version that was asked."""
    both = post("Nubira con pan de @otra", in_reply_to="seen")

    assert MATCHER.hits(both, {"seen": ("lumbre", "nubira")}.get) == (
        Hit("lumbre", 5, "reply_to_mention"),
        Hit("nubira", 2, "nubira"),
    )


def test_brand_that_is_no_longer_watched_gets_no_hit() -> None:
    """What was seen for a brand that is gone is ignored."""
    assert MATCHER.hits(post(in_reply_to="seen"), {"seen": ("kolibri",)}.get) == ()


def test_account_of_two_brands_belongs_to_both() -> None:
    """Two brands may share an account."""
    shared = BrandMatcher([(Brand(name=name, query=name, accounts=("file:casa",)), 1) for name in ("uno", "dos")])

    found = shared.hits(post("hola", source="file", author=Author("CASA")))

    assert found == (Hit("dos", 1, "own"), Hit("uno", 1, "own"))


def test_what_was_seen_is_asked_only_for_posts_above() -> None:
    """The look-up costs nothing for a post that replies to nothing, and is asked once for a thread of two."""
    asked: list[str] = []

    def seen(native_id: str) -> tuple[str, ...]:
        asked.append(native_id)
        return ()

    MATCHER.hits(post(), seen)
    MATCHER.hits(post(in_reply_to="a", root_id="a"), seen)
    MATCHER.hits(post(in_reply_to="b", root_id="c"), seen)

    assert asked == ["a", "b", "c"]


@pytest.mark.parametrize("account", ["lumbre", "bluesky:", "bluesky:@", ":lumbre", ""])
def test_malformed_account_is_refused(account: str) -> None:
    """An account needs a source and a name; the message names brand and account."""
    with pytest.raises(UsageError, match=f"brand lumbre: account '{account}'"):
        BrandMatcher([(Brand(name="lumbre", query="lumbre", accounts=(account,)), 1)])


def test_bad_query_is_refused_by_brand() -> None:
    """The error of a brand's query names the brand and keeps its place."""
    with pytest.raises(QueryError, match="brand lumbre: this \\( is never closed") as error:
        BrandMatcher([(NUBIRA, 1), (Brand(name="lumbre", query="pan (lumbre"), 1)])

    assert error.value.position == 4


def test_two_versions_of_a_brand_are_refused() -> None:
    """A name stands for one version."""
    with pytest.raises(UsageError, match="nubira is given twice"):
        BrandMatcher([(NUBIRA, 1), (NUBIRA, 2)])


@pytest.mark.parametrize(
    ("native_id", "author"),
    [
        (LUMBRE_POST, LUMBRE_DID),
        ("at://did:web:lumbre.example", "did:web:lumbre.example"),
        ("at://casa.example/x/1", None),
        ("https://did:plc:x/1", None),
        ("did:plc:x", None),
        ("", None),
    ],
)
def test_at_uri_tells_its_author(native_id: str, author: str | None) -> None:
    """The author of a post on Bluesky is in its id; in no other kind of id."""
    assert author == author_of_at_uri(native_id)
