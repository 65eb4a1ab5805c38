"""What a message about an alert says: it must suffice alone, on a phone, at night. Pure; docs/alerts.md."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from msgspec import Struct

from processors.notifying.amounts import amount, counted, number, objects, percent, span_told, stretch
from processors.notifying.phrases import KINDS, LISTS, SEVERITIES, SIGNS, SOURCES, Lang, name, say
from processors.notifying.quoting import quoted
from processors.store.alert_reading import StoredAlert, StoredStep

QUOTES = 3
MOST_TERMS, TITLE_TERMS, MOST_BRANDS = 6, 2, 3
FEW = 5
"""Of fewer authors no share is told."""


class Quote(Struct, frozen=True, kw_only=True):
    """A post that shows what an alert is about; `text` None: deleted at its source.

    Attributes:
        who: its author's handle or name; None: unknown or erased.
    """

    source: str = ""
    who: str | None = None
    text: str | None = None
    url: str | None = None


class Telling(Struct, frozen=True, kw_only=True):
    """Everything that a message is made of.

    Attributes:
        step: the one that is told. steps: the whole life of the alert so far.
        before: the step that this channel was told last; None: none.
        sector: other brands at which the same rises.
        zone: IANA name, of the times. public_url: where the console is; None: no link to it.
    """

    alert: StoredAlert
    step: StoredStep
    steps: tuple[StoredStep, ...]
    before: StoredStep | None
    quotes: tuple[Quote, ...]
    lang: Lang
    zone: str
    now: datetime
    sector: tuple[str, ...] = ()
    public_url: str | None = None


class Message(Struct, frozen=True):
    """What is sent: a line, and plain text."""

    title: str
    body: str


def compose(telling: Telling) -> Message:
    """Write the message about one step of an alert; never raises on evidence that it does not know."""
    parts = [
        "\n".join(_changes(telling)),
        "\n".join(causes(telling)),
        *map(_quote, telling.quotes[:QUOTES], [telling.lang] * QUOTES),
        "\n".join(_foot(telling)),
    ]
    return Message(_title(telling), "\n\n".join(part for part in parts if part))


def trial_message(channel: str, lang: Lang) -> Message:
    """What `notify test` sends."""
    return Message(say(lang, "test_title", sign=SIGNS["info"], channel=channel), say(lang, "test_body"))


def console_link(public_url: str, alert: str) -> str:
    """Where the console shows an alert, by its id."""
    return f"{public_url.rstrip('/')}/alerts/{quote(alert, safe='')}"


# --- title ---


def _title(telling: Telling) -> str:
    alert, step, lang = telling.alert, telling.step, telling.lang
    closed = step.step == "close"
    key = "title"
    if closed:
        key = "title_closed"
    elif telling.before is not None:
        key = "title_escalated" if step.step == "escalate" else "title_goes_on"
    title = say(
        lang,
        key,
        sign=SIGNS["close" if closed else step.severity],
        brand=alert.brand,
        kind=name(KINDS, alert.kind, lang),
        severity=name(SEVERITIES, step.severity, lang),
    )
    about = "" if closed else gist(telling)
    return f"{title}: {about}" if about else title


def gist(telling: Telling) -> str:
    """Say in half a line what an alert is about at a step: words, count, expectation; empty: nothing is known."""
    return "; ".join(_gist(telling))


def _gist(telling: Telling) -> Iterator[str]:
    """What a locked screen must show: the words, the count against expectation, whether it may be a campaign."""
    alert, evidence, lang = telling.alert, telling.step.evidence, telling.lang
    terms = _flagged(evidence, lang) if alert.kind in _FIRST_POSTS else _terms(alert.explanation)
    if alert.kind in _FIRST_POSTS and terms:
        yield ", ".join(terms[:TITLE_TERMS])
    count = _count(evidence, alert.kind, lang)
    expected = amount(evidence, *_EXPECTED)
    if count:
        yield say(lang, "against", count=count, expected=number(expected, lang)) if expected is not None else count
    if alert.kind not in _FIRST_POSTS and terms:
        yield ", ".join(terms[:TITLE_TERMS])
    if alert.explanation.get("possible_campaign") is True and alert.kind != "campaign":
        yield name(KINDS, "campaign", lang)


def _terms(explanation: Mapping[str, Any]) -> list[str]:
    return [quoted(str(term["term"]), 60) for term in objects(explanation.get("terms")) if "term" in term]


def _flagged(evidence: Mapping[str, Any], lang: Lang) -> list[str]:
    """The words of a list that were found, or what makes an author notable (`processors.flags`)."""
    shown = []
    found = evidence.get("terms")
    for term in (term for term in (found if isinstance(found, list) else ()) if isinstance(term, str)):
        what, _, rest = term.partition(" ")
        if what == "followers" and rest.isdigit():
            shown.append(say(lang, "followers", n=number(int(rest), lang)))
        elif term == "account":
            shown.append(say(lang, "account"))
        else:
            shown.append(quoted(rest if what == "link" else term, 60))
    return list({word.casefold(): word for word in reversed(shown)}.values())[::-1]


_FIRST_POSTS = ("watchword", "notable_author")
_EXPECTED = ("expected_negatives", "expected_mentions")


# --- cause ---


def causes(telling: Telling) -> Iterator[str]:
    """Say what an alert is about at a step, a sentence each, without what changed and without quotes."""
    alert, lang = telling.alert, telling.lang
    evidence, explanation = telling.step.evidence, alert.explanation
    if telling.step.step == "close":
        yield _closed(telling)
        if telling.before is not None:
            return
        evidence = worst_step(telling).evidence  # who hears of it for the first time must hear what it was
    yield _what(alert, evidence, lang)
    yield from _of_all(evidence, lang)
    terms = _terms(explanation)
    if terms and alert.kind not in _FIRST_POSTS:
        yield say(lang, "terms", terms=", ".join(terms[:MOST_TERMS]))
    yield from _suspicions(alert, evidence, explanation, lang)
    if telling.sector:
        yield say(lang, "sector", brands=_listed(telling.sector, lang))
    sources = explanation.get("sources")
    if isinstance(sources, Mapping) and sum(n for n in sources.values() if isinstance(n, int)) > 1:
        named = (f"{name(SOURCES, key, lang)} ({value})" for key, value in sources.items())
        yield say(lang, "sources", sources=", ".join(named))
    yield from _compared(explanation, lang)
    if evidence.get("learning") is True:
        yield say(lang, "learning")


def _what(alert: StoredAlert, evidence: Mapping[str, Any], lang: Lang) -> str:
    values = _values(alert, evidence, lang)
    key: str = alert.kind
    if alert.kind == "notable_author" and alert.subject.startswith("notable:link "):
        key = "notable_link"
    for candidate in (key, f"{key}_alone", "plain"):
        try:
            return say(lang, candidate, **values)
        except KeyError:
            continue
    return alert.kind


def _values(alert: StoredAlert, evidence: Mapping[str, Any], lang: Lang) -> dict[str, str]:
    """What phrases of causes have gaps for, as far as the evidence knows it."""
    terms = _flagged(evidence, lang)
    found: dict[str, float | None] = {
        "negatives": amount(evidence, "negatives"),
        "total": amount(evidence, "mentions", "total") if alert.kind == "volume_spike" else None,
        "expected": amount(evidence, *_EXPECTED),
        "posts": amount(evidence, "posts"),
        "authors": amount(evidence, "distinct_authors", "authors"),
    }
    values = {key: number(value, lang) for key, value in found.items() if value is not None}
    if alert.kind in _FIRST_POSTS:
        for key in ("posts", "authors"):
            values[key] = counted(key, found[key] or 1, lang)
    span = stretch(evidence)
    if span is not None:
        values["span"] = span_told(span, lang)
    if terms:
        values["terms"] = ", ".join(terms[:MOST_TERMS])
    subject = alert.subject.partition(":")[0]
    return {**values, "kind": name(KINDS, alert.kind, lang).capitalize(), "list": name(LISTS, subject, lang)}


def _of_all(evidence: Mapping[str, Any], lang: Lang) -> Iterator[str]:
    negatives, total = amount(evidence, "negatives"), amount(evidence, "total")
    usual, authors = amount(evidence, "baseline_share"), amount(evidence, "distinct_authors")
    if negatives is not None and total and usual is not None and authors is not None:
        yield say(
            lang,
            "of_all",
            authors=number(authors, lang),
            total=number(total, lang),
            share=percent(negatives / total, lang),
            usual=percent(usual, lang),
        )


def _suspicions(
    alert: StoredAlert, evidence: Mapping[str, Any], explanation: Mapping[str, Any], lang: Lang
) -> Iterator[str]:
    share = amount(explanation, "largest_cluster_share")
    if explanation.get("possible_campaign") is True and share is not None:
        yield say(lang, "possible_campaign", share=percent(share, lang))
    domains = evidence.get("domains")
    if isinstance(domains, list) and domains:
        yield say(lang, "domains", domains=", ".join(quoted(str(domain), 60) for domain in domains[:QUOTES]))
    new, authors = amount(explanation, "new_authors"), amount(explanation, "authors")
    if new is not None and new >= 0.5 and (authors or 0) >= FEW:
        yield say(lang, "new_authors", share=percent(new, lang))


def _listed(brands: Sequence[str], lang: Lang) -> str:
    shown = [quoted(brand, 60) for brand in brands[:MOST_BRANDS]]
    more = len(brands) - len(shown)
    last = say(lang, "others", n=str(more)) if more else shown.pop()
    return say(lang, "and").join([", ".join(shown), last])


def _compared(explanation: Mapping[str, Any], lang: Lang) -> Iterator[str]:
    day, week = explanation.get("day_before"), explanation.get("week_before")
    if isinstance(day, Mapping) or isinstance(week, Mapping):
        counts = [amount(one, "negatives") if isinstance(one, Mapping) else None for one in (day, week)]
        shown = [say(lang, "not_known") if one is None else counted("negatives", one, lang) for one in counts]
        yield say(lang, "before", day=shown[0], week=shown[1])
    links = [str(link["url"]) for link in objects(explanation.get("links")) if "url" in link]
    if links:
        yield say(lang, "links", links=quoted(links[0], 200))


# --- what changed ---


def _changes(telling: Telling) -> Iterator[str]:
    before, step, lang = telling.before, telling.step, telling.lang
    if before is None or step.step == "close":
        return
    changes = []
    if before.severity != step.severity:
        now, then = (name(SEVERITIES, one.severity, lang) for one in (step, before))
        changes.append(say(lang, "severity_was", now=now, before=then))
    key = _COUNTED.get(telling.alert.kind)
    now_n, then_n = (amount(one.evidence, *key[1]) if key else None for one in (step, before))
    if key and now_n is not None and then_n is not None:
        now = counted(key[0], now_n, lang)
        same = now_n == then_n
        changes.append(
            say(lang, "same_count", now=now) if same else say(lang, "count_was", now=now, before=number(then_n, lang))
        )
    if changes:
        yield say(lang, "changed", at=_time(before.at, telling), changes="; ".join(changes))


def worst_step(telling: Telling) -> StoredStep:
    """The step at which an alert was at its worst."""
    keys = _COUNTED.get(telling.alert.kind, ("", ()))[1]
    steps = [step for step in telling.steps if step.step != "close"]
    return max(steps, key=lambda step: (amount(step.evidence, *keys) or 0, step.score), default=telling.step)


def _closed(telling: Telling) -> str:
    alert, step, lang = telling.alert, telling.step, telling.lang
    key = _COUNTED.get(alert.kind)
    counts = [amount(one.evidence, *key[1]) for one in telling.steps] if key else []
    peak = max((count for count in counts if count is not None), default=None)
    values = {
        "at": _time(step.at, telling),
        "span": span_told(step.at - alert.opened_at, lang),
        "severity": name(SEVERITIES, alert.severity, lang),
    }
    if key is None or peak is None:
        return say(lang, "closed_plain", **values)
    return say(lang, "closed", peak=counted(key[0], peak, lang), **values)


_COUNTED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "negative_spike": ("negatives", ("negatives",)),
    "volume_spike": ("posts", ("mentions", "total")),
    "campaign": ("posts", ("posts",)),
    "watchword": ("posts", ("posts",)),
    "notable_author": ("posts", ("posts",)),
}
"""What an alert of each kind is counted in, and under which keys of its evidence."""


def _count(evidence: Mapping[str, Any], kind: str, lang: Lang) -> str:
    key = _COUNTED.get(kind)
    found = amount(evidence, *key[1]) if key else None
    return counted(key[0], found, lang) if key and found is not None else ""


# --- quotes and the rest ---


def _quote(quote: Quote, lang: Lang) -> str:
    if quote.text is None:
        return say(lang, "deleted")
    who = quoted(quote.who, 60) if quote.who else say(lang, "author_deleted")
    said = say(lang, "quote", text=quoted(quote.text))
    lines = [f"{said} — {say(lang, 'by', who=who, source=quote.source)}", *([quote.url] if quote.url else [])]
    return "\n".join(lines)


def _foot(telling: Telling) -> Iterator[str]:
    alert, lang = telling.alert, telling.lang
    if telling.step.step != "close":
        span = span_told(max(telling.now - alert.opened_at, timedelta()), lang)
        yield say(lang, "opened", at=_time(alert.opened_at, telling), span=span, zone=telling.zone)
    if telling.public_url:
        yield say(lang, "more", url=console_link(telling.public_url, alert.id))


def _time(moment: datetime, telling: Telling) -> str:
    local = moment.astimezone(ZoneInfo(telling.zone))
    today = telling.now.astimezone(ZoneInfo(telling.zone)).date()
    return f"{local:%H:%M}" if local.date() == today else f"{local:%Y-%m-%d %H:%M}"
