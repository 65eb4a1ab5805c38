"""Phrases are found as by trying every phrase at every place."""

from hypothesis import given
from hypothesis import strategies as st

from processors.phrases import ANY, Match, Phrases, Together

WORDS = st.sampled_from(("a", "b", "c", "d"))
PLACES = st.lists(WORDS, min_size=1, max_size=2).map("|".join)
LATER = st.one_of(PLACES, PLACES.map("{}|".format), st.just(ANY))
PHRASE = st.tuples(PLACES, st.lists(LATER, max_size=3)).map(lambda parts: " ".join((parts[0], *parts[1])))
TAGGED = st.dictionaries(st.sampled_from("xyz"), st.lists(PHRASE, max_size=4), max_size=3)


def fits(places: list[str], words: list[str]) -> set[int]:
    """How many words a phrase can take at the beginning of these."""
    if not places:
        return {0}
    allowed = places[0].split("|")
    taken = {0: fits(places[1:], words)} if "" in allowed else {}
    if words and (words[0] in allowed or ANY in allowed):
        taken[1] = fits(places[1:], words[1:])
    return {here + further for here, lengths in taken.items() for further in lengths}


def tried(tagged: dict[str, list[str]], words: list[str]) -> list[Match]:
    """All phrases at all places; the longest counts."""
    found: list[Match] = []
    behind = 0
    for start in range(len(words)):
        lengths = {
            tag: {length for phrase in phrases for length in fits(phrase.split(), words[start:])}
            for tag, phrases in tagged.items()
        }
        longest = max((length for said in lengths.values() for length in said), default=0)
        if start >= behind and longest:
            behind = start + longest
            found.append((start, behind, tuple(tag for tag, said in lengths.items() if longest in said)))
    return found


@given(TAGGED, st.lists(st.lists(st.sampled_from("abcde"), max_size=8), max_size=4))
def test_phrases_are_found_as_by_trying_all_everywhere(tagged: dict[str, list[str]], texts: list[list[str]]) -> None:
    """One walk finds what trying every phrase at every place finds, also in the texts that come later."""
    phrases = Phrases(tagged)
    for words in texts:
        assert phrases.find(words) == tried(tagged, words)


@given(st.lists(TAGGED, max_size=3), st.lists(st.lists(st.sampled_from("abcde"), max_size=8), max_size=4))
def test_lists_are_found_together_as_each_alone(lists: list[dict[str, list[str]]], texts: list[list[str]]) -> None:
    """One walk for several lists finds of each what is found of it alone, also in the texts that come later."""
    each = list(map(Phrases, lists))
    together = Together(each)
    for words in texts:
        assert together.find(words) == [phrases.find(words) for phrases in each]
