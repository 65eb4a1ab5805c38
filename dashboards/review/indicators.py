"""The figures that an action can be meant to move: those that tell something of any stretch of days."""

from collections.abc import Callable, Mapping

from dashboards.review.catalogue import CATALOGUE
from dashboards.review.figuring import Figures, once
from dashboards.review.values import Figure, Text
from mentions.errors import UsageError

MAKERS: Mapping[str, Callable[[Figures], Figure]] = {
    "mentions": lambda made: made.count("mentions", "mentions"),
    "stories": lambda made: made.stories(),
    "authors": lambda made: made.figure("authors", once(lambda rows: float(rows.authors))),
    "net_sentiment": lambda made: made.net(),
    "negative_share": lambda made: made.share("negative_share", "negative"),
    "share_of_voice": lambda made: made.voice(),
    "response_share": lambda made: made.response(),
    "response_median": lambda made: made.hours("response_median", lambda rows: rows.responses.median),
    "waiting": lambda made: made.figure("waiting", once(lambda rows: float(rows.responses.unanswered))),
    "spam_share": lambda made: made.share("spam_share", "spam"),
    "own_page_mentions": lambda made: made.figure("own_page_mentions", once(lambda rows: float(rows.links.mentions))),
    "own_page_linkers": lambda made: made.figure("own_page_linkers", once(lambda rows: float(rows.links.linkers))),
}
INDICATORS = tuple(MAKERS)


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
