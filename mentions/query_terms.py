"""The leaves of a query: a word, phrase, prefix, handle, tag or field of the post; and where a text has them.

A term is found as it is written. Between two of its tokens stands what stands between them in the term, with three
liberties: a hyphen also stands for a space, `&`, `+` and `/` may have spaces around them, and a space inside quotes
stands for anything that is no token.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from mentions.hosts import HOST_LIMIT, host_key
from mentions.tokens import SIGILS, Tokens, is_continuous, is_word

FIELDS = ("from", "domain", "lang", "source")
MIN_STEM = 2
"""Letters before the star of a prefix: with one, a prefix would match nearly every text."""

Span = tuple[int, int]
"""First and last token, both included."""

_ANYTHING = None
_LOOSE = {
    "-": re.compile(r"\s*-\s*|\s+"),
    "&": re.compile(r"\s*&\s*"),
    "+": re.compile(r"\s*\+\s*"),
    "/": re.compile(r"\s*/\s*"),
}
_TRAIL = re.compile(r"\++|#")


class BadTerm(ValueError):
    """A word of a query that cannot be looked for; the message says why and what to write instead."""


@dataclass(frozen=True, slots=True)
class Field:
    """A condition on the post's fields. `key` is `name:value`, folded; a post has it or has it not."""

    key: str

    @property
    def name(self) -> str:
        """One of `FIELDS`."""
        return self.key.partition(":")[0]

    @property
    def size(self) -> int:
        """How specific it is, in tokens."""
        return 1


@dataclass(frozen=True, slots=True)
class Term:
    """Tokens that stand side by side.

    Attributes:
        tokens: folded, at least one.
        stems: whether the token at that place is only the beginning of one (`lumb*`).
        lead: "", or the character that must stand directly before: a sigil (then no word touches it) or a dot.
        joins: what stands between two tokens; None: anything; with a space in it: how the separator begins and ends.
        trail: "", or the characters that must follow directly (`c++`, `disney+`, `c#`).
        whole: whether the letters must end behind it, as at the end of a hashtag.
        key: the same for terms that find the same; the word itself when a plain word can answer.
    """

    tokens: tuple[str, ...]
    stems: tuple[bool, ...]
    lead: str
    joins: tuple[str | None, ...]
    trail: str
    whole: bool
    key: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", self._key())

    @property
    def size(self) -> int:
        """How specific it is, in tokens."""
        return len(self.tokens)

    @property
    def is_single(self) -> bool:
        """One token, whole, that a text's set of tokens and tagged words can answer."""
        if not self._is_bare or self.stems[0]:
            return False
        return self.lead == "" or (is_word(self.tokens[0]) and self.whole == (self.lead == "#"))

    @property
    def is_stem(self) -> bool:
        """One beginning of a word, without sigil."""
        return self._is_bare and self.stems[0] and self.lead == ""

    @property
    def _is_bare(self) -> bool:
        return len(self.tokens) == 1 and self.trail == "" and self.lead != "."

    def _key(self) -> str:
        if self.is_single:
            return self.lead + self.tokens[0]
        if self.is_stem:
            return f"{self.tokens[0]}*"
        # No token holds a quote or a space, so these keys are apart from words.
        return f'"{self.lead} {self.tokens} {self.stems} {self.joins} {self.trail} {self.whole}'

    def spans(self, text: Tokens) -> list[Span]:
        """Every place of the term in `text`, ascending."""
        last = len(self.tokens) - 1
        return [(start, start + last) for start in self._starts(text) if self._fits(text, start)]

    def found(self, text: Tokens) -> bool:
        """Whether the term is in `text`."""
        return any(self._fits(text, start) for start in self._starts(text))

    def _starts(self, text: Tokens) -> Iterable[int]:
        """Where it could start: where the first of its whole tokens puts it."""
        for offset, (token, stem) in enumerate(zip(self.tokens, self.stems, strict=True)):
            if not stem:
                return (place - offset for place in text.places(token) if place >= offset)
        return range(len(text.words))

    def _fits(self, text: Tokens, start: int) -> bool:
        words = text.words
        if start + len(self.tokens) > len(words):
            return False
        for place, (token, stem) in enumerate(zip(self.tokens, self.stems, strict=True), start):
            if not (words[place].startswith(token) if stem else words[place] == token):
                return False
        return (self._is_bare and not self.lead) or self._gaps_fit(text, start)

    def _gaps_fit(self, text: Tokens, start: int) -> bool:
        end = start + len(self.tokens)
        return (
            _leads(self.lead, text, start)
            and all(_joins(join, text.gaps[place]) for place, join in enumerate(self.joins, start + 1))
            and text.gaps[end].startswith(self.trail)
            and not (self.whole and _goes_on(text, end))
        )


def _leads(lead: str, text: Tokens, start: int) -> bool:
    gap = text.gaps[start]
    if not gap.endswith(lead):
        return False
    return gap != lead or lead in ("", ".") or start == 0 or not is_word(text.words[start - 1])


