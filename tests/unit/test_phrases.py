"""Phrases in words."""

from processors.phrases import Phrases, read_list
from processors.words import HANDLE, LINK, ORDER, Words

PHRASES = Phrases({"a": ["please|plz help", "help", "can you| _ please"], "b": ["help", "please help me"]})


def found(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """What is found in a text, and its tags."""
    words = Words(text)
    return [(words.quote(start, end), tags) for start, end, tags in PHRASES.find(words.folded)]


def test_the_longest_phrase_at_each_place_is_found_once() -> None:
    """Of phrases that begin at one word the longest counts, with all tags of phrases as long, and none overlap."""
    assert found("Plz help") == [("Plz help", ("a",))]
    assert found("please help me, help") == [("please help me", ("b",)), ("help", ("a", "b"))]
    assert found("please") == []


def test_a_place_can_be_left_out_or_be_any_word() -> None:
    """`word|` may be missing, and `_` stands for any one word, but not for none."""
    assert found("can you wait please") == [("can you wait please", ("a",))]
    assert found("can wait please") == [("can wait please", ("a",))]
    assert found("can please") == []


def test_lists_have_sections_and_remarks() -> None:
    """Each list of the package is read into its sections; no remark is taken for a phrase."""
    for name in ("intents_en", "intents_es", "aspects"):
        sections = read_list(name)
        assert all(sections.values())
        assert not any(line.startswith("#") for lines in sections.values() for line in lines)


def test_every_word_of_a_list_is_as_texts_are_folded() -> None:
    """No phrase holds a word that no text can have after folding, so that none waits in vain."""
    allowed = {"_", "", HANDLE, LINK, ORDER}
    wrong = {
        word
        for name in ("intents_en", "intents_es", "aspects")
        for lines in read_list(name).values()
        for line in lines
        for word in line.replace("|", " ").split()
        if word not in allowed and Words(word).folded not in ([word], [ORDER])
    }
    assert wrong == set()


def test_words_are_folded_and_marks_are_kept() -> None:
    """Case, accents, stretched letters and numbers are folded; handles, links and commands have their own signs."""
    words = Words("@Lumbre ¡Nooo! 40mins, devolvedme 3,5 € https://lumbre.example/a?b… ¿Qué?? &amp; AÑO\nfin")
    assert words.folded == [
        *(HANDLE, "¡", "no", "!", "0mins", ",", ORDER, "0", ",", "0", "€", LINK, "¿", "que", "?", "año", ".", "fin"),
    ]
    assert words.quote(2, 5) == "Nooo ! 40mins"
