"""The charts of the overview: slots and marks of the store as drawings, in words of one language. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from dashboards.charts import inks
from dashboards.charts import timeline as tl
from dashboards.charts.frame import Plot, Size, ticks
from dashboards.console.selection import Selection
from dashboards.console.speech import Speech
from processors.store.series import Mark, Slot

WIDE, SLIM = Size(760, 210, 12), Size(360, 210, 12)
"""Across the page, and across a phone; a style sheet shows one of them."""
HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_NET_AXIS = (-1.0, -0.5, 0.0, 0.5, 1.0)
_UP = (("neutral", inks.NEUTRAL), ("unjudged", inks.UNJUDGED), ("positive", inks.POSITIVE))
_DOWN = (("negative", inks.NEGATIVE),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What the charts of a page share.

    Attributes:
        brand: whose mentions they lead to. acts: what the team did in it.
    """

    since: datetime
    until: datetime
    zone: tzinfo
    brand: str
    acts: tuple[tl.Flag, ...] = ()

    def place(self, moment: datetime) -> float:
        """Where a moment stands, as a share of the stretch."""
        return (moment - self.since) / (self.until - self.since)

    def link(self, start: datetime, end: datetime, label: str = "") -> str:
        """The address of the list of the public's mentions of a part of it: as many as its figures count."""
        window = {"since": _iso(start), "until": _iso(end)}
        return "/" + Selection(brand=self.brand, label=label, voice="public", **window).query()

    def narrowed(self, *, source: str = "", language: str = "") -> str:
        """The address of the list of the mentions of a source or in a language, over all of it."""
        window = {"since": _iso(self.since), "until": _iso(self.until)}
        return "/" + Selection(brand=self.brand, source=source, language=language, voice="public", **window).query()


def net_chart(found: Sequence[Slot], flags: Sequence[tl.Flag], on: Stretch, s: Speech) -> list[str]:
    """Draw net sentiment of slots that have enough opinions; each leads to its negative mentions."""
    shown = [
        tl.Interval(on.place(slot.start), on.place(slot.end), slot.net_sentiment, *slot.interval)
        for slot in found
        if slot.shown and slot.net_sentiment is not None and slot.interval is not None
    ]
    cells = [
        tl.Cell(
            on.place(slot.start), on.place(slot.end), net_told(slot, on, s),
            on.link(slot.start, slot.end, "negative") if slot.negative else "",
        )
        for slot in found
    ]  # fmt: skip

    def parts(plot: Plot, size: Size) -> list[str]:
        return [*tl.intervals(plot, shown), *tl.cells(plot, cells), *_marks(plot, size, flags, on)]

    return _both(_NET_AXIS, lambda value: s.percent(value, signed=True), on, s, parts, s("net_over_time"), "net-plot")


def net_told(slot: Slot, on: Stretch, s: Speech) -> str:
    """Say a slot of net sentiment."""
    span = span_told(slot.start, slot.end, on.zone, s)
    if not slot.shown or slot.net_sentiment is None or slot.interval is None:
        return s("net_slot_few", span=span, count=s.number(slot.n))
    low, high = (s.percent(value, signed=True) for value in slot.interval)
    return s("net_slot", span=span, net=s.percent(slot.net_sentiment, signed=True), low=low, high=high,
             count=s.number(slot.n))  # fmt: skip


def volume_chart(
    found: Sequence[Slot], flags: Sequence[tl.Flag], on: Stretch, s: Speech, *, weighted: bool
) -> list[str]:
    """Draw mentions by sentiment, as they were posted or as they weigh; each slot leads to its mentions."""
    counts = [slot.weighted if weighted else slot for slot in found]
    up = max((one.mentions - one.negative for one in counts), default=0)
    down = max((one.negative for one in counts), default=0)
    step = ticks(max(up, down, 1), at_most=4)[1]
    axis = [step * place for place in range(-_ceil(down / step), _ceil(max(up, 1) / step) + 1)]
    stands = [
        tl.Stack(on.place(slot.start), on.place(slot.end), (one.neutral, one.unjudged, one.positive))
        for slot, one in zip(found, counts, strict=True)
    ]
    hangs = [
        tl.Stack(on.place(slot.start), on.place(slot.end), (-one.negative,))
        for slot, one in zip(found, counts, strict=True)
    ]
    cells = [
        tl.Cell(on.place(slot.start), on.place(slot.end), volume_told(slot, on, s, weighted=weighted),
                on.link(slot.start, slot.end) if slot.mentions else "")
        for slot in found
    ]  # fmt: skip

    def parts(plot: Plot, size: Size) -> list[str]:
        drawn = [*tl.stacks(plot, stands, _UP), *tl.stacks(plot, hangs, _DOWN)]
        return [*drawn, *tl.cells(plot, cells), *_marks(plot, size, flags, on)]

    return _both(axis, lambda value: s.number(abs(value)), on, s, parts, s("volume"), "volume-plot")


def volume_told(slot: Slot, on: Stretch, s: Speech, *, weighted: bool) -> str:
    """Say a slot of mentions."""
    one, digits = (slot.weighted, 1) if weighted else (slot, 0)
    return s(
        "volume_slot",
        span=span_told(slot.start, slot.end, on.zone, s),
        all=s.number(one.mentions, digits),
        positive=s.number(one.positive, digits),
        neutral=s.number(one.neutral, digits),
        negative=s.number(one.negative, digits),
        unjudged=s.number(one.unjudged, digits),
    )


