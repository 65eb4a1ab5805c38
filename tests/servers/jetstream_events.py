"""What a local Jetstream sends: events, and how each wire writes them. All invented."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

POSTS = "app.bsky.feed.post"
_NAMESPACE = "network.bsky.jetstream.subscribeEvents#"


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the network. `kind` `raw` is sent exactly as `data`, on both wires."""

    kind: str
    did: str
    at: datetime
    body: dict[str, Any] = field(default_factory=dict)
    data: bytes = b""


def post(did: str, rkey: str, text: str, at: datetime, **record: Any) -> Event:
    """A new post; `record` adds or replaces fields of the record (`createdAt`, `langs`, `reply`, ...)."""
    full = {"$type": POSTS, "createdAt": rfc3339(at), "text": text, **record}
    return commit(did, rkey, at, operation="create", cid="bafyinvented", record=full)


def deletion(did: str, rkey: str, at: datetime) -> Event:
    """A post is deleted."""
    return commit(did, rkey, at, operation="delete")


def edit(did: str, rkey: str, text: str, at: datetime) -> Event:
    """A post is changed."""
    record = {"$type": POSTS, "createdAt": rfc3339(at), "text": text}
    return commit(did, rkey, at, operation="update", cid="bafychanged", record=record)


def commit(did: str, rkey: str, at: datetime, *, operation: str, collection: str = POSTS, **more: Any) -> Event:
    """Any change of a repository."""
    return Event(
        "commit", did, at, {"rev": "3invented", "operation": operation, "collection": collection, "rkey": rkey} | more
    )


def account(did: str, at: datetime, *, active: bool, status: str | None = None) -> Event:
    """An account changes its state."""
    state = {"active": active, "did": did, "seq": 30340180351, "time": rfc3339(at)}
    return Event("account", did, at, state if status is None else state | {"status": status})


def identity(did: str, at: datetime) -> Event:
    """An account changes its handle."""
    return Event("identity", did, at, {"did": did, "seq": 30340180350, "time": rfc3339(at)})


def sync(did: str, at: datetime) -> Event:
    """An account's repository is about to be sent again; v1 never tells."""
    return Event("sync", did, at, {"did": did, "rev": "3invented", "seq": 30340180352, "time": rfc3339(at)})


def raw(data: bytes | str, at: datetime) -> Event:
    """Anything at all, as one text frame."""
    return Event("raw", "", at, data=data if isinstance(data, bytes) else data.encode())


def rfc3339(at: datetime) -> str:
    """Microseconds and `Z`."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def micros(at: datetime) -> int:
    """Unix time in microseconds."""
    whole = int(at.replace(microsecond=0).timestamp())
    return whole * 1_000_000 + at.microsecond


def v1_frame(event: Event, at: datetime, seq: int) -> bytes:
    """The event on the v1 wire, as the host that saw it `at`; hosts of today add their `seq` as `cursor`."""
    if event.kind == "raw":
        return event.data
    frame = {"did": event.did, "time_us": micros(at), "cursor": seq, "kind": event.kind, event.kind: event.body}
    return json.dumps(frame, ensure_ascii=False).encode()


def v2_frame(event: Event, at: datetime, seq: int) -> bytes:
    """The event on the v2 wire."""
    if event.kind == "raw":
        return event.data
    head = {"$type": _NAMESPACE + event.kind, "seq": seq, "did": event.did}
    times = {"time": rfc3339(at), "witnessedAt": rfc3339(at)}
    body = event.body if event.kind == "commit" else {event.kind: event.body}
    return json.dumps({"$type": "message", "payload": head | times | body}, ensure_ascii=False).encode()


def v2_info(name: str, message: str) -> bytes:
    """A notice about the stream itself."""
    payload = {"$type": _NAMESPACE + "info", "name": name, "message": message}
    return json.dumps({"$type": "message", "payload": payload}).encode()


def v2_error(error: str, message: str = "") -> bytes:
    """The last frame before a v2 host closes a connection."""
    return json.dumps({"$type": "error", "error": error, "message": message}).encode()
