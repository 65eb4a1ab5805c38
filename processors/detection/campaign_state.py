"""What folding campaigns is told, remembers and finds: the records of `campaigns`, and its thresholds. Pure."""

from collections.abc import Callable, Container
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from mentions.records import Reason, Severity
from processors.detection.clusters import Clusters
from processors.detection.habits import Habits
from processors.detection.steps import AlertStep
from processors.detection.verdict import CampaignKind, Tally, publishers
from processors.detection.windows import Windows
from processors.fold import FoldMention

NAME = "campaigns"
VERSION = 1

OPEN, MANY, MASS = 4, 10, 25
"""Distinct authors: within an hour to open a campaign; of the campaign for the next severities."""
LADDER: tuple[Severity, ...] = ("warn", "high", "critical")
HOUR = timedelta(hours=1)
QUIET = 60
"""Ticks without a new post that close an alert."""
UPDATE_EVERY = 15
"""Ticks between two steps that only bring new counts."""
BURST, MANY_BURST, REPETITION, RATE, SYNC = 0.5, 0.8, 0.4, 0.3, 0.2
"""What `duplicate_burst` (from OPEN and from MANY authors), `self_repetition`, `posting_rate`, `sync` take away."""
SYNC_POSTS, SYNC_SPAN = 3, timedelta(seconds=5)
POSTS, AUTHORS = 200, 200
"""Posts of a campaign that are weighed anew, and authors that are told apart; more authors are not counted."""
RUNNING = 64
"""Campaigns of a brand that are remembered at once; the one silent for longest makes room."""
OWN_POSTS, OWN_TICKS = 32, 7 * 1_440
"""The brand's own posts whose copies are known even after two hours: the newest so many, of a week."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the fold is told of a brand and its mentions.

    Attributes:
        hosts: of the links of a mention. late: whether a mention counts without a vote (`TimeRules.is_late`).
        own_hosts: of the brand's own pages. publishers: hosts whose links make sharing organic.
    """

    hosts: Callable[[FoldMention], tuple[str, ...]]
    late: Callable[[FoldMention], bool]
    own_hosts: frozenset[str] = frozenset()
    publishers: Container[str] = field(default_factory=publishers)


class Running(Struct):
    """A campaign that may still grow.

    Attributes:
        opened_tick: when it first had OPEN authors within an hour. last_tick: of its newest post.
        alert: the tick that opened its alert, None while it has none. told_tick: of the last step.
        rung: index in LADDER.
        kept: key and weight of its first POSTS posts in public voices. authors: keys of its first AUTHORS authors.
    """

    brand: str
    cluster: str
    kind: CampaignKind
    own_first: bool
    opened_tick: int
    first_at: datetime
    last_at: datetime
    last_tick: int
    alert: int | None = None
    rung: int = 0
    told_tick: int = 0
    tally: Tally = msgspec.field(default_factory=Tally)
    kept: list[tuple[str, int]] = []
    authors: dict[str, None] = {}

    def burst(self) -> float:
        """What `duplicate_burst` takes from each of its posts now."""
        if self.kind != "coordinated":
            return 0.0
        return MANY_BURST if len(self.authors) >= MANY else BURST


class Own(Struct, array_like=True):
    """A post in the brand's own voice."""

    key: str
    tick: int
    sketch: bytes


class State(Struct):
    """What outlasts two hours; at most some 1.5 MB of msgpack, under hostile load, and usually a few KB."""

    running: dict[str, Running] = {}
    habits: Habits = msgspec.field(default_factory=Habits)
    own: list[Own] = []


@dataclass(slots=True)
class Memory:
    """What follows from the mentions of this hour and the last."""

    clusters: Clusters = field(default_factory=Clusters)
    windows: Windows = field(default_factory=Windows)


class Judged(Struct, frozen=True, gc=False):
    """A mention after the fold. cluster: the key of the first of its near-duplicates; None: none had come."""

    key: str
    cluster: str | None
    weight: int
    reasons: tuple[Reason, ...]


class Reweight(Struct, frozen=True, gc=False):
    """An earlier mention counts less from now on. `reason` replaces one of the same term that it had, if any."""

    key: str
    weight: int
    reason: Reason


class Campaign(Struct, frozen=True, kw_only=True):
    """A row of `campaigns`, as it is now.

    Attributes:
        cluster: key of the first post. authors: distinct ones, at most AUTHORS. domains: hosts, most linked first.
        first_at, last_at: event times of the first post that counted and of the newest.
    """

    brand: str
    cluster: str
    kind: CampaignKind
    opened_tick: int
    first_at: datetime
    last_at: datetime
    posts: int
    authors: int
    domains: tuple[str, ...]


@dataclass(slots=True)
class Found:
    """What a fold changes. To be applied in this order; later entries for the same key win.

    Attributes:
        founders: keys of mentions that turned out to be the first of several: their cluster is their own key.
        campaigns: by cluster.
    """

    judged: list[Judged] = field(default_factory=list)
    reweights: list[Reweight] = field(default_factory=list)
    founders: list[str] = field(default_factory=list)
    campaigns: dict[str, Campaign] = field(default_factory=dict)
    steps: list[AlertStep] = field(default_factory=list)
