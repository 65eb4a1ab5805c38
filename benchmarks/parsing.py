"""Frames per second through the Bluesky parser, on one core: `python benchmarks/parsing.py`.

The mix is that of the live stream as far as parsing cares: half replies, a third with facets, some deletions and
account states. Texts are invented.
"""

import json
import time
from datetime import UTC, datetime

from ingest.sources.bluesky.frames import parse_frame

NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)
STAMP = "2026-11-16T08:59:59.240Z"
ROUNDS = 5_000


def record(number: int) -> dict[str, object]:
    """A post with what number decides: a reply, facets, a card."""
    text = f"El pan de Lumbre, número {number}: qué tarde más larga en el aeropuerto https://lumbre.example/{number}"
    made: dict[str, object] = {"$type": "app.bsky.feed.post", "createdAt": STAMP, "text": text, "langs": ["es"]}
    uri = {"cid": "bafyinvented", "uri": "at://did:plc:otra/app.bsky.feed.post/3invented"}
    if number % 2:
        made["reply"] = {"parent": uri, "root": uri}
    if number % 3 == 0:
        start = len(text[: text.index("https")].encode())
        link = {"$type": "app.bsky.richtext.facet#link", "uri": f"https://lumbre.example/{number}"}
        made["facets"] = [{"index": {"byteStart": start, "byteEnd": len(text.encode())}, "features": [link]}]
    if number % 5 == 0:
        made["embed"] = {"$type": "app.bsky.embed.record", "record": uri}
    return made


def bodies(number: int) -> tuple[str, dict[str, object]]:
    """Kind and body of the event with this number."""
    if number % 20 == 19:
        return "account", {"account": {"active": False, "status": "deleted", "did": "did:plc:ana", "seq": 1}}
    commit: dict[str, object] = {"rev": "3invented", "collection": "app.bsky.feed.post", "rkey": f"3k{number}"}
    if number % 10 == 9:
        return "commit", commit | {"operation": "delete"}
    return "commit", commit | {"operation": "create", "cid": "bafyinvented", "record": record(number)}


def v1(number: int) -> bytes:
    """The event with this number on the v1 wire."""
    kind, body = bodies(number)
    wrapped = {"commit": body} if kind == "commit" else body
    return json.dumps({"did": "did:plc:ana", "time_us": 1794819599000000, "kind": kind} | wrapped).encode()


def v2(number: int) -> bytes:
    """The event with this number on the v2 wire."""
    kind, body = bodies(number)
    name = f"network.bsky.jetstream.subscribeEvents#{kind}"
    payload = {"$type": name, "seq": number, "did": "did:plc:ana", "time": STAMP, "witnessedAt": STAMP} | body
    return json.dumps({"$type": "message", "payload": payload}).encode()


def measure(name: str, frames: list[bytes]) -> None:
    """Print frames per second and CPU microseconds per frame, the best of five runs."""
    best = float("inf")
    for _ in range(5):
        start = time.process_time()
        for frame in frames:
            parse_frame(frame, NOW)
        best = min(best, time.process_time() - start)
    size = sum(map(len, frames)) / len(frames)
    each = best / len(frames)
    print(f"{name}: {1 / each:,.0f} frames/s, {each * 1e6:.1f} us/frame, {size:.0f} bytes/frame")


if __name__ == "__main__":
    measure("v1", [v1(number) for number in range(ROUNDS)])
    measure("v2", [v2(number) for number in range(ROUNDS)])
