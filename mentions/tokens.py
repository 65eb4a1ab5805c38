"""Folded text to tokens: a word, an emoji, or one character of a script that is written without spaces.

A word is a run of letters, digits and `_`. Emoji sequences (flags, joined people) are one token; skin tones and
variation selectors are folded away. In Chinese, Japanese, Korean, Thai, Lao, Khmer and Burmese each character is a
token, because words have no visible borders there. Everything between tokens is a gap.
"""

import re
from functools import cached_property

from mentions.folding import EMOJI, FLAG_LETTERS, FLAG_TAGS, JOINER, fold

CONTINUOUS = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3100-\u318f\u31a0-\u31bf"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U0001aff0-\U0001b16f"
    "\U00020000-\U0003ffff"
)
SIGILS = "@#$"

# Folded text holds no other kinds of characters, so what is none of these is part of a word.
_WORD = f"[^\x00-/:-@\\[-^`{{-\x7f{CONTINUOUS}{EMOJI}{FLAG_TAGS}{JOINER}]"
_ONE_EMOJI = f"[{EMOJI}][{FLAG_TAGS}]*"
_TOKEN = f"{_WORD}+|[{CONTINUOUS}]|[{FLAG_LETTERS}]{{2}}|{_ONE_EMOJI}(?:{JOINER}{_ONE_EMOJI})*"
_find_tokens = re.compile(_TOKEN).findall
_split_tokens = re.compile(f"({_TOKEN})").split
_find_tagged = re.compile(f"[{SIGILS}](?<!{_WORD}.)(?:(?<!#){_WORD}+|(?<=#){_WORD}+(?!{_WORD}|[{CONTINUOUS}]))").findall
_NAME = rf"{_WORD}+(?:[.-]{_WORD}+)*"
_find_handles = re.compile(f"@(?<!{_WORD}.)({_NAME}(?:@{_NAME})?)").findall
_is_word = re.compile(_WORD).match
_is_continuous = re.compile(f"[{CONTINUOUS}]").match

# Most folded text fits Latin-1 and holds no letter there but ASCII and ñ: a table of bytes splits it thrice as fast.
_LATIN_WORDS = bytes(code if re.match("[0-9a-z_ñ]", chr(code)) else 32 for code in range(256))

_LONG = 100
"""Tokens from which on a table of all places pays."""


class Tokens:
    """A text cut into tokens. Token i lies between `gaps[i]` and `gaps[i + 1]`.

    Attributes:
        folded: the folded text.
        words: the tokens, in order.
    """

    def __init__(self, text: str) -> None:
        self.folded = fold(text)
        self.words = _tokenize(self.folded)

    @cached_property
    def gaps(self) -> list[str]:
        """What stands around the tokens. The two ends of the text count as a space."""
        return _split_tokens(f" {self.folded} ")[::2]

    def places(self, token: str) -> list[int]:
        """Where `token` stands, ascending."""
        if len(self.words) < _LONG:
            return [place for place, word in enumerate(self.words) if word == token]
        return self._all_places.get(token, [])

    @cached_property
    def _all_places(self) -> dict[str, list[int]]:
        places: dict[str, list[int]] = {}
        for place, word in enumerate(self.words):
            places.setdefault(word, []).append(place)
        return places

    def tagged(self) -> list[str]:
        """The words with a sigil before them (`@lumbre`, `#pan`, `$nbr`): no word touches the sigil from the left.

        A hashtag counts only when it is one word as a whole.
        """
        folded = self.folded
        return _find_tagged(folded) if "@" in folded or "#" in folded or "$" in folded else []

    def handles(self) -> list[str]:
        """The handles that are mentioned, whole, without `@`: `lumbre`, `lumbre.example`, `lumbre@social.example`."""
        return _find_handles(self.folded)


def _tokenize(folded: str) -> list[str]:
    try:
        return folded.encode("latin-1").translate(_LATIN_WORDS).decode("latin-1").split()
    except UnicodeEncodeError:
        return _find_tokens(folded)


def is_word(token: str) -> bool:
    """Whether a token is a word, neither emoji nor a character of a script without spaces."""
    return _is_word(token) is not None


def is_continuous(token: str) -> bool:
    """Whether a token is a character of a script that is written without spaces."""
    return _is_continuous(token) is not None
