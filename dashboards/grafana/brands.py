"""*Brand*, *Compare brands* and *Weekly*: who speaks, how brands stand beside each other, and this week among the last.

What a review says of a week comes from the store; these lines are for looking, and begin when Prometheus does.
"""

from dashboards.charts import inks
from dashboards.grafana.kinds import Board, Panel, Query, Row, Words
from dashboards.grafana.queries import BRAND, as_it_is, gained, now
from dashboards.grafana.reputation import DAY, FEW, INBOX, NONE_OPEN, QUIET, WEEK
from mentions import metric_names as names
from mentions.metric_kinds import Gauge

REGULARS = Panel(
    title=("Who speaks well on most days", "Quién habla bien más días"),
    question=(
        "Who praised the brand on three or more of the last 90 days? The whole judgement: `atalaya evangelists`.",
        "¿Quién ha elogiado la marca tres o más de los últimos 90 días? El juicio entero: `atalaya evangelists`.",
    ),
    kind="table",
    width=24,
    height=8,
    none=("nobody yet", "nadie todavía"),
    link=INBOX,
    sql="SELECT coalesce(a.handle, a.name, d.author_id) AS author, d.source, "
    "count(*) FILTER (WHERE d.positive > d.negative) AS days_of_praise, sum(d.mentions) AS mentions, "
    "max(a.followers) AS followers FROM author_days d JOIN authors a "
    "ON a.source = d.source AND a.author_id = d.author_id "
    "WHERE d.brand = ${brand:sqlstring} AND d.day > extract(epoch FROM now()) / 86400 - 90 GROUP BY 1, 2, d.author_id "
    "HAVING count(*) FILTER (WHERE d.positive > d.negative) >= 3 ORDER BY 3 DESC, 4 DESC LIMIT 30",
)

