"""What one frame of Jetstream means, on either wire. Pure; never raises on any bytes.

v1 puts `kind` at the top; v2 wraps a payload and names both by `$type`, by which the two are told apart.

Two decisions worth knowing:
* `received_at` of a post is when its *relay* saw it (v1 `time_us`, v2 `time`), so that a look-back of 36 hours brings
  posts of their own hour; only a relay time that cannot be true gives way to the time of arrival.
* A `sync` (v2: an account's posts are about to be sent again) is counted and otherwise ignored. Erasing the account's
  posts would leave tombstones, and the same posts, sent again, would be stored already erased. What the account really
  deleted is still deleted by its own events.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from msgspec import Raw, Struct, field

from ingest.sources.base import Dropped, Item
from ingest.sources.bluesky.records import FOREIGN, POSTS, SOURCE, read_post
from ingest.sources.times_live import parse_time, relay_time
from mentions.clock import EPOCH
from mentions.drops import Drop
from mentions.records import Deletion

Wire = Literal["v1", "v2"]

MAX_FRAME = 1_000_000
"""Bytes. A post's record is at most a few kB; the network's own limit for a record is 1 MB."""
GONE = frozenset({"deleted", "takendown", "suspended", "deactivated"})
"""States of an inactive account after which its posts must be forgotten."""

_V2_MESSAGES = "network.bsky.jetstream.subscribeEvents#"
_did = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]{1,2000}")
_rkey = re.compile(r"[A-Za-z0-9._~:-]{1,512}")


@dataclass(frozen=True, slots=True)
class Reading:
    """One frame understood.

    Attributes:
        at: the relay's time of it, by which any host of either wire can be asked to resume; None: it has none.
        seq: v2 only: the position on the host that sent it, and on no other.
        notice: name of a v2 `#info` (`OutdatedCursor`, `FutureCursor`), which is about the stream itself.
    """

    item: Item
    at: datetime | None = None
    seq: int | None = None
    notice: str = ""


class _Account(Struct):
    active: bool
    status: str = ""


class _Commit(Struct):
    operation: str = ""
    collection: str = ""
    rkey: str = ""
    record: Raw = field(default_factory=Raw)


class _Payload(_Commit):
    type: str = field(name="$type", default="")
    seq: int | None = None
    did: str = ""
    time: str = ""
    witnessed: str = field(name="witnessedAt", default="")
    account: _Account | None = None
    name: str = ""


class _Frame(Struct):
    type: str = field(name="$type", default="")
    payload: _Payload | None = None
    error: str = ""
    did: str = ""
    time_us: int | None = None
    kind: str = ""
    commit: _Commit | None = None
    account: _Account | None = None


_frame = msgspec.json.Decoder(_Frame)


def parse_frame(frame: bytes | str, received_at: datetime, wire: Wire | None = None) -> Item:
    """What a frame that arrived at `received_at` says: a post, a deletion, or why it is neither.

    Args:
        frame: as received, at most `MAX_FRAME` bytes.
        received_at: when it arrived here.
        wire: which wire it came by; None: told by the frame itself.
    """
    return read_frame(frame, received_at, wire).item


def read_frame(frame: bytes | str, arrived: datetime, wire: Wire | None = None) -> Reading:
    """As `parse_frame`, with what the reader needs to resume."""
    if len(frame) > MAX_FRAME:
        return Reading(Dropped(Drop.TOO_LARGE, f"{len(frame)} bytes; at most {MAX_FRAME} are read"))
    try:
        found = _frame.decode(frame)
    except msgspec.ValidationError as error:
        return Reading(_malformed(str(error)))
    except FOREIGN as error:
        return Reading(Dropped(Drop.NOT_JSON, type(error).__name__))
    if wire == "v2" or (wire is None and found.type):
        return _read_v2(found, arrived)
    return _read_v1(found, arrived)


def micros(moment: datetime) -> int:
    """Microseconds since 1970, the unit of Jetstream's time cursors."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def _malformed(error: str) -> Dropped:
    """A field of the wrong type; a frame that is no JSON object at all has no kind."""
    return Dropped(Drop.BAD_FIELD if "`$." in error else Drop.UNKNOWN_KIND, error)


def _moment(time_us: int | None) -> datetime | None:
    try:
        return None if time_us is None else EPOCH + timedelta(microseconds=time_us)
    except OverflowError:
        return None


def _read_v1(frame: _Frame, arrived: datetime) -> Reading:
    at = relay_time(_moment(frame.time_us), arrived)
    known = None if frame.time_us is None else at
    return Reading(_event(frame.kind, frame.did, frame.commit, frame.account, at), known)


def _read_v2(frame: _Frame, arrived: datetime) -> Reading:
    if frame.type == "error":
        return Reading(Dropped(Drop.SOURCE_ERROR, f"the host ended the stream: {frame.error[:100] or 'no reason'}"))
    payload = frame.payload
    if frame.type != "message" or payload is None or not payload.type.startswith(_V2_MESSAGES):
        return Reading(Dropped(Drop.UNKNOWN_KIND, "no message of Jetstream v2"))
    kind = payload.type.removeprefix(_V2_MESSAGES)
    if kind == "info":
        return Reading(Dropped(Drop.SOURCE_ERROR, f"notice {payload.name[:100]}"), notice=payload.name)
    given = parse_time(payload.witnessed) or parse_time(payload.time)
    at = relay_time(given, arrived)
    item = _event(kind, payload.did, payload, payload.account, at)
    return Reading(item, None if given is None else at, payload.seq)


def _event(kind: str, did: str, commit: _Commit | None, account: _Account | None, at: datetime) -> Item:
    if kind == "commit":
        return _commit(did, commit, at)
    if kind == "account":
        return _account(did, account, at)
    if kind == "identity":
        return Dropped(Drop.NOT_A_POST, "identity")
    if kind == "sync":
        return Dropped(Drop.ACCOUNT_STATE, "sync: the account's posts will be sent again")
    return Dropped(Drop.UNKNOWN_KIND, f"kind {kind[:50]!r}" if kind else "no kind")


def _commit(did: str, commit: _Commit | None, at: datetime) -> Item:
    if commit is None:
        return Dropped(Drop.BAD_FIELD, "commit: missing")
    if not commit.collection:
        return Dropped(Drop.BAD_FIELD, "collection: missing")
    if commit.collection != POSTS:
        return Dropped(Drop.NOT_A_POST, commit.collection[:100])
    if not _did.fullmatch(did) or not _rkey.fullmatch(commit.rkey):
        return Dropped(Drop.BAD_FIELD, "did or rkey: not of the network's form")
    if commit.operation == "create":
        return read_post(did, commit.rkey, commit.record, at)
    if commit.operation == "delete":
        return Deletion(source=SOURCE, at=at, why="deleted", native_id=f"at://{did}/{POSTS}/{commit.rkey}")
    if commit.operation == "update":
        return Dropped(Drop.EDIT_IGNORED)
    return Dropped(Drop.UNKNOWN_KIND, f"operation {commit.operation[:50]!r}")


def _account(did: str, account: _Account | None, at: datetime) -> Item:
    if account is None or not _did.fullmatch(did):
        return Dropped(Drop.BAD_FIELD, "account or did: missing or not of the network's form")
    if not account.active and account.status in GONE:
        return Deletion(source=SOURCE, at=at, why=account.status, author_id=did)
    return Dropped(Drop.ACCOUNT_STATE, "active" if account.active else account.status[:50])
