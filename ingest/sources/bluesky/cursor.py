"""Where reading stands, as text for the outbox, and where to resume on a given host. Pure.

A v2 `seq` means nothing on another host or wire, so it is used on its own host only; the relay's *time* of the last
event means (nearly) the same everywhere, and both wires take it as a cursor in microseconds.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from ingest.sources.bluesky.frames import Wire, micros
from ingest.sources.bluesky.hosts import Endpoint
from ingest.sources.times_live import parse_time
from mentions.clock import EPOCH
from mentions.errors import CorruptRecord

OVERLAP = timedelta(seconds=5)
"""Each host stamps an event when it sees it itself, and v1 is ordered only roughly: resume a little earlier."""


@dataclass(frozen=True, slots=True)
class Position:
    """The last event received: its relay's time, and on v2 its `seq` on `host`."""

    wire: Wire
    host: str
    at: datetime
    seq: int | None = None


class _Saved(msgspec.Struct, omit_defaults=True):
    wire: Wire
    host: str
    time_us: int | None = None
    seq: int | None = None
    time: str | None = None


def dump(position: Position) -> str:
    """`{"wire":"v1","host":...,"time_us":...}` or `{"wire":"v2","host":...,"seq":...,"time":...}`."""
    if position.wire == "v1":
        saved = _Saved("v1", position.host, time_us=micros(position.at))
    else:
        time = position.at.astimezone(UTC).isoformat(timespec="microseconds")
        saved = _Saved("v2", position.host, seq=position.seq, time=time)
    return msgspec.json.encode(saved).decode()


def load(text: str) -> Position:
    """Read what `dump` wrote.

    Raises:
        CorruptRecord: it is something else; starting afresh instead would lose posts without a word.
    """
    try:
        saved = msgspec.json.decode(text, type=_Saved)
        if saved.time_us is not None and saved.wire == "v1":
            return Position("v1", saved.host, EPOCH + timedelta(microseconds=saved.time_us))
        at = parse_time(saved.time or "")
        if at is not None and saved.wire == "v2":
            return Position("v2", saved.host, at, saved.seq)
    except (ValueError, OverflowError):
        pass
    raise CorruptRecord(f"cursor of bluesky: {text[:200]!r} is no position of Jetstream v1 or v2")


def resume_at(position: Position, endpoint: Endpoint, *, by_time: bool = False) -> int:
    """The cursor to ask `endpoint` for: this host's own `seq` where there is one, otherwise the time less 5 s."""
    own = endpoint.wire == "v2" and position.wire == "v2" and position.host == endpoint.host
    if own and position.seq is not None and not by_time:
        return position.seq
    return micros(position.at - OVERLAP)