BRAND_BOARD = Board(
    uid="atalaya-brand",
    title=("Brand", "Marca"),
    question=(
        "Who speaks of the brand, what about, and what do they want?",
        "¿Quién habla de la marca, de qué, y qué quiere?",
    ),
    since="now-7d",
    rows=(
        Row(
            ("Who", "Quién"),
            (
                Panel(
                    title=("Authors, 7 days", "Autores, 7 días"),
                    kind="stat",
                    width=6,
                    height=4,
                    none=QUIET,
                    question=("How many people speak of us?", "¿Cuánta gente habla de nosotros?"),
                    queries=(Query(expr=now(names.AUTHORS, BRAND, WEEK)),),
                ),
                Panel(
                    title=("Evangelists", "Evangelistas"),
                    kind="stat",
                    width=6,
                    height=4,
                    none=("nobody yet", "nadie aún"),
                    question=(
                        "How many speak well of us day after day?",
                        "¿Cuántos hablan bien de nosotros día tras día?",
                    ),
                    queries=(Query(expr=now(names.EVANGELISTS, BRAND)),),
                ),
                Panel(
                    title=("Campaigns, 7 days", "Campañas, 7 días"),
                    kind="stat",
                    width=6,
                    height=4,
                    none=NONE_OPEN,
                    question=(
                        "How often did several accounts post one text?",
                        "¿Cuántas veces publicaron varias cuentas un mismo texto?",
                    ),
                    runbook="campaign",
                    queries=(Query(expr=now(names.CAMPAIGNS, BRAND, WEEK)),),
                ),
                Panel(
                    title=("Questions waiting", "Preguntas en espera"),
                    kind="stat",
                    width=6,
                    height=4,
                    question=(
                        "Which questions and complaints of the week got no answer that we can see?",
                        "¿Cuántas preguntas y quejas de la semana no tienen respuesta que se vea?",
                    ),
                    none=("none waiting", "ninguna en espera"),
                    link=INBOX,
                    queries=(Query(expr=now(names.QUESTIONS_WAITING, BRAND)),),
                ),
            ),
        ),
        Row(
            ("What about, and what for", "De qué y para qué"),
            (
                Panel(
                    title=("What authors want", "Qué quieren los autores"),
                    kind="bargauge",
                    least=0,
                    none=QUIET,
                    question=(
                        "Do they ask, complain, praise or want to buy? Of the span above.",
                        "¿Preguntan, se quejan, elogian o quieren comprar? Del periodo elegido.",
                    ),
                    decimals=0,
                    queries=(
                        Query(
                            expr=f"{gained(names.MENTIONS_BY_INTENT, '$__range', BRAND, by=('intent',))} > 0",
                            legend=("{{intent}}", "{{intent}}"),
                            instant=True,
                        ),
                    ),
                ),
                Panel(
                    title=("What is blamed", "Qué se critica"),
                    kind="bargauge",
                    least=0,
                    none=QUIET,
                    decimals=0,
                    question=(
                        "Which aspects do the negative mentions name? Of the span above.",
                        "¿Qué aspectos nombran las menciones negativas? Del periodo elegido.",
                    ),
                    queries=(
                        Query(
                            expr="{} > 0".format(
                                gained(
                                    names.MENTIONS_BY_ASPECT, "$__range", BRAND, 'sentiment="negative"', by=("aspect",)
                                )
                            ),
                            legend=("{{aspect}}", "{{aspect}}"),
                            instant=True,
                        ),
                    ),
                ),
                Panel(
                    title=("Campaigns of a day, by verdict", "Campañas de un día, por veredicto"),
                    least=0,
                    question=(
                        "Is it coordinated, sharing of one's own accord, or our own content?",
                        "¿Es coordinada, gente que comparte por su cuenta, o contenido nuestro?",
                    ),
                    none=NONE_OPEN,
                    queries=(
                        Query(expr=now(names.CAMPAIGNS, BRAND, DAY, by=("kind",)), legend=("{{kind}}", "{{kind}}")),
                    ),
                    runbook="campaign",
                ),
                Panel(
                    title=("Linked pages, 7 days", "Páginas enlazadas, 7 días"),
                    least=0,
                    none=QUIET,
                    question=("How many pages do they link to?", "¿Cuántas páginas enlazan?"),
                    queries=(Query(expr=now(names.LINKED_PAGES, BRAND, WEEK), legend=("pages", "páginas")),),
                ),
            ),
        ),
        Row(("Whom to thank", "A quién dar las gracias"), (REGULARS,)),
    ),
)

_EACH: Words = ("{{brand}}", "{{brand}}")


def _negatives_of_each() -> str:
    negative = now(names.WINDOW_MENTIONS, BRAND, DAY, 'sentiment="negative"', by=("brand",))
    return f"{negative} / ({now(names.WINDOW_MENTIONS, BRAND, DAY, by=('brand',))} > 0)"


COMPARE = Board(
    uid="atalaya-compare",
    title=("Compare brands", "Comparar marcas"),
    question=("How do we stand beside the others?", "¿Cómo estamos frente a los demás?"),
    brands="several",
    since="now-7d",
    rows=(
        Row(
            ("Side by side", "Lado a lado"),
            (
                Panel(
                    title=("Share of voice, 24 h", "Cuota de voz, 24 h"),
                    unit="percentunit",
                    least=0,
                    none=QUIET,
                    question=("Of whom is most said?", "¿De quién se habla más?"),
                    stacked=True,
                    queries=(Query(expr=f"brand:share_of_voice:ratio24h{{{BRAND}}}", legend=_EACH),),
                ),
                Panel(
                    title=("Net sentiment of 7 days", "Sentimiento neto de 7 días"),
                    least=-1,
                    most=1,
                    decimals=2,
                    question=(
                        "Who is spoken of best? Brands with fewer than 30 opinions are not drawn.",
                        "¿De quién se habla mejor? Las marcas con menos de 30 opiniones no se dibujan.",
                    ),
                    none=FEW,
                    queries=(Query(expr=as_it_is(names.NET_SENTIMENT, BRAND, WEEK), legend=_EACH),),
                ),
                Panel(
                    title=("Questions and complaints answered, 7 days", "Preguntas y quejas respondidas, 7 días"),
                    question=(
                        "Who answers? Only of brands whose own posts are seen.",
                        "¿Quién responde? Solo de marcas cuyas propias publicaciones se ven.",
                    ),
                    unit="percentunit",
                    least=0,
                    most=1,
                    none=("no answers are seen", "no se ven respuestas"),
                    queries=(Query(expr=as_it_is(names.RESPONSE_SHARE, BRAND, WEEK), legend=_EACH),),
                ),
                Panel(
                    title=("Share of negatives, 24 h", "Parte negativa, 24 h"),
                    unit="percentunit",
                    least=0,
                    most=1,
                    question=(
                        "Who is blamed most, for how much is said?",
                        "¿A quién se critica más, para lo que se dice?",
                    ),
                    none=QUIET,
                    queries=(Query(expr=_negatives_of_each(), legend=_EACH),),
                ),
            ),
        ),
    ),
)


