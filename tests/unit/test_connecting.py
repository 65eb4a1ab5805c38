import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaProducer, errors

from ingest.kafka import connecting
from ingest.kafka.connecting import client_options, connect, explained
from ingest.kafka.sender_state import SenderState, Voice
from mentions.errors import AtalayaError, BrokerUnavailable, TopicMismatch, UsageError
from mentions.settings_schema import Secret
from mentions.settings_streaming import KafkaSettings

HERE = KafkaSettings(servers=("127.0.0.1:1",))
"""A port where nobody listens."""
SECURE = KafkaSettings(
    servers=("kafka.example:9092", "other.example:9092"),
    security_protocol="SASL_SSL",
    sasl_mechanism="SCRAM-SHA-256",
    sasl_user="lumbre",
    sasl_password=Secret("horno de leña"),
)


def test_options_pass_what_the_brokers_ask_for() -> None:
    """Servers, protocol, mechanism, user and password go to the client as configured."""
    options = client_options(SECURE, "test")
    expected = {
        "bootstrap_servers": ["kafka.example:9092", "other.example:9092"],
        "client_id": "test",
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-256",
        "sasl_plain_username": "lumbre",
        "sasl_plain_password": "horno de leña",
        "ssl_cafile": None,
    }
    assert expected.items() <= options.items()


def test_options_without_security_name_no_user() -> None:
    """In the clear there is neither user nor certificate."""
    assert not [key for key in client_options(HERE, "test") if key.startswith(("sasl", "ssl"))]


def test_a_shown_option_hides_the_password() -> None:
    """Whoever prints the options, as kafka-python does at debug, prints no password."""
    assert "horno" not in repr(client_options(SECURE, "test"))
    assert "'sasl_plain_password': '***'" in f"{client_options(SECURE, 'test')}"


def test_without_servers_it_says_what_to_configure() -> None:
    """The sentence names the key and shows an example."""
    with pytest.raises(UsageError, match=r"no Kafka is configured.*\[kafka\] servers = \["):
        client_options(KafkaSettings(), "test")


@pytest.mark.parametrize("key", ["ca_file", "cert_file"])
def test_a_certificate_that_cannot_be_used_is_named(key: str, tmp_path: Path) -> None:
    """A missing file, and one that holds something else, are told with key and path before anybody is called."""
    bad = tmp_path / "bad.pem"
    bad.write_text("pan")
    for path in (tmp_path / "missing.pem", bad):
        settings = KafkaSettings(servers=("127.0.0.1:1",), security_protocol="SSL", **{key: str(path)})
        with pytest.raises(UsageError, match=rf"\[kafka\] {key} = '{path}' cannot be used"):
            client_options(settings, "test")


@pytest.mark.parametrize(
    ("failure", "kind", "sentence"),
    [
        (errors.KafkaTimeoutError("Unable to bootstrap"), BrokerUnavailable, "does not answer: Unable to bootstrap"),
        (errors.KafkaConnectionError("111 ECONNREFUSED"), BrokerUnavailable, "connection refused; is it running"),
        (errors.KafkaConnectionError("DNS Resolution failure"), BrokerUnavailable, "the name is not known"),
        (errors.KafkaConnectionError("socket disconnected"), BrokerUnavailable, "refuses the user lumbre"),
        (
            errors.KafkaConnectionError("Handshake failed: [SSL: CERTIFICATE_VERIFY_FAILED] certificate ..."),
            BrokerUnavailable,
            "ca_file names who signed it",
        ),
        (errors.SaslAuthenticationFailedError("no"), BrokerUnavailable, "refuses the user lumbre; check"),
        (errors.TopicAuthorizationFailedError("t"), BrokerUnavailable, "does not allow the user lumbre to use the"),
        (errors.ClusterAuthorizationFailedError(), BrokerUnavailable, "granted by an ACL"),
        (errors.UnknownTopicOrPartitionError("t"), TopicMismatch, "topic is missing .* `atalaya topics ensure`"),
        (errors.IncompatibleBrokerVersion("x"), UsageError, "too old for this client"),
        (errors.KafkaConfigurationError("acks"), UsageError, "these settings: acks"),
        (errors.InvalidTimestampError(), BrokerUnavailable, "compare the clocks"),
        (errors.NotLeaderForPartitionError(), BrokerUnavailable, "cannot do it now: This error is thrown"),
    ],
)
def test_each_failure_becomes_one_sentence(failure: Exception, kind: type[AtalayaError], sentence: str) -> None:
    """It says where, what, and what to do, and has the exit code of its kind; one line."""
    with pytest.raises(kind, match=sentence) as caught, explained(("kafka.example:9092",), "lumbre"):
        raise failure
    assert str(caught.value).startswith(("Kafka at kafka.example:9092 ", "a topic is missing on Kafka at kafka"))
    assert "\n" not in str(caught.value)


