"""The words of receipts (`atalaya explain`): headings, names of inputs and values, in English and Spanish.

In English a name is the JSON's, as in the headings of lists, so that what is read can be asked for.
"""

from collections.abc import Mapping

from atalaya.headings import OTHERS, TIMES, Lang
from dashboards.console.speech import Speech
from processors.notifying.phrases import KINDS, LISTS, SEVERITIES

SAID: Mapping[str, tuple[str, str]] = {
    "of": ("{kind} {id} of {brand}", "{kind} {id} de {brand}"),
    "version": (", version {version}", ", versión {version}"),
    "happened": ("What happened", "Qué ha pasado"),
    "formula": ("How it is made", "Cómo se hace"),
    "inputs": ("What went in, and what came out", "Qué entró y qué salió"),
    "reasons": ("Reasons: {name}", "Motivos: {name}"),
    "evidence": ("Evidence", "Indicios"),
    "explanation": ("Explanation", "Explicación"),
    "steps": ("Steps", "Pasos"),
    "mentions": ("Mentions behind it", "Menciones que hay detrás"),
    "words": ("What people wrote", "Qué escribió el equipo"),
    "deleted": ("(deleted at its source)", "(borrada en su origen)"),
    "yes": ("yes", "sí"),
    "no": ("no", "no"),
    "more": ("and {n} more", "y {n} más"),
    "no_vote": ("no vote", "sin voto"),
    "when": ("when (UTC)", "cuándo (UTC)"),
    "step": ("step", "paso"),
    "severity": ("severity", "gravedad"),
    "score": ("score", "puntuación"),
    "weight": ("weight", "peso"),
    "who": ("who", "quién"),
    "what": ("what was said", "qué se dijo"),
    "id": ("id", "id"),
}
KINDS_OF_RECEIPT: Mapping[str, str] = {
    "mention": "mención",
    "alert": "alerta",
    "campaign": "campaña",
    "evangelist": "evangelista",
    "detractor": "detractor",
    "review": "cifra",
}
_NAMES: Mapping[str, str] = {
    "action": "acción",
    "actions": "acciones",
    "alerts": "alertas",
    "before": "periodos anteriores",
    "behaviour": "conducta",
    "cluster": "grupo",
    "counted posts": "publicaciones contadas",
    "day_before": "el día anterior a esa hora",
    "days": "días",
    "engagement": "reacciones",
    "excess": "de más",
    "expected": "se esperaban",
    "first_post": "primera publicación",
    "followers": "seguidores",
    "for": "para",
    "formula": "fórmula",
    "high": "hasta",
    "impact": "efecto",
    "influence": "lectores estimados",
    "interval": "intervalo",
    "languages": "idiomas",
    "largest_cluster_share": "parte del texto más repetido",
    "lapsed": "ya no habla",
    "late_by": "minutos tarde",
    "learning": "aún aprendiendo",
    "listed": "en la lista",
    "looked_at": "publicaciones miradas",
    "looked_at_before": "miradas de antes",
    "low": "desde",
    "margin": "margen",
    "new_authors": "parte de autores nuevos",
    "p": "probabilidades",
    "people": "personas",
    "possible_campaign": "posible campaña",
    "role_why": "por qué ese papel",
    "rules_version": "versión de las reglas",
    "sector": "sector",
    "sentiment": "sentimiento",
    "spam": "spam",
    "subject": "asunto",
    "term": "término",
    "terms": "términos",
    "text_weight": "peso del texto",
    "thanked": "se le dio las gracias",
    "note": "nota",
    "updated_at": "actualizada",
    "usual": "lo habitual",
    "value": "valor",
    "verdict": "frente a lo habitual",
    "week_before": "la semana anterior a esa hora",
    "window": "ventana",
    "z": "z",
}
_OF_PEOPLE: Mapping[str, str] = {"positive": "positivos", "neutral": "neutros", "negative": "negativos"}
"""Votes of days, not mentions."""
_VALUES: Mapping[str, Mapping[str, str]] = {
    "role": {"public": "público", "media": "medio", "paid": "de pago", "staff": "equipo"},
    "voice": {"public": "pública", "own": "propia", "ambassador": "embajador"},
    "state": {"open": "abierta", "done": "hecha", "dropped": "abandonada"},
    "step": {"open": "se abrió", "escalate": "empeoró", "update": "siguió", "close": "se cerró"},
    "verdict": {
        "rose": "por encima de lo habitual",
        "fell": "por debajo de lo habitual",
        "level": "como siempre",
        "unknown": "sin comparación",
    },
    "kind": {
        "coordinated": "coordinada",
        "organic": "espontánea",
        "own": "propia",
        **{kind: spanish for kind, (_, spanish) in KINDS.items()},
    },
    "severity": {severity: spanish for severity, (_, spanish) in SEVERITIES.items()},
    "subject": {subject: spanish for subject, (_, spanish) in LISTS.items()},
}  # fmt: skip


def say(key: str, lang: Lang, **parts: object) -> str:
    """A heading or a word of a receipt."""
    return SAID[key][lang == "es"].format(**parts)


def kind_of(kind: str, lang: Lang) -> str:
    """What a receipt is of."""
    return KINDS_OF_RECEIPT[kind] if lang == "es" else kind


def name_of(name: str, lang: Lang, kind: str = "") -> str:
    """What an input is called; in English, and where nobody has named it, its own name.

    Args:
        kind: of the receipt.
    """
    if lang == "en":
        return name
    if kind in ("evangelist", "detractor") and name in _OF_PEOPLE:
        return _OF_PEOPLE[name]
    if name.startswith("counted "):
        return _NAMES.get(name) or f"contadas: {name_of(name.removeprefix('counted '), lang, kind)}"
    known = _NAMES.get(name) or TIMES.get(name) or OTHERS.get(name) or name
    return Speech(lang).known(f"number_{name}", known.lower())


def value_of(name: str, value: str, lang: Lang) -> str:
    """A word that is one of a closed set; everything else is shown as it is."""
    if lang == "en":
        return value
    if name == "label":
        return Speech(lang).known(value, value).lower()
    return _VALUES.get(name, {}).get(value, value)
