"""What happens in the invented world, with the truth beside it."""

from dataclasses import dataclass
from datetime import datetime

from mentions.records import Deletion, Gap, Label, Post


@dataclass(frozen=True, slots=True)
class Truth:
    """What a judge should find out; never part of a post.

    Attributes:
        story: `chatter`, `background`, `spam`, `own`, `ambassador`, `detractor`, `conversation`; of those who
            praise, by kind: `evangelist`, `quiet_fan`, `lapsed_fan`, `one_day_fan`, and `parrot`, which copies others;
            or the name of a story (`stories.STORIES`).
        labels: how the post speaks of each brand that it mentions, by the brand's name.
    """

    story: str
    labels: tuple[tuple[str, Label], ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a reader of this world receives at `at`; a gap comes at its end."""

    at: datetime
    item: Post | Deletion | Gap
    truth: Truth
