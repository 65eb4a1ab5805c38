"""F8: our own code fails on some records."""

import random
from dataclasses import dataclass

import pytest

from mentions.codec import decode
from mentions.records import Event, Mention
from mentions.topics import RAW
from processors.store.opening import Store
from tests.distributed import Cluster
from tests.failure.faults import PATIENT, SPREAD_BRANDS, assert_exact, mentions, some_posts, wait_stored
from tests.playing import a_mention, a_post

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]


@dataclass(frozen=True)
class Mixed:
    """A stream with records that the engine fails on."""

    records: list[Event]
    good: list[Event]
    bad: set[str]


def mixed(chance: random.Random, posts: int, bad: int) -> Mixed:
    """Good ones, and among them `bad` that always fail, each beside one that fails at first."""
    good = some_posts(chance, posts)
    records, names = list(good), set[str]()
    for number in range(bad):
        place = chance.randrange(posts // 2)
        second = (place // 10) * 10
        always = a_post(f"bad{number}", second, f"explode {number}", author="author1", lang="en")
        at_first = a_post(f"late{number}", second, f"hiccup {number} great bread", author="author1", lang="en")
        records[place:place] = [a_mention(always, "lumbre"), a_mention(at_first, "lumbre", "nubira")]
        names.add(always.id)
    return Mixed(records, [r for r in records if not isinstance(r, Mention) or r.post.id not in names], names)


def test_what_the_engine_fails_on_is_tried_again_then_kept_aside(
    cluster: Cluster, other: Store, chance: random.Random
) -> None:
    """A text that the engine always fails on is one dead letter; one it fails on at first goes on like the rest."""
    cluster.brands = SPREAD_BRANDS
    found = mixed(chance, 250, bad=6)
    cluster.prepare()
    cluster.send(found.records)
    for worker in (cluster.worker("score", hook="failing_engine"), cluster.worker("watch")):
        assert worker.running()
    with cluster.store() as store:
        wait_stored(store, found.good)
    cluster.wait_drained(PATIENT)

    assert_exact(cluster, other, found.good)
    letters = cluster.dead()
    assert [letter["reason"] for letter in letters] == ["failed"] * len(found.bad)
    assert {letter["stage"] for letter in letters} == {"score"}
    places = {(record.partition, record.offset): record.value for record in cluster.records(RAW)}
    assert {letter["topic"] for letter in letters} == {cluster.topic(RAW)}
    for letter in letters:
        assert places[int(letter["partition"]), int(letter["offset"])] == letter["payload"]
    assert {event.post.id for event in mentions(decode(letter["payload"]) for letter in letters)} == found.bad
