"""The engine `rules`: VADER mended for English, our own rules for Spanish; no learned weights, no other language."""

from mentions.records import Label, Sentiment
from processors.sentiment.focusing import FocusedEngine
from processors.sentiment.lexicon import VADER_VERSION, read_lexicon
from processors.sentiment.outcome import Analysis, outcome, reasons
from processors.sentiment.spanish_lexicon import read_spanish
from processors.sentiment.spanish_rules import SpanishRules
from processors.sentiment.target import Target
from processors.sentiment.vader_engine import NEGATIVE_FROM, POSITIVE_FROM, REPAIRS
from processors.sentiment.vader_fixed import VaderFixed

RULES = 1
"""Rises with every change to the Spanish rules that can change an answer; the lexicon has a digest of its own."""

_UNJUDGED = Sentiment(label="unjudged", score=0.0)
_NEUTRAL = Sentiment(label="neutral", score=0.0, p=(0.0, 1.0, 0.0))


class RulesEngine:
    """A judge of English and Spanish texts; if `every_language`, of any text, taken for English unless in Spanish.

    `score` is the compound, to 4 decimals; `p` are the shares of negative, unrated and positive words, no
    probabilities: as with VADER.
    """

    def __init__(self, *, every_language: bool = False) -> None:
        lexicon = read_spanish()
        self.version = f"rules-{VADER_VERSION}+{REPAIRS}-es{RULES}.{lexicon.digest}"
        self._english = VaderFixed(read_lexicon()).analyse
        self._spanish = SpanishRules(lexicon).analyse
        self._every_language = every_language

    def judge(self, text: str, lang: str, target: Target | None = None) -> Sentiment:
        """Judge `text` by the rules of `lang`; `unjudged` if there are none."""
        if lang == "es":
            return _judged(self._spanish(text))
        return _judged(self._english(text)) if lang == "en" or self._every_language else _UNJUDGED


def _judged(analysis: Analysis) -> Sentiment:
    if not analysis.values:
        return _NEUTRAL
    found = outcome(analysis)
    return Sentiment(_label(found.compound), found.compound, (found.neg, found.neu, found.pos), reasons(analysis))


def _label(compound: float) -> Label:
    if compound >= POSITIVE_FROM:
        return "positive"
    return "negative" if compound <= NEGATIVE_FROM else "neutral"


def open_rules(*, every_language: bool = False) -> FocusedEngine:
    """VADER mended and the Spanish rules, asked about one brand where there is one."""
    return FocusedEngine(RulesEngine(every_language=every_language), _label)