def against_chart(found: Sequence[Mark], flags: Sequence[tl.Flag], on: Stretch, s: Speech) -> list[str]:
    """Draw the negatives of the rolling hour against the band of the usual; each mark leads to its hour's negatives."""
    known = [mark for mark in found if None not in (mark.expected, mark.low, mark.high)]
    top = max([1.0, *(mark.negatives for mark in found), *(mark.high or 0 for mark in known)])
    axis = ticks(top, at_most=4)
    edges = [(on.place(mark.at), mark.low or 0.0, mark.high or 0.0) for mark in known]
    expected = [(on.place(mark.at), mark.expected or 0.0) for mark in known]
    observed = [(on.place(mark.at), mark.negatives) for mark in found]
    stretches = list(_until_next(found, on))
    cells = [
        tl.Cell(start, end, against_told(mark, on, s), on.link(mark.at - HOUR, mark.at, "negative"))
        for (start, end), mark in zip(stretches, found, strict=True)
    ]

    def of(state: str) -> Iterator[tuple[float, float]]:
        return (part for part, mark in zip(stretches, found, strict=True) if mark.state == state)

    def parts(plot: Plot, size: Size) -> list[str]:
        return [
            *tl.shaded(plot, of("incomplete")),
            *tl.shaded(plot, of("learning"), "learning"),
            tl.band(plot, edges),
            tl.line(plot, expected, "expected", inks.BLUE, "5 4"),
            tl.line(plot, observed, "observed", inks.NEGATIVE),
            *tl.cells(plot, cells),
            *_marks(plot, size, flags, on),
        ]

    return _both(axis, s.number, on, s, parts, s("against"), "against-plot")


def against_told(mark: Mark, on: Stretch, s: Speech) -> str:
    """Say a mark."""
    time = s.when(mark.at, on.zone)
    if mark.expected is None or mark.low is None or mark.high is None:
        told = s("against_slot_alone", time=time, negatives=amount(mark.negatives, s))
    else:
        told = s(
            "against_slot",
            time=time,
            negatives=amount(mark.negatives, s),
            expected=amount(mark.expected, s),
            low=amount(mark.low, s),
            high=amount(mark.high, s),
        )
    return told if mark.state == "usual" else f"{told} ({s(f'legend_{mark.state}')})"


def amount(value: float, s: Speech) -> str:
    """Write a count that may be broken: small ones with one digit."""
    return s.number(value, 0 if value >= 10 or value == int(value) else 1)


def span_told(start: datetime, end: datetime, zone: tzinfo, s: Speech) -> str:
    """Say from when to when: `16 Nov 2026, 06:00–18:00`, with the second day where it is another."""
    one_day = start.astimezone(zone).date() == (end - timedelta(microseconds=1)).astimezone(zone).date()
    return f"{s.when(start, zone)}–{s.clock(end, zone) if one_day else s.when(end, zone)}"


def _marks(plot: Plot, size: Size, flags: Sequence[tl.Flag], on: Stretch) -> list[str]:
    """What happened, above, and what the team did, at the foot."""
    return [*tl.flags(plot, size, flags), *tl.spans(plot, size, on.acts)]


def _until_next(found: Sequence[Mark], on: Stretch) -> Iterator[tuple[float, float]]:
    """The part of the stretch that each mark speaks for: from the mark before to its own, at most an hour."""
    before: datetime | None = None
    for mark in found:
        start = mark.at - HOUR if before is None else max(before, mark.at - (on.until - on.since) / 50)
        yield on.place(start), on.place(mark.at)
        before = mark.at


def _both(
    axis: Sequence[float],
    write: Callable[[float], str],
    on: Stretch,
    s: Speech,
    parts: Callable[[Plot, Size], list[str]],
    label: str,
    kind: str,
) -> list[str]:
    """The wide and the slim drawing of a chart."""
    times = list(_times(on, s))
    return [
        tl.chart(size, axis, write, times, parts(tl.plot_of(size, axis), size), label=label, class_=f"{kind} {name}")
        for size, name in ((WIDE, "wide"), (SLIM, "slim"))
    ]


def _times(on: Stretch, s: Speech) -> Iterator[tuple[float, str]]:
    """Round moments of the brand's own day, and their names."""
    length = on.until - on.since
    by_day = length > 2 * _DAY
    few = 8 * _DAY if by_day else 2 * HOUR
    short, long = (_DAY, 4 * _DAY) if by_day else (HOUR / 6, 3 * HOUR)
    every = short if length <= few else long
    local = on.since.astimezone(on.zone).replace(tzinfo=None)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    moment = midnight + _ceil((local - midnight) / every) * every
    while (shown := moment.replace(tzinfo=on.zone)) < on.until:
        yield on.place(shown), s.day(shown, on.zone) if by_day else s.clock(shown, on.zone)
        moment += every


def _ceil(value: float) -> int:
    return int(-(-value // 1))


def _iso(moment: datetime) -> str:
    """The shortest exact form for an address."""
    return f"{moment:%Y-%m-%dT%H:%M}" + (f":{moment:%S}" if moment.second else "") + "Z"
