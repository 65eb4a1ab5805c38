"""A brand is data: what to look for, who speaks in its name, how it is shown. A version of it never changes."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from mentions.layers import BrandLayer

Role = Literal["own", "competitor", "sector"]
Sensitivity = Literal["quiet", "normal", "sensitive"]
AudiencePart = Literal["countries", "languages", "topics"]
Goal = Literal[
    "mentions",
    "net_sentiment",
    "negative_share",
    "share_of_voice",
    "response_share",
    "evangelists",
    "own_page_mentions",
]
"""Figures of the review that a brand may set itself as goals."""


class Brand(Struct, frozen=True, omit_defaults=True, kw_only=True, forbid_unknown_fields=True):
    """One version of a brand.

    Attributes:
        name: short and stable, `[A-Za-z0-9][A-Za-z0-9_-]{0,62}`: it is a metric label and a key in the store.
        query: in the language of `mentions.matching`.
        accounts: the brand's own accounts, `source:handle` or `source:id` (`bluesky:lumbre.example`).
        ambassadors: employees and partners who said so, in the same form.
        time_zone: IANA name; days in reports are this zone's days.
        aspects: words and phrases that show what a mention is about, by aspect (`processors.aspects.Aspects`).
        domains: hosts of the brand's own pages; their subdomains too.
        watchwords: words and phrases that alert on the first post, by list.
        notable: accounts whose first post alerts, in the form of `accounts`; `link:host` for media by their domain.
        notable_followers: authors with at least so many followers alert too; 0: none do.
        sensitivity: how soon a negative spike alerts.
        allow: what is never spam: `author:` with an account in the form of `accounts`, `domain:` with a host (its
            subdomains too), `phrase:` with words. block: what counts nothing, in the same form; `allow` wins.
        audience: whom the brand wants to reach: `countries` and `languages` by two-letter codes, `topics` as words.
        goals: what a figure of the review is to reach, by its name; of `negative_share` what it is to stay below.
    """

    name: str
    query: str
    accounts: tuple[str, ...] = ()
    ambassadors: tuple[str, ...] = ()
    role: Role = "own"
    time_zone: str = "UTC"
    aspects: dict[str, tuple[str, ...]] = {}
    domains: tuple[str, ...] = ()
    watchwords: dict[str, tuple[str, ...]] = {}
    notable: tuple[str, ...] = ()
    notable_followers: int = 0
    sensitivity: Sensitivity = "normal"
    allow: tuple[str, ...] = ()
    block: tuple[str, ...] = ()
    audience: dict[AudiencePart, tuple[str, ...]] = {}
    goals: dict[Goal, float] = {}


class BrandVersion(Struct, frozen=True, kw_only=True, tag_field="record", tag="brand.v1"):
    """A brand as it was from `effective_from` on; who changed it, when and why. A record of the brands topic too."""

    brand: Brand
    version: int
    effective_from: datetime
    changed_at: datetime
    changed_by: str
    why: str
    retired: bool = False


class AccountId(Struct, frozen=True, tag_field="record", tag="account.v1"):
    """The network's own id of an account that brands give by handle (`bluesky:lumbre.example` -> `did:plc:...`)."""

    account: str
    id: str


BrandRecord = BrandVersion | AccountId | BrandLayer
