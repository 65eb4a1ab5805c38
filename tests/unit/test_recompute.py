"""What is derived from stored mentions: by which rule, and whatever the runs in which they are read."""

from collections.abc import Iterable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from mentions.clock import EPOCH, tick_of
from mentions.records import LABELS
from processors.author_days import AuthorDay
from processors.recompute import Derived, MentionRow, bucket_sums, recompute
from processors.ticks import BEFORE_TIME
from tests.playing import MORNING, at

NINE = tick_of(MORNING)
ROW = MentionRow(
    key="erased:1",
    brand="lumbre",
    id="bluesky:1",
    source="bluesky",
    voice="public",
    author_id="ana",
    lang="es",
    label="positive",
    text_weight=700,
    weight=700,
    created_at=at(30),
    fold_tick=NINE,
    erased_at=None,
    score=0.5,
    cluster=None,
    behaviour=None,
)
DAY = (MORNING - EPOCH).days


def row(**changes: object) -> MentionRow:
    """A mention of lumbre by ana, half a minute past nine."""
    return structs.replace(ROW, **changes)


def total(days: Iterable[AuthorDay]) -> int:
    """Mentions in author days."""
    return sum(sum(day.counts) for day in days)


def test_a_mention_counts_in_its_bucket_its_day_and_its_authors_span() -> None:
    """One mention is one in its bucket and, once folded, in its author's day, each with its weight."""
    derived = recompute([ROW, row(id="bluesky:2", created_at=at(90), fold_tick=NINE + 1, label="negative")], NINE)
    (bucket,) = derived.buckets.items()
    assert bucket[0] == ("lumbre", MORNING, "bluesky", "es", "public")
    assert (bucket[1].counts, bucket[1].weights) == ([1, 0, 1, 0], [700, 0, 700, 0])
    assert derived.days == {("lumbre", "bluesky", "ana", DAY): AuthorDay([1, 0, 0, 0], 700, score=500)}
    assert derived.authors == {("bluesky", "ana"): (at(30), at(90))}
    assert derived.corrected == []


def test_what_is_erased_counts_nowhere() -> None:
    """An erased mention is in no sum, with or without its last traces."""
    traces = row(author_id=None, erased_at=MORNING)
    derived = recompute([traces, structs.replace(traces, label=None, text_weight=None, weight=None)], NINE)
    assert derived == Derived()


def test_the_brands_own_voice_has_no_author_days() -> None:
    """Own posts are in buckets and give their author a span; ambassadors are counted like the public."""
    own = recompute([row(voice="own")], NINE)
    assert (len(own.buckets), own.days, len(own.authors)) == (1, {}, 1)
    assert total(recompute([row(voice="ambassador")], NINE).days.values()) == 1


def test_the_weight_follows_from_the_text_weight() -> None:
    """A weight that no rule gives is named, and the sums have the right one."""
    derived = recompute([row(weight=1)], NINE)
    assert derived.corrected == [ROW]
    assert derived.buckets == recompute([ROW], NINE).buckets


@pytest.mark.parametrize(("stored", "kept", "refolded"), [(0, 0, 0), (5, 5, 0), (-5, 0, 0)])
def test_late_stays_late_unless_refolded(stored: int, kept: int, refolded: int) -> None:
    """The stored tick stays, if it is not before its minute; `refold` gives that minute, and so folds what waits."""
    late = row(fold_tick=NINE + stored)
    for refold, expected in ((False, kept), (True, refolded)):
        derived = recompute([late], NINE, refold=refold)
        assert [new.fold_tick - NINE for new in derived.corrected] == ([] if expected == stored else [expected])
        assert total(derived.days.values()) == (expected <= 0)


def test_nothing_is_folded_of_a_brand_that_never_was() -> None:
    """A brand without a folded tick has buckets, and no author days."""
    derived = recompute([ROW], BEFORE_TIME)
    assert (len(derived.buckets), derived.days) == (1, {})


def test_sums_can_be_taken_out_again() -> None:
    """The same mentions with sign -1 leave nothing of every count and weight."""
    (delta,) = bucket_sums([ROW], sign=-1).values()
    assert (delta.counts, delta.weights) == ([-1, 0, 0, 0], [-700, 0, 0, 0])


_rows = st.builds(
    row,
    source=st.sampled_from(["bluesky", "rss"]),
    author_id=st.sampled_from(["ana", "bea"]),
    lang=st.sampled_from(["es", "en"]),
    label=st.sampled_from(LABELS),
    text_weight=st.integers(0, 1000),
    created_at=st.integers(0, 3 * 86400).map(lambda seconds: MORNING + timedelta(seconds=seconds)),
    erased_at=st.sampled_from([None, None, MORNING]),
)


@given(rows=st.lists(_rows, max_size=12), cut=st.integers(0, 12))
def test_runs_of_mentions_add_up(rows: list[MentionRow], cut: int) -> None:
    """However mentions are cut into runs, counts, weights and corrections add up to those of the whole."""
    whole, parts = recompute(rows, NINE), [recompute(part, NINE) for part in (rows[:cut], rows[cut:])]
    for place, delta in whole.buckets.items():
        found = [part.buckets[place] for part in parts if place in part.buckets]
        assert delta.counts == [sum(counts) for counts in zip(*(d.counts for d in found), strict=True)]
        assert delta.weights == [sum(weights) for weights in zip(*(d.weights for d in found), strict=True)]
    assert total(whole.days.values()) == sum(total(part.days.values()) for part in parts)
    assert whole.corrected == [new for part in parts for new in part.corrected]
    for author, span in whole.authors.items():
        found_spans = [part.authors[author] for part in parts if author in part.authors]
        assert span == (min(first for first, _ in found_spans), max(last for _, last in found_spans))
