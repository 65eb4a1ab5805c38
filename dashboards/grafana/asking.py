"""Asks a running Prometheus every question of every dashboard and rule: the only client of its API."""

from collections.abc import Iterable, Iterator

import httpx

from dashboards.grafana.answers import Answer, answer, left_open
from dashboards.grafana.questions import Question
from mentions.errors import MetricsUnavailable

TIMEOUT = 30.0
FILLED = {"$__rate_interval": "1m", "$__range": "1d", "$brand": ".+"}
"""What Grafana puts in the place of its variables; here every brand at once."""


def ask(address: str, asked: Iterable[Question]) -> Iterator[Answer]:
    """Ask what is of Prometheus among some questions.

    Args:
        address: of Prometheus, as `http://127.0.0.1:9090`.

    Raises:
        MetricsUnavailable: it does not answer, or is no Prometheus.
    """
    with httpx.Client(base_url=address, timeout=TIMEOUT) as client:
        for question in asked:
            if question.of == "prometheus":
                yield _asked(client, address, question)


def filled(expr: str) -> str:
    """An expression with its variables filled in."""
    for name, value in FILLED.items():
        expr = expr.replace(name, value)
    return expr


def _asked(client: httpx.Client, address: str, question: Question) -> Answer:
    expr = filled(question.text)
    if error := left_open(expr):
        return answer(question, expr, error=error)
    refused, series = _answer(client, address, expr)
    return answer(question, expr, error=refused, found=series)


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
