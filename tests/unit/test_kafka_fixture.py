"""What the tests' own Kafka promises. The rest of the tests relies on it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import kafka as kafkas
from tests import lifeline
from tests.kafka import Broker, MissingBrokerError, NotOurBrokerError, serving
from tests.ports import free_ports

ROOT = Path(kafkas.SCRIPT).parents[1]
DEADLINE = 30.0
needs_kcat = pytest.mark.skipif(not shutil.which("kcat"), reason="no kcat in PATH; install the package kcat")


def kcat(servers: str, *arguments: str, given: str = "", deadline: float = DEADLINE) -> str:
    """What kcat prints; an error where it does not succeed."""
    command = ["kcat", "-b", servers, "-X", "message.timeout.ms=10000", *arguments]
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=deadline, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def make_topic(broker: Broker, name: str) -> str:
    """A topic of one partition; its name."""
    from kafka import KafkaAdminClient

    client = KafkaAdminClient(bootstrap_servers=broker.servers, bootstrap_timeout_ms=5000)
    client.create_topics({name: {"num_partitions": 1, "replication_factor": 1}})
    client.close()
    return name


def produce(broker: Broker, topic: str, values: Sequence[str]) -> None:
    """Write records, and wait until they are acknowledged."""
    kcat(broker.servers, "-P", "-t", topic, given="".join(f"{value}\n" for value in values))


def consume(broker: Broker, topic: str) -> list[str]:
    """Every value of a topic, in order."""
    return kcat(broker.servers, "-C", "-t", topic, "-o", "beginning", "-e", "-q").splitlines()


def answers(servers: str) -> bool:
    """Whether somebody listens there."""
    host, port = servers.split(":")
    try:
        socket.create_connection((host, int(port)), timeout=1.0).close()
    except OSError:
        return False
    return True


def wait_until(condition: Callable[[], bool], deadline: float = DEADLINE) -> None:
    """Wait until it is true; an error after that many seconds."""
    ends = time.monotonic() + deadline
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.05)


@contextmanager
def own(**wanted: object) -> Iterator[Broker]:
    """`serving`, or a skip that says what is missing."""
    try:
        with serving(**wanted) as broker:  # type: ignore[arg-type]
            yield broker
    except MissingBrokerError as error:
        pytest.skip(str(error))


@needs_kcat
@pytest.mark.kafka
def test_a_record_that_kcat_writes_comes_out_with_key_and_header(kafka: Broker, topic_prefix: str) -> None:
    """What goes in by Kafka's protocol comes out again: value, key and header."""
    topic = make_topic(kafka, f"{topic_prefix}posts")
    kcat(kafka.servers, "-P", "-t", topic, "-k", "ana", "-H", "v=1", "-z", "lz4", given='{"text":"Lumbre, por fin"}\n')
    said = kcat(kafka.servers, "-C", "-t", topic, "-o", "beginning", "-e", "-q", "-f", "%k %h %s")
    assert said == 'ana v=1 {"text":"Lumbre, por fin"}'
    assert kafka.version == "4.4.0" or "ATALAYA_TEST_KAFKA" in os.environ


@needs_kcat
@pytest.mark.kafka
def test_a_topic_that_nobody_made_is_refused(kafka: Broker, topic_prefix: str) -> None:
    """A write does not make a topic by itself."""
    with pytest.raises(AssertionError, match="Message timed out"):
        kcat(kafka.servers, "-X", "message.timeout.ms=1000", "-P", "-t", f"{topic_prefix}mistyped", given="lost\n")
    assert topic_prefix not in kcat(kafka.servers, "-L")


