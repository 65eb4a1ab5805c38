"""What every sentiment engine promises."""

from typing import Protocol

from mentions.records import Sentiment
from processors.sentiment.target import Target


class Engine(Protocol):
    """A judge of texts. Pure: the same text and language give the same answer; it never raises on any text.

    Attributes:
        version: names the engine and everything that can change its answers; stored with every judgement.
    """

    version: str

    def judge(self, text: str, lang: str, target: Target | None = None) -> Sentiment:
        """Judge `text`, whose language is `lang` (ISO 639-1 or `und`); `unjudged` when it cannot hear that language.

        Args:
            target: whom the judgement is about; None: the text as a whole. An engine without targets takes no notice.
        """
        ...
