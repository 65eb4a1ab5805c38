"""When so much of a log cannot be used that something else must be wrong: a wrong topic, a wrong build. Pure."""

from collections import Counter, deque
from collections.abc import Sequence

from mentions.drops import Drop
from mentions.errors import TooManyInvalid

WINDOW = 1000
"""Records that are looked back at."""
ENOUGH = 50
"""Invalid records before anything is said: a few bad ones at the start of a quiet topic prove nothing."""


class InvalidLimit:
    """Counts the last records; asked before a batch is acknowledged.

    A record of a newer kind (`unknown_record`) is no sign of damage: a writer may be newer than we are.

    Args:
        max_ratio: the largest share of the last `window` records that may be invalid, 0..1; 1: any.
    """

    def __init__(self, max_ratio: float, *, window: int = WINDOW, enough: int = ENOUGH) -> None:
        self._max_ratio, self._window, self._enough = max_ratio, window, enough
        self._batches: deque[tuple[int, Counter[str]]] = deque()
        self._seen, self._reasons = 0, Counter[str]()

    def add(self, total: int, dead: Sequence[Drop]) -> None:
        """Count a batch: how many records, and why each of the dead ones is.

        Raises:
            TooManyInvalid: as `check`; the batch was not counted, so that the same one fails again.
        """
        self.check(total, dead)
        invalid = _invalid(dead)
        self._batches.append((total, invalid))
        self._seen += total
        self._reasons += invalid
        while len(self._batches) > 1 and self._seen - self._batches[0][0] >= self._window:
            total, invalid = self._batches.popleft()
            self._seen -= total
            self._reasons -= invalid

    def check(self, total: int, dead: Sequence[Drop]) -> None:
        """Ask whether a batch may be acknowledged, without counting it yet.

        Raises:
            TooManyInvalid: it would pass the limit.
        """
        seen, reasons = self._seen + total, self._reasons + _invalid(dead)
        bad = reasons.total()
        if bad >= self._enough and bad > self._max_ratio * seen:
            told = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
            raise TooManyInvalid(
                f"{bad} of the last {seen} records cannot be used ({told}); [work] max_invalid_ratio allows "
                f"{self._max_ratio:.0%}. Nothing of this batch was acknowledged. Look at what writes this log; "
                "a larger max_invalid_ratio lets them pass as dead letters"
            )


def _invalid(dead: Sequence[Drop]) -> Counter[str]:
    return Counter(reason.value for reason in dead if reason is not Drop.UNKNOWN_RECORD)
