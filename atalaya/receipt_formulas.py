"""The formulas of receipts in Spanish: those of `processors.store.receipts`, sentence by sentence, same constants."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from processors.detection import influence, loyalty
from processors.detection.campaign_state import OPEN
from processors.detection.clusters import AGREEMENT

if TYPE_CHECKING:
    from processors.store.receipts import Receipt

ALERTS: Mapping[str, str] = {
    "negative_spike": "tantas negativas en una hora son improbables para la marca en ese momento de su semana Y para "
    "lo mucho que se hablaba de ella; la puntuación es la menor de las dos sorpresas (docs/spikes.md)",
    "volume_spike": "los últimos 15 minutos frente a la media de la marca y a su hora del día, en desviaciones "
    "típicas; cuenta donde supera las últimas 24 horas (docs/spikes.md)",
    "silence": "menciones que debían llegar y no llegaron, mientras todas las fuentes lo veían todo (docs/spikes.md)",
    "campaign": f"casi duplicados (coincide al menos el {AGREEMENT:.0%} de sus bosquejos) de {OPEN} o más autores en "
    "una hora; la puntuación es el número de autores (docs/campaigns.md)",
    "watchword": "una palabra de una lista, ya en la primera publicación, una vez por historia; la gravedad sube con "
    "el número de autores (docs/alerts.md)",
    "notable_author": "una cuenta o un medio de una lista, o un autor con muchos seguidores, ya en la primera "
    "publicación, una vez por historia (docs/alerts.md)",
}
CAMPAIGN = (
    ALERTS["campaign"],
    "propia: la marca lo dijo primero, o la mayoría enlaza a sus páginas; espontánea: el artículo de un medio, o la "
    "mayoría enlaza a uno, o son difusiones o respuestas a la marca; coordinada: todo lo demás",
)


def in_spanish(receipt: "Receipt") -> tuple[str, ...]:
    """The formula of a receipt; that of a review's figure is Spanish where the receipt was asked for in Spanish."""
    match receipt.kind:
        case "alert":
            return tuple(ALERTS[kind] for kind in (receipt.inputs["kind"],) if kind in ALERTS) or receipt.formula
        case "campaign":
            return CAMPAIGN
        case "mention":
            return _mention()
        case "evangelist" | "detractor":
            return _person(receipt.kind)
    return receipt.formula


def _mention() -> tuple[str, ...]:
    near, far = (f"{followers:,}".replace(",", ".") for followers in (influence.NEAR, influence.FAR))
    return (
        "puntuación y sentimiento: los del motor, por las palabras de abajo",
        "peso del texto: lo que los motivos de spam del texto dejan de 1",
        "peso = max(0, peso del texto - suma de los motivos de la conducta)",
        "reacciones = me gusta + compartidos + respuestas; lectores estimados = seguidores x parte, "
        f"{_comma(influence.MOST)} hasta {near} seguidores, {_comma(influence.LEAST)} desde {far}, y entre medias baja "
        f"con el logaritmo (versión {influence.FORMULA_VERSION})",
    )


def _person(kind: Literal["evangelist", "detractor"]) -> tuple[str, ...]:
    one = loyalty
    who, ours, sign = ("evangelista", "positivos", "") if kind == "evangelist" else ("detractor", "negativos", "-")
    sums = "positivos + neutros + negativos"
    return (
        f"{who} = max(0, {sign}afinidad - margen) x fidelidad x autenticidad x recencia; entra en la lista desde "
        f"{_comma(one.LISTED_AT)}, con {one.LEAST_DAYS} días con voto y {one.LEAST_SPAN} días del primero al último",
        f"el voto de un día: +1 donde la puntuación media de sus menciones distintas pasa de {_comma(one.SIGN_AT)}, -1 "
        f"donde baja de -{_comma(one.SIGN_AT)}, si no 0; cada uno cuenta 0,5 ^ (su edad en días / {one.HALF_LIFE:g}), "
        f"de {one.WINDOW} días atrás",
        f"afinidad = (positivos - negativos) / ({sums} + {one.PRIOR:g})",
        f"margen = {_comma(one.MARGIN)} / raíz({sums} + 1)",
        f"fidelidad = 1 - exp(-{ours} / {_comma(one.LOYALTY_DAYS)})",
        "autenticidad = (1 - copias / menciones) ^ 2",
        f"recencia = 0,5 ^ (días de silencio por encima de {one.GRACE} / {one.FADING:g})",
    )


def _comma(value: float) -> str:
    return f"{value}".replace(".", ",")
