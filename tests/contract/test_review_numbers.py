"""Every number of a review against plain SQL and against its own receipt, over an invented fortnight."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from atalaya.embedded import EmbeddedRun, Plan
from dashboards.review.building import build
from dashboards.review.gathering import gather
from dashboards.review.html import render as html
from dashboards.review.markdown import render as markdown
from dashboards.review.model import Review
from dashboards.review.opening import figure_receipt, figures_of
from dashboards.review.periods import named
from dashboards.review.values import LANGS
from dashboards.review.voice import Voice
from ingest.simulation.brands import DEMO_BRANDS
from ingest.sources.simulated import SimulatedSource
from mentions.settings import OutboxSettings, Settings, StoreSettings
from processors.store.opening import Store, open_store
from tests.review_figures import checked_names, differences

pytestmark = pytest.mark.xdist_group("review_numbers")  # one fortnight for all
UNTIL = datetime(2026, 11, 22, 23, tzinfo=UTC)
BRAND, WEEK = "lumbre", "2026-W47"


@pytest.fixture(scope="module")
def fortnight(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Path]]:
    """The demo's fortnight with a third of its people, through the embedded run; and the file of its store."""
    folder = tmp_path_factory.mktemp("fortnight")
    path = folder / "store.sqlite"
    settings = Settings(
        store=StoreSettings(url=f"sqlite:///{path}"), outbox=OutboxSettings(path=str(folder / "outbox.sqlite"))
    )
    source = SimulatedSource(seed=1, days=14, until=UNTIL, live=False, live_crisis=False, volume=0.35)
    plan = Plan(settings=settings, sources=[source], brands=DEMO_BRANDS, max_delay={}, finite=True)
    asyncio.run(EmbeddedRun(plan).run())
    with open_store(settings.store.url) as store:
        yield store, path


@pytest.fixture(scope="module")
def review(fortnight: tuple[Store, Path]) -> Review:
    """Its second week."""
    with fortnight[0].reading() as connection:
        return build(gather(connection, BRAND, named(WEEK, "Europe/Madrid"), name_detractors=True))


def as_json(review: Review) -> Any:
    """What `--format json` writes."""
    from atalaya.verbs.review import rendered

    return json.loads(rendered(review, "json", "en"))


def test_every_number_is_the_one_that_plain_sql_counts(fortnight: tuple[Store, Path], review: Review) -> None:
    """Figures, their values in the weeks before, intervals, brands, days, sources, languages, alerts and people."""
    told = as_json(review)
    with closing(sqlite3.connect(fortnight[1])) as connection:
        assert list(differences(told, connection)) == []
    assert all(told[part] for part in ("alerts", "campaigns", "evangelists", "terms_rising"))
    assert checked_names(told) >= {"mentions", "stories", "net_sentiment", "response_median", "spam_share", "waiting"}


def test_a_number_that_is_wrong_by_one_is_told(fortnight: tuple[Store, Path], review: Review) -> None:
    """The check is no rubber stamp: a figure, a day and a language, each one more than it is."""
    told = as_json(review)
    told["figures"][0]["value"] += 1
    told["series"]["days"][-1]["negative"] += 1
    told["quality"]["languages"][0]["mentions"] += 1
    with closing(sqlite3.connect(fortnight[1])) as connection:
        found = list(differences(told, connection))
    assert [line.partition(": the")[0] for line in found] == [
        f"review:{BRAND}/{WEEK}/mentions", "2026-11-22: negative", "es: mentions", "es: share",
    ]  # fmt: skip


def test_every_number_is_the_one_that_its_receipt_opens(fortnight: tuple[Store, Path], review: Review) -> None:
    """Each figure of the first page, and the first term, whose posts are found as they were counted."""
    term = review.terms_rising[0]
    with fortnight[0].reading() as connection:
        for figure in review.figures:
            inputs = figure_receipt(connection, figure.id).inputs
            assert (inputs["value"], inputs["n"], inputs["before"]) == (figure.value, figure.n, figure.before)
        receipt = figure_receipt(connection, term.id)
    assert receipt.inputs["counted posts"] == receipt.inputs["posts"] == term.posts == len(receipt.mentions)


def test_both_languages_show_every_figure(review: Review) -> None:
    """Its title and its number in that language's digits, in Markdown and on the page; no name of our own code."""
    for lang in LANGS:
        voice = Voice(lang, review.period)
        for document in (markdown(review, lang), html(review, lang)):
            for figure in figures_of(review):
                if figure.value is not None and "/" not in figure.name:
                    assert figure.title.said(lang) in document
                    assert voice.value(figure.unit, figure.value).replace(">", "").replace("<", "") in document
            assert ", simulated" not in document
            assert "coordinated, " not in document.replace("possibly coordinated, ", "")
