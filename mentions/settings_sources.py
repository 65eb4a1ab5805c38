"""The configuration of sources: one class a type, told apart by its `type`."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from msgspec import Struct

from mentions.settings_brand import ZONE, Zone
from mentions.settings_schema import says

ShardName = Annotated[
    str,
    says(
        "Tells two of the same type apart; renamed, it begins anew.",
        "lower-case letters, digits, - and _, at most 63",
        pattern=r"^[a-z0-9][a-z0-9_-]{0,62}\Z",
    ),
]
WebAddress = Annotated[str, says("", "an http:// or https:// address", pattern=r"^https?://[^\s/@]+(/\S*)?\Z")]
HostName = Annotated[
    str, says("", "host names or addresses", pattern=r"^((wss?|https?)://)?[A-Za-z0-9.-]+(:[0-9]{1,5})?(/\S*)?\Z")
]


class BlueskySettings(Struct, frozen=True, kw_only=True):
    """Bluesky's public stream; needs no account."""

    type: ClassVar[str] = "bluesky"

    name: ShardName = "main"
    hosts: Annotated[
        tuple[HostName, ...],
        says("Servers to try in turn; none: the network's own.", "a list of host names or ws:// addresses"),
    ] = ()
    wire: Annotated[Literal["auto", "v1", "v2"], says("The stream's version; auto: v2 where it is spoken.")] = "auto"
    lookback_hours: Annotated[Literal[0, 6, 36], says("How far back the very first start reads.")] = 0


class RssSettings(Struct, frozen=True, kw_only=True):
    """News and blogs: RSS and Atom feeds. After `parse`, `urls` holds all and `url` is None."""

    type: ClassVar[str] = "rss"

    name: ShardName = "main"
    url: Annotated[
        WebAddress | None, says("The feed's address.", "an http:// or https:// address, without password")
    ] = None
    urls: Annotated[
        tuple[WebAddress, ...], says("Or several.", "a list of http:// or https:// addresses, without password")
    ] = ()
    every_minutes: Annotated[int, says("How often to look.", ge=5, le=1_440)] = 15
    allow_private: Annotated[bool, says("Whether addresses of your own network may be read.")] = False


class FileSettings(Struct, frozen=True, kw_only=True):
    """A file of posts that another program writes; what is appended is read as it comes."""

    type: ClassVar[str] = "file"

    name: ShardName = "main"
    path: Annotated[
        str, says("JSON Lines or CSV; a relative path is relative to this file's folder.", "a path", min_length=1)
    ]
    format: Annotated[Literal["auto", "jsonl", "csv"], says("What it holds; auto: found out.")] = "auto"
    map: Annotated[
        dict[str, str],
        says(
            "For CSV: which column holds which field.",
            'a table such as { text = "text", created_at = "date", author.id = "user" }',
        ),
    ] = {}
    time_format: Annotated[
        str | None,
        says(
            "How its times are written, where day and month could be confused.",
            '"day-first", "month-first" or a strptime pattern such as "%d/%m/%Y %H:%M"',
        ),
    ] = None
    time_zone: Annotated[Zone, says("Of times that name none.", ZONE)] = "UTC"


class SimulatedSettings(Struct, frozen=True, kw_only=True):
    """Invented posts about two invented brands, Lumbre and Nubira, to try things out."""

    type: ClassVar[str] = "simulated"

    name: ShardName = "main"
    seed: Annotated[int, says("The same seed gives the same posts.", ge=0)] = 1
    days: Annotated[int, says("How many days are invented.", ge=1, le=366)] = 14
    speed: Annotated[float, says("How many times faster than life.", gt=0)] = 1.0


SourceSettings = BlueskySettings | RssSettings | FileSettings | SimulatedSettings
SOURCES: Mapping[str, type[SourceSettings]] = {
    "bluesky": BlueskySettings,
    "rss": RssSettings,
    "file": FileSettings,
    "simulated": SimulatedSettings,
}
"""What `type` of a `[[source]]` can be."""