@needs_kcat
@pytest.mark.kafka
def test_a_killed_broker_that_is_started_again_has_its_records(own_kafka: Broker, topic_prefix: str) -> None:
    """Acknowledged records survive kill -9; it is started by a thread that ends, and goes on; paused, it is silent."""
    topic = make_topic(own_kafka, f"{topic_prefix}posts")
    values = [f"Nubira {n}" for n in range(500)]
    produce(own_kafka, topic, values)
    own_kafka.kill()
    assert (own_kafka.is_running, answers(own_kafka.servers)) == (False, False)
    starting = threading.Thread(target=own_kafka.start)
    starting.start()
    starting.join(kafkas.STARTS_WITHIN)
    assert consume(own_kafka, topic) == values
    own_kafka.pause()
    with pytest.raises(AssertionError, match="Failed to acquire metadata"):
        kcat(own_kafka.servers, "-L", "-m", "1")
    assert own_kafka.is_running
    own_kafka.resume()
    assert consume(own_kafka, topic) == values


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate of 127.0.0.1, which signs itself, in one file."""
    folder = tmp_path_factory.mktemp("tls")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=kafka -addext subjectAltName=IP:127.0.0.1"
    subprocess.run(
        [*command.split(), "-keyout", "key.pem", "-out", "certificate.pem"],
        check=True, capture_output=True, timeout=DEADLINE, cwd=folder,
    )  # fmt: skip
    pair = folder / "pair.pem"
    pair.write_text((folder / "key.pem").read_text() + (folder / "certificate.pem").read_text())
    return pair


@needs_kcat
@pytest.mark.kafka
def test_a_broker_may_ask_for_passwords_and_speak_tls_and_keep_its_data(certificate: Path, tmp_path: Path) -> None:
    """A test can have SASL, TLS, settings and a data folder of its own; the folder outlives the broker."""
    plain = "org.apache.kafka.common.security.plain.PlainLoginModule required"
    extra = {
        "sasl.enabled.mechanisms": "PLAIN",
        "listener.name.sasl_plaintext.plain.sasl.jaas.config": f'{plain} user_kolibri="a=b c";',
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(certificate),
    }
    folder = tmp_path / "a disk"
    with own(extra=extra, protocols=["SASL_PLAINTEXT", "SSL"], folder=folder) as broker:
        topic = make_topic(broker, "posts")
        produce(broker, topic, ["Kolibri"])
        sasl = ["-X", "security.protocol=SASL_PLAINTEXT", "-X", "sasl.mechanism=PLAIN", "-X", "sasl.username=kolibri"]
        reading = ["-C", "-t", topic, "-o", "beginning", "-e", "-q"]
        assert kcat(broker.addresses["SASL_PLAINTEXT"], *sasl, "-X", "sasl.password=a=b c", *reading) == "Kolibri\n"
        with pytest.raises(AssertionError, match="Authentication failed"):
            kcat(broker.addresses["SASL_PLAINTEXT"], *sasl, "-X", "sasl.password=b", "-L", "-m", "2")
        tls = ["-X", "security.protocol=SSL", "-X", f"ssl.ca.location={certificate}"]
        assert kcat(broker.addresses["SSL"], *tls, *reading) == "Kolibri\n"
        broker.stop()
    assert (folder / "posts-0").is_dir()


@pytest.mark.kafka
def test_the_broker_that_the_environment_names_is_used_and_not_ended(
    own_kafka: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ATALAYA_TEST_KAFKA is taken instead of starting one; whoever wants to end it is told to take another."""
    monkeypatch.setenv("ATALAYA_TEST_KAFKA", own_kafka.servers)
    with serving() as named:
        assert (named.servers, named.is_running) == (own_kafka.servers, True)
        assert named.version.startswith("4.")
        for end in (named.kill, named.stop, named.start, named.pause, named.resume):
            with pytest.raises(NotOurBrokerError, match=rf"not ours to {end.__name__}; take the fixture own_kafka"):
                end()
    assert answers(own_kafka.servers)
    own_kafka.kill()
    with pytest.raises(RuntimeError, match=f"names {own_kafka.servers}, where no broker answers"), serving():
        pass


def path_of(folder: Path, *tools: str) -> str:
    """A PATH on which there are these tools and no others."""
    folder.mkdir()
    for tool in tools:
        (folder / tool).symlink_to(str(shutil.which(tool)))
    return str(folder)


def test_without_java_the_error_names_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no Java, the error says what to install, and that a running broker will do."""
    monkeypatch.delenv("ATALAYA_TEST_KAFKA", raising=False)
    monkeypatch.setenv("PATH", path_of(tmp_path / "bin", "sh", "sed", "dirname", "rm"))
    missing = r"needs Java 17 or newer; none was found\. Install it: apt-get install .* by ATALAYA_TEST_KAFKA\.$"
    with pytest.raises(MissingBrokerError, match=missing), serving():
        pass


@pytest.mark.skipif(not shutil.which("java"), reason="no java in PATH; install the package default-jre-headless")
def test_without_jars_the_error_names_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are no jars, the error says how to fetch them, and that a running broker will do."""
    monkeypatch.delenv("ATALAYA_TEST_KAFKA", raising=False)
    monkeypatch.setenv("ATALAYA_KAFKA_JARS", str(tmp_path / "none"))
    missing = rf"are not in {tmp_path}/none\. Fetch them: sh tools/kafka\.sh jars .* by ATALAYA_TEST_KAFKA\.$"
    with pytest.raises(MissingBrokerError, match=missing), serving():
        pass


