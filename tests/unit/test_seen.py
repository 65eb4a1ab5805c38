from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from ingest.outbox import Outbox
from ingest.seen import SeenPosts, SeenRow, in_conversation, merged
from mentions.conversation import REMEMBERED
from tests.playing import MORNING, at


@pytest.fixture
def seen(tmp_path: Path) -> Iterator[SeenPosts]:
    """The table of a new outbox, in one transaction."""
    outbox = Outbox(tmp_path / "outbox.sqlite")
    with outbox.together():
        yield outbox.seen
    outbox.close()


def row(key: bytes, *brands: str, author: bytes = b"a" * 16, content: bytes = b"c" * 16, seconds: int = 0) -> SeenRow:
    """A forwarded post."""
    return SeenRow(key, author, content, frozenset(brands), at(seconds))


def test_what_was_remembered_is_found(seen: SeenPosts) -> None:
    """A remembered row comes back as it was; unknown keys are absent."""
    known = row(b"1" * 16, "lumbre", "nubira")
    seen.remember([known])
    assert seen.find([b"1" * 16, b"2" * 16]) == {b"1" * 16: known}
    assert seen.find([]) == {}


def test_more_keys_than_a_statement_takes_are_found(seen: SeenPosts) -> None:
    """Any number of keys may be asked for, repeated ones too."""
    keys = [n.to_bytes(16, "big") for n in range(1203)]
    seen.remember(row(key, "lumbre") for key in keys)
    assert seen.find([*keys, *keys]).keys() == set(keys)


def test_a_known_post_gains_brands_and_keeps_its_first_content_and_time(seen: SeenPosts) -> None:
    """Remembering a post again widens its brands; content and time stay those of its first coming."""
    first, again = row(b"1" * 16, "lumbre"), row(b"1" * 16, "nubira", content=b"d" * 16, seconds=60)
    seen.remember([first])
    seen.remember([merged(seen.find([first.key]), again)])
    assert seen.find([first.key])[first.key] == row(b"1" * 16, "lumbre", "nubira")


def test_authors_of_forwarded_posts_are_known(seen: SeenPosts) -> None:
    """Of some author keys those are told of whom a post was forwarded."""
    seen.remember([row(b"1" * 16, "lumbre", author=b"x" * 16)])
    assert seen.authors([b"x" * 16, b"y" * 16]) == {b"x" * 16}


def test_hashes_are_keyed_by_the_file_and_keep_their_parts_apart(tmp_path: Path, seen: SeenPosts) -> None:
    """The same post has another key in another outbox, and no two different tuples of parts share one."""
    other = Outbox(tmp_path / "other.sqlite")
    assert seen.key("bluesky", "1") == seen.key("bluesky", "1")
    assert other.seen.key("bluesky", "1") != seen.key("bluesky", "1")
    assert len({seen.key("ab", "c"), seen.key("a", "bc"), seen.key("abc"), seen.key("abc", "")}) == 4
    other.close()


def test_lone_surrogates_have_a_key(seen: SeenPosts) -> None:
    """A text that UTF-8 cannot hold is hashed as it will be stored."""
    assert seen.key("bluesky", "\ud83d") == seen.key("bluesky", "�")


@pytest.mark.parametrize(
    ("after", "belongs"),
    [(timedelta(0), True), (REMEMBERED, True), (REMEMBERED + timedelta(seconds=1), False), (-REMEMBERED, True)],
)
def test_a_conversation_lasts_seven_days(after: timedelta, belongs: bool) -> None:
    """A reply belongs to its parent's conversation up to seven days behind it, the end included."""
    parent = row(b"1" * 16, "lumbre")
    assert timedelta(days=7) == REMEMBERED
    assert in_conversation(parent, MORNING + after) == (frozenset({"lumbre"}) if belongs else frozenset())
