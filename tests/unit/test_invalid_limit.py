import pytest

from mentions.drops import Drop
from mentions.errors import TooManyInvalid
from processors.runtime.invalid_limit import InvalidLimit

BAD = [Drop.CORRUPT] * 100


def test_a_healthy_log_passes() -> None:
    """A share below the limit is let through, however long it goes on."""
    limit = InvalidLimit(0.1)

    for _ in range(100):
        limit.add(1000, [Drop.CORRUPT] * 99)


def test_too_large_a_share_is_refused_with_its_reasons() -> None:
    """The sentence says how many of how many, why, and what would let them pass; the batch was not counted."""
    limit = InvalidLimit(0.1)

    for _ in range(2):  # the same batch again is refused again
        with pytest.raises(TooManyInvalid, match=r"101 of the last 500 records .*100 corrupt, 1 failed.* allows 10%"):
            limit.add(500, [*BAD, Drop.FAILED])
    limit.add(500, [])


def test_a_few_bad_records_prove_nothing() -> None:
    """Fewer than fifty stop nobody, even where they are all that there was."""
    InvalidLimit(0.1).add(49, [Drop.CORRUPT] * 49)


def test_newer_kinds_are_no_damage() -> None:
    """Records of an unknown kind never count."""
    InvalidLimit(0.0).add(100, [Drop.UNKNOWN_RECORD] * 100)


def test_only_the_last_records_count() -> None:
    """What was bad long ago is forgotten; what was bad just now adds up over batches."""
    limit = InvalidLimit(0.1)
    limit.add(1000, [Drop.CORRUPT] * 90)
    limit.add(1000, [])
    limit.add(1000, [Drop.CORRUPT] * 90)

    with pytest.raises(TooManyInvalid):
        limit.add(100, [Drop.CORRUPT] * 90)


def test_a_limit_of_one_refuses_nothing() -> None:
    """All may be bad where somebody said so."""
    InvalidLimit(1.0).add(100, BAD)
