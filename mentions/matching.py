"""Many queries against one post at a time; the cost does not grow with the number of queries.

A query is indexed under the rarest terms of which every match must have one. A post's terms fetch the candidates, and
only these are checked. `mentions.query` reads the language, `docs/query.md` explains it to its users.
"""

from collections.abc import Hashable, Iterable, Mapping
from typing import Generic, TypeVar

from mentions.hosts import domains_of, hosts_in, hosts_of
from mentions.query import Query, parse_query
from mentions.query_index import FoundTerms, TermIndex
from mentions.query_lexer import operator_hint
from mentions.query_plan import Match, Plan, make_plan
from mentions.query_rarity import Rarity
from mentions.query_terms import Field, account_key, language_key
from mentions.query_tree import Leaf, Node, Or, anchor, terms
from mentions.records import Post
from mentions.tokens import Tokens

__all__ = ["Matcher", "Query", "operator_hint", "parse_query"]

K = TypeVar("K", bound=Hashable)

_GUARD_FROM = 8
"""Candidates under one key from which on a second required term chooses among them; measured by the benchmark."""


class _Bucket:
    """What is indexed under one key: answers, checks, and checks by a second key that must be there too."""

    __slots__ = ("guarded", "matches", "plans")

    def __init__(self) -> None:
        self.matches: list[Match] = []
        self.plans: list[Plan] = []
        self.guarded: dict[str, list[Plan]] = {}

    def guard(self) -> None:
        """Put the checks under their rarest open need, where there are many."""
        if len(self.plans) < _GUARD_FROM:
            return
        for plan in self.plans:
            if plan.needs:
                rest = plan._replace(needs=plan.needs[1:])
                for key in plan.needs[0]:
                    self.guarded.setdefault(key, []).append(rest)
        self.plans = [plan for plan in self.plans if not plan.needs]

    def collect(self, found: FoundTerms, into: list[Match]) -> None:
        """Append the matches of the queries that are indexed here; one query's may come twice."""
        into += self.matches
        if self.plans:
            _check(self.plans, found, into)
        if self.guarded:
            for guard in self.guarded.keys() & found.keys:
                _check(self.guarded[guard], found, into)


def _check(plans: list[Plan], found: FoundTerms, into: list[Match]) -> None:
    keys = found.keys
    for plan in plans:
        for need in plan.needs:  # nearly every candidate fails here
            if keys.isdisjoint(need):
                break
        else:
            match = plan.match_of(found)
            if match is not None:
                into.append(match)


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
        self._buckets: dict[str, _Bucket] = {}
        self._names: list[K] = []
        for name, query in queries.items() if isinstance(queries, Mapping) else queries:
            self._add(name, query.node)
        for bucket in self._buckets.values():
            bucket.guard()
        self._asks_domains = any(key.startswith("domain:") for key in self._facts_asked)

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
            bucket = self._buckets.get(key)
            if bucket is not None:
                bucket.collect(found, matches)
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

    def _add(self, name: K, node: Node) -> None:
        order = len(self._names)
        self._names.append(name)
        for term in terms(node):
            if isinstance(term, Field):
                self._facts_asked.add(term.key)
            else:
                self._terms.add(term)
        for rank, branch in enumerate(node.children if isinstance(node, Or) else (node,)):
            self._index(branch, order, rank)

    def _index(self, branch: Node, order: int, rank: int) -> None:
        found = anchor(branch, self._rarity.share)
        if found is None:
            raise ValueError("a Query is made by parse_query, which refuses one without anchor")
        keys = found[1]
        if isinstance(branch, Leaf):
            self._bucket(keys[0]).matches.append(Match(order, rank, branch.written))
            return
        plan = make_plan(branch, keys, order, rank, self._rarity.share)
        for key in keys:
            self._bucket(key).plans.append(plan)

    def _bucket(self, key: str) -> _Bucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket()
            self._terms.start_at(key)
        return bucket
