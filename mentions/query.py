"""The query language: text to tree, with errors that show the place.

    alternatives = all {"OR" all}
    all          = part {["AND"] part}
    part         = {"NOT"} operand ["NEAR/n" operand]
    operand      = word | "phrase" | field:value | "(" alternatives ")"

Operators are upper-case; in lower case they are words. `docs/query.md` is the user's guide.
"""

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from mentions.errors import QueryError
from mentions.query_lexer import Lexeme, error_at, lex
from mentions.query_terms import FIELDS, BadTerm, Field, Term, parse_field, parse_term
from mentions.query_tree import (
    Leaf,
    Near,
    Node,
    Or,
    alternation,
    conjunction,
    first_unanchored,
    is_anchored,
    is_language,
    negation,
)

# Bounds that no query written by a person meets; they keep the cost of one query bounded.
MAX_LENGTH = 20_000
MAX_TERMS = 1_000
MAX_DEPTH = 50
MAX_DISTANCE = 100

_FIELD = re.compile(r"([A-Za-z]+):(.+)", re.DOTALL)
_OTHER_NAMES = {
    "author": "from",
    "user": "from",
    "site": "domain",
    "url": "domain",
    "link": "domain",
    "http": "domain",
    "https": "domain",
    "language": "lang",
    "network": "source",
}


@dataclass(frozen=True, slots=True)
class Query:
    """A query that can be searched for: every match has at least one of a known set of terms.

    Attributes:
        text: as the user wrote it. node: what it means.
    """

    text: str
    node: Node = field(compare=False, repr=False)


class _Operand(NamedTuple):
    node: Node
    start: int
    end: int


def parse_query(text: str) -> Query:
    """Read a query.

    Raises:
        QueryError: it cannot be understood, is over a limit, or some way to satisfy it has no word, tag, handle,
            author, domain or source (only `NOT` or `lang:`), so that nearly every post would match.
    """
    if len(text) > MAX_LENGTH:
        message = f"the query has {len(text)} characters; at most {MAX_LENGTH} are allowed"
        raise error_at(message, text[:60] + "...", 60)
    lexemes = lex(text)
    if len(lexemes) == 1:
        raise error_at("the query is empty; write at least one word", text, 0)
    node = _Parser(text, lexemes).parse()
    _check_anchor(text, node)
    return Query(text, node)


