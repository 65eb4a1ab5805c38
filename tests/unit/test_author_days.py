from datetime import UTC, datetime, timedelta, timezone

from msgspec import structs

from mentions.records import LABELS, Label
from processors.author_days import AuthorDay, counted, day_of
from processors.fold import FoldMention
from tests.playing import at

DAY = 86_400


def mention(label: Label = "neutral", seconds: float = 0, weight: int = 1000) -> FoldMention:
    """A mention by ana."""
    return FoldMention("lumbre", "1", "bluesky", "public", "ana", at(seconds), 0, label, weight)


def test_days_are_whole_utc_days_of_event_time() -> None:
    """A day begins at midnight UTC, whatever zone a time is written in; days before 1970 are negative."""
    assert day_of(datetime(1970, 1, 2, tzinfo=UTC)) == 1
    assert day_of(datetime(1970, 1, 2, 0, 30, tzinfo=timezone(timedelta(hours=1)))) == 0
    assert day_of(datetime(1969, 12, 31, 23, tzinfo=UTC)) == -1


def test_labels_and_weights_are_summed_by_author_and_day() -> None:
    """One row per brand, source, author and day, with a count per label and the sum of weights."""
    days = counted([mention("positive"), mention("negative", 60, 250), mention("positive", DAY), mention("unjudged")])
    today = day_of(at(0))
    assert days == {
        ("lumbre", "bluesky", "ana", today): AuthorDay([1, 0, 1, 1], 2250),
        ("lumbre", "bluesky", "ana", today + 1): AuthorDay([1, 0, 0, 0], 1000),
    }
    assert LABELS == ("positive", "neutral", "negative", "unjudged")


def test_own_voice_and_erased_mentions_do_not_count() -> None:
    """What the brand says of itself makes nobody loyal, and an erased mention has no author; ambassadors count."""
    own = structs.replace(mention(), voice="own")
    erased = structs.replace(mention(), author_id=None)
    assert counted([own, erased]) == {}
    assert len(counted([structs.replace(mention(), voice="ambassador")])) == 1
