"""The funnel in words: one verdict per brand, then the numbers behind it. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dashboards.console.speech import Speech
from processors.store.funnel import FunnelRow

_MOST = 0.9
"""Where less of what matched is stored in the same hours, it needs to be said that older posts came in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One source's way to a brand, or the sum of all."""

    source: str
    seen: str
    matched: str
    stored: str
    weighted: str
    erased: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """Why some became no mention."""

    source: str
    sentence: str
    count: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandFunnel:
    """A brand's funnel. `later`: what was dropped behind the log since the store began."""

    name: str
    verdict: str
    steps: Sequence[Step]
    total: Step | None
    later: Sequence[Dropped]


def funnels(rows: Sequence[FunnelRow], brands: Iterable[str], s: Speech) -> list[BrandFunnel]:
    """Say the funnel of each brand."""
    return [_funnel(brand, [row for row in rows if row.brand == brand], s) for brand in brands]


def dropped_at_source(rows: Iterable[FunnelRow], s: Speech) -> list[Dropped]:
    """Say what each source's posts were dropped for; most first. It is the same for every brand."""
    by_source = {row.source: row.dropped for row in rows}
    return [
        Dropped(source=s.source(source), sentence=s.drop(reason), count=s.number(count))
        for source, dropped in by_source.items()
        for reason, count in sorted(dropped.items(), key=lambda item: (-item[1], item[0]))
    ]


def unreadable(rows: Iterable[FunnelRow], s: Speech) -> list[Dropped]:
    """Say which records of the log could not be read at all."""
    return [dropped for row in rows if not row.brand for dropped in _later(row, s)]


def _funnel(brand: str, rows: Sequence[FunnelRow], s: Speech) -> BrandFunnel:
    total: Counter[str] = Counter()
    for row in rows:
        total.update(seen=row.seen, matched=row.matched, stored=row.stored, erased=row.erased)
    weighted = sum(row.weighted for row in rows)
    return BrandFunnel(
        name=brand,
        verdict=_verdict(brand, total, s),
        steps=[
            _step(s.source(row.source), row.seen, row.matched, row.stored, row.weighted, row.erased, s) for row in rows
        ],
        total=_step(s("total"), total["seen"], total["matched"], total["stored"], weighted, total["erased"], s)
        if len(rows) > 1
        else None,
        later=[dropped for row in rows for dropped in _later(row, s)],
    )


def _verdict(brand: str, total: Counter[str], s: Speech) -> str:
    seen, matched, stored = (s.number(total[name]) for name in ("seen", "matched", "stored"))
    if total["seen"]:
        older = total["stored"] + total["erased"] < _MOST * total["matched"]
        known = "verdict_older" if older else "verdict_stored"
        key = known if total["matched"] or total["stored"] else "verdict_unmatched"
        return s(key, seen=seen, matched=matched, stored=stored, brand=brand)
    return s("verdict_uncounted", stored=stored, brand=brand) if total["stored"] else s("verdict_silent")


def _step(source: str, seen: int, matched: int, stored: int, weighted: float, erased: int, s: Speech) -> Step:
    return Step(
        source=source,
        seen=s.number(seen),
        matched=s.number(matched),
        stored=s.number(stored),
        weighted=s.number(weighted, 1),
        erased=s.number(erased),
    )


def _later(row: FunnelRow, s: Speech) -> list[Dropped]:
    return [
        Dropped(source=s.source(row.source) if row.source else "", sentence=s.drop(reason), count=s.number(count))
        for reason, count in row.dropped_later.items()
    ]
