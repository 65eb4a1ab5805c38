"""Which Jetstream hosts there are, and the address to ask each for. Pure."""

from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlencode, urlsplit

from ingest.sources.bluesky.frames import Wire
from ingest.sources.bluesky.records import POSTS

PATHS: dict[Wire, str] = {"v1": "/subscribe", "v2": "/xrpc/network.bsky.jetstream.subscribeEvents"}
PUBLIC: dict[Wire, tuple[str, ...]] = {
    "v1": (
        "jetstream1.us-east.bsky.network",
        "jetstream2.us-east.bsky.network",
        "jetstream1.us-west.bsky.network",
        "jetstream2.us-west.bsky.network",
    ),
    "v2": ("jetstream.us-east.bsky.network", "jetstream.us-west.bsky.network"),
}
_SCHEMES = {"http": "ws", "https": "wss"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One host on one wire.

    Attributes:
        base: scheme, host and port (`wss://jetstream.example`).
        path: of the subscription.
        guessed: the wire was not configured: v2 is tried, and a host that does not know it is spoken to in v1.
    """

    base: str
    path: str
    wire: Wire
    guessed: bool = False

    @property
    def host(self) -> str:
        """Host and port, by which a `seq` is known to be this host's."""
        return urlsplit(self.base).netloc.rpartition("@")[2]

    def url(self, cursor: int | None) -> str:
        """The address that subscribes to posts and account states from `cursor` (None: from now).

        Without account states, deletions of whole accounts would be missed: v1 always sends them, v2 when asked.
        """
        query = [("wantedCollections", POSTS)]
        if self.wire == "v2":
            query = [("kinds", "commit"), ("kinds", "account"), ("collections", POSTS)]
        if cursor is not None:
            query.append(("cursor", str(cursor)))
        return f"{self.base}{self.path}?{urlencode(query)}"

    def as_v1(self) -> "Endpoint":
        """The same host on the older wire."""
        return replace(self, wire="v1", path=PATHS["v1"], guessed=False)


def endpoints(hosts: tuple[str, ...], wire: Wire | Literal["auto"]) -> tuple[Endpoint, ...]:
    """The hosts in the order given; none given: the public ones of the wire.

    A host is a name (`jetstream.example`, then `wss`), or an address (`ws://127.0.0.1:8080`); a path in the address
    decides its wire.
    """
    chosen: Wire = "v1" if wire == "v1" else "v2"
    return tuple(_endpoint(host, chosen, wire == "auto") for host in hosts or PUBLIC[chosen])


def _endpoint(host: str, wire: Wire, guessed: bool) -> Endpoint:
    parts = urlsplit(host if "://" in host else f"wss://{host}")
    base = f"{_SCHEMES.get(parts.scheme, parts.scheme)}://{parts.netloc}"
    path = parts.path.rstrip("/")
    if not path:
        return Endpoint(base, PATHS[wire], wire, guessed)
    return Endpoint(base, path, "v2" if path.endswith("subscribeEvents") else "v1")
