"""Reads one stretch of days of a brand, each stretch once. Glue: nothing is decided here."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from dashboards.review.periods import days_of
from dashboards.review.rows import DayRow, PeriodRows
from dashboards.review.values import Period
from mentions.brands import Brand
from processors.store import review_counts, review_reading
from processors.store.alert_words import Acknowledged, acknowledged
from processors.store.coverage import completeness
from processors.store.figures import Tally
from processors.store.own_voice import OwnVoice, own_voice
from processors.store.responses import Responses, responses
from processors.store.review_reading import LinkFacts
from processors.store.summaries import average_seen, mentions_by_stretch, summary, tally

EVERYTHING = frozenset(
    ("counts", "distinct", "campaign", "responses", "links", "voices", "acknowledged", "own", "ranked")
)
"""What a stretch has. Without `counts` its days have but `mentions`, `positive`, `negative`, `opinions`, which are kept
ready by slots: a tenth of the work."""
PARTS: Mapping[str, frozenset[str]] = {
    "stories": frozenset(("counts", "distinct")),
    "spam_share": frozenset(("counts",)),
    "authors": frozenset(("distinct",)),
    "share_of_voice": frozenset(("voices",)),
    "response_share": frozenset(("responses",)),
    "response_median": frozenset(("responses",)),
    "waiting": frozenset(("responses",)),
    "own_page_mentions": frozenset(("links",)),
    "own_page_linkers": frozenset(("links",)),
}
"""What an indicator needs of it; one that is not here needs the days' few counts alone."""
_NO_RESPONSES = Responses(
    asked=0, answered=0, visible=False, median=None, p90=None, waiting=(), answered_ids=()
)  # fmt: skip
_NO_LINKS = LinkFacts(mentions=0, linkers=0, new=None, travelled=())


class PeriodReader:
    """Reads stretches of days on one connection, and remembers them."""

    def __init__(
        self, connection: Connection, voices: Sequence[str], max_delay: Mapping[str, timedelta] | None = None
    ) -> None:
        self._connection, self._voices, self._max_delay = connection, voices, max_delay
        self._known: dict[tuple[str, datetime, datetime], tuple[frozenset[str], PeriodRows]] = {}

    def read(self, brand: Brand, period: Period, parts: Collection[str] = EVERYTHING) -> PeriodRows:
        """Read a stretch; parts that nobody asked for may be empty."""
        wanted, key = frozenset(parts), (brand.name, period.since, period.until)
        held = self._known.get(key)
        if held is not None and wanted <= held[0]:
            return held[1]
        rows = self._read(brand, period, wanted)
        self._known[key] = (wanted, rows)
        return rows

    def _read(self, brand: Brand, period: Period, parts: frozenset[str]) -> PeriodRows:
        connection, name, since, until = self._connection, brand.name, period.since, period.until
        seen = completeness(connection, since, until, self._max_delay)
        days, usual = self._counted(name, period) if "counts" in parts else self._tallied(name, period)
        asked, praise = (
            sum(day.counts[of] for day in days) if "counts" in parts else None for of in ("asked", "praise")
        )
        clusters, authors = review_counts.distinct(connection, name, since, until) if "distinct" in parts else (0, 0)
        campaign = review_counts.in_campaigns(connection, name, since, until) if "campaign" in parts else (0, 0)
        voices = [other for other in self._voices if other != name] if "voices" in parts else []
        return PeriodRows(
            period=period,
            days=days,
            clusters=clusters,
            authors=authors,
            campaign=campaign,
            responses=responses(connection, name, since, until, asked=asked, ranked="ranked" in parts)
            if "responses" in parts
            else _NO_RESPONSES,
            links=self._links(brand, period) if "links" in parts else _NO_LINKS,
            rivals=self._daily(voices, period),
            acknowledged=acknowledged(connection, name, since, until) if "acknowledged" in parts else Acknowledged(),
            own=own_voice(connection, brand, since, until, praise=praise) if "own" in parts else OwnVoice(),
            seen=seen,
            completeness=average_seen(usual, seen),
        )

    def _counted(self, name: str, period: Period) -> tuple[tuple[DayRow, ...], Mapping[str, int]]:
        """Every day with all its counts and what was heard of it, and how much each source brings."""
        (whole,) = summary(
            self._connection, period.since, period.until, brands=[name], time_zone=period.time_zone,
            max_delay=self._max_delay,
        ).brands  # fmt: skip
        usual = {source.source: source.mentions for source in whole.by_source}
        days = []
        for day, start, end in days_of(period):
            counts = review_counts.counts(self._connection, name, start, end)
            heard = completeness(self._connection, start, end, self._max_delay)
            days.append(DayRow(day, start, end, counts, average_seen(usual, heard)))
        return tuple(days), usual

    def _tallied(self, name: str, period: Period) -> tuple[tuple[DayRow, ...], Mapping[str, int]]:
        """The same with the few counts that are kept ready, without what was heard of each day."""
        usual, days = Counter[str](), []
        for day, start, end in days_of(period):
            found = tally(self._connection, name, start, end)
            public = [(part.source, one) for part, one in found.items() if part.voice == "public"]
            for source, one in public:
                usual[source] += one.mentions
            whole = Tally.total(one for _, one in public)
            opinions = whole.positive + whole.negative
            counts = {"mentions": whole.mentions, "positive": whole.positive, "negative": whole.negative}
            days.append(DayRow(day, start, end, counts | {"opinions": opinions}, None))
        return tuple(days), usual

    def _links(self, brand: Brand, period: Period) -> LinkFacts:
        began = review_reading.began(self._connection, brand.name)
        return review_reading.link_facts(self._connection, brand, period.since, period.until, began)

    def _daily(self, brands: Sequence[str], period: Period) -> Mapping[str, tuple[int, ...]]:
        cuts = [start for _, start, _ in days_of(period)]
        return mentions_by_stretch(self._connection, brands, [*cuts, period.until])
