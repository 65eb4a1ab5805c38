"""The review as a value: everything that any rendering shows, in the order in which people read it.

A `Review` is about one brand and one period in the brand's time zone. It holds no style and needs no store: what is
shown as text is there in both languages (`Text`), numbers are plain and say their unit, times are aware UTC. The same
rows give the same `Review`, to the byte. Texts and names that strangers wrote are as they were written: a rendering
escapes them.
"""

from datetime import date, datetime
from typing import Literal

from msgspec import Struct

from dashboards.review.action_model import ActionLine
from dashboards.review.values import Earlier, Figure, Period, Sentence, Text, Unit
from mentions.brands import Role
from mentions.records import AlertKind, Severity

FORMAT = "review.v1"
State = Literal["measured", "word", "not_measurable"]
"""Of a row of the scorecard: measured from mentions, the team's own word, or not measurable here."""


class BrandRow(Struct, frozen=True, kw_only=True):
    """A brand beside others, over the same instants.

    Attributes:
        subject: the brand that the review is about. share_of_voice: of the mentions of all rows but the sector's.
        response: share of questions and complaints that the brand's own accounts answered.
        completeness: as of `Quality`. note: why it may not be compared.
    """

    brand: str
    role: Role
    subject: bool
    mentions: Figure
    share_of_voice: Figure
    net_sentiment: Figure
    response: Figure
    completeness: float | None = None
    note: Text | None = None


class Term(Struct, frozen=True, kw_only=True):
    """A word or two, as most posts write it.

    Attributes:
        posts: how many of the period's hold it, of those looked at. expected: how many would, were they like the
            periods before. z: by how many standard deviations the two differ. label: what most of its posts feel.
    """

    id: str
    term: str
    posts: int
    expected: float
    z: float
    label: str | None = None


class Quote(Struct, frozen=True, kw_only=True):
    """A mention: `id` opens by `explain`; `text` None: erased. `url` may be anything a stranger wrote."""

    id: str
    created_at: datetime
    source: str
    author: str | None
    text: str | None
    url: str | None
    label: str | None


class AlertLine(Struct, frozen=True, kw_only=True):
    """An alert of the period and its causes. `id` opens by `explain`.

    Attributes:
        cause: one sentence, from its evidence and explanation. terms: what its posts say.
        campaign_possible: at least a third of its posts are one text. minutes_to_acknowledge: None: nobody did.
        sector: other brands at which the same rose.
    """

    id: str
    kind: AlertKind
    severity: Severity
    opened_at: datetime
    closed_at: datetime | None
    score: float
    cause: Text
    terms: tuple[str, ...] = ()
    quotes: tuple[Quote, ...] = ()
    campaign_possible: bool = False
    minutes_to_acknowledge: float | None = None
    rating: str | None = None
    sector: tuple[str, ...] = ()


class LinkLine(Struct, frozen=True, kw_only=True):
    """A page linked to: posts by others in the period, and the mean of the comparable periods before.

    Attributes:
        url: without scheme, as `atalaya links` shows it; written by strangers. own_page: on the brand's domains.
    """

    id: str
    url: str
    own_page: bool
    posts: int
    authors: int
    expected: float | None


class PersonLine(Struct, frozen=True, kw_only=True):
    """Somebody who speaks for (or against) the brand. `id` opens by `explain`.

    Attributes:
        state: `new` (not listed when the period began), `lasting`, or `lapsed` (silent since).
        thanked_at, thanked_by: the last thanks before the period's end. reach: followers; None: unknown.
        links: mentions that link to the brand's pages; None: it names no domains.
    """

    id: str
    source: str
    author: str
    handle: str | None
    name: str | None
    state: Literal["new", "lasting", "lapsed"]
    score: float
    days_active: int
    last_seen: datetime | None
    reach: int | None = None
    links: int | None = None
    thanked_at: datetime | None = None
    thanked_by: str | None = None


class CampaignLine(Struct, frozen=True, kw_only=True):
    """A text that many posted. `id` opens by `explain`; `sample` None: all its posts are erased."""

    id: str
    kind: Literal["coordinated", "organic", "own"]
    opened_at: datetime
    posts: int
    authors: int
    span_minutes: float
    sample: str | None
    domains: tuple[str, ...] = ()


class GapLine(Struct, frozen=True, kw_only=True):
    """A stretch that a source knows it missed, cut to the period."""

    source: str
    shard: str
    start: datetime
    end: datetime
    why: str


class SourceLine(Struct, frozen=True, kw_only=True):
    """A source's part. `completeness`: share of the period that it saw; None: it was never heard.

    Attributes:
        whole_text: False: it gives headlines and summaries only.
    """

    source: str
    mentions: int
    share: float | None
    completeness: float | None
    whole_text: bool = True


class LanguageLine(Struct, frozen=True, kw_only=True):
    """The part in one language, ISO 639-1 or `und`; net sentiment None under 30 opinions."""

    lang: str
    mentions: int
    share: float | None
    n: int
    net_sentiment: float | None
    interval: tuple[float, float] | None


class Quality(Struct, frozen=True, kw_only=True):
    """What the figures rest on.

    Attributes:
        figures: completeness, late, duplicates, unjudged, language_unknown, erased; in this order.
        sources: most mentions first. gaps: in order of time, at most `MOST_GAPS`; `gaps_in_all` counts all.
        not_seen: what is not heard at all, one sentence each.
    """

    figures: tuple[Figure, ...]
    sources: tuple[SourceLine, ...]
    languages: tuple[LanguageLine, ...]
    gaps: tuple[GapLine, ...]
    gaps_in_all: int
    not_seen: tuple[Text, ...]


