"""Figures of the brand's own voice, for the scorecard: what is made of its posts, its answers, its thanks. Pure."""

from collections.abc import Callable

from dashboards.review.figuring import Figuring, once
from dashboards.review.judging import wilson
from dashboards.review.rows import PeriodRows
from dashboards.review.values import Figure, Text
from processors.store.own_voice import OwnVoice

OWN_FIGURES = frozenset(("reused", "answers_unlinked", "praise_thanked", "answers_own_words", "ambassadors_active"))
_USEFUL = Text("Whether they were useful, the team must say.", "Si fueron útiles, solo el equipo lo sabe.")
Part = Callable[[OwnVoice], int]


def reuse_figures(made: Figuring) -> tuple[tuple[Figure, ...], tuple[Text, ...]]:
    """Rule 5: quotes and near-copies of own posts by others."""
    if not made.now.responses.visible:
        return (), ()
    own = made.now.own
    figure = made.figure("reused", once(lambda rows: float(rows.own.quotes + rows.own.copies)))
    if not figure.value:
        return (figure,), ()
    return (figure,), (
        Text(f"quotes: {own.quotes}; near-copies: {own.copies}", f"citas: {own.quotes}; casi copias: {own.copies}"),
        Text(
            f"positive: {own.positive}; neutral: {own.neutral}; negative: {own.negative}",
            f"positivas: {own.positive}; neutras: {own.neutral}; negativas: {own.negative}",
        ),
    )


def help_figures(made: Figuring) -> tuple[tuple[Figure, ...], tuple[Text, ...]]:
    """Rule 6: answers that ask for nothing in return."""
    if not made.now.responses.visible or not made.rows.brand.domains:
        return (), ()
    return (_share(made, "answers_unlinked", lambda own: own.unlinked, lambda own: own.answers),), (_USEFUL,)


def humble_figures(made: Figuring) -> tuple[Figure, ...]:
    """Rule 12: praise that was thanked, answers in words of their own."""
    own = made.now.own
    if not made.now.responses.visible and not own.thanked:
        return ()
    return (
        _share(made, "praise_thanked", lambda own: own.thanked, lambda own: own.praise),
        _share(made, "answers_own_words", lambda own: own.own_words, lambda own: own.comparable),
    )


def ambassador_figure(made: Figuring) -> tuple[Figure, ...]:
    """Rule 16: ambassadors who spoke; none where the brand names none."""
    if not made.rows.brand.ambassadors:
        return ()
    return (made.figure("ambassadors_active", once(lambda rows: float(rows.own.ambassadors))),)


def _share(made: Figuring, name: str, part: Part, whole: Part) -> Figure:
    def share(rows: PeriodRows) -> float | None:
        of = whole(rows.own)
        return part(rows.own) / of if of else None

    own, n = made.now.own, whole(made.now.own)
    return made.figure(name, once(share), n=n, interval=wilson(part(own), n))
