"""Which ticks wait for their fold."""

from processors.unfolded import Unfolded


def test_what_is_folded_waits_no_longer_and_the_rest_still_does() -> None:
    """Of a brand that is folded only later ticks are left; other brands stay as they are."""
    unfolded = Unfolded({"lumbre": [5, 9]})
    for brand, tick in (("lumbre", 7), ("lumbre", 7), ("nubira", 3), ("kolibri", 12)):
        unfolded.add(brand, tick)
    assert unfolded.first() == {"lumbre": 5, "nubira": 3, "kolibri": 12}
    unfolded.fold(["lumbre", "nubira"], 7)
    assert unfolded.first() == {"lumbre": 9, "kolibri": 12}
    assert unfolded.last() == {"lumbre": 9, "kolibri": 12}
