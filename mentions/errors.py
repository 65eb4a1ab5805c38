"""The errors that callers can act on.

    AtalayaError                  anything that we say clearly; `exit_code` is that of the command line
    ├── UsageError          (2)   the request or the configuration is wrong; nothing was changed
    │   ├── SettingsError         a key or value of the configuration (ManySettingsError: several, reported together)
    │   ├── QueryError            a brand's query; shows the place with a caret
    │   ├── TopicMismatch         a Kafka topic is missing or not as it must be
    │   └── GrafanaDenied         Grafana does not know us, lets us not do it, or is no Grafana
    ├── Unavailable         (3)   a service or file cannot be reached *now*; retry, nothing was lost
    │   ├── StoreUnavailable      locked, full or unreachable database
    │   ├── OutboxUnavailable     locked or full outbox
    │   ├── BrokerUnavailable     Kafka does not answer, or refuses us
    │   ├── MetricsUnavailable    Prometheus does not answer
    │   └── GrafanaUnavailable    Grafana does not answer, or is overloaded
    ├── LogTruncated        (3)   the log no longer holds what the store still needs
    ├── NotOurs             (3)   another worker owns this partition now
    ├── GrafanaRefused      (1)   Grafana will not write this: somebody else's hand is in it
    ├── TooManyInvalid      (1)   so many records of the log cannot be used that something else must be wrong
    └── CorruptRecord       (4)   bytes that our own writer cannot have made

`Unavailable` is retryable; the others are not.
"""


class AtalayaError(Exception):
    """Base of all errors that are worth a clear sentence to a person."""

    exit_code = 1


class UsageError(AtalayaError):
    """Wrong usage or configuration; nothing was changed."""

    exit_code = 2


class SettingsError(UsageError):
    """A configuration that cannot be used.

    Args:
        where: the file, environment variable or option, with the line where known (`atalaya.toml:12`).
        key: dotted key, or "" for the whole document.
        found: what stands there. allowed: what would be right.
    """

    def __init__(self, where: str, key: str, found: str, allowed: str) -> None:
        self.where, self.key, self.found, self.allowed = where, key, found, allowed
        place = f"{where}: {key}" if key else where
        super().__init__(f"{place}: {found}; {allowed}")


class QueryError(UsageError):
    """A query that cannot be understood or that would match nearly everything.

    `str()` shows the query with a caret under `position` (characters from 0).
    """

    def __init__(self, message: str, query: str, position: int) -> None:
        self.message, self.query, self.position = message, query, position
        super().__init__(f"{message}\n  {query}\n  {' ' * position}^")


class TopicMismatch(UsageError):
    """A Kafka topic is missing, or has other partitions or settings than it must have."""


class GrafanaDenied(UsageError):
    """Grafana does not accept the token, or does not let it do this; or there is no Grafana at the address."""


class Unavailable(AtalayaError):
    """Something that we need cannot be reached now; the same call may succeed later and nothing was lost."""

    exit_code = 3


class StoreUnavailable(Unavailable):
    """The database is locked, full or unreachable."""


class OutboxUnavailable(Unavailable):
    """The outbox is locked, full (by its bound or by the disk) or unreadable."""


class BrokerUnavailable(Unavailable):
    """No Kafka broker answers, or the one that does refuses us."""


class MetricsUnavailable(Unavailable):
    """Prometheus does not answer, or something else does at its address."""


class GrafanaUnavailable(Unavailable):
    """Grafana does not answer, answers with a failure of its own, or asks for patience."""


class GrafanaRefused(AtalayaError):
    """Grafana understood, and will not: what is there belongs to files, a plug-in, or somebody who changed it."""


class LogTruncated(AtalayaError):
    """The log was pruned beyond what the store has processed: going on would skip records."""

    exit_code = 3


class NotOurs(AtalayaError):
    """`progress` moved under us: another worker owns the partition. Forget what is in memory and reload."""

    exit_code = 3


class TooManyInvalid(AtalayaError):
    """More of the last records could not be used than `[work] max_invalid_ratio` allows; they were not acknowledged."""


class CorruptRecord(AtalayaError):
    """A record that cannot be decoded although its kind is known, or that is no JSON at all."""

    exit_code = 4
