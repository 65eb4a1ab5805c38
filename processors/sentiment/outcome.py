"""From the values of a text's words to what is reported: compound, shares and reasons. The same for both VADERs."""

from math import sqrt

from msgspec import Struct

from mentions.records import Reason
from processors.sentiment.words import Word

REASONS = 8
"""As many as a person reads."""


class Analysis(Struct):
    """A text as an engine read it.

    Attributes:
        text: in which `!` and `?` are counted.
        words: with three before the first and two behind the last that are not of the text.
        hits: where in `words` the rated ones stand. values: what each of these weighs there, in the same order.
    """

    text: str
    words: list[Word]
    hits: list[int]
    values: list[float]

    @property
    def unrated(self) -> int:
        """How many words of the text were not rated."""
        return len(self.words) - 5 - len(self.hits)


class Outcome(Struct):
    """VADER's four numbers, rounded as vaderSentiment rounds them; all are 0 for a text without words.

    Attributes:
        compound: in [-1, 1], 4 decimals. neg, neu, pos: shares of the text, 3 decimals.
    """

    compound: float
    neg: float
    neu: float
    pos: float


def emphasis(text: str) -> float:
    """What marks add: 0.292 for each `!` up to four; from two `?` on 0.18 each, and 0.96 from four on."""
    exclamations, questions = text.count("!"), text.count("?")
    amount = (exclamations if exclamations < 4 else 4) * 0.292
    if questions > 1:
        amount += questions * 0.18 if questions <= 3 else 0.96
    return amount


def outcome(analysis: Analysis) -> Outcome:
    """Sum up: the compound from the sum of the values, the shares from their sizes, an unrated word counting 1."""
    values, unrated = analysis.values, analysis.unrated
    if not values:
        return Outcome(0.0, 0.0, 1.0 if unrated else 0.0, 0.0)
    total, pos, neg, neu = float(sum(values)), 0.0, 0.0, unrated
    for value in values:
        if value > 0:
            pos += value + 1
        elif value < 0:
            neg += value - 1
        else:
            neu += 1
    added = emphasis(analysis.text)
    if added:
        total, pos, neg = _emphasised(added, total, pos, neg)
    whole = pos - neg + neu
    return Outcome(
        to_4_decimals(total / sqrt(total * total + 15)),
        to_3_decimals(-neg / whole),
        to_3_decimals(neu / whole),
        to_3_decimals(pos / whole),
    )


def _emphasised(added: float, total: float, pos: float, neg: float) -> tuple[float, float, float]:
    if total > 0:
        total += added
    elif total < 0:
        total -= added
    if pos > -neg:
        pos += added
    elif pos < -neg:
        neg -= added
    return total, pos, neg


def to_3_decimals(share: float) -> float:
    """`round(share, 3)` for 0 <= share <= 1, in less than half the time: four of them were a quarter of the whole cost.

    The quotient of two small integers is the float nearest to that decimal, as `round` gives it; next to a tie, where
    the product may fall on the wrong side, `round` itself decides.
    """
    shifted = share * 1000.0 + 0.5
    whole = int(shifted)
    return whole / 1000.0 if 1e-6 < shifted - whole < 1.0 - 1e-6 else round(share, 3)


def to_4_decimals(compound: float) -> float:
    """`round(compound, 4)` for -1 <= compound <= 1; as `to_3_decimals`."""
    shifted = compound * 10000.0 + 10000.5
    whole = int(shifted)
    return (whole - 10000) / 10000.0 if 1e-6 < shifted - whole < 1.0 - 1e-6 else round(compound, 4)


def reasons(analysis: Analysis) -> tuple[Reason, ...]:
    """The rated words with what they weigh, strongest first, at most `REASONS`; on VADER's scale, 3 decimals.

    A word that stands several times is one reason. Marks stand as `!`, `?` or `!?`. With none left out, the weights add
    up to the sum s of which the compound is s / sqrt(s * s + 15).
    """
    words, values = analysis.words, analysis.values
    weights: dict[str, float] = {}
    for i, value in zip(analysis.hits, values, strict=True):
        term = words[i].lower
        weights[term] = weights.get(term, 0.0) + value
    total = sum(values)
    if total and (added := emphasis(analysis.text)):
        weights[_marks(analysis.text)] = added if total > 0 else -added
    found = [Reason(term, round(weight * 1000) / 1000) for term, weight in weights.items() if weight]
    if len(found) > 1:
        found.sort(key=_size, reverse=True)
    return tuple(found[:REASONS])


def _size(reason: Reason) -> float:
    return abs(reason.weight)


def _marks(text: str) -> str:
    return ("!" if "!" in text else "") + ("?" if text.count("?") > 1 else "")
