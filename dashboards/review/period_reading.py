"""Reads one stretch of days of a brand, each stretch once. Glue: nothing is decided here."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from dashboards.review.periods import days_of
from dashboards.review.rows import DayRow, PeriodRows
from dashboards.review.values import Period
from mentions.brands import Brand
from processors.store import review_counts, review_reading
from processors.store.alert_words import Acknowledged, acknowledged
from processors.store.coverage import completeness
from processors.store.own_voice import OwnVoice, own_voice
from processors.store.responses import Responses, responses
from processors.store.review_reading import LinkFacts
from processors.store.summaries import average_seen, mentions_by_stretch, summary

EVERYTHING = frozenset(("distinct", "campaign", "responses", "links", "voices", "acknowledged", "own"))
"""What a stretch has beside its days' counts."""
PARTS: Mapping[str, frozenset[str]] = {
    "stories": frozenset(("distinct",)),
    "authors": frozenset(("distinct",)),
    "share_of_voice": frozenset(("voices",)),
    "response_share": frozenset(("responses",)),
    "response_median": frozenset(("responses",)),
    "waiting": frozenset(("responses",)),
    "own_page_mentions": frozenset(("links",)),
    "own_page_linkers": frozenset(("links",)),
}
"""What an indicator needs of it; one that is not here needs the counts alone."""
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
        (whole,) = summary(
            connection, since, until, brands=[name], time_zone=period.time_zone, max_delay=self._max_delay
        ).brands
        usual = {source.source: source.mentions for source in whole.by_source}
        clusters, authors = review_counts.distinct(connection, name, since, until) if "distinct" in parts else (0, 0)
        campaign = review_counts.in_campaigns(connection, name, since, until) if "campaign" in parts else (0, 0)
        voices = [other for other in self._voices if other != name] if "voices" in parts else []
        return PeriodRows(
            period=period,
            days=tuple(self._days(name, period, usual)),
            clusters=clusters,
            authors=authors,
            campaign=campaign,
            responses=responses(connection, name, since, until) if "responses" in parts else _NO_RESPONSES,
            links=self._links(brand, period) if "links" in parts else _NO_LINKS,
            rivals=self._daily(voices, period),
            acknowledged=acknowledged(connection, name, since, until) if "acknowledged" in parts else Acknowledged(),
            own=own_voice(connection, brand, since, until) if "own" in parts else OwnVoice(),
            seen=seen,
            completeness=whole.completeness,
        )

    def _days(self, name: str, period: Period, usual: Mapping[str, int]) -> Iterator[DayRow]:
        for day, start, end in days_of(period):
            counts = review_counts.counts(self._connection, name, start, end)
            heard = completeness(self._connection, start, end, self._max_delay)
            yield DayRow(day, start, end, counts, average_seen(usual, heard))

    def _links(self, brand: Brand, period: Period) -> LinkFacts:
        began = review_reading.began(self._connection, brand.name)
        return review_reading.link_facts(self._connection, brand, period.since, period.until, began)

    def _daily(self, brands: Sequence[str], period: Period) -> Mapping[str, tuple[int, ...]]:
        cuts = [start for _, start, _ in days_of(period)]
        return mentions_by_stretch(self._connection, brands, [*cuts, period.until])