class _Parser:
    """Recursive descent; each method reads one rule of the grammar from the lexeme at `_at` on."""

    def __init__(self, text: str, lexemes: list[Lexeme]) -> None:
        self._text, self._lexemes = text, lexemes
        self._at = self._depth = self._terms = 0

    def parse(self) -> Node:
        node = self._alternatives()
        if self._next.kind == "close":
            raise self._fail("this ) closes nothing", self._next)
        return node

    @property
    def _next(self) -> Lexeme:
        return self._lexemes[self._at]

    def _take(self) -> Lexeme:
        lexeme = self._lexemes[self._at]
        self._at += 1
        return lexeme

    def _fail(self, message: str, lexeme: Lexeme) -> QueryError:
        return error_at(message, self._text, lexeme.start)

    def _alternatives(self) -> Node:
        nodes = [self._all()]
        while self._next.kind == "OR":
            self._take()
            nodes.append(self._all())
        return alternation(nodes)

    def _all(self) -> Node:
        nodes = [self._part()]
        while self._next.kind not in ("OR", "close", "end"):
            if self._next.kind == "AND":
                self._take()
            nodes.append(self._part())
        return conjunction(nodes)

    def _part(self) -> Node:
        first, negated = self._next, False
        while self._next.kind == "NOT":
            self._take()
            negated = not negated
        operand = self._operand()
        if self._next.kind == "NEAR":
            operand = self._near(operand)
        return negation(operand.node, first.start) if negated else operand.node

    def _near(self, left: _Operand) -> _Operand:
        operator = self._take()
        distance = self._distance(operator)
        right = self._operand()
        if self._next.kind == "NEAR":
            raise self._fail("NEAR has two sides; write (a NEAR/5 b) AND (b NEAR/5 c)", self._next)
        written = self._text[left.start : right.end]
        node = Near(self._side(left), self._side(right), distance, written, left.start)
        return _Operand(node, left.start, right.end)

    def _distance(self, operator: Lexeme) -> int:
        given = operator.text[len("NEAR/") :]
        if not re.fullmatch("[0-9]{1,3}", given) or not 1 <= int(given) <= MAX_DISTANCE:
            raise self._fail(f"say how near, from 1 to {MAX_DISTANCE} words: NEAR/5", operator)
        return int(given)

    def _side(self, operand: _Operand) -> tuple[Term, ...]:
        children = operand.node.children if isinstance(operand.node, Or) else (operand.node,)
        found = [child.term for child in children if isinstance(child, Leaf) and isinstance(child.term, Term)]
        if len(found) < len(children):
            message = "NEAR stands between words, phrases or (one OR another) of these only"
            raise error_at(message, self._text, operand.start)
        return tuple(found)

    def _operand(self) -> _Operand:
        lexeme = self._take()
        if lexeme.kind == "open":
            return self._group(lexeme)
        if lexeme.kind in ("word", "phrase"):
            return _Operand(self._leaf(lexeme), lexeme.start, lexeme.end)
        raise self._missing(lexeme)

    def _group(self, opening: Lexeme) -> _Operand:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._fail(f"more than {MAX_DEPTH} parentheses inside each other", opening)
        if self._next.kind == "close":
            raise self._fail("there is nothing between these parentheses", opening)
        if self._next.kind == "end":
            raise self._fail("this ( is never closed", opening)
        node = self._alternatives()
        closing = self._take()
        if closing.kind != "close":
            raise self._fail("this ( is never closed", opening)
        self._depth -= 1
        return _Operand(node, opening.start, closing.end)

    def _missing(self, lexeme: Lexeme) -> QueryError:
        before = self._lexemes[self._at - 2] if self._at > 1 else None
        if before and before.kind in ("AND", "OR", "NOT", "NEAR"):
            return self._fail(f"{before.text} needs a term behind it", before)
        if lexeme.kind == "close":
            return self._fail("this ) closes nothing", lexeme)
        return self._fail(f'{lexeme.text} needs a term before it; write "{lexeme.text}" for the word itself', lexeme)

    def _leaf(self, lexeme: Lexeme) -> Leaf:
        self._terms += 1
        if self._terms > MAX_TERMS:
            raise self._fail(f"more than {MAX_TERMS} terms", lexeme)
        try:
            term = _read_phrase(lexeme) if lexeme.kind == "phrase" else _read_word(lexeme.text)
        except BadTerm as error:
            raise self._fail(str(error), lexeme) from None
        written = self._text[lexeme.start : lexeme.end]
        # A word is mostly written as its key; sharing the string keeps many queries small.
        return Leaf(term, term.key if written == term.key else written, lexeme.start)


def _read_phrase(lexeme: Lexeme) -> Term | Field:
    if lexeme.name is not None:
        return parse_field(_field_name(lexeme.name), lexeme.text.strip())
    return parse_term(lexeme.text, True)


def _read_word(word: str) -> Term | Field:
    found = _FIELD.fullmatch(word)
    if found:
        return parse_field(_field_name(found[1]), found[2])
    if word.endswith(":") and word[:-1].lower() in FIELDS:
        raise BadTerm(f"{word} needs a value directly behind it")
    if word[0] == "-" and word.strip("-"):
        raise BadTerm(f"a minus excludes nothing here; write NOT {word.lstrip('-')}")
    if word[0] in "'‘" and word[-1] not in "'’":
        raise BadTerm('a phrase needs double quotes: "pan lumbre"')
    return parse_term(word, False)


def _field_name(name: str) -> str:
    folded = name.lower()
    if folded in FIELDS:
        return folded
    meant = _OTHER_NAMES.get(folded)
    instead = f"write {meant}:" if meant else f"the fields are {', '.join(f'{known}:' for known in FIELDS)}"
    raise BadTerm(f"there is no field {name}:; {instead}, or put the text in quotes to look for it")


def _check_anchor(text: str, node: Node) -> None:
    if is_anchored(node):
        return
    clause = first_unanchored(node)
    only = "lang:" if is_language(clause) else "NOT"
    raise error_at(f"{only} alone would match nearly every post; add a word that must be there", text, clause.start)
