"""A text as the rules of intents and aspects read it: words folded, marks kept, links and handles taken out. Pure."""

import html
import re
from itertools import chain
from operator import itemgetter

from mentions.folding import fold

HANDLE, LINK, ORDER = "@", "://", "<order>"
"""What stands for a handle, for a link, and for a Spanish command with its pronoun (`devolvedme`, `llámenme`)."""
STOPS = frozenset((".", "!", "?"))
"""The marks that end a sentence; a run of them is one, `?` where it holds one."""
_LINKED = (LINK,)
_PLAIN_MARKS = frozenset(".,?!")
"""Marks that are spelled as they are."""
_MEMO_LIMIT = 100_000
_LONGEST_REMEMBERED = 40

_EMOJI = "\u2600-\u27bf\U0001f300-\U0001faff"
_find_tokens = re.compile(rf"@[\w.]+|\w+(?:['’]\w+)*|[?!¿¡]+|[.…;]+|[,:()$€£]|[{_EMOJI}]").findall
_digits = re.compile(r"[\d.]+")
_stretched = re.compile(r"([^\W\d])\1{2,}")
_is_order = re.compile(
    r"\w{,30}(?:[aei]d(?:me|nos|l[eao]s?|mel[ao]s?)|[ae]n(?:me|nnos)|[áéíóú]\w{1,9}(?<!nd)[ae]n?(?:me|nos|mel[ao]s?))\Z"
).match
_ORDER_ENDS = ("me", "nos", "la", "las", "le", "les", "lo", "los")
"""With which every such command ends: the pattern is slow to say no."""
_SPELLED = {"…": ".", ";": ".", ":": ",", "(": ",", ")": ","}
_Entry = tuple[tuple[str, ...], tuple[str, ...]]
"""Tokens as written, and folded."""


class Words:
    """The tokens of a text.

    Attributes:
        folded: lower case, without accents; a number is `0`, an end of sentence one of `STOPS`.
        different: how many of these differ. has_order, has_question: whether `ORDER` and `?` are among them.
    """

    __slots__ = ("_entries", "_shown", "different", "folded", "has_order", "has_question")

    def __init__(self, text: str) -> None:
        if "\n" in text:
            text = text.replace("\n", " . ")
        self._entries = list(map(_entry_of, text.split()))
        self.folded = list(chain.from_iterable(map(_folded_of, self._entries)))
        words = set(self.folded)
        self.different, self.has_order, self.has_question = len(words), ORDER in words, "?" in words
        self._shown: list[str] | None = None

    def quote(self, start: int, end: int) -> str:
        """The words of a stretch as they were written."""
        if self._shown is None:
            self._shown = list(chain.from_iterable(map(_shown_of, self._entries)))
        return " ".join(self._shown[start:end])


class _Memo(dict[str, _Entry]):
    """What stands between two blanks, cut before: most of a text is."""

    def __missing__(self, raw: str) -> _Entry:
        shown, folded = _cut(raw)
        entry = shown, shown if shown == folded else folded
        if len(raw) <= _LONGEST_REMEMBERED and folded is not _LINKED:
            if len(self) >= _MEMO_LIMIT:
                self.clear()
            self[raw] = entry
        return entry


_memo = _Memo()
_entry_of = _memo.__getitem__
_shown_of, _folded_of = itemgetter(0), itemgetter(1)


def _cut(raw: str) -> _Entry:
    if "://" in raw or raw.startswith("www."):
        return (raw,), _LINKED
    if raw.isascii():
        body, mark = (raw[:-1], raw[-1]) if raw[-1] in _PLAIN_MARKS else (raw, "")
        if body.isalpha():  # a word, with a mark behind it or not: most of what is new, and cut faster so
            folded = _folded_word(body)
            return ((body, mark), (*folded, mark)) if mark else ((raw,), folded)
    shown = tuple(_find_tokens(html.unescape(raw) if "&" in raw else raw))
    return shown, tuple(map(_fold, shown))


def _folded_word(word: str) -> tuple[str, ...]:
    """A word of ASCII letters, folded; one and the same for every way to write it, which keeps the caches small."""
    lower = word.lower()
    return (_fold_word(word),) if word == lower else _entry_of(lower)[1]


def _fold(token: str) -> str:
    first = token[0]
    if first == "@":
        return HANDLE
    if first in "?!¿¡":
        return next(mark for mark in "?!¿¡" if mark in token)
    if first in ".…;,:()$€£":
        return _SPELLED.get(first, first)
    return _fold_word(token)


def _fold_word(token: str) -> str:
    lower = token.lower()
    if lower.endswith(_ORDER_ENDS) and _is_order(lower):
        return ORDER
    plain = lower if token.isascii() else fold(token)
    if len(set(plain)) + 2 <= len(plain) and _stretched.search(plain):
        plain = _stretched.sub(r"\1", plain)
    return (_digits.sub("0", plain) if token[0].isdigit() else plain) or token
