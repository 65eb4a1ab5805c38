from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.admission import Admitted, admit
from ingest.counting import add_counts
from ingest.outbox import Batch, Outbox
from ingest.sources.base import Dropped, Item
from mentions.drops import Drop
from mentions.records import Author, Counts, Deletion, Hit, Mention, Post
from tests.playing import OWN_ACCOUNT, KeywordMatcher, a_post, deletion

MATCHER = KeywordMatcher()
DAY = 86_400


class Intake:
    """An outbox that admits what it is given, batch by batch."""

    def __init__(self, path: Path) -> None:
        self.outbox = Outbox(path, durable=False)

    def take(self, *items: Item, everything: bool = False) -> Admitted:
        """Admit and commit one batch."""
        admitted = admit(items, MATCHER, self.outbox.seen, forward_all_deletions=everything)
        self.outbox.commit(Batch("bluesky", "main", admitted.records, admitted.seen, admitted.counts))
        return admitted


@pytest.fixture
def intake(tmp_path: Path) -> Iterator[Intake]:
    """A new outbox."""
    opened = Intake(tmp_path / "outbox.sqlite")
    yield opened
    opened.outbox.close()


def brands(admitted: Admitted) -> list[tuple[str, ...]]:
    """The brands of each mention that went on."""
    return [tuple(hit.brand for hit in record.hits) for record in admitted.records if isinstance(record, Mention)]


def test_a_post_that_matches_goes_on_with_one_hit_per_brand(intake: Intake) -> None:
    """A post that matches two brands is one record with two hits, counted once as matched and once per brand."""
    post = a_post("1", text="lumbre y nubira, bien")
    admitted = intake.take(post)
    assert admitted.records == (Mention(post, (Hit("lumbre", 1, "lumbre"), Hit("nubira", 1, "nubira"))),)
    assert admitted.counts == Counts(seen=1, matched=1, hits={"lumbre": 1, "nubira": 1})


def test_what_matches_nothing_is_counted_and_dropped(intake: Intake) -> None:
    """A post of no brand is dropped as unmatched; what the source itself dropped keeps its reason."""
    admitted = intake.take(a_post("1", text="hola"), Dropped(Drop.NOT_JSON), Dropped(Drop.NOT_JSON, "line 3"))
    assert admitted.records == ()
    assert admitted.counts == Counts(seen=3, dropped={"unmatched": 1, "not_json": 2})


@pytest.mark.parametrize("together", [True, False])
def test_a_post_goes_on_once(intake: Intake, together: bool) -> None:
    """The same post again is a duplicate, in the same batch or in a later one."""
    batches = [[a_post("1"), a_post("1")]] if together else [[a_post("1")], [a_post("1")]]
    admitted = [intake.take(*batch) for batch in batches]
    assert sum(len(part.records) for part in admitted) == 1
    assert sum(part.counts.dropped.get("duplicate", 0) for part in admitted) == 1


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("fields", [{"text": "lumbre mal"}, {"title": "lumbre"}])
def test_an_edit_is_told_from_a_duplicate(intake: Intake, together: bool, fields: dict[str, str]) -> None:
    """The same id with another text or title is an ignored edit; the first version is the one that goes on."""
    items = [a_post("1"), a_post("1", **fields)]
    admitted = [intake.take(*items)] if together else [intake.take(item) for item in items]
    first = Mention(a_post("1"), (Hit("lumbre", 1, "lumbre"),))
    assert [record for part in admitted for record in part.records] == [first]
    assert sum(part.counts.dropped.get("edit_ignored", 0) for part in admitted) == 1


@pytest.mark.parametrize("together", [True, False])
def test_an_old_post_that_gains_a_brand_goes_on_for_that_brand_alone(intake: Intake, together: bool) -> None:
    """A post that was forwarded for one brand and now matches a second one is forwarded for the second one only."""
    items = [a_post("1", text="lumbre"), a_post("1", text="lumbre y nubira"), a_post("1", text="lumbre y nubira")]
    admitted = [intake.take(*items)] if together else [intake.take(item) for item in items]
    assert [names for part in admitted for names in brands(part)] == [("lumbre",), ("nubira",)]
    counts = Counts()
    for part in admitted:
        counts = add_counts(counts, part.counts)
    assert (counts.matched, counts.hits) == (2, {"lumbre": 1, "nubira": 1})
    assert counts.dropped == {"edit_ignored": 1}  # its first version had other words


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(("days", "belongs"), [(7, True), (7 + 1 / DAY, False)])
def test_a_reply_belongs_to_a_conversation_of_seven_days(
    intake: Intake, together: bool, days: float, belongs: bool
) -> None:
    """A reply without the brand's word goes on when its parent did, up to seven days before; in one batch or in two."""
    items = [a_post("1", 0.25), a_post("2", 0.25 + days * DAY, text="gracias", in_reply_to="1")]
    admitted = [intake.take(*items)] if together else [intake.take(item) for item in items]
    assert [names for part in admitted for names in brands(part)] == [("lumbre",)] * (2 if belongs else 1)


@pytest.mark.parametrize("together", [True, False])
def test_a_later_copy_of_a_post_does_not_lengthen_its_conversation(intake: Intake, together: bool) -> None:
    """A conversation counts from the first coming of its post, however batches are cut."""
    intake.take(a_post("1"))
    items = [a_post("1", 6 * DAY, text="lumbre, editado"), a_post("2", 8 * DAY, text="gracias", in_reply_to="1")]
    admitted = [intake.take(*items)] if together else [intake.take(item) for item in items]
    assert [record for part in admitted for record in part.records] == []