SESSION = """
def test_it(kafka, tmp_path_factory):
    open({out!r}, "w").write(f"{{kafka.servers}} {{kafka._process.pid}}")
    if {killed}:
        import os, signal
        os.kill(os.getpid(), signal.SIGKILL)
"""


def run_session(folder: Path, *, killed: bool = False, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a session of pytest whose one test uses Kafka, and then ends or is killed."""
    (folder / "test_it.py").write_text(SESSION.format(out=str(folder / "out"), killed=killed))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.conftest"]
    inherited = {name: value for name, value in os.environ.items() if name not in ("ATALAYA_TEST_KAFKA", "CI")}
    inherited["TMPDIR"] = str(folder)  # where a killed one leaves its data
    return subprocess.run(
        [*command, str(folder / "test_it.py")],
        capture_output=True, text=True, timeout=180, check=False, cwd=ROOT, env=inherited | environment,
    )  # fmt: skip


@pytest.mark.kafka
@pytest.mark.parametrize("killed", [False, True])
def test_the_broker_ends_with_the_tests(tmp_path: Path, killed: bool) -> None:
    """When a session of tests has ended, or was killed, its broker is gone."""
    done = run_session(tmp_path, killed=killed)
    if "1 skipped" in done.stdout:
        pytest.skip(done.stdout)
    assert done.returncode == (-signal.SIGKILL if killed else 0), done.stdout + done.stderr
    servers, process = (tmp_path / "out").read_text().split()
    wait_until(lambda: not lifeline.runs(int(process)) and not answers(servers), 5.0)


def test_in_ci_a_test_without_a_broker_fails(tmp_path: Path) -> None:
    """Where there is no broker a test is skipped with what to install; with CI=true that is a failure."""
    done = run_session(tmp_path, ATALAYA_KAFKA_JARS=str(tmp_path / "none"), CI="true")
    assert "skipped, which CI does not allow" in done.stdout
    assert "by ATALAYA_TEST_KAFKA" in done.stdout
    assert done.returncode == 1


@contextmanager
def developing(environment: dict[str, str]) -> Iterator[Broker]:
    """`make kafka` in a terminal, until Ctrl-C."""
    with subprocess.Popen(["sh", kafkas.SCRIPT, "run"], env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            servers = f"127.0.0.1:{environment['ATALAYA_KAFKA_PORT']}"
            assert process.stdout.readline().endswith(f"Use it by ATALAYA_KAFKA_SERVERS={servers}\n")
            wait_until(lambda: answers(servers))
            yield Broker(servers, "")
            process.send_signal(signal.SIGINT)
            process.wait(DEADLINE)
        finally:
            process.kill()


@needs_kcat
@pytest.mark.kafka
def test_the_broker_for_development_keeps_its_data(tmp_path: Path, kafka: Broker) -> None:
    """`make kafka` says how to use it, ends at Ctrl-C and finds its topics again; a port that is taken is named."""
    environment = os.environ | {"ATALAYA_KAFKA_DATA": str(tmp_path / "my data")}
    taken = kafka.servers.partition(":")[2]
    command = ["sh", kafkas.SCRIPT, "run"]
    second = subprocess.run(
        command, env=environment | {"ATALAYA_KAFKA_PORT": taken}, capture_output=True, text=True, timeout=DEADLINE
    )
    assert (second.returncode, second.stdout) == (2, "")
    assert f"Port {taken} on 127.0.0.1 is taken" in second.stderr
    environment["ATALAYA_KAFKA_PORT"] = str(free_ports(1)[0])
    with developing(environment) as broker:
        produce(broker, make_topic(broker, "posts"), ["Lumbre"])
    with developing(environment) as broker:
        assert consume(broker, "posts") == ["Lumbre"]
