"""How well spikes are found: NAB's real brands for volume, simulated spikes for negatives, vendors' rules beside.

    python -m benchmarks.spikes --data DIR [--draws 4] [--scenarios ABCD] [--fold]

The threshold is the shipped one; it was chosen on draws 1000 to 1007 of the prototype's simulator, and these are
others. `--fold` plays the simulation minute by minute through the fold, as production does.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stdout
from io import StringIO

import msgspec
import numpy as np

from atalaya.cli import run as run_verb
from benchmarks.harness import arguments, environment, table
from benchmarks.nab import PROFILES, Scored, Stream, at_threshold, best_threshold, leave_one_out, load
from benchmarks.spike_sim import RULES, SCENARIOS, WEEK, World, worlds
from processors.detection.episodes import OPEN_AT, Sensitivity
from processors.detection.rows import NegativeRows
from processors.detection.spikes import SpikeRules, SpikeState, _Fold
from processors.detection.volume import OPEN_AT as VOLUME_OPENS
from processors.detection.votes import TickVotes

SEED = 2026
BUDGET = 0.25
AFTER = 6  # marks behind the end of a spike in which an alert still finds it
EXCUSED = 24  # and in which one is no false alarm
COOLDOWN = 72
BOOTSTRAPS = 2_000
Alarms = list[int]


def verb_scores(stream: Stream) -> list[float]:
    """The scores that `atalaya spikes --kind volume` prints."""
    printed = StringIO()
    with redirect_stdout(printed):
        code = run_verb(["spikes", str(stream.path), "--kind", "volume"])
    lines = printed.getvalue().splitlines()[1:]
    if code != 0 or len(lines) != len(stream.counts):
        raise SystemExit(f"atalaya spikes {stream.path}: exit {code}, {len(lines)} rows of {len(stream.counts)}")
    return [float(line.split(",")[1]) for line in lines]


def show_volume(streams: Sequence[Stream]) -> None:
    """NAB's scores through the verb."""
    scores = {stream.brand: verb_scores(stream) for stream in streams}
    print(f"\n## Volume: NAB's rule, {len(streams)} brands, {sum(len(s.windows) for s in streams)} windows\n")
    rows = []
    for profile in PROFILES:
        brands = {s.brand: Scored(s, scores[s.brand], profile) for s in streams}
        best = best_threshold(list(brands.values()))
        rows.append(
            [
                profile,
                f"{leave_one_out(brands)[0]:.1f}" if profile == "standard" else "",
                f"{at_threshold(list(brands.values()), VOLUME_OPENS, profile):.1f}",
                f"{at_threshold(list(brands.values()), best, profile):.1f} (at {best:.2f})",
            ]
        )
    table(("profile", "leave one brand out", f"shipped threshold {VOLUME_OPENS:g}", "best threshold for all"), rows)
    brands = {s.brand: Scored(s, scores[s.brand]) for s in streams}
    print()
    rows = [
        [name, f"{threshold:.2f}", f"{score:.1f}", f"{brands[name].found(threshold)} of {brands[name].windows}"]
        for name, (threshold, score) in leave_one_out(brands)[1].items()
    ]
    table(("brand left out", "threshold of the others", "its score", "windows found"), rows)


def by_rows(world: World, sensitivity: Sensitivity = "normal") -> Alarms:
    """Marks at which the gate of the verb opens an alert."""
    judge = NegativeRows(sensitivity)
    counts = zip(world.total.tolist(), world.negatives.tolist(), strict=True)
    return [
        at
        for at, (total, negatives) in enumerate(counts)
        if judge.judge(world.first_tick + 5 * at, total, negatives).opens
    ]


def ticks_of(world: World, seed: int) -> Iterator[TickVotes]:
    """The counts as votes, each mark's spread over its five minutes; authors are distinct."""
    rng, first, voter = np.random.default_rng(seed), world.first_tick // 5 * 5, 0
    for at, (total, negatives) in enumerate(zip(world.total.tolist(), world.negatives.tolist(), strict=True)):
        others = rng.multinomial(total - negatives, [0.2] * 5).tolist()
        for minute, (bad, rest) in enumerate(zip(rng.multinomial(negatives, [0.2] * 5).tolist(), others, strict=True)):
            if bad + rest:
                against = [(voter + number, f"m{voter + number}") for number in range(bad)]
                voter += bad
                votes = 1000 * (bad + rest)
                yield TickVotes(first + 5 * at + minute, 1000 * bad, 0, votes, votes, against)


