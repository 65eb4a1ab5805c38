from datetime import UTC, datetime, timedelta, timezone

from msgspec import structs

from mentions.records import LABELS, Label
from processors.author_days import AuthorDay, counted, day_of
from processors.fold import FoldMention
from tests.playing import at, folded

DAY = 86_400


def mention(label: Label = "neutral", seconds: float = 0, weight: int = 1000) -> FoldMention:
    """A mention by ana."""
    return folded(created_at=at(seconds), label=label, weight=weight)


def test_days_are_whole_utc_days_of_event_time() -> None:
    """A day begins at midnight UTC, whatever zone a time is written in; days before 1970 are negative."""
    assert day_of(datetime(1970, 1, 2, tzinfo=UTC)) == 1
    assert day_of(datetime(1970, 1, 2, 0, 30, tzinfo=timezone(timedelta(hours=1)))) == 0
    assert day_of(datetime(1969, 12, 31, 23, tzinfo=UTC)) == -1


def test_labels_and_weights_are_summed_by_author_and_day() -> None:
    """One row per brand, source, author and day, with a count per label and the sum of weights."""
    days = counted([mention("positive"), mention("negative", 60, 750), mention("positive", DAY), mention("unjudged")])
    today = day_of(at(0))
    assert days == {
        ("lumbre", "bluesky", "ana", today): AuthorDay([1, 0, 1, 1], 2750),
        ("lumbre", "bluesky", "ana", today + 1): AuthorDay([1, 0, 0, 0], 1000),
    }
    assert LABELS == ("positive", "neutral", "negative", "unjudged")


def test_own_voice_and_erased_mentions_do_not_count() -> None:
    """What the brand says of itself makes nobody loyal, and an erased mention has no author; ambassadors count."""
    own = structs.replace(mention(), voice="own")
    erased = structs.replace(mention(), author_id=None)
    assert counted([own, erased]) == {}
    assert len(counted([structs.replace(mention(), voice="ambassador")])) == 1


def test_copies_and_spam_do_not_speak_for_their_author() -> None:
    """The score of a day is that of distinct mentions that count at least half; copies and spam are counted apart."""
    said = [
        folded(score=0.5, cluster="erased:1"),
        folded(score=0.5, key="erased:2", cluster="erased:1"),
        folded(score=-0.25, key="erased:3", weight=499),
        folded(score=-0.25, key="erased:4", weight=500),
    ]
    (day,) = counted(said).values()
    assert (day.copies, day.spam, day.score) == (1, 1, 250)
    assert (sum(day.counts), day.weight) == (4, 2999)
