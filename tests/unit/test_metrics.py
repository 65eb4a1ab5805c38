import math
import re
import threading
from itertools import product
from random import Random

import pytest
from prometheus_client.parser import text_string_to_metric_families

from atalaya.metrics import CONTENT_TYPE, Metrics
from atalaya.observing import awaited
from mentions import metric_names
from mentions.drops import Drop
from mentions.metric_kinds import Counter, Histogram, Info, Metric
from mentions.metric_names import LOG_REASONS, METRICS
from mentions.records import LABELS

LANGUAGES = ("es", "en")
BRANDS = ("lumbre", "nubira")
SOURCES = ("bluesky", "rss")


@pytest.fixture
def metrics() -> Metrics:
    """Metrics of two brands, two sources and two languages."""
    made = Metrics(LANGUAGES)
    made.pre_create(BRANDS, SOURCES)
    return made


def samples(metrics: Metrics) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Every sample as Prometheus would read it, by name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(metrics.render().decode())
        for sample in family.samples
    }


def value(metrics: Metrics, name: str, **labels: str) -> float:
    """One sample; KeyError when there is none."""
    return samples(metrics)[name, frozenset(labels.items())]


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_names_follow_the_rules_of_prometheus(metric: Metric) -> None:
    """Names begin with atalaya_, counters alone end in _total, facts in _info, and units are base units."""
    assert re.fullmatch(r"atalaya_[a-z_]+[a-z]", metric.name)
    assert metric.name.endswith("_total") == isinstance(metric, Counter)
    assert metric.name.endswith("_info") == isinstance(metric, Info)
    assert not re.search(r"_(ms|millis\w*|minutes|hours|days|kb|mb|percent)(_|$)", metric.name)
    if isinstance(metric, Histogram):
        assert metric.name.endswith("_seconds")


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_each_metric_says_what_it_is(metric: Metric) -> None:
    """The help of a metric is a sentence."""
    assert metric.help[:1].isupper() or metric.help[:1].isdigit()
    assert metric.help.endswith(".")


def test_the_catalogue_names_nothing_twice() -> None:
    """Names are unique, and every constant of the module is in the catalogue."""
    names = [metric.name for metric in METRICS]

    assert len(set(names)) == len(names)
    assert {id(found) for found in vars(metric_names).values() if isinstance(found, Metric)} == set(map(id, METRICS))


def test_buckets_lie_close_around_the_objective() -> None:
    """The age of a mention has a bucket that ends at 15 s, the objective, and neighbours within 5 s of it."""
    buckets = metric_names.AGE_BUCKETS
    at = buckets.index(15)

    assert list(buckets) == sorted(buckets)
    assert buckets[at] - buckets[at - 1] <= 5
    assert buckets[at + 1] - buckets[at] <= 5


def test_what_is_rendered_is_what_is_in_the_catalogue(metrics: Metrics) -> None:
    """Every metric appears under its name, type and help; beside them only those of the process."""
    rendered = {
        family.name: family
        for family in text_string_to_metric_families(metrics.render().decode())
        if not family.name.startswith("process_")
    }

    assert {metric.name.removesuffix("_total") for metric in METRICS} == set(rendered)
    for metric in METRICS:
        family = rendered[metric.name.removesuffix("_total")]
        assert family.documentation == metric.help
        assert family.type == {Counter: "counter", Histogram: "histogram"}.get(type(metric), "gauge")


def test_every_series_of_the_configured_brands_and_sources_exists_at_zero(metrics: Metrics) -> None:
    """Before anything happened each combination of known labels is there, at zero, drops with every reason."""
    found = samples(metrics)

    for brand, source, label in product(BRANDS, SOURCES, LABELS):
        key = frozenset({("brand", brand), ("source", source), ("sentiment", label)})
        assert found["atalaya_mentions_stored_total", key] == 0
    for source, reason in product(SOURCES, Drop):
        assert found["atalaya_posts_dropped_total", frozenset({("source", source), ("reason", reason)})] == 0
    for source, reason in product(SOURCES, LOG_REASONS):
        assert found["atalaya_records_dropped_total", frozenset({("source", source), ("reason", reason)})] == 0
    for brand, lang in product(BRANDS, (*LANGUAGES, "other")):
        key = frozenset({("brand", brand), ("lang", lang)})
        assert found["atalaya_mentions_by_language_total", key] == 0


def test_no_zero_claims_to_know(metrics: Metrics) -> None:
    """What nobody has measured yet is NaN, not a reassuring zero; a source is down once it is waited for, not before.

    Workers know every source and watch none: a zero of theirs would be an alarm about a source that nobody configured.
    """
    assert math.isnan(value(metrics, "atalaya_watermark_lag_seconds"))
    assert math.isnan(value(metrics, "atalaya_source_lag_seconds", source="bluesky"))
    assert math.isnan(value(metrics, "atalaya_source_up", source="bluesky"))
    awaited(metrics, ["bluesky"])
    assert value(metrics, "atalaya_source_up", source="bluesky") == 0
    assert value(metrics, "atalaya_source_last_success_timestamp_seconds", source="bluesky") == 0
    assert math.isnan(value(metrics, "atalaya_source_up", source="rss"))


