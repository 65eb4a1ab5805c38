"""The figures that an action can be meant to move."""

from dashboards.review.catalogue import CATALOGUE
from dashboards.review.values import Text
from mentions.errors import UsageError

INDICATORS = (
    "mentions",
    "stories",
    "authors",
    "net_sentiment",
    "negative_share",
    "share_of_voice",
    "response_share",
    "response_median",
    "waiting",
    "spam_share",
    "own_page_mentions",
    "own_page_linkers",
)
"""Names of the review's figures that tell something of any stretch of days."""


def indicator_title(name: str) -> Text:
    """The title of an indicator; of one that only a newer build knows, its name."""
    return CATALOGUE[name].title if name in CATALOGUE else Text(name, name)


def check_indicator(name: str) -> str:
    """The name, if it is an indicator's.

    Raises:
        UsageError: it is none; the sentence lists them.
    """
    if name not in INDICATORS:
        msg = f"for: found {name!r}; an action is for one of {', '.join(INDICATORS)}"
        raise UsageError(msg)
    return name
