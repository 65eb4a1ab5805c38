"""Alerts for who looks after the machines: what stands still, what piles up, what is slow."""

from datetime import timedelta

from dashboards.rules.kinds import Alerting, series
from dashboards.rules.recording import late_share
from mentions import metric_names as names
from mentions.metric_kinds import Metric

MUST_EXIST: tuple[Metric, ...] = (names.BUILD, names.MENTIONS_STORED, names.SOURCE_UP, names.ALERTS_OPEN)
"""Without these nobody would notice that all other alerts can no longer fire."""
BACKLOG = 5_000
"""Records; some ten seconds of a worker's time (docs/benchmarks.md)."""
WAITING = 10_000
"""Records of an outbox; its bound is a million by default."""
SLOW = 1
"""Seconds in which 95 of 100 commits must be done; a batch has 500 records."""
BEHIND = 600
REVIEW_DAYS = 8
BUDGET = 0.05
FAST, SLOWLY = 14.4, 6
"""How many times faster than allowed the budget of 5 % late ones is used up: 2 % of a month's in an hour, 5 % of it in
six (Google, The Site Reliability Workbook, chapter 5)."""
ENOUGH_FAST, ENOUGH_SLOW = 20, 10
"""Cases below which one slow one would decide."""
_MINUTE = timedelta(minutes=1)


def _missing(metric: Metric) -> str:
    return f'label_replace(absent({metric.name}), "metric", "{metric.name}", "", "")'


def _burning(objective: str, factor: float, short: str, long: str, enough: int) -> str:
    most = f"{factor * BUDGET:.2f}"
    return (
        f"({late_share(objective, long)} > {most} and {late_share(objective, short)} > {most}"
        f' and objective:cases:increase{long}{{objective="{objective}"}} >= {enough})'
    )


def _any_burning(factor: float, short: str, long: str, enough: int) -> str:
    return "\nor ".join(_burning(name, factor, short, long, enough) for name in ("stored", "delivered", "told"))


