"""One spelling for texts that a reader takes for the same: case, accents, width and typography are folded away.

What stays different: `ñ` and `n` (año is not ano), `й` and `и`. What remains after folding is lower-case ASCII,
letters, digits and vowel signs of other scripts, and emoji; every other character has become a space or nothing.
All of it is linear in the length of the text, whatever the text.
"""

import re
import unicodedata

EMOJI = "\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
FLAG_LETTERS = "\U0001f1e6-\U0001f1ff"
FLAG_TAGS = "\U000e0020-\U000e007f"
JOINER = "\u200d"

_MEMO_LIMIT = 65_536
"""Characters whose folding is remembered at once; more than any living script needs, and 10 MB at worst."""

# Spelled one by one: Unicode does not decompose these, or decomposes them into what a reader would not see.
_SPECIAL = (
    dict.fromkeys("’‘ʼ‛′´ʹ＇", "'")
    | dict.fromkeys("‐‑‒–—―−﹘﹣－", "-")
    | dict.fromkeys("“”„‟«»", '"')
    | dict.fromkeys("™℠©®", " ")
    # Invisible: soft hyphen, non-joiner, word joiner, byte order mark, marks and isolates of direction.
    | dict.fromkeys("\u00ad\u200c\u200e\u200f\u2060\ufeff\u061c\u0640", "")
    | dict.fromkeys(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))), "")
    | dict.fromkeys(map(chr, range(0x1F3FB, 0x1F400)), "")  # skin tones
    | {"ı": "i", "ł": "l", "Ł": "l", "ø": "o", "Ø": "o", "đ": "d", "Đ": "d", "ð": "d", "Ð": "d"}
    | {"þ": "th", "Þ": "th", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", JOINER: JOINER}
)
# Marks that only modify a letter: Latin, Greek, Cyrillic, Hebrew and Arabic ones, and variation selectors. Marks of
# other scripts (Devanagari, Thai...) are letters to their readers and stay.
_ACCENTS = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u180b-\u180d"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\U000e0100-\U000e01ef]"
)
_COMPOSING = "\u0303\u0306\u3099\u309a"
_TO_COMPOSE = re.compile(
    f"n\u0303|и\u0306|[\u3046-\u30fd][\u3099\u309a]|[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?|[{_COMPOSING}]"
)
_UNSETTLED = re.compile(f"[{_COMPOSING}\u1100-\u11ff{JOINER}]")
_STRAY_JOINER = re.compile(f"(?<![{EMOJI}{FLAG_TAGS}]){JOINER}|{JOINER}(?![{EMOJI}])")
_IS_EMOJI = re.compile(f"[{EMOJI}{FLAG_TAGS}]")
_NON_ASCII = re.compile("[^\x00-\x7f]+")


def fold(text: str) -> str:
    """Fold `text`; folding twice changes nothing.

    >>> fold("¡El PAÑO de Ｌｕｍｂｒｅ™ llegó!")
    ' el paño de lumbre  llego!'
    """
    if text.isascii():
        return text.lower()
    folded = _NON_ASCII.sub(_fold_run, text).lower()
    return folded if folded.isascii() else _settle(folded)


def _fold_run(run: re.Match[str]) -> str:
    return run[0].translate(_folds)


class _Folds(dict[int, str]):
    """Code point to its folded form, worked out at first use."""

    def __missing__(self, code: int) -> str:
        if len(self) >= _MEMO_LIMIT:
            self.clear()
        folded = self[code] = _fold_char(chr(code))
        return folded


def _fold_char(char: str) -> str:
    special = _SPECIAL.get(char)
    if special is not None:
        return special
    once = unicodedata.normalize("NFKD", char).casefold()
    parts = "".join(_SPECIAL.get(part, part) for part in unicodedata.normalize("NFKD", once))
    if parts in _COMPOSING:
        return parts  # decided when its neighbour is known
    return _compose("".join(map(_kept, parts.casefold())))


def _kept(char: str) -> str:
    if char.isascii() or char in _COMPOSING:
        return char
    if _ACCENTS.match(char):
        return ""
    category = unicodedata.category(char)
    if category[0] in "LNM" or _is_emoji(char, category):
        return char
    return " "


def _is_emoji(char: str, category: str) -> bool:
    """Beyond the Basic Multilingual Plane also what this Python's Unicode does not know yet: emoji are added yearly."""
    return bool(_IS_EMOJI.match(char)) and (category == "So" or char >= "\U0001f000")


def _settle(folded: str) -> str:
    """Join what was decomposed and means another letter, and drop joiners that join no emoji."""
    if not _UNSETTLED.search(folded):
        return folded
    composed = _compose(folded)
    return _STRAY_JOINER.sub("", composed) if JOINER in composed else composed


def _compose(text: str) -> str:
    return _TO_COMPOSE.sub(_composed, text)


def _composed(found: re.Match[str]) -> str:
    # At most three characters: normalising a whole text is quadratic in a run of marks.
    return unicodedata.normalize("NFC", found[0]) if len(found[0]) > 1 else ""


_folds = _Folds()
