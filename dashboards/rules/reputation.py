"""Alerts for who looks after a brand. The detectors decide; these carry what they found to Alertmanager.

The first three wait for nothing: a detector opens and closes its alerts with a margin of its own (docs/spikes.md).
"""

from datetime import timedelta

from dashboards.rules.kinds import Alerting, series
from mentions import metric_names as names
from mentions.metric_kinds import Gauge
from mentions.records import AlertKind

DROP = 0.1
"""By which the whole interval of a day must lie below that of the week: a smaller change is nobody's emergency."""


def _open(kind: AlertKind) -> str:
    # `max`, for another process of the same store tells of the same alerts
    return f"max by (brand, severity) ({series(names.ALERTS_OPEN, kind=kind)}) > 0"


def _figure(metric: Gauge) -> str:
    """A template: what the gauge says of the alert's brand."""
    return (
        f"{{{{ with printf \"max({metric.name}{{brand='%s'}})\" $labels.brand | query }}}}"
        '{{ . | first | value | printf "%.0f" }}{{ else }}?{{ end }}'
    )


REPUTATION = (
    Alerting(
        alert="NegativeSpike",
        expr=_open("negative_spike"),
        severity=None,
        area="reputation",
        english="{{ $labels.brand }}: far more negative posts than usual ({{ $labels.severity }}); "
        f"{_figure(names.NEGATIVES)} in the last hour, {_figure(names.NEGATIVES_EXPECTED)} expected.",
        spanish="{{ $labels.brand }}: muchos más mensajes negativos de lo habitual ({{ $labels.severity }}); "
        f"{_figure(names.NEGATIVES)} en la última hora, se esperaban {_figure(names.NEGATIVES_EXPECTED)}.",
    ),
    Alerting(
        alert="VolumeSpike",
        expr=_open("volume_spike"),
        severity=None,
        area="reputation",
        english="{{ $labels.brand }}: much more talk than usual, whatever its tone.",
        spanish="{{ $labels.brand }}: se habla mucho más de lo habitual, sea cual sea el tono.",
    ),
    Alerting(
        alert="Campaign",
        expr=_open("campaign"),
        severity=None,
        area="reputation",
        english="{{ $labels.brand }}: possible campaign, the same text by several authors within an hour.",
        spanish="{{ $labels.brand }}: posible campaña, el mismo texto de varios autores en una hora.",
    ),
    Alerting(
        alert="NetSentimentDrop",
        expr=(
            f"max by (brand) ({series(names.NET_SENTIMENT_HIGH, window='24h')})"
            f" < max by (brand) ({series(names.NET_SENTIMENT_LOW, window='7d')}) - {DROP}"
        ),
        lasting=timedelta(minutes=30),
        severity="warn",
        area="reputation",
        english="{{ $labels.brand }}: net sentiment of the last 24 hours is clearly below that of the week; "
        'at most {{ $value | printf "%.2f" }}.',
        spanish="{{ $labels.brand }}: el sentimiento neto de las últimas 24 horas está claramente por debajo del de la "
        'semana; como mucho {{ $value | printf "%.2f" }}.',
    ),
    Alerting(
        alert="BrandPartlyUnseen",
        expr=f"max by (brand) ({series(names.SPIKE_STATE, state='incomplete')}) == 1",
        lasting=timedelta(minutes=10),
        severity="warn",
        area="reputation",
        english="{{ $labels.brand }} is not judged now: sources that carry more than a fifth of it are missing.",
        spanish="{{ $labels.brand }} no se juzga ahora: faltan fuentes que suelen traer más de la quinta parte.",
    ),
)
