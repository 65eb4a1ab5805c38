"""What the latency of messages is measured by."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from atalaya.metrics import Metrics
from atalaya.notifying import punctuality
from processors.notifying.punctuality import Told
from processors.notifying.routing import Quiet, Route

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ROUTES = (
    Route(channel="hook"),
    Route(channel="night", quiet=Quiet(time(11), time(13), "UTC")),
)


def measured(**changes: Any) -> tuple[float, float]:
    """Sums of both histograms after one message: minute to message, post to message."""
    message: dict[str, Any] = {
        "channel": "hook", "step": "open", "severity": "high", "at": NOON, "due_at": NOON + 35 * SECOND,
        "attempts": 1, "sent_at": NOON + 37 * SECOND, "first_post": NOON - 50 * SECOND,
    }  # fmt: skip
    metrics = Metrics()
    punctuality(metrics, ROUTES, 30 * SECOND)(Told(**{**message, **changes}))
    sums = {
        sample.name: sample.value
        for family in text_string_to_metric_families(metrics.render().decode())
        for sample in family.samples
        if sample.name.endswith("_sum") and not sample.labels
    }
    return sums["atalaya_alert_delivery_seconds_sum"], sums["atalaya_mention_to_alert_seconds_sum"]


def test_time_runs_from_the_closed_minute_and_from_the_first_post() -> None:
    """A minute closes an allowance after its end; without a post of that minute only the first is measured."""
    assert measured() == (7, 87)
    assert measured(step="escalate", first_post=None) == (7, 0)


def test_quiet_hours_are_no_delay() -> None:
    """What a channel did not want to hear yet is not late; critical alerts leave at any hour and count."""
    assert measured(channel="night") == (0, 0)
    assert measured(channel="night", severity="critical") == (7, 87)


def test_a_channel_that_does_not_answer_is_late() -> None:
    """A message that left only after hours of trying counts, however late it was due by then."""
    late = NOON + timedelta(hours=2)
    assert measured(due_at=late, sent_at=late, attempts=9) == (7170, 7250)
    assert measured(due_at=late, sent_at=late) == (0, 0)