def _joins(join: str | None, gap: str) -> bool:
    if join is _ANYTHING:
        return True
    if " " in join:
        trail, lead = join.split(" ")
        return gap.startswith(trail) and gap.endswith(lead) and len(gap) >= len(join)
    loose = _LOOSE.get(join)
    return loose.fullmatch(gap) is not None if loose else gap == join


def _goes_on(text: Tokens, end: int) -> bool:
    """Whether letters of any script follow without a gap."""
    if text.gaps[end] or end == len(text.words):
        return False
    return is_word(text.words[end]) or is_continuous(text.words[end])


@lru_cache(maxsize=65_536)
def parse_term(written: str, quoted: bool) -> Term:
    """Read a word (`quoted` False) or the inside of a phrase.

    Raises:
        BadTerm: nothing in it can be looked for, or a star stands where it means nothing.
    """
    text = Tokens(written)
    if not text.words:
        raise BadTerm(_nothing_in(written))
    gaps = [_strip_star(gap, quoted) for gap in text.gaps]
    stems = [gap[:1] == "*" for gap in text.gaps[1:]]
    for token, stem in zip(text.words, stems, strict=True):
        if stem:
            _check_stem(token)
    lead = _lead(gaps[0])
    return Term(
        tokens=tuple(text.words),
        # A character of a script without spaces finds what it begins anyway.
        stems=tuple(stem and not is_continuous(token) for token, stem in zip(text.words, stems, strict=True)),
        lead=lead,
        joins=tuple(map(_join, gaps[1:-1])),
        trail=_trail(gaps[-1]),
        whole=lead == "#" and not stems[-1],
    )


def _nothing_in(written: str) -> str:
    instead = {"|": "OR", "||": "OR", "&": "AND", "&&": "AND", "!": "NOT", "-": "NOT"}.get(written.strip())
    if instead:
        return f"{written.strip()} is no operator here; write {instead}"
    return "nothing to look for here: no letter, digit or emoji"


def _strip_star(gap: str, quoted: bool) -> str:
    """Take the star of a prefix off the gap behind it.

    Raises:
        BadTerm: the star ends no word.
    """
    rest = gap[1:] if gap[:1] == "*" else gap
    if "*" in rest or (rest != gap and not (rest[:1].isspace() or (quoted and rest))):
        raise BadTerm("a star can only end a word: write lumb*")
    return rest


def _check_stem(token: str) -> None:
    if not is_word(token) and not is_continuous(token):
        raise BadTerm("a star can only end a word: an emoji has no beginnings")
    if len(token) < MIN_STEM and is_word(token):
        raise BadTerm(f"{token}* would match nearly every text; write at least {MIN_STEM} letters before the star")


def _lead(gap: str) -> str:
    return gap[-1] if gap[-1] in SIGILS or gap == " ." else ""


def _join(gap: str) -> str | None:
    parts = gap.split()
    if gap == "" or parts == [gap] or parts in (["&"], ["+"]):
        return "".join(parts)
    trail, lead = _trail(gap), gap[-1] if gap[-1] in SIGILS else ""
    return f"{trail} {lead}" if trail or lead else _ANYTHING


def _trail(gap: str) -> str:
    found = _TRAIL.match(gap)
    return found[0] if found else ""


def parse_field(name: str, value: str) -> Field:
    """Read `name:value`; `name` is one of `FIELDS`.

    Raises:
        BadTerm: the value cannot be one of that field.
    """
    if not value.strip("@"):
        raise BadTerm(f"{name}: needs a value directly behind it")
    if "*" in value:
        raise BadTerm(f"{name}: takes no star")
    if name == "lang":
        return Field(f"lang:{_language(value)}")
    if name == "domain":
        return Field(f"domain:{_domain(value)}")
    return Field(f"{name}:{account_key(value) if name == 'from' else value.casefold()}")


def account_key(name: str) -> str:
    """A handle or an author's id as it is compared: without `@`, case folded."""
    return name.lstrip("@").casefold()


def language_key(tag: str) -> str:
    """The primary subtag of a language tag, lower-case (`es-ES` -> `es`); "" when the tag says that it is unknown."""
    primary = tag.replace("_", "-").partition("-")[0].casefold()
    return "" if primary == "und" else primary


def _language(value: str) -> str:
    if not re.fullmatch("[a-zA-Z]{2,3}", value):
        raise BadTerm(f"{value} is no language code; write two or three letters such as lang:es")
    if not language_key(value):
        raise BadTerm("an unknown language matches no lang:; write NOT lang:es NOT lang:en")
    return language_key(value)


def _domain(value: str) -> str:
    host = host_key(value)
    if not re.fullmatch(r"[\w-]+(\.[\w-]+)+", host) or len(host) > HOST_LIMIT:
        raise BadTerm(f"{value} is no host name; write it without https:// and path, such as domain:lumbre.example")
    return host
