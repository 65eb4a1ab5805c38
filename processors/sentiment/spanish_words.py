"""The words that Spanish rules are about, and what the rules must know of one token. All without accents."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from processors.sentiment.spanish_inflection import verb_forms
from processors.sentiment.words import Word


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NEGATORS = dict.fromkeys(
    _words("no ni nunca jamas tampoco sin nadie nada ningun ninguna ninguno apenas dificilmente"), 3
)
"""Word -> how many words behind it it can turn, pronouns and auxiliaries not counted."""

BRIDGES = _words(
    "me te se le lo la los las les nos os ha he has han hemos habia hay fue es son era esta estan estaba"
    " estuvo ser a de del el un una mi tu su muy tan tanto mas me que"
)
"""Words that do not use up a negator's reach."""

_STRONG = _words(
    "muy mucho mucha muchos muchas muchisimo muchisima tan tanto tanta tantos tantas re super bastante"
    " mas totalmente completamente realmente increiblemente sumamente extremadamente verdaderamente"
    " absolutamente demasiado demasiada hiper mega requete archi ultra siempre todo toda puro pura"
    " tremendo tremenda bien cien profundamente enormemente sobremanera terriblemente especialmente"
    " jodidamente brutalmente super recontra harto mazo cantidad burda bocha"
)
_WEAK = _words("algo casi medio ligeramente relativamente parcialmente levemente minimamente medianamente")

DEGREES = (
    dict.fromkeys(_STRONG, 1.3)
    | dict.fromkeys(_WEAK, 0.6)
    | {"poco": -0.6, "poca": -0.6, "pocas": -0.6, "pocos": -0.6}
    | {"poquisimo": -0.8, "poquisima": -0.8}
)
"""Word -> what it multiplies the next rated word by."""

AFTERWARDS = _words("mucho muchisimo demasiado tanto bastante siempre totalmente completamente")
"""Those that also strengthen the rated word before them: "me gusta mucho"."""

CONTRASTS = frozenset(("pero", "peero", "empero", "sino", "pro", "xo", "sinembargo"))
CONCESSIONS = frozenset(("aunque", "pese", "salvo", "excepto"))
BREAKS = _words("y e o porque pues cuando mientras asi entonces como donde si")
"""A negation does not reach over these."""

SWEARING = _words(
    "puto puta putos putas jodido jodida jodidos jodidas pinche pinches maldito maldita malditos malditas"
    " cabron condenado condenada bendito bendita fucking puñetero puñetera"
)
"""Before a word of praise these only strengthen it."""

OPENERS = _words(
    "gracias genial bravo enhorabuena felicidades felicitaciones perfecto estupendo maravilloso"
    " fantastico bien fenomenal olé ole espectacular excelente lindo"
)
"""Praise that, with nothing but blame behind it, is meant as blame."""

AMAZEMENT = _words(
    "increible increibles impresionante impresionantes alucinante flipante brutal espectacular acojonante sorprendente"
)
"""Praise by itself; before blame in the same sentence, part of it: "increíble que sigan sin contestar"."""

MENDING = frozenset(form for verb in ("solucionar", "arreglar", "reparar", "subsanar") for form in verb_forms(verb)) | {
    *verb_forms("resolver", ("ue", "resuelto", "resuelta", "resueltos", "resueltas"))
}
"""A fault that is mended is none: "me solucionaron el problema", "problema resuelto"."""

NEVER, SO = frozenset(("nunca", "jamas")), frozenset(("tan", "tanto", "tanta"))
IRONIC_SIGNS = frozenset("🙃🙄🤡")

PHRASE_ROLES: dict[str, dict[str, Any]] = {
    "but": {"contrast": 1},
    "though": {"contrast": -1},
    "strong": {"degree": 1.3},
    "weak": {"degree": 0.6},
    "after": {"afterwards": True},
    "not": {"reach": 4},
    "irony": {"ironic": True},
    "opens": {"opens": True},
}
"""What the third column of a phrase can say of it, as fields of `SpanishWord`."""


class Group(NamedTuple):
    """Phrases of one length that are given away by the same word at the same place.

    Attributes:
        offset: where that word stands in them. size: how many words each has.
        beside, near: what stands at this distance from the word, before the whole is compared.
        words: the parts of each -> what they are together.
    """

    offset: int
    size: int
    beside: int
    near: frozenset[str]
    words: "dict[tuple[str, ...], SpanishWord]"


@dataclass(frozen=True, slots=True, eq=False)
class SpanishWord(Word):
    """One token as the Spanish rules see it.

    Attributes:
        is_noun: of a thing or event, which a negator makes absent and not its opposite.
        reach: how many words behind it a negator can turn; 0 for no negator.
        degree: what it multiplies the next rated word by; 1 for no word of degree.
        afterwards: it strengthens the rated word before it.
        contrast: 1 what follows weighs more, -1 what follows weighs less, 0 neither.
        pauses: a clause ends behind it, be it only by a comma. breaks: a clause begins with it.
        bridges: it does not use up a negator's reach. swears, opens: see `SWEARING`, `OPENERS`.
        quoted: it stands in quotation marks by itself. asks: a question ends behind it.
        never, so: together they turn nothing: "nunca vi una atención tan mala".
        fixed: a phrase with a negator of its own, which another one does not turn.
        amazes, mends: see `AMAZEMENT`, `MENDING`.
        groups: the phrases that it gives away.
        ironic: it says that the text is meant ironically. sign: an emoji or emoticon, which nothing turns.
    """

    is_noun: bool = False
    reach: int = 0
    degree: float = 1.0
    afterwards: bool = False
    contrast: int = 0
    pauses: bool = False
    breaks: bool = False
    bridges: bool = False
    swears: bool = False
    opens: bool = False
    quoted: bool = False
    asks: bool = False
    ironic: bool = False
    sign: bool = False
    never: bool = False
    fixed: bool = False
    amazes: bool = False
    mends: bool = False
    groups: tuple[Group, ...] = ()
    so: bool = False
