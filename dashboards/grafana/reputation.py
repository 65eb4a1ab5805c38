"""*Reputation live*: how one brand is spoken of right now, and whether that is unusual."""

from dashboards.charts import inks
from dashboards.grafana.kinds import Board, Panel, Query, Row, Words
from dashboards.grafana.queries import BRAND, as_it_is, gained, now, percentile, share
from mentions import metric_names as names
from mentions.metric_kinds import Gauge
from mentions.records import LABELS, Label

FEELINGS: dict[Label, Words] = {
    "positive": ("positive", "positivas"),
    "neutral": ("neutral", "neutras"),
    "negative": ("negative", "negativas"),
    "unjudged": ("unjudged", "sin juzgar"),
}
FEW: Words = ("fewer than 30 opinions", "menos de 30 opiniones")
QUIET: Words = ("nothing was said", "nadie ha dicho nada")
NONE_OPEN: Words = ("none open", "ninguna abierta")
HOUR, DAY, WEEK = 'window="1h"', 'window="24h"', 'window="7d"'
INBOX = "/?brand=${brand}"
_PUBLIC = "voice = 'public' AND erased_at IS NULL AND brand = ${brand:sqlstring}"


def feelings(metric: Gauge, window: str) -> tuple[Query, ...]:
    """A line for each sentiment, each in its ink wherever it is drawn."""
    return tuple(
        Query(expr=now(metric, BRAND, window, f'sentiment="{label}"'), legend=FEELINGS[label], ink=inks.FEELINGS[label])
        for label in LABELS
    )


def _net(window: str) -> tuple[Query, ...]:
    return (
        Query(expr=as_it_is(names.NET_SENTIMENT_LOW, BRAND, window), legend=("from", "desde"), ink=inks.BAND),
        Query(expr=as_it_is(names.NET_SENTIMENT_HIGH, BRAND, window), legend=("to", "hasta"), ink=inks.BAND, below=0),
        Query(
            expr=as_it_is(names.NET_SENTIMENT, BRAND, window),
            legend=("net sentiment", "sentimiento neto"),
            ink=inks.BLUE,
        ),
    )


def _expectation() -> tuple[Query, ...]:
    low, high = names.NEGATIVES_BAND_LOW, names.NEGATIVES_BAND_HIGH
    return (
        Query(expr=as_it_is(low, BRAND), legend=("usual, from", "lo normal, desde"), ink=inks.BAND),
        Query(expr=as_it_is(high, BRAND), legend=("usual, to", "lo normal, hasta"), ink=inks.BAND, below=0),
        Query(
            expr=as_it_is(names.NEGATIVES_EXPECTED, BRAND), legend=("expected", "esperadas"), ink=inks.SOFT, dashed=True
        ),
        Query(expr=as_it_is(names.NEGATIVES, BRAND), legend=("negative", "negativas"), ink=inks.NEGATIVE),
    )


def _counted(window: str) -> tuple[Query, ...]:
    raw, weighted = now(names.WINDOW_MENTIONS, BRAND, window), now(names.WINDOW_WEIGHTED, BRAND, window)
    return (
        Query(expr=raw, legend=("as they came", "como llegaron"), ink=inks.ORANGE),
        Query(expr=weighted, legend=("without spam and copies", "sin spam ni copias"), ink=inks.BLUE),
    )


