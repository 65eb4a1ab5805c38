"""A query cut into parentheses, operators, words and phrases."""

import re
from typing import Literal, NamedTuple

from mentions.errors import QueryError

LexemeKind = Literal["open", "close", "word", "phrase", "AND", "OR", "NOT", "NEAR", "end"]

_LEXEME = re.compile(
    r"""(?P<open>[(（]) | (?P<close>[)）])
    | (?P<phrase>(?:(?P<name>[A-Za-z]+):)?["“”„«](?P<inside>[^"“”»]*)(?P<closed>["“”»])?)
    | (?P<word>[^\s()（）"“”„«»]+)
    | (?P<stray>»)""",
    re.VERBOSE,
)
_OPERATOR = re.compile("(AND|OR|NOT)|NEAR(/.*)?")
_LOWER_CASE = {"o": "OR", "or": "OR", "y": "AND", "and": "AND", "not": "NOT"}


class Lexeme(NamedTuple):
    """One piece of a query, `text[start:end]`.

    `text` is the inside of a phrase, otherwise the piece itself; `name` is the field before a phrase (`from:"..."`).
    The last lexeme is of kind `end`.
    """

    kind: LexemeKind
    text: str
    start: int
    end: int
    name: str | None = None


def error_at(message: str, text: str, position: int) -> QueryError:
    """A `QueryError` that shows the query on one line, so that the caret stands under its place."""
    shown = "".join(char if char.isprintable() else " " for char in text)
    return QueryError(message, shown, position)


def lex(text: str) -> list[Lexeme]:
    """Cut a query.

    Raises:
        QueryError: a quote is not closed, or closes nothing.
    """
    lexemes = [_lexeme(text, found) for found in _LEXEME.finditer(text)]
    return [*lexemes, Lexeme("end", "", len(text), len(text))]


def _lexeme(text: str, found: re.Match[str]) -> Lexeme:
    start, end = found.span()
    if found["open"]:
        return Lexeme("open", found[0], start, end)
    if found["close"]:
        return Lexeme("close", found[0], start, end)
    if found["stray"]:
        raise error_at("this quote closes nothing", text, start)
    if found["phrase"]:
        if found["closed"] is None:
            raise error_at("this quote is never closed", text, found.start("inside") - 1)
        return Lexeme("phrase", found["inside"], start, end, found["name"])
    return Lexeme(_kind_of_word(found[0]), found[0], start, end)


def _kind_of_word(word: str) -> LexemeKind:
    if not _OPERATOR.fullmatch(word):
        return "word"
    kinds: dict[str, LexemeKind] = {"AND": "AND", "OR": "OR", "NOT": "NOT"}
    return kinds.get(word, "NEAR")


def operator_hint(text: str) -> str | None:
    """A question to ask when a bare `o`, `or`, `y`, `and` or `not` stands between terms: there it is a word.

    >>> operator_hint("lumbre o nubira")
    '"o" is looked for as a word; did you mean OR?'
    """
    try:
        lexemes = lex(text)
    except QueryError:
        return None
    for before, lexeme, after in zip(lexemes, lexemes[1:], lexemes[2:], strict=False):
        operator = _LOWER_CASE.get(lexeme.text.lower()) if lexeme.kind == "word" else None
        if operator and before.kind in ("word", "phrase", "close") and after.kind in ("word", "phrase", "open"):
            return f'"{lexeme.text}" is looked for as a word; did you mean {operator}?'
    return None
