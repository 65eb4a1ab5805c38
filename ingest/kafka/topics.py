"""The topics as they must be, and the admin that makes them so and shows what is there.

Partitions are fixed when a topic is made: what is keyed by author or brand would otherwise land beside its own past.
What `[kafka]` and `mentions.topics` say of retention and sizes is the truth; `ensure` puts back what was set by hand.
"""

from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any

from kafka import KafkaAdminClient, TopicPartition, errors
from kafka.admin import ConfigResource
from kafka.protocol.consumer import OffsetSpec
from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_delay, wait_fixed

from ingest.kafka.connecting import connect, explained, meaning
from ingest.kafka.topic_states import (
    Found,
    TopicReport,
    Wanted,
    changes,
    mismatch,
    report,
    topic_name,
    unalterable,
    wanted,
)
from mentions.errors import BrokerUnavailable, TopicMismatch, UsageError
from mentions.settings_streaming import KafkaSettings
from mentions.topics import Topic

__all__ = ["TopicAdmin", "TopicReport", "Wanted", "topic_name", "wanted"]
REQUEST_SECONDS = 15.0
SHOWN_SECONDS = 10.0
_MISSING = errors.UnknownTopicOrPartitionError.errno
_EXISTS = errors.TopicAlreadyExistsError.errno


