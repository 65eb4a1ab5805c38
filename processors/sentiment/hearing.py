"""A text as the linear model hears it: a row of sounds, each worked out once and remembered within bounds."""

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, NamedTuple, TypeVar

from processors.sentiment.idioms import idioms_of
from processors.sentiment.linear_model import GRAM_MASK, Model
from processors.sentiment.linear_terms import MARK, TWICE_IS_NOT, hashed, pair_key, phrase_piece, replaced
from processors.sentiment.pieces import Kind, Piece, folded_form, pieces_of, tokens
from processors.sentiment.repair import unescaped
from processors.sentiment.words import MEMO_LONGEST, MEMO_TOKENS

T = TypeVar("T")


class Sound(NamedTuple):
    """A piece as a language hears it.

    Attributes:
        word: its form, with the mark of a negator where one reaches it.
        left, right: its shares of the place of a pair (`Places.twice`) that it begins, and of one that it ends, from 1
            up; 0: it says nothing, and all the other numbers are 0, too.
        negative: what it adds to negative over neutral. rating: in the lexicon of the language.
        strength: what it adds to positive over negative.
        folded: the word without accents.
    """

    word: str
    left: int
    right: int
    negative: float
    rating: float
    strength: float
    kind: int
    folded: str


Sounds = tuple[Sound, ...]
Columns = tuple[
    tuple[str, ...],
    tuple[int, ...],
    tuple[int, ...],
    tuple[float, ...],
    tuple[float, ...],
    tuple[float, ...],
    tuple[int, ...],
    tuple[str, ...],
]
"""The fields of many sounds side by side: sums and searches over them run in C."""
_NO_COLUMNS: Columns = ((), (), (), (), (), (), (), ())


def columns_of(sounds: Sequence[Sound]) -> Columns:
    """The fields of sounds, each in a row of its own."""
    columns: Any = tuple(zip(*sounds, strict=True))
    return columns or _NO_COLUMNS


def silenced(sound: Sound) -> Sound:
    """The same, saying nothing."""
    return Sound(sound.word, 0, 0, 0.0, 0.0, 0.0, sound.kind, sound.folded)


class Memo(dict[str, T]):
    """Text -> what `look` makes of it, at first use; emptied when it holds `MEMO_TOKENS`."""

    __slots__ = ("_look",)

    def __init__(self, look: Callable[[str], T]) -> None:
        super().__init__()
        self._look = look

    def __missing__(self, text: str) -> T:
        found = self._look(text)
        if len(text) <= MEMO_LONGEST:
            if len(self) >= MEMO_TOKENS:
                self.clear()
            self[text] = found
        return found


class Ear:
    """What hears for one lexicon. Chunks between blanks, their tokens and words are remembered: most of a text is."""

    def __init__(self, model: Model, lexicon: str) -> None:
        self._model, self._lexicon, self._idioms = model, lexicon, idioms_of(lexicon)
        self.twice_is_not = lexicon in TWICE_IS_NOT
        self._words = Memo(self._voice).__getitem__
        self._tokens = Memo(self._token).__getitem__
        self._chunks = Memo(self._chunk).__getitem__

    def hear(self, text: str) -> tuple[list[Sound], Columns]:
        """The sounds of a text in order, a phrase as one."""
        if "&" in text:
            text = unescaped(text)
        heard = list(chain.from_iterable(map(self._chunks, text.split())))
        columns = columns_of(heard)
        spans = self._idioms.find(columns[7])
        if spans:
            heard = replaced(heard, spans, lambda phrase: self._sound(phrase_piece(phrase)))
            columns = columns_of(heard)
        return heard, columns

    def negated(self, sound: Sound) -> Sound:
        """The same behind a negator."""
        return self._words(MARK + sound.word)

    def _chunk(self, chunk: str) -> Sounds:
        found = [self._tokens(token) for token in tokens(chunk)]
        return found[0] if len(found) == 1 else tuple(chain.from_iterable(found))

    def _token(self, token: str) -> Sounds:
        return tuple([self._sound(piece) for piece in pieces_of(token)])

    def _sound(self, piece: Piece) -> Sound:
        if not piece.has_sound:
            return Sound(piece.form, 0, 0, 0.0, 0.0, 0.0, int(piece.kind), folded_form(piece.form))
        sound = self._words(piece.form)
        return sound if piece.kind is Kind.WORD else sound._replace(kind=int(piece.kind))

    def _voice(self, word: str) -> Sound:
        negative, positive, rated = self._model.contribution(word, self._lexicon)
        key = hashed("w:" + word)
        left, right = (pair_key(key, 0) & GRAM_MASK) + 1, (key & GRAM_MASK) + 1
        return Sound(word, left, right, negative, rated, positive - negative, int(Kind.WORD), folded_form(word))