POSTS = Panel(
    title=("The last posts", "Las últimas publicaciones"),
    question=("What did people say last?", "¿Qué es lo último que se ha dicho?"),
    kind="table",
    width=24,
    height=9,
    none=QUIET,
    link=INBOX,
    sql="SELECT created_at AS created, source, label AS sentiment, lang, left(coalesce(title || ' ', '') || text, 200) "  # noqa: S608 # names are ours; Grafana quotes what is picked
    f"AS post, url FROM mentions WHERE {_PUBLIC} ORDER BY created_at DESC LIMIT 50",
)
ALERTS = Panel(
    title=("Alerts", "Alertas"),
    question=("What did the detectors find, and is it over?", "¿Qué encontraron los detectores, y ha pasado ya?"),
    kind="table",
    width=24,
    height=8,
    none=("no alert yet", "ninguna alerta todavía"),
    link=INBOX,
    sql="SELECT opened_at AS opened, kind, severity, round(score::numeric, 1) AS score, "
    "closed_at AS closed, id AS alert "
    "FROM alerts WHERE brand = ${brand:sqlstring} ORDER BY opened_at DESC LIMIT 30",
)
LIVE = Board(
    uid="atalaya-live",
    title=("Reputation live", "Reputación en directo"),
    question=(
        "How is the brand spoken of right now, and is it unusual?",
        "¿Cómo se habla ahora de la marca, y es normal?",
    ),
    rows=(
        Row(
            ("At a glance", "De un vistazo"),
            (
                Panel(
                    title=("Open alerts", "Alertas abiertas"),
                    kind="stat",
                    width=6,
                    height=4,
                    none=NONE_OPEN,
                    link=INBOX,
                    question=("Is anything wrong now?", "¿Va algo mal ahora?"),
                    runbook="negativespike",
                    queries=(Query(expr=now(names.ALERTS_OPEN, BRAND), instant=True),),
                ),
                Panel(
                    title=("Net sentiment, 24 h", "Sentimiento neto, 24 h"),
                    kind="stat",
                    width=6,
                    height=4,
                    none=FEW,
                    question=(
                        "Of those with an opinion, how many more praise than blame?",
                        "De quienes opinan, ¿cuántos más elogian que critican?",
                    ),
                    decimals=2,
                    link=INBOX,
                    queries=(Query(expr=as_it_is(names.NET_SENTIMENT, BRAND, DAY)),),
                ),
                Panel(
                    title=("Mentions, 24 h", "Menciones, 24 h"),
                    kind="stat",
                    width=6,
                    height=4,
                    none=QUIET,
                    link=INBOX,
                    question=("How much is said?", "¿Cuánto se dice?"),
                    queries=(Query(expr=now(names.WINDOW_MENTIONS, BRAND, DAY)),),
                ),
                Panel(
                    title=("From post to row, p95", "De la publicación a la tabla, p95"),
                    kind="stat",
                    width=6,
                    height=4,
                    unit="s",
                    question=(
                        "How fresh is what you see? Promised: 15 s.",
                        "¿Cómo de reciente es lo que ves? Prometido: 15 s.",
                    ),
                    none=("nothing arrived", "no ha llegado nada"),
                    runbook="latencyobjectiveburnfast",
                    queries=(Query(expr=percentile(names.MENTION_AGE, 95)),),
                ),
            ),
        ),
        Row(
            ("What is felt", "Qué se siente"),
            (
                Panel(
                    title=("Net sentiment of 24 hours", "Sentimiento neto de 24 horas"),
                    queries=_net(DAY),
                    none=FEW,
                    question=(
                        "Does it rise or fall by more than chance? The band is the 95 % interval.",
                        "¿Sube o baja más que por azar? La banda es el intervalo del 95 %.",
                    ),
                    least=-1,
                    most=1,
                    decimals=2,
                    link=INBOX,
                    runbook="netsentimentdrop",
                ),
                Panel(
                    title=("Negatives against expectation", "Negativas frente a lo esperado"),
                    queries=_expectation(),
                    question=(
                        "Is the hour's number of negatives usual for this brand at this time?",
                        "¿Es normal para esta marca y esta hora el número de negativas?",
                    ),
                    least=0,
                    none=("nothing learned yet", "todavía no se ha aprendido nada"),
                    runbook="negativespike",
                    link=INBOX,
                ),
                Panel(
                    title=("Mentions of an hour, by sentiment", "Menciones de una hora, por sentimiento"),
                    question=("How much is said, and how does it feel?", "¿Cuánto se dice, y con qué sentimiento?"),
                    queries=feelings(names.WINDOW_MENTIONS, HOUR),
                    stacked=True,
                    least=0,
                    none=QUIET,
                    link=INBOX,
                ),
                Panel(
                    title=("Raw and weighted", "En bruto y ponderadas"),
                    queries=_counted(HOUR),
                    least=0,
                    none=QUIET,
                    question=(
                        "How much of it is spam and copies? Mentions of an hour.",
                        "¿Cuánto de ello es spam y copias? Menciones de una hora.",
                    ),
                    link=INBOX,
                ),
                Panel(
                    title=("Share by sentiment, 24 h", "Reparto por sentimiento, 24 h"),
                    kind="bargauge",
                    width=8,
                    question=("Which part is praise, which blame?", "¿Qué parte es elogio y cuál crítica?"),
                    unit="percentunit",
                    least=0,
                    most=1,
                    none=QUIET,
                    queries=tuple(
                        Query(
                            expr=share(names.WINDOW_MENTIONS, label, BRAND, DAY),
                            legend=FEELINGS[label],
                            ink=inks.FEELINGS[label],
                        )
                        for label in LABELS
                    ),
                ),
                Panel(
                    title=("Top sources, 24 h", "Fuentes principales, 24 h"),
                    kind="bargauge",
                    width=8,
                    least=0,
                    question=("Where is it said?", "¿Dónde se dice?"),
                    none=QUIET,
                    decimals=0,
                    queries=(
                        Query(
                            expr=f"topk(8, {gained(names.MENTIONS_STORED, '24h', BRAND, by=('source',))} > 0)",
                            legend=("{{source}}", "{{source}}"),
                            instant=True,
                        ),
                    ),
                ),
                Panel(
                    title=("Languages, 24 h", "Idiomas, 24 h"),
                    kind="bargauge",
                    width=8,
                    least=0,
                    none=QUIET,
                    decimals=0,
                    question=(
                        "In which languages? Those that are not judged stand under other.",
                        "¿En qué idiomas? Los que no se juzgan están en other.",
                    ),
                    queries=(
                        Query(
                            expr=f"{gained(names.MENTIONS_BY_LANGUAGE, '24h', BRAND, by=('lang',))} > 0",
                            legend=("{{lang}}", "{{lang}}"),
                            instant=True,
                        ),
                    ),
                ),
            ),
        ),
        Row(("What is said", "Qué se dice"), (ALERTS, POSTS)),
    ),
)
