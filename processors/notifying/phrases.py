"""The words of messages, in English and Spanish."""

from collections.abc import Mapping
from typing import Literal

Lang = Literal["en", "es"]
LANGS: tuple[Lang, Lang] = ("en", "es")

SIGNS: Mapping[str, str] = {"info": "🔵", "warn": "🟡", "high": "🟠", "critical": "🔴", "close": "✅"}

SEVERITIES: Mapping[str, tuple[str, str]] = {
    "info": ("for information", "informativa"),
    "warn": ("warning", "aviso"),
    "high": ("high", "alta"),
    "critical": ("critical", "crítica"),
}

KINDS: Mapping[str, tuple[str, str]] = {
    "negative_spike": ("negative spike", "pico de negativas"),
    "volume_spike": ("volume spike", "pico de volumen"),
    "campaign": ("possible campaign", "posible campaña"),
    "watchword": ("serious words", "palabras graves"),
    "notable_author": ("notable author", "autor destacado"),
    "silence": ("silence", "silencio"),
}

LISTS: Mapping[str, tuple[str, str]] = {
    "safety": ("safety", "seguridad"),
    "legal": ("legal", "legal"),
    "data": ("data leak", "fuga de datos"),
    "minors": ("minors", "menores"),
}
"""Lists of watchwords; others are called as the brand calls them."""

SOURCES: Mapping[str, tuple[str, str]] = {
    "bluesky": ("Bluesky", "Bluesky"),
    "file": ("File", "Archivo"),
    "rss": ("News and blogs", "Noticias y blogs"),
    "simulated": ("Invented posts", "Publicaciones inventadas"),
}
"""What people call a source; the others are shown by their own name."""

