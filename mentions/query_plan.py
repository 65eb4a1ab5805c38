"""What is left to check of a query once the rarest of its required terms was found in a text."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from mentions.query_terms import Field, Term
from mentions.query_tree import And, Found, Keys, Leaf, Near, Node, Not, Or, satisfied

Share = Callable[[Term | Field], float]


class Match(NamedTuple):
    """A clause of a query that a text satisfies. Of two of one query, the lower rank is the more specific.

    `order` is the number of the query.
    """

    order: int
    rank: int
    clause: str


class Plan(NamedTuple):
    """The check of one alternative of a query.

    Attributes:
        excluded: none of these keys may be there.
        needs: of each of these, one key must be there; the rarest first, without the one that it is indexed under.
        rest: what keys cannot tell.
        match: the answer, or None when the clause depends on the text.
    """

    excluded: Keys
    needs: tuple[Keys, ...]
    rest: tuple[Node, ...]
    match: Match | None
    branch: Node
    order: int
    rank: int

    def match_of(self, found: Found) -> Match | None:
        """The match of a text that has what `needs` asks, if it is one."""
        if not found.keys.isdisjoint(self.excluded):
            return None
        for node in self.rest:
            if satisfied(node, found) is None:
                return None
        return self.match or Match(self.order, self.rank, satisfied(self.branch, found) or "")


def make_plan(branch: Node, anchored: Keys, order: int, rank: int, share: Share) -> Plan:
    """Plan the check of `branch`, of which one of the keys `anchored` is known to be there."""
    parts = branch.children if isinstance(branch, And) else (branch,)
    needs = sorted((sum(map(share, group)), _keys(group)) for part in parts for group in _required(part))
    clause = _fixed_clause(parts)
    return Plan(
        excluded=tuple(part.child.term.key for part in parts if isinstance(part, Not) and isinstance(part.child, Leaf)),
        needs=tuple(keys for _, keys in needs if keys != anchored),
        rest=tuple(part for part in parts if not _is_told_by_keys(part)),
        match=None if clause is None else Match(order, rank, clause),
        branch=branch,
        order=order,
        rank=rank,
    )


def _keys(group: tuple[Term | Field, ...]) -> Keys:
    return tuple(dict.fromkeys(term.key for term in group))


def _required(part: Node) -> Iterator[tuple[Term | Field, ...]]:
    """Groups of terms of which each match has at least one."""
    if isinstance(part, Near):
        yield part.left
        yield part.right
    elif isinstance(part, Leaf):
        yield (part.term,)
    elif isinstance(part, Or) and _is_told_by_keys(part):
        yield tuple(child.term for child in part.children if isinstance(child, Leaf))


def _is_told_by_keys(part: Node) -> bool:
    if isinstance(part, Or):
        return all(isinstance(child, Leaf) for child in part.children)
    return isinstance(part, Leaf) or (isinstance(part, Not) and isinstance(part.child, Leaf))


def _fixed_clause(parts: tuple[Node, ...]) -> str | None:
    if any(isinstance(part, (And, Or)) for part in parts):
        return None
    return " AND ".join(part.written for part in parts if isinstance(part, (Leaf, Near)))
