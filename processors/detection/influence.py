"""How many may have read a mention, and how many answered it. Pure; docs/people.md. Neither weighs anything anywhere.

    engagement = likes + shares + replies, of those that the network tells
    influence  = followers x share, the share of an audience that a post reaches:
                 0.15 up to 100,000 followers, 0.06 from 10 million on, between them falling with the logarithm

The two shares are Sprinklr's published discount ('earned impressions'). Sprinklr draws a straight line between them,
along which 10 million followers would reach fewer people (600,000) than 8 million do (628,000); falling with the
logarithm, a larger audience is never worth less.
"""

import math

from msgspec import Struct

from mentions.records import Engagement

FORMULA_VERSION = "1"
"""Of both formulas; shown beside their figures."""
NEAR, FAR = 100_000, 10_000_000
"""Followers up to which, and from which on, the share stays the same."""
MOST, LEAST = 0.15, 0.06


class Impact(Struct, frozen=True, gc=False):
    """Of one mention; None: the network does not tell what is needed.

    Attributes:
        influence: estimated readers. engagement: reactions, as last seen. formula: version of both.
    """

    influence: int | None
    engagement: int | None
    formula: str = FORMULA_VERSION


def impact(followers: int | None, seen: Engagement | None) -> Impact:
    """What a mention comes to."""
    return Impact(influence(followers), engagement(seen))


def engagement(seen: Engagement | None) -> int | None:
    """Likes, shares and replies together; a kind that the network does not tell of adds nothing.

    >>> engagement(Engagement(likes=3, replies=1)), engagement(Engagement()), engagement(None)
    (4, None, None)
    """
    told = [] if seen is None else [n for n in (seen.likes, seen.shares, seen.replies) if n is not None]
    return sum(told) if told else None


def influence(followers: int | None) -> int | None:
    """Readers that a post of an author with so many followers is estimated to have.

    >>> influence(1_000), influence(10_000_000), influence(None)
    (150, 600000, None)
    """
    return None if followers is None else round(followers * share(followers))


def share(followers: int) -> float:
    """The part of an audience that a post reaches, in [LEAST, MOST]."""
    if followers <= NEAR:
        return MOST
    way = math.log(followers / NEAR) / math.log(FAR / NEAR)
    return max(LEAST, MOST - (MOST - LEAST) * way)
