"""What must be told at the first post: serious words, and authors whom many hear. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from mentions.brands import Brand
from mentions.hosts import domains_of, hosts_of
from mentions.query_terms import account_key
from mentions.records import Finding, Post
from processors.aspects import words_with_plurals
from processors.phrases import Match, Phrases, read_list
from processors.words import Words

NOTABLE = "notable"
"""Name of the finding that tells of its author or of what it links to, and not of its words."""
_NOTHING = "nothing"
_WORDS = read_list("flags")
WATCHWORDS = tuple(name for name in _WORDS if name != _NOTHING)
"""The lists that every brand has, in the order in which they are told."""
_LINK = "link:"
_WITHOUT = "-"
_MOST_TERMS = 4


class Flags:
    """What one brand is alerted of at the first post.

    Args:
        own: further words by list, as `mentions.brands.Brand.watchwords`: added to those of the list of this name; with
            `-` before it, a word is taken out; an empty list switches a list off; other names are further lists.
        notable: accounts, and `link:host` for what links to a medium. followers: authors with as many; 0: none.
        ids: the network's id of an account that is given by handle.
    """

    def __init__(
        self,
        own: Mapping[str, tuple[str, ...]] | None = None,
        notable: tuple[str, ...] = (),
        followers: int = 0,
        ids: Mapping[str, str] | None = None,
    ) -> None:
        given = own or {}
        self._names = [name for name in WATCHWORDS if given.get(name, True)]
        self._names += [name for name in given if name not in (*WATCHWORDS, _NOTHING)]
        self._without = {
            (name, " ".join(Words(word[1:]).folded))
            for name, words in given.items()
            for word in words
            if word[0] == _WITHOUT
        }
        added = {name: [_phrase(word) for word in words if word[0] != _WITHOUT] for name, words in given.items()}
        lists = {n: [*_WORDS.get(n, ()), *words_with_plurals(added.get(n, ()))] for n in (*self._names, _NOTHING)}
        self.phrases = Phrases(lists) if given else _default_phrases()
        self._media = frozenset(name.removeprefix(_LINK) for name in notable if name.startswith(_LINK))
        accounts = [name for name in notable if not name.startswith(_LINK)]
        self._accounts = frozenset(_account(a) for name in accounts for a in (name, *_known(name, ids or {})))
        self._followers = followers
        self._is_notable = bool(self._media or self._accounts or followers)

    @classmethod
    def of(cls, brand: Brand, ids: Mapping[str, str]) -> "Flags":
        """Those of a brand's version."""
        return cls(brand.watchwords, brand.notable, brand.notable_followers, ids)

    def find(self, words: Words, post: Post, matches: Sequence[Match] | None = None) -> tuple[Finding, ...]:
        """The lists that a text's words are on, with these words, and what makes its author notable; never raises.

        Args:
            matches: what `phrases` finds in the words, where it is at hand.
        """
        if matches is None:
            matches = self.phrases.find(words.folded)
        if not matches and not self._is_notable:
            return ()
        terms: dict[str, dict[str, None]] = {}
        for start, end, names in matches:
            for name in names:
                if name != _NOTHING and (name, " ".join(words.folded[start:end])) not in self._without:
                    terms.setdefault(name, {})[words.quote(start, end)] = None
        found = [Finding(name, tuple(terms[name])[:_MOST_TERMS]) for name in self._names if name in terms]
        notable = tuple(self._notable(post))
        return (*found, Finding(NOTABLE, notable)) if notable else tuple(found)

    def _notable(self, post: Post) -> Iterator[str]:
        author = post.author
        names = [author.id, *([author.handle] if author.handle else [])]
        if self._accounts and any((post.source, account_key(name)) in self._accounts for name in names):
            yield "account"
        if self._followers and author.followers is not None and author.followers >= self._followers:
            yield f"followers {author.followers}"
        if self._media:
            linked = {domain for host in hosts_of(post) for domain in domains_of(host)}
            yield from sorted(f"link {host}" for host in linked & self._media)


@cache
def _default_phrases() -> Phrases:
    """One and the same for all that name no words of their own."""
    return Phrases(_WORDS)


def _phrase(given: str) -> str:
    return " ".join(Words(given).folded)


def _account(name: str) -> tuple[str, str]:
    source, _, account = name.partition(":")
    return source, account_key(account)


def _known(name: str, ids: Mapping[str, str]) -> Iterator[str]:
    if name in ids:
        yield f"{name.partition(':')[0]}:{ids[name]}"


DEFAULT = Flags()
"""For brands that name neither words nor authors of their own."""
