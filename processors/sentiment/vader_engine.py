"""Both VADERs behind the protocol of all engines."""

from collections.abc import Callable

from mentions.records import Label, Sentiment
from processors.sentiment.lexicon import VADER_VERSION, read_lexicon
from processors.sentiment.outcome import Analysis, outcome, reasons
from processors.sentiment.target import Target
from processors.sentiment.vader import Vader
from processors.sentiment.vader_fixed import VaderFixed

POSITIVE_FROM, NEGATIVE_FROM = 0.05, -0.05
"""The bounds that VADER's authors give for the compound."""

REPAIRS = 2
"""Rises with every change to `vader-fixed` that can change an answer."""

_UNJUDGED = Sentiment(label="unjudged", score=0.0)
_NEUTRAL = Sentiment(label="neutral", score=0.0, p=(0.0, 1.0, 0.0))


class VaderEngine:
    """A judge of English texts, or of every text taken for English if `every_language`.

    `score` is the compound, to 4 decimals. `p` are the shares of the text that VADER calls neg, neu and pos, to 3
    decimals; they are no probabilities. A text without words is wholly neutral.
    """

    def __init__(self, version: str, analyse: Callable[[str], Analysis], *, every_language: bool = False) -> None:
        self.version = version
        self._analyse = analyse
        self._every_language = every_language

    def judge(self, text: str, lang: str, target: Target | None = None) -> Sentiment:
        """Judge `text`: positive from a compound of 0.05 up, negative from -0.05 down; `unjudged` if not in English."""
        if lang != "en" and not self._every_language:
            return _UNJUDGED
        analysis = self._analyse(text)
        if not analysis.values:
            return _NEUTRAL
        found = outcome(analysis)
        return Sentiment(_label(found.compound), found.compound, (found.neg, found.neu, found.pos), reasons(analysis))

    def polarity_scores(self, text: str) -> dict[str, float]:
        """The four numbers under vaderSentiment's names, whatever the language; all 0 for a text without words."""
        found = outcome(self._analyse(text))
        return {"neg": found.neg, "neu": found.neu, "pos": found.pos, "compound": found.compound}


def _label(compound: float) -> Label:
    if compound >= POSITIVE_FROM:
        return "positive"
    return "negative" if compound <= NEGATIVE_FROM else "neutral"


def open_vader(*, every_language: bool = False) -> VaderEngine:
    """The reference: vaderSentiment 3.3.2, value for value."""
    return VaderEngine(f"vader-{VADER_VERSION}", Vader(read_lexicon()).analyse, every_language=every_language)


def open_vader_fixed(*, every_language: bool = False) -> VaderEngine:
    """The reference with its bugs mended."""
    version = f"vader-fixed-{VADER_VERSION}+{REPAIRS}"
    return VaderEngine(version, VaderFixed(read_lexicon()).analyse, every_language=every_language)
