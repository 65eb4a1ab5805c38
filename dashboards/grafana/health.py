"""*Pipeline health*: whether everything is heard, judged, kept and told in time. For engineers."""

from dashboards.grafana.kinds import Board, Panel, Query, Row, Words
from dashboards.grafana.queries import RATE, each_second, gained, percentile
from mentions import metric_names as names
from mentions.metric_kinds import Gauge

IDLE: Words = ("nothing to do", "nada que hacer")
NEVER: Words = ("never happened", "nunca ha pasado")


def _each(metric: Gauge, *labels: str) -> str:
    """The worst of a gauge's series for each value of some labels."""
    return f"max by ({', '.join(labels)}) ({metric.name})"


def _by(expr: str, label: str) -> tuple[Query, ...]:
    return (Query(expr=expr, legend=(f"{{{{{label}}}}}", f"{{{{{label}}}}}")),)


def _one(expr: str, english: str, spanish: str) -> Query:
    return Query(expr=expr, legend=(english, spanish))


HEALTH = Board(
    uid="atalaya-health",
    title=("Pipeline health", "Salud del sistema"),
    question=("Is everything heard, judged, kept and told in time?", "¿Se oye, juzga, guarda y cuenta todo a tiempo?"),
    brands="none",
    since="now-6h",
    rows=(
        Row(
            ("At a glance", "De un vistazo"),
            (
                Panel(
                    title=("Judgement behind by", "El juicio va por detrás"),
                    kind="stat",
                    width=6,
                    height=4,
                    unit="s",
                    question=("Up to which moment has everything been heard?", "¿Hasta qué momento se ha oído todo?"),
                    queries=(Query(expr=f"max ({names.WATERMARK_LAG.name})"),),
                    runbook="judgementbehind",
                    none=("nothing heard yet", "nada oído aún"),
                ),
                Panel(
                    title=("Records that wait", "Registros en espera"),
                    kind="stat",
                    width=6,
                    height=4,
                    none=IDLE,
                    question=("Does the log grow faster than it is read?", "¿Crece la cola más de lo que se lee?"),
                    queries=(Query(expr=f"sum ({names.CONSUMER_LAG.name})"),),
                    runbook="laggrowing",
                ),
                Panel(
                    title=("Dead letters, 24 h", "Registros inservibles, 24 h"),
                    kind="stat",
                    width=6,
                    height=4,
                    none=NEVER,
                    question=("Was anything set aside that could not be used?", "¿Se ha apartado algo inservible?"),
                    queries=(Query(expr=gained(names.DEAD_LETTERS, "24h")),),
                    runbook="deadletters",
                    decimals=0,
                ),
                Panel(
                    title=("Messages given up, 24 h", "Avisos perdidos, 24 h"),
                    kind="stat",
                    width=6,
                    height=4,
                    none=NEVER,
                    question=("Is there somebody who was not told?", "¿Hay alguien a quien no se avisó?"),
                    decimals=0,
                    queries=(Query(expr=gained(names.MESSAGES_FAILED, "24h")),),
                    runbook="messagesfailed",
                ),
            ),
        ),
        Row(
            ("Sources", "Fuentes"),
            (
                Panel(
                    title=("Sources that are up", "Fuentes en marcha"),
                    queries=_by(_each(names.SOURCE_UP, "source"), "source"),
                    question=("Which source is not heard?", "¿Qué fuente no se oye?"),
                    least=0,
                    most=1,
                    decimals=0,
                    none=("no source", "ninguna fuente"),
                    runbook="sourcesilent",
                ),
                Panel(
                    title=("How far sources are behind", "Retraso de las fuentes"),
                    unit="s",
                    least=0,
                    queries=_by(_each(names.SOURCE_LAG, "source"), "source"),
                    runbook="ingeststalled",
                    question=("Up to when has each source told all?", "¿Hasta cuándo lo ha contado todo cada fuente?"),
                    none=("no source", "ninguna fuente"),
                ),
                Panel(
                    title=("Share of the day that was seen", "Parte del día que se ha visto"),
                    unit="percentunit",
                    question=("What did a source miss?", "¿Qué se perdió una fuente?"),
                    least=0,
                    most=1,
                    queries=_by(f'max by (source) ({names.SOURCE_COMPLETENESS.name}{{window="24h"}})', "source"),
                    none=("no source", "ninguna fuente"),
                    runbook="brandpartlyunseen",
                ),
                Panel(
                    title=("What was dropped before the log", "Descartado antes de la cola"),
                    unit="cps",
                    least=0,
                    question=("What became no mention, and why?", "¿Qué no llegó a ser mención, y por qué?"),
                    none=NEVER,
                    queries=_by(f"{each_second(names.POSTS_DROPPED, by=('reason',))} > 0", "reason"),
                ),
            ),
        ),
        Row(
            ("Work", "Trabajo"),
            (
                Panel(
                    title=("Outbox", "Bandeja de salida"),
                    least=0,
                    none=IDLE,
                    runbook="outboxgrowing",
                    question=("Does what was heard leave the machine?", "¿Sale de la máquina lo que se oye?"),
                    queries=(_one(f"sum ({names.OUTBOX_ROWS.name})", "records", "registros"),),
                ),
                Panel(
                    title=("Records that wait, by stage", "Registros en espera, por etapa"),
                    least=0,
                    none=IDLE,
                    question=("Which stage is slow?", "¿Qué etapa va lenta?"),
                    runbook="laggrowing",
                    queries=_by(f"sum by (stage) ({names.CONSUMER_LAG.name})", "stage"),
                ),
                Panel(
                    title=("A batch, p95", "Un lote, p95"),
                    unit="s",
                    least=0,
                    none=IDLE,
                    question=("How long does a batch take?", "¿Cuánto tarda un lote?"),
                    queries=_by(percentile(names.BATCH_SECONDS, 95, by=("stage",)), "stage"),
                ),
                Panel(
                    title=("What changed nothing after the log", "Lo que nada cambió tras la cola"),
                    unit="cps",
                    least=0,
                    question=(
                        "How many duplicates, edits and damaged records come?",
                        "¿Cuántos duplicados, ediciones y registros dañados llegan?",
                    ),
                    none=NEVER,
                    queries=_by(f"{each_second(names.RECORDS_DROPPED, by=('reason',))} > 0", "reason"),
                ),
            ),
        ),
        Row(
            ("In time", "A tiempo"),
            (
                Panel(
                    title=("From post to row", "De la publicación a la tabla"),
                    unit="s",
                    least=0,
                    none=IDLE,
                    question=("Is the promise of 15 s (p95) kept?", "¿Se cumple la promesa de 15 s (p95)?"),
                    queries=(
                        _one(percentile(names.MENTION_AGE, 50), "p50", "p50"),
                        _one(percentile(names.MENTION_AGE, 95), "p95", "p95"),
                    ),
                    runbook="latencyobjectiveburnfast",
                ),
                Panel(
                    title=("From post to message", "De la publicación al aviso"),
                    unit="s",
                    least=0,
                    none=NEVER,
                    question=("Are people told within 120 s (p95)?", "¿Se avisa en 120 s (p95)?"),
                    queries=(
                        _one(percentile(names.MENTION_TO_ALERT_SECONDS, 95), "post to message", "publicación a aviso"),
                        _one(percentile(names.ALERT_DELIVERY_SECONDS, 95), "judged to message", "juicio a aviso"),
                    ),
                    runbook="latencyobjectiveburnslow",
                ),
            ),
        ),
        Row(
            ("Machines", "Máquinas"),
            (
                Panel(
                    title=("Memory of each process", "Memoria de cada proceso"),
                    unit="bytes",
                    least=0,
                    none=IDLE,
                    question=("Does a process grow?", "¿Crece algún proceso?"),
                    runbook="workerrestarting",
                    queries=(Query(expr="process_resident_memory_bytes", legend=("{{job}} {{instance}}",) * 2),),
                ),
                Panel(
                    title=("Processors in use", "Procesadores en uso"),
                    least=0,
                    none=IDLE,
                    decimals=2,
                    question=("What does it cost?", "¿Qué cuesta?"),
                    queries=(
                        Query(expr=f"rate(process_cpu_seconds_total[{RATE}])", legend=("{{job}} {{instance}}",) * 2),
                    ),
                ),
            ),
        ),
    ),
)
