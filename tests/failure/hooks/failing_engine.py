"""The engine raises on every text with `explode`, and on those with `hiccup` the first two times."""

from collections import Counter

from atalaya import working
from mentions.records import Sentiment
from mentions.settings import Settings
from processors.scoring import Judges
from processors.sentiment.base import Engine

_real = working.judges_of


class FailingEngine:
    """Otherwise the real one."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._seen = engine, Counter[str]()
        self.version = engine.version

    def judge(self, text: str, lang: str, target: object = None) -> Sentiment:
        """As the real one does, unless the text says otherwise."""
        self._seen[text] += 1
        if "explode" in text or ("hiccup" in text and self._seen[text] < 3):
            msg = "the engine fails, as the test wants"
            raise RuntimeError(msg)
        return self._engine.judge(text, lang)


def _failing(settings: Settings) -> Judges:
    judges = _real(settings)
    return Judges(judges.languages, FailingEngine(judges.engine))


working.judges_of = _failing
