"""What each rated word of a Spanish text weighs where it stands: one pass over the words that some rule speaks of."""

from processors.sentiment.spanish_words import SpanishWord

PRAISE_DENIED, BLAME_DENIED, NOUN_DENIED = -0.8, -0.35, 0.0
"""What a negator multiplies by: "no es bueno" blames, "no es malo" praises faintly, "sin retrasos" is nothing."""

CAPITALS = 0.6
BEFORE_BUT, BEHIND_BUT, CONCEDED = 0.5, 1.3, 0.5
STRENGTHENED = 1.25
MOST_DEGREE = 1.7
DEGREE_REACH = 3
AFTERWARDS_REACH = SWEARING_REACH = 2
MENDING_REACH = 3
ASKED = 0.6
LAST = 1.2
MEANT = -0.8
"""What irony leaves of praise."""

FARTHEST = 9
"""No negator reaches over more words than these, however light."""

_NOWHERE = -100


class _Reading:
    """The state of one pass: what stands, and what hangs over the words to come."""

    __slots__ = (
        "amazed", "conceding", "degree", "degree_at", "gain", "hit_at", "ironic", "mended_at", "negator_at", "never",
        "places", "reach", "sentence", "sentence_before", "swore", "values",
    )  # fmt: skip

    def __init__(self) -> None:
        self.values: list[float] = []
        self.places: list[int] = []
        self.negator_at, self.reach = _NOWHERE, 0
        self.degree, self.degree_at = 1.0, _NOWHERE
        self.hit_at = self.swore = self.amazed = self.mended_at = _NOWHERE
        self.sentence = self.sentence_before = 0
        self.gain = 1.0
        self.conceding = self.ironic = self.never = False


def weigh(words: list[SpanishWord], places: list[int], *, mixed: bool) -> list[float]:
    """The values of the scored words among `words[i] for i in places`, in their order.

    Args:
        places: the marked words, ascending. mixed: the text is not all in capitals.
    """
    state = _Reading()
    for i in places:
        word = words[i]
        if word.contrast:
            _contrast(state, word)
        if word.breaks or word.contrast:
            state.negator_at = _NOWHERE
        if word.reach:
            _negate(state, word, i)
        if word.afterwards and state.values and i - state.hit_at <= AFTERWARDS_REACH:
            state.values[-1] *= STRENGTHENED
        if word.mends:
            _mend(state, words, i)
        if word.scored:
            _rate(state, words, i, mixed)
        if word.degree != 1.0:
            before = state.degree if state.degree_at >= i - 2 else 1.0
            state.degree, state.degree_at = max(-MOST_DEGREE, min(MOST_DEGREE, word.degree * before)), i
        if word.ironic:
            state.ironic = True
        if word.pauses:
            _pause(state, word)
    _turn_irony(state, words)
    _weigh_last(state.values)
    return state.values


def _contrast(state: _Reading, word: SpanishWord) -> None:
    """`pero`: what stands before it in its sentence, or in the one before if it begins one, weighs less."""
    if word.contrast < 0:
        state.conceding = True
        return
    start = state.sentence if state.sentence < len(state.values) else state.sentence_before
    for place in range(start, len(state.values)):
        state.values[place] *= BEFORE_BUT
    state.sentence_before = state.sentence = len(state.values)
    state.gain = BEHIND_BUT


def _negate(state: _Reading, word: SpanishWord, i: int) -> None:
    """A second negator makes the first one stronger and turns nothing back: "no me gusta nada"."""
    if i - state.negator_at <= FARTHEST and state.values and i - state.hit_at <= AFTERWARDS_REACH:
        state.values[-1] *= STRENGTHENED
    state.negator_at, state.reach = i, word.reach
    state.never = state.never or word.never


def _rate(state: _Reading, words: list[SpanishWord], i: int, mixed: bool) -> None:
    word = words[i]
    value = word.value
    if not word.sign:
        if word.upper and mixed:
            value += CAPITALS if value > 0 else -CAPITALS
        value = _by_degree(state, words, i, value)
        if state.never and words[i - 1].so:
            value *= STRENGTHENED
        elif not word.fixed and _is_negated(state, words, i):
            value *= PRAISE_DENIED if value > 0 else NOUN_DENIED if word.is_noun else BLAME_DENIED
        elif word.quoted and value > 0:
            value *= MEANT
        value *= state.gain * (CONCEDED if state.conceding else 1.0)
        if value < 0:
            value = _blamed(state, words, i, value)
    if word.swears:
        state.swore = len(state.values)
    if word.amazes and value > 0:
        state.amazed = len(state.values)
    state.values.append(value)
    state.places.append(i)
    state.hit_at = i


def _by_degree(state: _Reading, words: list[SpanishWord], i: int, value: float) -> float:
    """The value after words of degree and swearing before it, which say nothing else then: "bien caro"."""
    if i - state.degree_at <= DEGREE_REACH:
        if state.degree_at == state.hit_at == i - 1:
            state.values[-1] = 0.0
        value *= state.degree if state.degree > 0 or value > 0 else -state.degree / 2
        state.degree_at = _NOWHERE
    if value > 0 and state.swore == len(state.values) - 1 and i - state.hit_at <= SWEARING_REACH:
        state.values[-1] = 0.0
        value *= STRENGTHENED
    return value


def _blamed(state: _Reading, words: list[SpanishWord], i: int, value: float) -> float:
    """Blame turns the amazement before it; a fault behind a word of mending is none."""
    if words[i].is_noun and i - state.mended_at <= MENDING_REACH:
        return 0.0
    if state.amazed >= state.sentence:
        state.values[state.amazed] *= MEANT / 2
        state.amazed = _NOWHERE
    return value


def _mend(state: _Reading, words: list[SpanishWord], i: int) -> None:
    state.mended_at = i
    if state.values and i - state.hit_at <= MENDING_REACH and words[state.hit_at].is_noun and state.values[-1] < 0:
        state.values[-1] = 0.0


def _is_negated(state: _Reading, words: list[SpanishWord], i: int) -> bool:
    distance = i - state.negator_at
    if distance <= state.reach:
        return True
    if distance > FARTHEST:
        return False
    return sum([not word.bridges for word in words[state.negator_at + 1 : i]]) < state.reach


def _pause(state: _Reading, word: SpanishWord) -> None:
    state.negator_at = state.degree_at = state.swore = state.mended_at = _NOWHERE
    state.conceding = state.never = False
    if not word.ends:
        return
    if word.asks:
        for place in range(state.sentence, len(state.values)):
            state.values[place] *= ASKED
    if len(state.values) > state.sentence:
        state.sentence_before, state.sentence = state.sentence, len(state.values)
    state.gain = 1.0


def _weigh_last(values: list[float]) -> None:
    """Where praise and blame meet, the last word is the one that counts."""
    if min(values) < 0 < max(values):
        values[-1] *= LAST


def _turn_irony(state: _Reading, words: list[SpanishWord]) -> None:
    """A text that calls itself ironic, or whose only praise is a cry before nothing but blame."""
    values, places = state.values, state.places
    if state.ironic:
        values[:] = [value * MEANT if value > 0 else value for value in values]
        return
    praise = [place for place, value in enumerate(values) if value > 0 and not words[places[place]].sign]
    if len(praise) == 1 and praise[0] < len(values) - 1:
        word = words[places[praise[0]]]
        behind = [value for place, value in zip(places, values, strict=True) if value < 0 and not words[place].sign]
        if word.opens and word.pauses and behind:
            values[praise[0]] *= MEANT
