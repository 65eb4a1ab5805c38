"""Comparisons of two brands within a clause: who is its subject, who wins."""

from collections.abc import Sequence
from typing import NamedTuple

from processors.sentiment.naming import Span, vocabulary

BETTER = vocabulary("""
    better best cheaper faster nicer superior easier stronger safer fresher friendlier cleaner
    tastier cooler smoother quicker mejor mejores superiores preferible
""")
WORSE = vocabulary("""
    worse worst slower inferior uglier weaker dirtier ruder pricier costlier noisier peor peores
    inferiores
""")
_GOOD_AFTER_MORE = vocabulary("""
    reliable comfortable affordable helpful useful fun barato barata baratos baratas rapido rapida
    fiable comodo comoda facil bueno buena amable seguro segura util
""")
_BAD_AFTER_MORE = vocabulary("""
    expensive annoying unreliable difficult caro cara caros caras lento lenta lentos lentas incomodo
    incomoda malo mala feo fea cutre inutil
""")
_MORE, _LESS = frozenset(("more", "mas")), frozenset(("less", "menos"))
_THAN = frozenset(("than", "que", "then", "to"))
_NOT = frozenset(("not", "no", "isn't", "ni", "tampoco", "nunca", "never", "aren't", "wasn't", "isnt", "ain't"))
_BEATS = vocabulary("""
    beats beat beating crushes smokes destroys outperforms trumps outshines supera superan gana
    ganan vence arrasa
""")
_LOSES = frozenset(("loses", "lost", "pierde", "pierden"))
_PREFER = vocabulary("""
    prefer prefers preferred preferring prefiero prefieren prefiere preferimos preferis
""")
_SWITCH = vocabulary("""
    switched switching switch moved moving changed changing migrated cambio cambie cambiado
    cambiamos cambiar pasado paso pase vuelto cambiarme pasarme
""")
_FROM, _TO = frozenset(("from", "de", "desde")), frozenset(("to", "a"))
_UNLIKE = (("unlike",), ("nada", "que", "ver", "con"), ("a", "diferencia", "de"))
_TURNS = (("mil", "vueltas", "a"), ("mil", "vueltas", "al"), ("mil", "patadas", "a"))
_RATHER = (
    ("rather", "than"),
    ("instead", "of"),
    ("over",),
    ("antes", "que"),
    ("en", "vez", "de"),
    ("en", "lugar", "de"),
)


class Verdict(NamedTuple):
    """What a comparison says of one of its sides.

    Attributes:
        is_subject: the words of the clause are about this side.
        lean: 1 it wins, -1 it loses, 0 that depends on the words.
        spent: places of the words that `lean` stands for.
        flips: the words are about the other side, in contrast to this one.
    """

    is_subject: bool
    lean: int
    spent: frozenset[int] = frozenset()
    flips: bool = False


def compare(tokens: Sequence[str], start: int, end: int, ours: list[Span], theirs: list[Span]) -> Verdict | None:
    """Judge the clause `tokens[start:end]`, which names both sides; None when it compares nothing.

    Args:
        ours: where this brand stands in the clause, ascending. theirs: where others do.
    """
    for judge in (_switching, _unlike, _preferring, _grading, _beating):
        verdict = judge(tokens, start, end, ours, theirs)
        if verdict is not None:
            return verdict
    return None


def _switching(tokens: Sequence[str], start: int, end: int, ours: list[Span], theirs: list[Span]) -> Verdict | None:
    """`switched from Y to X`, `me cambio de Y a X`: X wins."""
    place = _first(tokens, start, end, _SWITCH)
    if place is None:
        return None
    left = _side(tokens, _FROM, ours, theirs)
    came = _side(tokens, _TO, ours, theirs)
    if came is None and left is None:
        return None
    wins = came is True or left is False
    if came is not None and left is not None and came == left:
        return None
    return Verdict(wins, 1 if wins else -1, frozenset((place,)))


def _unlike(tokens: Sequence[str], start: int, end: int, ours: list[Span], theirs: list[Span]) -> Verdict | None:
    """`unlike Y, X works`: what is said of X is what Y lacks."""
    for phrase in _UNLIKE:
        place = _find(tokens, start, end, phrase)
        if place is not None:
            is_contrast = _next_is_ours(place + len(phrase), ours, theirs)
            if is_contrast is None:
                continue
            spent = frozenset(range(place, place + len(phrase)))
            return Verdict(False, 0, spent, flips=True) if is_contrast else Verdict(True, 0, spent)
    return None


