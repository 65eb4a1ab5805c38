"""Reviews of weeks unlike the example: quiet, nearly empty, in crisis, long, hostile; for whatever shows a review."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import msgspec
from msgspec.structs import replace

from dashboards.review.model import Day, Difference, Published, Quality, Review, Series
from dashboards.review.values import Earlier, Figure, Period, Sentence
from tests.hostile import HOSTILE
from tests.reviews import MONDAY, WEEK, example_review, text

LONG = "Compañía Internacional de Telecomunicaciones y Energía del Mediterráneo Occidental, S. A. (antes Lumbre)"
_DAY = timedelta(days=1)
_NO_DAY = Day(
    **{"day": WEEK.first_day, "start": MONDAY, "end": MONDAY + _DAY, "in_period": True},
    **dict.fromkeys(("positive", "neutral", "negative", "unjudged", "n"), 0),
    **dict.fromkeys(("w_positive", "w_neutral", "w_negative", "w_unjudged"), 0.0),
    **{"net_sentiment": None, "interval": None, "completeness": 1.0},
)


def quiet() -> Review:
    """A week in which nothing left its usual range; no alert, no campaign, nobody new."""
    review = example_review()
    calm = tuple(
        replace(one, value=one.usual, interval=None, verdict="level") if one.usual is not None else one
        for one in review.figures
    )
    return replace(
        review,
        headline=(Sentence(text=text("Nothing changed beyond the usual.", "Nada cambió más allá de lo habitual.")),),
        figures=calm,
        **dict.fromkeys(("alerts", "terms_rising", "terms_falling", "links_rising", "links_falling", "waiting"), ()),
        **dict.fromkeys(("evangelists", "lapsed", "campaigns"), ()),
        alerts_in_all=0,
        series=_calm(review.series),
    )


def three() -> Review:
    """A brand of which three mentions are known, watched alone, without a week to compare with."""
    review = quiet()
    figures = tuple(
        replace(one, value=3.0 if one.unit == "count" else None, before=(None,) * 4, verdict="unknown", n=2,
                usual=None, low=None, high=None, note=text("Under 30 opinions.", "Menos de 30 opiniones."))
        for one in review.figures
    )  # fmt: skip
    days = [replace(_NO_DAY, day=WEEK.first_day + n * _DAY, negative=n == 2, positive=2 * (n == 4)) for n in range(7)]
    return replace(
        review,
        headline=(),
        figures=figures,
        brands=(review.brands[0],),
        earlier=tuple(
            replace(one, comparable=False, why_not=text("not heard", "no escuchada")) for one in review.earlier
        ),
        quality=replace(review.quality, gaps=(), gaps_in_all=0, languages=(), sources=review.quality.sources[:1]),
        **dict.fromkeys(("people", "spam"), ()),
        series=Series(days=tuple(days), band=()),
    )


def nothing() -> Review:
    """A brand of which nothing is known at all."""
    review = three()
    figures = tuple(replace(one, value=0.0 if one.unit == "count" else None, n=0) for one in review.figures)
    days = tuple(replace(day, negative=0, positive=0, completeness=None) for day in review.series.days)
    return replace(
        review,
        figures=figures,
        completeness=None,
        generated_from=None,
        quality=Quality(**dict.fromkeys(("figures", "sources", "languages", "gaps"), ()), gaps_in_all=0, not_seen=()),
        scorecard=(),
        series=Series(days=days, band=()),
    )


def crisis() -> Review:
    """A full week: five sentences, twenty alerts of which seven more are not listed, ten rivals, published before."""
    review = example_review()
    sentences = tuple(
        Sentence(text=text(
            f"{number} more negatives than usual came from one story about late deliveries in the north.",
            f"{number} negativas más de lo habitual vinieron de una sola historia sobre entregas tardías en el norte.",
        ))
        for number in (612, 340, 120)
    )  # fmt: skip
    alerts = tuple(
        replace(
            review.alerts[0],
            opened_at=MONDAY + timedelta(hours=7 * place),
            closed_at=None if place % 3 else MONDAY + timedelta(hours=7 * place + 2),
            severity=("critical", "high", "warn", "info")[place % 4],
            kind=("negative_spike", "volume_spike", "campaign", "watchword", "notable_author", "silence")[place % 6],
            quotes=review.alerts[0].quotes[: place % 4],
            minutes_to_acknowledge=None if place % 2 else 95.0,
        )
        for place in range(20)
    )
    rivals = tuple(replace(review.brands[1], brand=f"kolibri {number}", note=None) for number in range(9))
    gaps = tuple(replace(review.quality.gaps[0], start=MONDAY + n * timedelta(hours=8)) for n in range(20))
    differences = (
        Difference(
            id=review.figures[0].id,
            title=review.figures[0].title,
            unit="count",
            published=1270.0,
            today=1284.0,
            why=text("14 mentions arrived late.", "14 menciones llegaron tarde."),
        ),
    )
    return replace(
        review,
        headline=review.headline + sentences,
        alerts=alerts,
        alerts_in_all=27,
        brands=review.brands[:1] + rivals,
        waiting=review.waiting * 8,
        evangelists=review.evangelists * 8,
        detractors=review.lapsed * 3,
        terms_rising=review.terms_rising * 5,
        campaigns=review.campaigns * 6,
        quality=replace(review.quality, gaps=gaps, gaps_in_all=31),
        published=Published(at=WEEK.until + _DAY, who="marta", differences=differences, why=(differences[0].why,)),
    )


def named(review: Review, name: str) -> Review:
    """The same review of a brand of another name."""
    row = replace(review.brands[0], brand=name)
    return replace(review, brand=name, brands=(row, *review.brands[1:]))


def long_names() -> Review:
    """Brands with names of a hundred letters, one of them without a blank."""
    review = named(example_review(), LONG)
    return replace(review, brands=(review.brands[0], replace(review.brands[1], brand="Kolibri" * 15), review.brands[2]))


def month() -> Review:
    """Thirty days, after four months."""
    return _longer("month", "2026-11", 30, 120)


def quarter() -> Review:
    """Ninety-two days by themselves."""
    return _longer("quarter", "2026-Q4", 92, 0)


def _longer(kind: str, name: str, own: int, before: int) -> Review:
    review = example_review()
    since = MONDAY - 15 * _DAY
    first = WEEK.first_day - 15 * _DAY
    period = Period(
        kind=kind,  # type: ignore[arg-type] # one of the words of this file
        name=name,
        since=since,
        until=since + own * _DAY,
        first_day=first,
        last_day=first + (own - 1) * _DAY,
        time_zone="Europe/Madrid",
    )
    days = tuple(
        replace(
            review.series.days[20 + place % 15],
            day=first + place * _DAY,
            start=since + place * _DAY,
            end=since + (place + 1) * _DAY,
            in_period=place >= 0,
        )
        for place in range(-before, own)
    )
    band = tuple(
        replace(review.series.band[place % 84], at=since + (place + 1) * timedelta(hours=1))
        for place in range(own * 24)
    )
    earlier = tuple(Earlier(period=one.period, completeness=0.9, comparable=True) for one in review.earlier)
    return replace(review, period=period, earlier=earlier, series=Series(days=days, band=band))


def _calm(series: Series) -> Series:
    days = tuple(replace(day, negative=40, n=day.positive + 40, completeness=1.0) for day in series.days)
    return Series(days=days, band=tuple(replace(one, negatives=min(one.negatives, 8.0)) for one in series.band))


def hostile(words: str) -> Review:
    """The full week with every text and name, that a stranger or a colleague wrote, replaced by `words`."""
    kept = {"verdict", "unit", "state", "kind", "role", "severity", "format", "time_zone", "label"}

    def told(value: Any, field: str = "") -> Any:
        if isinstance(value, msgspec.Struct):
            changed = {
                one: told(getattr(value, one), f"{one}@{type(value).__name__}")
                for one in value.__struct_fields__
                if one not in kept and not (isinstance(value, Figure) and one == "name")
            }
            return replace(value, **changed)
        if isinstance(value, tuple):
            return tuple(told(one, field) for one in value)
        return words if isinstance(value, str) and not field.endswith("@Period") else value

    found: Review = told(crisis())
    return replace(found, format="review.v1")


SCENES: Mapping[str, Callable[[], Review]] = {
    "example": example_review,
    "quiet": quiet,
    "three": three,
    "nothing": nothing,
    "crisis": crisis,
    "long": long_names,
    "month": month,
    "quarter": quarter,
    "hostile": lambda: hostile(HOSTILE["markup"]),
}
