"""An invented day of Lumbre with a crisis in it, for tests of the overview and of alerts."""

from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import insert

from mentions.clock import tick_of
from processors.store.opening import Store
from processors.store.schema import alert_steps, alerts, spike_ticks
from tests.store_rows import every, heard, mention, person, put, put_people

MINUTE = timedelta(minutes=1)
ALERT = "0123456789abcdef"
PLANTED = tuple(f"bluesky:planted{n}" for n in range(40))


def crisis(store: Store, now: Any, text: str = "Las galletas de Lumbre llevan avellana sin avisar, vergüenza") -> None:
    """Two days of 60 good and 10 bad mentions, then 40 planted bad ones in the hour before `now`, and their alert."""
    calm = [
        mention(f"bluesky:{day}-{n}", created_at=now - timedelta(days=day) - (70 + 18 * n) * MINUTE, lang="es")
        | ({"label": "negative", "score": -0.5} if n % 7 == 0 else {})
        for day in (0, 1)
        for n in range(70)
    ]
    planted = [
        mention(id_, created_at=now - (2 + n) * MINUTE, text=text, label="negative", score=-0.8, lang="es")
        for n, id_ in enumerate(PLANTED)
    ]
    evidence = {"negatives": 40.0, "total": 44.0, "expected_negatives": 1.5, "baseline_share": 0.14,
                "distinct_authors": 38, "mentions": list(PLANTED)}  # fmt: skip
    why = {
        "terms": [{"term": text[:60], "posts": 40, "expected": 0.2, "excess": 39.8}],
        "mentions": list(PLANTED[:3]), "posts": 40, "authors": 38, "sources": {"bluesky": 40},
        "languages": {"es": 40}, "largest_cluster_share": 0.1, "possible_campaign": False, "new_authors": 0.5,
        "links": [{"url": "javascript:alert(1)", "posts": 3}],
    }  # fmt: skip
    opened = now - 20 * MINUTE
    row = {"severity": "critical", "score": 4.2, "evidence": msgspec.json.encode(evidence).decode()}
    marks = [
        {"brand": "lumbre", "tick": tick_of(now) - n, "negatives": 40.0 if n < 20 else 1.0, "total": 44.0,
         "expected": 1.5, "low": 0.0, "high": 6.0, "score": 4.0, "state": "usual"}
        for n in range(1, 1440, 5)
    ]  # fmt: skip
    with store.writing() as connection:
        put(connection, *calm, *planted, mention("bluesky:own", created_at=now - 3 * MINUTE, voice="own"))
        put_people(connection, person(name=text[:300], handle=text[:300]))
        heard(connection, every(5 * MINUTE, now - timedelta(hours=60), now), seen=10, matched=1, hits={"lumbre": 1})
        connection.execute(insert(spike_ticks), marks)
        connection.execute(
            insert(alerts),
            {"id": ALERT, "kind": "negative_spike", "brand": "lumbre", "subject": "", "opened_at": opened,
             "updated_at": opened, "closed_at": None, "historic": False,
             "explanation": msgspec.json.encode(why).decode(), **row},
        )  # fmt: skip
        connection.execute(insert(alert_steps), {"alert": ALERT, "number": 1, "step": "open", "at": opened, **row})
