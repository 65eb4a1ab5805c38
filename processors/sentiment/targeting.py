"""What of a text is said about one brand: a weight for each token, a lean from comparisons, and doubt.

Pure and word by word; no parser. A text that names no other brand costs a few look-ups.

* The brand's own names say nothing of it. The others' names say nothing either.
* A text is cut into clauses; a clause that names only others counts next to nothing for this brand.
* A comparison is good for one side and bad for the other (`processors.sentiment.comparing`).
* A question and what somebody else is said to have said count less (`damp`).
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from mentions.folding import fold
from processors.sentiment.comparing import Verdict, compare
from processors.sentiment.naming import Names, Span, vocabulary
from processors.sentiment.target import Target

TARGETING = 1
"""Part of the version of every engine that looks here; rises with every change that can change an answer."""

OTHERS_CLAUSE = 0.05
"""What a word counts in a clause that names others alone."""
AFTER_OTHERS, AFTER_OWN, BEFORE_ANY = 0.6, 1.0, 1.0
"""And in a clause without a name: who was named last may still be spoken of.

No more is taken off than that: on posts about 120 topics that name another topic too, 0.3 here and for `FAR` cost four
points of average recall (`benchmarks/target.py`).
"""
FAR = 0.6
"""And in a clause of several brands without a comparison, nearer to another brand."""
OBJECT = 0.1
"""And in a comparison, for the side that it is not about."""
DAMP = 0.6
"""What is asked, or told after somebody else, is worth of what is said."""
MOST_TOKENS = 1_000
"""Of a longer text only the names are taken out: its clauses could cost the square of its length."""

_STOPS = frozenset(".!?;…\n") | {"...", "!!", "??", "!?", "?!", "|", "//"}
_CONTRASTS = vocabulary("""
    but while whereas however though although yet pero mientras aunque sino cambio embargo porem
    enquanto mais aber wahrend ma mentre
""")
_LINKS = frozenset((",", "and", "y", "e", "et", "und", "ed"))
_SAYS = vocabulary("""
    says said claims claimed reports reported reportedly according allegedly según segun dice
    dicen dijo afirma asegura supuestamente cuentan
""")
_ASKS = vocabulary("""
    any anyone anybody does do is are should worth which alguien algún algun alguna vale merece sabe
    sabéis sabeis recomiendan recomendáis recomiendas qué que cuál cual es tal
""")
_BITES = vocabulary("""
    why how when wtf por cuándo cuando hasta cómo como
""")
"""Words of questions that complain (`why is it so slow?`): these are no doubt."""
_DOUBTS = _SAYS | {"?"}


_NONE = frozenset[int]()


class Focus(NamedTuple):
    """How a text speaks of a brand.

    Attributes:
        weights: one for each token, in [0, 1]; None: all 1, which is the common case.
        flip: places of tokens that count with the opposite sign, for the text contrasts another brand with this one.
        lean: 1 when a comparison is won by the brand, -1 when it is lost, else 0; to be added to what the words say.
        damp: factor in (0, 1] for the whole; below 1 the judgement belongs nearer to neutral.
    """

    weights: tuple[float, ...] | None = None
    flip: frozenset[int] = _NONE
    lean: int = 0
    damp: float = 1.0


WHOLE = Focus()
"""Every word counts, as it stands."""


def focus(tokens: Sequence[str], target: Target | None, folded: Sequence[str] | None = None) -> Focus:
    """Say what of a text is about `target`.

    Args:
        tokens: the text's words and punctuation in order, in lower case; handles and hashtags keep their sign.
        target: None or one without names: every word counts, and only `damp` is looked at.
        folded: the tokens as `mentions.folding.fold` folds them, where they are at hand.
    """
    damp = 1.0 if _DOUBTS.isdisjoint(tokens) else _damp(tokens)
    if target is None or not (target.own or target.others):
        return WHOLE if damp == 1.0 else Focus(damp=damp)
    own, others = _compiled(target)
    if folded is not None:
        tokens = folded
    elif not "".join(tokens).isascii():
        tokens = [token if token.isascii() else _folded(token) for token in tokens]
    if target.others and others.may_be_in(tokens) and (rivals := others.spans(tokens)):
        if len(tokens) <= MOST_TOKENS:
            return _among_others(tokens, own.spans(tokens), rivals, damp)
        return Focus(tuple(_masked([1.0] * len(tokens), own.spans(tokens) + rivals)), damp=damp)
    spans = own.spans(tokens)
    if spans:
        return Focus(tuple(_masked([1.0] * len(tokens), spans)), _NONE, 0, damp)
    return WHOLE if damp == 1.0 else Focus(damp=damp)


_folded = lru_cache(maxsize=65_536)(fold)


@lru_cache(maxsize=4096)
def _compiled(target: Target) -> tuple[Names, Names]:
    return Names(target.own), Names(target.others - target.own)


def _among_others(tokens: Sequence[str], own: list[Span], others: list[Span], damp: float) -> Focus:
    others = [span for span in others if not _overlaps(span, own)]
    if not others:
        return Focus(tuple(_masked([1.0] * len(tokens), own)), damp=damp)
    weights, flip, lean = [1.0] * len(tokens), set[int](), 0
    spoken_of, after_others = BEFORE_ANY, AFTER_OTHERS if own else BEFORE_ANY
    for start, end in _clauses(tokens):
        ours, theirs = _within(own, start, end), _within(others, start, end)
        verdict = compare(tokens, start, end, ours, theirs) if ours and theirs else None
        if verdict is not None:
            lean += verdict.lean
            _apply(verdict, weights, flip, start, end)
            spoken_of = AFTER_OWN
        elif ours and theirs:
            weights[start:end] = _by_nearness(tokens, start, end, ours, theirs)
            spoken_of = AFTER_OWN if ours[-1] > theirs[-1] else AFTER_OTHERS
        else:
            here = AFTER_OWN if ours else OTHERS_CLAUSE if theirs else spoken_of
            weights[start:end] = [here] * (end - start)
            spoken_of = AFTER_OWN if ours else after_others if theirs else spoken_of
    return Focus(tuple(_masked(weights, own + others)), frozenset(flip), max(-1, min(1, lean)), damp)


def _apply(verdict: Verdict, weights: list[float], flip: set[int], start: int, end: int) -> None:
    """In a comparison the words speak for its subject; the verdict's own words are in `lean`."""
    here = 1.0 if verdict.is_subject else OBJECT
    for place in range(start, end):
        weights[place] = 0.0 if place in verdict.spent else here
    if verdict.flips:
        weights[start:end] = [0.5] * (end - start)
        flip.update(range(start, end))


