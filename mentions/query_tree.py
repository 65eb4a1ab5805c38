"""A query as a tree with `NOT` at the leaves: what a search can start from, and which clauses a text satisfies."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from mentions.query_terms import Field, Term


@dataclass(frozen=True, slots=True)
class Leaf:
    """A term or field. `written` is it as the user wrote it; `start` is its place in the query."""

    term: Term | Field
    written: str
    start: int


@dataclass(frozen=True, slots=True)
class Near:
    """A term of each side, apart from each other, at most `distance` tokens away (neighbours: 1)."""

    left: tuple[Term, ...]
    right: tuple[Term, ...]
    distance: int
    written: str
    start: int


@dataclass(frozen=True, slots=True)
class Not:
    """Holds where `child` does not."""

    child: "Leaf | Near"
    start: int


@dataclass(frozen=True, slots=True)
class And:
    """Holds where all children hold; at least two, none of them an `And`."""

    children: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    """Holds where a child holds; at least two, none of them an `Or`; the most specific first, then as written."""

    children: "tuple[Node, ...]"


Node = Leaf | Near | Not | And | Or
Keys = tuple[str, ...]


class Found(Protocol):
    """What a text has, as far as a query asks."""

    keys: set[str]

    def near(self, node: Near) -> bool:
        """Whether both sides of `node` stand near each other."""
        ...


def conjunction(children: Iterable[Node]) -> Node:
    """All of them, flat."""
    flat = tuple(part for child in children for part in (child.children if isinstance(child, And) else (child,)))
    return flat[0] if len(flat) == 1 else And(flat)


def alternation(children: Iterable[Node]) -> Node:
    """One of them, flat, the most specific first."""
    flat = [part for child in children for part in (child.children if isinstance(child, Or) else (child,))]
    return flat[0] if len(flat) == 1 else Or(tuple(sorted(flat, key=size, reverse=True)))


def negation(node: Node, start: int) -> Node:
    """The opposite, with `NOT` moved to the leaves."""
    if isinstance(node, Not):
        return node.child
    if isinstance(node, And):
        return alternation(negation(child, start) for child in node.children)
    if isinstance(node, Or):
        return conjunction(negation(child, start) for child in node.children)
    return Not(node, start)


def size(node: Node) -> int:
    """How specific a clause is: the tokens that a text must have to satisfy it."""
    if isinstance(node, Leaf):
        return node.term.size
    if isinstance(node, Near):
        return max(term.size for term in node.left) + max(term.size for term in node.right)
    if isinstance(node, Not):
        return 0
    sizes = map(size, node.children)
    return sum(sizes) if isinstance(node, And) else max(sizes)


def satisfied(node: Node, found: Found) -> str | None:
    """The clause that the text satisfies, or None.

    Of alternatives it is the most specific one that holds (most tokens, then the first written); conditions that all
    hold are joined by ` AND `; what is only excluded adds nothing. The clause is itself a query that the text matches.
    """
    if isinstance(node, Leaf):
        return node.written if node.term.key in found.keys else None
    if isinstance(node, Near):
        return node.written if found.near(node) else None
    if isinstance(node, Not):
        return "" if satisfied(node.child, found) is None else None
    if isinstance(node, Or):
        return next((clause for child in node.children if (clause := satisfied(child, found)) is not None), None)
    clauses = []
    for child in node.children:
        clause = satisfied(child, found)
        if clause is None:
            return None
        clauses.append(clause)
    return " AND ".join(filter(None, clauses))


def leaves(node: Node) -> Iterator[Leaf | Near]:
    """Every leaf, also the excluded ones."""
    if isinstance(node, (Leaf, Near)):
        yield node
    elif isinstance(node, Not):
        yield node.child
    else:
        for child in node.children:
            yield from leaves(child)


def terms(node: Node) -> Iterator[Term | Field]:
    """Every term and field of the tree."""
    for leaf in leaves(node):
        if isinstance(leaf, Leaf):
            yield leaf.term
        else:
            yield from leaf.left
            yield from leaf.right


def anchor(node: Node, cost: Callable[[Term | Field], float]) -> tuple[float, Keys] | None:
    """The cheapest set of keys of which every match has at least one, and its cost; None when there is none.

    `cost` is the share of texts expected to have a term. A language is no anchor: it would hold for nearly every text.
    """
    if isinstance(node, Leaf):
        return None if is_language(node) else (cost(node.term), (node.term.key,))
    if isinstance(node, Near):
        return min(_any_of(node.left, cost), _any_of(node.right, cost))
    if isinstance(node, Not):
        return None
    anchors = [anchor(child, cost) for child in node.children]
    if isinstance(node, And):
        return min((found for found in anchors if found), default=None)
    together = [found for found in anchors if found]
    if len(together) < len(anchors):
        return None
    return sum(cost for cost, _ in together), tuple(dict.fromkeys(key for _, keys in together for key in keys))


def _any_of(terms: tuple[Term, ...], cost: Callable[[Term | Field], float]) -> tuple[float, Keys]:
    return sum(map(cost, terms)), tuple(dict.fromkeys(term.key for term in terms))


def is_language(node: Node) -> bool:
    """Whether it is a condition on the language."""
    return isinstance(node, Leaf) and isinstance(node.term, Field) and node.term.name == "lang"


def is_anchored(node: Node) -> bool:
    """Whether it has an anchor."""
    if isinstance(node, And):
        return any(map(is_anchored, node.children))
    if isinstance(node, Or):
        return all(map(is_anchored, node.children))
    return not isinstance(node, Not) and not is_language(node)


def first_unanchored(node: Node) -> "Leaf | Near | Not":
    """The first clause that a search could not start from; `node` has no anchor."""
    if isinstance(node, (And, Or)):
        return next(first_unanchored(child) for child in node.children if not is_anchored(child))
    return node
