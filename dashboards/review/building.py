"""Rows to a review: the sections, in their order. Pure."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from math import sqrt

from dashboards.review.action_lines import action_lines
from dashboards.review.figuring import Figuring, daily, once, ratio, rival_figures
from dashboards.review.gathering import differing, quoted
from dashboards.review.headlines import cause_of, headline
from dashboards.review.indicators import MAKERS
from dashboards.review.model import (
    MOST_GAPS,
    MOST_LINES,
    AlertLine,
    BrandRow,
    CampaignLine,
    Day,
    GapLine,
    LanguageLine,
    LinkLine,
    PersonLine,
    Quality,
    Quote,
    Review,
    Series,
    SourceLine,
    Term,
)
from dashboards.review.rows import DayRow, LinkShift, PeriodRows, PersonRow, RivalRows, Rows
from dashboards.review.scorecard import scorecard
from dashboards.review.terms import Shift
from dashboards.review.values import LANGS, Earlier, Figure, Text
from mentions.records import FULL_WEIGHT
from processors.notifying.phrases import SOURCES
from processors.store.alert_reading import StoredAlert
from processors.store.figures import ENOUGH, net_interval, net_sentiment
from processors.store.reading import StoredMention

HEADLINES_ONLY = frozenset({"rss"})
"""Sources that give no more than headline and summary."""
NETWORKS = ("Bluesky", "Facebook", "Instagram", "LinkedIn", "Mastodon", "Reddit", "Threads", "TikTok", "X", "YouTube")
_FIRST = (
    "mentions", "stories", "authors", "net_sentiment", "negative_share", "share_of_voice", "response_share",
    "response_median",
)  # fmt: skip
_LEAST_LINKS, _LINK_Z, _MOST_LINKS = 3, 3.0, 6


def build(rows: Rows) -> Review:
    """Build the review; the same rows give the same one."""
    made, now = Figuring(rows), rows.periods[-1]
    main, people, spam = _main(made), _people_figures(made), _spam(made)
    alerts = tuple(_alert(rows, alert) for alert in rows.alerts[:MOST_LINES])
    rose, fell = (tuple(_term(made, shift) for shift in part) for part in rows.terms)
    return Review(
        brand=rows.brand.name,
        period=now.period,
        completeness=now.completeness,
        generated_from=rows.generated_from,
        headline=headline(rows, main, alerts, rose),
        earlier=tuple(_earlier(one, now, fits) for one, fits in zip(rows.periods[:-1], made.comparable, strict=True)),
        figures=main,
        brands=_brands(made, main),
        alerts=alerts,
        alerts_in_all=len(rows.alerts),
        terms_rising=rose,
        terms_falling=fell,
        terms_looked_at=rows.looked_at,
        links_rising=tuple(_links(made, 1)),
        links_falling=tuple(_links(made, -1)),
        people=people,
        evangelists=tuple(_person(row) for row in _first(rows.evangelists, lapsed=False)),
        lapsed=tuple(_person(row) for row in _first(rows.evangelists, lapsed=True)),
        detractors=tuple(_person(row) for row in rows.detractors[:MOST_LINES]) if rows.name_detractors else None,
        waiting=tuple(_quote(rows.quotes[id_]) for id_ in now.responses.waiting if id_ in rows.quotes),
        spam=spam,
        campaigns=tuple(
            CampaignLine(
                id=one.id,
                kind=one.kind,
                opened_at=one.opened_at,
                posts=one.post_count,
                authors=one.author_count,
                span_minutes=one.span_minutes,
                sample=one.sample,
                domains=one.domains[:3],
            )
            for one in sorted(rows.campaigns, key=lambda one: (-one.author_count, one.opened_at, one.id))[:MOST_LINES]
        ),
        quality=_quality(made),
        series=Series(days=tuple(_days(rows)), band=rows.band),
        scorecard=scorecard(made, {figure.name: figure for figure in (*main, *people, *spam)}),
        actions=action_lines(made),
        published=rows.published,
    )


def _main(made: Figuring) -> tuple[Figure, ...]:
    return (*(MAKERS[name](made) for name in _FIRST), made.hours("response_p90", lambda rows: rows.responses.p90))


def _people_figures(made: Figuring) -> tuple[Figure, ...]:
    listed = [row for row in made.rows.evangelists if not row.person.lapsed]
    thanked = sum(row.person.thanked_at is not None for row in listed)
    return (
        made.single("evangelists", len(listed)),
        made.single("evangelists_new", sum(not row.before for row in listed)),
        made.single("evangelists_thanked", thanked / len(listed) if listed else None, n=len(listed)),
        made.single("lapsed", len(made.rows.evangelists) - len(listed)),
        made.single("detractors", len(made.rows.detractors)),
        MAKERS["waiting"](made),
    )


def _spam(made: Figuring) -> tuple[Figure, ...]:
    now = made.now
    mentions = now.total("mentions")

    def campaign(rows: PeriodRows) -> float | None:
        return rows.campaign[0] / rows.total("mentions") if rows.total("mentions") else None

    stories = mentions - now.total("clustered") + now.clusters
    return (
        MAKERS["spam_share"](made),
        made.figure("campaign_share", once(campaign), n=mentions),
        made.single("copies", mentions - stories),
    )


def _earlier(one: PeriodRows, now: PeriodRows, fits: bool) -> Earlier:
    why = None
    if not fits:
        others = [Text(*SOURCES.get(source, (source, source))) for source in differing(one, now)]
        seen = 0.0 if one.completeness is None else one.completeness
        if not seen:
            why = Text("nothing was heard of it", "no se escuchó nada")
        elif others:
            names = {lang: ", ".join(other.said(lang) for other in others) for lang in LANGS}
            why = Text(f"only one of the two heard {names['en']}", f"solo en uno de los dos se escuchó {names['es']}")
        elif not one.total("mentions"):
            why = Text("nothing is stored of it", "no hay nada guardado")
        else:
            share = min(seen, 1.0 if now.completeness is None else now.completeness)
            why = Text(f"only {share:.0%} was heard", f"solo se escuchó el {100 * share:.0f}\N{NARROW NO-BREAK SPACE}%")
    return Earlier(period=one.period, completeness=one.completeness, comparable=fits, why_not=why)


def _brands(made: Figuring, main: Sequence[Figure]) -> tuple[BrandRow, ...]:
    rows = made.rows
    named = {figure.name: figure for figure in main}
    subject = BrandRow(
        brand=rows.brand.name,
        role=rows.brand.role,
        subject=True,
        mentions=named["mentions"],
        share_of_voice=named["share_of_voice"],
        net_sentiment=named["net_sentiment"],
        response=named["response_share"],
        completeness=made.now.completeness,
    )
    whole = made.now.total("mentions") + sum(map(sum, made.now.rivals.values()))
    rivals = sorted(rows.rivals, key=lambda rival: (-rival.counts["mentions"], rival.brand.name))
    return (subject, *(_rival(made, rival, whole) for rival in rivals))


def _rival(made: Figuring, rival: RivalRows, whole: int) -> BrandRow:
    figures = rival_figures(made, rival, whole)
    return BrandRow(
        brand=rival.brand.name,
        role=rival.brand.role,
        subject=False,
        mentions=figures["mentions"],
        share_of_voice=figures["share_of_voice"],
        net_sentiment=figures["net_sentiment"],
        response=figures["response"],
        completeness=rival.completeness,
    )


def _alert(rows: Rows, alert: StoredAlert) -> AlertLine:
    terms = alert.explanation.get("terms")
    acknowledged = alert.acknowledged_at
    return AlertLine(
        id=alert.id,
        kind=alert.kind,
        severity=alert.severity,
        opened_at=alert.opened_at,
        closed_at=alert.closed_at,
        score=alert.score,
        cause=cause_of(alert, rows.lives[alert.id]),
        terms=tuple(str(term["term"]) for term in (terms if isinstance(terms, list) else [])[:5]),
        quotes=tuple(_quote(rows.quotes[id_]) for id_ in quoted(alert) if id_ in rows.quotes),
        campaign_possible=bool(alert.explanation.get("possible_campaign")),
        minutes_to_acknowledge=None
        if acknowledged is None
        else (acknowledged - alert.opened_at) / timedelta(minutes=1),
        rating=alert.rating,
        sector=rows.sectors.get(alert.id, ()),
    )


def _quote(mention: StoredMention) -> Quote:
    return Quote(
        id=mention.id,
        created_at=mention.created_at,
        source=mention.source,
        author=None if mention.author is None else mention.author.handle or mention.author.id,
        text=None if mention.erased else " ".join(filter(None, (mention.title, mention.text))),
        url=mention.url,
        label=mention.label,
    )


def _term(made: Figuring, shift: Shift) -> Term:
    return Term(
        id=f"{made.prefix}/term/{shift.term}",
        term=shift.term,
        posts=shift.posts,
        expected=shift.expected,
        z=shift.z,
        label=shift.label,
    )


def _links(made: Figuring, sign: int) -> Iterator[LinkLine]:
    """Pages whose posts differ by more than three deviations (Poisson) from the mean of the periods before."""
    scored = []
    for link in made.rows.links:
        if not link.before or max(link.posts, *link.before) < _LEAST_LINKS:
            continue
        expected = sum(link.before) / len(link.before)
        z = (link.posts - expected) / sqrt(max(expected, 1.0) * (1 + 1 / len(link.before)))
        if z * sign >= _LINK_Z:
            scored.append((-abs(z), link.url, link, expected))
    for _, _, link, expected in sorted(scored, key=lambda one: one[:2])[:_MOST_LINKS]:
        yield _link(made, link, expected)


def _link(made: Figuring, link: LinkShift, expected: float) -> LinkLine:
    return LinkLine(
        id=f"{made.prefix}/link/{link.url}",
        url=link.url,
        own_page=link.own,
        posts=link.posts,
        authors=link.authors,
        expected=round(expected, 1),
    )


def _first(people: Sequence[PersonRow], *, lapsed: bool) -> list[PersonRow]:
    return [row for row in people if row.person.lapsed == lapsed][:MOST_LINES]


def _person(row: PersonRow) -> PersonLine:
    person = row.person
    return PersonLine(
        id=f"evangelist:{person.brand}/{person.source}/{person.author}",
        source=person.source,
        author=person.author,
        handle=person.handle,
        name=person.name,
        state="lapsed" if person.lapsed else "lasting" if row.before else "new",
        score=person.score,
        days_active=person.days_active,
        last_seen=person.last_seen,
        reach=person.reach,
        links=person.links_given,
        thanked_at=person.thanked_at,
        thanked_by=row.thanked_by,
    )


def _quality(made: Figuring) -> Quality:
    rows, mentions = made.rows, made.now.total("mentions")
    figures = (
        made.single("completeness", made.now.completeness),
        made.figure("late", daily("late")),
        made.single("duplicates", rows.duplicates),
        made.figure("unjudged_share", ratio("unjudged", "mentions"), n=mentions),
        made.figure("language_unknown", ratio("language_unknown", "mentions"), n=mentions),
        made.single("erased", rows.erased),
    )
    return Quality(
        figures=figures,
        sources=tuple(
            SourceLine(
                source=one.source,
                mentions=one.mentions,
                share=one.mentions / mentions if mentions else None,
                completeness=one.completeness,
                whole_text=one.source not in HEADLINES_ONLY,
            )
            for one in rows.sources
        ),
        languages=tuple(
            LanguageLine(
                lang=one.lang,
                mentions=one.mentions,
                share=one.mentions / mentions if mentions else None,
                n=one.n,
                net_sentiment=one.net_sentiment if one.shown else None,
                interval=one.interval if one.shown else None,
            )
            for one in rows.languages
        ),
        gaps=tuple(
            GapLine(source=source, shard=shard, start=gap.start, end=gap.end, why=gap.why)
            for source, shard, gap in rows.gaps[:MOST_GAPS]
        ),
        gaps_in_all=len(rows.gaps),
        not_seen=tuple(_not_seen(rows)),
    )


def _not_seen(rows: Rows) -> Iterator[Text]:
    heard = set(rows.periods[-1].seen) | {one.source for one in rows.sources}
    missing = ", ".join(name for name in NETWORKS if name.lower() not in heard)
    yield Text(
        f"Not heard, for no source reads them: {missing}.", f"No se oyen, pues ninguna fuente los lee: {missing}."
    )
    for source in sorted(heard & HEADLINES_ONLY):
        en, es = SOURCES.get(source, (source, source))
        yield Text(f"{en}: headline and summary only.", f"{es}: solo titular y resumen.")
    yield Text(
        "Private messages, stories and closed groups are never seen.",
        "Nunca se ven mensajes privados, historias efímeras ni grupos cerrados.",
    )


def _days(rows: Rows) -> Iterator[Day]:
    now = rows.periods[-1]
    shown = rows.periods if now.period.kind != "quarter" else rows.periods[-1:]
    for period in shown:
        if period is now or period.seen or period.total("mentions"):
            for day in period.days:
                yield _day(day, period is now)


def _day(row: DayRow, in_period: bool) -> Day:
    counts = row.counts
    n, enough = counts["opinions"], counts["opinions"] >= ENOUGH
    return Day(
        day=row.day,
        start=row.start,
        end=row.end,
        in_period=in_period,
        positive=counts["positive"],
        neutral=counts["neutral"],
        negative=counts["negative"],
        unjudged=counts["unjudged"],
        w_positive=counts["w_positive"] / FULL_WEIGHT,
        w_neutral=counts["w_neutral"] / FULL_WEIGHT,
        w_negative=counts["w_negative"] / FULL_WEIGHT,
        w_unjudged=counts["w_unjudged"] / FULL_WEIGHT,
        n=n,
        net_sentiment=net_sentiment(counts["positive"], counts["negative"]) if enough else None,
        interval=net_interval(counts["positive"], counts["negative"]) if enough else None,
        completeness=row.seen,
    )
