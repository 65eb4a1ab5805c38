"""What a text is about: price, delivery, service and so on, by words; and the words that a brand adds. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from mentions.records import Finding
from processors.phrases import Match, Phrases, read_list
from processors.words import Words

_WORDS = read_list("aspects")
_NOTHING = "nothing"
ASPECTS = tuple(name for name in _WORDS if name != _NOTHING)
"""The default aspects, in the order in which they are told."""
LANGUAGES = ("en", "es", "und")
"""Languages that the default words are read in; a brand's own words are looked for in every language."""
_MOST_TERMS = 4
_WITHOUT = "-"


class Aspects:
    """The aspects that one brand is judged by.

    Args:
        own: words and phrases by aspect, in any language. They are added to those of the default aspect of this name;
            a word with `-` before it is taken out of it; an empty list switches the aspect off. Other names are
            further aspects.
    """

    def __init__(self, own: Mapping[str, Iterable[str]] | None = None) -> None:
        given = {name: tuple(words) for name, words in (own or {}).items()}
        added = {name: [_phrase(word) for word in words if word[:1] != _WITHOUT] for name, words in given.items()}
        self._names = aspect_names(given)
        self._without = {(n, _phrase(word)) for n, words in given.items() for word in words if word[:1] == _WITHOUT}
        self._own = Phrases({name: words_with_plurals(added.get(name, ())) for name in self._names})
        everything = {name: [*_WORDS.get(name, ()), *added.get(name, ())] for name in (*self._names, _NOTHING)}
        self._all = Phrases({name: words_with_plurals(phrases) for name, phrases in everything.items()})

    def phrases(self, lang: str) -> Phrases:
        """What the words of a text of this language are searched for."""
        return self._all if lang in LANGUAGES else self._own

    def find(self, words: Words, lang: str, matches: Sequence[Match] | None = None) -> tuple[Finding, ...]:
        """The aspects of a text with the words that name them, the defaults first; never raises.

        Args:
            matches: what `phrases(lang)` finds in the words, where it is at hand.
        """
        if matches is None:
            matches = self.phrases(lang).find(words.folded)
        if not matches:
            return ()
        terms: dict[str, dict[str, None]] = {}
        for start, end, names in matches:
            for name in names:
                if name == _NOTHING or (self._without and self._is_out(name, words.folded[start:end])):
                    continue
                said = words.quote(start, end)
                if name in terms:
                    terms[name][said] = None
                else:
                    terms[name] = {said: None}
        named = terms if len(terms) < 2 else [name for name in self._names if name in terms]
        return tuple([Finding(name, tuple(terms[name])[:_MOST_TERMS]) for name in named])

    def _is_out(self, name: str, said: Sequence[str]) -> bool:
        return (name, " ".join(said)) in self._without


def aspect_names(own: Mapping[str, Collection[str]]) -> list[str]:
    """The aspects that a brand's mentions can have, in the order in which they are told; `own` as for `Aspects`."""
    defaults = [name for name in ASPECTS if own.get(name, True)]
    return defaults + [name for name in own if name not in (*ASPECTS, _NOTHING)]


def _phrase(given: str) -> str:
    """A brand's word or phrase as texts are folded."""
    return " ".join(Words(given).folded)


def words_with_plurals(phrases: Iterable[str]) -> Iterator[str]:
    """The same phrases, and single words in the plural too."""
    for phrase in phrases:
        yield phrase
        if " " not in phrase.strip():
            words = [word for word in phrase.strip().split("|") if word]
            yield "|".join(f"{word}s" for word in words)
            yield "|".join(f"{word}es" for word in words)


DEFAULT = Aspects()
"""For brands that name no aspects of their own."""
