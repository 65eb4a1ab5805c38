"""What every sentiment engine promises."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

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


Asked = tuple[str, str, Target | None]
"""What `Engine.judge` is asked: a text, its language, and whom the judgement is about."""


@runtime_checkable
class JudgesTogether(Protocol):
    """An engine that judges many texts together faster than one after the other."""

    def judge_all(self, asked: Sequence[Asked]) -> list[Sentiment]:
        """The judgement of each, as `judge` gives it."""
        ...
