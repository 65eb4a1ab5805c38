"""What the lists that every text is read by say of it: spam, intents, aspects and flags in one walk. Pure."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from processors import aspects, flags
from processors.intents import phrases_of
from processors.phrases import Match, Phrases, Together
from processors.spam import spam_phrases

_NOTHING = Phrases({})


class Said(NamedTuple):
    """The phrases of each list that a text holds, from left to right.

    Attributes:
        aspects, flags: of the default lists; a brand that names its own has others.
    """

    spam: list[Match]
    intents: list[Match]
    aspects: list[Match]
    flags: list[Match]


def said_in(folded: Sequence[str], lang: str) -> Said:
    """Find the phrases of all lists in the words of a text, as `processors.words.Words` folds them.

    Args:
        lang: ISO 639-1 or `und`; some lists are read in some languages only.
    """
    return Said._make(_lists(lang if lang in aspects.LANGUAGES else "").find(folded))


@cache
def _lists(lang: str) -> Together:
    """Made at the first text of a language; 0.1 s."""
    found = spam_phrases(), phrases_of(lang) or _NOTHING, aspects.DEFAULT.phrases(lang), flags.DEFAULT.phrases
    return Together(found)
