"""How much a text looks like spam by itself: reasons with weights, added up. Rules, no learnt weights; docs/spam.md.

score = the sum of the reasons' weights, within [0, 1]; spam from `SPAM_FROM` on.
weight = 1000 up to a score of 0.2, 0 from 0.8 on, a straight line between, so that spam counts for half or less.

Words are English and Spanish in any text, for spam mixes them; form is judged in every language. What is quoted is not
judged. A link alone never is spam.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from mentions.folding import fold
from mentions.records import FULL_WEIGHT, Reason, Spam
from processors.phrases import Match, Phrases, read_list
from processors.spam_signs import Found, Span, form_signs, undisguised, visible_places, without_quotes
from processors.words import ORDER, Words

SPAM_FROM = 0.5
"""The score from which on a text is spam: chosen by the share of airline mentions that reach it (docs/spam.md)."""
_FULL_UNTIL, _NOTHING_FROM = 0.2, 0.8


class Weight(NamedTuple):
    """What a reason adds when it stands once in a text, for each further time, and at most."""

    first: float
    further: float = 0.0
    most: float = 1.0

    def of(self, times: int) -> float:
        """What so many times add."""
        return round(min(self.most, self.first + self.further * (times - 1)), 3)


WEIGHTS: Mapping[str, Weight] = {
    "link": Weight(0.2, 0.05, 0.3),
    "shortener": Weight(0.15),
    "call": Weight(0.3, 0.13, 0.6),
    "channel": Weight(0.5, 0.15, 0.7),
    "contact": Weight(0.2, 0.1, 0.3),
    "promo": Weight(0.18, 0.1, 0.4),
    "urgency": Weight(0.15, 0.1, 0.3),
    "amount": Weight(0.1),
    "money": Weight(0.3, 0.12, 0.6),
    "phone": Weight(0.35),
    "giveaway": Weight(0.3, 0.12, 0.6),
    "follow": Weight(0.4, 0.15, 0.6),
    "phishing": Weight(0.3, 0.12, 0.5),
    "crypto": Weight(0.35, 0.15, 0.6),
    "betting": Weight(0.35, 0.15, 0.6),
    "adult": Weight(0.35, 0.15, 0.6),
    "piracy": Weight(0.35, 0.15, 0.6),
    "miracle": Weight(0.35, 0.15, 0.6),
    "service": Weight(0.25, 0.12, 0.4),
    "hashtags": Weight(0.07, 0.07, 0.56),
    "handles": Weight(0.05, 0.05, 0.3),
    "emoji": Weight(0.05, 0.02, 0.1),
    "capitals": Weight(0.15),
    "marks": Weight(0.08),
    "repetition": Weight(0.15),
    "tricks": Weight(0.35),
    "warning": Weight(-0.4),
    "care": Weight(-0.2),
}
"""Every reason of the text, by name. Two take away: who warns of spam speaks its words (`warning`), and customers and
help desks speak of refunds, offers and telephone numbers (`care`)."""
WEAK = 0.12
"""What a word of a subject (`bitcoin`) adds where no phrase of it (`free airdrop`) stands."""
TRICKS = "tricks"
_WEAK = "_word"
_NAMES = frozenset(each for name in WEIGHTS for each in (name, name + _WEAK))
_ORDER = {name: place for place, name in enumerate(WEIGHTS)}
_CLEAN = Spam(0.0)


class Sign(NamedTuple):
    """A reason and where in the text it stands first; no span: among the post's links, or nowhere in particular."""

    name: str
    weight: float
    span: Span | None = None


@cache
def spam_phrases() -> Phrases:
    """Both lists in one, made at the first text."""
    lists = [read_list("spam_en"), read_list("spam_es")]
    return Phrases({tag: [line for given in lists for line in given.get(tag, ())] for tag in lists[0] | lists[1]})


def judge_spam(
    text: str, links: Iterable[str] = (), words: Words | None = None, said: Sequence[Match] | None = None
) -> Spam:
    """Judge a text; never raises, linear in its length.

    Args:
        links: of the post, beside those in the text.
        words: of this text, where they are at hand. said: what `spam_phrases` finds in them, where it is.

    >>> judge_spam("Earn $500 a day from home, message me on WhatsApp").score >= SPAM_FROM
    True
    """
    plain, read, trick = _read(text, words)
    matches, signs = _found(plain, read, tuple(links), trick, said if read is words else None)
    return _spam_of(*_tally(matches, signs)) if matches or signs else _CLEAN


