"""Every word that the console says, in English and Spanish side by side.

`{name}` is filled in; `one|many` chooses by the number `n`. No word holds markup.
"""

from collections.abc import Mapping
from typing import Literal

from dashboards.console.words_alerts import ALERTS
from dashboards.console.words_overview import OVERVIEW
from mentions.drops import SENTENCES, Drop

Lang = Literal["en", "es"]
LANGS: tuple[Lang, ...] = ("en", "es")

_WORDS: Mapping[str, tuple[str, str]] = {
    # --- every page ---
    "live": ("Live", "En directo"),
    "funnel": ("Why so few?", "¿Tan pocas?"),
    "sources": ("Sources", "Fuentes"),
    "pages": ("Pages", "Páginas"),
    "tongue": ("Language of the console", "Idioma de la consola"),
    "skip": ("Skip to the mentions", "Ir a las menciones"),
    "skip_plain": ("Skip to the content", "Ir al contenido"),
    "demo": ("These posts are invented.", "Estas publicaciones son inventadas."),
    "demo_next": (
        "To watch your own brand, write an atalaya.toml with `atalaya init` and start again.",
        "Para vigilar tu marca, crea un atalaya.toml con `atalaya init` y vuelve a arrancar.",
    ),
    "as_of": ("As of {time}", "Datos de las {time}"),
    # --- figures ---
    "figures": ("Figures", "Cifras"),
    "last_day": ("mention in 24 h|mentions in 24 h", "mención en 24 h|menciones en 24 h"),
    "today": ("{count} today", "{count} hoy"),
    "today_meaning": ("Since midnight in {zone}", "Desde medianoche en {zone}"),
    "change_up": ("{change} more than the 24 h before ({before})", "{change} más que las 24 h anteriores ({before})"),
    "change_down": (
        "{change} fewer than the 24 h before ({before})",
        "{change} menos que las 24 h anteriores ({before})",
    ),
    "change_none": ("as many as in the 24 h before", "tantas como en las 24 h anteriores"),
    "not_comparable": (
        "Not compared with the 24 h before: too little of them was heard, or other sources.",
        "Sin comparar con las 24 h anteriores: se escuchó poco de ellas, u otras fuentes.",
    ),
    "change_first": ("none in the 24 h before", "ninguna en las 24 h anteriores"),
    "net": ("Net sentiment", "Sentimiento neto"),
    "net_meaning": (
        "Positive less negative, as a share of both. −100% is all negative, +100% all positive.",
        "Positivas menos negativas, sobre la suma de ambas. −100 % es todo negativo; +100 %, todo positivo.",
    ),
    "net_interval": ("95% sure: {low} to {high}", "95 % seguro: {low} a {high}"),
    "net_n": ("n = {count} positive or negative", "n = {count} positivas o negativas"),
    "net_before": ("{net} in the 24 h before (n = {count})", "{net} en las 24 h anteriores (n = {count})"),
    "net_before_hidden": (
        "too few in the 24 h before to compare (n = {count})",
        "muy pocas en las 24 h anteriores para comparar (n = {count})",
    ),
    "net_hidden": (
        "Not shown yet: {count} positive or negative, and it takes {least} to say anything honest.",
        "Aún no se muestra: hay {count} positivas o negativas y hacen falta {least} para decir algo honesto.",
    ),
    "shares": ("How people feel", "Cómo se siente la gente"),
    "points": ("{change} points on the 24 h before", "{change} puntos frente a las 24 h anteriores"),
    "points_short": ("{change} pp", "{change} pp"),
    "hours": ("Mentions per hour, last 24 h", "Menciones por hora, últimas 24 h"),
    "hours_text": (
        "Mentions per hour in the last 24 hours: {total} in all, at most {most} in one hour, {negative} negative.",
        "Menciones por hora en las últimas 24 horas: {total} en total, {most} como máximo en una hora, "
        "{negative} negativas.",
    ),
    "hours_most": ("at most {most} an hour", "máximo {most} por hora"),
    "hours_up": ("all", "todas"),
    "hours_down": ("negative", "negativas"),
    "hours_missed": ("not all heard", "escuchada a medias"),
    "hour_now": ("now", "ahora"),
    "hour_bar": ("{hour}: {n} mention, {negative} negative|{hour}: {n} mentions, {negative} negative",
                 "{hour}: {n} mención, {negative} negativas|{hour}: {n} menciones, {negative} negativas"),
    "rests_on": ("From {sources}; {share} of the 24 h heard.", "De {sources}; se escuchó el {share} de las 24 h."),
    "rests_on_sources": ("From {sources}.", "De {sources}."),
    "own_apart": ("Own posts are not counted.", "Las publicaciones propias no cuentan."),
    # --- labels ---
    "positive": ("Positive", "Positiva"),
    "neutral": ("Neutral", "Neutra"),
    "negative": ("Negative", "Negativa"),
    "unjudged": ("Unjudged", "Sin juzgar"),
    "positive_many": ("positive", "positivas"),
    "neutral_many": ("neutral", "neutras"),
    "negative_many": ("negative", "negativas"),
    "unjudged_many": ("unjudged", "sin juzgar"),
    "unjudged_meaning": (
        "No engine here hears this language, or it was not sure enough. Unjudged mentions count in the volume, not in "
        "net sentiment.",
        "Ningún motor entiende este idioma, o no estaba lo bastante seguro. Las menciones sin juzgar cuentan en el "
        "volumen, no en el sentimiento neto.",
    ),
    # --- the list ---
    "mentions": ("Mentions", "Menciones"),
    "filter": ("Filter", "Filtrar"),
    "filter_clear": ("Show all", "Ver todas"),
    "brand": ("Brand", "Marca"),
    "feeling": ("Feeling", "Sentimiento"),
    "language": ("Language", "Idioma"),
    "source": ("Source", "Fuente"),
    "any_brand": ("All", "Todas"),
    "any_feeling": ("All", "Todos"),
    "any_language": ("All", "Todos"),
    "any_source": ("All", "Todas"),
    "intent": ("Wants what", "Qué quiere"),
    "aspect": ("About what", "Sobre qué"),
    "any_intent": ("All", "Todo"),
    "any_aspect": ("All", "Todo"),
    "new": ("{n} new mention|{n} new mentions", "{n} mención nueva|{n} menciones nuevas"),
    "new_many": ("Many new mentions: show the newest", "Muchas menciones nuevas: ver las últimas"),
    "older": ("Older mentions", "Menciones anteriores"),
    "newest": ("Back to the newest", "Volver a las últimas"),
    "reload": ("Reload", "Recargar"),
    "no_script": (
        "Without JavaScript this page does not update by itself.",
        "Sin JavaScript, esta página no se actualiza sola.",
    ),
    "stream_live": ("Live", "En directo"),
    "stream_lost": ("Reconnecting", "Reconectando"),
    "unknown_author": ("Unknown author", "Autor desconocido"),
    "deleted": ("Deleted at source", "Borrado en el origen"),
    "deleted_meaning": (
        "The network told us that this was deleted, so its text and author are gone from here too.",
        "La red nos avisó de que se borró; por eso su texto y su autor tampoco están ya aquí.",
    ),
    "open_on": ("Open on {source}", "Abrir en {source}"),
    "opens_new": ("opens in a new tab", "se abre en otra pestaña"),
    "why": ("Matched by", "Coincide con"),
    "why_own": ("Posted by the brand's own account", "Publicado por la propia marca"),
    "why_reply_to_own": ("Replies to the brand's own account", "Responde a la propia marca"),
    "why_quotes_own": ("Quotes the brand's own account", "Cita a la propia marca"),
    "why_tags_own": ("Tags the brand's own account", "Etiqueta a la propia marca"),
    "why_reply_to_mention": ("Replies to a mention", "Responde a una mención"),
    "own_voice": ("Own account", "Cuenta propia"),
    "ambassador_voice": ("Ambassador", "Embajador"),
    "decided": ("Words that decided it", "Palabras que lo decidieron"),
    "decided_none": ("No word decided it.", "Ninguna palabra lo decidió."),
    "intents_aspects": ("Wants what, about what", "Qué quiere y sobre qué"),
    "chip_why": ("Said by: {words}", "Lo dicen: {words}"),
    "intent_question": ("Question", "Pregunta"),
    "intent_complaint": ("Complaint", "Queja"),
    "intent_request": ("Request", "Petición"),
    "intent_purchase": ("Wants to buy", "Quiere comprar"),
    "intent_praise": ("Praise", "Elogio"),
    "intent_support": ("Needs help", "Necesita ayuda"),
    "aspect_price": ("price", "precio"),
    "aspect_billing": ("billing", "cobros"),
    "aspect_delivery": ("delivery", "entrega"),
    "aspect_service": ("service", "atención"),
    "aspect_app": ("app and web", "app y web"),
    "aspect_quality": ("quality", "calidad"),
    "aspect_availability": ("availability", "disponibilidad"),
    "aspect_punctuality": ("punctuality", "puntualidad"),
    "aspect_safety": ("safety", "seguridad"),
    "aspect_loyalty": ("loyalty", "fidelidad"),
    "score": ("Score {score}, between −1 and +1, by {engine}", "Puntuación {score}, entre −1 y +1, según {engine}"),
    "more": ("Show the whole text", "Ver el texto completo"),
    "clock_skew": (
        "Its own time was not believable; this is when it arrived.",
        "Su propia hora no era creíble; esta es la de llegada.",
    ),
    "kind_post": ("post", "publicación"),
    "kind_reply": ("reply", "respuesta"),
    "kind_repost": ("repost", "republicación"),
    "kind_quote": ("quote", "cita"),
    "kind_comment": ("comment", "comentario"),
    "kind_review": ("review", "reseña"),
    "kind_article": ("article", "artículo"),
    "followers": ("{count} followers", "{count} seguidores"),
    # --- empty states ---
    "no_brand": ("No brand is watched yet", "Aún no se vigila ninguna marca"),
    "no_brand_how": (
        "Write this into atalaya.toml, with your brand's name and the words people use for it:",
        "Escribe esto en atalaya.toml, con el nombre de tu marca y las palabras que usa la gente:",
    ),
    "no_brand_then": ("Then start again:", "Después, arranca de nuevo:"),
    "no_mention": ("No mention yet", "Aún no hay menciones"),
    "no_mention_how": (
        "Mentions appear here by themselves, the moment they arrive.",
        "Las menciones aparecerán aquí solas, en cuanto lleguen.",
    ),
    "no_mention_link": ("Why did I get nothing?", "¿Por qué no me llega nada?"),
    "no_match": ("No mention matches these filters", "Ninguna mención cumple estos filtros"),
    # --- sources ---
    "state_live": ("Listening", "Escuchando"),
    "state_catching_up": ("Catching up", "Poniéndose al día"),
    "state_connecting": ("Connecting", "Conectando"),
    "state_down": ("Down", "Caída"),
    "state_done": ("Read to its end", "Leída hasta el final"),
    "state_unknown": ("No news", "Sin noticias"),
    "class_stream": ("stream", "flujo continuo"),
    "class_poll": ("polled", "consulta periódica"),
    "never_heard": ("never heard", "sin señal todavía"),
    "up_to": ("up to {time}", "hasta las {time}"),
    "gaps": ("{n} gap in 24 h, {span} missed|{n} gaps in 24 h, {span} missed",
             "{n} hueco en 24 h, {span} perdidos|{n} huecos en 24 h, {span} perdidos"),
    "no_gap": ("no gap in 24 h", "sin huecos en 24 h"),
    "waiting": ("{n} record waits to be judged|{n} records wait to be judged",
                "{n} registro espera a ser juzgado|{n} registros esperan a ser juzgados"),
    "behind": ("judged {span} behind the networks", "se juzga con {span} de retraso"),
    "catching_up": (
        "Older posts are being read first: what is newer is still missing here.",
        "Primero se leen las publicaciones más antiguas: aquí aún falta lo más reciente.",
    ),
    "up_to_date": ("Everything that arrived is judged", "Todo lo que llegó está juzgado"),
    "no_source": ("No source has spoken yet.", "Ninguna fuente ha hablado todavía."),
    "sources_lead": (
        "What each source sent in the last 24 hours, how it is, and which stretches it missed.",
        "Qué envió cada fuente en las últimas 24 horas, cómo está y qué tramos se perdió.",
    ),
    "seen": ("Seen", "Vistas"),
    "matched": ("Matched", "Coincidentes"),
    "dropped": ("Dropped", "Descartadas"),
    "deletions": ("Deletions", "Borrados"),
    "health": ("Health", "Estado"),
    "heard_share": ("Heard of the 24 h", "Escuchado de las 24 h"),
    "kind": ("Kind", "Tipo"),
    "completeness": ("Complete until", "Completa hasta"),
    "last_heard": ("Last heard", "Última señal"),
    "missed": ("Missed", "Perdido"),
    "gap_from": ("From", "Desde"),
    "gap_to": ("To", "Hasta"),
    "gap_length": ("Length", "Duración"),
    "gap_why": ("Why", "Motivo"),
    "gap_list": ("Stretches missed", "Tramos perdidos"),
    # --- the funnel ---
    "funnel_title": ("Why did I get so few mentions, or none?", "¿Por qué me llegan tan pocas menciones, o ninguna?"),
    "funnel_lead": (
        "What the sources sent in the last 24 hours, and where each post went.",
        "Qué enviaron las fuentes en las últimas 24 horas y adónde fue cada publicación.",
    ),
    "stored": ("Stored", "Guardadas"),
    "stored_meaning": (
        "By the time they were written; matched ones count when they were received, so late posts make them differ.",
        "Según cuándo se escribieron; las coincidentes cuentan al recibirse, así que las tardías las separan.",
    ),
    "erased": ("Deleted since", "Borradas después"),
    "later_title": ("Dropped after matching, since the store began", "Descartadas tras coincidir, desde el principio"),
    "unreadable_title": ("Records that could not be read", "Registros que no se pudieron leer"),
    "next_steps": ("See how the sources are", "Ver cómo están las fuentes"),
    "weighted": ("Weighted", "Ponderadas"),
    "weighted_meaning": (
        "Stored mentions, each counted by its weight: spam and repeats weigh less.",
        "Las guardadas, cada una según su peso: el spam y las repeticiones pesan menos.",
    ),
    "total": ("All sources", "Todas las fuentes"),
    "drops_title": ("Dropped, by reason", "Descartadas, por motivo"),
    "reason": ("Reason", "Motivo"),
    "count": ("Posts", "Publicaciones"),
    "no_drop": ("Nothing was dropped.", "No se descartó nada."),
    "verdict_silent": (
        "No source sent anything. Look at the sources: one may be down or still connecting.",
        "Ninguna fuente envió nada. Mira las fuentes: puede que una esté caída o aún conectando.",
    ),
    "verdict_unmatched": (
        "The sources sent {seen} posts and none matched {brand}. Its query may be too narrow; try one text with "
        "`atalaya match`.",
        "Las fuentes enviaron {seen} publicaciones y ninguna coincidió con {brand}. Quizá su consulta es demasiado "
        "estrecha; prueba un texto con `atalaya match`.",
    ),
    "verdict_uncounted": (
        "{stored} mentions of {brand} are stored; no source has counted what it sent.",
        "Hay {stored} menciones de {brand} guardadas; ninguna fuente contó lo que envió.",
    ),
    "verdict_stored": (
        "Of {seen} posts, {matched} matched {brand} and {stored} are stored.",
        "De {seen} publicaciones, {matched} coinciden con {brand} y {stored} están guardadas.",
    ),
    "verdict_older": (
        "Of {seen} posts that came in, {matched} matched {brand}. {stored} are stored that were written in these 24 h; "
        "older posts that came in now are kept under the day on which they were written.",
        "De {seen} publicaciones recibidas, {matched} coinciden con {brand}. Hay {stored} guardadas que se escribieron "
        "en estas 24 h; las más antiguas que llegaron ahora se guardan en el día en que se escribieron.",
    ),
    # --- errors ---
    "wrong": ("That address cannot be understood", "No se entiende esa dirección"),
    "not_found": ("There is no such page", "No existe esa página"),
    "not_found_how": ("Go to the live list.", "Ve a la lista en directo."),
    "unavailable": ("The store cannot be read right now", "El almacén no se puede leer ahora mismo"),
    "unavailable_how": (
        "Nothing was lost. Reload in a moment; if it stays so, run `atalaya doctor`.",
        "No se ha perdido nada. Recarga en un momento; si sigue así, ejecuta `atalaya doctor`.",
    ),
    # --- times and sizes ---
    "said": ("“{text}”", "«{text}»"),
    "just_now": ("just now", "ahora mismo"),
    "minutes_ago": ("{n} min ago", "hace {n} min"),
    "hours_ago": ("{n} h ago", "hace {n} h"),
    "days_ago": ("{n} day ago|{n} days ago", "hace {n} día|hace {n} días"),
    "months": ("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec", "ene feb mar abr may jun jul ago sep oct nov dic"),
    "from_on": ("from {time} on", "desde {time}"),
    "until_then": ("until {time}", "hasta {time}"),
    "only_span": ("Only {span}", "Solo {span}"),
    "any_time": ("Any time", "Cualquier momento"),
}  # fmt: skip

