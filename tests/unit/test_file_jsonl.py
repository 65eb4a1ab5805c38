import json
from datetime import UTC, datetime

import pytest

from ingest.sources.base import Dropped
from ingest.sources.file_notes import Notes
from ingest.sources.jsonl import MAX_BYTES, parse_line
from mentions.drops import Drop
from mentions.identity import derived_native_id
from mentions.records import Author, Deletion, Engagement, Post

AT = datetime(2026, 11, 16, 9, tzinfo=UTC)
WHEN = "2026-11-16T09:00:00Z"


def line(**fields: object) -> bytes:
    """Write a record of text and time, changed by `fields`."""
    return json.dumps({"text": "Lumbre", "created_at": WHEN} | fields).encode()


def parsed(**fields: object) -> Post:
    """Read such a record, which must be a post."""
    item = parse_line(line(**fields))
    assert isinstance(item, Post), item
    return item


def dropped(raw: bytes) -> Dropped:
    """Read a line that must be a drop."""
    item = parse_line(raw)
    assert isinstance(item, Dropped), item
    return item


def test_the_published_example_is_read_field_by_field() -> None:
    """The format that the command line documents gives a post with every field in its place."""
    item = parsed(
        id="1",
        source="file",
        text="Pan",
        author={"id": "a1", "name": "Ana", "handle": "ana", "followers": 120},
        url="https://social.example/1",
        lang="es",
        in_reply_to=None,
        links=["https://lumbre.example"],
        engagement={"likes": 0, "shares": 0, "replies": 0},
        deleted=False,
    )
    assert item == Post(
        source="file",
        native_id="1",
        author=Author(id="a1", name="Ana", handle="ana", followers=120),
        text="Pan",
        created_at=AT,
        received_at=AT,
        url="https://social.example/1",
        lang="es",
        links=("https://lumbre.example",),
        engagement=Engagement(likes=0, shares=0, replies=0),
    )


def test_text_and_time_suffice() -> None:
    """A record of text and time is a post of an unknown author, received when it was made, with a derived id."""
    assert parsed() == Post(
        source="file",
        native_id=derived_native_id("file", "unknown", WHEN, "Lumbre"),
        author=Author(id="unknown"),
        text="Lumbre",
        created_at=AT,
        received_at=AT,
    )


def test_a_derived_id_comes_from_the_time_as_given() -> None:
    """Two spellings of one moment are two identities, so that better parsing later changes none."""
    assert parsed(created_at="2026-11-16T10:00:00+01:00").created_at == AT
    assert parsed(created_at="2026-11-16T10:00:00+01:00").id != parsed().id


def test_source_and_time_of_receipt_can_be_given() -> None:
    """A caller's default source and time of receipt are taken; the record's own source goes first."""
    later = datetime(2026, 11, 17, tzinfo=UTC)
    item = parse_line(line(), source_default="forum", received_at=later)
    assert isinstance(item, Post)
    assert (item.source, item.created_at, item.received_at) == ("forum", AT, later)
    assert parsed(source="Blog").source == "blog"


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        ({"handle": "ana", "name": "Ana"}, "ana"),
        ({"name": "Ana"}, "Ana"),
        ({}, "unknown"),
        ({"id": 42}, "42"),
        ("ana", "ana"),
    ],
)
def test_an_author_without_id_is_known_by_handle_or_name(author: object, expected: str) -> None:
    """The author's id is the id, else the handle, else the name, else `unknown`."""
    assert parsed(author=author).author.id == expected


def test_a_reply_is_known_by_what_it_answers() -> None:
    """Without a kind, a post that answers is a reply and one that quotes is a quote; a given kind is kept."""
    assert parsed(in_reply_to="9").kind == "reply"
    assert parsed(quoted_id=9).kind == "quote"
    assert parsed(in_reply_to="9", kind="comment").kind == "comment"


def test_a_deletion_names_a_post_or_an_author() -> None:
    """`deleted` with an id forgets a post, with an author's id alone all of the author's."""
    assert parse_line(line(id="1", deleted=True)) == Deletion(source="file", at=AT, why="deleted", native_id="1")
    assert parse_line(line(author={"id": "a1"}, deleted=True)) == Deletion(
        source="file", at=AT, why="deleted", author_id="a1"
    )


def test_a_deletion_of_nothing_is_dropped() -> None:
    """A deletion without id and author says what is missing."""
    assert dropped(line(deleted=True)) == Dropped(Drop.BAD_FIELD, "id: it is missing; a deletion needs id or author.id")


def test_unknown_fields_are_kept_out_and_counted() -> None:
    """A field that posts have no place for is counted by name, also a nested one, and the post is kept."""
    notes = Notes()
    for _ in range(2):
        item = parse_line(line(mood="fine", author={"id": "a", "verified": True}), notes=notes)
        assert isinstance(item, Post)
    assert notes.unknown == {"mood": 2, "author.verified": 2}


def test_counted_names_are_bounded() -> None:
    """An input with ever new field names does not fill the memory."""
    notes = Notes()
    for number in range(300):
        notes.unknown_field(f"field{number}")
    assert len(notes.unknown) == 101
    assert notes.unknown["(others)"] == 200


