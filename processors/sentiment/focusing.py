"""Targets for engines that read whole texts: what is not about the brand is taken out before they look."""

import re
from collections.abc import Callable

from mentions.records import Label, Reason, Sentiment
from processors.sentiment.base import Engine
from processors.sentiment.target import Target
from processors.sentiment.targeting import TARGETING, Focus, focus

LEAN = 0.5
"""What a comparison that is won adds to a score, and one that is lost takes from it."""
DOUBT_BAND = 0.3
"""A doubtful text is neutral while its score is nearer to 0: what is asked, or told after others, must be strong.

Of 30,419 posts about 150 topics 52 % of the doubtful ones were neutral, of all 42 % (`benchmarks/target.py`).
"""
COMPARISON = "comparison"
"""The reason that stands for what a comparison adds."""

_TOKEN = re.compile(r"[@#$]?\w+(?:['’.-]\w+)*|[^\w\s]")
_KEPT_FROM = 0.5
"""Weight from which a word stays: an engine that reads a text takes a word or leaves it."""


def focused_text(text: str, target: Target | None) -> str:
    """`text` without names and without what is said of others; itself when nothing is taken out.

    In a contrast (`unlike Y, X works`), what is left for Y are X's words: `focused` turns their sign.
    """
    return focused(text, target)[0]


def focused(text: str, target: Target | None) -> tuple[str, Focus]:
    """`focused_text`, and how the text speaks of the target."""
    found = list(_TOKEN.finditer(text))
    reading = focus([match.group().lower() for match in found], target)
    if reading.weights is None:
        return text, reading
    kept, end = [], 0
    for match, weight in zip(found, reading.weights, strict=True):
        kept.append(text[end : match.start()])
        if weight >= _KEPT_FROM:
            kept.append(match.group())
        end = match.end()
    kept.append(text[end:])
    return "".join(kept), reading


class FocusedEngine:
    """An engine that reads whole texts, made to judge one brand.

    Its answers are those of `engine` for the words that are about the brand; a comparison adds to the score or takes
    from it, a contrast turns it, doubt brings it nearer to 0. Without names, comparison or doubt nothing changes; nor
    does it without a target.

    Args:
        label: the label of a score, as `engine` gives it.
    """

    def __init__(self, engine: Engine, label: Callable[[float], Label]) -> None:
        self.version = f"{engine.version}-t{TARGETING}"
        self._engine, self._label = engine, label

    def judge(self, text: str, lang: str, target: Target | None = None) -> Sentiment:
        """Judge what `text` says of `target`."""
        if target is None:
            return self._engine.judge(text, lang, None)
        kept, reading = focused(text, target)
        found = self._engine.judge(kept, lang, None)
        if found.label == "unjudged" or (reading.damp == 1.0 and not reading.lean and not reading.flip):
            return found
        score = (-found.score if reading.flip else found.score) * reading.damp + LEAN * reading.lean
        score = round(max(-1.0, min(1.0, score)), 4)
        is_doubtful = reading.damp < 1.0 and abs(score) < DOUBT_BAND
        reasons = tuple(Reason(each.term, -each.weight) for each in found.reasons) if reading.flip else found.reasons
        if reading.lean:
            reasons = (Reason(COMPARISON, LEAN * reading.lean), *reasons)
        # What the engine says of the text's shares or probabilities no longer fits a score that came about otherwise.
        p = None if reading.lean or reading.flip else found.p
        return Sentiment("neutral" if is_doubtful else self._label(score), score, p, reasons)
