"""An action of the team as a review tells it."""

from datetime import date, datetime

from msgspec import Struct

from dashboards.review.values import Figure, Text
from processors.store.actions import State


class ActionLine(Struct, frozen=True, kw_only=True):
    """Something that the team did, and the figure that it was for.

    Attributes:
        id: of the action (`atalaya action list`). text, word: as people wrote them; word: the closing one.
        indicator, title: of the figure. rules: of the scorecard, those that it serves.
        overdue: its days are over and nobody said how it ended.
        lengths: days of the stretches before, during and after.
        before, during, after: the figure over them, each opens; value None: `note` says why, such as `not yet`. Those
            before and after are whole weeks; `during` is held against the same days of the week.
        followed: one sentence on the time after. It says what was, not why.
    """

    id: str
    text: str
    first_day: date
    last_day: date
    indicator: str
    title: Text
    rules: tuple[int, ...]
    state: State
    overdue: bool
    added_by: str
    closed_at: datetime | None
    closed_by: str | None
    word: str | None
    lengths: tuple[int, int, int]
    before: Figure
    during: Figure
    after: Figure
    followed: Text
