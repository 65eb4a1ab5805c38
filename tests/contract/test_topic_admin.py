import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource

from atalaya.cli import run
from ingest.kafka.connecting import connect
from ingest.kafka.topic_states import Found, changes, report, wanted
from ingest.kafka.topics import TopicAdmin, TopicReport, topic_name
from mentions.errors import BrokerUnavailable, TopicMismatch, UsageError
from mentions.settings_schema import Secret
from mentions.settings_streaming import KafkaSettings
from mentions.topics import BRANDS, DEAD, RAW, SCORED, TOPICS
from tests.kafka import Broker, MissingBrokerError, serving


@pytest.fixture
def settings(kafka: Broker, topic_prefix: str) -> KafkaSettings:
    """A [kafka] without topics."""
    return KafkaSettings(servers=(kafka.servers,), prefix=topic_prefix, partitions=3)


@pytest.fixture
def admin(settings: KafkaSettings) -> Iterator[TopicAdmin]:
    """Its admin."""
    with TopicAdmin(settings) as opened:
        yield opened


def states(reports: list[TopicReport]) -> list[str]:
    """The state of each topic, in the order of the flow."""
    return [one.state for one in reports]


def set_by_hand(settings: KafkaSettings, name: str, **values: str) -> None:
    """Change settings of a topic as an operator would with Kafka's own tools."""
    with closing(connect(KafkaAdminClient, settings, "test")) as client:
        renamed = {key.replace("_", "."): value for key, value in values.items()}
        client.alter_configs([ConfigResource("TOPIC", name, renamed)])


# --- pure ---


def test_topics_are_wanted_as_documented() -> None:
    """Partitions and retention as configured where they grow, the contract's own elsewhere; sizes by the contract."""
    settings = KafkaSettings(servers=("a:1",), prefix="p.", partitions=12, replication=3, retention_hours=24)
    found = {want.topic: want for want in wanted(settings)}
    assert [want.name for want in wanted(settings)] == [f"p.{topic.name}" for topic in TOPICS]
    assert [found[topic].partitions for topic in (RAW, SCORED, BRANDS, DEAD)] == [12, 12, 1, 1]
    assert {want.replication for want in found.values()} == {3}
    assert found[RAW].settings == {
        "cleanup.policy": "delete",
        "retention.ms": "86400000",
        "max.message.bytes": str(4 * 2**20),
        "message.timestamp.type": "CreateTime",
    }
    assert found[BRANDS].settings["cleanup.policy"] == "compact"
    assert found[DEAD].settings["retention.ms"] == str(30 * 86_400_000)
    assert found[RAW].at_creation == {"min.insync.replicas": "2"}


@pytest.mark.parametrize(
    ("setting", "value", "state", "told"),
    [
        ("retention.ms", "1000", "wrong", "faults"),
        ("retention.ms", "-1", "ok", "notes"),
        ("max.message.bytes", "1000", "wrong", "faults"),
        ("max.message.bytes", "99999999", "ok", "notes"),
        ("cleanup.policy", "compact", "wrong", "faults"),
        ("message.timestamp.type", "LogAppendTime", "wrong", "faults"),
    ],
)
def test_less_than_wanted_is_wrong_and_more_is_a_note(setting: str, value: str, state: str, told: str) -> None:
    """Less retention or room loses records; more costs disk and is only told; `ensure` would put either back."""
    want = wanted(KafkaSettings(servers=("a:1",)))[0]
    found = Found(partitions=6, replication=1, settings={**want.settings, setting: value})
    one = report(want, found)
    assert one.state == state
    assert setting in getattr(one, told)[0]
    assert changes(want, found) == {setting: (value, want.settings[setting])}


def test_other_replication_is_a_note() -> None:
    """Copies are moved by Kafka's own tools; the topic works meanwhile."""
    want = wanted(KafkaSettings(servers=("a:1",), replication=3))[0]
    one = report(want, Found(partitions=6, replication=1, settings=want.settings))
    assert (one.state, one.faults) == ("ok", ())
    assert "has 1 copies, [kafka] replication says 3" in one.notes[0]


def test_settings_that_may_not_be_seen_are_neither_wrong_nor_changed() -> None:
    """A user without that right is told so, and nothing is taken for other than it must be."""
    want = wanted(KafkaSettings(servers=("a:1",)))[0]
    hidden = Found(partitions=6, replication=1)
    assert changes(want, hidden) == {}
    assert report(want, hidden).state == "ok"
    assert "may not be seen" in report(want, hidden).notes[0]


# --- on Kafka ---


