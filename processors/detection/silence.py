"""Whether a brand's usual volume is gone although its sources see everything. Pure; docs/spikes.md.

Measured in mentions that should have come: a night is no silence, and a brand that is often silent needs a longer one.
"""

import math

from msgspec import Struct

from processors.detection.levels import DAY, HOUR, per_mark

MISSED = 20.0
"""So many mentions must have been expected and not have come."""
LONGER = 3.0
"""And so many times what was missed in the longest quiet stretch of late."""
_FADE = 1 - per_mark(30 * DAY)


class SilenceState(Struct):
    """The quiet stretch in hand.

    Attributes:
        opened: tick of the alert. marks, missed: complete marks without a vote since the last one, and the mentions
            expected in them. longest: most missed in a stretch that ended by itself, fading by half in 30 days.
    """

    opened: int | None = None
    marks: int = 0
    missed: float = 0.0
    longest: float = 0.0

    @property
    def score(self) -> float:
        """-log10 of the probability of nothing where `missed` was expected, by chance alone (Poisson)."""
        return self.missed / math.log(10)


def hush(state: SilenceState, tick: int, expected: float) -> bool:
    """Take in a complete mark without a vote: whether the alert opens.

    Args:
        expected: mentions of the mark; 0 while the brand is too new.
    """
    state.marks += 1
    state.missed += expected
    state.longest *= _FADE
    if state.opened is not None or state.marks < HOUR or state.missed < max(MISSED, LONGER * state.longest):
        return False
    state.opened = tick
    return True


def speak(state: SilenceState) -> bool:
    """Take in a vote: whether an alert closes. A silence that was alerted does not raise the bar for the next."""
    alerted = state.opened is not None
    if not alerted:
        state.longest = max(state.longest, state.missed)
    state.opened, state.marks, state.missed = None, 0, 0.0
    return alerted
