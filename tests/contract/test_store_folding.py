"""What folding asks of a store, on both databases."""

import pytest

from mentions.errors import NotOurs
from processors import author_days
from processors.fold import BrandState
from processors.store import folding
from processors.store.opening import Store
from tests.playing import add_brands
from tests.store_rows import mention, put


def test_each_brand_has_its_own_first_unfolded_tick(store: Store) -> None:
    """A brand's first unfolded mention is found behind what that brand has folded, not behind what another has."""
    add_brands(store)
    with store.writing() as connection:
        for brand, until in (("lumbre", 100), ("nubira", 5)):
            folding.save_states(connection, [BrandState(brand, author_days.NAME, 1, 1, until)])
            put(
                connection,
                mention(f"bluesky:{brand}-folded", brand=brand, fold_tick=until),
                mention(f"bluesky:{brand}-waits", brand=brand, fold_tick=until + 7),
            )
        found = folding.first_unfolded(connection, author_days.NAME)

    assert found == {"lumbre": 107, "nubira": 12}


@pytest.mark.parametrize("rev", [1, 3])
def test_only_the_next_memory_of_a_brand_is_written(store: Store, rev: int) -> None:
    """Of brands that are written together, one that somebody else wrote meanwhile is named, and nothing is kept."""
    first = [BrandState(brand, author_days.NAME, 1, 1, 10) for brand in ("lumbre", "nubira")]
    with store.writing() as connection:
        folding.save_states(connection, first)
    after = [BrandState("lumbre", author_days.NAME, 1, 2, 20), BrandState("nubira", author_days.NAME, 1, rev, 20)]
    with pytest.raises(NotOurs, match="nubira"), store.writing() as connection:
        folding.save_states(connection, after)
    with store.reading() as connection:
        kept = folding.load_states(connection, author_days.NAME)
    assert list(kept.values()) == first
