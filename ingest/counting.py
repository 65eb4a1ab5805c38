"""Sums of what sources did."""

from collections.abc import Mapping

from mentions.records import Counts


def add_counts(left: Counts, right: Counts) -> Counts:
    """Add two counts field by field."""
    return Counts(
        seen=left.seen + right.seen,
        matched=left.matched + right.matched,
        deletions=left.deletions + right.deletions,
        hits=_add(left.hits, right.hits),
        dropped=_add(left.dropped, right.dropped),
    )


def _add(left: Mapping[str, int], right: Mapping[str, int]) -> dict[str, int]:
    if not right:
        return dict(left)
    total = dict(left)
    for key, count in right.items():
        total[key] = total.get(key, 0) + count
    return total