def signs_of(text: str, links: Iterable[str] = ()) -> list[Sign]:
    """The reasons that `judge_spam` gives, with their places."""
    plain, words, trick = _read(text, None)
    places = visible_places(without_quotes(text))
    matches, signs = _found(plain, words, tuple(links), trick)
    first = {tag: match for match in reversed(matches) for tag in match[2]}
    spans = {sign.name: sign.span for sign in signs}
    found = []
    for reason in _reasons(*_tally(matches, signs)):
        name = reason.term
        match = first.get(name) or (None if name in spans else first[name + _WEAK])
        span = _located(plain, words, match) if match else spans[name]
        found.append(Sign(name, reason.weight, _placed(span, places, found_first=name == TRICKS)))
    return found


def score_of(reasons: Iterable[Reason]) -> float:
    """The sum of the weights, within [0, 1]."""
    return min(1.0, max(0.0, round(sum([reason.weight for reason in reasons]), 3)))


def weight_of(score: float) -> int:
    """What a text of this score counts, in thousandths: 0..1000."""
    share = (_NOTHING_FROM - score) / (_NOTHING_FROM - _FULL_UNTIL)
    return round(FULL_WEIGHT * min(1.0, max(0.0, share)))


def _read(text: str, words: Words | None) -> tuple[str, Words, Span | None]:
    """The text without quotations and disguises, its words, and where its first disguise stands."""
    plain, trick = undisguised(without_quotes(text))
    return plain, words if words is not None and plain == text else Words(plain), trick


def _found(
    plain: str, words: Words, links: tuple[str, ...], trick: Span | None, said: Sequence[Match] | None = None
) -> tuple[Sequence[Match], list[Found]]:
    """The phrases of the lists, and the signs of the form."""
    folded = _as_written(words)
    matches = spam_phrases().find(folded) if said is None or folded is not words.folded else said
    signs = form_signs(plain, folded, len(set(folded)) if words.has_order else words.different, links)
    if trick:
        signs.append(Found(TRICKS, 1, trick))
    return matches, signs


_Tags = tuple[tuple[str, ...], ...]
_Times = tuple[tuple[str, int], ...]


def _tally(matches: Iterable[Match], signs: Iterable[Found]) -> tuple[_Tags, _Times]:
    """What the weights follow from: the tags of the phrases, and how often each sign stands in the text."""
    return tuple([tags for _, _, tags in matches]), tuple([(name, times) for name, times, _ in signs])


@lru_cache(4_096)
def _spam_of(tags: _Tags, times: _Times) -> Spam:
    reasons = _reasons(tags, times)
    return Spam(score_of(reasons), reasons) if reasons else _CLEAN


def _reasons(tags: _Tags, times: _Times) -> tuple[Reason, ...]:
    """In the order of `WEIGHTS`; none where nothing speaks for spam. Phrases count before the form of the same name."""
    said, signs = Counter([tag for each in tags for tag in each if tag in _NAMES]), dict(times)
    found = []
    for name in sorted({tag.removesuffix(_WEAK) for tag in said} | signs.keys(), key=_ORDER.__getitem__):
        stands = said[name] or signs.get(name, 0)
        found.append(Reason(name, WEIGHTS[name].of(stands) if stands else WEAK))
    return tuple(found) if any(reason.weight > 0 for reason in found) else ()


def _as_written(words: Words) -> list[str]:
    """The folded words, a Spanish command with its pronoun too."""
    if not words.has_order:
        return words.folded
    return [fold(words.quote(place, place + 1)) if word == ORDER else word for place, word in enumerate(words.folded)]


def _located(text: str, words: Words, match: Match | None) -> Span | None:
    """The characters of a stretch of words; None where the text writes them otherwise (`&amp;`)."""
    if match is None:
        return None
    start, behind = 0, 0
    for place in range(match[1]):
        word = words.quote(place, place + 1)
        found = text.find(word, behind)
        if found < 0:
            if word != ".":
                return None
            continue  # a line's end, which `Words` reads as a full stop
        if place == match[0]:
            start = found
        behind = found + len(word)
    return start, behind


def _placed(span: Span | None, places: Sequence[int], *, found_first: bool) -> Span | None:
    if span is None or found_first:
        return span
    return places[span[0]], places[span[1] - 1] + 1
