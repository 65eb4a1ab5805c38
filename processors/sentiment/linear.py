"""Engine `atalaya`: a joint linear model of six languages that adds up what its words say, and can show them.

z = (sum of words, each by its place + sum of pairs) / pieces^0.45 + bias + compound of the ratings; softmax of z over
the temperature. What a word adds is remembered, so a text costs a few look-ups per word; texts that are judged
together are summed up together (`linear_sums`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress, repeat
from operator import mul

from mentions.layers import Triple
from mentions.records import Reason, Sentiment
from processors.sentiment.base import Asked
from processors.sentiment.hearing import MANY, Ear
from processors.sentiment.layer import LABELS, Reading, likelihoods
from processors.sentiment.linear_model import Model, read_model
from processors.sentiment.linear_single import SingleSum
from processors.sentiment.linear_sums import Heard, Summed, Sums
from processors.sentiment.linear_terms import lexicon_of, place_counts, reached
from processors.sentiment.outcome import to_4_decimals
from processors.sentiment.pieces import Kind
from processors.sentiment.target import Target
from processors.sentiment.targeting import TARGETING, WHOLE, Focus, focus

NEUTRAL_LEAD = {"en": 0.3, "es": 0.3}
"""Logits that neutral has ahead in a language. It was trained on as many neutral texts as others, and most are neutral.

Before phrases were heard, it made 92 % (English) and 91 % (Spanish) of 300 factual sentences neutral instead of 87 and
86, and macro-F1 on validation went from 69.2 to 71.2 and from 60.7 to 60.8. In the other four languages it takes 0.4 to
3 points.
"""
UNSURE = 0.38
"""Below this probability of the likeliest label there is no judgement: of 1,944 validation texts 53 lie below, and 42 %
of them would be right, little more than guessed; of those up to 0.4 it is 47 %."""
_UNJUDGED = Sentiment(label="unjudged", score=0.0)
_NEUTRAL = Sentiment(label="neutral", score=0.0, p=(0.0, 1.0, 0.0))
_NEGATOR, _CONTRAST, _CONCESSION = int(Kind.NEGATOR), int(Kind.CONTRAST), int(Kind.CONCESSION)


@dataclass(frozen=True, slots=True)
class LinearReading(Reading):
    """A reading that still knows what its words say.

    Attributes:
        counts: what each token counts, by its place and the target; None: all 1.
        reasons: the strongest of them.
    """

    counts: tuple[float, ...] | None = None
    reasons: tuple[Reason, ...] = ()


class LinearEngine:
    """A judge of texts in the model's languages, about one brand where it is told of one.

    `p` are calibrated probabilities; `score` is that of positive less that of negative, to 4 decimals. A text without
    words is neutral; one of which no label is likelier than `UNSURE` is `unjudged`. One thread at a time may ask:
    what is remembered is numbered as it comes.
    """

    def __init__(self, model: Model, *, every_language: bool = False) -> None:
        self.version = f"{model.version}-t{TARGETING}"
        self._every_language, self._languages = every_language, frozenset(model.header.languages)
        self._ears = {lexicon: Ear(model, lexicon) for lexicon in ("en", "es", "")}
        self._sums, self._single = Sums(model), SingleSum(model)

    def judge(self, text: str, lang: str, target: Target | None = None) -> Sentiment:
        """Judge `text`; `unjudged` if not in one of the model's languages, or if nothing is likely enough."""
        return self.judge_all([(text, lang, target)])[0]

    def judge_all(self, asked: Sequence[Asked]) -> list[Sentiment]:
        """Judge many texts, each as `judge` does."""
        found = [_UNJUDGED] * len(asked)
        for place, summed, _, _ in self._summed(asked):
            found[place] = _NEUTRAL if summed.is_empty else _judged(summed.logits, summed.reasons)
        return found

    def read_all(self, asked: Sequence[Asked]) -> list[LinearReading | None]:
        """The words of each text and the logits that they come to; None: not in one of the model's languages."""
        found: list[LinearReading | None] = [None] * len(asked)
        for place, summed, heard, ear in self._summed(asked):
            said = [ear.table.said[number] for number in heard.sounds]
            words = tuple(compress(ear.words(heard.sounds), said))
            told = tuple(compress(heard.counts or (), said))
            counts = None if told.count(1.0) == len(told) else told
            found[place] = LinearReading(words, summed.logits, counts, summed.reasons)
        return found

    def conclude(self, reading: Reading, logits: Triple) -> Sentiment:
        """The judgement that logits come to, with the words that decided it."""
        if not reading.tokens and reading.logits is logits:
            return _NEUTRAL
        return _judged(logits, reading.reasons if isinstance(reading, LinearReading) else ())

    def _summed(self, asked: Sequence[Asked]) -> list[tuple[int, Summed, Heard, Ear]]:
        """The place of each text that can be heard among those asked, and what it comes to."""
        places = dict[str, list[int]]()
        for place, (_, lang, _) in enumerate(asked):
            if lang in self._languages or self._every_language:
                places.setdefault(lexicon_of(lang), []).append(place)
        found = list[tuple[int, Summed, Heard, Ear]]()
        for lexicon, here in places.items():
            ear = self._ears[lexicon]
            ear.forget()
            heard = _heard(ear, [asked[place] for place in here])
            summed = (
                self._sums.all(heard, ear.table)
                if len(heard) >= MANY
                else [self._single.of(text, ear.table) for text in heard]
            )
            found += zip(here, summed, heard, repeat(ear), strict=False)
        return found