def test_other_errors_are_left_alone() -> None:
    """What is no failure of Kafka's passes as it is."""
    with pytest.raises(ZeroDivisionError), explained(("kafka.example:9092",)):
        _ = 1 / 0


class Program(logging.Handler):
    """Hears what the program's own handler would show."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the line."""
        self.lines.append(record.getMessage())


@pytest.fixture
def program() -> Iterator[Program]:
    """The root's handler, at its loudest."""
    root, program = logging.getLogger(), Program()
    level = root.level
    root.addHandler(program)
    root.setLevel(logging.DEBUG)
    yield program
    root.setLevel(level)
    root.removeHandler(program)


@pytest.mark.parametrize("client", [KafkaAdminClient, KafkaProducer])
def test_an_unreachable_broker_is_told_with_the_reason_and_without_chatter(
    client: type, monkeypatch: pytest.MonkeyPatch, program: Program
) -> None:
    """The error says that the connection was refused; kafka-python's lines per attempt are not ours to show."""
    monkeypatch.setattr(connecting, "BOOTSTRAP_SECONDS", 0.3)
    with pytest.raises(BrokerUnavailable, match=r"127\.0\.0\.1:1 .* connection refused"):
        connect(client, HERE, "test")
    assert not program.lines


def test_a_client_that_finds_nobody_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it is tried, no thread and no socket of kafka-python stays: hours without brokers are survived."""
    monkeypatch.setattr(connecting, "BOOTSTRAP_SECONDS", 0.05)
    # pytest keeps every line of this log, and so the errors in them, their frames and their sockets
    monkeypatch.setattr(logging.getLogger("kafka"), "handlers", [connecting._gossip])

    def held() -> tuple[int, int]:
        return threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))

    with pytest.raises(BrokerUnavailable):
        connect(KafkaAdminClient, HERE, "test")
    threads, files = held()
    for client in (KafkaAdminClient, KafkaProducer) * 5:
        with pytest.raises(BrokerUnavailable):
            connect(client, HERE, "test")
    left = held()
    assert left[0] <= threads, threading.enumerate()
    assert left[1] <= files


# --- what the sender says of itself ---


def test_one_line_when_it_goes_down_and_one_when_it_is_back(caplog: pytest.LogCaptureFixture) -> None:
    """However often the same is noticed; the state is told each time that it changes."""
    states: list[SenderState] = []
    voice = Voice(states.append, lambda: 7)
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            voice.up()
        for _ in range(3):
            voice.down("nobody answers")
        for _ in range(3):
            voice.up()
    assert [record.message for record in caplog.records] == [
        "Kafka takes records",
        "Kafka takes no records now",
        "Kafka takes records again",
    ]
    assert vars(caplog.records[1])["waiting"] == 7
    assert [(state.connected, state.detail) for state in states] == [(True, ""), (False, "nobody answers"), (True, "")]


def test_a_long_outage_is_reminded_of(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line when it begins, then one each five minutes, with how long it has lasted."""
    now = 1_000.0
    monkeypatch.setattr("ingest.kafka.sender_state.time.monotonic", lambda: now)
    voice = Voice(lambda _: None, lambda: 7)
    with caplog.at_level(logging.INFO):
        for _ in range(61):
            voice.down("nobody answers")
            now += 10.0
    told = [(record.message, vars(record).get("since_seconds")) for record in caplog.records]
    still = "Kafka still takes no records"
    assert told == [("Kafka takes no records now", None), (still, 300), (still, 600)]
