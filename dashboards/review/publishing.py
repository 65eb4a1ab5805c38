"""Publishing a review, and what differs today from what was published. Names and words of people are never frozen."""

from collections.abc import Iterator
from datetime import datetime

from msgspec.structs import replace
from sqlalchemy import Connection

from dashboards.review.model import Difference, Published, Review
from dashboards.review.opening import figures_of
from dashboards.review.values import Text
from processors.store import reviews

_CLOSE = 1e-9
_SINCE = Text("See what happened since, below.", "Véase abajo qué ha pasado desde entonces.")
_OTHER = Text(
    "Nothing came or went: judgements, weights, people's days, what the team writes down or the brand's definition are "
    "others now.",
    "Nada llegó ni se borró: son otros los juicios, los pesos, los días de las personas, lo que anota el equipo o la "
    "definición de la marca.",
)


def publish(connection: Connection, review: Review, *, who: str, now: datetime) -> bool:
    """Freeze a review's figures; False: its period was published before, and stays as it was."""
    figures = {figure.name: figure.value for figure in figures_of(review)}
    name = review.period.name
    return reviews.publish(connection, review.brand, name, figures, format_=review.format, who=who, now=now)


def with_published(connection: Connection, review: Review) -> Review:
    """The review with what was published of its period, what differs today, and why."""
    frozen = reviews.published(connection, review.brand, review.period.name)
    if frozen is None:
        return review
    period = review.period
    came, went = reviews.since_then(connection, review.brand, period.since, period.until, frozen.at)
    changes = tuple(_differences(review, frozen))
    why = tuple(_why(came, went, frozen.format, review.format)) or ((_OTHER,) if changes else ())
    return replace(review, published=Published(at=frozen.at, who=frozen.who, differences=changes, why=why))


def _differences(review: Review, frozen: reviews.StoredReview) -> Iterator[Difference]:
    for figure in {one.name: one for one in figures_of(review)}.values():
        if figure.name not in frozen.figures:
            continue
        then = frozen.figures[figure.name]
        if then == figure.value or (
            None not in (then, figure.value) and abs((then or 0) - (figure.value or 0)) < _CLOSE
        ):
            continue
        yield Difference(
            id=figure.id, title=figure.title, unit=figure.unit, published=then, today=figure.value, why=_SINCE
        )


def _same(then: float | None, now: float | None) -> bool:
    return then == now if then is None or now is None else abs(then - now) < _CLOSE


def _why(came: int, went: int, format_then: str, format_now: str) -> Iterator[Text]:
    if came:
        yield Text(
            f"Mentions of the period that came after it was published: {came}.",
            f"Menciones del periodo que llegaron después de publicarla: {came}.",
        )
    if went:
        yield Text(
            f"Mentions of the period that were deleted at their source since: {went}.",
            f"Menciones del periodo borradas en su origen desde entonces: {went}.",
        )
    if format_then != format_now:
        yield Text(
            f"The formulas are those of {format_now}, then of {format_then}.",
            f"Las fórmulas son las de {format_now}, entonces las de {format_then}.",
        )