def test_ensure_makes_every_topic_once(admin: TopicAdmin) -> None:
    """From nothing it makes all four, as wanted; the second time it changes nothing."""
    assert states(admin.show()) == ["missing"] * 4
    first = admin.ensure()
    assert states(first) == ["created"] * 4
    assert [(one.partitions, one.replication, one.kept) for one in first] == [
        (3, 1, "delete"),
        (3, 1, "delete"),
        (1, 1, "compact"),
        (1, 1, "delete"),
    ]
    assert [one.max_bytes for one in first] == [topic.max_bytes for topic in TOPICS]
    again = admin.ensure()
    assert states(again) == ["ok"] * 4
    assert not any(one.changes or one.faults or one.notes for one in again)
    assert states(admin.show()) == ["ok"] * 4
    admin.check()


def test_ensure_puts_our_settings_back_and_says_so(admin: TopicAdmin, settings: KafkaSettings) -> None:
    """What was set by hand is shown as wrong, put back with before and after, and other settings stay."""
    admin.ensure()
    raw = topic_name(settings, RAW)
    set_by_hand(settings, raw, retention_ms="60000", cleanup_policy="compact", segment_ms="120000")
    assert states(admin.show())[0] == "wrong"
    with pytest.raises(TopicMismatch, match=f"the topic {raw} has cleanup.policy compact and must have delete"):
        admin.check(RAW)
    admin.check(SCORED)
    changed = admin.ensure()[0]
    assert changed.state == "changed"
    assert set(changed.changes) == {"cleanup.policy: compact -> delete", "retention.ms: 60000 -> 604800000"}
    assert states(admin.show()) == ["ok"] * 4
    with closing(connect(KafkaAdminClient, settings, "test")) as client:
        stands = client.describe_configs([ConfigResource("TOPIC", raw)])["topic"][raw]
    assert stands["segment.ms"]["value"] == "120000"


@pytest.mark.parametrize("partitions", [2, 4])
def test_partitions_are_never_changed(
    admin: TopicAdmin, settings: KafkaSettings, partitions: int, topic_prefix: str
) -> None:
    """Fewer or more than there are: `ensure` refuses, changes nothing, and says both ways on."""
    admin.ensure()
    set_by_hand(settings, topic_name(settings, RAW), retention_ms="60000")
    with TopicAdmin(msgspec.structs.replace(settings, partitions=partitions)) as other:
        sentence = (
            rf"the topic {topic_prefix}mentions\.raw\.v1 has 3 partitions and must have {partitions}; .*"
            rf"write \[kafka\] partitions = 3, or .*another \[kafka\] prefix"
        )
        with pytest.raises(TopicMismatch, match=sentence):
            other.ensure()
        with pytest.raises(TopicMismatch, match=sentence):
            other.check(RAW)
        other.check(BRANDS)
    assert admin.show()[0].retention_ms == 60_000


def test_a_missing_topic_is_named(admin: TopicAdmin, settings: KafkaSettings) -> None:
    """`check`, `log_id` and `partitions` say which topic is missing and what makes it."""
    raw = topic_name(settings, RAW)
    for ask in (lambda: admin.check(RAW), lambda: admin.log_id(raw), lambda: admin.partitions(raw)):
        with pytest.raises(TopicMismatch, match=rf"the topic {raw} is missing.* `atalaya topics ensure`"):
            ask()


def test_a_topic_made_anew_has_another_identity(admin: TopicAdmin, settings: KafkaSettings) -> None:
    """`log_id` is the topic's UUID: the same while it lives, another one when it was deleted and made again."""
    admin.ensure()
    raw = topic_name(settings, RAW)
    first = admin.log_id(raw)
    assert admin.log_id(raw) == first == admin.show()[0].topic_id
    with closing(connect(KafkaAdminClient, settings, "test")) as client:
        client.delete_topics([raw])
    assert states(admin.ensure()) == ["created", "ok", "ok", "ok"]
    assert admin.log_id(raw) != first
    assert admin.partitions(raw) == 3


def test_more_copies_than_brokers_is_told(settings: KafkaSettings) -> None:
    """A replication that the cluster cannot give is a wrong configuration, in Kafka's own words, behind the topic."""
    with TopicAdmin(msgspec.structs.replace(settings, replication=3)) as admin:
        with pytest.raises(UsageError, match=r"cannot make the topic .*mentions\.raw\.v1: .*replication factor of 3"):
            admin.ensure()
        assert states(admin.show()) == ["missing"] * 4


