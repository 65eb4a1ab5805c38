"""What the overview shows of a brand, in words: the value that its template is given."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.console import figures
from dashboards.console.alert_words import AlertLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart: its drawings, and its rows for those who do not see it: when, its cells, where it leads."""

    drawn: Sequence[str]
    heads: Sequence[str]
    rows: Sequence[tuple[str, Sequence[str], str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """By how much something changed, and against what; `way`: `up`, `down`, or empty."""

    told: str
    against: str
    way: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lowest:
    """The stretch of lowest net sentiment, and the address of its negative mentions."""

    told: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """The negatives of the last hour against what is expected; empty parts: not known."""

    count: str
    expected: str
    state: str
    when: str
    link: str
    above: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A source or a language: how much it brought, with its bar in per cent of the greatest."""

    name: str
    count: str
    width: float
    detail: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignLine:
    """A campaign in words."""

    kind: str
    sample: str
    size: str
    when: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLine:
    """Somebody to thank."""

    name: str
    handle: str
    detail: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Everything that the page shows of a brand; None or empty: too little to show."""

    brand: str
    window: str
    title: str
    mentions: str
    mentions_words: str
    change: str
    weight: str
    net: figures.Net | None
    net_hidden: str
    net_change: Change | None
    lowest: Lowest | None
    now: Now | None
    open_count: int
    worst: str
    heard: str
    latency: str
    shares: Sequence[figures.Share]
    net_chart: Chart | None
    net_note: str
    volume_chart: Chart | None
    volume_note: str
    against_chart: Chart | None
    alerts: Sequence[AlertLine]
    actions: Sequence[str]
    sources: Sequence[Row]
    languages: Sequence[Row]
    campaigns: Sequence[CampaignLine]
    people: Sequence[PersonLine] | None
    list_link: str
