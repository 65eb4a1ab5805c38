"""WATCH fails on every batch with a text with `explode`, and the first two times on one with `hiccup`."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from mentions.records import ScoredMention
from processors.watch import Watch

_arrive = Watch._arrive
_seen = Counter[str]()


def _failing(self: Watch, connection: Any, mentions: Sequence[ScoredMention], *rest: Any) -> None:
    for mention in mentions:
        text = mention.post.text
        _seen[text] += 1
        if "explode" in text or ("hiccup" in text and _seen[text] < 3):
            msg = "storing fails, as the test wants"
            raise RuntimeError(msg)
    _arrive(self, connection, mentions, *rest)


Watch._arrive = _failing  # type: ignore[method-assign]
