"""How every client of ours reaches the brokers, and what their failures mean to a person."""

import errno
import gc
import logging
import os
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from kafka import errors
from kafka.net.compat import KafkaNetClient

from mentions.errors import AtalayaError, BrokerUnavailable, TopicMismatch, UsageError
from mentions.settings_streaming import KafkaSettings

_Client = TypeVar("_Client")
BOOTSTRAP_SECONDS = 5.0
"""How long a new client looks for a broker before it is said that none answers."""
RECONNECT_SECONDS = 2.0
"""The longest pause between attempts of a living client: a broker that is back is noticed within it."""
NO_SERVERS = 'no Kafka is configured; name its brokers in atalaya.toml: [kafka] servers = ["kafka.example:9092"]'


def client_options(kafka: KafkaSettings, client_id: str) -> dict[str, Any]:
    """What producers, consumers and admin clients of kafka-python need to reach the brokers.

    The password shows as `***` wherever the options are shown.

    Raises:
        UsageError: no servers, a user that SASL needs is missing, or a certificate file cannot be used.
    """
    if not kafka.servers:
        raise UsageError(NO_SERVERS)
    _listen()
    options: dict[str, Any] = {
        "bootstrap_servers": list(kafka.servers),
        "client_id": client_id,
        "bootstrap_timeout_ms": int(BOOTSTRAP_SECONDS * 1000),
        "reconnect_backoff_max_ms": int(RECONNECT_SECONDS * 1000),
        "security_protocol": kafka.security_protocol,
    }
    if kafka.security_protocol.startswith("SASL"):
        options |= _sasl(kafka)
    if kafka.security_protocol.endswith("SSL"):
        options |= _tls(kafka)
    return options


def connect(client: Callable[..., _Client], kafka: KafkaSettings, client_id: str, **options: Any) -> _Client:
    """Make a client of kafka-python. One that finds no broker leaves neither a thread nor a socket behind.

    Raises:
        BrokerUnavailable, UsageError: as `explained` and `client_options` say.
    """
    made: list[KafkaNetClient] = []

    def net_client(**configs: Any) -> KafkaNetClient:
        made.append(KafkaNetClient(**configs))
        return made[-1]

    try:
        with explained(kafka.servers, kafka.sasl_user):
            return client(**client_options(kafka, client_id), kafka_client=net_client, **options)
    except BaseException:
        for net in made:
            net.close()
        # kafka-python 3.0.12 drops sockets that got no connection in cycles: some hundreds in an hour without brokers.
        gc.collect()
        raise


@contextmanager
def explained(servers: Sequence[str], user: str | None = None) -> Iterator[None]:
    """Turn kafka-python's failures into errors of ours, in one sentence each.

    Raises:
        BrokerUnavailable: no broker answers, or it refuses us; the same call may succeed later.
        TopicMismatch: a topic is missing.
        UsageError: what was asked for can never succeed on these brokers.
    """
    _gossip.reason = None
    try:
        yield
    except errors.KafkaError as error:
        raise meaning(error, servers, user) from error


def meaning(error: BaseException, servers: Sequence[str], user: str | None = None) -> AtalayaError:
    """What a failure of kafka-python means: where, what, and what to do."""
    brokers = f"Kafka at {', '.join(servers)}"
    who = f"the user {user}" if user else "clients without a user"
    if isinstance(error, _LATE):  # says nothing; what was said meanwhile does
        error = _gossip.reason or error
    match error:
        case errors.SaslAuthenticationFailedError() | errors.UnsupportedSaslMechanismError():
            return BrokerUnavailable(f"{brokers} refuses {who}; {_CREDENTIALS}")
        case errors.AuthorizationError():
            thing = _FORBIDDEN.get(type(error), "do this")
            return BrokerUnavailable(f"{brokers} does not allow {who} to {thing}; have it granted by an ACL")
        case errors.UnknownTopicOrPartitionError():
            return TopicMismatch(f"a topic is missing on {brokers}; make it with `atalaya topics ensure`")
        case errors.UnsupportedVersionError() | errors.UnrecognizedBrokerVersion():
            return UsageError(f"{brokers} is too old for this client; Apache Kafka 2.8 or newer is needed")
        case errors.KafkaConfigurationError():
            return UsageError(f"{brokers} cannot be spoken to with these settings: {_words(error)}; see [kafka]")
        case errors.MessageSizeTooLargeError() | errors.RecordListTooLargeError() | errors.InvalidRecordError():
            return BrokerUnavailable(f"{brokers} refuses a record: {_words(error)}")
        case errors.InvalidTimestampError():
            return BrokerUnavailable(f"{brokers} refuses the times of our records; compare the clocks of the machines")
    if isinstance(error, errors.BrokerResponseError):
        return BrokerUnavailable(f"{brokers} cannot do it now: {_words(error)}")
    return BrokerUnavailable(f"{brokers} does not answer: {_reason(error, user)}")


