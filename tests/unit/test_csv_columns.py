import pytest

from ingest.sources.csv_columns import check_map, parse_map, plan, ruined_columns, to_raw, without_ruined
from mentions.errors import UsageError

HEADER = ["tweet_id", "name", "text", "tweet_created"]


def test_a_map_pairs_fields_with_columns() -> None:
    """Pairs are read with spaces around them, nested fields with a dot, and quoted columns with commas."""
    assert parse_map('text=body, author.id = name,created_at=when,"url=Link, full"') == {
        "text": "body",
        "author.id": "name",
        "created_at": "when",
        "url": "Link, full",
    }


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("text=a,created_at=b,author.nam=c", "did you mean author.name?"),
        ("text=a,created_at=b,zzz=c", "engagement.likes"),
        ("text=a,created_at", "field=column"),
        ("text=a,created_at=", "field=column"),
        ("text=a,text=b,created_at=c", "twice"),
        ("text=a", "created_at"),
        ("", "text"),
    ],
)
def test_a_wrong_map_says_what_is_allowed(given: str, said: str) -> None:
    """A wrong map names the option, the pair and what would be right."""
    with pytest.raises(UsageError) as caught:
        parse_map(given)
    assert "--map" in str(caught.value)
    assert said in str(caught.value)


def test_a_configured_map_is_checked_alike() -> None:
    """A map from elsewhere is checked too, and the error names its place."""
    assert check_map({"text": "a", "created_at": "b"}, "atalaya.toml:7: map") == {"text": "a", "created_at": "b"}
    with pytest.raises(UsageError, match=r"atalaya.toml:7: map: 'txt' is no field of a post; did you mean text\?"):
        check_map({"txt": "a"}, "atalaya.toml:7: map")


def test_an_unknown_column_names_file_column_and_columns() -> None:
    """A mapped column that is not there is named with the file and the columns that there are."""
    with pytest.raises(UsageError) as caught:
        plan(HEADER, {"text": "text", "created_at": "tweet_creatd"}, "Tweets.csv")
    for part in ("Tweets.csv", "tweet_creatd", "did you mean tweet_created?", ", ".join(HEADER)):
        assert part in str(caught.value)


def test_without_a_map_columns_named_like_fields_are_taken() -> None:
    """Columns with our names are used and others left; without text or time the error suggests a map."""
    columns = plan(["created_at", "text", "author.followers", "other"], None, "f.csv")
    assert {column.field for column in columns} == {"created_at", "text", "author.followers"}
    with pytest.raises(UsageError, match=r"f.csv: no column is named created_at; .*--map.*tweet_id, name"):
        plan(HEADER, None, "f.csv")


def test_of_two_columns_with_one_name_the_first_is_taken() -> None:
    """A repeated column name means its first column."""
    columns = plan(["text", "created_at", "text"], None, "f.csv")
    assert to_raw(["first", "t", "second"], columns)["text"] == "first"


def test_a_row_becomes_a_nested_record() -> None:
    """Cells are arranged as in JSON; empty ones are unknown; only text and time keep their spaces."""
    columns = plan(["text", "created_at", "author.id", "engagement.likes", "lang"], None, "f.csv")
    assert to_raw([" hi ", " 2026 ", " a ", "3", ""], columns) == {
        "text": " hi ",
        "created_at": " 2026 ",
        "author": {"id": "a"},
        "engagement": {"likes": "3"},
    }


def test_ruined_id_columns_are_noticed_and_left_out() -> None:
    """A column called something with id that holds scientific notation is named and no identifier is taken from it."""
    rows = [["5.70306E+17", "1E+10", "2.5E+10", "x"], ["17", "", "", ""]]
    ruined = ruined_columns(["tweet_id", "Author ID", "distance", "text"], rows)
    assert ruined == {"tweet_id", "Author ID"}
    columns = plan(
        ["tweet_id", "text", "created_at"], {"id": "tweet_id", "text": "text", "created_at": "created_at"}, "f"
    )
    assert [column.field for column in without_ruined(columns, ruined)] == ["text", "created_at"]
