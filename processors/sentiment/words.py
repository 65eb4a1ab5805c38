"""What a VADER engine must know of one token, worked out once and remembered.

A token's stripped form, its value and its roles never change, so the rules look at `Word`s, not at strings.
"""

from collections.abc import Callable
from dataclasses import dataclass

MEMO_TOKENS = 200_000
MEMO_LONGEST = 40
"""Longer tokens are worked out each time, so that a full memo stays under about 50 MB."""


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """One token as the rules see it.

    Attributes:
        lower: its lower-case form if any rule asks for it, else "".
        value: its rating in the lexicon, -4 to 4; 0 when it has none.
        listed: it stands in the lexicon; such a word neither boosts nor negates what follows.
        scored: it has a sentiment of its own (listed, and no booster).
        upper: written in capitals. boost: what it adds to a positive word that follows.
        negates: it turns the word that follows.
        alters: it can change the value of one of the next three words.
        altered: its own value can differ from `value` although nothing before it alters.
        in_idiom: it is part of an idiom or of a booster of several words.

    For `vader-fixed` alone:
        ends: a sentence ends behind it.
        phrases: those that it gives away.
        marked: scored, or it gives away a phrase.
    """

    lower: str = ""
    value: float = 0.0
    listed: bool = False
    scored: bool = False
    upper: bool = False
    boost: float = 0.0
    negates: bool = False
    alters: bool = False
    altered: bool = False
    in_idiom: bool = False
    ends: bool = False
    phrases: "tuple[Phrase, ...]" = ()
    marked: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Phrase:
    """Several words that count as one.

    Attributes:
        parts: its words in lower case. offset: where in `parts` the word stands that gives it away.
        word: what they are together.
    """

    parts: tuple[str, ...]
    offset: int
    word: Word


PLAIN = Word()
"""Any word that no rule speaks of."""

EDGE = Word(listed=True)
"""Stands before the first word: no rule looks past it."""


class Memo(dict[str, Word]):
    """Token -> `Word`, filled by `look` as tokens come by; emptied when it holds `MEMO_TOKENS`."""

    __slots__ = ("_look",)

    def __init__(self, look: Callable[[str], Word]) -> None:
        super().__init__()
        self._look = look

    def __missing__(self, token: str) -> Word:
        word = self._look(token)
        if len(token) <= MEMO_LONGEST:
            if len(self) >= MEMO_TOKENS:
                self.clear()
            self[token] = word
        return word
