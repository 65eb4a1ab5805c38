"""What the pages of alerts say, in English and Spanish; the same rules as in `dashboards.console.words`.

What an alert is about is said by `processors.notifying.messages`, so that page and message never differ.
"""

from collections.abc import Mapping

ALERTS: Mapping[str, tuple[str, str]] = {
    "alerts": ("Alerts", "Alertas"),
    "alerts_lead": (
        "What deserved attention: opened by the detectors, told to your channels, judged by you.",
        "Lo que mereció atención: lo abren los detectores, se avisa por tus vías y lo valoras tú.",
    ),
    "alerts_empty": (
        "No alert fits. Atalaya keeps quiet until something is improbable.",
        "Ninguna alerta encaja. Atalaya calla mientras nada sea improbable.",
    ),
    "alerts_kind": ("Kind", "Tipo"),
    "alerts_any_kind": ("All", "Todos"),
    "alerts_state": ("State", "Estado"),
    "alerts_any_state": ("All", "Todas"),
    "alerts_only_open": ("Open", "Abiertas"),
    "alerts_only_closed": ("Closed", "Cerradas"),
    "alerts_more": ("Only the newest {n} are shown.", "Solo se muestran las {n} más recientes."),
    "alert_title": ("{kind}, {severity}", "{kind}, {severity}"),
    "alert_open_since": ("open since {time}, for {span}", "abierta desde {time}, hace {span}"),
    "alert_closed_after": ("{time}, lasted {span}", "{time}, duró {span}"),
    "alert_acknowledged": ("seen by {who}", "vista por {who}"),
    "alert_acknowledged_at": ("Seen by {who}, {time}", "Vista por {who}, {time}"),
    "alert_historic": ("historic: nobody was told", "histórica: no se avisó a nadie"),
    "alert_score": ("Score {score}", "Puntuación {score}"),
    "alert_about": ("What happened", "Qué ha pasado"),
    "alert_terms": ("Words that stand out", "Palabras que destacan"),
    "alert_term": ("{posts} posts; {expected} would be usual", "{posts} publicaciones; lo normal serían {expected}"),
    "alert_chart": ("The hours around it", "Las horas de alrededor"),
    "alert_posts": ("Posts that show it", "Publicaciones que lo muestran"),
    "alert_posts_gone": (
        "The posts that showed it are not stored any more.",
        "Las publicaciones que lo mostraban ya no están guardadas.",
    ),
    "alert_posts_all": ("All negative posts from then", "Todas las negativas de entonces"),
    "alert_posts_every": ("All posts from then", "Todas las menciones de entonces"),
    "alert_cluster": ("The text that most share", "El texto más repetido"),
    "alert_cluster_share": (
        "{share} of the posts are one text ({posts} of {all}).",
        "El {share} de las publicaciones son un mismo texto ({posts} de {all}).",
    ),
    "alert_cluster_none": ("No two posts have nearly the same text.", "No hay dos publicaciones casi iguales."),
    "alert_links": ("Most linked", "Lo más enlazado"),
    "alert_link": ("{n} post|{n} posts", "{n} publicación|{n} publicaciones"),
    "alert_steps": ("Its life so far", "Su vida hasta ahora"),
    "alert_told": ("Told", "Avisado"),
    "alert_told_nobody": ("nobody", "nadie"),
    "alert_numbers": ("Numbers behind it", "Números que hay detrás"),
    "step_open": ("Opened", "Se abrió"),
    "step_escalate": ("Got worse", "Empeoró"),
    "step_update": ("Went on", "Siguió"),
    "step_close": ("Closed", "Se cerró"),
    "told_waiting": ("{channel}: waits", "{channel}: en espera"),
    "told_sent": ("{channel}: {time}", "{channel}: {time}"),
    "told_failed": ("{channel}: given up", "{channel}: no se pudo"),
    "told_muted": ("{channel}: muted", "{channel}: silenciado"),
    "told_held": ("{channel}: held back", "{channel}: retenido"),
    # --- what people say of it ---
    "say": ("Your say", "Tu palabra"),
    "say_name": ("Your name", "Tu nombre"),
    "say_ack": ("I have seen it and look after it", "La he visto y me ocupo"),
    "say_note": ("Note", "Nota"),
    "say_note_add": ("Add the note", "Añadir la nota"),
    "say_rate": ("It was", "Fue"),
    "rate_useful": ("useful", "útil"),
    "rate_false": ("a false alarm", "una falsa alarma"),
    "rate_late": ("too late", "tardía"),
    "say_rated": ("You found it: {rating}", "Valorada como: {rating}"),
    "say_meaning": (
        "Ratings are the only way to know whether alerts deserve their noise.",
        "Solo las valoraciones dicen si las alertas merecen su ruido.",
    ),
    "notes": ("Notes", "Notas"),
    "notes_none": ("No note yet.", "Aún no hay notas."),
    "say_stale": ("That form has grown old", "Ese formulario ha caducado"),
    "say_stale_how": (
        "Nothing was changed. Open the alert again and send the form from there.",
        "No se ha cambiado nada. Abre la alerta de nuevo y envía el formulario desde allí.",
    ),
    "say_back": ("Back to the alert", "Volver a la alerta"),
    "alert_unknown": ("There is no such alert", "No existe esa alerta"),
    "alerts_back": ("See all alerts", "Ver todas las alertas"),
}  # fmt: skip

SEVERITY_ORDER = ("critical", "high", "warn", "info")
"""The worst first."""
