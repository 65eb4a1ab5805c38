"""The invented world: a history of some days that then goes on for ever, the same for the same seed, start and days."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from ingest.simulation.cast import Cast
from ingest.simulation.chatter import BRANDS, everyday, regulars
from ingest.simulation.events import Event, Truth
from ingest.simulation.rhythm import next_at
from ingest.simulation.stage import Stage, minutes
from ingest.simulation.stories import OUTAGE, STORIES
from ingest.simulation.texts import about
from mentions.records import Gap

_DAY = timedelta(days=1)
_FAREWELL = 0.88
_LASTING = 2  # days after its own on which a story may still go on
_CYCLE = 14  # days after which stories come again once history is over
_CRISIS_AFTER = timedelta(minutes=1)  # of the live part, so that whoever watches sees it rise within three


class _Entry(NamedTuple):
    """A story of the calendar: how much of the history is over when it comes, and at which hour (UTC)."""

    story: str
    share: float
    hour: float


_CALENDAR = (
    _Entry("allergy", 0.2, 9.5),
    _Entry("giveaway", 0.36, 11.0),
    _Entry("launch", 0.43, 10.0),
    _Entry("outage", 0.5, 14.3),
    _Entry("strike", 0.64, 6.0),
    _Entry("prices", 0.72, 7.0),
    _Entry("flights", 0.79, 17.6),
    _Entry("farewell", _FAREWELL, 10.0),
    _Entry("bots", 0.93, 8.5),
)


class World:
    """Makes its days when they are asked for, each without the others.

    Args:
        seed: what decides everything.
        start: aware; history is [start, start + days).
        days: at least 1; the stories keep their order, closer together in a short history.
        live_crisis: a crisis begins one minute after the history.
        volume: multiplies the posts.

    Attributes:
        end: where history ends.
    """

    def __init__(
        self, seed: int | str, start: datetime, days: int, *, live_crisis: bool = False, volume: float = 1.0
    ) -> None:
        self.start, self.days = start.astimezone(UTC), days
        self.end = self.start + days * _DAY
        self._seed, self._live_crisis, self._volume = seed, live_crisis, volume
        # Two worlds in one store must not share ids.
        self._tag = hashlib.sha256(f"{seed}/{self.start.isoformat()}/{days}".encode()).hexdigest()[:6]
        self._cast = Cast(seed, self._tag)
        self._made: dict[int, list[Event]] = {}

    def events(self) -> Iterator[Event]:
        """All of the history in the order of `at`."""
        for index in range(self.days):
            yield from self.day(index)

    def day(self, index: int) -> list[Event]:
        """The events of the day that begins `index` days after the start, in the order of `at`; also after history."""
        start, end = self.start + index * _DAY, self.start + (index + 1) * _DAY
        days = range(max(0, index - _LASTING), index + 1)
        gaps = [gap for day in days for gap in self._gaps(day)]
        happened = [event for day in days for event in self._begun(day) if start <= event.at < end]
        seen = [event for event in happened if not any(gap.start <= event.at < gap.end for gap in gaps)]
        seen += [Event(gap.end, gap, Truth("outage")) for gap in gaps if start <= gap.end < end]
        return sorted(seen, key=lambda event: event.at)

    def _begun(self, index: int) -> list[Event]:
        """What begins on a day; some of it ends within the `_LASTING` next ones, none of it later."""
        if index not in self._made:
            self._made = {day: events for day, events in self._made.items() if 0 < abs(day - index) <= _LASTING}
            self._made[index] = self._make(index)
        return self._made[index]

    def _make(self, index: int) -> list[Event]:
        stage = Stage(self._seed, self._tag, index, self.start + index * _DAY, self._cast)
        everyday(stage, self._volume)
        regulars(stage, index / self.days)
        if index < int(_FAREWELL * self.days) and stage.random() < 0.6:
            self._let_leaver_speak(stage)
        for story, at in self._plan(index):
            if story in STORIES:
                STORIES[story](stage, at, self._volume)
        return stage.events

    def _let_leaver_speak(self, stage: Stage) -> None:
        leaver = stage.cast.leaver
        for brand in BRANDS:
            said = about(leaver, brand, "negative" if stage.random() < 0.5 else "positive", stage.random)
            at = stage.start + minutes(1_400 * stage.random())
            stage.say(leaver, said.text, at, Truth("chatter", ((brand, said.label),)))

    def _plan(self, index: int) -> list[tuple[str, datetime]]:
        """Which stories begin on a day, and when."""
        start = self.start + index * _DAY
        length, day = (self.days, index) if index < self.days else (_CYCLE, (index - self.days) % _CYCLE)
        planned = [(entry.story, next_at(start, entry.hour)) for entry in _CALENDAR if int(entry.share * length) == day]
        if index == self.days and self._live_crisis:
            planned.append(("charge", self.end + _CRISIS_AFTER))
        return planned

    def _gaps(self, index: int) -> list[Gap]:
        why = "the simulated network was out of reach"
        return [Gap(at, at + OUTAGE, why) for story, at in self._plan(index) if story == "outage"]
