"""Many queries against one post at a time; the cost does not grow with the number of queries.

A query is indexed under the rarest terms of which every match must have one. A post's terms fetch the candidates, and
only these are checked. `mentions.query` reads the language, `docs/query.md` explains it to its users.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Generic, NamedTuple, TypeVar

from mentions.hosts import domains_of, hosts_in, hosts_of
from mentions.query import Query, parse_query
from mentions.query_index import FoundTerms, TermIndex
from mentions.query_lexer import operator_hint
from mentions.query_plan import Match, Plan, make_plan
from mentions.query_rarity import Rarity
from mentions.query_terms import Field, account_key, language_key
from mentions.query_tree import Keys, Leaf, Node, Or, anchor, terms
from mentions.records import Post
from mentions.tokens import Tokens

__all__ = ["Matcher", "Query", "operator_hint", "parse_query"]

K = TypeVar("K", bound=Hashable)

_GUARD_FROM = 4
"""Candidates under one key from which on a second required term chooses among them.

At 100,000 queries 4 took 54 us a text, none at all 89 (`benchmarks/matching.py`); fewer cost memory for nothing.
"""


class _Entry(NamedTuple):
    """What is indexed under one key. Tuples in tuples: with many queries the time goes into fetching memory.

    `guards[i]` is the guard of `plans[i]`; `guarded` holds plans by the keys of their guards, where there are many.
    """

    matches: tuple[Match, ...]
    guards: tuple[Keys, ...]
    plans: tuple[Plan, ...]
    guarded: dict[str, list[Plan]]

    def collect(self, found: FoundTerms, into: list[Match]) -> None:
        """Append the matches of the queries that are indexed here; one query's may come twice."""
        into += self.matches
        keys = found.keys
        for guard, plan in zip(self.guards, self.plans, strict=True):
            if not keys.isdisjoint(guard) and (match := plan.match_of(found)) is not None:
                into.append(match)
        if self.guarded:
            for key in self.guarded.keys() & keys:
                into += [match for plan in self.guarded[key] if (match := plan.match_of(found)) is not None]


_NONE_GUARDED: dict[str, list[Plan]] = {}


def _entry(answers: list[Match | Plan]) -> _Entry:
    matches = tuple(answer for answer in answers if isinstance(answer, Match))
    plans = tuple(answer for answer in answers if isinstance(answer, Plan))
    if len(plans) < _GUARD_FROM:
        return _Entry(matches, tuple(plan.guard for plan in plans), plans, _NONE_GUARDED)
    guarded: dict[str, list[Plan]] = {}
    for plan in plans:
        for key in plan.guard:
            guarded.setdefault(key, []).append(plan)
    return _Entry(matches, (), (), guarded)


class Matcher(Generic[K]):
    """The queries of many brands, asked together.

    Args:
        queries: names with their queries; answers come in this order.
        frequency: how often each folded word occurs in a sample of texts; it only makes matching faster.
    """

    def __init__(
        self, queries: Mapping[K, Query] | Iterable[tuple[K, Query]], frequency: Mapping[str, int] | None = None
    ) -> None:
        self._rarity = Rarity(frequency)
        self._terms = TermIndex(self._rarity)
        self._facts_asked: set[str] = set()
        self._names: list[K] = []
        answers: dict[str, list[Match | Plan]] = {}
        for name, query in queries.items() if isinstance(queries, Mapping) else queries:
            self._add_terms(query.node)
            for key, answer in self._answers(query.node, len(self._names)):
                answers.setdefault(key, []).append(answer)
            self._names.append(name)
        self._asks_domains = any(key.startswith("domain:") for key in self._facts_asked)
        self._entries = {key: _entry(indexed) for key, indexed in answers.items()}
        self._terms.start_at(self._entries)

    def match(self, post: Post) -> list[tuple[K, str]]:
        """The queries that `post` matches, each with the clause that it satisfies (`query_tree.satisfied`).

        Text is the title and the text; `domain:` looks at the links and the addresses in the text.
        """
        return self._match(Tokens(post.full_text), self._facts(post) if self._facts_asked else set())

    def match_text(self, text: str) -> list[tuple[K, str]]:
        """The same for a bare text: nothing is known of its author, language and source."""
        return self._match(Tokens(text), self._linked(hosts_in(text)) if self._asks_domains else set())

    def _match(self, text: Tokens, facts: set[str]) -> list[tuple[K, str]]:
        found = self._terms.find(text, facts)
        if found is None:
            return []
        matches: list[Match] = []
        for key in found.starts:
            entry = self._entries.get(key)
            if entry is not None:
                entry.collect(found, matches)
        return self._named(matches) if matches else []

    def _named(self, matches: list[Match]) -> list[tuple[K, str]]:
        """One answer for each query, its most specific."""
        clauses: dict[int, str] = {}
        for order, _, clause in sorted(matches):
            clauses.setdefault(order, clause)
        return [(self._names[order], clause) for order, clause in clauses.items()]

    def _facts(self, post: Post) -> set[str]:
        facts = {f"source:{post.source.casefold()}", f"from:{account_key(post.author.id)}"}
        if post.author.handle:
            facts.add(f"from:{account_key(post.author.handle)}")
        if post.lang:
            facts.add(f"lang:{language_key(post.lang)}")
        return self._facts_asked & facts | (self._linked(hosts_of(post)) if self._asks_domains else set())

    def _linked(self, hosts: set[str]) -> set[str]:
        return self._facts_asked.intersection(f"domain:{domain}" for host in hosts for domain in domains_of(host))

    def _add_terms(self, node: Node) -> None:
        for term in terms(node):
            if isinstance(term, Field):
                self._facts_asked.add(term.key)
            else:
                self._terms.add(term)

    def _answers(self, node: Node, order: int) -> Iterator[tuple[str, Match | Plan]]:
        """What to index of a query, and under which keys: each of its alternatives by itself."""
        for rank, branch in enumerate(node.children if isinstance(node, Or) else (node,)):
            found = anchor(branch, self._rarity.share)
            if found is None:
                raise ValueError("a Query is made by parse_query, which refuses one without anchor")
            keys = found[1]
            if isinstance(branch, Leaf):
                yield keys[0], Match(order, rank, branch.written)
            else:
                plan = make_plan(branch, keys, order, rank, self._rarity.share)
                yield from ((key, plan) for key in keys)