# --- the verb ---

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(
    settings: KafkaSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Call:
    """Runs `atalaya topics ...` with that [kafka]: exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "atalaya.toml").write_text(
        f'[kafka]\nservers = ["{settings.servers[0]}"]\nprefix = "{settings.prefix}"\npartitions = 3\n'
    )

    def one(*arguments: str) -> tuple[int, str, str]:
        code = run(["topics", *arguments])
        out, err = capfd.readouterr()
        return code, out, err

    return one


def test_the_verb_shows_and_makes_topics(call: Call, topic_prefix: str) -> None:
    """`show` ends with 1 while something is missing, `ensure` makes it, then `show` ends with 0; JSON has it all."""
    code, out, _ = call("show")
    assert code == 1
    assert f"WRONG    {topic_prefix}mentions.raw.v1: is missing; run `atalaya topics ensure`" in out
    code, out, _ = call("ensure")
    assert code == 0
    assert "created" in out
    assert "7 days" in out
    assert "last of each key" in out
    code, out, _ = call("show", "--json")
    assert code == 0
    shown = json.loads(out)
    assert [topic["name"] for topic in shown] == [f"{topic_prefix}{topic.name}" for topic in TOPICS]
    assert {topic["state"] for topic in shown} == {"ok"}


def test_the_verb_refuses_other_partitions_with_2(call: Call, tmp_path: Path) -> None:
    """Usage: nothing was changed."""
    assert call("ensure")[0] == 0
    config = tmp_path / "atalaya.toml"
    config.write_text(config.read_text().replace("partitions = 3", "partitions = 4"))
    code, _, err = call("ensure")
    assert code == 2
    assert "has 3 partitions and must have 4" in err
    assert call("show")[0] == 1


def test_the_verb_says_what_is_not_there(call: Call, tmp_path: Path) -> None:
    """Without [kafka] servers exit 2, with servers that do not answer exit 3, each with its sentence."""
    (tmp_path / "atalaya.toml").write_text("")
    code, _, err = call("show")
    assert (code, "no Kafka is configured" in err) == (2, True)
    (tmp_path / "atalaya.toml").write_text('[kafka]\nservers = ["127.0.0.1:1"]\n')
    code, _, err = call("show")
    assert (code, "Kafka at 127.0.0.1:1 does not answer: connection refused" in err) == (3, True)


# --- security ---

PASSWORD = "horno de invierno"
LOGIN = f'org.apache.kafka.common.security.plain.PlainLoginModule required user_lumbre="{PASSWORD}";'


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for 127.0.0.1 that nobody else signed; with the certificate alone beside it."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl to make a certificate with; install the package openssl")
    folder = tmp_path_factory.mktemp("tls")
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    files = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"]
    subprocess.run([*made, *files], check=True, capture_output=True, timeout=30)
    both = folder / "both.pem"
    both.write_text((folder / "key.pem").read_text() + (folder / "cert.pem").read_text())
    return both


@pytest.fixture(scope="module")
def guarded(certificate: Path) -> Iterator[Broker]:
    """A broker that asks for a user at one port, and speaks TLS at another."""
    extra = {
        "sasl.enabled.mechanisms": "PLAIN",
        "listener.name.sasl_plaintext.plain.sasl.jaas.config": LOGIN,
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(certificate),
    }
    try:
        with serving(extra=extra, protocols=("SASL_PLAINTEXT", "SSL")) as broker:
            yield broker
    except MissingBrokerError as error:
        pytest.skip(str(error))


def user(broker: Broker, password: str, prefix: str) -> KafkaSettings:
    """The [kafka] of a user."""
    return KafkaSettings(
        servers=(broker.addresses["SASL_PLAINTEXT"],),
        prefix=prefix,
        security_protocol="SASL_PLAINTEXT",
        sasl_mechanism="PLAIN",
        sasl_user="lumbre",
        sasl_password=Secret(password),
    )


def test_the_right_password_opens_and_a_wrong_one_is_told(guarded: Broker, topic_prefix: str) -> None:
    """A refusal names the user and what to check, and neither password; the right one makes topics."""
    with pytest.raises(BrokerUnavailable, match=r"refuses the user lumbre[:;] check \[kafka\] sasl_user") as caught:
        TopicAdmin(user(guarded, "horno ajeno", topic_prefix))
    assert "horno" not in str(caught.value)
    with TopicAdmin(user(guarded, PASSWORD, topic_prefix)) as admin:
        assert states(admin.ensure()) == ["created"] * 4


def test_tls_is_spoken_with_those_who_are_trusted(guarded: Broker, certificate: Path, topic_prefix: str) -> None:
    """With the signer in `ca_file` topics are made; without it the sentence names `ca_file`."""
    tls = KafkaSettings(servers=(guarded.addresses["SSL"],), prefix=topic_prefix, security_protocol="SSL")
    with pytest.raises(BrokerUnavailable, match=r"its certificate is not trusted; \[kafka\] ca_file"):
        TopicAdmin(tls)
    with TopicAdmin(msgspec.structs.replace(tls, ca_file=str(certificate.with_name("cert.pem")))) as admin:
        assert states(admin.ensure()) == ["created"] * 4
