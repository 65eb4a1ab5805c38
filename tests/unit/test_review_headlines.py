"""The sentences of a review's first page, and small words of the rest."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from dashboards.review.catalogue import CATALOGUE
from dashboards.review.headlines import headline
from dashboards.review.model import BY_SCHEDULE, Published, Term
from dashboards.review.periods import named
from dashboards.review.values import Figure, Sentence
from dashboards.review.voice import Voice

WEEK = named("2026-W47", "Europe/Madrid")
MAIN = (
    "mentions", "stories", "authors", "net_sentiment", "negative_share", "share_of_voice", "response_share",
    "response_median", "response_p90",
)  # fmt: skip


def figure(name: str, verdict: Any = "level") -> Figure:
    """One with a usual range."""
    spec = CATALOGUE[name]
    return Figure(
        id=f"review:lumbre/2026-W47/{name}", name=name, title=spec.title, unit=spec.unit, value=0.5, usual=0.4, low=0.3,
        high=0.45, verdict=verdict, formula=spec.formula,
    )  # fmt: skip


def told(*terms: Term, **verdicts: str) -> tuple[Sentence, ...]:
    """The headline of a week in which these figures left their usual range."""
    rows: Any = SimpleNamespace(periods=[SimpleNamespace(period=WEEK)])
    return headline(rows, [figure(name, verdicts.get(name, "level")) for name in MAIN], (), terms)


def test_a_page_that_shows_a_change_does_not_say_that_there_is_none() -> None:
    """Authors or answering times that left their range are the headline where nothing greater did."""
    (quiet,) = told()
    assert quiet.text.en.startswith("No change above noise")
    (authors,) = told(authors="rose")
    assert authors.of == ("review:lumbre/2026-W47/authors",)
    assert authors.text.en.startswith("Authors rose to")
    assert authors.text.es.startswith("Los autores subieron")
    (mentions,) = told(mentions="rose", authors="rose", stories="rose")
    assert mentions.of == ("review:lumbre/2026-W47/mentions",)


def test_terms_are_quoted_as_each_language_does() -> None:
    """English has its own quotation marks."""
    term = Term(id="t", term="helado", posts=9, expected=1.0, z=4.0, label=None)
    said = told(term)[-1].text
    assert said.en == "Said more than usual: “helado” (9 posts)."
    assert said.es == "Se dijo más de lo habitual: «helado» (9 publicaciones)."


def test_a_review_that_nobody_published_by_hand_names_nobody() -> None:
    """The schedule is no person."""
    at = datetime(2026, 11, 26, 12, tzinfo=UTC)
    assert Voice("es", WEEK).published(Published(at=at, who=BY_SCHEDULE)) == (
        "Publicada el 26 nov 2026, según lo programado."
    )
    assert Voice("en", WEEK).published(Published(at=at, who="ana")) == "Published on 26 Nov 2026 by ana."
