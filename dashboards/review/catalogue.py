"""Every figure of a review: its title, what its number is, which way is good, and its formula, in both languages."""

from collections.abc import Mapping

from msgspec import Struct

from dashboards.review.values import Text, Unit


class Spec(Struct, frozen=True):
    """What is always so of a figure. `good`: 1 more is good news, -1 less is, 0 neither."""

    title: Text
    unit: Unit
    good: int
    formula: Text


def _spec(unit: Unit, good: int, en: str, es: str, formula_en: str, formula_es: str) -> Spec:
    return Spec(Text(en, es), unit, good, Text(formula_en, formula_es))


_ANSWERED = (
    "of the period's questions and complaints by the public (without spam, and without complaints that are judged "
    "positive), those to which an own account replied before its end",
    "de las preguntas y quejas del público en el periodo (sin el spam ni las quejas juzgadas positivas), aquellas a "
    "las que respondió una cuenta propia antes de su fin",
)

CATALOGUE: Mapping[str, Spec] = {
    "mentions": _spec(
        "count", 0, "Mentions", "Menciones",
        "posts by the public that mention the brand, by the time at which they were written; what was deleted at its "
        "source does not count",
        "publicaciones del público que mencionan la marca, según el momento en que se escribieron; lo borrado en su "
        "origen no cuenta",
    ),
    "stories": _spec(
        "count", 0, "Stories", "Historias",
        "mentions with near-duplicates counted once: mentions - mentions in clusters + clusters",
        "menciones en que los casi duplicados cuentan una vez: menciones - menciones en grupos + grupos",
    ),
    "authors": _spec(
        "count", 0, "Authors", "Autores",
        "different accounts that wrote the mentions", "cuentas distintas que escribieron las menciones",
    ),
    "net_sentiment": _spec(
        "net", 1, "Net sentiment", "Sentimiento neto",
        "(positive - negative) / (positive + negative); n = positive + negative; 95% interval by Wilson; not shown "
        "under 30",
        "(positivas - negativas) / (positivas + negativas); n = positivas + negativas; intervalo del 95 % de Wilson; "
        "no se muestra por debajo de 30",
    ),
    "negative_share": _spec(
        "share", -1, "Negative share", "Proporción de negativas",
        "negative mentions / mentions; 95% interval by Wilson",
        "menciones negativas / menciones; intervalo del 95 % de Wilson",
    ),
    "share_of_voice": _spec(
        "share", 1, "Share of voice", "Cuota de voz",
        "mentions of the brand / mentions of all watched brands (a brand of role sector is not one of them)",
        "menciones de la marca / menciones de todas las marcas vigiladas (una de papel sector no se cuenta)",
    ),
    "response_share": _spec(
        "share", 1, "Questions and complaints answered", "Preguntas y quejas respondidas", *_ANSWERED
    ),
    "response_median": _spec(
        "hours", -1, "Time to the first answer (median)", "Tiempo hasta la primera respuesta (mediana)",
        "hours from a question or complaint to the first own reply; of those that were answered; every hour of the "
        "day counts",
        "horas desde una pregunta o queja hasta la primera respuesta propia; de las respondidas; cuentan todas las "
        "horas del día",
    ),
    "response_p90": _spec(
        "hours", -1, "Time to the first answer (90% within)", "Tiempo hasta la primera respuesta (el 90 % en menos de)",
        "as the median, the 90th percentile (nearest rank)", "como la mediana, el percentil 90",
    ),
    "evangelists": _spec(
        "count", 1, "Evangelists", "Evangelistas",
        "authors who speak well of the brand, day after day (docs/people.md), seen from the end of the period",
        "autores que hablan bien de la marca, día tras día (docs/people.md), vistos desde el fin del periodo",
    ),
    "evangelists_new": _spec(
        "count", 1, "New among the evangelists", "Nuevos entre los evangelistas",
        "evangelists who were not listed when the period began", "evangelistas que no lo eran al empezar el periodo",
    ),
    "evangelists_thanked": _spec(
        "share", 1, "Evangelists already thanked", "Evangelistas a los que ya se dieron las gracias",
        "evangelists whom the team has thanked (`atalaya thank`) before the period's end / evangelists",
        "evangelistas a los que el equipo dio las gracias (`atalaya thank`) antes del fin del periodo / evangelistas",
    ),
    "lapsed": _spec(
        "count", -1, "Lapsed evangelists", "Evangelistas en silencio",
        "who was an evangelist and has said nothing for 45 days, seen from the end of the period",
        "quien fue evangelista y no dice nada desde hace 45 días, visto desde el fin del periodo",
    ),
    "detractors": _spec(
        "count", -1, "Detractors", "Detractores",
        "authors who speak against the brand, by the same rule as evangelists",
        "autores que hablan en contra de la marca, con la misma regla que los evangelistas",
    ),
    "waiting": _spec(
        "count", -1, "Questions and complaints without an answer", "Preguntas y quejas sin respuesta",
        "questions and complaints of the period that no own account answered before its end",
        "preguntas y quejas del periodo a las que ninguna cuenta propia respondió antes de su fin",
    ),
    "spam_share": _spec(
        "share", -1, "Looks like spam or repeats", "Con aspecto de spam o repetidas",
        "mentions that count less than half (weight < 0.5) / mentions",
        "menciones que cuentan menos de la mitad (peso < 0,5) / menciones",
    ),
    "campaign_share": _spec(
        "share", -1, "From coordinated campaigns", "De campañas coordinadas",
        "mentions in clusters of a coordinated campaign / mentions",
        "menciones en grupos de una campaña coordinada / menciones",
    ),
    "copies": _spec(
        "count", 0, "Copies", "Copias", "mentions - stories", "menciones - historias",
    ),
    "completeness": _spec(
        "share", 1, "Part of the period that was heard", "Parte del periodo que se escuchó",
        "share of the period that each source saw, averaged by what the sources brought",
        "parte del periodo que vio cada fuente, promediada según lo que trajo cada una",
    ),
    "late": _spec(
        "count", -1, "Late mentions", "Menciones tardías",
        "mentions that were judged in a later minute than their own: they count, and may have cast no vote in an alert",
        "menciones juzgadas en un minuto posterior al suyo: cuentan, y pueden no haber votado en ninguna alerta",
    ),
    "duplicates": _spec(
        "count", 0, "Duplicates dropped", "Duplicados descartados",
        "posts that had already arrived, as the sources counted them in the period, for all brands together",
        "publicaciones que ya habían llegado, según las cuentan las fuentes en el periodo, para todas las marcas",
    ),
    "unjudged_share": _spec(
        "share", -1, "Not judged", "Sin juzgar",
        "mentions in a language without an engine, or with too little confidence / mentions",
        "menciones en un idioma sin motor, o con demasiada poca confianza / menciones",
    ),
    "language_unknown": _spec(
        "share", -1, "Of unknown language", "De idioma desconocido",
        "mentions whose language could not be told / mentions",
        "menciones cuyo idioma no se pudo determinar / menciones",
    ),
    "erased": _spec(
        "count", 0, "Deleted at their source", "Borradas en su origen",
        "mentions of the period that were deleted after they came; they count nowhere else",
        "menciones del periodo que se borraron después de llegar; no cuentan en ninguna otra parte",
    ),
    "own_page_mentions": _spec(
        "count", 1, "Mentions that link to your pages", "Menciones que enlazan sus páginas",
        "mentions by others than the brand with a link to one of its `domains`",
        "menciones de otros que enlazan alguno de los `domains` de la marca",
    ),
    "own_page_linkers": _spec(
        "count", 1, "Authors who link to them", "Autores que las enlazan",
        "different authors of these mentions", "autores distintos de esas menciones",
    ),
    "own_pages_new": _spec(
        "count", 1, "Own pages linked for the first time", "Páginas propias enlazadas por primera vez",
        "own pages of which the first link that is stored lies in the period; after four weeks of history",
        "páginas propias cuyo primer enlace guardado cae en el periodo; tras cuatro semanas de historia",
    ),
    "linkers_thanked": _spec(
        "share", 1, "Top linkers thanked within 7 days",
        "Principales enlazadores a los que se dieron las gracias en 7 días",
        "of the ten authors (no media or staff) who linked most to own pages in the period before this one, those "
        "thanked (`atalaya thank`) within 7 days of their first link there",
        "de los diez autores (sin medios ni personal) que más enlazaron páginas propias en el periodo anterior a "
        "este, los que recibieron las gracias (`atalaya thank`) en los 7 días siguientes a su primer enlace",
    ),
    "page_sharers": _spec(
        "count", 1, "Sharers of a page within 72 h (median)", "Quienes comparten una página en 72 h (mediana)",
        "of own pages whose first 72 h end in the period: distinct authors who linked to the page in these; the median "
        "page",
        "de las páginas propias cuyas primeras 72 h acaban en el periodo: autores distintos que la enlazaron en ellas; "
        "la página mediana",
    ),
    "audience_language": _spec(
        "share", 1, "In the languages aimed at", "En los idiomas buscados",
        "mentions in one of the brand's `audience.languages` / mentions of known language",
        "menciones en alguno de los `audience.languages` de la marca / menciones de idioma conocido",
    ),
    "audience_country": _spec(
        "share", 1, "From the countries aimed at", "De los países buscados",
        "mentions from one of the brand's `audience.countries` / mentions whose country the source tells",
        "menciones de alguno de los `audience.countries` de la marca / menciones cuyo país dice la fuente",
    ),
    "audience_topic": _spec(
        "share", 1, "On the topics aimed at", "Sobre los temas buscados",
        "stories with one of the brand's `audience.topics` among their terms / stories looked at",
        "historias con alguno de los `audience.topics` de la marca entre sus términos / historias miradas",
    ),
    "own_posts": _spec(
        "count", 1, "Own posts", "Publicaciones propias",
        "posts by the brand's own accounts in the period, answers left out",
        "publicaciones de las cuentas de la marca en el periodo, sin las respuestas",
    ),
    "own_posts_answered": _spec(
        "share", 1, "Own posts that drew a reply, quote or share", "Publicaciones propias que obtuvieron reacción",
        "of own posts written in the 7 days before the period's last 7 days, those with a stored reply, quote or share "
        "by others within 7 days",
        "de las publicaciones propias de los 7 días anteriores a los 7 últimos del periodo, las que tienen guardada "
        "una respuesta, cita o difusión de otros en 7 días",
    ),
    "own_copies": _spec(
        "share", -1, "Near-copies among own posts", "Casi repetidas entre las publicaciones propias",
        "own posts (answers left out) that repeat an earlier one of the period / own posts",
        "publicaciones propias (sin las respuestas) que repiten otra anterior del periodo / publicaciones propias",
    ),
    "artificial_share": _spec(
        "share", -1, "Volume from campaigns and spam", "Volumen de campañas y spam",
        "mentions that count less than half or belong to a coordinated campaign / mentions",
        "menciones que cuentan menos de la mitad o son de una campaña coordinada / menciones",
    ),
    "artificial_positive": _spec(
        "share", -1, "Of that volume, on your side", "De ese volumen, a su favor",
        "the positive ones among them", "las positivas entre ellas",
    ),
    "goals_reached": _spec(
        "share", 1, "Goals reached", "Objetivos alcanzados",
        "of the brand's `goals`, those that the period's figures reach (negative_share: stay below)",
        "de los `goals` de la marca, los que alcanzan las cifras del periodo (negative_share: se queda por debajo)",
    ),
    "experiments": _spec(
        "count", 1, "Experiments", "Experimentos",
        "actions declared as experiments (`atalaya action add ... --rule 13`) that ran in the period",
        "acciones declaradas como experimentos (`atalaya action add ... --rule 13`) en marcha durante el periodo",
    ),
    "actions": _spec(
        "count", 1, "Actions", "Acciones",
        "actions that the team wrote down (`atalaya action`) and that ran in the period",
        "acciones anotadas por el equipo (`atalaya action`) en marcha durante el periodo",
    ),
    "actions_done": _spec(
        "share", 1, "Of those that ended, done", "De las que acabaron, hechas",
        "of the actions whose last day is in the period, those that the team closed as done",
        "de las acciones cuyo último día está en el periodo, las que el equipo cerró como hechas",
    ),
    "actions_dropped": _spec(
        "share", -1, "Of those that ended, dropped", "De las que acabaron, abandonadas",
        "of the actions whose last day is in the period, those that the team closed as dropped",
        "de las acciones cuyo último día está en el periodo, las que el equipo cerró como abandonadas",
    ),
    "actions_open": _spec(
        "share", -1, "Of those that ended, still open", "De las que acabaron, aún abiertas",
        "of the actions whose last day is in the period, those that nobody closed",
        "de las acciones cuyo último día está en el periodo, las que nadie cerró",
    ),
    "actions_better": _spec(
        "share", 1, "Followed by what was meant", "Seguidas de lo buscado",
        "of the review's actions whose time after is over and can be compared, those after which their figure was "
        "beyond its usual range the way it was meant to go; this says what followed, not why",
        "de las acciones de la revisión cuyo tiempo posterior acabó y se puede comparar, aquellas tras las que su "
        "cifra salió de su margen habitual en el sentido buscado; dice qué siguió, no por qué",
    ),
    "actions_on_time": _spec(
        "share", 1, "Actions closed on time", "Acciones cerradas a tiempo",
        "of the actions whose third day after the last is in the period, those that the team closed by then",
        "de las acciones cuyo tercer día tras el último está en el periodo, las que el equipo cerró hasta entonces",
    ),
    "ack_median": _spec(
        "minutes", -1, "Time to acknowledge an alert (median)", "Tiempo hasta atender una alerta (mediana)",
        "minutes from the opening of an alert of the period to the first `atalaya alerts ack`; of those acknowledged "
        "before its end; every hour of the day counts",
        "minutos desde que se abre una alerta del periodo hasta el primer `atalaya alerts ack`; de las atendidas antes "
        "de su fin; cuentan todas las horas del día",
    ),
    "alerts_acknowledged": _spec(
        "share", 1, "Alerts acknowledged", "Alertas atendidas",
        "of the alerts that opened in the period, those acknowledged before its end; alerts found in old posts are "
        "left out",
        "de las alertas que se abrieron en el periodo, las atendidas antes de su fin; sin las halladas en "
        "publicaciones antiguas",
    ),
    "reused": _spec(
        "count", 1, "Quotes and near-copies of own posts", "Citas y casi copias de lo propio",
        "posts by the public in the period that quote an own post, or repeat one of the 7 days before (near-duplicates "
        "are found within about two hours of each other, and on through their own copies); spam left out",
        "publicaciones del público en el periodo que citan una propia, o repiten una de los 7 días anteriores (los "
        "casi duplicados se hallan con unas dos horas de distancia, y a través de sus copias); sin el spam",
    ),
    "answers_unlinked": _spec(
        "share", 1, "Answers without a link to oneself", "Respuestas sin enlace a lo propio",
        "of own replies to others in the period, those without a link to one of the brand's `domains`",
        "de las respuestas propias a otros en el periodo, las que no enlazan a los `domains` de la marca",
    ),
    "praise_thanked": _spec(
        "share", 1, "Praise thanked", "Elogios agradecidos",
        "of the praise by the public in the period (spam left out), that which an own account answered, or whose "
        "author the team thanked (`atalaya thank`), before its end",
        "de los elogios del público en el periodo (sin el spam), aquellos a los que respondió una cuenta propia o cuyo "
        "autor recibió las gracias del equipo (`atalaya thank`) antes de su fin",
    ),
    "answers_own_words": _spec(
        "share", 1, "Answers in words of their own", "Respuestas con palabras propias",
        "of the last 500 own replies to others in the period that are long enough to compare (30 characters), those "
        "that are no near-duplicate of one before",
        "de las últimas 500 respuestas propias a otros en el periodo con largo suficiente para comparar (30 letras), "
        "las que no son casi copia de una anterior",
    ),
    "ambassadors_active": _spec(
        "count", 1, "Ambassadors who spoke", "Embajadores que hablaron",
        "of the brand's `ambassadors` (who said so), those who mentioned it in the period",
        "de los `ambassadors` de la marca (que así lo dijeron), los que la mencionaron en el periodo",
    ),
}  # fmt: skip
