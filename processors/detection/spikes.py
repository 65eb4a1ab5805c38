"""Folds votes into spikes of negatives and of volume, and into silence. A fold component; pure; docs/spikes.md.

Votes are taken minute by minute, levels learnt at marks (every five minutes). Between two marks the hour is that of the
last eleven marks and of the minutes since, so an alert opens in the minute that makes it. A mark that was incomplete is
neither scored nor learnt, and its votes count for nothing.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec import Struct

from mentions.records import AlertKind, Severity
from processors.detection import gate as gates
from processors.detection import silence as silences
from processors.detection import volume as volumes
from processors.detection.episodes import Episode, Sensitivity, frozen, open_at, rise, settle
from processors.detection.gate import SILENT, GateScore, GateState, MarkVotes, Window
from processors.detection.levels import DAY, HOUR, MARK, slot_of
from processors.detection.silence import SilenceState
from processors.detection.spike_evidence import of_loudness, of_negatives, of_silence, rounded
from processors.detection.steps import AlertStep, Step
from processors.detection.volume import VolumeState
from processors.detection.votes import TickVotes, votes
from processors.fold import FoldMention

NAME = "spikes"
VERSION = 1
PAUSE = 2 * DAY
"""Marks without a vote after which nothing more is learnt: a longer gap teaches, and costs, no more."""
BETWEEN = 0.5
"""So much more is asked of a score between two marks: who looks five times as often is misled more often."""
UPDATE_EVERY = 60
"""Ticks between two steps that only tell how an alert goes on."""
MOST_VOTERS, MOST_POSTS = 1000, 200
_THOUSAND = 1000
_FEWEST = gates.MIN_AUTHORS / 2
_EXPECTS = 1.0  # negatives in an hour from which on an incomplete mark is worth a row


@dataclass(frozen=True, slots=True)
class SpikeRules:
    """What folding needs to know beside the mentions.

    Attributes:
        late: whether a mention came too late to vote (`processors.ticks.TimeRules.is_late`).
        incomplete: stretches of ticks (first, last) whose sources did not see enough, ascending and apart.
    """

    brand: str
    late: Callable[[FoldMention], bool]
    sensitivity: Sensitivity = "normal"
    incomplete: Sequence[tuple[int, int]] = ()


class SpikeTick(Struct, frozen=True, gc=False, kw_only=True):
    """What panels and `explain` show of the hour that ends with `tick`: the last minute of a mark.

    Attributes:
        negatives, total: votes (parts of one are possible) and all that was judged. expected: negatives.
        band_low, band_high: between them lie 98 of 100 hours. score: the gate's; 0 while incomplete.
    """

    brand: str
    tick: int
    negatives: float
    total: float
    expected: float
    band_low: float
    band_high: float
    score: float
    incomplete: bool
    learning: bool


class SpikeState(Struct):
    """Of one brand; at most some 25 KB in a storm, 5 KB usually.

    Attributes:
        mark: the last closed one, in fives of ticks since 1970; None: no vote ever. current: votes of the running mark
            in thousandths: negatives, positives, judged, counted. spoiled: the running mark is incomplete.
        voters, posts: (tick, author's hash) and (tick, mention's key) of the last hour's negative votes, newest last.
        idle: marks since the last vote. shown: whether the last mark had a row. told: tick of the last step.
    """

    gate: GateState = msgspec.field(default_factory=GateState)
    volume: VolumeState = msgspec.field(default_factory=VolumeState)
    silence: SilenceState = msgspec.field(default_factory=SilenceState)
    negative: Episode = msgspec.field(default_factory=Episode)
    loud: Episode = msgspec.field(default_factory=Episode)
    mark: int | None = None
    current: list[int] = msgspec.field(default_factory=lambda: [0, 0, 0, 0])
    spoiled: bool = False
    voters: list[tuple[int, int]] = msgspec.field(default_factory=list)
    posts: list[tuple[int, str]] = msgspec.field(default_factory=list)
    idle: int = 0
    shown: bool = False
    told: int = 0


@dataclass(slots=True)
class Outputs:
    """What folding has to say, in the order of ticks."""

    steps: list[AlertStep] = field(default_factory=list)
    ticks: list[SpikeTick] = field(default_factory=list)


def fold_spikes(
    state: SpikeState, mentions: Iterable[FoldMention], until: int, rules: SpikeRules
) -> tuple[SpikeState, Outputs]:
    """Fold the ticks up to and with `until`; a new state, however the ticks are cut into calls.

    Args:
        state: as it was after the tick before the first one in hand; it is not changed.
        mentions: of one brand, of the ticks in hand, in the order of `processors.fold.in_order`, with folded weights.
        until: the last tick in hand.
    """
    new = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=SpikeState)
    return new, fold_in_place(new, mentions, until, rules)


def fold_in_place(state: SpikeState, mentions: Iterable[FoldMention], until: int, rules: SpikeRules) -> Outputs:
    """The same, for a state that nobody else holds: it is changed."""
    fold = _Fold(state, rules)
    for cast in votes(mentions, rules.late):
        fold.take(cast)
    fold.finish(until)
    return fold.outputs


def awake(state: SpikeState) -> int | None:
    """The tick up to which a brand must be folded even if nothing more is said; None: silence means nothing.

    An alert that is open wants every mark, and so does the hour behind the last vote, until its line has come to zero;
    a brand that is usually heard is looked at once an hour.
    """
    if state.mark is None:
        return None
    if state.shown or any(state.current) or state.negative.opened is not None or state.loud.opened is not None:
        return (state.mark + 2) * MARK - 1
    if state.silence.opened is None and state.volume.marks >= gates.USABLE and state.volume.mean * HOUR >= 1:
        return (state.mark + 1 + HOUR) * MARK - 1
    return None


class _Fold:
    """One call's work on one state."""

    def __init__(self, state: SpikeState, rules: SpikeRules) -> None:
        self.state, self.rules, self.outputs = state, rules, Outputs()
        self._firsts = [first for first, _ in rules.incomplete]

    def take(self, cast: TickVotes) -> None:
        """Take in a tick with votes, after those before it."""
        state, tick = self.state, cast.tick
        if state.mark is None:
            state.mark = tick // MARK - 1
        self._pass(tick - 1)
        negatives, positives, judged, counted = state.current
        state.current = [
            negatives + cast.negatives,
            positives + cast.positives,
            judged + cast.judged,
            counted + cast.counted,
        ]
        if cast.against:
            state.voters.extend((tick, author) for author, _ in cast.against)
            state.posts.extend((tick, key) for _, key in cast.against)
            del state.voters[:-MOST_VOTERS], state.posts[:-MOST_POSTS]
        silence, opened = state.silence, state.silence.opened
        if opened is not None:
            self._step("close", "silence", "warn", opened, tick, silence.score, of_silence(silence, tick))
        silences.speak(state.silence)
        state.spoiled = state.spoiled or self._incomplete(tick // MARK * MARK, tick)
        if cast.negatives and tick % MARK != MARK - 1 and not state.spoiled:
            self._look(tick)

    def finish(self, until: int) -> None:
        """Let time pass up to and with `until`."""
        self._pass(until)
        if self.state.mark is not None and (running := (self.state.mark + 1) * MARK) <= until:
            self.state.spoiled = self.state.spoiled or self._incomplete(running, until)

    def _pass(self, until: int) -> None:
        state = self.state
        if state.mark is None:
            return
        last = (until + 1) // MARK - 1
        while state.mark < last:
            if self._pausing():
                self._jump(last)
                return
            state.mark += 1
            self._close(state.mark)

    def _pausing(self) -> bool:
        state = self.state
        return (
            state.idle >= PAUSE
            and not any(state.current)
            and state.negative.opened is None
            and state.loud.opened is None
        )

    def _jump(self, last: int) -> None:
        """After so long a quiet only the hour that is expected moves on."""
        state, level = self.state, self.state.gate.level
        state.mark, state.spoiled, state.shown = last, False, False
        state.gate.hour = [
            MarkVotes(expected=level.expected(slot_of(mark * MARK))) for mark in range(last - HOUR + 1, last + 1)
        ]

    def _incomplete(self, first: int, last: int) -> bool:
        if not self._firsts:
            return False
        at = bisect_right(self._firsts, last) - 1
        return at >= 0 and self.rules.incomplete[at][1] >= first

    def _votes(self, minutes: int, slot: int) -> MarkVotes:
        negatives, positives, judged, _ = self.state.current
        expected = self.state.gate.level.expected(slot) * minutes / MARK
        return MarkVotes(negatives / _THOUSAND, positives / _THOUSAND, judged / _THOUSAND, expected)

    def _authors(self, tick: int) -> int:
        """Distinct negative ones since the beginning of the hour's first mark."""
        since = (tick // MARK - HOUR + 1) * MARK
        return len({author for at, author in self.state.voters if at >= since})

    def _look(self, tick: int) -> None:
        """Score the running mark; an alert may open or rise, nothing is learnt."""
        gate = self.state.gate
        seen = gates.window(gate, self._votes(tick % MARK + 1, slot_of(tick)))
        if _is_quiet(seen):
            score = SILENT
        elif self.state.negative.opened is None and not gates.may_reach(gate, seen, self._threshold(BETWEEN)):
            return
        else:
            score = gates.score(gate, seen, self._authors(tick))
        self._rise(tick, seen, score, BETWEEN)

    def _score(self, seen: Window, tick: int) -> GateScore:
        return SILENT if _is_quiet(seen) else gates.score(self.state.gate, seen, self._authors(tick))

    def _close(self, mark: int) -> None:
        state, tick = self.state, mark * MARK + MARK - 1
        slot = slot_of(tick)
        since = tick - HOUR * MARK
        if state.voters and state.voters[0][0] <= since:
            state.voters = [voter for voter in state.voters if voter[0] > since]
            state.posts = [post for post in state.posts if post[0] > since]
        state.idle = 0 if state.current[3] else state.idle + 1
        spoiled = state.spoiled or self._incomplete(mark * MARK, tick)
        if spoiled:
            self._skip(tick)
        else:
            self._judge(tick, slot)
        state.current, state.spoiled = [0, 0, 0, 0], False

    def _skip(self, tick: int) -> None:
        """Pass over an incomplete mark; an alert outlives a day of nothing but these no longer."""
        state = self.state
        seen = gates.window(state.gate, gates.NOTHING)
        if state.idle >= DAY:
            self._settle(tick, seen, SILENT, 0.0)
        gates.push(state.gate, gates.NOTHING)
        self._show(tick, seen, 0.0, incomplete=True)

    def _judge(self, tick: int, slot: int) -> None:
        state, gate = self.state, self.state.gate
        current = self._votes(MARK, slot)
        seen = gates.window(gate, current)
        score = self._score(seen, tick)
        self._rise(tick, seen, score)
        counted = state.current[3] / _THOUSAND
        if not counted:
            self._hush(tick, slot)
        expected = state.volume.expected(slot)
        z, told = volumes.volume_score(state.volume, slot, counted)
        if volumes.rise(state.loud, tick, told):
            self._step(
                "open", "volume_spike", "info", tick, tick, told, of_loudness(state.volume, gate, tick, expected)
            )
        self._settle(tick, seen, score, z)
        gates.learn(gate, slot, current, seen, frozen=frozen(state.negative, tick))
        gates.push(gate, current)
        self._show(tick, seen, score.score, incomplete=False)

    def _hush(self, tick: int, slot: int) -> None:
        state = self.state
        expected = state.volume.expected(slot) if state.volume.marks >= gates.USABLE else 0.0
        if silences.hush(state.silence, tick, expected):
            self._step("open", "silence", "warn", tick, tick, state.silence.score, of_silence(state.silence, tick))

    def _rise(self, tick: int, seen: Window, score: GateScore, more: float = 0.0) -> None:
        episode = self.state.negative
        step = rise(episode, tick, score.score, self._threshold(more))
        if step is None and episode.opened is not None and tick - self.state.told >= UPDATE_EVERY:
            step = "update"
        if step is not None and episode.opened is not None:
            self.state.told = tick
            self._tell_negative(step, tick, episode.opened, seen, score)

    def _threshold(self, more: float) -> float:
        return open_at(self.rules.sensitivity, learning=self.state.gate.learning) + more

    def _settle(self, tick: int, seen: Window, score: GateScore, z: float) -> None:
        state = self.state
        opened, loud = state.negative.opened, state.loud.opened
        if settle(state.negative, tick, score.score) and opened is not None:
            self._tell_negative("close", tick, opened, seen, score)
        if settle(state.loud, tick, z, volumes.CLOSE_BELOW) and loud is not None:
            self._step("close", "volume_spike", "info", loud, tick, z, {"minutes": tick - loud + 1})

    def _show(self, tick: int, seen: Window, score: float, *, incomplete: bool) -> None:
        """Write a row where there is something to see, and one more after it, so that a line ends at zero."""
        state, gate = self.state, self.state.gate
        busy = seen.judged > 0 or state.negative.opened is not None or (incomplete and seen.expected >= _EXPECTS)
        if busy or state.shown:
            low, high = gates.band(gate, seen.expected)
            self.outputs.ticks.append(
                SpikeTick(
                    brand=self.rules.brand,
                    tick=tick,
                    negatives=seen.negatives,
                    total=seen.judged,
                    expected=seen.expected,
                    band_low=low,
                    band_high=high,
                    score=score,
                    incomplete=incomplete,
                    learning=gate.learning,
                )
            )
        state.shown = busy

    def _tell_negative(self, step: Step, tick: int, opened: int, seen: Window, score: GateScore) -> None:
        state, severity = self.state, self.state.negative.severity
        told = of_negatives(state.gate, seen, score, self._authors(tick), tick)
        course = {"severity": severity, "peak": rounded(state.negative.peak), "minutes": tick - opened + 1}
        learning = {"learning": state.gate.learning, "mentions": [key for _, key in state.posts]}
        self._step(step, "negative_spike", severity, opened, tick, score.score, {**told, **course, **learning})

    def _step(
        self,
        step: Step,
        kind: AlertKind,
        severity: Severity,
        opened: int,
        tick: int,
        score: float,
        evidence: dict[str, Any],
    ) -> None:
        self.outputs.steps.append(
            AlertStep(
                step=step,
                kind=kind,
                brand=self.rules.brand,
                opened_tick=opened,
                tick=tick,
                severity=severity,
                score=rounded(score),
                evidence=evidence,
            )
        )


def _is_quiet(seen: Window) -> bool:
    """Whether an hour has no score: each vote is worth more than half of one, so that fewer are not enough authors."""
    return seen.negatives < _FEWEST or seen.negatives < seen.expected
