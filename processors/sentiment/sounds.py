"""Sounds by number, their fields in rows of one table: what many texts come to is looked up and summed in C."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from processors.sentiment.pieces import Kind

LEFT, RIGHT, NEGATIVE, RATING, STRENGTH, WORD = range(6)
"""Columns of `SoundTable.rows`."""
TURNS, IS_FIRST, IS_SECOND = 1, 2, 4
"""Roles of a sound, as bits: it may turn others; it is the first or the second word of a phrase."""
_FIRST_ROWS = 4_096
_WORD = int(Kind.WORD)


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


class SoundTable:
    """Sounds by number, from 0 up.

    Attributes:
        words, folded, kinds, ratings: of each sound. roles: what it may do to others.
        said: whether it says something.
        forms: the words by their own number (`WORD`), for one word may be several sounds.
    """

    def __init__(self) -> None:
        self.words, self.folded, self.kinds = list[str](), list[str](), list[int]()
        self.ratings, self.roles, self.said = list[float](), bytearray(), bytearray()
        self.forms, self._numbers = list[str](), dict[str, int]()
        self._rows = np.empty((_FIRST_ROWS, 6))
        self._new = list[tuple[float, ...]]()

    def __len__(self) -> int:
        return len(self.words)

    def add(self, sound: Sound, roles: int = 0) -> int:
        """The number of a new sound; `roles`: those that do not follow from its kind (`IS_FIRST`, `IS_SECOND`)."""
        word = sound.word
        self.words.append(word)
        self.folded.append(sound.folded)
        self.kinds.append(sound.kind)
        self.ratings.append(sound.rating)
        self.roles.append((TURNS if sound.kind > _WORD else 0) | roles)
        self.said.append(sound.left != 0)
        number = self._numbers.setdefault(word, len(self.forms))
        if number == len(self.forms):
            self.forms.append(word)
        self._new.append((sound.left, sound.right, sound.negative, sound.rating, sound.strength, number))
        return len(self.words) - 1

    def sound(self, number: int, *, is_silent: bool = False) -> Sound:
        """The sound of a number, or the same saying nothing."""
        word, kind, folded = self.words[number], self.kinds[number], self.folded[number]
        if is_silent:
            return Sound(word, 0, 0, 0.0, 0.0, 0.0, kind, folded)
        left, right, negative, rating, strength, _ = self.rows()[number].tolist()
        return Sound(word, int(left), int(right), negative, rating, strength, kind, folded)

    def rows(self) -> NDArray[np.float64]:
        """One row for each sound: `LEFT`, `RIGHT`, `NEGATIVE`, `RATING`, `STRENGTH`, and the number of its `WORD`."""
        if self._new:
            known = len(self.words) - len(self._new)
            if len(self.words) > len(self._rows):
                grown = np.empty((2 * len(self.words), 6))
                grown[:known] = self._rows[:known]
                self._rows = grown
            self._rows[known : len(self.words)] = self._new
            self._new.clear()
        return self._rows