def _preferring(tokens: Sequence[str], start: int, end: int, ours: list[Span], theirs: list[Span]) -> Verdict | None:
    """`prefer X to Y`, `prefiero X a Y`, `X over Y any day`: X wins."""
    place = _first(tokens, start, end, _PREFER)
    if place is not None:
        preferred = _next_is_ours(place + 1, ours, theirs)
        if preferred is None:
            return None
        spent = frozenset((place,))
    else:
        found = next((at for phrase in _RATHER if (at := _find(tokens, start, end, phrase)) is not None), None)
        if found is None or (refused := _next_is_ours(found + 1, ours, theirs, within=3)) is None:
            return None
        if not _before(found, theirs if refused else ours, within=3):
            return None
        preferred, spent = not refused, frozenset[int]()
    if place is not None and _denied(tokens, start, place):
        preferred = not preferred
    return Verdict(preferred, 1 if preferred else -1, spent)


def _grading(tokens: Sequence[str], start: int, end: int, ours: list[Span], theirs: list[Span]) -> Verdict | None:
    """`X is far better than Y`, `X es peor que Y`."""
    for place in range(start, end):
        sign, spent = _grade(tokens, place, end)
        if sign:
            than = _first(tokens, spent[-1] + 1, min(end, spent[-1] + 8), _THAN)
            if than is None or (object_is_ours := _next_is_ours(than + 1, ours, theirs)) is None:
                continue
            if _denied(tokens, start, place):
                sign = -sign
            return Verdict(not object_is_ours, -sign if object_is_ours else sign, frozenset((*spent, than)))
    return None


def _grade(tokens: Sequence[str], place: int, end: int) -> tuple[int, tuple[int, ...]]:
    """1 for `better` and the like at `place`, -1 for `worse`, 0 for none; and where its words stand."""
    token = tokens[place]
    if token in BETTER or token in WORSE:
        return (1 if token in BETTER else -1), (place,)
    if (token in _MORE or token in _LESS) and place + 1 < end:
        following = tokens[place + 1]
        sign = 1 if following in _GOOD_AFTER_MORE else -1 if following in _BAD_AFTER_MORE else 0
        return (sign if token in _MORE else -sign), (place, place + 1)
    return 0, (place,)


def _beating(tokens: Sequence[str], start: int, end: int, ours: list[Span], theirs: list[Span]) -> Verdict | None:
    """`X beats Y`, `X > Y`, `X le da mil vueltas a Y`: the side before it wins."""
    for place in range(start, end):
        token = tokens[place]
        turns = next((phrase for phrase in _TURNS if tuple(tokens[place : place + len(phrase)]) == phrase), None)
        sign = 1 if turns or token in _BEATS or token in (">", ">>", ">>>") else -1 if token in ("<", "<<") else 0
        sign = -1 if token in _LOSES else sign
        if not sign:
            continue
        behind = place + len(turns or (token,))
        object_is_ours = _next_is_ours(behind, ours, theirs)
        subjects = theirs if object_is_ours else ours
        if object_is_ours is None or not any(high <= place for _, high in subjects):
            continue
        if _denied(tokens, start, place):
            sign = -sign
        spent = frozenset(range(place, behind))
        return Verdict(not object_is_ours, -sign if object_is_ours else sign, spent)
    return None


def _next_is_ours(place: int, ours: list[Span], theirs: list[Span], within: int = 4) -> bool | None:
    """Whose name comes first from `place` on, at most `within` tokens away; None: nobody's."""
    mine = min((low for low, _ in ours if low >= place), default=None)
    rival = min((low for low, _ in theirs if low >= place), default=None)
    nearest = min((low for low in (mine, rival) if low is not None), default=None)
    return None if nearest is None or nearest - place >= within else nearest == mine


def _side(tokens: Sequence[str], words: frozenset[str], ours: list[Span], theirs: list[Span]) -> bool | None:
    """Whose name follows directly, or behind an article, on one of `words`: True ours, False theirs, None nobody's."""
    for spans, answer in ((ours, True), (theirs, False)):
        for low, _ in spans:
            if tokens[low - 1] in words if low else False:
                return answer
    return None


def _before(place: int, spans: list[Span], within: int) -> bool:
    return any(0 <= place - high < within for _, high in spans)


def _denied(tokens: Sequence[str], start: int, place: int) -> bool:
    return not _NOT.isdisjoint(tokens[max(start, place - 4) : place])


def _first(tokens: Sequence[str], start: int, end: int, words: frozenset[str]) -> int | None:
    return next((place for place in range(start, end) if tokens[place] in words), None)


def _find(tokens: Sequence[str], start: int, end: int, phrase: tuple[str, ...]) -> int | None:
    size = len(phrase)
    return next((at for at in range(start, end - size + 1) if tuple(tokens[at : at + size]) == phrase), None)
