"""How the linear model cuts a text: words, marks, emoji and signs of emphasis, each chunk between blanks once.

Training and judging cut with this one module, so that no weight is learnt for what is never seen.
"""

import re
from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from mentions.folding import fold

LONGEST = 60
"""Characters of a chunk that are looked at; longer ones are noise, and would make the cost uneven."""


class Kind(IntEnum):
    """What a piece does to those behind it; from `END` on it says something itself, behind `WORD` it turns others.

    `SILENT`: a handle. `STOP`: a comma or stop, which says nothing, but ends the reach of a negator. `END`: a mark that
    ends it and says something (`!`, an emoji). `CONCESSION`: `although`, whose clause counts less where it comes first.
    """

    SILENT = 0
    STOP = 1
    END = 2
    WORD = 3
    CONCESSION = 4
    CONTRAST = 5
    NEGATOR = 6


class Piece(NamedTuple):
    """One piece of a text.

    Attributes:
        form: in lower case, digits as 0, at most two of a letter; `CAPS` and `LONG` before a word shouted or drawn out.
        kind: what it does to those behind it.
    """

    form: str
    kind: Kind

    @property
    def has_sound(self) -> bool:
        """Whether it has weights of its own: marks have, commas, stops and handles have not."""
        return self.kind >= Kind.END


_NEGATORS = frozenset(
    """
    not no never none nor neither cannot without nobody nothing hardly barely zero dont cant wont isnt wasnt didnt
    doesnt couldnt wouldnt aint shouldnt havent hasnt arent werent ni nunca jamás jamas tampoco nada nadie sin ningún
    ninguna ninguno ningun não nao nem ninguém sem nenhum nenhuma pas ne jamais sans rien aucun aucune nicht kein keine
    keinen nie niemals ohne nichts non mai senza nessuno nessuna niente né
    """.split()  # noqa: SIM905 -- in a list of strings nobody finds a word
)
_CONTRASTS = frozenset(
    """
    but however yet until nevertheless pero sino mas porém mais cependant pourtant aber sondern doch ma però tuttavia
    """.split()  # noqa: SIM905
)
_CONCESSIONS = frozenset(("though", "although", "despite", "aunque"))
_EMOJI = "\U0001f1e6-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u231a-\u23ff\u2190-\u21ff"
_find = re.compile(
    r"(?<![\w@])@\w+|[:;=8xX]['-]?[)(dDpP/\\|oO3*\]\[]{1,4}(?!\w)|<3+|</3|\(:|\^_{0,3}\^|-_{1,3}-"
    rf"|#?\w+(?:['’]\w+)*|[!?¡¿]+|\.{{2,}}|…|[,.;:\"“”«»()%$€£]|[{_EMOJI}]"
).findall
_MODIFIERS = re.compile("[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff\u200d\u200b]")
_REPEATED = re.compile(r"(.)\1{2,}")
_DIGITS = re.compile(r"\d+")
_LAUGHTER = re.compile(
    r"(?:a?(?:j+[aei]+){2,}j*|(?:h+[aei]+){2,}h*|k{3,}|(?:rs){2,}s?|l+o+l+s?|lmf?ao+|rofl|xd+|mdr+|ptdr+)$"
)
_TAG_PARTS = re.compile(r"[A-ZÁÉÍÓÚÑÜ]?[a-záéíóúñü]+|[A-ZÁÉÍÓÚÑÜ]+(?![a-z])")
_SILENT = frozenset(',.;:"()“”«»')
_CAPITALS = Piece("CAPS", Kind.WORD)
_DRAWN_OUT = Piece("LONG", Kind.WORD)


def cut(chunk: str) -> tuple[Piece, ...]:
    """The pieces of a chunk of text without blanks; none of an address."""
    return tuple([piece for token in tokens(chunk) for piece in pieces_of(token)])


def tokens(chunk: str) -> Sequence[str]:
    """What stands in a chunk of text without blanks, as it is written; nothing in an address."""
    if "://" in chunk or chunk[:4].lower() in ("http", "www."):
        return ()
    if chunk.isalpha():
        return (chunk[:LONGEST],)
    if not chunk.isascii():
        chunk = _MODIFIERS.sub("", chunk).replace("’", "'")
    return _find(chunk[:LONGEST])


def pieces_of(token: str) -> tuple[Piece, ...]:
    """The pieces of one of `tokens`: itself, signs of emphasis, the words of a hashtag."""
    lower = token.lower()
    if token[0] == "@" and len(token) > 1:
        return (Piece(lower, Kind.SILENT),)
    short = _REPEATED.sub(r"\1\1", lower) if _REPEATED.search(lower) else lower
    form = short if short.isalpha() else _DIGITS.sub("0", short)
    if form[0] in "!?¡¿":
        return (Piece(_mark(form), Kind.END),)
    if form == "…" or form[:2] == "..":
        return (Piece("..", Kind.END),)
    if form[0] in _SILENT and form[:2] != "(:":
        return (Piece(form[0], Kind.STOP),)
    found = list[Piece]()
    _add_word(token, "jaja" if _LAUGHTER.match(form) else form, short != lower, found)
    return tuple(found)


def _mark(form: str) -> str:
    """One form for every run of marks that means the same."""
    asks, shouts = "?" in form, "!" in form
    if asks and shouts:
        return "!?"
    sign = "?" if asks else "!" if shouts else "¡"
    return sign * 2 if len(form) > 1 and sign != "¡" else sign


def _add_word(raw: str, form: str, drawn_out: bool, found: list[Piece]) -> None:
    if drawn_out and form[0].isalpha():
        found.append(_DRAWN_OUT)
    if len(raw) > 2 and raw.isupper() and raw.isalpha():
        found.append(_CAPITALS)
    found.append(Piece(form, _kind(form)))
    if form[0] == "#":
        parts = [part.lower() for part in _TAG_PARTS.findall(raw[1:]) if len(part) > 1]
        if len(parts) > 1 or (parts and parts[0] != form[1:]):
            found.extend(Piece(part, Kind.WORD) for part in parts)


def _kind(form: str) -> Kind:
    if form in _NEGATORS or form.endswith("n't"):
        return Kind.NEGATOR
    if form in _CONTRASTS:
        return Kind.CONTRAST
    if form in _CONCESSIONS:
        return Kind.CONCESSION
    return Kind.WORD if form[0].isalnum() or form[0] == "#" else Kind.END


def folded_form(form: str) -> str:
    """The form without accents, `ñ` kept."""
    return form if form.isascii() else fold(form)
