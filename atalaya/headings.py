"""The columns of lists and summaries, and what each is called in Spanish; in English its name is the JSON's."""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Literal

Lang = Literal["en", "es"]

TIMES: Mapping[str, str] = {
    "at": "Momento",
    "changed_at": "Cambiado",
    "closed_at": "Cerrada",
    "complete_until": "Completo hasta",
    "created_at": "Fecha",
    "effective_from": "Vigente desde",
    "end": "Fin",
    "erased_at": "Borrado",
    "first_at": "Primera vez",
    "from": "Desde",
    "last_at": "Última vez",
    "last_heard": "Última señal",
    "last_seen": "Última vez",
    "last_success": "Último acierto",
    "opened_at": "Abierta",
    "received_at": "Recibido",
    "since": "Desde",
    "start": "Inicio",
    "stored_at": "Guardado",
    "thanked_at": "Agradecido",
    "to": "Hasta",
    "until": "Hasta",
    "watermark": "Marca de agua",
}
"""Columns that hold moments; their headings name the time zone."""

OTHERS: Mapping[str, str] = {
    "affinity": "Afinidad",
    "authenticity": "Autenticidad",
    "author": "Autor",
    "author.followers": "Seguidores",
    "author.handle": "Cuenta",
    "author.id": "Id del autor",
    "author.name": "Nombre del autor",
    "author_id": "Id del autor",
    "brand": "Marca",
    "changed_by": "Cambiado por",
    "class": "Clase",
    "complete": "Completo",
    "count": "Cantidad",
    "country": "País",
    "day": "Día",
    "days_active": "Días activo",
    "deletions": "Borrados",
    "detail": "Detalle",
    "domains": "Dominios",
    "dropped": "Descartados",
    "duplicates": "Duplicados",
    "engine_version": "Motor",
    "followers": "Seguidores",
    "gap_seconds": "Segundos sin cobertura",
    "gaps": "Huecos",
    "handle": "Cuenta",
    "historic": "Histórica",
    "hits": "Coincidencias",
    "holds": "Retiene",
    "id": "Id",
    "in_reply_to": "Responde a",
    "kind": "Tipo",
    "label": "Sentimiento",
    "lag_seconds": "Segundos de retraso",
    "lang": "Idioma",
    "language": "Idioma",
    "lapsed": "Inactivo",
    "late": "Tardías",
    "likes": "Me gusta",
    "links": "Enlaces",
    "links_given": "Enlaces dados",
    "loyalty": "Fidelidad",
    "matched": "Coincidentes",
    "mentions": "Menciones",
    "name": "Nombre",
    "negative": "Negativas",
    "net_sentiment": "Sentimiento neto",
    "neutral": "Neutras",
    "period": "Periodo",
    "positive": "Positivas",
    "posts": "Publicaciones",
    "query": "Consulta",
    "query_version": "Versión de la consulta",
    "rating": "Valoración",
    "reason": "Motivo",
    "replies": "Respuestas",
    "role": "Papel",
    "root_id": "Hilo",
    "sample": "Muestra",
    "score": "Puntuación",
    "seen": "Vistos",
    "sentence": "Explicación",
    "sentiment": "Sentimiento",
    "sentiment.label": "Sentimiento",
    "sentiment.score": "Puntuación",
    "severity": "Gravedad",
    "shard": "Conector",
    "share_unjudged": "Parte sin juzgar",
    "shares": "Compartidos",
    "source": "Fuente",
    "span_minutes": "Minutos",
    "stage": "Etapa",
    "state": "Estado",
    "status": "Estado",
    "step": "Paso",
    "stored": "Guardadas",
    "tags": "Etiquetas",
    "text": "Texto",
    "text_weight": "Peso del texto",
    "time_zone": "Huso horario",
    "title": "Título",
    "unjudged": "Sin juzgar",
    "url": "URL",
    "version": "Versión",
    "voice": "Voz",
    "weight": "Peso",
    "weighted": "Ponderadas",
    "weighted.negative": "Negativas ponderadas",
    "weighted.net_sentiment": "Sentimiento neto ponderado",
    "weighted.neutral": "Neutras ponderadas",
    "weighted.positive": "Positivas ponderadas",
    "weighted.unjudged": "Sin juzgar ponderadas",
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
