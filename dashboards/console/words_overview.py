"""What the overview says, in English and Spanish; the same rules as in `dashboards.console.words`."""

from collections.abc import Mapping

OVERVIEW: Mapping[str, tuple[str, str]] = {
    "overview": ("Overview", "Panorama"),
    "window": ("Window", "Periodo"),
    "window_1h": ("1 h", "1 h"),
    "window_24h": ("24 h", "24 h"),
    "window_7d": ("7 days", "7 días"),
    "window_28d": ("28 days", "28 días"),
    "last_1h": ("the last hour", "la última hora"),
    "last_24h": ("the last 24 h", "las últimas 24 h"),
    "last_7d": ("the last 7 days", "los últimos 7 días"),
    "last_28d": ("the last 28 days", "los últimos 28 días"),
    "before_1h": ("the hour before", "la hora anterior"),
    "before_24h": ("the 24 h before", "las 24 h anteriores"),
    "before_7d": ("the 7 days before", "los 7 días anteriores"),
    "before_28d": ("the 28 days before", "los 28 días anteriores"),
    "overview_of": ("{brand} in {window}", "{brand} en {window}"),
    # --- headline ---
    "mentions_n": ("mention|mentions", "mención|menciones"),
    "more_than": ("{change} more than {before} ({count})", "{change} más que {before} ({count})"),
    "fewer_than": ("{change} fewer than {before} ({count})", "{change} menos que {before} ({count})"),
    "as_many_as": ("as many as {before}", "tantas como {before}"),
    "none_before": ("none in {before}", "ninguna en {before}"),
    "no_comparison": (
        "Not compared with {before}: too little of it was heard, or other sources.",
        "Sin comparar con {before}: se escuchó poco, u otras fuentes.",
    ),
    "weighs": ("weigh as much as {weight}", "pesan como {weight}"),
    "weighs_meaning": (
        "Spam, copies and repeats count less than a whole mention.",
        "El spam, las copias y las repeticiones cuentan menos que una mención entera.",
    ),
    "net_fell": ("fell by {n} point|fell by {n} points", "cayó {n} punto|cayó {n} puntos"),
    "net_rose": ("rose by {n} point|rose by {n} points", "subió {n} punto|subió {n} puntos"),
    "net_same": ("no clear change", "sin cambio claro"),
    "net_against": ("from {net} in {before} (n = {count})", "desde {net} en {before} (n = {count})"),
    "net_too_few": (
        "{count} positive or negative; it takes {least} to say anything honest.",
        "{count} positivas o negativas; hacen falta {least} para decir algo honesto.",
    ),
    "net_lowest": ("Lowest: {net} (n = {count}), {span}", "Lo más bajo: {net} (n = {count}), {span}"),
    "net_open": ("See the negative posts", "Ver las negativas"),
    "negatives_now": ("Negatives in the last hour", "Negativas en la última hora"),
    "negatives_expected": (
        "{expected} expected, up to {high} is usual",
        "se esperan {expected}; hasta {high} es normal",
    ),
    "negatives_hour": ("hour up to {time}", "hora hasta las {time}"),
    "negatives_none": ("Not judged yet: no minute has closed.", "Aún sin juzgar: no se ha cerrado ningún minuto."),
    "mark_usual": ("within what is usual", "dentro de lo normal"),
    "mark_above": ("more than usual", "más de lo normal"),
    "mark_learning": (
        "The usual is still being learnt: nothing is expected before two days, and with caution before seven.",
        "Aún se aprende qué es lo normal: antes de dos días no se espera nada; antes de siete, con cautela.",
    ),
    "mark_incomplete": (
        "Too little was heard of this hour: it is not judged.",
        "Se escuchó muy poco de esta hora: no se juzga.",
    ),
    "alerts_open": ("Open alerts", "Alertas abiertas"),
    "alerts_open_none": ("None is open", "Ninguna abierta"),
    "worst": ("the worst: {severity}", "la más grave: {severity}"),
    "hearing": ("How well we hear", "Qué tal escuchamos"),
    "heard_of": ("{share} of the window heard", "se escuchó el {share} del periodo"),
    "heard_unknown": ("No source has said what it heard.", "Ninguna fuente ha dicho qué escuchó."),
    "stored_within": (
        "{n} mention of the last hour, stored within {p95}|{n} mentions of the last hour: 95% stored within {p95}, "
        "half within {p50}",
        "{n} mención de la última hora, guardada en {p95}|{n} menciones de la última hora: el 95 % guardadas en {p95}, "
        "la mitad en {p50}",
    ),
    "stored_none": ("Nothing was written in the last hour.", "Nadie escribió nada en la última hora."),
    "unjudged_of": ("{share} unjudged", "{share} sin juzgar"),
    # --- charts ---
    "net_over_time": ("Net sentiment over time", "Sentimiento neto en el tiempo"),
    "net_steps": (
        "Each line is {span}, within its 95% interval; fewer than {least} opinions are not drawn. Click one for its "
        "negative posts.",
        "Cada línea son {span}, dentro de su intervalo del 95 %; con menos de {least} opiniones no se dibuja. Pulsa "
        "una para ver sus negativas.",
    ),
    "net_never": (
        "No stretch of this window has {least} positive or negative mentions.",
        "Ningún tramo de este periodo tiene {least} menciones positivas o negativas.",
    ),
    "net_slot": ("{span}: {net} ({low} to {high}), n = {count}", "{span}: {net} (de {low} a {high}), n = {count}"),
    "net_slot_few": ("{span}: n = {count}, too few to show", "{span}: n = {count}, muy pocas para mostrarlo"),
    "volume": ("Mentions", "Menciones"),
    "volume_steps": (
        "Each bar is {span}: negative ones hang down, all others stand up. Click one for its posts.",
        "Cada barra son {span}: las negativas cuelgan, las demás se alzan. Pulsa una para ver sus menciones.",
    ),
    "count_raw": ("As posted", "Tal cual"),
    "count_weighted": ("Weighted", "Ponderadas"),
    "count_by": ("Count", "Contar"),
    "volume_slot": (
        "{span}: {all} mentions; {positive} positive, {neutral} neutral, {negative} negative, {unjudged} unjudged",
        "{span}: {all} menciones; {positive} positivas, {neutral} neutras, {negative} negativas, {unjudged} sin juzgar",
    ),
    "against": ("Negatives against what is expected", "Negativas frente a lo esperado"),
    "against_steps": (
        "Votes of the rolling hour; one author has one vote for one text. Above the band is more than usual. Flags are "
        "alerts.",
        "Votos de la última hora móvil; cada autor vota una vez por texto. Sobre la banda hay más de lo normal. Las "
        "banderas son alertas.",
    ),
    "against_none": (
        "No minute of this window has been judged for spikes.",
        "Ningún minuto de este periodo se ha juzgado en busca de picos.",
    ),
    "against_slot": (
        "hour up to {time}: {negatives} negatives; {expected} expected, {low} to {high} is usual",
        "hora hasta {time}: {negatives} negativas; se esperan {expected}, de {low} a {high} es normal",
    ),
    "against_slot_alone": ("hour up to {time}: {negatives} negatives", "hora hasta {time}: {negatives} negativas"),
    "legend_observed": ("negatives", "negativas"),
    "legend_expected": ("expected", "esperadas"),
    "legend_band": ("the usual", "lo normal"),
    "legend_incomplete": ("not heard whole", "no se escuchó entero"),
    "legend_learning": ("still being learnt", "aún se aprende"),
    "legend_alert": ("alert", "alerta"),
    "legend_action": ("what the team did", "lo que hizo el equipo"),
    "action_told": ("{text} ({days})", "{text} ({days})"),
    "legend_net": ("net sentiment", "sentimiento neto"),
    "legend_interval": ("95% interval", "intervalo del 95 %"),
    "as_table": ("As a table", "En tabla"),
    "table_when": ("When", "Cuándo"),
    "table_low": ("From", "De"),
    "table_high": ("To", "A"),
    "table_weight": ("Weight", "Peso"),
    # --- lists ---
    "alerts_lately": ("Alerts of this window", "Alertas del periodo"),
    "alerts_none": ("No alert in this window.", "Ninguna alerta en este periodo."),
    "alerts_all": ("All alerts of {brand}", "Todas las alertas de {brand}"),
    "top_sources": ("Sources", "Fuentes"),
    "top_languages": ("Languages", "Idiomas"),
    "no_mention_window": ("Nothing was said of {brand} in {window}.", "Nadie habló de {brand} en {window}."),
    "campaigns": ("Campaigns", "Campañas"),
    "campaigns_none": (
        "No text was repeated by several people in this window.",
        "Ningún texto fue repetido por varias personas en este periodo.",
    ),
    "campaign_coordinated": ("possibly coordinated", "posiblemente coordinada"),
    "campaign_organic": ("shared on its own", "compartido espontáneo"),
    "campaign_own": ("your own words travelling", "palabras propias que viajan"),
    "campaign_size": ("{posts} posts by {authors} people", "{posts} publicaciones de {authors} personas"),
    "campaign_gone": (
        "All its posts were deleted at their source.",
        "Todas sus publicaciones se borraron en el origen.",
    ),
    "people": ("People to thank", "A quién dar las gracias"),
    "people_none": (
        "Nobody yet: it takes good words on three days, the first and the last a week apart.",
        "Nadie todavía: hacen falta buenas palabras en tres días, con una semana del primero al último.",
    ),
    "people_wait": (
        "Being looked up; in a large store this takes a while.",
        "Se está buscando; en un almacén grande lleva un rato.",
    ),
    "people_days": ("{n} good day|{n} good days", "{n} día bueno|{n} días buenos"),
    "people_lapsed": ("silent since {date}", "en silencio desde el {date}"),
    "people_thanked": ("thanked on {date}", "se le dieron las gracias el {date}"),
    "people_meaning": (
        "They speak well of the brand day after day, in words of their own; reach plays no part.",
        "Hablan bien de la marca un día tras otro y con sus propias palabras; los seguidores no cuentan.",
    ),
    "pick_brand": ("Brand", "Marca"),
}  # fmt: skip
