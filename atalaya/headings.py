"""The columns of lists and summaries, and what each is called in Spanish; in English its name is the JSON's."""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Literal

Lang = Literal["en", "es"]

TIMES: Mapping[str, str] = {
    "acknowledged_at": "Vista",
    "at": "Cuándo",
    "closed_at": "Cerrada",
    "complete_until": "Completo hasta",
    "created_at": "Fecha",
    "first_at": "Primera vez",
    "last_at": "Última vez",
    "last_seen": "Última mención",
    "opened_at": "Abierta",
    "received_at": "Recibida",
    "since": "Desde",
    "stored_at": "Guardada",
    "thanked_at": "Gracias dadas",
    "until": "Hasta",
}
"""Columns that hold moments; their headings name the time zone."""

OTHERS: Mapping[str, str] = {
    "acknowledged_by": "Vista por",
    "affinity": "Afinidad",
    "alert": "Alerta",
    "aspects.name": "Aspectos",
    "authenticity": "Autenticidad",
    "author": "Autor",
    "author.followers": "Seguidores",
    "author.handle": "Cuenta",
    "author.id": "Id del autor",
    "author.name": "Nombre del autor",
    "author_count": "Número de autores",
    "authors": "Autores",
    "brand": "Marca",
    "campaign": "En una campaña",
    "certainty": "Certeza",
    "channel": "Vía",
    "class": "Clase",
    "clock_skew": "Hora increíble",
    "completeness": "Parte cubierta",
    "country": "País",
    "day": "Día",
    "days_active": "Días activos",
    "deletions": "Borrados pedidos",
    "detail": "Detalle",
    "domains": "Dominios",
    "engagement.likes": "Me gusta",
    "engagement.replies": "Respuestas",
    "engagement.shares": "Compartidos",
    "engine_version": "Motor",
    "erased": "Borradas",
    "first_post": "Primera publicación",
    "guess": "Juicio del motor",
    "handle": "Cuenta",
    "historic": "Pasada",
    "holds": "Se la espera",
    "host": "Sitio",
    "id": "Id",
    "id_or_text": "Id o texto",
    "impact.engagement": "Reacciones",
    "impact.influence": "Lectores estimados",
    "in_reply_to": "Responde a",
    "intents.name": "Intenciones",
    "kind": "Tipo",
    "label": "Sentimiento",
    "lang": "Idioma",
    "lapsed": "Ya no habla",
    "late_by": "Minutos tarde",
    "linkers.handle": "Quién más enlaza",
    "links": "Enlaces",
    "links_given": "Enlaces dados",
    "loyalty": "Fidelidad",
    "matched": "Coincidentes",
    "mentions": "Menciones",
    "n": "Juzgadas",
    "name": "Nombre",
    "negative": "Negativas",
    "negative_days": "Días negativos",
    "net_sentiment": "Sentimiento neto",
    "neutral": "Neutras",
    "neutral_days": "Días neutros",
    "own_page": "Página propia",
    "own_posts": "Publicaciones propias",
    "positive": "Positivas",
    "positive_days": "Días positivos",
    "post_count": "Número de publicaciones",
    "posts": "Publicaciones",
    "query_version": "Versión de la consulta",
    "quoted_id": "Cita a",
    "rating": "Valoración",
    "reach": "Alcance",
    "reason": "Motivo",
    "recency": "Recencia",
    "role": "Papel",
    "root_id": "Hilo",
    "rules_version": "Reglas",
    "sample": "Muestra",
    "score": "Puntuación",
    "seen": "Vistos",
    "severity": "Gravedad",
    "shard": "Conexión",
    "source": "Fuente",
    "sources": "Fuentes",
    "span_minutes": "Minutos",
    "state": "Estado",
    "step": "Paso",
    "stored": "Guardadas",
    "text": "Texto",
    "time_zone": "Huso horario",
    "title": "Título",
    "unjudged": "Sin juzgar",
    "unjudged_share": "Parte sin juzgar",
    "url": "Dirección",
    "voice": "Voz",
    "weight": "Peso",
    "weighted": "Ponderadas",
    "who": "Quién",
    "why": "Porqué",
}


def heading(column: str, time_zone: tzinfo, lang: Lang) -> str:
    """What stands above a column; above times also their zone: `Fecha (Europe/Madrid)`.

    Raises:
        ValueError: nobody has said yet what the column is called in Spanish.
    """
    spanish = TIMES.get(column) or OTHERS.get(column)
    if spanish is None:
        msg = f"the column {column!r} has no Spanish heading; name it in atalaya/headings.py"
        raise ValueError(msg)
    name = spanish if lang == "es" else column
    return f"{name} ({time_zone})" if column in TIMES else name
