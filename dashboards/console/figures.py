"""The main figures of a brand in words and marks. Pure; every figure comes with what it rests on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from dashboards.console import charts
from dashboards.console.speech import Speech
from dashboards.console.volume import HOUR
from mentions.records import LABELS, Gap
from processors.store.figures import ENOUGH, Figures
from processors.store.summaries import BrandSummary

_LEAST_TOLD = 0.005
"""The least share that is not shown as 0 per cent."""


@dataclass(frozen=True, slots=True)
class HourBar:
    """One bar and its words; `missed`: a source knows that it did not hear part of the hour."""

    mark: charts.Bar
    text: str
    missed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """The chart of the last hours; `text` says it to those who do not see it."""

    chart: charts.Bars
    bars: Sequence[HourBar]
    first: str
    most: str
    text: str

    @property
    def any_missed(self) -> bool:
        """Whether the shading of missed hours needs a word."""
        return any(bar.missed for bar in self.bars)


@dataclass(frozen=True, slots=True, kw_only=True)
class Net:
    """Net sentiment with its interval; `at`, `low`, `width` are places on the axis."""

    value: str
    interval: str
    n: str
    at: float
    low: float
    width: float
    least: str
    most: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The part of one label: its place in the stack, and by how much it changed; empty: not comparable."""

    label: str
    value: str
    x: float
    width: float
    change: str
    change_title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A brand's card. `hours`, `net`, `shares` are empty when there is too little to show."""

    name: str
    volume: str
    volume_words: str
    change: str
    today: str
    today_meaning: str
    rests_on: str
    hours: Hours | None
    net: Net | None
    net_hidden: str
    net_before: str
    shares: Sequence[Share]


def figure_of(
    brand: BrandSummary,
    hours: Sequence[tuple[int, int]],
    gaps: Sequence[Gap],
    until: datetime,
    zone: tzinfo,
    s: Speech,
) -> Figure:
    """Say the figures of a window of 24 hours that ends at `until`; `gaps`: what sources missed of it."""
    return Figure(
        name=brand.brand,
        volume=s.number(brand.mentions),
        volume_words=s("last_day", n=brand.mentions),
        change=_change(brand, s),
        today=s("today", count=s.number(brand.by_day[-1].mentions)),
        today_meaning=s("today_meaning", zone=zone),
        rests_on=_rests_on(brand, s),
        hours=_hours(hours, gaps, until, zone, s) if brand.mentions else None,
        net=net_of(brand, s),
        net_hidden=s("net_hidden", count=s.number(brand.n), least=ENOUGH),
        net_before=_net_before(brand, s),
        shares=shares_of(brand, s) if brand.mentions else (),
    )


def _change(brand: BrandSummary, s: Speech) -> str:
    before = brand.previous.mentions
    if not before and not brand.mentions:
        return ""
    if not brand.previous.comparable:
        return s("not_comparable")
    if not before:
        return s("change_first")
    if before == brand.mentions:
        return s("change_none")
    key = "change_up" if brand.mentions > before else "change_down"
    return s(key, change=difference(brand.mentions, before, s), before=s.number(before))


def difference(now: int, before: int, s: Speech) -> str:
    """Say by how much a count differs from `before`, which is not 0."""
    apart = abs(now - before)
    # A percentage of a handful is a large number that means nothing; one that rounds to 0 says nothing.
    telling = before >= ENOUGH and apart / before >= _LEAST_TOLD
    return s.percent(apart / before) if telling else s.number(apart)


def _rests_on(brand: BrandSummary, s: Speech) -> str:
    sources = ", ".join(s.source(part.source) for part in brand.by_source)
    if not sources:
        return ""
    if brand.completeness is None:
        return s("rests_on_sources", sources=sources)
    return s("rests_on", sources=sources, share=s.percent(brand.completeness))


def _hours(hours: Sequence[tuple[int, int]], gaps: Sequence[Gap], until: datetime, zone: tzinfo, s: Speech) -> Hours:
    drawn = charts.bars(hours)
    since = until - len(hours) * HOUR
    most = s.number(max(count for count, _ in hours))
    total, negative = (s.number(sum(column)) for column in zip(*hours, strict=True))
    return Hours(
        chart=drawn,
        bars=[
            _hour_bar(mark, since + place * HOUR, hour, gaps, zone, s)
            for place, (mark, hour) in enumerate(zip(drawn.bars, hours, strict=True))
        ],
        first=s.clock(since, zone),
        most=s("hours_most", most=most),
        text=s("hours_text", total=total, most=most, negative=negative),
    )


def _hour_bar(
    mark: charts.Bar, start: datetime, hour: tuple[int, int], gaps: Sequence[Gap], zone: tzinfo, s: Speech
) -> HourBar:
    end = start + HOUR
    missed = any(gap.start < end and start < gap.end for gap in gaps)
    count, negative = hour
    span = f"{s.clock(start, zone)}–{s.clock(end, zone)}"
    text = s("hour_bar", n=count, hour=span, negative=s.number(negative))
    return HourBar(mark, f"{text}; {s('hours_missed')}" if missed else text, missed)


def net_of(figures: Figures, s: Speech) -> Net | None:
    """Say net sentiment; None: too few opinions."""
    if not figures.shown or figures.net_sentiment is None or figures.interval is None:
        return None
    low, high = figures.interval
    return Net(
        value=s.percent(figures.net_sentiment, signed=True),
        interval=s("net_interval", low=s.percent(low, signed=True), high=s.percent(high, signed=True)),
        n=s("net_n", count=s.number(figures.n)),
        at=charts.on_axis(figures.net_sentiment),
        low=charts.on_axis(low),
        width=round(charts.on_axis(high) - charts.on_axis(low), 1),
        least=s.percent(-1, signed=True),
        most=s.percent(1, signed=True),
    )


def _net_before(brand: BrandSummary, s: Speech) -> str:
    before = brand.previous
    if not brand.shown or not before.comparable:
        return ""
    if not before.shown or before.net_sentiment is None:
        return s("net_before_hidden", count=s.number(before.n))
    return s("net_before", net=s.percent(before.net_sentiment, signed=True), count=s.number(before.n))


def shares_of(brand: BrandSummary, s: Speech) -> list[Share]:
    """Say the share of each label; there is at least one mention."""
    counts = [getattr(brand, label) for label in LABELS]
    return [
        _share(label, count / brand.mentions, _share_before(brand, label), place, s)
        for label, count, place in zip(LABELS, counts, charts.widths(counts), strict=True)
    ]


def _share_before(brand: BrandSummary, label: str) -> float | None:
    before = brand.previous
    if not before.comparable or before.mentions < ENOUGH or brand.mentions < ENOUGH:
        return None
    return float(getattr(before, label) / before.mentions)


def _share(label: str, share: float, before: float | None, place: tuple[float, float], s: Speech) -> Share:
    told = before is not None and abs(share - before) >= _LEAST_TOLD
    change = s.signed(100 * (share - before)) if told and before is not None else ""
    return Share(
        label=label,
        value=s.percent(share),
        x=place[0],
        width=place[1],
        change=s("points_short", change=change) if change else "",
        change_title=s("points", change=change) if change else "",
    )
