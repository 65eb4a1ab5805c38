"""What is computed once for panels and alerts: rates, shares, and how much of each objective was missed."""

from dashboards.rules.kinds import Group, Recording, series
from mentions import metric_names as names
from mentions.metric_kinds import Histogram

OBJECTIVES: tuple[tuple[str, Histogram, str], ...] = (
    ("stored", names.MENTION_AGE, "15.0"),
    ("delivered", names.ALERT_DELIVERY_SECONDS, "15.0"),
    ("told", names.MENTION_TO_ALERT_SECONDS, "120.0"),
)
"""What is to take at most so many seconds in 95 of 100 cases: a post to its row in the store, a closed minute to the
message about its alert, a post to that message."""
SPANS = ("5m", "30m", "1h", "6h")

MENTIONS_RATE = Recording(
    record="brand:mentions:rate5m", expr=f"sum by (brand) (rate({series(names.MENTIONS_STORED)}[5m]))"
)
NEGATIVE_SHARE = Recording(
    record="brand:negative_share:ratio5m",
    # of a brand without a mention there is no share; 0 / 0 would be a series that says nothing
    expr=f"sum by (brand) (rate({series(names.MENTIONS_STORED, sentiment='negative')}[5m]))"
    " / (brand:mentions:rate5m > 0)",
)
SHARE_OF_VOICE = Recording(
    record="brand:share_of_voice:ratio24h",
    expr=(
        f"sum by (brand) (max by (brand, sentiment) ({series(names.WINDOW_MENTIONS, window='24h')}))"
        f" / on () group_left () (sum (max by (brand, sentiment) ({series(names.WINDOW_MENTIONS, window='24h')})) > 0)"
    ),
)


def late_share(objective: str, span: str) -> str:
    """The share of an objective's cases that took too long, 0 to 1; no series where there was no case."""
    return f'objective:late:ratio{span}{{objective="{objective}"}}'


def _late(name: str, metric: Histogram, most: str, span: str) -> Recording:
    every = f"sum (increase({series(metric, '_count')}[{span}]))"
    good = f"sum (increase({series(metric, '_bucket', le=most)}[{span}]))"
    return Recording(
        record=f"objective:late:ratio{span}", expr=f"1 - {good} / ({every} > 0)", labels=(("objective", name),)
    )


def _cases(name: str, metric: Histogram, span: str) -> Recording:
    every = f"sum (increase({series(metric, '_count')}[{span}]))"
    return Recording(record=f"objective:cases:increase{span}", expr=every, labels=(("objective", name),))


RECORDINGS = (
    Group("atalaya_reputation", (MENTIONS_RATE, NEGATIVE_SHARE, SHARE_OF_VOICE)),
    Group(
        "atalaya_objectives",
        (
            *(_late(name, metric, most, span) for name, metric, most in OBJECTIVES for span in SPANS),
            *(_cases(name, metric, span) for name, metric, _ in OBJECTIVES for span in ("1h", "6h")),
        ),
    ),
)
