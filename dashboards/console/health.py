"""How the sources and the pipeline are, in words: what the store knows, and what whoever runs them says. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from dashboards.console.speech import Speech
from dashboards.console.values import SourceHealth, Status
from mentions.records import Gap
from processors.store.coverage import SourceRow

_KEEPS_UP = timedelta(seconds=90)
"""Judgement a minute and a half behind is what its one-minute ticks and allowance cost; nobody needs to be told."""

_OLD = timedelta(minutes=10)
"""From so much on a figure of the last hours says too little without a warning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """A gap in words."""

    start: str
    end: str
    length: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One shard of a source in words; empty: not known."""

    name: str
    state: str
    state_word: str
    detail: str
    source_class: str
    heard: str
    complete: str
    complete_at: str
    completeness: str
    gaps: str
    missed: Sequence[Missed]
    seen: str
    matched: str
    dropped: str
    deletions: str


def lines(rows: Iterable[SourceRow], status: Status, s: Speech, now: datetime, zone: tzinfo) -> list[Line]:
    """Say how every shard is that the store has heard of or that is being run, by name."""
    stored = {(row.source, row.shard): row for row in rows}
    running = {(health.source, health.shard): health for health in status.sources}
    keys = sorted(stored.keys() | running.keys())
    alone = {source for source, _ in keys if sum(other == source for other, _ in keys) == 1}
    return [
        _line(s.source(source) if source in alone else f"{s.source(source)}: {shard}",
              stored.get((source, shard)), running.get((source, shard)), s, now, zone)
        for source, shard in keys
    ]  # fmt: skip


def pipeline(status: Status, s: Speech, now: datetime) -> str:
    """Say whether judgement keeps up; empty when nobody knows."""
    return behind(status, s, now) or (s("up_to_date") if status.waiting == 0 else "")


def behind(status: Status, s: Speech, now: datetime) -> str:
    """Say by how much judgement lags; empty when it does not, or nobody knows."""
    lag = now - status.watermark if status.watermark else timedelta(0)
    parts = []
    if status.waiting:
        parts.append(s("waiting", n=status.waiting))
    if lag > _KEEPS_UP:
        parts.append(s("behind", span=s.span(lag)))
    return "; ".join(parts)


def catching_up(status: Status, s: Speech, now: datetime) -> str:
    """Say that what is older is read and judged first, so that a figure of now is none yet; empty: it is not so."""
    reading = [health.complete_until for health in status.sources if health.state == "catching_up"]
    read_to = min((moment for moment in (*reading, status.watermark) if moment is not None), default=now)
    return "" if now - read_to < _OLD else s("catching_up")


def _line(
    name: str, row: SourceRow | None, health: SourceHealth | None, s: Speech, now: datetime, zone: tzinfo
) -> Line:
    state = health.state if health else "unknown"
    complete_until = _latest(health.complete_until if health else None, row.complete_until if row else None)
    heard_at = _latest(health.last_success if health else None, row.last_at if row else None)
    gaps = row.gaps if row else ()
    lost = sum((gap.end - gap.start for gap in gaps), timedelta(0))
    share = row.completeness if row else None
    return Line(
        name=name,
        state=state,
        state_word=s(f"state_{state}"),
        detail=s.told(health.detail) if health else "",
        source_class=s(f"class_{row.source_class}") if row else "",
        heard=s.ago(heard_at, now, zone) if heard_at else s("never_heard"),
        complete=s("up_to", time=_moment(complete_until, s, now, zone)) if complete_until else "",
        complete_at=_moment(complete_until, s, now, zone) if complete_until else "",
        completeness="" if share is None else s.percent(share),
        gaps=s("gaps", n=len(gaps), span=s.span(lost)) if gaps else s("no_gap"),
        missed=[_missed(gap, s, zone) for gap in gaps],
        seen=s.number(row.seen) if row else "",
        matched=s.number(row.matched) if row else "",
        dropped=s.number(sum(row.dropped.values())) if row else "",
        deletions=s.number(row.deletions) if row else "",
    )


def _latest(*moments: datetime | None) -> datetime | None:
    return max((moment for moment in moments if moment), default=None)


def _moment(moment: datetime, s: Speech, now: datetime, zone: tzinfo) -> str:
    is_today = moment.astimezone(zone).date() == now.astimezone(zone).date()
    return s.clock(moment, zone) if is_today else s.when(moment, zone)


def _missed(gap: Gap, s: Speech, zone: tzinfo) -> Missed:
    return Missed(
        start=s.when(gap.start, zone),
        end=s.when(gap.end, zone),
        length=s.span(gap.end - gap.start),
        why=s.told(gap.why),
    )