class Day(Struct, frozen=True, kw_only=True):
    """One day of the charts, in the period's time zone. The four earlier periods come first in `Series.days`.

    Attributes:
        in_period: it belongs to the period itself. completeness: share that was seen; None: unknown.
        positive ... unjudged: mentions of the public. w_...: the same weighed (spam and copies count less).
        net_sentiment, interval: None under 30 opinions; n = positive + negative.
    """

    day: date
    start: datetime
    end: datetime
    in_period: bool
    positive: int
    neutral: int
    negative: int
    unjudged: int
    w_positive: float
    w_neutral: float
    w_negative: float
    w_unjudged: float
    n: int
    net_sentiment: float | None
    interval: tuple[float, float] | None
    completeness: float | None = None

    @property
    def mentions(self) -> int:
        """All labels together."""
        return self.positive + self.neutral + self.negative + self.unjudged


class BandPoint(Struct, frozen=True, kw_only=True):
    """What spike detection saw of the hour that ends at `at`, the most surprising of its slot.

    Attributes:
        negatives: votes. expected, low, high: what is usual then; None: nothing was learnt yet.
        state: usual, learning, incomplete.
    """

    at: datetime
    negatives: float
    expected: float | None
    low: float | None
    high: float | None
    state: str


class Series(Struct, frozen=True, kw_only=True):
    """For charts. `days`: of the four periods before and the period, oldest first; of a quarter only its own.

    `band`: of the period alone. Alerts are marks: `Review.alerts` has their times.
    """

    days: tuple[Day, ...]
    band: tuple[BandPoint, ...]


class TeamWord(Struct, frozen=True, kw_only=True):
    """What the team says of a rule that mentions cannot tell."""

    at: datetime
    who: str
    text: str


class Rule(Struct, frozen=True, kw_only=True):
    """One of the sixteen rules of social media optimisation.

    Attributes:
        number: 1 to 16. figures: its indicators, the first is the rule's own; none unless measured.
        note: how it is measured; or why it cannot be measured here. action: one suggestion, where it fell or is low.
        word: the team's, where there is one. lines: what stands behind, a sentence each (pages, people).
    """

    number: int
    title: Text
    state: State
    figures: tuple[Figure, ...] = ()
    note: Text | None = None
    action: Text | None = None
    word: TeamWord | None = None
    lines: tuple[Text, ...] = ()


class Difference(Struct, frozen=True, kw_only=True):
    """A figure that is not what was published. `why`: what can have changed it."""

    id: str
    title: Text
    unit: Unit
    published: float | None
    today: float | None
    why: Text


BY_SCHEDULE = "schedule"
"""Who published a review that nobody published by hand."""


class Published(Struct, frozen=True, kw_only=True):
    """That a review of this brand and period was published, and what differs today.

    Attributes:
        differences: empty: nothing does. why: sentences on what happened since (late mentions, deletions, corrections,
            another formula), each with its number.
    """

    at: datetime
    who: str
    differences: tuple[Difference, ...] = ()
    why: tuple[Text, ...] = ()


class Review(Struct, frozen=True, kw_only=True):
    """A brand over a period: the sections in their order.

    Attributes:
        generated_from: the last word of the store's sources before the period's end was read: how far it is complete;
            None: unknown.
        headline: at most five sentences. earlier: the four periods before, oldest first.
        figures: mentions, stories, net_sentiment, negative_share, share_of_voice, response_share and the like, in the
            order in which they are to be shown.
        brands: the subject first, then its competitors by mentions. alone: none is watched beside it.
        alerts: first opened first, at most `MOST_LINES`; `alerts_in_all` counts all.
        terms_rising, terms_falling, links_rising, links_falling: strongest first.
        terms_looked_at: posts that the terms were counted in, of the period and before.
        evangelists, lapsed: people to thank, to win back. detractors: None: nobody asked for the list.
        people: figures on them: evangelists, new, lapsed, thanked, detractors.
        waiting: questions and complaints without an answer, those with most readers first.
        campaigns: opened in the period; spam: figures on them and on spam.
        scorecard: all sixteen rules, in order.
        actions: of the team that ran in the period, or whose time after reached into it; first begun first.
    """

    format: str = FORMAT
    brand: str
    period: Period
    completeness: float | None
    generated_from: datetime | None
    headline: tuple[Sentence, ...]
    earlier: tuple[Earlier, ...]
    figures: tuple[Figure, ...]
    brands: tuple[BrandRow, ...]
    alerts: tuple[AlertLine, ...]
    alerts_in_all: int
    terms_rising: tuple[Term, ...]
    terms_falling: tuple[Term, ...]
    terms_looked_at: tuple[int, int]
    links_rising: tuple[LinkLine, ...]
    links_falling: tuple[LinkLine, ...]
    people: tuple[Figure, ...]
    evangelists: tuple[PersonLine, ...]
    lapsed: tuple[PersonLine, ...]
    detractors: tuple[PersonLine, ...] | None
    waiting: tuple[Quote, ...]
    spam: tuple[Figure, ...]
    campaigns: tuple[CampaignLine, ...]
    quality: Quality
    series: Series
    scorecard: tuple[Rule, ...]
    actions: tuple[ActionLine, ...] = ()
    published: Published | None = None

    def figure(self, name: str) -> Figure:
        """The figure of this name among `figures`.

        Raises:
            KeyError: there is none.
        """
        return next((one for one in self.figures if one.name == name), None) or _missing(name)


MOST_LINES = 20
"""Alerts, people, campaigns listed."""
MOST_GAPS = 20


def _missing(name: str) -> Figure:
    raise KeyError(name)
