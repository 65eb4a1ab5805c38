"""The `simulated` source: an invented world as a stream, its history at once and then live."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec

from ingest.simulation.brands import SOURCE
from ingest.simulation.events import Event
from ingest.simulation.world import World
from ingest.sources.base import Fetched
from mentions.clock import Clock
from mentions.records import Gap, SourceClass

_MOST_EVENTS = 500
_LONGEST_STEP = timedelta(hours=1)  # of the world's time in one result
_LONGEST_WAIT = 1.0  # seconds after which it speaks although nothing happened
_INSTANT = timedelta(microseconds=1)


class SimulatedSource:
    """Plays `ingest.simulation.world` to whoever reads.

    Args:
        seed: the same seed, `until` and `days` give the same posts.
        days: how much history comes before `until`.
        until: aware; where history ends and live begins; None: the clock's time at the first start.
        speed: how many times faster than the clock the live part runs. Above 1 its event times run ahead of the clock,
            unless the clock itself runs as fast and `speed` is 1.
        live: False ends the source, `done`, with the history.
        live_crisis: a crisis begins one minute after `until`.
        volume: multiplies the posts.
    """

    name = SOURCE
    source_class: SourceClass = "stream"

    def __init__(
        self,
        *,
        seed: int = 1,
        days: int = 14,
        until: datetime | None = None,
        speed: float = 1.0,
        live: bool = True,
        live_crisis: bool = True,
        volume: float = 1.0,
        shard: str = "main",
    ) -> None:
        self.shard = shard
        self._seed, self._days, self._until = seed, days, until
        self._speed, self._live, self._live_crisis, self._volume = speed, live, live_crisis, volume

    async def read(self, cursor: str | None, clock: Clock) -> AsyncIterator[Fetched]:
        """Give the history, then each event when it is due. A cursor brings its world back: what came since is due."""
        place = self._place(cursor, clock)
        world = World(
            self._seed,
            place.until - timedelta(days=self._days),
            self._days,
            live_crisis=self._live_crisis,
            volume=self._volume,
        )
        playback = _Playback(world, place)
        while True:
            now = place.until + (clock.now() - place.until) * self._speed
            due = max(now, world.end) if self._live else world.end
            fetched = playback.step(due)
            if fetched.state == "live" and not self._live:
                yield replace(fetched, state="done")
                return
            yield fetched
            if fetched.state == "catching_up":
                continue
            wait = (playback.next_at() - due).total_seconds() / self._speed
            await clock.sleep(min(max(wait, 0.0), _LONGEST_WAIT))

    def _place(self, cursor: str | None, clock: Clock) -> "_Place":
        """Read our own cursor; one of another world, or none, begins this one."""
        until = (self._until or clock.now()).astimezone(UTC)
        start = _Place(self._seed, self._days, until, 0, 0)
        try:
            place = msgspec.json.decode(cursor or "", type=_Place)
        except msgspec.DecodeError:
            return start
        return place if (place.seed, place.days) == (self._seed, self._days) else start


class _Place(msgspec.Struct, frozen=True):
    """The world, by its seed, length and end of history, and the next event in it, by its day and number there."""

    seed: int
    days: int
    until: datetime
    day: int
    event: int


class _Playback:
    """Goes through a world from a place on."""

    def __init__(self, world: World, place: _Place) -> None:
        self._world, self._place = world, place
        self._events = world.day(place.day)

    def next_at(self) -> datetime:
        """When the next event comes."""
        while self._place.event >= len(self._events):
            self._place = msgspec.structs.replace(self._place, day=self._place.day + 1, event=0)
            self._events = self._world.day(self._place.day)
        return self._events[self._place.event].at

    def step(self, due: datetime) -> Fetched:
        """Give what happened up to `due`, at most an hour and `_MOST_EVENTS` of it; then it is `catching_up`."""
        events: list[Event] = []
        horizon = min(due, self.next_at() + _LONGEST_STEP)
        while (at := self.next_at()) <= horizon and len(events) < _MOST_EVENTS:
            events.append(self._events[self._place.event])
            self._place = msgspec.structs.replace(self._place, event=self._place.event + 1)
        behind = at <= due
        return Fetched(
            items=tuple(event.item for event in events if not isinstance(event.item, Gap)),
            cursor=msgspec.json.encode(self._place).decode() if events else None,
            complete_until=at - _INSTANT if behind else due,
            holds=True,
            gaps=tuple(event.item for event in events if isinstance(event.item, Gap)),
            state="catching_up" if behind else "live",
        )
