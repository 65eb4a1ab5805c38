"""An invented review with something in every section, for whatever shows one; names and texts are hostile."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from dashboards.review.action_model import ActionLine
from dashboards.review.model import (
    AlertLine,
    BandPoint,
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
    Rule,
    Series,
    SourceLine,
    TeamWord,
    Term,
)
from dashboards.review.values import Earlier, Figure, Period, Sentence, Text, Unit, Verdict
from processors.store.actions import State

HOSTILE = '<script>alert("1")</script>\u202egnp.\u202c & "quotes" \'single\''
"""A text that must come out as text."""
MONDAY = datetime(2026, 11, 15, 23, tzinfo=UTC)
_DAY = timedelta(days=1)
WEEK = Period(
    kind="week",
    name="2026-W47",
    since=MONDAY,
    until=MONDAY + 7 * _DAY,
    first_day=date(2026, 11, 16),
    last_day=date(2026, 11, 22),
    time_zone="Europe/Madrid",
)


def text(en: str, es: str | None = None) -> Text:
    """A text; without Spanish the same words in both."""
    return Text(en, en if es is None else es)


def figure(
    name: str,
    title: Text,
    unit: Unit,
    value: float | None,
    *,
    n: int | None = None,
    interval: tuple[float, float] | None = None,
    before: tuple[float | None, ...] = (),
    band: tuple[float, float, float] | None = None,
    good: int = 0,
    note: Text | None = None,
) -> Figure:
    """A figure of the example brand; `band`: usual, low, high."""
    usual, low, high = band or (None, None, None)
    verdict: Verdict = "unknown"
    if value is not None and low is not None and high is not None:
        verdict = "rose" if value > high else "fell" if value < low else "level"
    return Figure(
        id=f"review:lumbre/2026-W47/{name}",
        name=name,
        title=title,
        unit=unit,
        value=value,
        n=n,
        interval=interval,
        before=before,
        usual=usual,
        low=low,
        high=high,
        verdict=verdict,
        good=good,
        note=note,
        formula=text(f"how {name} is made", f"cómo se hace {name}"),
    )


def example_review() -> Review:
    """A week with a crisis, a campaign, an outage; deterministic."""
    mentions = figure(
        "mentions",
        text("Mentions", "Menciones"),
        "count",
        1284,
        before=(None, 902, 951, 915),
        band=(922.7, 810.0, 1035.4),
    )
    net = figure(
        "net_sentiment",
        text("Net sentiment", "Sentimiento neto"),
        "net",
        -0.12,
        n=702,
        interval=(-0.19, -0.05),
        before=(None, 0.21, 0.18, 0.24),
        band=(0.21, 0.1, 0.32),
        good=1,
    )
    return Review(
        brand="lumbre",
        period=WEEK,
        completeness=0.964,
        generated_from=WEEK.until + timedelta(hours=6),
        headline=(
            Sentence(
                text=text(
                    "Net sentiment fell to −12%, from +21% in the three weeks before.",
                    "El sentimiento neto cayó al −12 %, desde el +21 % de las tres semanas anteriores.",
                ),
                of=(net.id,),
            ),
            Sentence(
                text=text(
                    "An alert of 312 negatives on Wednesday did most of it: «retraso», «tres horas».",
                    "Lo hizo sobre todo una alerta de 312 negativas el miércoles: «retraso», «tres horas».",
                ),
                of=("56a5d562345d6b66",),
            ),
        ),
        earlier=_earlier(),
        figures=(
            mentions,
            figure(
                "stories",
                text("Stories (copies counted once)", "Historias (las copias cuentan una vez)"),
                "count",
                1190,
                before=(None, 880, 931, 890),
                band=(900.3, 790.0, 1010.0),
            ),
            net,
            figure(
                "negative_share",
                text("Negative share", "Parte negativa"),
                "share",
                0.306,
                n=1284,
                interval=(0.281, 0.332),
                before=(None, 0.19, 0.2, 0.18),
                band=(0.19, 0.15, 0.23),
                good=-1,
            ),
            figure("share_of_voice", text("Share of voice", "Cuota de voz"), "share", 0.58, n=2214, good=1),
            figure(
                "response_share",
                text("Questions and complaints answered", "Preguntas y quejas respondidas"),
                "share",
                None,
                n=0,
                good=1,
                note=text(
                    "The brand's own answers are not visible: name its accounts.",
                    "Las respuestas propias no se ven: indique las cuentas de la marca.",
                ),
            ),
        ),
        brands=(
            _row("lumbre", 1284, 0.58, -0.12, subject=True),
            _row("kolibri", 930, 0.42, 0.15, note=text("Only 61% of it was seen", "Solo se vio el 61 %")),
            _row("nubira", 12, 0.0, None),
        ),
        alerts=(_alert(),),
        alerts_in_all=1,
        terms_rising=(
            Term(
                id="review:lumbre/2026-W47/term/retraso",
                term="retraso",
                posts=212,
                expected=14.2,
                z=18.3,
                label="negative",
            ),
            Term(id="review:lumbre/2026-W47/term/x", term=HOSTILE, posts=40, expected=3.0, z=9.1),
        ),
        terms_falling=(
            Term(id="review:lumbre/2026-W47/term/pan", term="pan", posts=30, expected=88.0, z=-6.0, label="positive"),
        ),
        terms_looked_at=(1190, 3520),
        links_rising=(
            LinkLine(
                id="review:lumbre/2026-W47/link/lumbre.example/envios",
                url="lumbre.example/envios",
                own_page=True,
                posts=41,
                authors=38,
                expected=2.3,
            ),
            LinkLine(
                id="review:lumbre/2026-W47/link/bad",
                url="javascript:alert(1)",
                own_page=False,
                posts=9,
                authors=9,
                expected=None,
            ),
        ),
        links_falling=(),
        people=(
            figure("evangelists", text("Evangelists", "Evangelistas"), "count", 3, good=1),
            figure("evangelists_thanked", text("Of these, thanked", "Agradecidas"), "share", 0.333, n=3, good=1),
        ),
        evangelists=(
            _person("ana.example", "Ana", "lasting", thanked=True),
            _person("bo.example", HOSTILE, "new"),
        ),
        lapsed=(_person("cris.example", "Cris", "lapsed"),),
        detractors=None,
        waiting=(_quote("bluesky:3", "¿Cuándo llega mi pedido?", "negative"),),
        spam=(figure("spam_share", text("Spam and copies", "Spam y copias"), "share", 0.08, n=1284, good=-1),),
        campaigns=(
            CampaignLine(
                id="campaign:lumbre/abc",
                kind="coordinated",
                opened_at=MONDAY + 2 * _DAY,
                posts=48,
                authors=21,
                span_minutes=34.5,
                sample=HOSTILE,
                domains=("cheap.example",),
            ),
        ),
        quality=_quality(),
        series=_series(),
        scorecard=tuple(_rule(number) for number in range(1, 17)),
        actions=_actions(),
    )


def _actions() -> tuple[ActionLine, ...]:
    """One that was done, with a time after that is over; one that still runs."""
    apology = _action("a1b2c3d4", HOSTILE, "done", date(2026, 11, 10), date(2026, 11, 11), 0.08)
    closed = {"closed_at": MONDAY - 3 * _DAY, "closed_by": "marta", "word": "two posts a day"}
    done = msgspec.structs.replace(
        apology, **closed, followed=text("After it: below the usual.", "Después: por debajo de lo habitual.")
    )
    return done, _action("e5f6a7b8", "campaign Navidad", "open", date(2026, 11, 18), date(2026, 12, 6), None)


def _action(id_: str, said: str, state: State, first: date, last: date, after: float | None) -> ActionLine:
    not_yet = text("Not yet.", "Todavía no.")

    def part(name: str, value: float | None, **fields: Any) -> Figure:
        title = text("Net sentiment", "Sentimiento neto")
        note = not_yet if value is None else None
        return figure(f"action/{id_}/{name}", title, "net", value, good=1, note=note, n=120, **fields)

    return ActionLine(
        id=id_,
        text=said,
        first_day=first,
        last_day=last,
        indicator="net_sentiment",
        title=text("Net sentiment", "Sentimiento neto"),
        rules=(13,),
        state=state,
        overdue=False,
        added_by="marta",
        closed_at=None,
        closed_by=None,
        word=None,
        lengths=(7, (last - first).days + 1, 7),
        before=part("before", 0.22, interval=(0.1, 0.3)),
        during=part("during", after, band=(0.2, 0.1, 0.3)),
        after=part("after", after, band=(0.2, 0.1, 0.3)),
        followed=not_yet,
    )


def _earlier() -> tuple[Earlier, ...]:
    found = []
    for weeks in (4, 3, 2, 1):
        period = Period(
            kind="week",
            name=f"2026-W{47 - weeks}",
            since=MONDAY - weeks * 7 * _DAY,
            until=MONDAY - (weeks - 1) * 7 * _DAY,
            first_day=WEEK.first_day - weeks * 7 * _DAY,
            last_day=WEEK.last_day - weeks * 7 * _DAY,
            time_zone="Europe/Madrid",
        )
        seen = weeks < 4
        found.append(
            Earlier(
                period=period,
                completeness=0.99 if seen else 0.2,
                comparable=seen,
                why_not=None if seen else text("only 20% of it was seen", "solo se vio el 20 %"),
            )
        )
    return tuple(found)


def _row(
    brand: str, mentions: int, share: float, net: float | None, *, subject: bool = False, note: Text | None = None
) -> BrandRow:
    return BrandRow(
        brand=brand,
        role="own" if subject else "competitor",
        subject=subject,
        mentions=figure(f"{brand}/mentions", text("Mentions", "Menciones"), "count", mentions),
        share_of_voice=figure(
            f"{brand}/share_of_voice", text("Share of voice", "Cuota de voz"), "share", share, n=2226
        ),
        net_sentiment=figure(
            f"{brand}/net_sentiment",
            text("Net sentiment", "Sentimiento neto"),
            "net",
            net,
            n=mentions // 2,
            interval=None if net is None else (net - 0.07, net + 0.07),
            note=text("Under 30 opinions", "Menos de 30 opiniones") if net is None else None,
        ),
        response=figure(f"{brand}/response_share", text("Answered", "Respondidas"), "share", None, n=0),
        completeness=0.61 if note else 0.964,
        note=note,
    )


def _quote(id_: str, said: str | None, label: str) -> Quote:
    return Quote(
        id=id_,
        created_at=MONDAY + 2 * _DAY + timedelta(hours=13),
        source="bluesky",
        author="ana.example",
        text=said,
        url="javascript:alert(1)" if said == HOSTILE else "https://social.example/p/1",
        label=label,
    )


def _alert() -> AlertLine:
    return AlertLine(
        id="56a5d562345d6b66",
        kind="negative_spike",
        severity="critical",
        opened_at=MONDAY + 2 * _DAY + timedelta(hours=13),
        closed_at=MONDAY + 2 * _DAY + timedelta(hours=19),
        score=6.2,
        cause=text(
            "312 negatives in an hour, 6.2 expected; by 280 authors.",
            "312 negativas en una hora, se esperaban 6,2; de 280 autores.",
        ),
        terms=("retraso", HOSTILE),
        quotes=(
            _quote("bluesky:1", "Tres horas esperando y nadie contesta.", "negative"),
            _quote("bluesky:2", HOSTILE, "negative"),
            _quote("erased:9", None, "negative"),
        ),
        campaign_possible=True,
        minutes_to_acknowledge=11.0,
        rating="useful",
        sector=("kolibri", "nubira"),
    )


def _person(handle: str, name: str, state: str, *, thanked: bool = False) -> PersonLine:
    return PersonLine(
        id=f"evangelist:lumbre/bluesky/did:plc:{handle}",
        source="bluesky",
        author=f"did:plc:{handle}",
        handle=handle,
        name=name,
        state=state,  # type: ignore[arg-type] # one of three words of this file
        score=0.71,
        days_active=9,
        last_seen=MONDAY + 5 * _DAY,
        reach=None if thanked else 1200,
        links=4,
        thanked_at=MONDAY + _DAY if thanked else None,
        thanked_by="marta" if thanked else None,
    )


def _quality() -> Quality:
    return Quality(
        figures=(
            figure("completeness", text("Seen of the period", "Visto del periodo"), "share", 0.964, good=1),
            figure("late", text("Late mentions", "Menciones tardías"), "count", 12, good=-1),
            figure("duplicates", text("Duplicates dropped", "Duplicados descartados"), "count", 230),
            figure("unjudged_share", text("Not judged", "Sin juzgar"), "share", 0.041, n=1284, good=-1),
            figure("language_unknown", text("Language unknown", "Idioma desconocido"), "share", 0.011, n=1284),
        ),
        sources=(
            SourceLine(source="bluesky", mentions=1200, share=0.935, completeness=0.964),
            SourceLine(source="rss", mentions=84, share=0.065, completeness=1.0, whole_text=False),
        ),
        languages=(
            LanguageLine(lang="es", mentions=1000, share=0.779, n=602, net_sentiment=-0.15, interval=(-0.23, -0.07)),
            LanguageLine(lang="und", mentions=14, share=0.011, n=0, net_sentiment=None, interval=None),
        ),
        gaps=(
            GapLine(
                source="bluesky",
                shard="0",
                start=MONDAY + 4 * _DAY,
                end=MONDAY + 4 * _DAY + timedelta(hours=6),
                why="the network was not reached",
            ),
        ),
        gaps_in_all=1,
        not_seen=(
            text(
                "Not heard, for no source reads them: Facebook, Instagram, TikTok, X.",
                "No se oyen, pues ninguna fuente los lee: Facebook, Instagram, TikTok, X.",
            ),
        ),
    )


def _series() -> Series:
    days = []
    for place in range(35):
        positive, negative = 60 + place % 7, 40 if place < 28 else 40 + 60 * (place == 30)
        n = positive + negative
        net = (positive - negative) / n
        start = MONDAY + (place - 28) * _DAY
        days.append(
            Day(
                day=WEEK.first_day + (place - 28) * _DAY,
                start=start,
                end=start + _DAY,
                in_period=place >= 28,
                positive=positive,
                neutral=70,
                negative=negative,
                unjudged=5,
                w_positive=positive * 0.95,
                w_neutral=66.5,
                w_negative=negative * 0.95,
                w_unjudged=4.7,
                n=n,
                net_sentiment=net,
                interval=(net - 0.19, net + 0.19),
                completeness=0.75 if place == 32 else 1.0,
            )
        )
    band = tuple(
        BandPoint(
            at=MONDAY + place * timedelta(hours=2),
            negatives=312.0 if place == 30 else 5.0 + place % 4,
            expected=None if place < 3 else 6.2,
            low=None if place < 3 else 2.0,
            high=None if place < 3 else 12.0,
            state="learning" if place < 3 else "incomplete" if 48 <= place < 51 else "usual",
        )
        for place in range(84)
    )
    return Series(days=tuple(days), band=band)


_RULES = {
    1: (text("Increase your linkability", "Sea fácil de enlazar"), "measured"),
    6: (text("Be a resource", "Sea un recurso"), "word"),
}


def _rule(number: int) -> Rule:
    title, state = _RULES.get(number, (text(f"Rule {number}", f"Regla {number}"), "not_measurable"))
    measured = state == "measured"
    indicator = figure(
        f"smo{number}",
        text("Mentions that link to your pages", "Menciones que enlazan sus páginas"),
        "count",
        41,
        before=(None, 60, 71, 66),
        band=(65.7, 45.0, 86.0),
        good=1,
    )
    return Rule(
        number=number,
        title=title,
        state=state,  # type: ignore[arg-type] # one of three words of this file
        figures=(indicator,) if measured else (),
        note=None if measured else text("Reactions are not read again.", "Las reacciones no se leen de nuevo."),
        action=text("Give each page its own address.", "Dé a cada página su propia dirección.") if measured else None,
        word=TeamWord(at=MONDAY + 6 * _DAY, who="marta", text=HOSTILE) if state == "word" else None,
        lines=(text("lumbre.example/envios: 41 posts", "lumbre.example/envios: 41 posts"),) if measured else (),
    )
