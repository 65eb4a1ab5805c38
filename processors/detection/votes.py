"""Who votes in a minute: one vote per author and text, and none for what is spam, late or the brand's own. Pure.

A mention judged spam (weight 500 or less) has no vote; another counts its weight, so that a doubtful post counts for
less. Sums are integers in thousandths: no float depends on order.
"""

from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from itertools import groupby

from msgspec import Struct, field

from processors.fold import FoldMention

SPAM = 500
"""Greatest weight, in thousandths, of a mention that is judged spam (detection.md, 2.1)."""


class TickVotes(Struct):
    """The votes of one tick, in thousandths.

    Attributes:
        judged: of every label but `unjudged`; counted: of all. against: author's hash and the mention's key of each
            negative vote.
    """

    tick: int
    negatives: int = 0
    positives: int = 0
    judged: int = 0
    counted: int = 0
    against: list[tuple[int, str]] = field(default_factory=list)


def votes(mentions: Iterable[FoldMention], late: Callable[[FoldMention], bool]) -> Iterator[TickVotes]:
    """The ticks that have a vote, in order.

    Args:
        mentions: of one brand, in the order of `processors.fold.in_order`; of one author's copies of a text in one
            tick the first votes.
    """
    for tick, group in groupby(mentions, key=lambda mention: mention.fold_tick):
        cast = TickVotes(tick)
        seen: set[tuple[str, str]] = set()
        for mention in group:
            voter = (mention.author, mention.cluster or "")
            if mention.voice != "public" or mention.weight <= SPAM or voter in seen or late(mention):
                continue
            seen.add(voter)
            _count(cast, mention)
        if seen:
            yield cast


def _count(cast: TickVotes, mention: FoldMention) -> None:
    cast.counted += mention.weight
    if mention.label == "unjudged":
        return
    cast.judged += mention.weight
    if mention.label == "positive":
        cast.positives += mention.weight
    elif mention.label == "negative":
        cast.negatives += mention.weight
        cast.against.append((_hash(mention.author), mention.key))


def _hash(author: str) -> int:
    return int.from_bytes(blake2b(author.encode(), digest_size=7).digest(), "big")  # 7 bytes: a signed int of msgpack
