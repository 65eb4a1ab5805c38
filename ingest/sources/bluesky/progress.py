"""How far the stream has been read, whether it is live, and what is missing. Pure: `(state, news, now) -> state`.

How a gap is told: a resumed stream begins with what is already known (v2 sends the last event again, a time cursor goes
5 s back). If the first event is clearly newer than the last one known, the host no longer had what lies between:
v1 clamps an old cursor without a word, v2 refuses a `seq` and clamps a time. All of them show in this one way.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from ingest.holding import Holding, judge
from ingest.sources.base import Fetched, Item, State
from ingest.sources.bluesky.cursor import OVERLAP, Position, dump, load, resume_at
from ingest.sources.bluesky.frames import Reading, micros, read_frame
from ingest.sources.bluesky.hosts import Endpoint
from mentions.records import Gap

LIVE_LAG = timedelta(seconds=10)
"""An event that took less from relay to here is live; the network's own delay is about one second."""
SETTLED = timedelta(seconds=60)
"""A host that has answered pings and sent nothing for so long has nothing more to replay."""

Ask = Literal["resume", "time", "live"]
"""What to ask a host for: the best cursor; a time, since the `seq` was refused; nothing old at all."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known of the stream.

    Attributes:
        origin: where the first start begins: its time less the look-back.
        position: the last event received; None: none yet, ever.
        complete: everything received up to here has been handed on; never goes back.
        live: nothing is known to be outstanding.
        unproven: the connection is resumed, and its first event will tell whether something is missing.
        misled: the host knows no such `seq` (it is not the archive that it was) and began at its newest event;
            nothing after that notice was taken.
        troubled: what went wrong last, until a frame or a pong has come again; merely to accept a connection, as a
            host that is stuck may still do, is no sign of life.
    """

    origin: datetime
    holding: Holding
    position: Position | None = None
    complete: datetime | None = None
    live: bool = False
    unproven: bool = False
    ask: Ask = "resume"
    misled: bool = False
    troubled: str = ""


def start(cursor: str | None, now: datetime, look_back: timedelta) -> Progress:
    """Before the first connection. With a cursor, everything up to its time is known to be complete."""
    position = None if cursor is None else load(cursor)
    complete = None if position is None else position.at
    return Progress(now - look_back, Holding(now), position, complete)


def cursor_for(progress: Progress, endpoint: Endpoint, now: datetime) -> int | None:
    """What to ask `endpoint` for; None: from now on."""
    if progress.ask == "live":
        return None
    if progress.position is not None:
        return resume_at(progress.position, endpoint, by_time=progress.ask == "time")
    return micros(progress.origin) if progress.origin < now else None


def opened(progress: Progress, cursor: int | None, now: datetime) -> tuple[Progress, Fetched]:
    """A connection stands that was asked for `cursor`."""
    live = cursor is None and progress.position is None
    complete = now if live else progress.complete
    unproven = progress.position is not None
    return told(replace(progress, live=live, complete=complete, unproven=unproven, misled=False), now)


def lost(progress: Progress, now: datetime, why: str) -> tuple[Progress, Fetched]:
    """No connection, and why."""
    return told(replace(progress, live=False, unproven=False, troubled=why), now)


def refused(progress: Progress) -> Progress:
    """The host no longer has what was asked for: ask for its oldest, by time; refused again, for what is new."""
    return replace(progress, ask="live" if progress.ask == "time" else "time")


def absorb(
    progress: Progress, endpoint: Endpoint, frames: Sequence[tuple[datetime, bytes]], now: datetime, *, drained: bool
) -> tuple[Progress, Fetched]:
    """Take in frames with their times of arrival, at least one, in order; after a misleading start, none of the rest.

    Args:
        drained: nothing else lies waiting on our side.
    """
    items: list[Item] = []
    gaps: list[Gap] = []
    for arrived, frame in frames:
        reading = read_frame(frame, arrived, endpoint.wire)
        items.append(reading.item)
        if reading.notice == "FutureCursor" and progress.ask == "resume":
            progress = replace(progress, ask="time", misled=True)
            break
        if reading.at is not None:
            progress, gap = _advance(progress, endpoint, reading, reading.at, arrived)
            gaps += [gap] if gap else []
    last = frames[-1][0]
    if progress.live and drained:
        progress = _complete(progress, last)
    elif progress.position is not None:
        progress = _complete(progress, progress.position.at)
    progress, fetched = told(progress, now, heard=last)
    cursor = None if progress.position is None else dump(progress.position)
    return progress, replace(fetched, items=tuple(items), gaps=tuple(gaps), cursor=cursor)


def answered(progress: Progress, pong: datetime, quiet_since: datetime, now: datetime) -> tuple[Progress, Fetched]:
    """No frame since `quiet_since`, but the host answered a ping at `pong`: live, unless it may still be searching."""
    if progress.live or pong - quiet_since >= SETTLED:
        progress = _complete(replace(progress, live=True), pong)
    return told(progress, now, heard=pong)


def told(progress: Progress, now: datetime, *, heard: datetime | None = None) -> tuple[Progress, Fetched]:
    """The state as an empty `Fetched`.

    Args:
        heard: when a frame or pong came, if one has since the last call.
    """
    if heard is not None:
        progress = replace(progress, troubled="")
    holding, holds = judge(progress.holding, now, heard=heard, live=progress.live)
    fetched = Fetched(
        complete_until=progress.complete,
        holds=holds and progress.complete is not None,
        state=_state(progress),
        detail=progress.troubled,
    )
    return replace(progress, holding=holding), fetched


def _state(progress: Progress) -> State:
    if progress.troubled:
        return "down"
    return "live" if progress.live else "catching_up"


def _complete(progress: Progress, until: datetime) -> Progress:
    return replace(progress, complete=max(until, progress.complete or until))


def _advance(
    progress: Progress, endpoint: Endpoint, reading: Reading, at: datetime, arrived: datetime
) -> tuple[Progress, Gap | None]:
    known = progress.position
    gap = None
    if progress.unproven and known is not None and at > known.at + OVERLAP:
        gap = Gap(known.at, at, f"{endpoint.host} no longer had what followed the last event known")
    position = Position(endpoint.wire, endpoint.host, at, reading.seq)
    live = arrived - at < LIVE_LAG
    return replace(progress, position=position, live=live, unproven=False, ask="resume"), gap
