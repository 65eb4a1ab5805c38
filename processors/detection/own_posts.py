"""Which of the brand's own posts of late a text copies: all of them are compared at once. Pure."""

from collections.abc import Iterable

import numpy as np

from processors.detection.campaign_state import OWN_TICKS, Own
from processors.detection.clusters import AGREEMENT
from processors.detection.sketch import SLOTS, Slots, is_known, slots_of_all

_ENOUGH = AGREEMENT * SLOTS


class OwnPosts:
    """The own posts that a campaign's state remembers, ready to be compared."""

    def __init__(self, posts: Iterable[Own]) -> None:
        known = [own for own in posts if is_known(own.sketch)]
        self._keys = [own.key for own in known]
        self._last = np.array([own.tick + OWN_TICKS for own in known])
        self._slots = slots_of_all(own.sketch for own in known)

    def copied(self, wanted: Slots, tick: int) -> str | None:
        """The key of the post of the last OWN_TICKS that this is most like, if it is a near-duplicate."""
        if not self._keys:
            return None
        agreeing = (self._slots == wanted).sum(axis=1)
        agreeing[self._last <= tick] = 0
        most = int(agreeing.argmax())
        return self._keys[most] if agreeing[most] >= _ENOUGH else None
