"""Alerts in words: a line of a list, and one alert with everything that explains it. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any
from urllib.parse import quote

from msgspec import structs

from dashboards.console import texts
from dashboards.console.overview_charts import HOUR, Stretch, amount
from dashboards.console.speech import Speech
from dashboards.console.words_alerts import SEVERITY_ORDER
from processors.notifying.messages import Telling, causes, gist, worst_step
from processors.notifying.phrases import KINDS, SEVERITIES, name
from processors.store.alert_reading import StoredAlert, StoredStep

_LASTS = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLine:
    """An alert in a list. `rank`: 0 is the worst severity."""

    title: str
    brand: str
    kind: str
    severity: str
    severity_name: str
    rank: int
    when: str
    iso: str
    gist: str
    extra: str
    is_open: bool
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Something with how often it was, and its bar in per cent of the greatest; `detail` says more."""

    name: str
    count: str
    width: float
    detail: str = ""
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """A step in the life of an alert."""

    when: str
    iso: str
    step: str
    severity: str
    score: str
    counts: str
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteLine:
    """What a person wrote."""

    when: str
    who: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSight:
    """Everything that the page of an alert says; empty: nothing to say."""

    line: AlertLine
    id: str
    causes: Sequence[str]
    terms: Sequence[Counted]
    sources: Sequence[Counted]
    languages: Sequence[Counted]
    cluster: str
    links: Sequence[Counted]
    steps: Sequence[StepLine]
    numbers: Sequence[tuple[str, str]]
    acknowledged: str
    rated: str
    notes: Sequence[NoteLine]
    posts_link: str
    posts_words: str


def line_of(telling: Telling, s: Speech, zone: tzinfo) -> AlertLine:
    """Say an alert in a line; its gist is that of its worst moment."""
    alert, now = telling.alert, telling.now
    kind, severity = name(KINDS, alert.kind, s.lang), name(SEVERITIES, alert.severity, s.lang)
    end = alert.closed_at
    if end is None:
        when = s("alert_open_since", time=s.when(alert.opened_at, zone), span=s.span(now - alert.opened_at))
    else:
        when = s("alert_closed_after", time=s.when(alert.opened_at, zone), span=s.span(end - alert.opened_at))
    return AlertLine(
        title=s("alert_title", kind=kind[:1].upper() + kind[1:], severity=severity),
        brand=alert.brand,
        kind=kind,
        severity=alert.severity,
        severity_name=severity,
        rank=SEVERITY_ORDER.index(alert.severity),
        when=when,
        iso=f"{alert.opened_at:%Y-%m-%dT%H:%M:%S}Z",
        gist=gist(_at_worst(telling)),
        extra=", ".join(_extras(alert, s)),
        is_open=end is None,
        link=f"/alerts/{quote(alert.id, safe='')}",
    )


def _at_worst(telling: Telling) -> Telling:
    return structs.replace(telling, step=worst_step(telling))


def _extras(alert: StoredAlert, s: Speech) -> Iterator[str]:
    if alert.acknowledged_by:
        yield s("alert_acknowledged", who=alert.acknowledged_by)
    if alert.rating:
        yield s(f"rate_{alert.rating}")
    if alert.historic:
        yield s("alert_historic")


def sight_of(telling: Telling, s: Speech, zone: tzinfo) -> AlertSight:
    """Say everything about an alert."""
    alert, explanation = telling.alert, telling.alert.explanation
    negative = alert.kind == "negative_spike"
    end = alert.closed_at or telling.now
    on = Stretch(since=alert.opened_at - HOUR, until=end + _LASTS, zone=zone, brand=alert.brand)
    return AlertSight(
        line=line_of(telling, s, zone),
        id=alert.id,
        causes=tuple(causes(_at_worst(telling))),
        terms=_terms(explanation, s),
        sources=_shares(explanation.get("sources"), s.source, s),
        languages=_shares(explanation.get("languages"), s.language, s),
        cluster=_cluster(explanation, s),
        links=_links(explanation, s),
        steps=[_step(step, alert, s, zone) for step in telling.steps],
        numbers=_numbers(worst_step(telling).evidence, s),
        acknowledged=s("alert_acknowledged_at", who=alert.acknowledged_by, time=s.when(alert.acknowledged_at, zone))
        if alert.acknowledged_at
        else "",
        rated=s("say_rated", rating=s(f"rate_{alert.rating}")) if alert.rating else "",
        notes=[NoteLine(when=s.when(note.at, zone), who=note.who, text=note.text) for note in alert.notes],
        posts_link=on.link(on.since, on.until, "negative" if negative else ""),
        posts_words=s("alert_posts_all" if negative else "alert_posts_every"),
    )