WORDS: Mapping[str, tuple[str, str]] = {**_WORDS, **OVERVIEW, **ALERTS}

LANGUAGES: Mapping[str, tuple[str, str]] = {
    "ar": ("Arabic", "Árabe"),
    "ca": ("Catalan", "Catalán"),
    "de": ("German", "Alemán"),
    "en": ("English", "Inglés"),
    "es": ("Spanish", "Español"),
    "eu": ("Basque", "Euskera"),
    "fr": ("French", "Francés"),
    "gl": ("Galician", "Gallego"),
    "it": ("Italian", "Italiano"),
    "ja": ("Japanese", "Japonés"),
    "ko": ("Korean", "Coreano"),
    "nl": ("Dutch", "Neerlandés"),
    "pl": ("Polish", "Polaco"),
    "pt": ("Portuguese", "Portugués"),
    "ru": ("Russian", "Ruso"),
    "tr": ("Turkish", "Turco"),
    "uk": ("Ukrainian", "Ucraniano"),
    "und": ("Unknown language", "Idioma desconocido"),
    "zh": ("Chinese", "Chino"),
}
"""Languages that most readers know by name; the others are shown by their code."""

_SPANISH_DROPS: Mapping[Drop, str] = {
    Drop.NOT_JSON: "No se pudo leer en el formato que habla esta fuente.",
    Drop.NOT_A_POST: "Es de un tipo que nunca es una publicación: un «me gusta», un seguimiento o un cambio de perfil.",
    Drop.UNKNOWN_KIND: "Esta versión no conoce su tipo.",
    Drop.NO_TEXT: "No tiene palabras que buscar ni que juzgar.",
    Drop.NO_TIME: "No tiene una hora utilizable, y su fuente la necesita.",
    Drop.BAD_FIELD: "Falta un campo necesario o es de un tipo equivocado.",
    Drop.TOO_LARGE: "Supera el tamaño máximo de su fuente.",
    Drop.ACCOUNT_STATE: "Informa del estado de una cuenta; no es una publicación ni un borrado.",
    Drop.EDIT_IGNORED: "Cambia una publicación ya guardada; se conserva la primera versión.",
    Drop.UNMATCHED: "No coincide con la consulta de ninguna marca ni es parte de su conversación.",
    Drop.DUPLICATE: "Ya había llegado.",
    Drop.DELETION_UNKNOWN: "Borra algo que nunca se transmitió.",
    Drop.SOURCE_ERROR: "La propia fuente respondió con un error en vez de datos.",
    Drop.CORRUPT: "Nuestro propio registro tenía bytes que no son un registro válido.",
    Drop.UNKNOWN_RECORD: "Nuestro propio registro tenía un dato de un tipo o versión más nuevos.",
    Drop.FAILED: "Nuestro propio código falló con ello una y otra vez; se guarda aparte, tal cual.",
}

DROPS: Mapping[str, tuple[str, str]] = {drop: (SENTENCES[drop], _SPANISH_DROPS[drop]) for drop in Drop}
"""Why something became no mention."""
