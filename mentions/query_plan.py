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
        guard: one of these keys must be there: the rarest required group that is not the one it is indexed under.
        needs: of each of these, one key must be there.
        excluded: none of these keys may be there.
        rest: what keys cannot tell.
        match: the answer; its clause is "" when it depends on the text.
        branch: the alternative, where the clause depends on the text.
    """

    guard: Keys
    needs: tuple[Keys, ...]
    excluded: Keys
    rest: tuple[Node, ...]
    match: Match
    branch: Node | None

    def match_of(self, found: Found) -> Match | None:
        """The match of a text that has a key of the guard, if it is one."""
        keys = found.keys
        for need in self.needs:
            if keys.isdisjoint(need):
                return None
        if not keys.isdisjoint(self.excluded):
            return None
        for node in self.rest:
            if satisfied(node, found) is None:
                return None
        if self.branch is None:
            return self.match
        return self.match._replace(clause=satisfied(self.branch, found) or "")


def make_plan(branch: Node, anchored: Keys, order: int, rank: int, share: Share) -> Plan:
    """Plan the check of `branch`, of which one of the keys `anchored` is known to be there."""
    parts = branch.children if isinstance(branch, And) else (branch,)
    required = sorted((sum(map(share, group)), _keys(group)) for part in parts for group in _required(part))
    guard, *needs = [keys for _, keys in required if keys != anchored] or [anchored]
    clause = _fixed_clause(parts)
    return Plan(
        guard=guard,
        needs=tuple(needs),
        excluded=tuple(part.child.term.key for part in parts if isinstance(part, Not) and isinstance(part.child, Leaf)),
        rest=tuple(part for part in parts if not _is_told_by_keys(part)),
        match=Match(order, rank, clause or ""),
        branch=branch if clause is None else None,
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
