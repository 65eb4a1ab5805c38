from itertools import permutations

from processors.fold import FoldMention, by_brand, in_order
from tests.playing import at, folded


def mention(brand: str, id_: str, seconds: float, tick: int) -> FoldMention:
    """A stored mention of that brand, id, time and tick."""
    return folded(brand=brand, key=id_, created_at=at(seconds), fold_tick=tick)


MENTIONS = [
    mention("lumbre", "b", 0, 1),
    mention("lumbre", "a", 5, 1),
    mention("lumbre", "c", 5, 1),
    mention("lumbre", "d", 1, 2),
    mention("nubira", "a", 0, 0),
]


def test_the_order_is_brand_then_tick_then_time_then_key() -> None:
    """However mentions come out of the store, every component sees them in one order."""
    assert all(in_order(mixed) == MENTIONS for mixed in permutations(MENTIONS))


def test_groups_are_whole_brands() -> None:
    """`by_brand` gives each brand once, with its mentions in order."""
    assert list(by_brand(MENTIONS)) == [("lumbre", MENTIONS[:4]), ("nubira", MENTIONS[4:])]
    assert list(by_brand([])) == []
