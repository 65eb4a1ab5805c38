"""Reads what a review is made of. Glue: the store's readings, one after the other; nothing is decided here."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain

from sqlalchemy import Connection

from dashboards.review.action_reading import action_rows
from dashboards.review.model import MOST_LINES, BandPoint, TeamWord
from dashboards.review.period_reading import EVERYTHING, PeriodReader
from dashboards.review.periods import band_hours, before, earlier
from dashboards.review.rows import LinkShift, PeriodRows, PersonRow, RivalRows, Rows
from dashboards.review.terms import shifts
from dashboards.review.values import Period
from mentions.brands import Brand
from mentions.folding import fold
from mentions.records import Gap
from processors.brand_names import names_of
from processors.detection.terms import terms_in
from processors.store import review_counts, review_reading
from processors.store.actions import list_actions
from processors.store.alert_reading import AlertsWanted, StoredAlert, list_alerts, lives_of
from processors.store.author_words import words_on
from processors.store.brands import current, history
from processors.store.campaign_reading import CampaignsWanted, list_campaigns
from processors.store.coverage import counted, gaps_within
from processors.store.engines import wide_cache
from processors.store.people import Person, list_both_sides, spoke_well
from processors.store.reading import StoredMention, find_mentions
from processors.store.responses import responses
from processors.store.rule_words import words_on_rules
from processors.store.sector import rising_elsewhere
from processors.store.series import marks
from processors.store.spans import heard_span
from processors.store.summaries import COMPARABLE_FROM, summary

MOST_ALERTS, MOST_PEOPLE, MOST_CAMPAIGNS, MOST_QUOTES = 1_000, 10_000, 200, 3


def gather(
    connection: Connection,
    brand: str,
    period: Period,
    *,
    max_delay: Mapping[str, timedelta] | None = None,
    name_detractors: bool = False,
) -> Rows:
    """Read a brand's period, the four before it and the other brands.

    Raises:
        UsageError: there is no such brand.
    """
    with wide_cache(connection):
        return _gathered(connection, brand, period, max_delay, name_detractors=name_detractors)


def _gathered(
    connection: Connection,
    brand: str,
    period: Period,
    max_delay: Mapping[str, timedelta] | None,
    *,
    name_detractors: bool,
) -> Rows:
    named = history(connection, brand)[-1].brand
    others = [entry.brand for entry in current(connection) if entry.brand.name != brand]
    reader = PeriodReader(connection, [other.name for other in others if other.role != "sector"], max_delay)
    periods = tuple(
        reader.read(named, one, EVERYTHING if one is period else EVERYTHING - {"ranked"})
        for one in (*earlier(period), period)
    )
    now = periods[-1]
    comparable = [one for one in periods[:-1] if is_comparable(one, now)]
    since, until = period.since, period.until
    whole = summary(connection, since, until, brands=[brand], time_zone=period.time_zone, max_delay=max_delay).brands[0]
    alerts = list_alerts(connection, AlertsWanted(brands=(brand,), since=since, until=until), limit=MOST_ALERTS)
    alerts = sorted(alerts, key=lambda alert: (alert.opened_at, alert.id))
    said, _ = review_reading.documents(connection, brand, since, until)
    earlier_said, _ = (
        review_reading.documents(connection, brand, comparable[0].period.since, since) if comparable else ([], 0)
    )
    masked = names_of(named.name, named.query, named.accounts)
    topics = {fold(word) for word in named.audience.get("topics", ())}
    rose, fell = shifts(said, earlier_said, masked)
    evangelists, detractors = list_both_sides(connection, brand, until, limit=MOST_PEOPLE)
    heard = heard_span(connection)
    return Rows(
        brand=named,
        periods=periods,
        rivals=tuple(_rival(connection, other, period, max_delay) for other in others),
        generated_from=None if heard is None else heard[1],
        sources=whole.by_source,
        languages=whole.by_language,
        gaps=tuple(_gaps(connection, since, until)),
        duplicates=sum(seen.dropped.get("duplicate", 0) for seen in counted(connection, since, until).values()),
        erased=review_counts.erased(connection, brand, since, until),
        alerts=tuple(alerts),
        lives=lives_of(connection, [alert.id for alert in alerts]),
        sectors={alert.id: rising_elsewhere(connection, alert) for alert in alerts[:20]},
        quotes=_quotes(connection, brand, alerts, now.responses.waiting),
        terms=(tuple(rose), tuple(fell)),
        looked_at=(len(said), len(earlier_said)),
        topics=(sum(not topics.isdisjoint(terms_in(one.text, one.lang)) for one in said) if topics else 0, len(said)),
        links=tuple(_links(connection, named, period, [one.period for one in comparable])),
        evangelists=tuple(_people(connection, brand, period, evangelists, len(evangelists))),
        detractors=tuple(_people(connection, brand, period, detractors, MOST_LINES)),
        name_detractors=name_detractors,
        campaigns=tuple(
            list_campaigns(connection, CampaignsWanted(brands=(brand,), since=since, until=until), limit=MOST_CAMPAIGNS)
        ),
        band=tuple(_band(connection, brand, since, until)),
        own=review_reading.own_posts(connection, brand, since, until),
        top_linkers=tuple(review_reading.top_linkers(connection, named, before(period).since, since)),
        countries=review_reading.countries(connection, brand, since, until),
        spam_or_campaign=review_counts.artificial(connection, brand, since, until),
        words=_words(connection, brand, period),
        actions=tuple(
            action_rows(connection, reader, named, period, [one for one in others if one.role == "competitor"])
        ),
        log=tuple(sorted(list_actions(connection, [brand]), key=lambda one: (one.since, one.id))),
    )


def is_comparable(one: PeriodRows, now: PeriodRows) -> bool:
    """Whether two periods had the same sources and enough of both was seen."""
    if differing(one, now) or (not one.seen and not one.total("mentions")):
        return False
    return all(rows.completeness is None or rows.completeness >= COMPARABLE_FROM for rows in (one, now))


def differing(one: PeriodRows, now: PeriodRows) -> list[str]:
    """Sources that only one of two periods heard."""
    heard, heard_now = ({source for source, share in rows.seen.items() if share > 0} for rows in (one, now))
    return sorted(heard ^ heard_now)


def _words(connection: Connection, brand: str, period: Period) -> dict[int, TeamWord]:
    said = words_on_rules(connection, brand, period.first_day, period.last_day)
    return {number: TeamWord(at=word.at, who=word.who, text=word.text) for number, word in said.items()}


def _rival(
    connection: Connection, brand: Brand, period: Period, max_delay: Mapping[str, timedelta] | None
) -> RivalRows:
    since, until = period.since, period.until
    (found,) = summary(connection, since, until, brands=[brand.name], max_delay=max_delay).brands
    counts = review_counts.few_counts(connection, brand.name, since, until)
    return RivalRows(
        brand=brand,
        counts=counts,
        responses=responses(connection, brand.name, since, until, asked=counts["asked"]),
        completeness=found.completeness,
    )


def _gaps(connection: Connection, since: datetime, until: datetime) -> Iterator[tuple[str, str, Gap]]:
    found = [
        (shard.source, shard.shard, Gap(max(gap.start, since), min(gap.end, until), gap.why))
        for shard, gaps in gaps_within(connection, since, until).items()
        for gap in gaps
    ]
    yield from sorted(found, key=lambda one: (one[2].start, one[0], one[1]))


def _quotes(
    connection: Connection, brand: str, alerts: Sequence[StoredAlert], waiting: Sequence[str]
) -> dict[str, StoredMention]:
    wanted = chain.from_iterable(quoted(alert) for alert in alerts[:20])
    found = {}
    for id_ in dict.fromkeys([*wanted, *waiting]):
        for mention in find_mentions(connection, id_, brand):
            found[id_] = mention
    return found


def quoted(alert: StoredAlert) -> list[str]:
    """The ids of the posts that show what an alert is about, at most three."""
    for part in (alert.explanation, alert.evidence):
        ids = part.get("mentions")
        if isinstance(ids, list) and ids:
            return [id_ for id_ in ids if isinstance(id_, str)][:MOST_QUOTES]
    first = alert.evidence.get("mention") or alert.evidence.get("first_post")
    return [first] if isinstance(first, str) else []


def _links(connection: Connection, brand: Brand, period: Period, comparable: Sequence[Period]) -> Iterator[LinkShift]:
    now = review_reading.link_counts(connection, brand, period.since, period.until)
    past = [review_reading.link_counts(connection, brand, one.since, one.until) for one in comparable]
    for url in sorted(now.keys() | set(chain.from_iterable(past))):
        posts, authors, _ = now.get(url, (0, 0, False))
        own = any(counts[url][2] for counts in (now, *past) if url in counts)
        yield LinkShift(url, own, posts, authors, tuple(counts.get(url, (0, 0, False))[0] for counts in past))


def _people(
    connection: Connection, brand: str, period: Period, found: Sequence[Person], shown: int
) -> Iterator[PersonRow]:
    known = spoke_well(connection, brand, [(person.source, person.author) for person in found[:shown]], period.since)
    for person in found:
        before = (person.source, person.author) in known
        yield PersonRow(person, before, _thanked_by(connection, brand, person, period))


def _thanked_by(connection: Connection, brand: str, person: Person, period: Period) -> str | None:
    if person.thanked_at is None:
        return None
    said = words_on(connection, brand, person.source, person.author)
    return next((word.who for word in reversed(said) if word.what == "thanked" and word.at < period.until), None)


def _band(connection: Connection, brand: str, since: datetime, until: datetime) -> Iterator[BandPoint]:
    for mark in marks(connection, brand, since, until, timedelta(hours=band_hours(since, until))):
        yield BandPoint(
            at=mark.at,
            negatives=mark.negatives,
            expected=mark.expected,
            low=mark.low,
            high=mark.high,
            state=mark.state,
        )