def _heard(ear: Ear, asked: Sequence[Asked]) -> list[Heard]:
    """Each text with what its words count; step by step for all, so that a step's code stays in the caches."""
    table = ear.table
    sounds = [ear.hear(text) for text, _, _ in asked]
    turning = ear.joined(sounds)
    words, folded = list(map(ear.words, sounds)), list(map(ear.folded, sounds))
    found = [
        WHOLE if target is None else focus(said, target, plain)
        for said, plain, (_, _, target) in zip(words, folded, asked, strict=True)
    ]
    counted = [_counts(reading, heard, table.said) for reading, heard in zip(found, sounds, strict=True)]
    for at in turning:
        counted[at] = _turned_by_words(ear, sounds[at], *counted[at])
    for heard, (_, muted) in zip(sounds, counted, strict=True):
        for place in muted:
            heard[place] = ear.silenced(heard[place])
    # doubt speaks for neutral, too
    ahead = [NEUTRAL_LEAD.get(lang, 0.0) + (1.0 - by.damp) for (_, lang, _), by in zip(asked, found, strict=True)]
    leans = [by.lean for by in found]
    return list(map(Heard, sounds, [counts for counts, _ in counted], leans, ahead))


def _turned_by_words(
    ear: Ear, sounds: list[int], counts: Sequence[float] | None, muted: list[int]
) -> tuple[Sequence[float] | None, list[int]]:
    """The same as `_counts` gives it, after words of contrast and negators, which are heard in `sounds`."""
    kinds = list(map(ear.table.kinds.__getitem__, sounds))
    if _CONTRAST in kinds or _CONCESSION in kinds:
        counts = place_counts(kinds) if counts is None else list(map(mul, counts, place_counts(kinds)))
    if _NEGATOR in kinds:
        places, spent = reached(kinds, list(map(ear.table.ratings.__getitem__, sounds)) if ear.twice_is_not else None)
        for place in places:
            sounds[place] = ear.negated(sounds[place])
        muted = muted + spent
    return counts, muted


def _counts(found: Focus, sounds: Sequence[int], said: bytearray) -> tuple[Sequence[float] | None, list[int]]:
    """What each place counts by the focus, None: all 1; and the places that would sound and count nothing.

    Most often a focus takes out the handle of the brand alone, which says nothing anyway.
    """
    weights = found.weights
    if weights is None:
        return None, []
    muted = [place for place, weight in enumerate(weights) if not weight and said[sounds[place]]]
    is_mask = not found.flip and weights.count(0.0) + weights.count(1.0) == len(weights)
    return None if is_mask else _turned(weights, found.flip), muted


def _turned(weights: Sequence[float], flip: frozenset[int]) -> Sequence[float]:
    return [-weight if i in flip else weight for i, weight in enumerate(weights)] if flip else weights


def _judged(logits: Triple, reasons: tuple[Reason, ...]) -> Sentiment:
    negative, neutral, positive = p = likelihoods(logits)
    top = max(negative, neutral, positive)
    rounded = int(negative * 1e4 + 0.5) / 1e4, int(neutral * 1e4 + 0.5) / 1e4, int(positive * 1e4 + 0.5) / 1e4
    if top < UNSURE:
        return Sentiment("unjudged", 0.0, rounded, reasons)
    return Sentiment(LABELS[p.index(top)], to_4_decimals(positive - negative), rounded, reasons)


def open_atalaya(*, every_language: bool = False) -> LinearEngine:
    """The engine with the weights that come with the package."""
    return LinearEngine(read_model(), every_language=every_language)
