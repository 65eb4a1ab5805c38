"""The charts of a review: which figures, which words, what each rests on. Pure; drawn by `dashboards.charts`."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dashboards.charts import inks
from dashboards.charts.expectation import BandWords, Seen, against_band
from dashboards.charts.frame import SLIDE, Size
from dashboards.charts.png import png
from dashboards.charts.series import Layer, Mark, Point, line_with_band, stacked_bars
from dashboards.charts.shares import Share, share_bars
from dashboards.charts.slide import WIDTH, Caption, slide
from dashboards.review.model import BandPoint, Day, Review
from dashboards.review.periods import band_hours
from dashboards.review.values import Figure, Lang
from dashboards.review.voice import Voice

LEAST_HEARD = 0.8
"""Days of which less was heard are shaded: below it windows are not judged either (processors/completeness.py)."""
LEAST_OPINIONS = 30
"""Net sentiment is not shown under this."""
MOST_BARS = 8
_HOUR = timedelta(hours=1)
_NET_AXIS = (-1.0, -0.5, 0.0, 0.5, 1.0)
_FEELINGS = ("negative", "neutral", "positive", "unjudged")
"""From the base line up: negatives stand on it, so that their heights can be compared."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart and what it rests on.

    Attributes:
        name: of the chart and of its file.
        notes: n, dates, sources, completeness and how to read it.
        draw: draws it in a size.
    """

    name: str
    title: str
    notes: tuple[str, ...]
    draw: Callable[[Size], str]


def pictures(review: Review, voice: Voice) -> list[Picture]:
    """Make the charts of a review, in their order; those of which nothing is known are left out."""
    made = (
        _daily(review, voice),
        _net(review, voice),
        _band(review, voice),
        _voices(review, voice),
        _sources(review, voice),
        _languages(review, voice),
    )
    return [picture for picture in made if picture]


def chart_files(review: Review, lang: Lang) -> dict[str, bytes]:
    """Draw each chart as a PNG picture of 1920 by 1080, with brand, dates, n, sources and completeness on it.

    Returns:
        Names of files, as `1-daily.png`, and what they hold.
    """
    voice = Voice(lang, review.period)
    subtitle = f"{review.brand} · {voice.days(review.period)}"
    found = {}
    for place, picture in enumerate(pictures(review, voice), 1):
        size = SLIDE if picture.name in ("daily", "net", "band") else Size(SLIDE.width, SLIDE.height, 44)
        caption = Caption(picture.title, subtitle, picture.notes)
        found[f"{place}-{picture.name}.png"] = png(slide(picture.draw(size), caption), WIDTH)
    return found


def rests_on(review: Review, voice: Voice, count: str) -> str:
    """Say what a chart rests on: `1,284 mentions · 16–22 Nov 2026, Europe/Madrid · Bluesky, RSS · 96% of it heard`."""
    named = [
        voice(*("source_part",), source=voice.source(line.source)) if not line.whole_text else voice.source(line.source)
        for line in review.quality.sources
        if line.mentions or line.completeness
    ]
    heard = (
        voice("heard_unknown")
        if review.completeness is None
        else voice("heard", share=voice.share(review.completeness))
    )
    dates = f"{voice.days(review.period)}, {review.period.time_zone}"
    return " · ".join(part for part in (count, dates, ", ".join(named), heard) if part)


def _daily(review: Review, voice: Voice) -> Picture | None:
    days = [day for day in review.series.days if day.in_period]
    total = sum(day.mentions for day in days)
    if not total:
        return None
    layers = [
        Layer(voice(f"{kind}_many"), [getattr(day, kind) for day in days], inks.FEELINGS[kind], kind)
        for kind in _FEELINGS
    ]
    gaps = _little_heard(days)
    notes = [rests_on(review, voice, voice("mention_n", n=total))]
    if gaps:
        notes.append(voice("shaded", share=voice.share(LEAST_HEARD)))

    def draw(size: Size) -> str:
        return stacked_bars(
            *(_day_names(days, voice), layers),
            title=voice("chart_daily"),
            write=voice.number,
            size=size,
            gaps=gaps,
            names=[voice.weekday(day.day) for day in days],
        )

    return Picture("daily", voice("chart_daily"), tuple(notes), draw)


def _net(review: Review, voice: Voice) -> Picture | None:
    days = review.series.days
    if not any(day.net_sentiment is not None for day in days):
        return None
    points = [Point(day.net_sentiment, *(day.interval or (None, None))) for day in days]
    own = sum(day.n for day in days if day.in_period)
    usual = next((figure.usual for figure in review.figures if figure.name == "net_sentiment"), None)
    reference = None if usual is None else (usual, f"{voice('usual_line')} {voice.percent(usual, signed=True)}")
    begins = next((place for place, day in enumerate(days) if day.in_period), 0)
    marks = [Mark(begins - 0.5, voice.of_period("begins"), "begins")] if begins else []
    gaps = _little_heard(days)
    notes = [rests_on(review, voice, voice("opinions", n=own))]
    notes += [voice("drawn_since", day=voice.day_of(days[0].day))] if begins else []
    notes.append(voice("net_band"))
    if any(day.net_sentiment is None for day in days):
        notes.append(voice("net_hidden", least=LEAST_OPINIONS))
    if gaps:
        notes.append(voice("shaded", share=voice.share(LEAST_HEARD)))

    def draw(size: Size) -> str:
        return line_with_band(
            *(_day_names(days, voice), points),
            title=voice("chart_net"),
            write=lambda value: voice.percent(value, signed=True),
            axis=_NET_AXIS,
            size=size,
            gaps=gaps,
            marks=marks,
            names=[voice.weekday(day.day) for day in days],
            reference=reference,
            ends=(voice("all_positive"), voice("all_negative")),
        )

    return Picture("net", voice("chart_net"), (notes[0], " · ".join(notes[1:])), draw)


def _band(review: Review, voice: Voice) -> Picture | None:
    if not any(point.expected is not None for point in review.series.band):
        return None
    hours = round((review.period.until - review.period.since) / _HOUR)
    per = band_hours(review.period.since, review.period.until)
    columns = -(-hours // per)
    seen = _columns(review.series.band, review.period.since, per, columns)
    unjudged = [place for place, point in enumerate(seen) if point is not None and point.expected is None]
    marks = [
        Mark((alert.opened_at - review.period.since) / _HOUR / per - 0.5, str(number), alert.kind)
        for number, alert in enumerate(review.alerts, 1)
        if review.period.since <= alert.opened_at < review.period.until
    ]
    slots, names = _hour_names(review.period.since, per, columns, voice)
    negative = sum(day.negative for day in review.series.days if day.in_period)
    reading = [voice("shaded_learning")] if unjudged else []
    reading += [voice("alert_marks")] if marks else []
    reading += [voice("grouped", n=per)] if per > 1 else []
    notes = (rests_on(review, voice, f"{voice.number(negative)} {voice('within')}"), " · ".join(reading))

    def draw(size: Size) -> str:
        return against_band(
            *(slots, [_seen(point) for point in seen]),
            title=voice("chart_band"),
            write=lambda value: voice.number(value, 0 if value.is_integer() else 1),
            called=BandWords(voice("within"), voice("above"), voice("band"), voice("expected")),
            size=size,
            gaps=unjudged,
            marks=marks,
            names=names,
        )

    return Picture("band", voice("chart_band"), tuple(note for note in notes if note), draw)


def _voices(review: Review, voice: Voice) -> Picture | None:
    rows = [row for row in review.brands if row.role != "sector" and row.share_of_voice.value is not None]
    if len(rows) < 2 or not any(row.mentions.value for row in rows):
        return None
    shares = [
        Share(
            row.brand,
            row.share_of_voice.value or 0.0,
            _told(row.share_of_voice.value or 0.0, row.mentions, voice),
            row.share_of_voice.usual,
            row.subject,
        )
        for row in rows[:MOST_BARS]
    ]
    total = sum(row.mentions.value or 0 for row in rows)
    notes = [rests_on(review, voice, voice("mention_n", n=round(total)))]
    notes += [f"{row.brand}: {row.note.said(voice.lang)}" for row in rows[:MOST_BARS] if row.note]

    def draw(size: Size) -> str:
        return share_bars(shares, title=voice("chart_voice"), size=size, before=voice("voice_before"))

    return Picture("voice", voice("chart_voice"), tuple(notes), draw)


def _sources(review: Review, voice: Voice) -> Picture | None:
    lines = [(voice.source(line.source), line.mentions, line.share) for line in review.quality.sources]
    return _parts("sources", lines, review, voice)


def _languages(review: Review, voice: Voice) -> Picture | None:
    lines = [(voice.language(line.lang), line.mentions, line.share) for line in review.quality.languages]
    return _parts("languages", lines, review, voice)


def _parts(name: str, lines: Sequence[tuple[str, int, float | None]], review: Review, voice: Voice) -> Picture | None:
    shown = [line for line in lines if line[1]][:MOST_BARS]
    if not shown:
        return None
    shares = [
        Share(label, share or 0.0, f"{voice.share(share or 0.0)} ({voice.number(count)})")
        for label, count, share in shown
    ]
    total = sum(count for _, count, _ in lines)
    title = voice(f"chart_{name}")

    def draw(size: Size) -> str:
        return share_bars(shares, title=title, size=size)

    return Picture(name, title, (rests_on(review, voice, voice("mention_n", n=total)),), draw)


def _told(share: float, mentions: Figure, voice: Voice) -> str:
    return f"{voice.share(share)} ({voice.number(mentions.value or 0)})"


def _little_heard(days: Sequence[Day]) -> list[int]:
    return [place for place, day in enumerate(days) if day.completeness is not None and day.completeness < LEAST_HEARD]


def _day_names(days: Sequence[Day], voice: Voice) -> list[str]:
    """Each day of a week; each Monday of some weeks; the first of each month of a quarter."""
    if len(days) <= 10:
        return [voice.weekday(day.day) for day in days]
    return [voice.day_of(day.day) if _begins(day.day, weekly=len(days) <= 70) else "" for day in days]


def _begins(day: date, *, weekly: bool) -> bool:
    """Tell whether a day begins a week, or a month."""
    return day.weekday() == 0 if weekly else day.day == 1


def _hour_names(since: datetime, per: int, columns: int, voice: Voice) -> tuple[list[str], list[str]]:
    """Names of the columns below (a day's at its noon, or as `_day_names`), and for the pointer."""
    starts = [(since + place * per * _HOUR).astimezone(voice.zone) for place in range(columns)]
    names = [voice.moment(start) for start in starts]
    slots, named = [], set[date]()
    for start in starts:
        day = start.date()
        chosen = columns * per <= 240 or _begins(day, weekly=columns * per <= 1_680)
        shown = chosen and start.hour >= 12 and day not in named
        slots.append((voice.weekday(day) if columns * per <= 240 else voice.day_of(day)) if shown else "")
        if shown:
            named.add(day)
    return slots, names


def _columns(points: Iterable[BandPoint], since: datetime, per: int, columns: int) -> list[BandPoint | None]:
    """The point of each column: of several hours the one furthest above its band."""
    held: list[BandPoint | None] = [None] * columns
    for point in points:
        place = int((point.at - since - timedelta(microseconds=1)) / _HOUR) // per
        if 0 <= place < columns:
            there = held[place]
            if there is None or _surprise(point) > _surprise(there):
                held[place] = point
    return held


def _surprise(point: BandPoint) -> float:
    return point.negatives - (point.high if point.high is not None else point.negatives)


def _seen(point: BandPoint | None) -> Seen:
    return Seen(None) if point is None else Seen(point.negatives, point.expected, point.low, point.high)
