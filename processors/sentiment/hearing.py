"""A text as the linear model hears it: the numbers of its sounds, each worked out once and remembered within bounds."""

from collections.abc import Callable, Sequence
from itertools import chain
from typing import TypeVar

import numpy as np

from processors.sentiment.idioms import idioms_of
from processors.sentiment.linear_model import GRAM_MASK, Model
from processors.sentiment.linear_terms import MARK, TWICE_IS_NOT, hashed, pair_key, phrase_piece, replaced
from processors.sentiment.pieces import Kind, Piece, folded_form, pieces_of, tokens
from processors.sentiment.repair import unescaped
from processors.sentiment.sounds import IS_FIRST, IS_SECOND, TURNS, Sound, SoundTable
from processors.sentiment.words import MEMO_LONGEST, MEMO_TOKENS

MANY = 8
"""Texts from which on it is cheaper to look at all of them together."""
T = TypeVar("T")
Numbers = tuple[int, ...]


class Memo(dict[str, T]):
    """Text -> what `look` makes of it, at first use."""

    __slots__ = ("_look",)

    def __init__(self, look: Callable[[str], T]) -> None:
        super().__init__()
        self._look = look

    def __missing__(self, text: str) -> T:
        found = self._look(text)
        if len(text) <= MEMO_LONGEST:
            self[text] = found
        return found


class Ear:
    """What hears for one lexicon. Chunks between blanks, their tokens and words are remembered: most of a text is.

    Attributes:
        table: the sounds by number. Numbers hold until `forget` finds that too many are known.
        twice_is_not: `TWICE_IS_NOT` of the lexicon.
    """

    def __init__(self, model: Model, lexicon: str) -> None:
        self._model, self._lexicon, self._idioms = model, lexicon, idioms_of(lexicon)
        self.twice_is_not = lexicon in TWICE_IS_NOT
        self._clear()

    def _clear(self) -> None:
        self.table = SoundTable()
        self._words, self._tokens, self._chunks = Memo(self._voice), Memo(self._token), Memo(self._chunk)
        self._phrases = Memo(self._phrase)
        self._silent = dict[int, int]()

    def forget(self) -> None:
        """Begin anew where more than `MEMO_TOKENS` are remembered; to be called before texts are heard, not between."""
        if max(len(self.table), len(self._chunks)) > MEMO_TOKENS:
            self._clear()

    def hear(self, text: str) -> list[int]:
        """The sounds of a text in order."""
        if "&" in text:
            text = unescaped(text)
        return list(chain.from_iterable(map(self._chunks.__getitem__, text.split())))

    def joined(self, texts: list[list[int]]) -> set[int]:
        """Put one sound in the place of each phrase of the texts.

        Returns:
            The places of the texts in which a word may turn others.
        """
        if len(texts) < MANY:
            return self._joined_one_by_one(texts)
        numbers = np.fromiter(chain.from_iterable(texts), np.intp)
        owners = np.repeat(np.arange(len(texts)), list(map(len, texts)))
        roles = np.frombuffer(bytes(self.table.roles), np.uint8)[numbers]
        turning = set(owners[roles & TURNS != 0].tolist())
        is_first, is_second = roles[:-1] & IS_FIRST != 0, roles[1:] & IS_SECOND != 0
        begins = (is_first & is_second & (owners[:-1] == owners[1:])).nonzero()[0]
        folded, known = self.table.folded, self._idioms.starts
        pairs = zip(owners[begins].tolist(), numbers[begins].tolist(), numbers[begins + 1].tolist(), strict=True)
        for owner in {owner for owner, first, second in pairs if (folded[first], folded[second]) in known}:
            spans = self._idioms.find(self.folded(texts[owner]))
            texts[owner] = replaced(texts[owner], spans, self._phrases.__getitem__)
            turning.add(owner)
        return turning

    def _joined_one_by_one(self, texts: list[list[int]]) -> set[int]:
        for place, heard in enumerate(texts):
            if spans := self._idioms.find(self.folded(heard)):
                texts[place] = replaced(heard, spans, self._phrases.__getitem__)
        roles = self.table.roles
        return {place for place, heard in enumerate(texts) if any(roles[number] & TURNS for number in heard)}

    def words(self, heard: Sequence[int]) -> list[str]:
        """The forms of sounds."""
        return list(map(self.table.words.__getitem__, heard))

    def folded(self, heard: Sequence[int]) -> list[str]:
        """The same without accents."""
        return list(map(self.table.folded.__getitem__, heard))

    def negated(self, number: int) -> int:
        """The same sound behind a negator."""
        return self._words[MARK + self.table.words[number]]

    def silenced(self, number: int) -> int:
        """The same sound, saying nothing."""
        if number not in self._silent:
            self._silent[number] = self.table.add(self.table.sound(number, is_silent=True))
        return self._silent[number]

    def _phrase(self, phrase: str) -> int:
        return self._sound(phrase_piece(phrase))

    def _chunk(self, chunk: str) -> Numbers:
        found = [self._tokens[token] for token in tokens(chunk)]
        return found[0] if len(found) == 1 else tuple(chain.from_iterable(found))

    def _token(self, token: str) -> Numbers:
        return tuple([self._sound(piece) for piece in pieces_of(token)])

    def _sound(self, piece: Piece) -> int:
        form, kind = piece
        if not piece.has_sound:
            return self._added(Sound(form, 0, 0, 0.0, 0.0, 0.0, int(kind), folded_form(form)))
        number = self._words[form]
        if kind is Kind.WORD:
            return number
        return self._added(self.table.sound(number)._replace(kind=int(kind)))

    def _voice(self, word: str) -> int:
        negative, positive, rated = self._model.contribution(word, self._lexicon)
        key = hashed("w:" + word)
        left, right = (pair_key(key, 0) & GRAM_MASK) + 1, (key & GRAM_MASK) + 1
        return self._added(
            Sound(word, left, right, negative, rated, positive - negative, int(Kind.WORD), folded_form(word))
        )

    def _added(self, sound: Sound) -> int:
        word, idioms = sound.folded, self._idioms
        roles = (IS_FIRST if word in idioms.firsts else 0) | (IS_SECOND if word in idioms.seconds else 0)
        return self.table.add(sound, roles)