PHRASES: Mapping[str, tuple[str, str]] = {
    # titles
    "title": ("{sign} {brand} · {kind} ({severity})", "{sign} {brand} · {kind} ({severity})"),
    "title_closed": ("{sign} {brand} · closed: {kind}", "{sign} {brand} · cerrada: {kind}"),
    "title_goes_on": ("{sign} {brand} · goes on: {kind} ({severity})", "{sign} {brand} · sigue: {kind} ({severity})"),
    "title_escalated": (
        "{sign} {brand} · worse: {kind} ({severity})",
        "{sign} {brand} · empeora: {kind} ({severity})",
    ),
    "against": ("{count}, {expected} expected", "{count}, se esperaban {expected}"),
    # causes
    "negative_spike": (
        "{negatives} negative posts in an hour; {expected} expected.",
        "{negatives} publicaciones negativas en una hora; se esperaban {expected}.",
    ),
    "negative_spike_alone": (
        "{negatives} negative posts in an hour.",
        "{negatives} publicaciones negativas en una hora.",
    ),
    "of_all": (
        "By {authors} authors, of {total} posts in all: {share} negative, {usual} is usual.",
        "De {authors} autores, entre {total} publicaciones: {share} negativas, lo normal es {usual}.",
    ),
    "volume_spike": (
        "{total} posts in {span}; {expected} expected.",
        "{total} publicaciones en {span}; se esperaban {expected}.",
    ),
    "volume_spike_alone": ("{total} posts.", "{total} publicaciones."),
    "campaign": (
        "{posts} posts by {authors} authors with nearly the same text within {span}.",
        "{posts} publicaciones de {authors} autores con casi el mismo texto en {span}.",
    ),
    "campaign_alone": (
        "{posts} posts by {authors} authors with nearly the same text.",
        "{posts} publicaciones de {authors} autores con casi el mismo texto.",
    ),
    "watchword": (
        "{posts} by {authors}, with words of the list “{list}”: {terms}.",
        "{posts} de {authors}, con palabras de la lista «{list}»: {terms}.",
    ),
    "notable_author": (
        "{posts} by an author whom many hear ({terms}).",
        "{posts} de un autor a quien muchos leen ({terms}).",
    ),
    "notable_link": ("{posts} by {authors}, linking to {terms}.", "{posts} de {authors}, con enlace a {terms}."),
    "silence": (
        "Nothing has been said for {span}; {expected} posts were expected.",
        "Nadie dice nada desde hace {span}; se esperaban {expected} publicaciones.",
    ),
    "silence_alone": ("Nothing is said any more.", "Ya nadie dice nada."),
    "plain": ("{kind}.", "{kind}."),
    # what explains it
    "terms": ("What they say: {terms}.", "De qué hablan: {terms}."),
    "possible_campaign": (
        "Possible campaign: {share} of the posts are one text.",
        "Posible campaña: el {share} de las publicaciones son un mismo texto.",
    ),
    "sources": ("Where: {sources}.", "Dónde: {sources}."),
    "new_authors": ("{share} of the authors were never heard before.", "El {share} de los autores es nuevo."),
    "before": (
        "In the same hour a day before: {day}; a week before: {week}.",
        "A la misma hora del día anterior: {day}; de la semana anterior: {week}.",
    ),
    "not_known": ("not known", "no consta"),
    "domains": ("They link to {domains}.", "Enlazan a {domains}."),
    "links": ("Most linked: {links}.", "Lo más enlazado: {links}."),
    "sector": (
        "The same rises at {brands}: perhaps it is the whole sector.",
        "Lo mismo sube en {brands}: quizá sea todo el sector.",
    ),
    "others": ("{n} more", "{n} más"),
    "learning": (
        "The usual is still being learnt: take it with caution.",
        "Aún se está aprendiendo qué es lo normal: con cautela.",
    ),
    # what changed
    "changed": ("Since the last message ({at}): {changes}.", "Desde el último mensaje ({at}): {changes}."),
    "severity_was": ("severity {now}, was {before}", "gravedad {now}, era {before}"),
    "count_was": ("{now}, was {before}", "{now}, eran {before}"),
    "same_count": ("{now} as before", "{now} como antes"),
    "closed": (
        "Closed: {at}, after {span}. At its peak {peak}; severity at most: {severity}.",
        "Cerrada: {at}, tras {span}. En su punto más alto, {peak}; gravedad máxima: {severity}.",
    ),
    "closed_plain": (
        "Closed: {at}, after {span}; severity at most: {severity}.",
        "Cerrada: {at}, tras {span}; gravedad máxima: {severity}.",
    ),
    "opened": ("Opened: {at}, {span} ago ({zone}).", "Abierta: {at}, hace {span} ({zone})."),
    # what is counted, one and many
    "negatives_1": ("{n} negative", "{n} negativa"),
    "negatives_n": ("{n} negatives", "{n} negativas"),
    "posts_1": ("{n} post", "{n} publicación"),
    "posts_n": ("{n} posts", "{n} publicaciones"),
    "authors_1": ("{n} author", "{n} autor"),
    "authors_n": ("{n} authors", "{n} autores"),
    "followers": ("{n} followers", "{n} seguidores"),
    "account": ("an account of your list", "una cuenta de su lista"),
    # quotes
    "quote": ("“{text}”", "«{text}»"),
    "by": ("{who}, {source}", "{who}, {source}"),
    "deleted": ("(deleted at its source)", "(borrada en su red)"),
    "author_deleted": ("somebody", "alguien"),
    "more": ("Open the alert: {url}", "Abrir la alerta: {url}"),
    "and": (" and ", " y "),
    # spans
    "minutes": ("{n} min", "{n} min"),
    "hours": ("{h} h {m:02} min", "{h} h {m:02} min"),
    "days": ("{d} d {h} h", "{d} d {h} h"),
    # the test
    "test_title": ("{sign} Atalaya: a test of the channel {channel}", "{sign} Atalaya: prueba del canal {channel}"),
    "test_body": (
        "This is what alerts come by. Nothing has happened.",
        "Por aquí llegarán las alertas. No ha pasado nada.",
    ),
}


def say(lang: Lang, key: str, **values: object) -> str:
    """A phrase with its gaps filled."""
    return PHRASES[key][LANGS.index(lang)].format(**values)


def name(names: Mapping[str, tuple[str, str]], key: str, lang: Lang) -> str:
    """What something is called; its own name where there is no other."""
    return names[key][LANGS.index(lang)] if key in names else key
