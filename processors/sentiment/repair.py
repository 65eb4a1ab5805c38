"""What `vader-fixed` mends before any rule looks: entities, addresses, emoji, apostrophes, punctuation."""

import html
import re
import string
import unicodedata
from collections.abc import Callable

from processors.sentiment.lexicon import Lexicon

# Addresses end at a blank, and at signs that no address holds unescaped: curly quotes, dashes, emoji, CJK.
_ADDRESS = re.compile(r"(?:https?://|www\.)[!-~\u00a1-\u1fff]+", re.IGNORECASE)
_HANDLE = re.compile(r"[^\w@]*@\w")  # not the `@` of a mail address, nor of an emoticon (`@>-->--`)
_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ＇`´", "'"))
_GLUE = {"…": ". ", "‥": ". ", "—": " ", "–": " ", "―": " "}
_VARIANTS = "\ufe0e\ufe0f"
_SKINS = "\U0001f3fb-\U0001f3ff"
_JOINER = "\u200d"
_MODIFIERS = f"[{_VARIANTS}{_SKINS}\u20e3\U000e0020-\U000e007f]"
_ANY_MODIFIER = re.compile(_MODIFIERS)
_INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff" + _VARIANTS

_BLOCKS_WITH_PUNCTUATION = (range(0x80, 0x3100), range(0xFE00, 0x10000))
"""Latin to kana, and the compatibility forms: the scripts that come with English; the whole of Unicode takes 0.2 s."""

PUNCTUATION = (
    string.punctuation
    + _INVISIBLE
    + "".join(chr(i) for block in _BLOCKS_WITH_PUNCTUATION for i in block if unicodedata.category(chr(i))[0] == "P")
)
"""What is stripped from the ends of a token."""

ENDINGS = ".!?;:…"
"""A sentence, or a statement of its own, ends with one of these."""

EMOJI_VALUES = {
    "👍": 2.0,
    "💯": 2.0,
    "🙏": 1.5,
    "👏": 1.8,
    "🔥": 0.9,
    "😭": 0.0,
    "🙄": -1.5,
    "🤦": -1.4,
    "💩": -1.8,
    "👎": -2.0,
    "😡": -2.5,
    "🤮": -2.6,
    "🤬": -2.8,
    "💔": -2.0,
    "🎲": 0.0,
    "♋": 0.0,
    "🚏": 0.0,
}
"""Our own judgement, beside VADER's words for the same (good 1.9, thanks 1.9, angry -2.3, disgusting -2.4).

The descriptions of these say nothing of what people mean by them ("folded hands"), or the opposite ("fire", the heart
of a broken heart), or are misread ("game die", the sign of Cancer, "bus stop")."""


def unescaped(text: str) -> str:
    """The text with its HTML entities resolved once."""
    try:
        return html.unescape(text)
    except ValueError:  # a number of more than 4,300 digits, which is no character
        return text


def without_addresses(text: str) -> str:
    """The text without URLs, whose `?` and `!` are no emphasis."""
    return _ADDRESS.sub(" ", text)


def is_handle(token: str) -> bool:
    """Whether a token names an account, whatever marks stand around it."""
    return "@" in token and _HANDLE.match(token) is not None


def straight(token: str) -> str:
    """The token with typewriter apostrophes."""
    return token if token.isascii() else token.translate(_APOSTROPHES)


class Emoji:
    """The emoji that VADER knows, each as one word with one value.

    Attributes:
        values: emoji without variation selectors and skin colours -> value; those of no sentiment are left out.
    """

    def __init__(self, lexicon: Lexicon, value_of: Callable[[str], float]) -> None:
        """Args: `value_of` gives the value of a description."""
        self.values: dict[str, float] = {}
        characters: set[str] = set()
        for emoji, description in lexicon.emoji.items():
            characters.update(emoji)
            if not "\U0001f1e6" <= emoji[0] <= "\U0001f1ff":  # a flag: "United States" is no praise
                self._add(emoji, value_of(description))
        one = f"{_start(characters)}{_MODIFIERS}*"
        self._pattern = re.compile(f"{one}(?:{_JOINER}{one})*|[{''.join(_GLUE)}]")

    def _add(self, emoji: str, described: float) -> None:
        plain = _ANY_MODIFIER.sub("", emoji)
        value = EMOJI_VALUES.get(plain, described)
        if value:
            self.values.setdefault(plain, value)

    def spaced(self, text: str) -> str:
        """The text with a blank on both sides of each emoji, and with dashes and ellipses no longer gluing words."""
        return text if text.isascii() else self._pattern.sub(self._apart, text)

    def _apart(self, match: re.Match[str]) -> str:
        found = match[0]
        if found in self.values:
            return f" {found} "
        if found in _GLUE:
            return _GLUE[found]
        plain = _ANY_MODIFIER.sub("", found)
        return f" {plain} " if plain in self.values else f" {plain.replace(_JOINER, ' ')} "


def _start(characters: set[str]) -> str:
    """A class of the characters that an emoji can begin with, those of later Unicode versions included."""
    symbols = {c for c in characters if "\x7f" < c < "\U0001f000" and not _ANY_MODIFIER.match(c) and c != _JOINER}
    return "[" + "".join(sorted(symbols)) + "\U0001f000-\U0001faff]"