class TopicAdmin:
    """The topics of one `[kafka]`. Made in a `with`; threads may share it.

    Raises (from everything):
        BrokerUnavailable: no broker answers, or it refuses us.
        UsageError: no Kafka is configured, or the cluster can never do what is asked for.
    """

    def __init__(self, kafka: KafkaSettings) -> None:
        self._kafka = kafka
        self._client = connect(KafkaAdminClient, kafka, "atalaya-topics", request_timeout_ms=int(REQUEST_SECONDS * 1e3))

    def __enter__(self) -> "TopicAdmin":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the brokers."""
        self._client.close()

    def ensure(self) -> list[TopicReport]:
        """Make the topics that are missing, put back the settings that are ours, say what was changed. Idempotent.

        Raises:
            TopicMismatch: a topic has other partitions than it must have; nothing was changed.
        """
        plan = wanted(self._kafka)
        found = self._find(plan)
        _refuse((want, unalterable(want, found[want.name])) for want in plan if found[want.name].partitions)
        self._create([want for want in plan if not found[want.name].partitions])
        done = {want.name: changes(want, found[want.name]) for want in plan}
        for name, differing in done.items():
            self._alter(name, differing)
        created = {name for name, topic in found.items() if not topic.partitions}
        self._await_settings([want for want in plan if done[want.name] or want.name in created])
        return [
            report(want, topic, changed=done[want.name], created=want.name in created)
            for want, topic in self._with_records(plan)
        ]

    def show(self) -> list[TopicReport]:
        """Each topic as it is, with what is wrong about it. Changes nothing."""
        return [report(want, topic) for want, topic in self._with_records(wanted(self._kafka))]

    def check(self, *topics: Topic) -> None:
        """Say whether these topics (none named: all) can be worked with; settings that only `show` minds are left out.

        Raises:
            TopicMismatch: one is missing, has other partitions, or is kept by the other rule; names what to do.
        """
        plan = [want for want in wanted(self._kafka) if not topics or want.topic in topics]
        found = self._find(plan)
        _refuse((want, mismatch(want, found[want.name])) for want in plan)

    def log_id(self, name: str) -> str:
        """The UUID that Kafka gave the topic of this full name; a topic made anew has another one.

        Raises:
            TopicMismatch: there is none.
        """
        topic_id = self._there(name).topic_id
        if topic_id is None:
            raise UsageError(f"Kafka at {', '.join(self._kafka.servers)} gives topics no identity; 2.8 or newer does")
        return topic_id

    def partitions(self, name: str) -> int:
        """How many partitions the topic of this full name has.

        Raises:
            TopicMismatch: there is none.
        """
        return self._there(name).partitions

    def max_bytes(self, name: str) -> int | None:
        """The largest batch of records that the topic takes, in bytes; None where we may not know."""
        found = self._there(name, settings=True).settings.get("max.message.bytes")
        return int(found) if found else None

    # --- asking ---

    def _there(self, name: str, *, settings: bool = False) -> Found:
        found = self._described([name], settings=settings)[name]
        if not found.partitions:
            servers = ", ".join(self._kafka.servers)
            raise TopicMismatch(f"the topic {name} is missing on Kafka at {servers}; run `atalaya topics ensure`")
        return found

    def _find(self, plan: Iterable[Wanted]) -> dict[str, Found]:
        return self._described([want.name for want in plan])

    def _described(self, names: Sequence[str], *, settings: bool = True) -> dict[str, Found]:
        with explained(self._kafka.servers, self._kafka.sasl_user):
            topics = self._client.describe_topics(list(names))
            there = [topic["name"] for topic in topics if not _failure(topic["error_code"])]
            resources = [ConfigResource("TOPIC", name) for name in there] if settings else []
            # A user who may not see settings gets none, without an error.
            configs = self._client.describe_configs(resources, config_filter="all") if resources else {}
        told = configs.get("topic", {})
        return {topic["name"]: _found(topic, told.get(topic["name"], {})) for topic in topics}

    def _with_records(self, plan: Sequence[Wanted]) -> list[tuple[Wanted, Found]]:
        found = self._find(plan)
        places = [TopicPartition(name, number) for name, topic in found.items() for number in range(topic.partitions)]
        with explained(self._kafka.servers, self._kafka.sasl_user):
            first = self._client.list_partition_offsets(dict.fromkeys(places, OffsetSpec.EARLIEST))
            last = self._client.list_partition_offsets(dict.fromkeys(places, OffsetSpec.LATEST))
        for place in places:
            found[place.topic].records += last[place].offset - first[place].offset
        return [(want, found[want.name]) for want in plan]

    # --- changing ---

    def _await_settings(self, plan: Sequence[Wanted]) -> None:
        """Wait until the broker shows what it has taken: it answers before it has read its own log of changes.

        What it does not show by then is told as wrong.
        """
        retrying = Retrying(
            stop=stop_after_delay(SHOWN_SECONDS),
            wait=wait_fixed(0.1),
            retry=retry_if_result(bool),
            retry_error_callback=_last,
        )
        retrying(lambda: self._differing(plan))

    def _differing(self, plan: Sequence[Wanted]) -> list[str]:
        """Topics whose settings can be seen and are not as wanted."""
        found = self._find(plan)
        return [want.name for want in plan if found[want.name].settings and changes(want, found[want.name])]

    def _create(self, plan: Sequence[Wanted]) -> None:
        if not plan:
            return
        asked = {
            want.name: {
                "num_partitions": want.partitions,
                "replication_factor": want.replication,
                "configs": want.settings | want.at_creation,
            }
            for want in plan
        }
        with explained(self._kafka.servers, self._kafka.sasl_user):
            answer = self._client.create_topics(asked, raise_errors=False)
            for topic in answer["topics"]:
                self._refuse_failure(topic["name"], topic["error_code"], topic.get("error_message"))
            self._client.wait_for_topics(list(asked))

    def _alter(self, name: str, differing: dict[str, tuple[str, str]]) -> None:
        if not differing:
            return
        values = {key: value for key, (_, value) in differing.items()}
        with explained(self._kafka.servers, self._kafka.sasl_user):
            answer = self._client.alter_configs([ConfigResource("TOPIC", name, values)], raise_on_unknown=False)
        if (said := answer["topic"][name]) != "OK":
            raise BrokerUnavailable(f"Kafka at {', '.join(self._kafka.servers)} does not change {name}: {said}")

    def _refuse_failure(self, name: str, code: int, message: str | None) -> None:
        failure = _failure(code)
        if failure is None or code == _EXISTS:  # another `ensure` was faster
            return
        if issubclass(failure, errors.AuthorizationError | errors.RetriableError):
            raise failure
        said = f"{message or failure.description}".rstrip(".")
        raise UsageError(f"Kafka at {', '.join(self._kafka.servers)} cannot make the topic {name}: {said}")


def _failure(code: int) -> type[errors.KafkaError] | None:
    return errors.for_code(code) if code else None


def _found(topic: dict[str, Any], configs: dict[str, dict[str, Any]]) -> Found:
    """What a topic's metadata and settings say; without partitions when it is missing."""
    code = topic["error_code"]
    if code == _MISSING:
        return Found()
    if failure := _failure(code):
        raise meaning(failure(), ())
    return Found(
        partitions=len(topic["partitions"]),
        replication=min((len(one["replica_nodes"]) for one in topic["partitions"]), default=0),
        topic_id=str(topic["topic_id"]) if topic["topic_id"] else None,
        settings={key: str(config["value"]) for key, config in configs.items() if config["value"] is not None},
    )


def _last(_: RetryCallState) -> None:
    """Go on: what still differs is told, not raised."""


def _refuse(hindrances: Iterable[tuple[Wanted, str | None]]) -> None:
    told = [f"the topic {want.name} {hindrance}" for want, hindrance in hindrances if hindrance]
    if told:
        raise TopicMismatch("\n".join(told))
