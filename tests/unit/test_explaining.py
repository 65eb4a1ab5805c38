from collections.abc import Sequence
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from processors.detection.explaining import Document, covering, explain
from processors.detection.terms import excess_terms, terms_in
from tests.playing import at

USUAL = (
    "the bread at lumbre is lovely today",
    "waiting for my order from lumbre again",
    "lumbre opens a shop near my house",
    "I like the new cake at lumbre",
    "the bread was dry yesterday at lumbre",
)
DELAYS = (
    "lumbre app crashed again, no refund",
    "The app crashed when I paid at lumbre",
    "app crashed twice this morning. Thanks lumbre",
    "refund please, the app crashed and took my money",
    "my refund is missing since the app crashed",
    "no refund from lumbre, app crashed",
)


def posts(texts: Sequence[str], lang: str = "en", **fields: object) -> list[Document]:
    """Posts a minute apart, each by an author of its own."""
    return [
        Document(f"bluesky:{place}", f"author {place}", text, lang, "bluesky", at(60 * place), **fields)  # type: ignore[arg-type]
        for place, text in enumerate(texts)
    ]


def test_the_cause_is_named_first() -> None:
    """What many posts of the spike say and few earlier ones did comes first; the brand's own name never does."""
    found = explain(posts(DELAYS), posts(USUAL * 8), masked={"lumbre"})
    assert {term.term for term in found.terms[:2]} == {"app crashed", "refund"}
    assert not any("lumbre" in term.term for term in found.terms)
    assert found.terms[0].posts == 6


def test_terms_are_shown_as_people_write_them() -> None:
    """Accents and case make no other word, and the commonest spelling is shown."""
    texts = ["Avería en la línea", "averia en mi zona", "otra avería más", "AVERÍA general"]
    (first, *_) = explain(posts(texts, "es"), []).terms
    assert (first.term, first.posts) == ("avería", 4)


def test_no_term_holds_another() -> None:
    """`app crashed` takes the place of `app` and `crashed`."""
    terms = [term.term for term in explain(posts(DELAYS), posts(USUAL * 8)).terms]
    assert "app crashed" in terms
    assert not {"app", "crashed"} & set(terms)


def test_common_words_handles_and_links_are_no_terms() -> None:
    """What every text holds, whom it addresses and where it points say nothing of what it is about."""
    said = terms_in("@lumbre why is the oven at https://lumbre.example/oven so slow", "en")
    assert set(said) == {"oven", "slow"}
    assert set(terms_in("Lumbre no contesta", "es", {"lumbre"})) == {"contesta"}


def test_three_posts_by_different_authors_hold_the_terms_between_them() -> None:
    """The quotes cover what is said, not the loudest author; nothing of an erased post is quoted."""
    spike = posts([*DELAYS, ""])
    found = explain(spike, posts(USUAL * 8))
    assert len(found.mentions) == 3
    assert len({post.author for post in spike if post.id in found.mentions}) == 3
    assert spike[-1].id not in found.mentions


def test_copies_are_one_voice_and_are_told() -> None:
    """A text that many accounts copy counts once among the terms, and its share is told as a possible campaign."""
    copied = posts(["boycott lumbre now everybody"] * 6, cluster="c1")
    others = [
        Document(f"rss:{place}", f"other {place}", text, "en", "rss", at(600 + place))
        for place, text in enumerate(DELAYS)
    ]
    found = explain([*copied, *others], posts(USUAL * 8))
    assert (found.largest_cluster_share, found.possible_campaign) == (0.5, True)
    assert not any("boycott" in term.term for term in found.terms)
    assert found.sources == {"bluesky": 6, "rss": 6}


def test_new_authors_links_and_hours_before_are_told() -> None:
    """Who was never heard before, what is linked to, what the same hour brought a day and a week ago."""
    spike = posts(DELAYS, links=("lumbre.example/app", "lumbre.example/app"))
    found = explain(spike, posts(USUAL), known_authors={"author 0", "author 1", "author 2"})
    assert found.new_authors == 0.5
    assert found.links == (("lumbre.example/app", 6),)
    assert found.plain()["links"] == [{"url": "lumbre.example/app", "posts": 6}]
    assert found.plain()["day_before"] is None


def test_nothing_is_explained_by_nothing() -> None:
    """No post, or none whose text is left, gives an empty explanation and no error."""
    assert explain([], []).terms == ()
    assert covering(posts([""]), [{}], []) == ()


@given(st.lists(st.text(max_size=60), max_size=12), st.lists(st.text(max_size=60), max_size=12))
def test_the_order_of_posts_changes_nothing(now: list[str], before: list[str]) -> None:
    """Whatever the texts, the explanation is the same however they come out of the store."""
    spike, earlier = posts(now), posts(before)
    assert explain(spike, earlier) == explain(spike[::-1], earlier[::-1])


def test_a_lower_floor_where_little_is_common() -> None:
    """Where fewer than four terms stand in a tenth of the posts, those of six in a hundred are told as well."""
    now = [{"common": "common", **({"rare": "rare"} if place < 4 else {})} for place in range(50)]
    assert [term.term for term in excess_terms(now, [{}] * 100)] == ["common", "rare"]


def test_times_do_not_matter_to_terms() -> None:
    """Moving all posts by a day gives the same terms."""
    later = [
        Document(p.id, p.author, p.text, p.lang, p.source, p.created_at + timedelta(days=1)) for p in posts(DELAYS)
    ]
    assert explain(later, []).terms == explain(posts(DELAYS), []).terms
