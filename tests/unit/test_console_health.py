"""Sources, pipeline and funnel in words."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboards.console.funnels import dropped_at_source, funnels, unreadable
from dashboards.console.health import behind, catching_up, lines, pipeline
from dashboards.console.speech import Speech
from dashboards.console.values import SourceHealth, Status
from mentions.records import Gap
from processors.store.coverage import SourceRow
from processors.store.funnel import FunnelRow

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
EN, ES = Speech("en"), Speech("es")
MINUTE = timedelta(minutes=1)


def row(source: str = "bluesky", shard: str = "main", **changes: Any) -> SourceRow:
    """A stream that was heard a minute ago."""
    values: dict[str, Any] = {
        "source_class": "stream",
        "last_at": NOON - MINUTE,
        "complete_until": NOON - MINUTE,
        "holds": True,
        "seen": 1500,
        "matched": 3,
        "deletions": 2,
        "dropped": {"unmatched": 1400, "not_json": 95},
        "gaps": (),
        "completeness": 0.986,
    }
    return SourceRow(source=source, shard=shard, **(values | changes))


def test_what_runs_and_what_is_stored_are_told_together() -> None:
    """A shard known by both shows the state of the one and the counts of the other, and the later of their times."""
    status = Status((SourceHealth("bluesky", "main", "live", complete_until=NOON),))
    (line,) = lines([row()], status, EN, NOON, UTC)
    assert (line.name, line.state_word, line.complete) == ("Bluesky", "Listening", "up to 12:00")
    assert (line.seen, line.dropped, line.completeness, line.gaps) == ("1,500", "1,495", "99%", "no gap in 24 h")


def test_a_source_without_news_is_not_called_well() -> None:
    """What only the store has heard of claims no state; what was never heard says so."""
    stored, configured = lines([row()], Status((SourceHealth("rss", "main", "connecting"),)), EN, NOON, UTC)
    assert stored.state_word == "No news"
    assert (configured.state_word, configured.heard, configured.seen) == ("Connecting", "never heard", "")


def test_shards_are_told_apart_only_where_there_are_several() -> None:
    """Two shards of a source carry their names; a single one does not."""
    named = lines([row(), row(shard="second"), row("rss")], Status(), EN, NOON, UTC)
    assert [line.name for line in named] == ["Bluesky: main", "Bluesky: second", "News and blogs"]


def test_gaps_are_counted_and_listed() -> None:
    """Gaps are summed up in one line and listed with their reasons, in the reader's language."""
    gaps = (Gap(NOON - 90 * MINUTE, NOON - 60 * MINUTE, "the simulated network was out of reach"),)
    (line,) = lines([row(gaps=gaps)], Status(), ES, NOON, UTC)
    assert line.gaps == "1 hueco en 24 h, 30 min perdidos"
    assert [(missed.start, missed.length, missed.why) for missed in line.missed] == [
        ("16 nov 2026, 10:30", "30 min", "no se podía alcanzar la red simulada")
    ]


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (Status(), ""),
        (Status(waiting=0, watermark=NOON - timedelta(seconds=40)), "Everything that arrived is judged"),
        (Status(waiting=1), "1 record waits to be judged"),
        (
            Status(waiting=1500, watermark=NOON - 10 * MINUTE),
            "1,500 records wait to be judged; judged 10 min behind the networks",
        ),
    ],
)
def test_the_pipeline_says_whether_it_keeps_up(status: Status, sentence: str) -> None:
    """What waits and how far judgement lags is said; when nobody knows, nothing is claimed."""
    assert pipeline(status, EN, NOON) == sentence
    assert behind(status, EN, NOON) == ("" if sentence.startswith("Everything") else sentence)


def test_figures_of_now_warn_while_older_posts_are_read_first() -> None:
    """From ten minutes on, by the slowest of those that catch up and of what is judged; else nothing is said."""
    old = NOON - timedelta(days=8)
    reading = SourceHealth("bluesky", "main", "catching_up", complete_until=old)
    assert catching_up(Status((reading,), watermark=NOON), EN, NOON).startswith("Older posts are being read first")
    assert catching_up(Status(watermark=old), ES, NOON).startswith("Primero se leen las publicaciones más antiguas")
    live = SourceHealth("rss", "main", "live", complete_until=old)
    for status in (Status(), Status((live,), watermark=NOON - 5 * MINUTE)):
        assert catching_up(status, EN, NOON) == ""


def funnel_row(brand: str = "lumbre", source: str = "bluesky", **changes: Any) -> FunnelRow:
    """A source that brought two mentions of Lumbre."""
    values: dict[str, Any] = {
        "seen": 1000,
        "deletions": 5,
        "dropped": {"unmatched": 990, "not_json": 3},
        "matched": 2,
        "dropped_later": {},
        "erased": 0,
        "stored": 2,
        "weighted": 1.5,
    }
    return FunnelRow(brand=brand, source=source, **(values | changes))


@pytest.mark.parametrize(
    ("changes", "beginning"),
    [
        ({}, "Of 1,000 posts, 2 matched lumbre and 2 are stored."),
        ({"matched": 90, "stored": 85, "erased": 3}, "Of 1,000 posts, 90 matched lumbre and 85 are stored."),
        (
            {"matched": 90, "stored": 6},
            "Of 1,000 posts that came in, 90 matched lumbre. 6 are stored that were written",
        ),
        ({"matched": 0, "stored": 0}, "The sources sent 1,000 posts and none matched lumbre."),
        ({"seen": 0, "matched": 0, "stored": 0}, "No source sent anything."),
        ({"seen": 0, "matched": 0, "stored": 7}, "7 mentions of lumbre are stored; no source has counted"),
    ],
)
def test_the_funnel_begins_with_its_answer(changes: dict[str, int], beginning: str) -> None:
    """The first sentence says where the posts went: nothing came, nothing matched, or so much is stored."""
    (funnel,) = funnels([funnel_row(**changes)], ["lumbre"], EN)
    assert funnel.verdict.startswith(beginning)


def test_several_sources_are_summed() -> None:
    """With more than one source there is a sum, over all columns."""
    (funnel,) = funnels([funnel_row(), funnel_row(source="rss", seen=30, matched=1, stored=1)], ["lumbre"], EN)
    assert funnel.total is not None
    assert (funnel.total.seen, funnel.total.matched, funnel.total.stored, funnel.total.weighted) == (
        *("1,030", "3", "3", "3.0"),
    )


def test_drops_are_sentences_most_frequent_first() -> None:
    """Reasons are said in full, per source and once, however many brands there are."""
    drops = dropped_at_source([funnel_row(), funnel_row("nubira")], ES)
    assert [(drop.source, drop.count) for drop in drops] == [("Bluesky", "990"), ("Bluesky", "3")]
    assert drops[0].sentence.startswith("No coincide con la consulta")


def test_what_could_not_be_read_is_told() -> None:
    """Log records that belong to no brand are listed apart."""
    rows = [funnel_row(), funnel_row("", "", dropped_later={"corrupt": 2})]
    assert [(drop.count, drop.sentence) for drop in unreadable(rows, EN)] == [
        ("2", "Our own log held bytes that are no valid record.")
    ]
