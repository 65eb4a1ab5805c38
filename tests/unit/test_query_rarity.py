"""Under which term a query is indexed."""

from mentions.matching import parse_query
from mentions.query_rarity import Rarity
from mentions.query_tree import Leaf, anchor


def anchored(query: str, frequency: dict[str, int] | None = None) -> set[str]:
    """The keys that the query is indexed under."""
    found = anchor(parse_query(query).node, Rarity(frequency).share)
    assert found is not None
    return set(found[1])


def test_longer_words_are_taken_for_rarer() -> None:
    """Without a sample a stop word is commonest, then come short words, prefixes and long words."""
    assert anchored("de lumbre") == {"lumbre"}
    assert anchored("sol lumbre") == {"lumbre"}
    assert anchored("lumbre lumbr*") == {"lumbre"}
    assert anchored("lu* horno") == {"horno"}


def test_known_frequency_decides() -> None:
    """With a sample the rarer word is chosen, whatever its length; a word that the sample lacks is rarest."""
    assert anchored("sol lumbre", {"sol": 3, "lumbre": 90}) == {"sol"}
    assert anchored("sol lumbre", {"sol": 3}) == {"lumbre"}
    assert anchored("sol lumbre", {}) == {"lumbre"}


def test_alternatives_are_indexed_under_all_of_them() -> None:
    """A group of alternatives is as common as all of them together."""
    assert anchored("(horno OR lumbre) de") == {"horno", "lumbre"}
    assert anchored("(horno OR de) lumbre") == {"lumbre"}
    assert anchored("a NEAR/2 (lumbre OR horno)") == {"lumbre", "horno"}


def test_author_and_site_are_rarer_than_words_and_words_than_a_source() -> None:
    """A field is the place to start from when it is the rarest; a language never is."""
    assert anchored("lumbre from:ana") == {"from:ana"}
    assert anchored("lumbre domain:lumbre.example") == {"domain:lumbre.example"}
    assert anchored("lumbre source:rss lang:es") == {"lumbre"}
    assert anchored("source:rss lang:es") == {"source:rss"}


def test_excluded_terms_are_no_place_to_start_from() -> None:
    """What must not be there anchors nothing, however rare."""
    assert anchored("de NOT zyzzyva") == {"de"}


def test_phrase_is_as_rare_as_its_rarest_word() -> None:
    """One rare word makes a phrase rare."""
    rarity = Rarity()
    leaf = parse_query('"de la lumbre"').node

    assert isinstance(leaf, Leaf)
    assert rarity.share(leaf.term) == rarity.of_word("lumbre")
