"""Asks a running Prometheus every question of every dashboard: the only client of its API."""

from collections.abc import Iterator

import httpx
from msgspec import Struct

from dashboards.grafana.building import BOARDS
from dashboards.grafana.kinds import Board, Query, Words
from mentions.errors import MetricsUnavailable

TIMEOUT = 30.0
FILLED = {"$__rate_interval": "1m", "$__range": "1d", "$brand": ".+"}
"""What Grafana puts in the place of its variables; here every brand at once."""


class Answer(Struct, frozen=True, kw_only=True):
    """What came of one question.

    Attributes:
        error: what Prometheus says against it; None: nothing. series: how many came.
        may_be_empty: why nothing need come; None: something must.
    """

    board: str
    panel: str
    expr: str
    error: str | None
    series: int
    may_be_empty: str | None

    @property
    def ok(self) -> bool:
        """Whether it was answered as it should be."""
        return self.error is None and (self.series > 0 or self.may_be_empty is not None)


REASONS = (
    (" offset ", "Prometheus has no history of so many weeks yet"),
    ("atalaya_consumer_lag_records", "only workers of a distributed run read partitions"),
    ("atalaya_posts_dropped_total", "only reasons that occur are shown"),
    ("atalaya_records_dropped_total", "only reasons that occur are shown"),
    ("atalaya_mentions_by_aspect_total", "only aspects that somebody blames are shown"),
    ("atalaya_mentions_by_intent_total", "only intents that somebody has are shown"),
    ("brand:share_of_voice:ratio24h", "recorded by deploy/rules.yml, where it is loaded"),
    ("atalaya_mention_age_seconds", "only streamed sources promise to be quick"),
)
"""What an expression holds, and why it may find nothing on a system that is well."""


def filled(expr: str) -> str:
    """An expression with its variables filled in."""
    for name, value in FILLED.items():
        expr = expr.replace(name, value)
    return expr


def ask(address: str) -> Iterator[Answer]:
    """Ask every question of every panel.

    Args:
        address: of Prometheus, as `http://127.0.0.1:9090`.

    Raises:
        MetricsUnavailable: it does not answer, or is no Prometheus.
    """
    with httpx.Client(base_url=address, timeout=TIMEOUT) as client:
        for board, title, query in questions():
            expr = filled(query.expr)
            error, series = _answer(client, address, expr)
            reason = next((why for holds, why in REASONS if holds in expr), None)
            yield Answer(
                board=board.title[0], panel=title[0], expr=expr, error=error, series=series, may_be_empty=reason
            )


def questions() -> Iterator[tuple[Board, Words, Query]]:
    """Every query with the title of its panel."""
    for board in BOARDS:
        for row in board.rows:
            for panel in row.panels:
                for query in panel.queries:
                    yield board, panel.title, query


def _answer(client: httpx.Client, address: str, expr: str) -> tuple[str | None, int]:
    try:
        document = client.post("/api/v1/query", data={"query": expr}).json()
        if document["status"] != "success":
            return f"{document['errorType']}: {document['error']}", 0
        return None, len(document["data"]["result"])
    except httpx.HTTPError as error:
        raise MetricsUnavailable(f"Prometheus at {address} does not answer: {error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise MetricsUnavailable(f"what answers at {address} is no Prometheus") from error
