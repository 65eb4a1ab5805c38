"""What folding asks of a store, on both databases."""

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
            folding.save_state(connection, 0, BrandState(brand, author_days.NAME, 1, 1, until))
            put(
                connection,
                mention(f"bluesky:{brand}-folded", brand=brand, fold_tick=until),
                mention(f"bluesky:{brand}-waits", brand=brand, fold_tick=until + 7),
            )
        found = folding.first_unfolded(connection, author_days.NAME)

    assert found == {"lumbre": 107, "nubira": 12}
