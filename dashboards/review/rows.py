"""What a review is made of, as it was read: plain values, oldest period first, the reviewed one last."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from msgspec import Struct

from dashboards.review.model import BandPoint, Published, TeamWord
from dashboards.review.terms import Shift
from dashboards.review.values import Period
from mentions.brands import Brand
from mentions.records import Gap
from processors.store.actions import Action
from processors.store.alert_reading import StoredAlert, StoredStep
from processors.store.alert_words import Acknowledged
from processors.store.campaign_reading import StoredCampaign
from processors.store.own_voice import OwnVoice
from processors.store.people import Person
from processors.store.reading import StoredMention
from processors.store.responses import Responses
from processors.store.review_reading import LinkFacts, OwnPosts
from processors.store.summaries import LanguageFigures, SourceFigures

Counts = Mapping[str, int]


class DayRow(Struct, frozen=True):
    """A day's counts (`processors.store.review_counts.counts`). `seen`: share that was heard of it; None: unknown."""

    day: date
    start: datetime
    end: datetime
    counts: Counts
    seen: float | None


class PeriodRows(Struct, frozen=True, kw_only=True):
    """One of the five periods, of the brand itself.

    Attributes:
        rivals: mentions per day of every other brand whose voice is shared. seen: by source, the share that it saw.
        campaign: mentions in coordinated campaigns, and the positive ones of them.
    """

    period: Period
    days: tuple[DayRow, ...]
    clusters: int
    authors: int
    campaign: tuple[int, int]
    responses: Responses
    links: LinkFacts
    rivals: Mapping[str, tuple[int, ...]]
    acknowledged: Acknowledged
    own: OwnVoice
    seen: Mapping[str, float]
    completeness: float | None

    def total(self, name: str) -> int:
        """The sum of a count over the days."""
        return sum(day.counts[name] for day in self.days)


class RivalRows(Struct, frozen=True, kw_only=True):
    """Another brand over the same instants; `now` first in meaning: the reviewed period's counts."""

    brand: Brand
    counts: Counts
    responses: Responses
    completeness: float | None


class ActionRows(Struct, frozen=True, kw_only=True):
    """An action and the days around it, as far as they are over.

    Attributes:
        days: its own. later: those right after it, at least as many, in whole weeks. usual: four stretches as long as
            `later`, oldest first; the last one ends where it begins.
        during, after: None: not over. like: the same days of the week as its own, in the weeks before; none where it
            is too long for that.
        rivals: other brands' stretches, `usual` and `after`.
    """

    action: Action
    days: Period
    later: Period
    usual: tuple[PeriodRows, ...]
    like: tuple[PeriodRows, ...]
    during: PeriodRows | None
    after: PeriodRows | None
    rivals: tuple[tuple[Brand, tuple[PeriodRows, ...]], ...]


class PersonRow(Struct, frozen=True):
    """Somebody listed. `before`: listed when the period began. thanked_by: who said the last thanks."""

    person: Person
    before: bool
    thanked_by: str | None


class LinkShift(Struct, frozen=True):
    """A page: posts and authors of the period, and posts of each comparable period before."""

    url: str
    own: bool
    posts: int
    authors: int
    before: tuple[int, ...]


class Rows(Struct, frozen=True, kw_only=True):
    """Everything."""

    brand: Brand
    periods: tuple[PeriodRows, ...]
    rivals: tuple[RivalRows, ...]
    generated_from: datetime | None
    sources: tuple[SourceFigures, ...]
    languages: tuple[LanguageFigures, ...]
    gaps: tuple[tuple[str, str, Gap], ...]
    duplicates: int
    erased: int
    alerts: tuple[StoredAlert, ...]
    lives: Mapping[str, Sequence[StoredStep]]
    sectors: Mapping[str, tuple[str, ...]]
    quotes: Mapping[str, StoredMention]
    terms: tuple[tuple[Shift, ...], tuple[Shift, ...]]
    looked_at: tuple[int, int]
    topics: tuple[int, int]
    links: tuple[LinkShift, ...]
    evangelists: tuple[PersonRow, ...]
    detractors: tuple[PersonRow, ...]
    name_detractors: bool
    campaigns: tuple[StoredCampaign, ...]
    band: tuple[BandPoint, ...]
    own: OwnPosts
    top_linkers: tuple[tuple[str, bool], ...]
    countries: Mapping[str, int]
    spam_or_campaign: tuple[int, int]
    words: Mapping[int, TeamWord]
    actions: tuple[ActionRows, ...] = ()
    log: tuple[Action, ...] = ()
    published: Published | None = None
