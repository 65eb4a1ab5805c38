from itertools import permutations

from msgspec import structs

from mentions.records import Author, ScoredMention
from processors.arrival import BucketDelta, Profile, bucket_deltas, profiles, split
from processors.scoring import judge
from tests.playing import BOOK, JUDGES, NOW, a_mention, a_post, at


def scored(native_id: str = "1", seconds: float = 0, **fields: object) -> ScoredMention:
    """One scored mention of lumbre."""
    return judge(a_mention(a_post(native_id, seconds, **fields)), BOOK, JUDGES, NOW)[0]


def test_the_first_of_each_key_wins_within_a_batch() -> None:
    """Repeats of one (brand, id) are told apart from first comings, in order."""
    first, edit, other = scored("1"), scored("1", text="lumbre mal"), scored("2")
    nubira = structs.replace(first, brand="nubira")
    arrived = split([first, edit, other, nubira, first])
    assert list(arrived.first.values()) == [first, other, nubira]
    assert arrived.repeats == [edit, first]


def test_buckets_are_five_minutes_of_event_time_half_open() -> None:
    """A mention counts in the bucket that holds its event time; the end belongs to the next one."""
    deltas = bucket_deltas([scored("1", 299.999), scored("2", 300)])
    assert [key[1] for key in deltas] == [at(0), at(300)]


def test_buckets_count_and_weigh_by_label() -> None:
    """Counts and weights are kept per brand, source, language, voice and label."""
    light = structs.replace(scored("2", text="lumbre mal"), text_weight=250)
    deltas = bucket_deltas([scored("1"), light, scored("3", text="lumbre mal"), scored("4", lang="en")])
    assert deltas == {
        ("lumbre", at(0), "bluesky", "es", "public"): BucketDelta([1, 0, 2, 0], [1000, 0, 1250, 0]),
        ("lumbre", at(0), "bluesky", "en", "public"): BucketDelta([1, 0, 0, 0], [1000, 0, 0, 0]),
    }


def test_a_delta_can_be_taken_back() -> None:
    """Counting a mention out undoes counting it in."""
    delta = BucketDelta()
    delta.add("negative", 300)
    delta.add("negative", 300, sign=-1)
    assert delta == BucketDelta()


def test_the_latest_that_tells_anything_names_an_author() -> None:
    """Handle, name and followers come from the greatest (event time, id) that tells any."""
    told = [
        scored("1", 0, author=Author("ana", handle="vieja.example", followers=3)),
        scored("2", 60, author=Author("ana", name="Ana")),
        scored("3", 60, author=Author("ana", handle="nueva.example")),
        scored("4", 90, author=Author("ana")),
    ]
    expected = Profile("bluesky", "ana", at(0), at(90), (at(60), "bluesky:3"), handle="nueva.example")
    assert all(profiles(order) == [expected] for order in permutations(told))


def test_more_followers_than_a_database_holds_are_unknown() -> None:
    """A number that no database column takes stops nothing."""
    (most,) = profiles([scored("1", author=Author("ana", followers=2**63 - 1))])
    (too_many,) = profiles([scored("1", author=Author("ana", handle="ana.example", followers=2**63))])
    assert (most.followers, too_many.followers) == (2**63 - 1, None)


def test_authors_of_two_sources_are_two() -> None:
    """The same id on another source is another person."""
    assert len(profiles([scored("1"), scored("1", source="file")])) == 2
    assert profiles([]) == []