def _clauses(tokens: Sequence[str]) -> Iterator[Span]:
    """Marks belong to what they end (`bread!!!`), words of contrast to what they begin."""
    start, is_ended = 0, False
    for place, token in enumerate(tokens):
        is_stop = token in _STOPS
        if place > start and ((is_ended and not is_stop) or token in _CONTRASTS):
            yield start, place
            start = place
        is_ended = is_stop
    if start < len(tokens):
        yield start, len(tokens)


def _by_nearness(tokens: Sequence[str], start: int, end: int, ours: list[Span], theirs: list[Span]) -> list[float]:
    """Between commas and `and`, words belong to the brand that is named there; elsewhere to the nearest."""
    weights = [1.0] * (end - start)
    for low, high in _parts(tokens, start, end, ours + theirs):
        mine, rival = _within(ours, low, high), _within(theirs, low, high)
        for place in range(low, high):
            if bool(mine) != bool(rival):
                weights[place - start] = 1.0 if mine else OTHERS_CLAUSE
            else:
                nearer = _distance(place, mine or ours) <= _distance(place, rival or theirs)
                weights[place - start] = 1.0 if nearer else FAR
    return weights


def _parts(tokens: Sequence[str], start: int, end: int, names: list[Span]) -> Iterator[Span]:
    """A part says something: beside names it has two words or more. What has less (`X, Y and Z`) is a list."""
    low, borders = start, [place for place in range(start + 1, end) if tokens[place] in _LINKS]
    for place in borders:
        if _says_something(tokens, low, place, names) and _says_something(tokens, place, end, names):
            yield low, place
            low = place
    yield low, end


def _says_something(tokens: Sequence[str], start: int, end: int, names: list[Span]) -> bool:
    words = sum(token not in _LINKS for token in tokens[start:end])
    return words - sum(high - low for low, high in _within(names, start, end)) >= 2


def _distance(place: int, spans: list[Span]) -> int:
    return min(low - place if place < low else max(0, place - high + 1) for low, high in spans)


def _within(spans: list[Span], start: int, end: int) -> list[Span]:
    return [span for span in spans if start <= span[0] < end]


def _overlaps(span: Span, spans: list[Span]) -> bool:
    return any(span[0] < high and low < span[1] for low, high in spans)


def _masked(weights: list[float], spans: list[Span]) -> list[float]:
    for start, end in spans:
        for place in range(start, end):
            weights[place] = 0.0
    return weights


def _damp(tokens: Sequence[str]) -> float:
    if not _SAYS.isdisjoint(tokens):
        return DAMP
    if "?" in tokens and not _ASKS.isdisjoint(tokens) and _BITES.isdisjoint(tokens):
        return DAMP
    return 1.0
