"""Settings of the distributed runtime: Kafka, the workers of its stages, and where processes show their metrics."""

from typing import Annotated, Literal

from msgspec import Struct

from mentions.settings_schema import Secret, says

Address = Annotated[
    str, says("", "addresses as host:port", pattern=r"^(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}\Z")
]
Name = Annotated[str, says("", "a name", min_length=1)]
FilePath = Annotated[str, says("", "a path", min_length=1)]


class KafkaSettings(Struct, frozen=True, kw_only=True):
    """Apache Kafka between the processes of several machines; `atalaya run` needs none."""

    servers: Annotated[
        tuple[Address, ...],
        says(
            "Brokers to begin with; none: everything runs in one process.",
            'a list of addresses, such as ["kafka.example:9092"]',
        ),
    ] = ()
    prefix: Annotated[
        str,
        says(
            "Before the names of topics and groups, where others share the cluster.",
            "letters, digits, . _ and -, at most 100",
            pattern=r"^[A-Za-z0-9._-]{0,100}\Z",
        ),
    ] = ""
    partitions: Annotated[
        int, says("Of the raw and the scored topic; never changed once they exist.", ge=1, le=1_000)
    ] = 6
    replication: Annotated[int, says("Copies of each partition; 3 on a cluster of three or more.", ge=1, le=9)] = 1
    retention_hours: Annotated[
        int, says("How long records stay; longer than any outage of a worker or of the store.", ge=1, le=8_760)
    ] = 168
    security_protocol: Annotated[
        Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"], says("How brokers are spoken to, in Kafka's words.")
    ] = "PLAINTEXT"
    sasl_mechanism: Annotated[
        Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"], says("How the user is proven, for SASL.")
    ] = "SCRAM-SHA-512"
    sasl_user: Annotated[Name | None, says("User of the cluster, for SASL.", "a name")] = None
    sasl_password: Annotated[Secret | None, says("Of that user.", '"file:PATH"')] = None
    ca_file: Annotated[
        FilePath | None, says("Who is trusted to sign the brokers' certificates; none: the system's.", "a path")
    ] = None
    cert_file: Annotated[FilePath | None, says("Our own certificate, where brokers ask for one.", "a path")] = None
    key_file: Annotated[FilePath | None, says("Its key.", "a path")] = None


class WorkSettings(Struct, frozen=True, kw_only=True):
    """The workers of the distributed stages, `atalaya work score` and `atalaya work watch`."""

    batch: Annotated[int, says("Records that are processed together.", ge=1, le=5_000)] = 500
    max_invalid_ratio: Annotated[
        float,
        says("A worker stops when a larger share of its last 1000 records cannot be used; 1: never.", ge=0, le=1),
    ] = 0.1
    stuck_after_seconds: Annotated[
        float, says("A worker ends when it has work and makes no progress for so long.", ge=5, le=3_600)
    ] = 120
    session_seconds: Annotated[
        float, says("A worker that is silent for so long loses its partitions to the others.", ge=1, le=300)
    ] = 15


class MetricsSettings(Struct, frozen=True, kw_only=True):
    """Where `ingest`, `work` and `serve` show their metrics, which name nobody."""

    host: Annotated[
        str, says("Where to listen; 0.0.0.0: for Prometheus on another machine.", "an address", min_length=1)
    ] = "127.0.0.1"
    port: Annotated[int, says("At which port; 0: any free one, told at the start.", ge=0, le=65_535)] = 0
