"""What the console promises to programs: metrics, health and the JSON API, on both databases."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from processors.store.opening import Store, open_store
from processors.store.reading import StoredMention
from tests.consoles import METRICS, console, get, seeded


def test_metrics_are_passed_on_as_they_are(store: Store) -> None:
    """`/metrics` answers with what it was given, as Prometheus' text format."""
    (response,) = get(console(store), "/metrics")
    assert response.content == METRICS
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"


def test_health_follows_the_store(tmp_path: Path) -> None:
    """While the store can be read `/healthz` says ok; when it is damaged it and every page answer 503 in words."""
    path = tmp_path / "store.sqlite"
    with open_store(str(path)) as store:
        app = console(store)
        assert get(app, "/healthz")[0].text == "ok\n"
        store.engine.dispose()
        path.write_bytes(b"no database at all" * 1000)
        health, page, data = get(app, "/healthz", "/", "/api/v1/mentions")
    assert [response.status_code for response in (health, page, data)] == [503, 503, 503]
    assert "is not an SQLite database" in health.text
    assert "The store cannot be read right now" in page.text
    assert "is not an SQLite database" in data.json()["error"]


def test_the_api_gives_mentions_in_pages(store: Store) -> None:
    """Following `next` gives every mention once, newest first, with everything that the store knows of it."""
    app = seeded(store)
    found: list[dict[str, Any]] = []
    cursor, requests = "", 0
    while True:
        (response,) = get(app, f"/api/v1/mentions?limit=13{cursor}")
        requests += 1
        answer = response.json()
        found += answer["mentions"]
        if answer["next"] is None:
            break
        cursor = f"&{httpx.QueryParams(cursor=answer['next'])}"
    assert requests == 5  # a full last page is the last one
    assert len({(row["brand"], row["id"]) for row in found}) == len(found) == 65
    assert [row["created_at"] for row in found] == sorted((row["created_at"] for row in found), reverse=True)
    assert found[0]["created_at"] == "2026-11-16T12:00:00Z"
    assert msgspec.convert(found, list[StoredMention])[0].author is not None


def test_the_api_filters_as_the_page_does(store: Store) -> None:
    """Brand, label, language, source and time narrow; `since` belongs to the window and `until` does not."""
    app = seeded(store)
    for query, count in (
        ("label=negative", 20),
        ("language=es", 5),
        ("source=rss&label=unjudged", 5),
        ("brand=nubira", 0),
        ("intent=complaint", 0),
        ("aspect=price", 0),
        ("since=2026-11-16T12:00:00Z", 3),
        ("until=2026-11-16T12:00:00Z", 62),
        ("since=2026-11-16T13:00:00%2B01:00", 3),
    ):
        (response,) = get(app, f"/api/v1/mentions?limit=1000&{query}")
        assert len(response.json()["mentions"]) == count, query


def test_the_api_sums_up(store: Store) -> None:
    """Summary, sources and funnel answer for the last 24 hours unless a window is named."""
    app = seeded(store)
    summary, sources, funnel, empty = get(
        app,
        "/api/v1/summary",
        "/api/v1/sources",
        "/api/v1/funnel?brand=lumbre",
        "/api/v1/summary?brand=lumbre&since=2026-11-01T00:00:00Z&until=2026-11-02T00:00:00Z",
    )
    (lumbre,) = summary.json()["brands"]
    assert (lumbre["brand"], lumbre["mentions"], lumbre["n"]) == ("lumbre", 65, 60)
    assert summary.json()["until"] == "2026-11-16T12:30:00Z"
    assert [row["source"] for row in sources.json()["sources"]] == ["bluesky", "rss"]
    assert sum(row["stored"] for row in funnel.json()["funnel"]) == 65
    assert empty.json()["brands"][0]["mentions"] == 0


@pytest.mark.parametrize(
    "query",
    [
        "mentions?limit=0",
        "mentions?limit=1001",
        "mentions?label=furious",
        "mentions?cursor=nonsense",
        "mentions?since=yesterday",
        "mentions?since=2026-11-16T12:00:00",
        "summary?since=2026-11-16T12:00:00Z&until=2026-11-16T12:00:00Z",
        "summary?since=0001-01-01T00:00:00Z",
        "summary?since=2020-01-01T00:00:00Z",
        "funnel?until=9999-12-31T23:59:59Z",
    ],
)
def test_the_api_refuses_what_cannot_be_meant(query: str, store: Store) -> None:
    """Limits, labels, cursors, times without zone and windows that are empty or endless are refused, not guessed."""
    (response,) = get(console(store), f"/api/v1/{query}")
    assert response.status_code in (400, 422)


def test_the_api_describes_itself(store: Store) -> None:
    """The OpenAPI document names every path of the API, and every schema that it refers to is in it."""
    app = seeded(store)
    (response,) = get(app, "/api/v1/openapi.json")
    document = response.json()
    names = ("alerts", "alerts/{id}", "funnel", "mentions", "overview", "sources", "summary")
    assert sorted(document["paths"]) == [f"/api/v1/{name}" for name in names]
    references = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
    assert references
    assert references <= set(document["components"]["schemas"])
    fields = document["components"]["schemas"]["StoredMention"]["properties"]
    (mentions,) = get(app, "/api/v1/mentions?limit=1")
    assert set(mentions.json()["mentions"][0]) == set(fields)
