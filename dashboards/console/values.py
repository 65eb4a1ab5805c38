"""What whoever runs the console tells it, as plain values."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

State = Literal["live", "catching_up", "connecting", "down", "done"]


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How one shard of a source is right now.

    Attributes:
        detail: what is wrong, for a person; no secret.
    """

    source: str
    shard: str
    state: State
    detail: str = ""
    last_success: datetime | None = None
    complete_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """How the whole pipeline is right now.

    Attributes:
        waiting: records received and not yet judged; None: not known.
        watermark: everything up to here was heard; None: not known.
        demo: the posts are invented.
    """

    sources: tuple[SourceHealth, ...] = ()
    waiting: int | None = None
    watermark: datetime | None = None
    demo: bool = False
