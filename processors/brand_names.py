"""By what names a text may speak of a brand, and which of the tracked brands a text names at all."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache

from mentions.brands import Brand
from mentions.errors import QueryError
from mentions.query import parse_query
from mentions.query_terms import Term
from mentions.query_tree import And, Leaf, Near, Node, Or
from mentions.tokens import Tokens
from processors.sentiment.target import Target

_SHORTEST = 2
"""Letters; a shorter name would be found everywhere."""
NOBODY = Target()
"""Of a text that names no tracked brand."""


@lru_cache(maxsize=65_536)
def names_of(name: str, query: str, accounts: tuple[str, ...]) -> frozenset[str]:
    """A brand's name, the words that its query looks for, and its accounts; lower case, without sigils.

    Of conditions that must all hold only one names the brand: that which holds its name, else the first written
    (`lumbre AND (fibra OR movil)` makes `fibra` no name of lumbre). What stands behind NOT is no name.
    """
    found = {" ".join(_words(name))}
    with suppress(QueryError):  # of a version that an older Atalaya accepted
        found.update(_named(parse_query(query).node, frozenset(_words(name))))
    found.update(account.partition(":")[2] for account in accounts if not account.partition(":")[2].startswith("did:"))
    names = (found_name.lower().strip(" @#$\"'") for found_name in found)
    return frozenset(each for each in names if len(each) >= _SHORTEST)


def _words(name: str) -> list[str]:
    """`lumbre-movil` is spoken of as `lumbre movil`."""
    return Tokens(name.replace("_", " ")).words


def _named(node: Node, name: frozenset[str]) -> Iterator[str]:
    if isinstance(node, Leaf):
        if isinstance(node.term, Term):
            yield from _written(node.term)
    elif isinstance(node, Near):
        left = [each for term in node.left for each in _written(term)]
        right = [each for term in node.right for each in _written(term)]
        yield from right if _holds(right, name) and not _holds(left, name) else left
    elif isinstance(node, Or):
        for child in node.children:
            yield from _named(child, name)
    elif isinstance(node, And):
        sides = [side for child in node.children if (side := list(_named(child, name)))]
        yield from next((side for side in sides if _holds(side, name)), sides[0] if sides else [])


def _written(term: Term) -> Iterator[str]:
    """A term's tokens, folded; of a prefix, the part that is written."""
    yield " ".join(term.tokens)


def _holds(names: Iterable[str], name: frozenset[str]) -> bool:
    return any(not name.isdisjoint(each.split()) for each in names)


Forms = tuple[tuple[frozenset[str], str], ...]
"""Names with the folded words that a text must have to hold them."""


@lru_cache(maxsize=65_536)
def forms_of(names: frozenset[str]) -> Forms:
    """Each name as the words it needs; one of several words also as the one word that a hashtag makes of it."""
    return tuple((frozenset(words), name) for name in sorted(names) for words in _forms(name))


def _forms(name: str) -> Iterator[tuple[str, ...]]:
    words = tuple(Tokens(name).words)
    if words:
        yield words
    if len(words) > 1:
        yield ("".join(words),)


@dataclass(frozen=True)
class NameIndex:
    """The names of today's brands; a text's words fetch those that it may hold by a few look-ups.

    Attributes:
        starts: folded word -> the names of which it is the rarest word, with all their words. owners: name -> brands.
    """

    starts: Mapping[str, list[tuple[frozenset[str], str]]] = field(default_factory=dict)
    owners: Mapping[str, set[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, brands: Iterable[Brand]) -> "NameIndex":
        """Index the brands that are tracked."""
        starts: dict[str, list[tuple[frozenset[str], str]]] = {}
        owners: dict[str, set[str]] = {}
        for brand in brands:
            for name in names_of(brand.name, brand.query, brand.accounts):
                owners.setdefault(name, set()).add(brand.name)
        forms = [form for name in owners for form in forms_of(frozenset((name,)))]
        frequency = Counter(word for needed, _ in forms for word in needed)
        for needed, name in forms:
            # under its rarest word: `great` would fetch every brand that is called great something
            starts.setdefault(min(needed, key=lambda word: (frequency[word], -len(word))), []).append((needed, name))
        return cls(starts, owners)

    def named(self, words: Set[str]) -> list[str]:
        """The names, whosever they are, whose words are all among these; in no order."""
        starts = self.starts
        return [name for key in starts.keys() & words for needed, name in starts[key] if needed <= words]

    def target(self, brand: str, own: frozenset[str], words: Set[str], named: Iterable[str]) -> Target:
        """Whom a judgement of `brand` is about, as far as a text of these words names anybody.

        Args:
            own: the names of the version that was hit. named: what `named` found among `words`.
        """
        others = frozenset(name for name in named if name not in own and self.owners[name] - {brand})
        mine = frozenset(name for needed, name in forms_of(own) if needed <= words)
        return Target(mine, others) if mine or others else NOBODY
