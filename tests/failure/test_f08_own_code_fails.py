"""F8: our own code fails on some records."""

import random
from dataclasses import dataclass

import pytest

from mentions.codec import decode
from mentions.records import Event, Mention, ScoredMention
from mentions.topics import RAW, SCORED
from processors.store.opening import Store
from tests.distributed import Cluster
from tests.failure.faults import PATIENT, SPREAD_BRANDS, assert_exact, some_posts, wait_stored
from tests.playing import a_mention, a_post

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]
BAD = 6


@dataclass(frozen=True)
class Mixed:
    """A stream with records that a stage fails on.

    Attributes:
        bad: ids of the posts that it always fails on. good: all but those.
    """

    records: list[Event]
    good: list[Event]
    bad: list[str]


def mixed(chance: random.Random, posts: int) -> Mixed:
    """Posts, and among them some of one brand that always fail, each with one behind it that fails at first."""
    records, bad = some_posts(chance, posts), list[str]()
    for number in range(BAD):
        place = chance.randrange(posts // 2)
        always = a_post(f"always{number}", place, f"explode {number}", author="author1", lang="en")
        at_first = a_post(f"at-first{number}", place, f"hiccup {number} great bread", author="author1", lang="en")
        records[place:place] = [a_mention(always, "lumbre"), a_mention(at_first, "lumbre", "nubira")]
        bad.append(always.id)
    return Mixed(records, [r for r in records if not isinstance(r, Mention) or r.post.id not in bad], bad)


@pytest.mark.parametrize(
    ("stage", "hook", "topic"),
    [
        pytest.param("score", "failing_engine", RAW, id="score"),
        pytest.param("watch", "failing_store", SCORED, id="watch"),
    ],
)
def test_what_our_code_fails_on_is_tried_again_then_kept_aside(
    cluster: Cluster, other: Store, chance: random.Random, stage: str, hook: str, topic: object
) -> None:
    """A record that a stage always fails on is one dead letter; one that it fails on at first goes on like the rest."""
    cluster.brands = SPREAD_BRANDS
    found = mixed(chance, 250)
    cluster.prepare()
    cluster.send(found.records)
    for name in ("score", "watch"):
        cluster.worker(name, hook=hook if name == stage else "")
    with cluster.store() as store:
        wait_stored(store, found.good)
    cluster.wait_drained(PATIENT)

    assert_exact(cluster, other, found.good)
    letters = cluster.dead()
    records = {(record.partition, record.offset): record.value for record in cluster.records(topic)}
    assert {(letter["stage"], letter["reason"], letter["topic"]) for letter in letters} == {
        (stage, "failed", cluster.topic(topic))
    }
    assert all(records[int(it["partition"]), int(it["offset"])] == it["payload"] for it in letters)
    assert sorted(_post_id(letter["payload"]) for letter in letters) == sorted(found.bad)


def _post_id(payload: bytes) -> str:
    event = decode(payload)
    assert isinstance(event, Mention | ScoredMention)
    return event.post.id