OPERATION = (
    Alerting(
        alert="MetricsMissing",
        expr="\nor ".join(map(_missing, MUST_EXIST)),
        lasting=5 * _MINUTE,
        severity="critical",
        area="operation",
        english="No process shows {{ $labels.metric }}: alerts that need it cannot fire.",
        spanish="Ningún proceso muestra {{ $labels.metric }}: las alertas que la necesitan no pueden saltar.",
    ),
    Alerting(
        alert="ProcessDown",
        expr="min by (job) (up) == 0",
        lasting=3 * _MINUTE,
        severity="high",
        area="operation",
        english="A process of {{ $labels.job }} does not answer Prometheus.",
        spanish="Un proceso de {{ $labels.job }} no responde a Prometheus.",
    ),
    Alerting(
        alert="WorkerRestarting",
        expr=(
            f"sum by (job) (changes(process_start_time_seconds[30m])) >= 3"
            f" and on (job) count by (job) ({names.BUILD.name})"
        ),
        severity="high",
        area="operation",
        english='Processes of {{ $labels.job }} were started again {{ $value | printf "%.0f" }} times in half an hour.',
        spanish='Los procesos de {{ $labels.job }} se han reiniciado {{ $value | printf "%.0f" }} veces en media hora.',
    ),
    Alerting(
        alert="SourceSilent",
        expr=f"max by (source) ({series(names.SOURCE_UP)}) == 0",
        lasting=10 * _MINUTE,
        severity="high",
        area="operation",
        english="{{ $labels.source }} gives nothing: its network, or the way there, is down.",
        spanish="{{ $labels.source }} no da nada: la red, o el camino hasta ella, está caída.",
    ),
    Alerting(
        alert="IngestStalled",
        # heartbeats of all sources go the same way: through ingest, Kafka and the workers
        expr=(
            f"sum(increase({series(names.HEARTBEATS)}[10m])) == 0"
            f" and on () max({series(names.SOURCE_LAST_SUCCESS)}) > 0"
        ),
        lasting=2 * _MINUTE,
        severity="critical",
        area="operation",
        english="Nothing reaches the store: ingest, Kafka or the workers stand still.",
        spanish="Nada llega al almacén: la ingesta, Kafka o los procesos están parados.",
    ),
    Alerting(
        alert="JudgementBehind",
        expr=f"min({series(names.WATERMARK_LAG)}) > {BEHIND}",
        lasting=5 * _MINUTE,
        severity="high",
        area="operation",
        english="What was said in the last {{ $value | humanizeDuration }} is not judged yet.",
        spanish="Lo dicho en los últimos {{ $value | humanizeDuration }} aún no se ha juzgado.",
    ),
    Alerting(
        alert="LagGrowing",
        expr=(
            f"sum by (stage) ({series(names.CONSUMER_LAG)}) > {BACKLOG}"
            f" and sum by (stage) (deriv({series(names.CONSUMER_LAG)}[10m])) > 0"
        ),
        lasting=5 * _MINUTE,
        severity="high",
        area="operation",
        english='{{ $value | printf "%.0f" }} records wait for {{ $labels.stage }}, and more and more.',
        spanish='{{ $value | printf "%.0f" }} registros esperan a {{ $labels.stage }}, y cada vez más.',
    ),
    Alerting(
        alert="OutboxGrowing",
        expr=(
            f"max by (job, instance) ({series(names.OUTBOX_ROWS)}) > {WAITING}"
            f" and max by (job, instance) (deriv({series(names.OUTBOX_ROWS)}[15m])) > 0"
        ),
        lasting=10 * _MINUTE,
        severity="high",
        area="operation",
        english='{{ $value | printf "%.0f" }} records wait in the outbox of {{ $labels.instance }}, and more and more.',
        spanish='{{ $value | printf "%.0f" }} registros esperan en la bandeja de salida de {{ $labels.instance }}, '
        "y cada vez más.",
    ),
    Alerting(
        alert="DeadLetters",
        expr=f"sum by (stage, reason) (increase({series(names.DEAD_LETTERS)}[15m])) > 0",
        severity="warn",
        area="operation",
        english="{{ $labels.stage }} put records aside that it could not use ({{ $labels.reason }}).",
        spanish="{{ $labels.stage }} ha apartado registros que no pudo usar ({{ $labels.reason }}).",
    ),
    Alerting(
        alert="StoreUnreachable",
        expr=f"max({series(names.STORE_UP)}) == 0",
        lasting=2 * _MINUTE,
        severity="critical",
        area="operation",
        english="The store does not answer.",
        spanish="El almacén no responde.",
    ),
    Alerting(
        alert="StoreSlow",
        expr=(
            "histogram_quantile(0.95, sum by (le) "
            f"(rate({series(names.STORE_SECONDS, '_bucket', stage='commit')}[10m]))) > {SLOW}"
        ),
        lasting=10 * _MINUTE,
        severity="warn",
        area="operation",
        english='The store takes {{ $value | printf "%.1f" }} s to commit a batch.',
        spanish='El almacén tarda {{ $value | printf "%.1f" }} s en confirmar un lote.',
    ),
    Alerting(
        alert="MessagesFailed",
        expr=f"sum(increase({series(names.MESSAGES_FAILED)}[1h])) > 0",
        severity="high",
        area="operation",
        english="Messages about alerts were given up: people were not told.",
        spanish="Se ha desistido de enviar mensajes sobre alertas: no se ha avisado a nadie.",
    ),
    Alerting(
        alert="ReviewOverdue",
        expr=f"time() - max({series(names.REVIEW_LAST_SUCCESS)}) > {REVIEW_DAYS} * 86400",
        lasting=60 * _MINUTE,
        severity="warn",
        area="operation",
        english="The last weekly review was published {{ $value | humanizeDuration }} ago.",
        spanish="El último informe semanal se publicó hace {{ $value | humanizeDuration }}.",
    ),
    Alerting(
        alert="LatencyObjectiveBurnFast",
        expr=_any_burning(FAST, "5m", "1h", ENOUGH_FAST),
        lasting=2 * _MINUTE,
        severity="high",
        area="operation",
        english="Objective {{ $labels.objective }}: {{ $value | humanizePercentage }} of the last hour came too late.",
        spanish="Objetivo {{ $labels.objective }}: el {{ $value | humanizePercentage }} de la última hora "
        "llegó demasiado tarde.",
    ),
    Alerting(
        alert="LatencyObjectiveBurnSlow",
        expr=_any_burning(SLOWLY, "30m", "6h", ENOUGH_SLOW),
        lasting=15 * _MINUTE,
        severity="warn",
        area="operation",
        english="Objective {{ $labels.objective }}: {{ $value | humanizePercentage }} of the last six hours "
        "came too late.",
        spanish="Objetivo {{ $labels.objective }}: el {{ $value | humanizePercentage }} de las últimas seis horas "
        "llegó demasiado tarde.",
    ),
)