def by_fold(world: World) -> tuple[Alarms, float, int, int]:
    """The same through the fold: marks, CPU seconds, ticks with votes, bytes of the greatest state."""
    first = world.first_tick // 5 * 5
    cast = list(ticks_of(world, 1))
    fold = _Fold(SpikeState(), SpikeRules("lumbre", lambda _: False))
    greatest, begun = 0, time.process_time()
    for number, votes in enumerate(cast):
        fold.take(votes)
        if number % 1000 == 0:
            greatest = max(greatest, len(msgspec.msgpack.encode(fold.state)))
    spent = time.process_time() - begun
    steps = [step for step in fold.outputs.steps if step.kind == "negative_spike" and step.step == "open"]
    return [(step.tick - first) // 5 for step in steps], spent, len(cast), greatest


def by_rule(world: World, make: Callable[[], object], threshold: float = 1.0) -> Alarms:
    """Marks at which a published rule fires, six hours apart."""
    return cooled(rule_scores(world, make), threshold)


def rule_scores(world: World, make: Callable[[], object]) -> list[float]:
    """What a rule says of each mark."""
    rule = make()
    counts = zip(world.total.tolist(), world.negatives.tolist(), strict=True)
    return [rule.update(total, negatives) for total, negatives in counts]  # type: ignore[attr-defined]


def cooled(scores: Sequence[float], threshold: float) -> Alarms:
    """Marks at or above a threshold, six hours apart."""
    alarms: Alarms = []
    for at in np.flatnonzero(np.asarray(scores) >= threshold).tolist():
        if not alarms or at - alarms[-1] >= COOLDOWN:
            alarms.append(at)
    return alarms


class Result:
    """Spikes found and false alarms, world by world."""

    def __init__(self, played: Sequence[World], alarms: Sequence[Alarms]) -> None:
        self.weeks = np.array([world.weeks for world in played])
        self.false = np.array([_false(w, a) for w, a in zip(played, alarms, strict=True)], dtype=float)
        self.delays = [_delays(w, a) for w, a in zip(played, alarms, strict=True)]
        self.flat = np.concatenate(self.delays)
        self.multiples = np.array([spike.multiple for world in played for spike in world.spikes])
        self.sparse = np.array([world.sparse for world in played for _ in world.spikes])

    @property
    def rate(self) -> float:
        """False alarms per brand-week."""
        return float(self.false.sum() / self.weeks.sum())

    def found(self, which: "np.ndarray | None" = None) -> float:  # type: ignore[type-arg]
        """Per cent."""
        hit = ~np.isnan(self.flat)
        return 100 * float((hit if which is None else hit[which]).mean())

    def interval(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """95 % of found and of the rate, by drawing worlds (a brand in one draw) anew."""
        rng, count = np.random.default_rng(0), len(self.false)
        hits = np.array([(~np.isnan(delays)).sum() for delays in self.delays], dtype=float)
        sizes = np.array([len(delays) for delays in self.delays], dtype=float)
        drawn = rng.integers(0, count, (BOOTSTRAPS, count))
        found = 100 * hits[drawn].sum(1) / sizes[drawn].sum(1)
        rates = self.false[drawn].sum(1) / self.weeks[drawn].sum(1)
        low, high = np.percentile(found, [2.5, 97.5])
        least, most = np.percentile(rates, [2.5, 97.5])
        return (float(low), float(high)), (float(least), float(most))


def _delays(world: World, alarms: Alarms) -> "np.ndarray":  # type: ignore[type-arg]
    """Minutes from the start of each spike to its first alert; nan where there is none."""
    found = []
    for spike in world.spikes:
        hits = [at for at in alarms if spike.start <= at < spike.end + AFTER]
        found.append(5 * (hits[0] - spike.start) + 5 if hits else np.nan)
    return np.array(found, dtype=float)


def _false(world: World, alarms: Alarms) -> int:
    return sum(
        at >= WEEK and not any(spike.start <= at <= spike.end + EXCUSED for spike in world.spikes) for at in alarms
    )


def row(name: str, result: Result) -> list[str]:
    """One line of the table."""
    (low, high), (least, most) = result.interval()
    multiples = "/".join(f"{result.found(result.multiples == m):.0f}" for m in (3, 6, 12))
    delays = result.flat[~np.isnan(result.flat)]
    spread = "/".join(f"{np.percentile(delays, p):.0f}" for p in (25, 50, 75, 90)) if len(delays) else ""
    within = 100 * float((result.flat <= 60).mean())
    return [
        name,
        f"{result.rate:.2f} ({least:.2f}-{most:.2f})",
        f"{result.found():.1f} ({low:.1f}-{high:.1f})",
        f"{within:.1f}",
        f"{result.found(~result.sparse):.0f}/{result.found(result.sparse):.0f}",
        multiples,
        spread,
    ]


HEADS = (
    "",
    "false per brand-week",
    "found, %",
    "within 60 min",
    "dense/sparse",
    "3x/6x/12x",
    "delay p25/50/75/90, min",
)


def play(streams: Sequence[Stream], scenario: str, draws: int) -> list[World]:
    """Every draw of a scenario."""
    return [world for draw in range(draws) for world in worlds(streams, scenario, SEED + draw)]


def show_negatives(streams: Sequence[Stream], scenario: str, draws: int, *, fold: bool) -> None:
    """One scenario: the gate at its sensitivities, and in C the published rules at their defaults and at the budget."""
    played = play(streams, scenario, draws)
    print(f"\n## {scenario}: {SCENARIOS[scenario].what}; {len(played)} worlds, {8 * len(played)} spikes\n", flush=True)
    rows = []
    names: tuple[Sensitivity, ...] = ("normal", "quiet", "sensitive") if scenario == "C" else ("normal",)
    for name in names:
        begun = time.process_time()
        result = Result(played, [by_rows(world, name) for world in played])
        spent = time.process_time() - begun
        rows.append(row(f"{name}, {OPEN_AT[name]:g}", result))
    if fold:
        folded = [by_fold(world) for world in played]
        rows.append(row("normal, by minutes", Result(played, [alarms for alarms, *_ in folded])))
    if scenario == "C":
        for name, make in RULES.items():
            scores = [rule_scores(world, make) for world in played]
            rows.append(row(name, Result(played, [cooled(s, 1.0) for s in scores])))
            rows.append(row("... re-tuned to the budget", Result(played, _at_budget(played, scores))))
    table(HEADS, rows)
    print(f"\n{1e6 * spent / sum(len(world.total) for world in played):.1f} CPU-us per mark")
    if fold:
        ticks = sum(count for _, _, count, _ in folded)
        cost = 1e6 * sum(seconds for _, seconds, _, _ in folded) / ticks
        sizes = [size for *_, size in folded]
        print(
            f"fold: {cost:.1f} CPU-us per tick with votes; state at most {max(sizes):,} bytes, "
            f"median of worlds {int(np.median(sizes)):,}"
        )


def _at_budget(played: Sequence[World], scores: Sequence[Sequence[float]]) -> list[Alarms]:
    low, high = 0.0, 50.0
    for _ in range(18):
        middle = (low + high) / 2
        alarms = [cooled(s, middle) for s in scores]
        low, high = (middle, high) if Result(played, alarms).rate > BUDGET else (low, middle)
    return [cooled(s, high) for s in scores]


def main() -> None:
    """Everything."""
    parser = arguments(__doc__)
    parser.add_argument("--draws", type=int, default=4, help="draws of each scenario, 80 spikes each on five brands")
    parser.add_argument("--scenarios", default="CABD")
    parser.add_argument("--fold", action="store_true", help="scenario C by minutes too")
    asked = parser.parse_args()
    environment()
    streams = load(asked.data)
    show_volume(streams)
    for scenario in asked.scenarios:
        show_negatives(streams, scenario, asked.draws, fold=asked.fold and scenario == "C")


if __name__ == "__main__":
    main()
