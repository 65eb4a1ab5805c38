"""What the installed vaderSentiment package brings: its words, emoji, negators, boosters and idioms.

Nothing is copied into this project: the files are read from the package, whose version is checked, because a different
lexicon would be a different engine under the same name.
"""

from dataclasses import dataclass
from functools import cache
from importlib import metadata, resources

from vaderSentiment.vaderSentiment import BOOSTER_DICT, NEGATE, SPECIAL_CASES

from mentions.errors import UsageError

VADER_VERSION = "3.3.2"


@dataclass(frozen=True)
class Lexicon:
    """The data of vaderSentiment, as its analyser holds them.

    Attributes:
        values: term -> mean human rating, -4 to 4. Where the file has a term twice, the last line counts.
        emoji: emoji, of one or several code points -> its description.
        boosters: word or words -> what they add to a positive word (+-0.293).
        negators, idioms: as listed in the package; idioms map words to the value that replaces a word's own.
    """

    values: dict[str, float]
    emoji: dict[str, str]
    boosters: dict[str, float]
    negators: frozenset[str]
    idioms: dict[str, float]


def check_version(found: str) -> None:
    """Refuse a vaderSentiment that is not the one that was re-implemented.

    Raises:
        UsageError: `found` is not `VADER_VERSION`.
    """
    if found != VADER_VERSION:
        raise UsageError(f"vaderSentiment {found} is installed; this version of atalaya needs {VADER_VERSION}")


def _columns(name: str) -> list[list[str]]:
    text = resources.files("vaderSentiment").joinpath(name).read_text(encoding="utf-8")
    return [line.strip().split("\t") for line in text.rstrip("\n").split("\n") if line]


@cache
def read_lexicon() -> Lexicon:
    """Read the package's data; the same object at every call (about 30 ms the first time).

    Raises:
        UsageError: another version of vaderSentiment is installed.
    """
    check_version(metadata.version("vaderSentiment"))
    return Lexicon(
        values={row[0]: float(row[1]) for row in _columns("vader_lexicon.txt")},
        emoji={row[0]: row[1] for row in _columns("emoji_utf8_lexicon.txt")},
        boosters=dict(BOOSTER_DICT),
        negators=frozenset(NEGATE),
        idioms={words: float(value) for words, value in SPECIAL_CASES.items()},
    )
