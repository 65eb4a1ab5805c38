"""How a topic must be, how one was found, and what lies between: what hinders work, what `ensure` changes. Pure."""

from datetime import timedelta
from typing import Literal

from msgspec import Struct

from mentions.settings_streaming import KafkaSettings
from mentions.topics import DEAD, TOPICS, Topic

_HOUR_MS = 3_600_000
_FOREVER = "-1"
State = Literal["ok", "created", "changed", "missing", "wrong"]


class Wanted(Struct, frozen=True, kw_only=True):
    """A topic as `[kafka]` and `mentions.topics` want it.

    Attributes:
        settings: ours for as long as the topic lives. `at_creation`: given once, then the operator's.
    """

    topic: Topic
    name: str
    partitions: int
    replication: int
    settings: dict[str, str]
    at_creation: dict[str, str]


class Found(Struct, kw_only=True):
    """A topic as it is; no partitions: it is missing. `settings` is empty where we may not see them."""

    partitions: int = 0
    replication: int = 0
    topic_id: str | None = None
    settings: dict[str, str] = {}
    records: int = 0


class TopicReport(Struct, frozen=True, kw_only=True):
    """What people and programs are told of one topic; None where it is missing or may not be known.

    Attributes:
        kept: Kafka's word: `delete` (by age) or `compact` (the last record of each key).
        retention_ms: -1 for ever.
        records: from the first to the last offset; of a compacted topic an upper bound.
        changes: what `ensure` did. `faults`: what is wrong. `notes`: what differs and does no harm by itself.
    """

    name: str
    state: State
    topic_id: str | None
    partitions: int | None
    replication: int | None
    kept: str | None
    retention_ms: int | None
    max_bytes: int | None
    records: int | None
    changes: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def topic_name(kafka: KafkaSettings, topic: Topic) -> str:
    """The topic's name on this cluster: `[kafka] prefix` and its own."""
    return kafka.prefix + topic.name


def wanted(kafka: KafkaSettings) -> list[Wanted]:
    """Every topic as it must be on this cluster, in the order of the flow."""
    # Of three copies two must have a record before it counts as written, so that it survives the loss of one.
    at_creation = {"min.insync.replicas": "2" if kafka.replication >= 3 else "1"}
    return [
        Wanted(
            topic=topic,
            name=topic_name(kafka, topic),
            partitions=kafka.partitions if topic.grows else topic.partitions,
            replication=kafka.replication,
            settings=_settings(topic, kafka),
            at_creation=at_creation,
        )
        for topic in TOPICS
    ]


def _settings(topic: Topic, kafka: KafkaSettings) -> dict[str, str]:
    compacted = topic.retention is None
    return {
        "cleanup.policy": "compact" if compacted else "delete",
        "retention.ms": _FOREVER if compacted else str(_retention(topic, kafka)),
        "max.message.bytes": str(topic.max_bytes),
        "message.timestamp.type": "CreateTime",
    }


def _retention(topic: Topic, kafka: KafkaSettings) -> int:
    """In milliseconds. Dead letters wait for people, so they keep their own."""
    kept = topic.retention if topic is DEAD else None
    return int((kept or timedelta(hours=kafka.retention_hours)) / timedelta(milliseconds=1))


def mismatch(want: Wanted, found: Found) -> str | None:
    """What forbids to work with this topic, and what to do (behind the topic's name); None when it can be used."""
    if not found.partitions:
        return "is missing; run `atalaya topics ensure`"
    kept, must = found.settings.get("cleanup.policy"), want.settings["cleanup.policy"]
    if kept is not None and kept != must:
        return f"has cleanup.policy {kept} and must have {must}; run `atalaya topics ensure`"
    return unalterable(want, found)


def unalterable(want: Wanted, found: Found) -> str | None:
    """What of a topic that is there is wrong and never changed (behind the topic's name)."""
    if found.partitions == want.partitions:
        return None
    as_it_is = f"write [kafka] partitions = {found.partitions}, or " if want.topic.grows else ""
    return (
        f"has {found.partitions} partitions and must have {want.partitions}; partitions are never changed, for keys "
        f"would move away from their past: {as_it_is}let the workers process what is in the topics and make new ones "
        "by `atalaya topics ensure` under another [kafka] prefix"
    )


def changes(want: Wanted, found: Found) -> dict[str, tuple[str, str]]:
    """The settings that are ours and stand otherwise: what stands there, what must. Empty where we may not see them."""
    if not found.settings:
        return {}
    return {
        key: (found.settings.get(key, "none"), value)
        for key, value in want.settings.items()
        if found.settings.get(key) != value
    }


def report(
    want: Wanted, found: Found, *, changed: dict[str, tuple[str, str]] | None = None, created: bool = False
) -> TopicReport:
    """What is told of a topic, `changed` and `created` being what was just done to it."""
    faults, notes = _judged(want, found)
    state: State = "created" if created else "changed" if changed else "ok"
    retention, size = found.settings.get("retention.ms"), found.settings.get("max.message.bytes")
    return TopicReport(
        name=want.name,
        state="missing" if not found.partitions else "wrong" if faults else state,
        topic_id=found.topic_id,
        partitions=found.partitions or None,
        replication=found.replication or None,
        kept=found.settings.get("cleanup.policy"),
        retention_ms=int(retention) if retention else None,
        max_bytes=int(size) if size else None,
        records=found.records if found.partitions else None,
        changes=tuple(f"{key}: {before} -> {after}" for key, (before, after) in (changed or {}).items()),
        faults=faults,
        notes=notes,
    )


def _judged(want: Wanted, found: Found) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is wrong, and what only differs. Less retention or less room loses records; more of either costs disk."""
    if hindrance := mismatch(want, found):
        return (hindrance,), ()
    faults: list[str] = []
    notes: list[str] = []
    for key, (stands, must) in changes(want, found).items():
        harmless = key in ("retention.ms", "max.message.bytes") and _least(stands) >= _least(must)
        told = f"has {key} {stands} and must have {must}; `atalaya topics ensure` puts it back"
        (notes if harmless else faults).append(told)
    if not found.settings:
        notes.append("its settings may not be seen by this user")
    if found.replication != want.replication:
        notes.append(
            f"has {found.replication} copies, [kafka] replication says {want.replication}; Kafka's own tools move them"
        )
    return tuple(faults), tuple(notes)


def _least(value: str) -> float:
    number = int(value) if value.lstrip("-").isdigit() else 0
    return float("inf") if number == -1 else number