def test_counters_gauges_and_histograms_take_values(metrics: Metrics) -> None:
    """What is counted, set and observed is what is rendered."""
    metrics.inc(metric_names.MENTIONS_STORED, 3, brand="lumbre", source="rss", sentiment="negative")
    metrics.inc(metric_names.MENTIONS_STORED, sentiment="negative", source="rss", brand="lumbre")
    metrics.set(metric_names.OUTBOX_ROWS, 7)
    metrics.observe(metric_names.MENTION_AGE, 12.5, source="bluesky")
    metrics.observe(metric_names.MENTION_AGE, 99, source="bluesky")

    assert value(metrics, "atalaya_mentions_stored_total", brand="lumbre", source="rss", sentiment="negative") == 4
    assert value(metrics, "atalaya_outbox_rows") == 7
    assert value(metrics, "atalaya_mention_age_seconds_bucket", source="bluesky", le="12.5") == 1
    assert value(metrics, "atalaya_mention_age_seconds_count", source="bluesky") == 2


def test_facts_replace_each_other(metrics: Metrics) -> None:
    """An engine that was exchanged is not shown beside its successor."""
    metrics.info(metric_names.ENGINE, engine="vader", version="1")
    metrics.info(metric_names.ENGINE, version="2", engine="vader-fixed")

    assert [key for key in samples(metrics) if key[0] == "atalaya_engine_info"] == [
        ("atalaya_engine_info", frozenset({("engine", "vader-fixed"), ("version", "2")}))
    ]


def test_unknown_label_values_are_summed_as_other(metrics: Metrics) -> None:
    """A brand, source or language outside the known sets counts as `other`."""
    metrics.inc(metric_names.MENTIONS_BY_LANGUAGE, 2, brand="lumbre", lang="tlh")
    metrics.inc(metric_names.MENTIONS_BY_LANGUAGE, 3, brand="lumbre", lang="und")

    assert value(metrics, "atalaya_mentions_by_language_total", brand="lumbre", lang="other") == 5


def test_a_hundred_thousand_strange_values_add_no_series(metrics: Metrics) -> None:
    """Random brands, sources and languages keep the number of series once `other` exists; no count is lost."""
    chance = Random(1)
    metrics.inc(metric_names.MENTIONS_BY_LANGUAGE, brand="x", lang="x")
    metrics.inc(metric_names.MENTIONS_STORED, brand="x", source="x", sentiment="x")
    before = len(samples(metrics))

    for number in range(50_000):
        strange = f"{chance.getrandbits(64):x}"
        metrics.inc(metric_names.MENTIONS_BY_LANGUAGE, brand=strange, lang=strange)
        metrics.inc(metric_names.MENTIONS_STORED, brand=f"b{number}", source=strange, sentiment=strange)

    assert len(samples(metrics)) == before
    assert value(metrics, "atalaya_mentions_by_language_total", brand="other", lang="other") == 50_001


@pytest.mark.parametrize(("stored", "most"), [(False, 6_000), (True, 12_000)])
def test_the_number_of_series_of_fifty_brands_and_ten_sources_is_bounded(stored: bool, most: int) -> None:
    """The largest configuration that we plan for costs Prometheus little; a worker has half the series of `run`."""
    metrics = Metrics(("en", "es", "pt", "fr", "de", "it"), stored=stored)
    metrics.pre_create([f"brand{number}" for number in range(50)], [f"source{number}" for number in range(10)])

    assert len(samples(metrics)) < most


def test_a_new_brand_is_added_and_an_old_one_keeps_its_counts(metrics: Metrics) -> None:
    """`pre_create` again adds what is new at zero and resets nothing."""
    metrics.inc(metric_names.HITS, 5, brand="lumbre")

    metrics.pre_create(["kolibri"], [])

    assert value(metrics, "atalaya_hits_total", brand="lumbre") == 5
    assert value(metrics, "atalaya_hits_total", brand="kolibri") == 0


@pytest.mark.parametrize("labels", [{}, {"brand": "lumbre"}, {"source": "rss", "brand": "x"}, {"lang": "es"}])
def test_wrong_label_names_are_a_fault_of_the_caller(labels: dict[str, str], metrics: Metrics) -> None:
    """A missing, additional or misnamed label raises at once."""
    with pytest.raises(ValueError, match="atalaya_posts_seen_total has the labels"):
        metrics.inc(metric_names.POSTS_SEEN, 1, **labels)


def test_two_registries_do_not_know_each_other(metrics: Metrics) -> None:
    """Each `Metrics` is alone: nothing is global, so that tests and processes do not mix."""
    metrics.set(metric_names.OUTBOX_ROWS, 7)

    assert value(Metrics(), "atalaya_outbox_rows") == 0


def test_threads_share_metrics_without_losing_a_count(metrics: Metrics) -> None:
    """Four threads count at once; the sum is exact and rendering meanwhile does no harm."""

    def count() -> None:
        for _ in range(2_000):
            metrics.inc(metric_names.HITS, brand="lumbre")

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        metrics.render()
    for thread in threads:
        thread.join(timeout=30)

    assert value(metrics, "atalaya_hits_total", brand="lumbre") == 8_000


def test_there_are_no_created_series_and_the_content_type_is_prometheus(metrics: Metrics) -> None:
    """The text holds no `_created` samples, which nothing reads, and is served as Prometheus' text format."""
    assert b"_created" not in metrics.render()
    assert CONTENT_TYPE.startswith("text/plain; version=")