def _reason(error: BaseException, user: str | None) -> str:
    """Why nobody answered, as far as kafka-python knows."""
    words = _words(error)
    if words == os.strerror(errno.ECONNREFUSED).lower():
        return f"{words}; is it running, and is this its port?"
    if "DNS" in words:
        return "the name is not known here; see [kafka] servers"
    if "CERTIFICATE_VERIFY_FAILED" in words:
        return "its certificate is not trusted; [kafka] ca_file names who signed it"
    if "Handshake failed" in words:
        return "it does not speak TLS as we do; see [kafka] security_protocol, cert_file and key_file"
    if "socket disconnected" in words:
        # The refusal comes together with the end of the connection, and kafka-python 3.0.12 reads only the end.
        refused = f"it refuses the user {user}: {_CREDENTIALS}; or "
        return f"it closes the connection; {refused if user else ''}see [kafka] security_protocol"
    return words


_LATE = (errors.KafkaTimeoutError, errors.RequestTimedOutError)
_CREDENTIALS = "check [kafka] sasl_user, sasl_password and sasl_mechanism"
_FORBIDDEN = {
    errors.TopicAuthorizationFailedError: "use the topic",
    errors.ClusterAuthorizationFailedError: "do this on the cluster",
    errors.GroupAuthorizationFailedError: "use the group",
}


def _words(error: BaseException) -> str:
    """What an error says of itself in one line, without its class; a number of the system in words."""
    text = " ".join(str(argument) for argument in error.args if argument) or getattr(error, "description", None)
    words = (text or type(error).__name__).split()
    return os.strerror(int(words[0])).lower() if words[0].isdigit() else " ".join(words)[:300]


def _sasl(kafka: KafkaSettings) -> dict[str, Any]:
    if not kafka.sasl_user or kafka.sasl_password is None:
        raise UsageError(f"[kafka] security_protocol is {kafka.security_protocol}; give sasl_user and sasl_password")
    return {
        "sasl_mechanism": kafka.sasl_mechanism,
        "sasl_plain_username": kafka.sasl_user,
        "sasl_plain_password": _Masked(kafka.sasl_password.reveal()),
    }


def _tls(kafka: KafkaSettings) -> dict[str, Any]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for key, path in (("ca_file", kafka.ca_file), ("cert_file", kafka.cert_file)):
        try:
            if path and key == "ca_file":
                context.load_verify_locations(path)
            elif path:
                context.load_cert_chain(path, kafka.key_file)
        except OSError as error:  # ssl.SSLError is one
            what = error.strerror or error
            raise UsageError(f"[kafka] {key} = {path!r} cannot be used: {what}; name a PEM file") from error
    return {"ssl_cafile": kafka.ca_file, "ssl_certfile": kafka.cert_file, "ssl_keyfile": kafka.key_file}


class _Masked(str):
    """A password as kafka-python wants it; whoever prints its options sees `***`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


class _Gossip(logging.Handler):
    """Hears kafka-python's own log, several lines per attempt, instead of the program's; keeps the best reason."""

    reason: BaseException | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Keep what went wrong, if the line says so. What a broker answered says more than that it hung up."""
        for told in record.args if isinstance(record.args, tuple) else ():
            if isinstance(told, errors.BrokerResponseError) or (
                isinstance(told, BaseException) and not isinstance(self.reason, errors.BrokerResponseError)
            ):
                self._keep(told)

    def _keep(self, told: BaseException) -> None:
        if not isinstance(told, _LATE):
            # Not the raised one itself, which holds frames, and these hold sockets.
            self.reason = type(told)(*told.args) if isinstance(told, errors.KafkaError) else OSError(str(told))


_gossip = _Gossip()


def _listen() -> None:
    """Say nothing in kafka-python's name: each of our rooms tells changes of state in one line of its own.

    Never below warning: at debug it writes passwords and texts.
    """
    logger = logging.getLogger("kafka")
    if _gossip not in logger.handlers:
        logger.addHandler(_gossip)
        logger.setLevel(logging.WARNING)
        logger.propagate = False
