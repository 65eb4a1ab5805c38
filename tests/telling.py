"""Invented alerts and what is told of them, for tests of messages.

`python -m tests.telling` writes `tests/golden/messages_*.txt` anew, for people to read before they are kept.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from processors.notifying.messages import Quote, Telling, compose
from processors.notifying.phrases import LANGS
from processors.store.alert_reading import StoredAlert, StoredStep

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

QUOTES = (
    Quote(
        source="bluesky",
        who="ana.example",
        text="Tres horas esperando en el aeropuerto y @nubira no contesta.\nNi una explicación.",
        url="https://bsky.example/profile/ana.example/post/1",
    ),
    Quote(
        source="rss", who="El Diario Inventado", text="Nubira cancela veinte vuelos " * 12, url="https://news.example/1"
    ),
    Quote(),
)

SPIKE = {
    "negatives": 41.0,
    "total": 77.0,
    "expected_negatives": 6.2,
    "baseline_share": 0.21,
    "distinct_authors": 38,
    "window": ["2026-11-16T11:00:00Z", "2026-11-16T12:00:00Z"],
}
SPIKE_WHY = {
    "terms": [
        {"term": "retraso", "posts": 33, "expected": 2.0, "excess": 31.0},
        {"term": "tres horas", "excess": 12.0},
    ],
    "mentions": ["bluesky:1", "rss:1", "bluesky:2"],
    "sources": {"bluesky": 40, "rss": 1},
    "languages": {"es": 38, "en": 3},
    "largest_cluster_share": 0.05,
    "possible_campaign": False,
    "authors": 38,
    "new_authors": 0.61,
    "day_before": {"negatives": 5, "total": 60},
    "week_before": {"negatives": 7, "total": 64},
    "links": [{"url": "https://news.example/1", "posts": 6}],
}


def a_step(number: int = 1, step: str = "open", minutes: int = 0, **fields: Any) -> StoredStep:
    """A step of an alert, `minutes` after noon."""
    values: dict[str, Any] = {"severity": "high", "score": 3.4, "evidence": SPIKE, **fields}
    return StoredStep(number=number, step=step, at=NOON + minutes * MINUTE, **values)  # type: ignore[arg-type]


def a_telling(
    *steps: StoredStep, before: int | None = None, quotes: tuple[Quote, ...] = QUOTES, **fields: Any
) -> Telling:
    """The message about the last of some steps; `before`: the index of the one that was told last."""
    steps = steps or (a_step(),)
    alert: dict[str, Any] = {
        "kind": "negative_spike", "brand": "nubira", "subject": "", "explanation": SPIKE_WHY,
    }  # fmt: skip
    told = {name: fields.pop(name) for name in ("lang", "zone", "now", "sector", "public_url") if name in fields}
    last = steps[-1]
    return Telling(
        alert=StoredAlert(
            id="0123456789abcdef",
            severity=last.severity,
            opened_at=NOON,
            updated_at=last.at,
            closed_at=last.at if last.step == "close" else None,
            score=last.score,
            historic=False,
            evidence=last.evidence,
            **{**alert, **fields},
        ),
        step=last,
        steps=steps,
        before=None if before is None else steps[before],
        quotes=() if last.step == "close" and before is not None else quotes,
        **{"lang": "en", "zone": "Europe/Madrid", "now": last.at + MINUTE, "public_url": None, **told},  # type: ignore[arg-type]
    )


def tellings(lang: str) -> dict[str, Telling]:
    """One of each kind of message, by what it shows."""
    more = {**SPIKE, "negatives": 58, "total": 101}
    steps = (a_step(), a_step(2, "escalate", 10, severity="critical", evidence=more))
    public = "https://atalaya.nubira.example/"
    story = {"terms": ["salmonela", "intoxicación"], "posts": 3, "distinct_authors": 3, "mentions": ["bluesky:1"]}
    campaign = {
        "posts": 5,
        "authors": 4,
        "first_at": "2026-11-16T11:47:00+00:00",
        "last_at": "2026-11-16T11:59:30+00:00",
        "domains": ["sorteo.example"],
    }
    loud = {
        "mentions": 1234.0,
        "expected_mentions": 210.0,
        "window": ["2026-11-16T11:45:00Z", "2026-11-16T12:00:00Z"],
    }
    silent = {"expected_mentions": 24.5, "window": ["2026-11-16T09:30:00Z", "2026-11-16T12:00:00Z"]}
    fields: dict[str, Any] = {"lang": lang}
    goes_on = a_step(3, "update", 45, severity="critical", evidence=more)
    is_over = a_step(3, "close", 95, severity="critical")
    followers = {"terms": ["followers 120000"], "posts": 1, "distinct_authors": 1, "mentions": ["bluesky:1"]}
    return {
        "a negative spike opens": a_telling(public_url=public, **fields),
        "it gets worse": a_telling(*steps, before=0, **fields),
        "it goes on": a_telling(*steps, goes_on, before=1, **fields),
        "it is over": a_telling(*steps, is_over, before=1, public_url=public, **fields),
        "a night's spike that is over": a_telling(*steps, is_over, quotes=QUOTES[:1], **fields),
        "a campaign in a spike": a_telling(
            explanation={**SPIKE_WHY, "possible_campaign": True, "largest_cluster_share": 0.45}, **fields
        ),
        "a spike that others have too": a_telling(sector=("kolibri", "lumbre"), **fields),
        "a spike that many have": a_telling(sector=("brío", "kolibri", "lumbre", "pinar", "tejo"), **fields),
        "a campaign": a_telling(
            a_step(evidence=campaign, severity="warn"), kind="campaign", explanation={}, quotes=QUOTES[:1], **fields
        ),
        "serious words": a_telling(
            a_step(evidence=story), kind="watchword", subject="safety", explanation={}, quotes=QUOTES[:1], **fields
        ),
        "a first post with serious words": a_telling(
            a_step(evidence={**story, "posts": 1, "distinct_authors": 1}, severity="warn"),
            kind="watchword", subject="recall", explanation={}, quotes=QUOTES[2:], **fields
        ),
        "a notable author": a_telling(
            a_step(evidence=followers),
            kind="notable_author", subject="notable:5f2c", explanation={}, quotes=QUOTES[:1], **fields
        ),
        "a medium": a_telling(
            a_step(evidence={"terms": ["link news.example"], "posts": 2, "distinct_authors": 2}),
            kind="notable_author", subject="notable:link news.example", explanation={}, quotes=QUOTES[1:2], **fields
        ),
        "much more talk": a_telling(
            a_step(evidence=loud, severity="info"), kind="volume_spike", **fields
        ),
        "silence": a_telling(a_step(evidence=silent, severity="warn"), kind="silence",
                             explanation={}, quotes=(), **fields),
        "evidence of a later build": a_telling(a_step(evidence={"what": "else"}), explanation={}, quotes=(), **fields),
        "caught up with, hours later": a_telling(a_step(1, "open", 0), now=NOON + 17 * 60 * MINUTE, **fields),
    }  # fmt: skip


def written(lang: str) -> str:
    """All messages in one language, each below what it shows."""
    found = []
    for what, telling in tellings(lang).items():
        message = compose(telling)
        found.append(f"=== {what}\n{message.title}\n\n{message.body}\n")
    return "\n".join(found)


def golden(lang: str) -> Path:
    """The file that holds them as people have read them."""
    return Path(__file__).parent / "golden" / f"messages_{lang}.txt"


if __name__ == "__main__":
    for language in LANGS:
        golden(language).write_text(written(language), encoding="utf-8")
