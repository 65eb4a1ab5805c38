"""What a message about an alert says: it must suffice alone, on a phone, at night. Pure; docs/alerts.md."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from msgspec import Struct

from processors.notifying.phrases import KINDS, LISTS, SEVERITIES, SIGNS, Lang, name, say
from processors.notifying.quoting import quoted
from processors.store.alert_reading import StoredAlert, StoredStep

QUOTES = 3
MOST_TERMS, TITLE_TERMS, MOST_BRANDS = 6, 2, 3
FEW = 5
"""Of fewer authors no share is told."""
_DAY = timedelta(days=1)


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
        "\n".join(_cause(telling)),
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


def gist(telling: Telling) -> str:
    """Say in half a line what an alert is about at a step: words, count, expectation; empty: nothing is known."""
    return "; ".join(_gist(telling))


def causes(telling: Telling) -> list[str]:
    """Say what an alert is about at a step, a sentence each, without what changed and without quotes."""
    return list(_cause(telling))


def worst_step(telling: Telling) -> StoredStep:
    """Give the step at which an alert was at its worst."""
    return _peak(telling)


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
    gist = "" if closed else "; ".join(_gist(telling))
    return f"{title}: {gist}" if gist else title


def _gist(telling: Telling) -> Iterator[str]:
    """What a locked screen must show: the words, the count against expectation, whether it may be a campaign."""
    alert, evidence, lang = telling.alert, telling.step.evidence, telling.lang
    terms = _flagged(evidence, lang) if alert.kind in _FIRST_POSTS else _terms(alert.explanation)
    if alert.kind in _FIRST_POSTS and terms:
        yield ", ".join(terms[:TITLE_TERMS])
    count = _count(evidence, alert.kind, lang)
    expected = _amount(evidence, *_EXPECTED)
    if count:
        yield say(lang, "against", count=count, expected=_number(expected, lang)) if expected is not None else count
    if alert.kind not in _FIRST_POSTS and terms:
        yield ", ".join(terms[:TITLE_TERMS])
    if alert.explanation.get("possible_campaign") is True and alert.kind != "campaign":
        yield name(KINDS, "campaign", lang)


def _terms(explanation: Mapping[str, Any]) -> list[str]:
    return [quoted(str(term["term"]), 60) for term in _objects(explanation.get("terms")) if "term" in term]


def _flagged(evidence: Mapping[str, Any], lang: Lang) -> list[str]:
    """The words of a list that were found, or what makes an author notable (`processors.flags`)."""
    shown = []
    found = evidence.get("terms")
    for term in (term for term in (found if isinstance(found, list) else ()) if isinstance(term, str)):
        what, _, rest = term.partition(" ")
        if what == "followers" and rest.isdigit():
            shown.append(say(lang, "followers", n=_number(int(rest), lang)))
        elif term == "account":
            shown.append(say(lang, "account"))
        else:
            shown.append(quoted(rest if what == "link" else term, 60))
    return shown


_FIRST_POSTS = ("watchword", "notable_author")
_EXPECTED = ("expected_negatives", "expected_mentions")


# --- cause ---


def _cause(telling: Telling) -> Iterator[str]:
    alert, lang = telling.alert, telling.lang
    evidence, explanation = telling.step.evidence, alert.explanation
    if telling.step.step == "close":
        yield _closed(telling)
        if telling.before is not None:
            return
        evidence = _peak(telling).evidence  # who hears of it for the first time must hear what it was
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
        yield say(lang, "sources", sources=", ".join(f"{key} {value}" for key, value in sources.items()))
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
        "negatives": _amount(evidence, "negatives"),
        "total": _amount(evidence, "mentions", "total") if alert.kind == "volume_spike" else None,
        "expected": _amount(evidence, *_EXPECTED),
        "posts": _amount(evidence, "posts"),
        "authors": _amount(evidence, "distinct_authors", "authors"),
    }
    values = {key: _number(value, lang) for key, value in found.items() if value is not None}
    if alert.kind in _FIRST_POSTS:
        for key in ("posts", "authors"):
            values[key] = _counted(key, found[key] or 1, lang)
    span = _stretch(evidence)
    if span is not None:
        values["span"] = _span(span, lang)
    if terms:
        values["terms"] = ", ".join(terms[:MOST_TERMS])
    subject = alert.subject.partition(":")[0]
    return {**values, "kind": name(KINDS, alert.kind, lang).capitalize(), "list": name(LISTS, subject, lang)}


def _of_all(evidence: Mapping[str, Any], lang: Lang) -> Iterator[str]:
    negatives, total = _amount(evidence, "negatives"), _amount(evidence, "total")
    usual, authors = _amount(evidence, "baseline_share"), _amount(evidence, "distinct_authors")
    if negatives is not None and total and usual is not None and authors is not None:
        yield say(
            lang,
            "of_all",
            authors=_number(authors, lang),
            total=_number(total, lang),
            share=_percent(negatives / total, lang),
            usual=_percent(usual, lang),
        )


def _suspicions(
    alert: StoredAlert, evidence: Mapping[str, Any], explanation: Mapping[str, Any], lang: Lang
) -> Iterator[str]:
    share = _amount(explanation, "largest_cluster_share")
    if explanation.get("possible_campaign") is True and share is not None:
        yield say(lang, "possible_campaign", share=_percent(share, lang))
    domains = evidence.get("domains")
    if isinstance(domains, list) and domains:
        yield say(lang, "domains", domains=", ".join(quoted(str(domain), 60) for domain in domains[:QUOTES]))
    new, authors = _amount(explanation, "new_authors"), _amount(explanation, "authors")
    if new is not None and new >= 0.5 and (authors or 0) >= FEW:
        yield say(lang, "new_authors", share=_percent(new, lang))


def _listed(brands: Sequence[str], lang: Lang) -> str:
    shown = [quoted(brand, 60) for brand in brands[:MOST_BRANDS]]
    more = len(brands) - len(shown)
    last = say(lang, "others", n=str(more)) if more else shown.pop()
    return say(lang, "and").join([", ".join(shown), last])


def _compared(explanation: Mapping[str, Any], lang: Lang) -> Iterator[str]:
    day, week = explanation.get("day_before"), explanation.get("week_before")
    if isinstance(day, Mapping) or isinstance(week, Mapping):
        counts = [_amount(one, "negatives") if isinstance(one, Mapping) else None for one in (day, week)]
        shown = ["?" if count is None else _number(count, lang) for count in counts]
        yield say(lang, "before", day=shown[0], week=shown[1])
    links = [str(link["url"]) for link in _objects(explanation.get("links")) if "url" in link]
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
    now_n, then_n = (_amount(one.evidence, *key[1]) if key else None for one in (step, before))
    if key and now_n is not None and then_n is not None:
        now = _counted(key[0], now_n, lang)
        same = now_n == then_n
        changes.append(
            say(lang, "same_count", now=now) if same else say(lang, "count_was", now=now, before=_number(then_n, lang))
        )
    if changes:
        yield say(lang, "changed", at=_time(before.at, telling), changes="; ".join(changes))


def _peak(telling: Telling) -> StoredStep:
    """The step at which an alert was at its worst."""
    keys = _COUNTED.get(telling.alert.kind, ("", ()))[1]
    steps = [step for step in telling.steps if step.step != "close"]
    return max(steps, key=lambda step: (_amount(step.evidence, *keys) or 0, step.score), default=telling.step)


def _closed(telling: Telling) -> str:
    alert, step, lang = telling.alert, telling.step, telling.lang
    key = _COUNTED.get(alert.kind)
    counts = [_amount(one.evidence, *key[1]) for one in telling.steps] if key else []
    peak = max((count for count in counts if count is not None), default=None)
    values = {
        "at": _time(step.at, telling),
        "span": _span(step.at - alert.opened_at, lang),
        "severity": name(SEVERITIES, alert.severity, lang),
    }
    if key is None or peak is None:
        return say(lang, "closed_plain", **values)
    return say(lang, "closed", peak=_counted(key[0], peak, lang), **values)


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
    amount = _amount(evidence, *key[1]) if key else None
    return _counted(key[0], amount, lang) if key and amount is not None else ""


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
        span = _span(max(telling.now - alert.opened_at, timedelta()), lang)
        yield say(lang, "opened", at=_time(alert.opened_at, telling), span=span, zone=telling.zone)
    if telling.public_url:
        yield say(lang, "more", url=console_link(telling.public_url, alert.id))


# --- numbers, times ---


def _stretch(evidence: Mapping[str, Any]) -> timedelta | None:
    """How much time the evidence is about."""
    window = evidence.get("window")
    ends = window if isinstance(window, list) else [evidence.get("first_at"), evidence.get("last_at")]
    try:
        start, end = (datetime.fromisoformat(str(moment)) for moment in ends)
        return end - start
    except (TypeError, ValueError):
        return None


def _objects(found: object) -> Sequence[Mapping[str, Any]]:
    return [entry for entry in found if isinstance(entry, Mapping)] if isinstance(found, list) else []


def _amount(found: Mapping[str, Any], *keys: str) -> float | None:
    """The first of some numbers that is there; of a list its length."""
    for key in keys:
        value = found.get(key)
        if isinstance(value, list):
            return len(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value
    return None


def _number(value: float, lang: Lang) -> str:
    shown = f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"
    return shown.translate(str.maketrans(",.", ".,")) if lang == "es" else shown


def _percent(share: float, lang: Lang) -> str:
    return f"{share:.0%}".replace("%", " %") if lang == "es" else f"{share:.0%}"


def _counted(what: str, n: float, lang: Lang) -> str:
    return say(lang, f"{what}_1" if n == 1 else f"{what}_n", n=_number(n, lang))


def _span(span: timedelta, lang: Lang) -> str:
    minutes = round(span / timedelta(minutes=1))
    hours, rest = divmod(minutes, 60)
    if span >= _DAY:
        return say(lang, "days", d=hours // 24, h=hours % 24)
    return say(lang, "hours", h=hours, m=rest) if hours else say(lang, "minutes", n=minutes)


def _time(moment: datetime, telling: Telling) -> str:
    local = moment.astimezone(ZoneInfo(telling.zone))
    today = telling.now.astimezone(ZoneInfo(telling.zone)).date()
    return f"{local:%H:%M}" if local.date() == today else f"{local:%Y-%m-%d %H:%M}"