_WEEKS: tuple[Words, ...] = (
    ("this week", "esta semana"),
    ("a week before", "una semana antes"),
    ("two weeks before", "dos semanas antes"),
    ("three weeks before", "tres semanas antes"),
    ("four weeks before", "cuatro semanas antes"),
)


def _weeks(metric: Gauge, *labels: str, added: bool = True) -> tuple[Query, ...]:
    """The last seven days, and those that ended one to four weeks earlier."""
    found = []
    for number, legend in enumerate(_WEEKS):
        picked = f"{metric.name}{{{', '.join((BRAND, WEEK, *labels))}}}" + (f" offset {7 * number}d" if number else "")
        ink = inks.BLUE if number == 0 else inks.NEUTRAL
        found.append(Query(expr=f"{'sum' if added else 'max'} ({picked})", legend=legend, ink=ink, dashed=number > 1))
    return tuple(found)


WEEKLY = Board(
    uid="atalaya-weekly",
    title=("Weekly", "Semanal"),
    question=("Is this week unlike the four before?", "¿Es esta semana distinta de las cuatro anteriores?"),
    since="now-7d",
    rows=(
        Row(
            ("This week against the last four", "Esta semana frente a las cuatro anteriores"),
            (
                Panel(
                    title=("Mentions of 7 days", "Menciones de 7 días"),
                    queries=_weeks(names.WINDOW_MENTIONS),
                    least=0,
                    question=("Is more said than in the weeks before?", "¿Se dice más que en las semanas anteriores?"),
                    none=QUIET,
                    link=INBOX,
                ),
                Panel(
                    title=("Negatives of 7 days", "Negativas de 7 días"),
                    least=0,
                    none=QUIET,
                    link=INBOX,
                    queries=_weeks(names.WINDOW_MENTIONS, 'sentiment="negative"'),
                    question=(
                        "Is more blamed than in the weeks before?",
                        "¿Se critica más que en las semanas anteriores?",
                    ),
                ),
                Panel(
                    title=("Net sentiment of 7 days", "Sentimiento neto de 7 días"),
                    least=-1,
                    most=1,
                    decimals=2,
                    queries=_weeks(names.NET_SENTIMENT, added=False),
                    none=FEW,
                    link=INBOX,
                    question=("Is the brand spoken of better or worse?", "¿Se habla mejor o peor de la marca?"),
                ),
                Panel(
                    title=("Alerts that opened, 7 days", "Alertas abiertas, 7 días"),
                    least=0,
                    none=NONE_OPEN,
                    queries=(
                        Query(
                            expr=now(names.ALERTS_OPENED, BRAND, WEEK, by=("kind",)), legend=("{{kind}}", "{{kind}}")
                        ),
                    ),
                    question=("What went wrong, and how often?", "¿Qué fue mal, y cuántas veces?"),
                    stacked=True,
                ),
            ),
        ),
    ),
)
