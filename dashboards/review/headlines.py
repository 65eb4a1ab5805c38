"""The first page's sentences: what changed and why, built from figures; and the cause of an alert. Pure."""

from collections.abc import Iterator, Sequence

from msgspec import structs

from dashboards.review.model import AlertLine, Term
from dashboards.review.rows import Rows
from dashboards.review.values import LANGS, Figure, Lang, Sentence, Text
from dashboards.review.voice import Voice
from processors.notifying.messages import Telling, causes, worst_step
from processors.store.alert_reading import StoredAlert, StoredStep

MOST = 5
_CHANGES = ("net_sentiment", "mentions", "negative_share", "share_of_voice", "response_share")
_BESIDE = ("authors", "stories", "response_median", "response_p90")
"""Told where nothing else changed: else the page would say that nothing did."""
_IN_SPANISH = {
    "net_sentiment": ("El sentimiento neto", "subió", "bajó"),
    "mentions": ("Las menciones", "subieron", "bajaron"),
    "negative_share": ("La proporción de negativas", "subió", "bajó"),
    "share_of_voice": ("La cuota de voz", "subió", "bajó"),
    "response_share": ("Las preguntas y quejas respondidas", "subieron", "bajaron"),
    "authors": ("Los autores", "subieron", "bajaron"),
    "stories": ("Las historias", "subieron", "bajaron"),
    "response_median": ("El tiempo hasta la primera respuesta (mediana)", "subió", "bajó"),
    "response_p90": ("El tiempo en que se responde el 90 %", "subió", "bajó"),
}
"""How a sentence begins, and its verb for more and for less."""
_WORST = ("critical", "high", "warn")
_QUIET = Text(
    "No change above noise: every main figure that can be compared lies within its usual range.",
    "Ningún cambio por encima del ruido: toda cifra principal comparable está en su margen habitual.",
)
_FIRST = Text(
    "Nothing to compare with yet: too little was heard of the periods before.",
    "Aún no hay con qué comparar: de los periodos anteriores se escuchó demasiado poco.",
)


def headline(
    rows: Rows, figures: Sequence[Figure], alerts: Sequence[AlertLine], terms: Sequence[Term]
) -> tuple[Sentence, ...]:
    """At most five sentences; where nothing changed one says so, and nothing is added to fill the page."""
    named = {figure.name: figure for figure in figures}
    voices: dict[Lang, Voice] = {lang: Voice(lang, rows.periods[-1].period) for lang in LANGS}
    found = _changes(_CHANGES, named, voices) or _changes(_BESIDE, named, voices)
    if named["net_sentiment"].verdict in ("rose", "fell"):
        found = [one for one in found if one.of != (named["negative_share"].id,)]  # it says the same
    if not found:
        known = any(figure.verdict != "unknown" for figure in figures)
        found.append(Sentence(text=_QUIET if known else _FIRST))
        found += list(_stand(named, voices)) if not known else []
    found += list(_worst(alerts, voices))
    found += list(_said(terms, voices))
    return tuple(found[:MOST])


def cause_of(alert: StoredAlert, life: Sequence[StoredStep]) -> Text:
    """What an alert was about at its worst, as the messages about it say. `life`: its steps, at least the first."""
    said = [" ".join(causes(_telling(alert, life, lang))) for lang in LANGS]
    return Text(said[0], said[1])


def _telling(alert: StoredAlert, life: Sequence[StoredStep], lang: Lang) -> Telling:
    """What is told of the worst step: the last evidence is that of an alert that calms down."""
    steps, now = tuple(life), alert.updated_at
    told = Telling(alert=alert, step=steps[0], steps=steps, before=None, quotes=(), lang=lang, zone="UTC", now=now)
    return structs.replace(told, step=worst_step(told))


def _changes(names: Sequence[str], named: dict[str, Figure], voices: dict[Lang, Voice]) -> list[Sentence]:
    return [_changed(named[name], voices) for name in names if named[name].verdict in ("rose", "fell")]


def _changed(figure: Figure, voices: dict[Lang, Voice]) -> Sentence:
    def said(lang: Lang) -> str:
        voice = voices[lang]
        value, usual = (voice.value(figure.unit, one or 0.0) for one in (figure.value, figure.usual))
        low, high = (voice.value(figure.unit, one or 0.0) for one in (figure.low, figure.high))
        if lang == "es":
            subject, up, down = _IN_SPANISH[figure.name]
            verb = up if figure.verdict == "rose" else down
            return f"{subject} {verb}: {value}, cuando lo habitual es {usual} (de {low} a {high})."
        return f"{figure.title.said(lang)} {figure.verdict} to {value}; {usual} is usual ({low} to {high})."

    return Sentence(text=Text(said("en"), said("es")), of=(figure.id,))


def _stand(named: dict[str, Figure], voices: dict[Lang, Voice]) -> Iterator[Sentence]:
    """Where things stand, when they cannot be compared."""
    mentions, net = named["mentions"], named["net_sentiment"]
    count = {lang: voices[lang].value("count", mentions.value or 0) for lang in LANGS}
    if net.value is None:
        yield Sentence(text=Text(f"{count['en']} mentions.", f"{count['es']} menciones."), of=(mentions.id,))
        return
    value = {lang: voices[lang].value("net", net.value) for lang in LANGS}
    opinions = {lang: voices[lang].value("count", net.n or 0) for lang in LANGS}
    yield Sentence(
        text=Text(
            f"{count['en']} mentions; net sentiment {value['en']}, from {opinions['en']} opinions.",
            f"{count['es']} menciones; sentimiento neto de {value['es']}, según {opinions['es']} opiniones.",
        ),
        of=(mentions.id, net.id),
    )


def _worst(alerts: Sequence[AlertLine], voices: dict[Lang, Voice]) -> Iterator[Sentence]:
    """The worst alert, the earliest of equals, and how many others there were."""
    serious = [alert for alert in alerts if alert.severity in _WORST]
    if not serious:
        return
    worst = min(serious, key=lambda alert: (_WORST.index(alert.severity), -alert.score, alert.opened_at, alert.id))
    others = len(serious) - 1

    def said(lang: Lang) -> str:
        voice = voices[lang]
        kind = f"{voice.alert_kind(worst.kind)} ({voice.severity(worst.severity)})"
        terms = ": " + ", ".join(voice("said", text=term) for term in worst.terms[:3])
        more = ""
        if others:
            more = (
                f" Hubo {others} más." if lang == "es" else f" There {'was' if others == 1 else 'were'} {others} more."
            )
        if lang == "es":
            return f"La alerta más grave: {voice.moment(worst.opened_at)}, {kind}{terms if worst.terms else ''}.{more}"
        return f"The gravest alert: {voice.moment(worst.opened_at)}, {kind}{terms if worst.terms else ''}.{more}"

    yield Sentence(text=Text(said("en"), said("es")), of=(worst.id,))


def _said(terms: Sequence[Term], voices: dict[Lang, Voice]) -> Iterator[Sentence]:
    if not terms:
        return
    first, *rest = terms[:3]  # of at least five posts each

    def told(lang: Lang, begin: str, posts: str) -> str:
        said = [voices[lang]("said", text=term.term) for term in (first, *rest)]
        more = "".join(f", {word} ({term.posts})" for word, term in zip(said[1:], rest, strict=True))
        return f"{begin}: {said[0]} ({first.posts} {posts}){more}."

    yield Sentence(
        text=Text(
            told("en", "Said more than usual", "posts"),
            told("es", "Se dijo más de lo habitual", "publicaciones"),
        ),
        of=tuple(term.id for term in terms[:3]),
    )
