"""A brand at a glance in words and drawings. Pure; every figure comes with what it rests on."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from dashboards.charts import timeline as tl
from dashboards.console import figures
from dashboards.console.alert_words import AlertLine
from dashboards.console.overview_charts import (
    HOUR,
    Stretch,
    against_chart,
    amount,
    net_chart,
    span_told,
    volume_chart,
)
from dashboards.console.sight import CampaignLine, Change, Chart, Lowest, Now, PersonLine, Row, Sight
from dashboards.console.speech import Speech
from dashboards.console.texts import lead
from mentions.records import LABELS
from processors.store.campaign_reading import StoredCampaign
from processors.store.figures import ENOUGH, Figures
from processors.store.overview import Overview
from processors.store.people import Person
from processors.store.series import Slot
from processors.store.summaries import BrandSummary

MOST_LISTED = 6
"""Sources or languages that are listed; the rest is rare."""


def sight_of(
    read: Overview,
    alerts: Sequence[AlertLine],
    people: Sequence[Person] | None,
    s: Speech,
    now: datetime,
    zone: tzinfo,
    *,
    weighted: bool,
) -> Sight:
    """Say a brand at a glance.

    Args:
        alerts: those of `read`, in words, in its order. people: None: not known yet.
        weighted: volume over time as it weighs.
    """
    brand = read.summary
    on = Stretch(since=read.since, until=read.until, zone=zone, brand=brand.brand)
    on = replace(on, acts=tuple(_acts(read, on, s)))
    flags = _flags(read, alerts, on)
    before = s(f"before_{read.window}")
    open_now = [alert for alert, stored in zip(alerts, read.alerts, strict=True) if stored.closed_at is None]
    return Sight(
        brand=brand.brand,
        window=read.window,
        title=s("overview_of", brand=brand.brand, window=s(f"last_{read.window}")),
        mentions=s.number(brand.mentions),
        mentions_words=s("mentions_n", n=brand.mentions),
        change=_change(brand, before, s),
        weight=s("weighs", weight=s.number(brand.weighted.mentions, 1)) if brand.mentions else "",
        net=figures.net_of(brand, s),
        net_hidden=s("net_too_few", count=s.number(brand.n), least=ENOUGH),
        net_change=_net_change(brand, before, s),
        lowest=_lowest(read, on, s),
        now=_now(read, on, s),
        open_count=len(open_now),
        worst=s("worst", severity=min(open_now, key=lambda line: line.rank).severity) if open_now else "",
        heard=s("heard_unknown") if brand.completeness is None else s("heard_of", share=s.percent(brand.completeness)),
        latency=_latency(read, s),
        shares=figures.shares_of(brand, s) if brand.mentions else (),
        net_chart=_net_chart(read, flags, on, s),
        net_note=_net_note(read, s),
        volume_chart=_volume_chart(read, flags, on, s, weighted=weighted),
        volume_note=s("volume_steps", span=s.span(read.slots[0].end - read.slots[0].start)) if read.slots else "",
        against_chart=_against_chart(read, flags, on, s),
        alerts=alerts,
        actions=[act.told for act in on.acts],
        sources=_sources(brand, on, s),
        languages=_languages(brand, on, s),
        campaigns=[_campaign(one, s, now, zone) for one in read.campaigns],
        people=None if people is None else [_person(person, s, zone) for person in people],
        list_link=on.link(read.since, read.until),
    )


# --- headline ---


def _change(brand: BrandSummary, before: str, s: Speech) -> str:
    past = brand.previous
    if not past.mentions and not brand.mentions:
        return ""
    if not past.comparable:
        return s("no_comparison", before=before)
    if not past.mentions:
        return s("none_before", before=before)
    if past.mentions == brand.mentions:
        return s("as_many_as", before=before)
    key = "more_than" if brand.mentions > past.mentions else "fewer_than"
    return s(key, change=figures.difference(brand.mentions, past.mentions, s), before=before,
             count=s.number(past.mentions))  # fmt: skip


def _net_change(brand: BrandSummary, before: str, s: Speech) -> Change | None:
    """How far net sentiment moved, beyond chance (95 %); nothing where a period is too small or not comparable."""
    past = brand.previous
    if not (brand.shown and past.shown and past.comparable) or None in (brand.net_sentiment, past.net_sentiment):
        return None
    points = round(100 * (brand.net_sentiment or 0)) - round(100 * (past.net_sentiment or 0))
    chance = math.hypot(_half(brand), _half(past))
    against = s("net_against", net=s.percent(past.net_sentiment or 0, signed=True), before=before,
                count=s.number(past.n))  # fmt: skip
    if abs((brand.net_sentiment or 0) - (past.net_sentiment or 0)) <= chance or not points:
        return Change(told=s("net_same"), against=against)
    told = s("net_fell" if points < 0 else "net_rose", n=abs(points))
    return Change(told=told, against=against, way="down" if points < 0 else "up")


def _half(one: Figures) -> float:
    """Half the interval of net sentiment; those of two periods add up as the sides of a right angle do."""
    return (one.interval[1] - one.interval[0]) / 2 if one.interval else 0.0


def _lowest(read: Overview, on: Stretch, s: Speech) -> Lowest | None:
    """Of several stretches the one with the lowest net sentiment, if it is certainly below the whole."""
    shown = [slot for slot in read.net if slot.shown and slot.net_sentiment is not None]
    lowest = min(shown, key=lambda slot: slot.net_sentiment or 0, default=None)
    if lowest is None or len(shown) < 2 or lowest.interval is None or read.summary.net_sentiment is None:
        return None
    if lowest.interval[1] >= read.summary.net_sentiment:
        return None
    told = s(
        "net_lowest",
        net=s.percent(lowest.net_sentiment or 0, signed=True),
        count=s.number(lowest.n),
        span=span_told(lowest.start, lowest.end, on.zone, s),
    )
    return Lowest(told=told, link=on.link(lowest.start, lowest.end, "negative"))


def _now(read: Overview, on: Stretch, s: Speech) -> Now | None:
    mark = read.last_mark
    if mark is None or mark.at < read.since:
        return None
    known = mark.expected is not None and mark.high is not None
    above = mark.state == "usual" and known and mark.negatives > (mark.high or 0)
    expected = (
        s("negatives_expected", expected=amount(mark.expected or 0, s), high=amount(mark.high or 0, s)) if known else ""
    )
    state = "mark_above" if above else "mark_usual" if mark.state == "usual" else f"mark_{mark.state}"
    return Now(
        count=amount(mark.negatives, s),
        expected=expected,
        state=s(state),
        when=s("negatives_hour", time=s.clock(mark.at, on.zone)),
        link=on.link(mark.at - HOUR, mark.at, "negative"),
        above=above,
    )


def _latency(read: Overview, s: Speech) -> str:
    times = read.timeliness
    if times.p50 is None or times.p95 is None:
        return s("stored_none")
    return s("stored_within", n=times.n, p95=s.seconds(times.p95), p50=s.seconds(times.p50))


# --- charts ---


def _flags(read: Overview, alerts: Sequence[AlertLine], on: Stretch) -> list[tl.Flag]:
    return [
        tl.Flag(
            on.place(stored.opened_at),
            on.place(stored.closed_at) if stored.closed_at else 1.0,
            f"{line.title}, {line.when}",
            line.link,
            stored.severity,
        )
        for stored, line in zip(read.alerts, alerts, strict=True)
        if on.since <= stored.opened_at < on.until
    ]


def _acts(read: Overview, on: Stretch, s: Speech) -> Iterator[tl.Flag]:
    """What the team did, each with its days."""
    for one in read.actions:
        first, last = (s.day(moment, on.zone) for moment in (one.since, one.until - timedelta(microseconds=1)))
        days = first if first == last else f"{first}\N{EN DASH}{last}"
        yield tl.Flag(on.place(one.since), on.place(one.until), s("action_told", text=one.text, days=days))


def _net_chart(read: Overview, flags: Sequence[tl.Flag], on: Stretch, s: Speech) -> Chart | None:
    if not any(slot.shown for slot in read.net):
        return None
    return Chart(
        drawn=net_chart(read.net, flags, on, s),
        heads=(s("net"), s("table_low"), s("table_high"), "n"),
        rows=[
            (span_told(slot.start, slot.end, on.zone, s), _net_cells(slot, s),
             on.link(slot.start, slot.end, "negative"))
            for slot in reversed(read.net)
            if slot.n
        ],
    )  # fmt: skip


def _net_cells(slot: Slot, s: Speech) -> list[str]:
    if not slot.shown or slot.interval is None or slot.net_sentiment is None:
        return ["–", "–", "–", s.number(slot.n)]
    values = (slot.net_sentiment, *slot.interval)
    return [*(s.percent(value, signed=True) for value in values), s.number(slot.n)]


def _net_note(read: Overview, s: Speech) -> str:
    if not any(slot.shown for slot in read.net):
        return s("net_never", least=ENOUGH)
    return s("net_steps", span=s.span(read.net[0].end - read.net[0].start), least=ENOUGH)


def _volume_chart(read: Overview, flags: Sequence[tl.Flag], on: Stretch, s: Speech, *, weighted: bool) -> Chart | None:
    if not read.summary.mentions:
        return None
    return Chart(
        drawn=volume_chart(read.slots, flags, on, s, weighted=weighted),
        heads=(*(s(label) for label in LABELS), s("volume"), s("table_weight")),
        rows=[
            (
                span_told(slot.start, slot.end, on.zone, s),
                [
                    *(s.number(getattr(slot, label)) for label in LABELS),
                    s.number(slot.mentions),
                    s.number(slot.weighted.mentions, 1),
                ],
                on.link(slot.start, slot.end),
            )
            for slot in reversed(read.slots)
            if slot.mentions
        ],
    )


def _against_chart(read: Overview, flags: Sequence[tl.Flag], on: Stretch, s: Speech) -> Chart | None:
    if not read.marks:
        return None

    def written(value: float | None) -> str:
        return "–" if value is None else amount(value, s)

    return Chart(
        drawn=against_chart(read.marks, flags, on, s),
        heads=(s("legend_observed"), s("legend_expected"), s("table_low"), s("table_high")),
        rows=[
            (
                s("negatives_hour", time=s.when(mark.at, on.zone)),
                [written(value) for value in (mark.negatives, mark.expected, mark.low, mark.high)],
                on.link(mark.at - HOUR, mark.at, "negative"),
            )
            for mark in reversed(read.marks)
            if mark.negatives
        ],
    )


# --- lists ---


def _sources(brand: BrandSummary, on: Stretch, s: Speech) -> list[Row]:
    most = max((part.mentions for part in brand.by_source), default=1)
    return [
        Row(
            name=s.source(part.source),
            count=s.number(part.mentions),
            width=round(100 * part.mentions / most, 2),
            detail="" if part.completeness is None else s("heard_of", share=s.percent(part.completeness)),
            link=on.narrowed(source=part.source),
        )
        for part in brand.by_source[:MOST_LISTED]
    ]


def _languages(brand: BrandSummary, on: Stretch, s: Speech) -> list[Row]:
    most = max((part.mentions for part in brand.by_language), default=1)
    return [
        Row(
            name=s.language(part.lang),
            count=s.number(part.mentions),
            width=round(100 * part.mentions / most, 2),
            detail=_unjudged(part, s),
            link=on.narrowed(language=part.lang),
        )
        for part in brand.by_language[:MOST_LISTED]
    ]


def _unjudged(part: Figures, s: Speech) -> str:
    """A language that nobody judges is one that alerts cannot hear."""
    return s("unjudged_of", share=s.percent(part.unjudged_share)) if part.unjudged_share else ""


def _campaign(one: StoredCampaign, s: Speech, now: datetime, zone: tzinfo) -> CampaignLine:
    return CampaignLine(
        kind=s.known(f"campaign_{one.kind}", one.kind),
        sample=lead(" ".join((one.sample or "").split()))[0][:160] if one.sample else s("campaign_gone"),
        size=s("campaign_size", posts=s.number(one.post_count), authors=s.number(one.author_count)),
        when=s.ago(one.opened_at, now, zone),
    )


def _person(person: Person, s: Speech, zone: tzinfo) -> PersonLine:
    handle = f"@{person.handle.removeprefix('@')}" if person.handle else ""
    told = [s("people_days", n=person.positive_days)]
    if person.lapsed and person.last_seen:
        told.append(s("people_lapsed", date=s.date(person.last_seen, zone)))
    if person.reach is not None:
        told.append(s("followers", count=s.number(person.reach)))
    if person.thanked_at:
        told.append(s("people_thanked", date=s.date(person.thanked_at, zone)))
    return PersonLine(
        name=person.name or handle or person.author,
        handle=handle if person.name else "",
        detail=", ".join(told),
        source=s.source(person.source),
    )