def test_an_answer_to_an_own_reply_belongs_through_the_root(intake: Intake) -> None:
    """A conversation is followed over the brand's own account, which does not name itself."""
    admitted = intake.take(
        a_post("1"),
        a_post("2", 60, text="lo sentimos", author=OWN_ACCOUNT, in_reply_to="1", root_id="1"),
        a_post("3", 120, text="de acuerdo", in_reply_to="2", root_id="1"),
        a_post("4", 120, text="de acuerdo", in_reply_to="unknown", root_id="unknown"),
    )
    assert [record.post.native_id for record in admitted.records if isinstance(record, Mention)] == ["1", "2", "3"]


def test_conversations_of_another_source_are_others(intake: Intake) -> None:
    """Native ids belong to their source."""
    admitted = intake.take(a_post("1"), a_post("2", source="file", text="gracias", in_reply_to="1"))
    assert len(admitted.records) == 1


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("gone", [deletion("1"), deletion(author_id="ana")])
def test_a_deletion_of_what_was_forwarded_goes_on(intake: Intake, together: bool, gone: Deletion) -> None:
    """A deletion of a forwarded post, or of its author, is forwarded behind it."""
    admitted = [intake.take(a_post("1"), gone)] if together else [intake.take(a_post("1")), intake.take(gone)]
    assert [record for part in admitted for record in part.records][1:] == [gone]
    assert sum(part.counts.deletions for part in admitted) == 1


@pytest.mark.parametrize("gone", [deletion("2"), deletion(author_id="bea")])
def test_a_deletion_of_what_was_never_forwarded_is_dropped(intake: Intake, gone: Deletion) -> None:
    """A deletion that concerns no forwarded post is counted and dropped, unless all are to be forwarded."""
    admitted = intake.take(a_post("1"), a_post("2", text="hola", author="bea"), gone)
    assert admitted.counts.dropped == {"unmatched": 1, "deletion_unknown": 1}
    assert intake.take(gone, everything=True).records == (gone,)


def test_a_deleted_post_that_comes_again_is_a_duplicate(intake: Intake) -> None:
    """What was seen stays known, so that a deleted post does not come back by being read again."""
    intake.take(a_post("1"), deletion("1"))
    assert intake.take(a_post("1")).counts.dropped == {"duplicate": 1}


@pytest.mark.parametrize("together", [True, False])
def test_the_first_author_of_an_id_is_its_author(intake: Intake, together: bool) -> None:
    """An id that comes again under another author, which no network does, stays with the first."""
    posts = [a_post("1"), a_post("1", text="nubira", author="bea")]
    items = [*posts, deletion(author_id="bea"), deletion(author_id="ana")]
    batches = [items] if together else [[item] for item in items]
    admitted = [intake.take(*batch) for batch in batches]
    assert [d.author_id for a in admitted for d in a.records if isinstance(d, Deletion)] == ["ana"]


@st.composite
def _items(draw: st.DrawFn) -> list[Item]:
    texts = st.sampled_from(["lumbre", "nubira", "lumbre nubira", "hola"])
    ids = st.sampled_from(["1", "2", "3", "4"])
    posts = st.builds(
        lambda native_id, text, parent, quoted, author, hours: a_post(
            native_id, hours * 3600, text, in_reply_to=parent, quoted_id=quoted, author=Author(author)
        ),
        ids,
        texts,
        st.none() | ids,
        st.none() | ids,
        st.sampled_from(["ana", "bea", OWN_ACCOUNT]),
        st.integers(0, 9 * 24),
    )
    deletions = st.builds(deletion, ids) | st.builds(
        lambda author: deletion(author_id=author), st.sampled_from(["ana", "bea"])
    )
    drops = st.just(Dropped(Drop.NOT_JSON))
    items: st.SearchStrategy[Item] = posts | deletions | drops
    return draw(st.lists(items, max_size=12))


def _account(intake: Intake, batches: Sequence[Sequence[Item]], everything: bool) -> tuple[list[object], Counts]:
    records: list[object] = []
    counts = Counts()
    for batch in batches:
        admitted = intake.take(*batch, everything=everything)
        assert admitted.counts.seen == len(batch)
        records += admitted.records
        counts = add_counts(counts, admitted.counts)
    return records, counts


@settings(max_examples=60, deadline=None)
@given(items=_items(), cuts=st.sets(st.integers(1, 11)), everything=st.booleans())
def test_everything_seen_is_accounted_for_however_it_is_cut(
    tmp_path_factory: pytest.TempPathFactory, items: list[Item], cuts: set[int], everything: bool
) -> None:
    """Seen is matched and deletions and drops together, and cutting items into other batches changes no record."""
    folder = tmp_path_factory.mktemp("admission")
    whole, parts = Intake(folder / "whole.sqlite"), Intake(folder / "parts.sqlite")
    edges = [0, *sorted(cut for cut in cuts if cut < len(items)), len(items)]
    batches = [items[start:end] for start, end in pairwise(edges)]
    try:
        expected, counts = _account(whole, [items], everything)
        assert counts.seen == counts.matched + counts.deletions + sum(counts.dropped.values()) == len(items)
        assert _account(parts, batches, everything) == (expected, counts)
    finally:
        whole.outbox.close()
        parts.outbox.close()


def test_quoted_posts_are_looked_up_for_the_matcher(intake: Intake) -> None:
    """A matcher may ask for the conversation of the quoted post, and gets the same answer in every batch."""
    asked: list[frozenset[str]] = []

    class Asking(KeywordMatcher):
        def hits(self, post: Post, seen: object) -> tuple[Hit, ...]:
            asked.append(seen("1"))  # type: ignore[operator]
            return super().hits(post, seen)

    intake.take(a_post("1"))
    admit([a_post("2", 60, quoted_id="1")], Asking(), intake.outbox.seen)
    assert asked == [frozenset({"lumbre"})]