def test_a_wrong_type_says_field_found_and_right() -> None:
    """A field of the wrong type is named with what stands there and what would be right."""
    item = dropped(line(author={"id": "a", "followers": "many"}))
    assert item == Dropped(Drop.BAD_FIELD, 'author.followers: found "many", a whole number is right')


@pytest.mark.parametrize(
    "fields",
    [
        {"text": 5},
        {"author": [1]},
        {"author": {"id": 1.5}},
        {"id": True},
        {"id": "x" * 501},
        {"kind": "tweet"},
        {"source": "two words"},
        {"source": "a:b"},
        {"links": [1]},
        {"rating": "good"},
        {"rating": True},
        {"engagement": {"likes": -1}},
        {"engagement": {"likes": 2**63}},
        {"engagement": {"observed_at": "x"}},
        {"deleted": "perhaps"},
        {"url": {}},
    ],
)
def test_bad_fields_are_drops(fields: dict[str, object]) -> None:
    """What has the wrong type or is beyond its limit is dropped as a bad field that is named."""
    item = dropped(line(**fields))
    assert item.reason is Drop.BAD_FIELD
    assert item.detail.split(".")[0].split(":")[0] in fields


@pytest.mark.parametrize("fields", [{"author": {"id": "a", "followers": "120"}}, {"engagement": {"likes": 120.0}}])
def test_numbers_written_otherwise_are_read(fields: dict[str, object]) -> None:
    """A whole number as text or with a zero fraction is that number."""
    item = parsed(**fields)
    assert 120 in (item.author.followers, item.engagement.likes if item.engagement else None)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"not json", Drop.NOT_JSON),
        (b"", Drop.NOT_JSON),
        (b"[1]", Drop.NOT_JSON),
        (b'{"text":"a","created_at":NaN}', Drop.NOT_JSON),
        (b'{"text":"\xff","created_at":"2026-11-16T09:00:00Z"}', Drop.NOT_JSON),
        (b"[" * 100_000, Drop.NOT_JSON),
        (b'{"text":"","created_at":"2026-11-16T09:00:00Z"}', Drop.NO_TEXT),
        (b'{"text":" \\n ","created_at":"2026-11-16T09:00:00Z"}', Drop.NO_TEXT),
        (b'{"created_at":"2026-11-16T09:00:00Z"}', Drop.NO_TEXT),
        (b'{"text":"a"}', Drop.NO_TIME),
        (b'{"text":"a","created_at":"02/03/2015"}', Drop.NO_TIME),
        (b'{"text":"a","created_at":[]}', Drop.NO_TIME),
        (b'{"text":"' + b"a" * MAX_BYTES + b'"}', Drop.TOO_LARGE),
    ],
)
def test_what_is_no_post_is_dropped_for_its_reason(raw: bytes, reason: Drop) -> None:
    """Each way of being unusable has its own reason."""
    assert dropped(raw).reason is reason


def test_a_drop_never_repeats_a_text() -> None:
    """The detail of a drop holds no text of the post."""
    assert "secret" not in dropped(line(text="secret words", created_at="never")).detail


def test_what_no_database_holds_is_replaced() -> None:
    """NUL and lone surrogates become U+FFFD in every field."""
    item = parse_line(
        b'{"text":"a\\u0000b\\ud83dc","created_at":1794819600,"author":{"id":"x\\u0000"},"links":["\\ud800"]}'
    )
    assert isinstance(item, Post)
    assert (item.text, item.author.id, item.links) == ("a\ufffdb\ufffdc", "x\ufffd", ("\ufffd",))


def test_a_nul_in_an_otherwise_plain_record_is_replaced() -> None:
    """NUL is replaced also where nothing else asks for a closer look."""
    assert parsed(id="1", text="a\0b").text == "a\ufffdb"


def test_careless_json_is_read() -> None:
    """A byte order mark, raw tabs within a text and a carriage return at the end do no harm."""
    assert parse_line(b"\xef\xbb\xbf" + line() + b"\r\n") == parsed()
    item = parse_line(b'{"text":"a\tb","created_at":"2026-11-16T09:00:00Z"}')
    assert isinstance(item, Post)
    assert item.text == "a\tb"


def test_an_id_ruined_by_a_spreadsheet_is_not_identity() -> None:
    """An id in scientific notation is one of many, so the identity is derived and a warning says so."""
    notes = Notes()
    one = parse_line(line(id="5.70306E+17"), notes=notes)
    two = parse_line(line(id="5.70306E+17", text="Nubira"), notes=notes)
    assert isinstance(one, Post)
    assert isinstance(two, Post)
    assert one.native_id == parsed().native_id != two.native_id
    assert len(notes.warnings) == 1
    assert "scientific notation" in notes.warnings[0]


def test_a_title_alone_is_text_enough() -> None:
    """A record with a title and an empty text has words to judge."""
    assert parsed(text="", title="Lumbre abre en Triana").full_text.startswith("Lumbre abre")
