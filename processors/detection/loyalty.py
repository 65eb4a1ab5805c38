"""Who speaks for a brand, and who against it: one vote per author and day, decayed, shrunken. Pure; docs/people.md.

Reach is no part of it: whom many hear is another question. The form is that of detection.md, section 3; its constants
were chosen on seeds 100 to 102 of the simulated authors and hold on others (benchmarks/evangelists.py).
"""

import math
from collections.abc import Sequence

from msgspec import Struct

FORMULA_VERSION = "1"
"""Of all that is computed here; shown beside every score."""
HALF_LIFE = 60.0
"""Days after which a day's vote counts half."""
WINDOW = 180
"""Days that are looked at: older ones count less than an eighth."""
PRIOR = 3.0
"""Days without an opinion that everybody begins with: one good day makes no friend."""
MARGIN = 0.25
"""Times the error of the affinity, which is taken off: little knowledge ranks low."""
LOYALTY_DAYS = 1.5
GRACE, FADING = 20, 10.0
"""After so many days of silence the score halves every so many days: whoever went away is listed apart, as lapsed."""
SIGN_AT = 0.2
"""A day's mean score beyond it is a positive (or negative) day."""
LEAST_DAYS, LEAST_SPAN = 3, 7
"""Distinct active days, and days from the first to the last, before anybody is listed. A span of 14 finds the same
people on the benchmark, and nobody at all in a store that is a fortnight old."""
LISTED_AT = 0.15
"""Score from which an author is listed."""
LEAST_SIDE = 2
"""Days on the side in question that a listed author has at least: one alone never reaches `LISTED_AT`."""
LAPSED_AFTER = 45
"""Days of silence after which an evangelist has lapsed."""
_KEPT = tuple(0.5 ** (ago / HALF_LIFE) for ago in range(WINDOW))
"""What a vote still counts, by its age in days."""


class Day(Struct, frozen=True, gc=False):
    """What an author said of a brand on a day, as `author_days` keeps it; `day` is days since 1970."""

    day: int
    mentions: int
    copies: int
    spam: int
    score: int

    @property
    def sign(self) -> int | None:
        """Of the mean score of distinct mentions: 1, 0 or -1; None: there was none."""
        distinct = self.mentions - self.copies - self.spam
        if distinct <= 0:
            return None
        mean = self.score / 1000 / distinct
        return 1 if mean > SIGN_AT else -1 if mean < -SIGN_AT else 0


class Appraisal(Struct, frozen=True, gc=False, kw_only=True):
    """What an author's days come to.

    Attributes:
        positive, negative, neutral: decayed days. affinity: in [-1, 1], shrunken to 0. margin: taken off it.
        loyalty: in [0, 1), by the number of days on the side in question. authenticity: in [0, 1], 1 without copies.
        recency: in (0, 1], 1 within the grace.
        evangelist, detractor: in [0, 1]. days_active: days with a vote. first, last: of these, None without any.
        lapsed: an evangelist by the day of the last vote, silent since.
    """

    positive: float
    negative: float
    neutral: float
    affinity: float
    margin: float
    loyalty: float
    authenticity: float
    recency: float
    evangelist: float
    detractor: float
    days_active: int
    first: int | None
    last: int | None
    lapsed: bool

    @property
    def listed(self) -> bool:
        """Whether there are enough days to rank the author at all."""
        return self.first is not None and self.last is not None and _enough(self.days_active, self.last - self.first)


def appraise(days: Sequence[Day], today: int) -> Appraisal:
    """Appraise an author by days in (today - WINDOW, today], in any order, each day once."""
    known = [day for day in days if today - WINDOW < day.day <= today]
    votes = sorted((day.day, sign) for day in known if (sign := day.sign) is not None)
    now = _ranked(votes, known, today)
    last = votes[-1][0] if votes else None
    if last is None or today - last <= LAPSED_AFTER:
        return now
    then = _ranked(votes, known, last)
    lapsed = then.listed and then.evangelist >= LISTED_AT
    return now if not lapsed else Appraisal(**{name: getattr(now, name) for name in _FIELDS}, lapsed=True)


def _ranked(votes: Sequence[tuple[int, int]], known: Sequence[Day], today: int) -> Appraisal:
    kept: dict[int, list[float]] = {1: [], -1: [], 0: []}
    for day, sign in votes:
        kept[sign].append(_KEPT[today - day])
    positive, negative, neutral = (math.fsum(kept[sign]) for sign in (1, -1, 0))
    total = positive + negative + neutral
    affinity = (positive - negative) / (total + PRIOR)
    margin = MARGIN / math.sqrt(total + 1)
    mentions = sum(day.mentions for day in known)
    copied = sum(day.copies for day in known) / mentions if mentions else 0.0
    authenticity = (1 - copied) ** 2
    last = votes[-1][0] if votes else None
    recency = 1.0 if last is None else 0.5 ** (max(0, today - last - GRACE) / FADING)
    return Appraisal(
        positive=positive,
        negative=negative,
        neutral=neutral,
        affinity=affinity,
        margin=margin,
        loyalty=loyalty_of(max(positive, negative)),
        authenticity=authenticity,
        recency=recency,
        evangelist=max(0.0, affinity - margin) * loyalty_of(positive) * authenticity * recency,
        detractor=max(0.0, -affinity - margin) * loyalty_of(negative) * authenticity * recency,
        days_active=len(votes),
        first=votes[0][0] if votes else None,
        last=last,
        lapsed=False,
    )


def loyalty_of(days: float) -> float:
    """What so many decayed days on one side are worth, in [0, 1)."""
    return 1 - math.exp(-days / LOYALTY_DAYS)


def _enough(days: int, span: int) -> bool:
    return days >= LEAST_DAYS and span >= LEAST_SPAN


_FIELDS = tuple(name for name in Appraisal.__struct_fields__ if name != "lapsed")
