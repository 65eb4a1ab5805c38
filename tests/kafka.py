"""A real Apache Kafka for the tests: one broker for each test process, and one more for a test that ends it.

`ATALAYA_TEST_KAFKA` names a running broker, "host:port", to use instead where nobody ends it. A broker of the tests'
own needs Java and the jars that `sh tools/kafka.sh jars` fetches; its settings are in `tools/kafka/broker.properties`.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests import lifeline
from tests.ports import free_ports

SCRIPT = str(Path(__file__).parents[1] / "tools" / "kafka.sh")
STARTS_WITHIN = 90.0
"""Seconds. Measured with two idle cores: 1.4, and 3.5 after a kill, whose session of 2 s must end first."""
STOPS_WITHIN = 20.0


class MissingBrokerError(Exception):
    """There is no broker to be had on this machine; `str()` says what would help."""


class NotOurBrokerError(Exception):
    """A test wants to end a broker that others started."""


@dataclass
class Broker:
    """A Kafka of one node. What it stores is safe from `kill`, but not from a loss of the machine's power."""

    servers: str
    """ "host:port", where it speaks without security."""
    version: str
    """Such as "4.4.0"; of a broker that others started the least that it can be, such as "4.3"."""
    addresses: Mapping[str, str] = field(default_factory=dict)
    """Protocol -> "host:port", for the `protocols` that `serving` was asked for."""
    _command: Sequence[str] = ()
    _log: Path = Path(os.devnull)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        """Whether it has not ended; a paused one is running."""
        return not self._command or (self._process is not None and self._process.poll() is None)

    def start(self) -> None:
        """Start at the same addresses on the same data, and wait until it answers.

        Raises:
            RuntimeError: it runs already, or did not start; with what it said.
        """
        self._check_ours("start")
        if self.is_running:
            msg = f"the broker {self.servers} runs already"
            raise RuntimeError(msg)
        self._process = self._spawn()
        try:
            self._wait_until_ready()
        except BaseException:
            self.kill()
            raise

    def kill(self) -> None:
        """End it at once (SIGKILL). It may have ended, or be paused."""
        self._check_ours("kill")
        if self._process is not None:
            self._process.kill()
            self._process.wait(STOPS_WITHIN)

    def stop(self) -> None:
        """Ask it to end (SIGTERM), and wait until it has."""
        self._check_ours("stop")
        self._send(signal.SIGTERM)
        self._send(signal.SIGCONT)
        if self._process is not None:
            self._process.wait(STOPS_WITHIN)

    def pause(self) -> None:
        """Hold it (SIGSTOP): connections stay open, and nothing is answered."""
        self._check_ours("pause")
        self._send(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a paused one go on."""
        self._check_ours("resume")
        self._send(signal.SIGCONT)

    def close(self) -> None:
        """End what was started here."""
        if self._command:
            self.kill()

    def _check_ours(self, verb: str) -> None:
        if not self._command:
            msg = (
                f"the broker {self.servers} is named by ATALAYA_TEST_KAFKA and not ours to {verb}; "
                "take the fixture own_kafka or serving(own=True)"
            )
            raise NotOurBrokerError(msg)

    def _send(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def _spawn(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return lifeline.popen(self._command, stdout=log, stderr=log)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + STARTS_WITHIN
        while not _answers(self.servers):
            if not self.is_running or time.monotonic() > deadline:
                msg = f"Kafka did not start:\n{self._log.read_text(errors='replace')[-4000:]}"
                raise RuntimeError(msg)
            time.sleep(0.02)


@contextmanager
def serving(
    *,
    own: bool = False,
    extra: Mapping[str, str] | None = None,
    protocols: Sequence[str] = (),
    folder: Path | None = None,
) -> Iterator[Broker]:
    """Use the broker that the environment names, or start one, and end what was started.

    Any argument asks for a broker of one's own, whatever the environment names.

    Args:
        own: the test wants to end it.
        extra: broker settings, such as {"message.max.bytes": "1000"}.
        protocols: of SASL_PLAINTEXT, SSL and SASL_SSL those that it speaks too, each at a port of its own
            (`Broker.addresses`). What they need goes into `extra`. For SASL by passwords: "sasl.enabled.mechanisms":
            "PLAIN" and "listener.name.sasl_plaintext.plain.sasl.jaas.config":
            'org.apache.kafka.common.security.plain.PlainLoginModule required user_NAME="PASSWORD";'. For TLS:
            "ssl.keystore.type": "PEM" and "ssl.keystore.location", a file of key (PKCS #8) and certificates.
        folder: where it keeps its data, which the caller removes; what it says of its doings is written elsewhere. On
            a disk of a few MB it needs "log.index.size.max.bytes": "4096" and "log.segment.bytes": "1048576"; when the
            disk is full it ends by itself. Default: a folder that is removed.

    Raises:
        MissingBrokerError: neither is possible here.
        RuntimeError: it did not start, or the one that the environment names does not answer.
    """
    named = os.environ.get("ATALAYA_TEST_KAFKA")
    if named and not (own or extra or protocols or folder):
        with closing(Broker(named, _version_of(named))) as broker:
            yield broker
        return
    jars = _jars()
    scratch = Path(tempfile.mkdtemp(prefix="atalaya-kafka-"))
    try:
        with closing(_broker(jars, scratch, folder or scratch / "data", extra or {}, protocols)) as broker:
            broker.start()
            yield broker
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _broker(jars: Path, scratch: Path, data: Path, extra: Mapping[str, str], protocols: Sequence[str]) -> Broker:
    port, controller, *others = free_ports(2 + len(protocols))
    addresses = {name: f"127.0.0.1:{other}" for name, other in zip(protocols, others, strict=True)}
    plain = {"PLAINTEXT": f"127.0.0.1:{port}", "CONTROLLER": f"127.0.0.1:{controller}"}
    listeners = ",".join(f"{name}://{address}" for name, address in (plain | addresses).items())
    settings = {"listeners": listeners, **extra}
    command = ["sh", SCRIPT, "serve", str(port), str(controller), str(data), *map("=".join, settings.items())]
    version = next((jars / "lib").glob("kafka-clients-*.jar")).stem.rpartition("-")[2]
    return Broker(plain["PLAINTEXT"], version, addresses, command, scratch / "log")


def _jars() -> Path:
    found = subprocess.run(["sh", SCRIPT, "where"], capture_output=True, text=True, timeout=STARTS_WITHIN, check=False)
    if found.returncode:
        msg = f"{found.stderr.strip()} Or name a running broker by ATALAYA_TEST_KAFKA."
        raise MissingBrokerError(msg)
    return Path(found.stdout.strip())


def _version_of(servers: str) -> str:
    if not _answers(servers):
        msg = f"ATALAYA_TEST_KAFKA names {servers}, where no broker answers"
        raise RuntimeError(msg)
    from kafka import KafkaAdminClient  # takes 0.2 s, which few tests need

    with closing(KafkaAdminClient(bootstrap_servers=servers, bootstrap_timeout_ms=5000)) as client:
        node = client.describe_cluster()["brokers"][0]["broker_id"]
        return ".".join(map(str, client.get_broker_version_data(node).broker_version))


def _answers(servers: str) -> bool:
    """Whether the broker takes connections, which it does when it knows itself as part of its cluster."""
    host, _, port = servers.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=1.0).close()
    except OSError:
        return False
    return True
