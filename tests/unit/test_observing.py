"""What the age of mentions is measured of."""

from datetime import timedelta

from prometheus_client.parser import text_string_to_metric_families

from atalaya.current_brands import CurrentBrands
from atalaya.metrics import Metrics
from atalaya.observing import Observer
from mentions.brands import BrandVersion
from processors.report import BatchReport
from processors.scoring import score
from tests.playing import BOOK, BRANDS, JUDGES, MORNING, a_mention, a_post, at, entries_of

DAY = 86_400


def ages(*seconds: float) -> tuple[float, float]:
    """How many ages are measured, and their sum, of posts created so many seconds after the brand was first watched.

    All are stored an hour after that, and the brand was changed in between.
    """
    brands, metrics = CurrentBrands(), Metrics()
    versions = [
        BrandVersion(brand=BRANDS[0], version=number, effective_from=when, changed_at=when, changed_by="test", why="")
        for number, when in enumerate((MORNING, MORNING + timedelta(minutes=30)), 1)
    ]
    brands.take(versions, {})
    observer = Observer(metrics, frozenset({"bluesky"}), lambda: at(3600), brands.watched_since)
    log = entries_of(a_mention(a_post(str(number), when)) for number, when in enumerate(seconds))
    observer.batch(BatchReport(1, new=tuple(score(log, BOOK, JUDGES, at(3600)).mentions)))
    found = {
        sample.name: sample.value
        for family in text_string_to_metric_families(metrics.render().decode())
        for sample in family.samples
        if sample.name.startswith("atalaya_mention_age_seconds_") and "le" not in sample.labels
    }
    return found.get("atalaya_mention_age_seconds_count", 0), found.get("atalaya_mention_age_seconds_sum", 0)


def test_history_is_not_late() -> None:
    """A post from before its brand was first watched has no age: nobody could have stored it sooner."""
    assert ages(-1, -DAY, 3595) == (1, 5)


def test_what_was_missed_is_late() -> None:
    """A post that an outage of most of an hour kept back counts with all of it, also after the brand was changed."""
    assert ages(60, 1200, 3590) == (3, 3540 + 2400 + 10)
