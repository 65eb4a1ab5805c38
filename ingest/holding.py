"""Whether the watermark may wait for a stream. Pure; knows no source and no clock.

A stream that is silent, or that has much to catch up, must not stop the judgement of what the others bring.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

SILENCE = timedelta(minutes=2)
"""So long without frame or ping, and the stream no longer holds (docs/architecture: heartbeats)."""
CATCHING_UP = timedelta(minutes=15)
"""So long behind while receiving, and the stream no longer holds (as above)."""


@dataclass(frozen=True, slots=True)
class Holding:
    """What is remembered between two judgements.

    Attributes:
        heard: when the last frame or ping came; at the start: when reading began.
        behind_since: when it was first heard while not live; None while live or not heard since.
    """

    heard: datetime
    behind_since: datetime | None = None


def judge(state: Holding, now: datetime, *, heard: datetime | None, live: bool) -> tuple[Holding, bool]:
    """Fold what is known at `now` and say whether the watermark may wait.

    Args:
        state: of the judgement before.
        now: this judgement's time.
        heard: when the last frame or ping came; None: nothing since the start.
        live: nothing is known to be outstanding.
    """
    news = heard is not None and heard > state.heard
    if heard is not None and news:
        state = replace(state, heard=heard)
    if live:
        state = replace(state, behind_since=None)
    elif state.behind_since is None and news:
        state = replace(state, behind_since=now)
    silent = now - state.heard >= SILENCE
    too_far = state.behind_since is not None and now - state.behind_since >= CATCHING_UP
    return state, not (silent or too_far)
