"""Shows the store's figures as gauges: reputation, detection, alerts. For `run` and `serve` alone."""

import math
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import product
from typing import get_args

from sqlalchemy import Connection

from atalaya.metrics import Metrics
from mentions import metric_names as names
from mentions.records import FULL_WEIGHT, LABELS, AlertKind, Severity
from processors.detection.verdict import CampaignKind
from processors.store.figures import Tally, figures_of
from processors.store.gauges import (
    WINDOWS,
    last_marks,
    open_alerts,
    opened_alerts,
    opened_campaigns,
    tally_since,
)
from processors.store.opening import Store
from processors.store.series import Mark

EVERY = 15.0
"""Seconds between two readings."""


class StoreFigures:
    """Reads when it is told to, in one transaction; what has no row is zero, what cannot be known is NaN."""

    def __init__(
        self, store: Store, metrics: Metrics, brands: Callable[[], Iterable[str]], now: Callable[[], datetime]
    ) -> None:
        self._store, self._metrics, self._brands, self._now = store, metrics, brands, now

    def read(self) -> None:
        """Read once.

        Raises:
            StoreUnavailable: not now; the gauges keep what they last said.
        """
        started, now, brands = time.perf_counter(), self._now(), tuple(self._brands())
        with self._store.reading() as connection:
            self._windows(connection, brands, now)
            marks = last_marks(connection, brands)
            alerts = open_alerts(connection)
        for brand in brands:
            self._mark(brand, marks.get(brand))
        self._alerts(alerts, brands)  # last: who sees an alert must see the figures that it is told with
        self._metrics.observe(names.STORE_SECONDS, time.perf_counter() - started, stage="figures")

    def _windows(self, connection: Connection, brands: tuple[str, ...], now: datetime) -> None:
        put = self._metrics.set
        for window, span in WINDOWS.items():
            tallies = tally_since(connection, now - span, now)
            alerts = opened_alerts(connection, now - span, now)
            campaigns = opened_campaigns(connection, now - span, now)
            for brand in brands:
                self._tally(brand, window, tallies.get(brand, Tally()))
            for brand, kind in product(brands, get_args(AlertKind)):
                put(names.ALERTS_OPENED, alerts.get((brand, kind), 0), brand=brand, kind=kind, window=window)
            for brand, kind in product(brands, get_args(CampaignKind)):
                put(names.CAMPAIGNS, campaigns.get((brand, kind), 0), brand=brand, kind=kind, window=window)

    def _tally(self, brand: str, window: str, tally: Tally) -> None:
        put, place = self._metrics.set, {"brand": brand, "window": window}
        for label in LABELS:
            put(names.WINDOW_MENTIONS, getattr(tally, label), sentiment=label, **place)
            put(names.WINDOW_WEIGHTED, getattr(tally, f"w_{label}") / FULL_WEIGHT, sentiment=label, **place)
        figures = figures_of(tally)
        low, high = (figures.interval if figures.shown else None) or (math.nan, math.nan)
        put(names.NET_SENTIMENT, _known(figures.net_sentiment if figures.shown else None), **place)
        put(names.NET_SENTIMENT_LOW, low, **place)
        put(names.NET_SENTIMENT_HIGH, high, **place)

    def _alerts(self, found: Mapping[tuple[str, str, str], int], brands: tuple[str, ...]) -> None:
        for brand, kind, severity in product(brands, get_args(AlertKind), get_args(Severity)):
            count = found.get((brand, kind, severity), 0)
            self._metrics.set(names.ALERTS_OPEN, count, brand=brand, kind=kind, severity=severity)

    def _mark(self, brand: str, mark: Mark | None) -> None:
        put = self._metrics.set
        put(names.NEGATIVES, _known(mark.negatives if mark else None), brand=brand)
        put(names.NEGATIVES_EXPECTED, _known(mark.expected if mark else None), brand=brand)
        put(names.NEGATIVES_BAND_LOW, _known(mark.low if mark else None), brand=brand)
        put(names.NEGATIVES_BAND_HIGH, _known(mark.high if mark else None), brand=brand)
        put(names.SPIKE_SCORE, _known(mark.score if mark else None), brand=brand)
        for state in names.SPIKE_STATES:
            put(names.SPIKE_STATE, _known(mark.state == state if mark else None), brand=brand, state=state)


def _known(value: float | None) -> float:
    return math.nan if value is None else value