def _terms(explanation: Mapping[str, Any], s: Speech) -> list[Counted]:
    found = [term for term in _objects(explanation.get("terms")) if isinstance(term.get("term"), str)]
    excesses = [_number(term.get("excess")) for term in found]
    most = max([1.0, *excesses])
    return [
        Counted(
            name=str(term["term"]),
            count=f"+{amount(excess, s)}" if excess > 0 else "",
            width=round(100 * max(0.0, excess) / most, 1),
            detail=s("alert_term", posts=amount(_number(term.get("posts")), s),
                     expected=amount(_number(term.get("expected")), s)) if "posts" in term else "",
        )
        for term, excess in zip(found, excesses, strict=True)
    ]  # fmt: skip


def _shares(found: object, say: Any, s: Speech) -> list[Counted]:
    counts = Counter({key: int(_number(value)) for key, value in found.items()}) if isinstance(found, Mapping) else {}
    most = max([1, *counts.values()])
    return [
        Counted(name=say(key), count=s.number(count), width=round(100 * count / most, 1))
        for key, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]


def _cluster(explanation: Mapping[str, Any], s: Speech) -> str:
    share, posts = explanation.get("largest_cluster_share"), explanation.get("posts")
    if not isinstance(share, int | float) or not isinstance(posts, int):
        return ""
    alike = round(share * posts)
    if alike < 2:  # a post is always alike to itself
        return s("alert_cluster_none")
    return s("alert_cluster_share", share=s.percent(share), posts=s.number(alike), all=s.number(posts))


def _links(explanation: Mapping[str, Any], s: Speech) -> list[Counted]:
    found = [link for link in _objects(explanation.get("links")) if isinstance(link.get("url"), str)]
    return [
        Counted(
            name=str(link["url"])[:120],
            count=s("alert_link", n=int(_number(link.get("posts")))),
            width=0,
            link=texts.link(str(link["url"])),
        )
        for link in found
    ]


def _step(step: StoredStep, alert: StoredAlert, s: Speech, zone: tzinfo) -> StepLine:
    told = [
        s(f"told_{one.state.partition(' ')[0]}", channel=one.channel, time=s.when(one.at, zone))
        for one in alert.deliveries
        if one.step == step.number
    ]
    return StepLine(
        when=s.when(step.at, zone),
        iso=f"{step.at:%Y-%m-%dT%H:%M:%S}Z",
        step=s.known(f"step_{step.step}", step.step),
        severity=name(SEVERITIES, step.severity, s.lang),
        score=s.number(step.score, 1),
        counts=_counts(step, alert, s),
        told=", ".join(told) or s("alert_told_nobody"),
    )


def _counts(step: StoredStep, alert: StoredAlert, s: Speech) -> str:
    """What the evidence of a step counts, as its message would."""
    bare = Telling(alert=alert, step=step, steps=(step,), before=None, quotes=(), lang=s.lang, zone="UTC", now=step.at)
    return gist(bare)


def _numbers(evidence: Mapping[str, Any], s: Speech) -> list[tuple[str, str]]:
    """The plain numbers of the evidence; what nobody has named keeps its own name, which the documents explain."""
    found = []
    for key, value in evidence.items():
        if isinstance(value, bool):
            continue
        if isinstance(value, int | float):
            said = s.number(value, 0 if value == int(value) else 3)
            found.append((s.known(f"number_{key}", key), said))
    return found


def _objects(found: object) -> list[Mapping[str, Any]]:
    return [entry for entry in found if isinstance(entry, Mapping)] if isinstance(found, list) else []


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def bare_telling(alert: StoredAlert, steps: Sequence[StoredStep], s: Speech, now: datetime) -> Telling:
    """Make what a line of a list is said from, without asking the store for quotes."""
    last = steps[-1] if steps else StoredStep(
        number=1, step="open", at=alert.opened_at, severity=alert.severity, score=alert.score, evidence=alert.evidence
    )  # fmt: skip
    return Telling(
        alert=alert, step=last, steps=tuple(steps) or (last,), before=None, quotes=(), lang=s.lang, zone="UTC", now=now
    )
